"""Batches: the changes that go into one request, cut as the vendor takes them."""

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.kit.streams import Raw
from core.contract import Change, Outcome, Target

NOT_ON_THE_LIST = "not on the list"


class Unwritable(ValueError):
    """A target or a value that cannot be written.

    Its text is the reason that people read: what to do, and nobody's value.
    """


@dataclass(frozen=True)
class KnownTarget:
    """A target as the vendor knows it."""

    target: Target
    id: str
    """The vendor's id, as requests name it; its name where there is no catalogue."""
    raw: Raw = field(default_factory=dict, repr=False)
    """Its row in the vendor's list; empty where there is no catalogue, or it was just created."""


def number_of(value: str, known: KnownTarget) -> float:
    """Return a value for a field that holds numbers; raises Unwritable for a text."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Unwritable(f"{known.target.name} holds numbers, and no text")
    return number


@dataclass(frozen=True)
class Edit:
    """A change as the vendor takes it."""

    change: Change
    known: KnownTarget
    value: Any = field(default=None, repr=False)
    """Value of the change as `value_of` writes it."""

    @property
    def key(self) -> str:
        """The person's key at the vendor."""
        return self.change.key

    @property
    def id(self) -> str:
        """The target's id, as requests name it."""
        return self.known.id

    @property
    def adds(self) -> bool:
        """Whether something is put on or filled in, and not taken off or cleared."""
        return self.change.value is not None

    def applied(self) -> Outcome:
        """The vendor has done it, or there was nothing to do."""
        return Outcome(self.change, "applied")

    def skipped(self, reason: str = NOT_ON_THE_LIST) -> Outcome:
        """The person cannot be written to; nothing is left to do."""
        return Outcome(self.change, "skipped", reason)

    def rejected(self, reason: str, *, passing: bool = False) -> Outcome:
        """The vendor does not take it; `passing` where it will later, so that it is sent again."""
        return Outcome(self.change, "rejected", reason, passing=passing)


@dataclass(frozen=True)
class Again:
    """A verdict on edits of a batch that was refused: they are sent once more, by themselves."""

    edits: Sequence[Edit]


@dataclass(frozen=True)
class Batch:
    """The edits of one request: never empty, and no place of a person twice."""

    edits: Sequence[Edit]

    @property
    def kind(self) -> str:
        """The kind of the first target; the only one unless kinds share their requests."""
        return self.edits[0].change.target.kind

    @property
    def id(self) -> str:
        """The id of the first target; the only one of a batch per target."""
        return self.edits[0].id

    @property
    def adding(self) -> list[Edit]:
        """Edits that put something on."""
        return [each for each in self.edits if each.adds]

    @property
    def removing(self) -> list[Edit]:
        """Edits that take something off."""
        return [each for each in self.edits if not each.adds]

    @property
    def people(self) -> dict[str, list[Edit]]:
        """The edits of each person, by the person's key."""
        return grouped(self.edits, lambda edit: edit.key)

    def halves(self) -> Iterator[Again]:
        """The people of the batch in two halves; one person's edits one by one."""
        rows = [*self.people.values()]
        if len(rows) == 1:
            yield from (Again([each]) for each in self.edits)
            return
        half = len(rows) // 2
        for some in (rows[:half], rows[half:]):
            yield Again([edit for row in some for edit in row])


@dataclass(frozen=True)
class PerTarget:
    """Requests of one target each: a tag's people, a list's members."""

    people: int
    """Most people of a request, in each direction."""
    both_ways: bool = False
    """Whether one request both adds and removes; else it does one of them."""

    def cut(self, edits: Iterable[Edit]) -> Iterator[Batch]:
        """Yield the batches, target by target."""
        for same in grouped(edits, lambda edit: (edit.known.target.kind, edit.id)).values():
            adding = [each for each in same if each.adds]
            removing = [each for each in same if not each.adds]
            ways = [(adding, removing)] if self.both_ways else [(adding, []), ([], removing)]
            for into, out in ways:
                for begin in range(0, max(len(into), len(out)), self.people):
                    some = slice(begin, begin + self.people)
                    yield Batch([*into[some], *out[some]])


@dataclass(frozen=True)
class PerPerson:
    """Requests of some people each, with everything of a person together.

    Kinds of equal size share their requests.
    """

    people: int = 1
    """Most people of a request."""

    def cut(self, edits: Iterable[Edit]) -> Iterator[Batch]:
        """Yield the batches."""
        rows = [*grouped(edits, lambda edit: edit.key).values()]
        for begin in range(0, len(rows), self.people):
            some = rows[begin : begin + self.people]
            yield Batch([edit for row in some for edit in row])


def grouped(edits: Iterable[Edit], key: Callable[[Edit], Hashable]) -> dict[Any, list[Edit]]:
    """Edits by something that they share, in the order in which it first comes."""
    found: dict[Any, list[Edit]] = {}
    for each in edits:
        found.setdefault(key(each), []).append(each)
    return found
