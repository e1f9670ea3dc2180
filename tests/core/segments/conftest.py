"""Shops for tables of cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from core.records import Record
from core.store.database import Database
from tests.core.segments.cases import Case, cases, evaluated
from tests.laws.random_shops import rolled_back


@dataclass(frozen=True)
class SmallShop:
    """A shop of a few records, which stand in the store only while it is held against a table."""

    database: Database
    records: Sequence[Record]
    settings: Mapping[str, Any]

    def expect(self, table: str) -> None:
        """Hold hub and reference evaluator against the members that a table of cases states."""
        expected = list(cases(table))
        rules = [case.rule for case in expected]
        with self.database.transaction() as transaction, rolled_back(transaction):
            found = evaluated(transaction, self.records, rules, **self.settings)
        assert [
            Case(case.rule, *each, case.note) for case, each in zip(expected, found, strict=True)
        ] == expected


Given = Callable[..., SmallShop]


@pytest.fixture
def given(empty_store: Database) -> Given:
    """A shop of some records; its clock, settings and delivered nouns may be named."""
    return lambda records, **settings: SmallShop(empty_store, records, settings)
