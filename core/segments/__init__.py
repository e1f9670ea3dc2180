"""Who belongs where: rules, recipes, traits, and their evaluation in SQL."""

from core.segments.checks import segments_of, undelivered
from core.segments.definition import KnownNames, Segment

__all__ = ["KnownNames", "Segment", "segments_of", "undelivered"]
