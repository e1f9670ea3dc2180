"""Counts of one diff, and the changes that it has to hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.audience.brake import Cause, Tally

WHOLE_TARGET = ""
"""Name under which a tag, or a field that lists no segments, is counted and held."""


@dataclass(frozen=True)
class Restrictions:
    """Changes that are held at a target: names of segments, or WHOLE_TARGET."""

    frozen: frozenset[str] = frozenset()
    """Held in both directions: the facts are incomplete."""
    removals_held: Mapping[str, frozenset[Cause]] = field(default_factory=dict)
    """Causes whose removals are held: the brake."""
    additions_held: frozenset[str] = frozenset()
    """Additions that nothing explains are held: the brake."""
    releases_held: bool = False
    """People who may no longer be written to are not released: too many withdrew at once."""
    whole: bool = False
    """Nothing is sent, and nobody released: the gate changed and nobody has approved it."""


@dataclass
class DiffCounts:
    """Counts of one diff."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    """By segment where a field lists segments; under WHOLE_TARGET elsewhere."""
    cut: int = 0
    """People whose list of segments is longer than the field."""
    released: int = 0
    """People who carry the target and may no longer be written to."""
    entering: int = 0
    """People who would carry it for the first time."""
    unreachable: int = 0
    """Members whom an audience may not or cannot hold."""

    def tally(self, name: str) -> Tally:
        """The tally of one name, created on first use."""
        return self.tallies.setdefault(name, Tally())
