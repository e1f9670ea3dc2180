"""The tables that an evaluation writes."""

from core.store.bulk import table_of
from core.store.tables import segments

SEGMENTS = table_of(segments.Segment)
STAYS = table_of(segments.Membership)
UNKNOWNS = table_of(segments.Verdict)
BASELINES = table_of(segments.Baseline)
THRESHOLDS = table_of(segments.Threshold)
TRAITS = table_of(segments.Trait)
TRAIT_VALUES = table_of(segments.TraitValue)
TOUCHED = table_of(segments.Touched)
DEPARTED = table_of(segments.Departed)
EVALUATIONS = table_of(segments.Evaluation)
