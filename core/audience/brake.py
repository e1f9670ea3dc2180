"""The brake: removals that the passing of time does not explain wait for a person's approval."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import astuple, dataclass
from operator import add
from typing import TypeVar

from core.store.money import SCALE

FEWEST = 5
"""Unexplained removals below this number are never held for their share."""


@dataclass
class Tally:
    """Changes of one binding, counted in people."""

    delivered: int = 0
    """People who carry it through us now."""
    entering: int = 0
    leaving: int = 0
    """All removals, explained or not."""
    unexplained: int = 0
    """Removals because facts or the definition changed or vanished."""
    released: int = 0
    """People who may no longer be written to."""

    def __add__(self, other: "Tally") -> "Tally":
        """The sum, for a line of the config that expands to several targets."""
        return Tally(*map(add, astuple(self), astuple(other)))

    @property
    def remaining(self) -> int:
        """People who would carry it afterwards."""
        return self.delivered + self.entering - self.leaving - self.released


Name = TypeVar("Name", bound=Hashable)


def held(groups: Iterable[Mapping[Name, Tally]], share: int) -> dict[Name, str]:
    """Names whose unexplained removals are held, each with the reason.

    A group is the expansion of one line of the config: one tag, or one per value of a `for_each`
    segment. Each member is checked alone and the group as a whole. Only the group is checked for
    being emptied, since values come and go.
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
            f"nobody would keep it: {tally.unexplained} would lose it because facts or "
            "rules changed"
        )
    return ""
