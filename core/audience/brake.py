"""The brake: removals that the passing of time does not explain wait for a person."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from core.store.money import SCALE

FEWEST = 5
"""Fewer unexplained removals than this are never too large a share."""


@dataclass
class Tally:
    """What a diff would do to one binding, in persons."""

    delivered: int = 0
    """Who carries it through us now."""
    entering: int = 0
    leaving: int = 0
    """All removals, explained or not."""
    unexplained: int = 0
    """Removals because facts or the definition changed or vanished."""
    released: int = 0
    """Who may no longer be written to."""

    def __add__(self, other: "Tally") -> "Tally":
        """Both together, as one line of the config that stands for many targets."""
        return Tally(
            self.delivered + other.delivered,
            self.entering + other.entering,
            self.leaving + other.leaving,
            self.unexplained + other.unexplained,
            self.released + other.released,
        )

    @property
    def remaining(self) -> int:
        """Who would carry it afterwards."""
        return self.delivered + self.entering - self.leaving - self.released


Name = TypeVar("Name", bound=Hashable)


def held(groups: Iterable[Mapping[Name, Tally]], share: int) -> dict[Name, str]:
    """Whose unexplained removals are held, and why.

    A group is what one line of the config stands for: one tag, or one per value of a
    `for_each` segment. Each of its members must pass for itself, and all of them together;
    that nobody is left is only looked at for the group, since values come and go.
    """
    reasons: dict[Name, str] = {}
    for group in groups:
        whole = sum(group.values(), Tally())
        of_all = _too_many(whole, share) or _emptied(whole)
        for name, tally in group.items():
            reason = _too_many(tally, share) or of_all
            if reason and tally.unexplained:
                reasons[name] = reason
    return reasons


def _too_many(tally: Tally, share: int) -> str:
    if tally.unexplained >= FEWEST and tally.unexplained * SCALE > share * tally.delivered:
        return (
            f"{tally.unexplained} of {tally.delivered} would lose it because facts or rules "
            f"changed, more than {share / 100:g} %"
        )
    return ""


def _emptied(tally: Tally) -> str:
    if tally.unexplained and tally.remaining <= 0:
        return (
            f"nobody would carry it any more: {tally.unexplained} would lose it because facts or "
            "rules changed"
        )
    return ""
