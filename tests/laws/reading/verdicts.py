"""A plain reading of whole segments over the stored rows; it shares no code with the compiler.

Written from the documents: windows in whole numbers, exact fractions, three-valued logic, one
person after the other. `Reading(transaction, world).verdicts(tables)` is what must come out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tests.laws.reading.comparing import folded
from tests.laws.reading.days import Now, as_of
from tests.laws.reading.measuring import Measuring
from tests.laws.reading.people import (
    answers_truths,
    children_truths,
    field_truth,
    interests_truths,
    lives_truths,
)
from tests.laws.reading.stored import Stored
from tests.laws.reading.truth import Truth, every, negated, some

Rule = Mapping[str, Any]
Truths = dict[int, Truth]
_NOUNS = {
    "orders": "Order", "items": "Order", "refunds": "Refund", "messages": "MessageEvent",
    "visits": "Visit", "lists": "ListMember", "children": "Child", "interests": "Interest",
    "answers": "Answer", "support": "Support", "deals": "Deal",
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What the reading must be told: the shop's settings and the clock."""

    zone: ZoneInfo
    country: str | None
    aliases: Mapping[str, str]
    connections: Mapping[str, int]
    delivered: frozenset[str]
    as_of: datetime | date


class Reading:
    """Truths of rules over one state of a store."""

    def __init__(self, transaction: sa.Connection, frame: Frame) -> None:
        """Read the store once."""
        self._frame = frame
        self._now: Now = as_of(frame.as_of, frame.zone)
        self._stored = Stored(transaction, frame.connections)
        self._named: Mapping[str, Rule] = {}
        self._read: dict[str, Truths] = {}

    def verdicts(self, named: Mapping[str, Rule]) -> dict[str, Truths]:
        """Segment -> person -> truth; recipes must be spelt out before."""
        self._named, self._read = named, {}
        return {name: self._segment(name) for name in named}

    def truths(self, rule: Rule) -> Truths:
        """Person -> truth of one rule."""
        match rule:
            case {"all": parts}:
                return self._joined(every, [self.truths(part) for part in parts])
            case {"any": parts}:
                return self._joined(some, [self.truths(part) for part in parts])
            case {"not": part}:
                return {person: negated(truth) for person, truth in self.truths(part).items()}
            case {"segment": name}:
                return self._segment(name)
            case {"field": _}:
                return {
                    person: field_truth(self._stored, self._now, self._frame.country, rule, person)
                    for person in self._stored.profiles
                }
        return self._single(rule)

    def _single(self, rule: Rule) -> Truths:
        if "lives" in rule:
            return lives_truths(self._stored, self._frame.country, rule)
        subject = next(word for word in _NOUNS if word in rule)
        if not self._is_delivered(subject, rule):
            return dict.fromkeys(self._stored.profiles)
        match subject:
            case "children":
                return children_truths(self._stored, self._now, rule)
            case "interests":
                return interests_truths(self._stored, rule)
            case "answers":
                return answers_truths(self._stored, self._now, rule)
        return Measuring(self._stored, self._now, self._brand, rule, subject).truths()

    def _segment(self, name: str) -> Truths:
        if name not in self._read:
            self._read[name] = self.truths(self._named[name])
        return self._read[name]

    def _joined(self, how: Callable[[list[Truth]], Truth], parts: list[Truths]) -> Truths:
        return {person: how([part[person] for part in parts]) for person in self._stored.profiles}

    def _is_delivered(self, subject: str, rule: Rule) -> bool:
        """A coupon may come with its order or by itself; a sequence needs orders too."""
        delivered = self._frame.delivered
        if {"then", "then_no"} & rule.keys() and "Order" not in delivered:
            return False
        if subject == "orders" and rule.get("where", {}).get("coupon", False) is not False:
            return bool({"Order", "Discount"} & delivered)
        return _NOUNS[subject] in delivered

    def _brand(self, word: object) -> str:
        key = folded(word)
        return folded(self._frame.aliases.get(key, key))
