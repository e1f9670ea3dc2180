"""A reference evaluator of segments over the stored rows; it shares no code with the compiler.

Windows in whole numbers, exact fractions, three-valued logic, one person after the other:
`ReferenceEvaluator(transaction, settings).verdicts(tables)` is what the hub must come to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tests.laws.reference.comparisons import folded
from tests.laws.reference.dates import Now, as_of
from tests.laws.reference.measures import Measuring
from tests.laws.reference.people import (
    answers_truths,
    children_truths,
    field_truth,
    groups_truths,
    interests_truths,
    lives_truths,
    loyalty_truths,
)
from tests.laws.reference.stored import Stored
from tests.laws.reference.truth import Truth, every, negated, some

Rule = Mapping[str, Any]
Truths = dict[int, Truth]
_NOUNS = {
    "orders": "Order", "items": "Order", "refunds": "Refund", "messages": "MessageEvent",
    "visits": "Visit", "carts": "Cart", "lists": "ListMember", "groups": "GroupMember",
    "children": "Child", "interests": "Interest", "answers": "Answer",
    "support": "Support", "deals": "Deal",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Settings of the shop, and the clock."""

    zone: ZoneInfo
    country: str | None
    aliases: Mapping[str, str]
    connections: Mapping[str, int]
    delivered: frozenset[str]
    as_of: datetime | date


class ReferenceEvaluator:
    """Truths of rules over one state of a store."""

    def __init__(self, transaction: sa.Connection, settings: Settings) -> None:
        """Read the store once."""
        self._settings = settings
        self._now: Now = as_of(settings.as_of, settings.zone)
        self._stored = Stored(transaction, settings.connections)
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
            case {"field": "loyalty.points" | "loyalty.tier"}:
                return loyalty_truths(self._stored, self._now, rule)
            case {"field": _}:
                country = self._settings.country
                return {
                    person: field_truth(self._stored, self._now, country, rule, person)
                    for person in self._stored.profiles
                }
        return self._single(rule)

    def _single(self, rule: Rule) -> Truths:
        if "lives" in rule:
            return lives_truths(self._stored, self._settings.country, rule)
        subject = next(word for word in _NOUNS if word in rule)
        if not self._is_delivered(subject, rule):
            return dict.fromkeys(self._stored.profiles)
        match subject:
            case "children":
                return children_truths(self._stored, self._now, rule)
            case "interests":
                return interests_truths(self._stored, rule)
            case "groups":
                return groups_truths(self._stored, self._now, rule)
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
        delivered = self._settings.delivered
        if {"then", "then_no"} & rule.keys() and "Order" not in delivered:
            return False
        if subject == "orders" and rule.get("where", {}).get("coupon", False) is not False:
            return bool({"Order", "Discount"} & delivered)
        return _NOUNS[subject] in delivered

    def _brand(self, word: object) -> str:
        key = folded(word)
        return folded(self._settings.aliases.get(key, key))
