"""The laws draw every measure and every filter that a rule can have."""

import random
from datetime import date

import pytest

from core.segments.rules import KINDS, Measured
from sync.segment_reference import where_keys
from tests.laws.random_rules import random_rule

DRAWN = [random_rule(random.Random(seed), date(2024, 5, 17)) for seed in range(2_500)]
MEASURED = {word: kind for word, kind in KINDS.items() if issubclass(kind, Measured)}


@pytest.mark.parametrize("word", MEASURED)
def test_every_measure_is_drawn(word: str) -> None:
    assert {rule[word] for rule in DRAWN if word in rule} == MEASURED[word].measures.keys()


@pytest.mark.parametrize("word", [word for word, kind in KINDS.items() if where_keys(kind)])
def test_every_filter_is_drawn(word: str) -> None:
    keys = (key for rule in DRAWN if word in rule for key in rule.get("where", {}))
    drawn = {"custom.<name>" if key.startswith("custom.") else key for key in keys}
    assert drawn == where_keys(KINDS[word]).keys()
