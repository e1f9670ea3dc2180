"""Who belongs where: rules, recipes, traits, and their evaluation in SQL."""

from core.segments.definition import KnownNames, Segment
from core.segments.validate.references import segments_of, without_data

__all__ = ["KnownNames", "Segment", "segments_of", "without_data"]
