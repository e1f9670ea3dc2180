"""Puts invented persons into a store and asks who is a member."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.contract import Page
from core.records import NOUNS, Record
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames
from core.segments.evaluate.queries import recomputed_ids
from core.segments.validate import segments_of
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.shop import Shop
from tests.core.segments.twenty.cases import AS_OF, CURRENCY, ZONE, Case

SHOP = Shop(zone=ZONE, currency=CURRENCY, country="DK", precedence=("world",))
NOW = datetime(2026, 4, 2, 6, tzinfo=UTC)


def load(database: Database, records: Sequence[Record]) -> int:
    """Take the records in as one page of a connection, whose number is returned."""
    with database.transaction() as transaction:
        number = connection_id(transaction, "world", "made up")
        reading = checkpoints.begin(transaction, number, "everything", NOW)
        counts = save(transaction, SHOP, reading, Page(records), NOW)
        assert not counts.get("quarantined"), counts
        assert counts["inserted"] == len(records), counts
        checkpoints.complete(transaction, reading, NOW, rows=len(records), full=True)
    return number


def members(database: Database, connection: int, cases: Sequence[Case]) -> list[list[str]]:
    """The sorted ids of each case's members, all cases evaluated together."""
    tables = {
        f"case_{number}": {"recipe": case.recipe, **case.parameters}
        for number, case in enumerate(cases)
    }
    segments, wrong = segments_of(tables, KnownNames(connections=frozenset({"world"})))
    assert not wrong
    world = EvaluationContext(
        shop=SHOP,
        clock=Clock.at(AS_OF, ZONE),
        connections={"world": connection},
        delivered=frozenset(NOUNS),
    )
    with database.transaction() as transaction:
        return [recomputed_ids(transaction, world, segments, name, connection) for name in tables]
