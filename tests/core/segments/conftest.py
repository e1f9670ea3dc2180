"""Stores for tests of segments; what a table of cases puts into one is rolled back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from core.records import Record
from core.store.database import Database
from tests.core.segments.cases import Case, cases, evaluated
from tests.laws.random_shops import rolled_back
from tests.postgres import Postgres


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


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def empty_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A migrated store, once on each engine, that every test leaves empty."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('cases') / 'empty.db'}")
        database.migrate()
        yield database
        database.close()
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create()
        database = Database(url)
        yield database
        database.close()
        postgres.drop(url)


@pytest.fixture
def given(empty_store: Database) -> Given:
    """A shop of some records; its clock, settings and delivered nouns may be named."""
    return lambda records, **settings: SmallShop(empty_store, records, settings)


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """A migrated store, where one engine is enough."""
    database = Database(sqlite_url)
    yield database
    database.close()
