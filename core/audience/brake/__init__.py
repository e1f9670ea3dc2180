"""The brake: removals and additions that look wrong wait for a person's approval.

Removals because facts or rules changed or vanished are added up over a day and a week, so that a
source that loses a few people with each read is noticed. Those because rows came, as a purchase
that ends "one-time buyer", count within one push. Those that the passing of time explains never do.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import astuple, dataclass
from operator import add
from typing import Literal, TypeVar

from core.store.money import SCALE

Cause = Literal["time", "new", "change"]
"""Why a stay ended: time passed, rows came, or facts or rules changed or vanished."""
FEWEST = 5
"""Removals below this number are never held for their share."""
ADDITIONS_PER_DELIVERED = 3
"""Unexpected additions are held above this many times the delivered ..."""
ADDITIONS_BESIDE = 100
"""... and this many more."""
_CHANGES: frozenset[Cause] = frozenset({"change"})
_ALL: frozenset[Cause] = frozenset({"change", "new"})


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
    by_new_rows: int = 0
    """Removals because rows came."""
    unexpected: int = 0
    """Additions that neither time, nor a definition, nor a first delivery explains."""
    removed_in_a_day: int = 0
    """Unexplained removals by earlier pushes within a day."""
    removed_in_a_week: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """The sum, for a line of the config that expands to several targets."""
        return Tally(*map(add, astuple(self), astuple(other)))

    @property
    def remaining(self) -> int:
        """People who would carry it afterwards."""
        return self.delivered + self.entering - self.leaving - self.released

    def removals(self, causes: frozenset[Cause]) -> int:
        """Number of removals for some of the causes that the brake counts."""
        return self.unexplained * ("change" in causes) + self.by_new_rows * ("new" in causes)


@dataclass(frozen=True)
class Stop:
    """Removals that are held, and why."""

    causes: frozenset[Cause]
    reason: str


Name = TypeVar("Name", bound=Hashable)


def held(groups: Iterable[Mapping[Name, Tally]], share: int) -> dict[Name, Stop]:
    """Names whose removals are held.

    A group is the expansion of one line of the config: one tag, or one per value of a `for_each`
    segment. Each member is checked alone and the group as a whole. Only the group is checked for
    being emptied, since values come and go.
    """
    stops: dict[Name, Stop] = {}
    for group in groups:
        whole = sum(group.values(), Tally())
        of_all = _too_many(whole, share) or _emptied(whole)
        for name, tally in group.items():
            stop = _too_many(tally, share) or of_all
            if stop and tally.removals(stop.causes):
                stops[name] = stop
    return stops


def held_additions(groups: Iterable[Mapping[Name, Tally]]) -> dict[Name, str]:
    """Names whose unexpected additions are held, each with the reason; groups as for `held`."""
    reasons: dict[Name, str] = {}
    for group in groups:
        of_all = _too_many_come(sum(group.values(), Tally()))
        for name, tally in group.items():
            reason = _too_many_come(tally) or of_all
            if reason and tally.unexpected:
                reasons[name] = reason
    return reasons


def _too_many(tally: Tally, share: int) -> Stop | None:
    now, delivered = tally.removals(_ALL), tally.delivered
    percent = f"more than {share / 100:g} %"
    if _exceeds(now, delivered, share):
        return Stop(
            _ALL,
            f"{now} of {delivered} would lose it because facts or rules changed, {percent}",
        )
    for period, earlier in (("day", tally.removed_in_a_day), ("week", tally.removed_in_a_week)):
        removed, before = tally.unexplained + earlier, delivered + earlier
        if tally.unexplained and _exceeds(removed, before, share):
            return Stop(
                _CHANGES,
                f"with these {removed} of {before} would have lost it within a {period} because "
                f"facts or rules changed, {percent}",
            )
    return None


def _exceeds(removed: int, of_all: int, share: int) -> bool:
    return removed >= FEWEST and removed * SCALE > share * of_all


def _emptied(tally: Tally) -> Stop | None:
    if tally.unexplained and tally.remaining <= 0:
        return Stop(
            _ALL,
            f"nobody would keep it: {tally.unexplained} would lose it because facts or "
            "rules changed",
        )
    return None


def _too_many_come(tally: Tally) -> str:
    if tally.unexpected > ADDITIONS_PER_DELIVERED * tally.delivered + ADDITIONS_BESIDE:
        return (
            f"{tally.unexpected} would be given it, {tally.delivered} have it now, and neither "
            "time nor a changed rule explains that"
        )
    return ""
