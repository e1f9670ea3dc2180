"""Shops of a few hand-made records, for laws that need their edges exactly."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.records import NOUNS, Record
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store.shop import Shop
from core.store.tables import CONTACTS
from tests.laws.judging import hub_verdicts
from tests.laws.worlds import taken

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@contextmanager
def undone(transaction: sa.Connection) -> Iterator[None]:
    """Whatever is done inside is taken back afterwards."""
    savepoint = transaction.begin_nested()
    yield
    savepoint.rollback()


def names(
    transaction: sa.Connection,
    records: Sequence[Record],
    tables: Mapping[str, Mapping[str, Any]],
    as_of: datetime | date,
    *,
    zone: ZoneInfo = COPENHAGEN,
    currency: str = "DKK",
) -> dict[str, tuple[str, str]]:
    """Segment -> ids of its members and of those it cannot tell, each joined by blanks."""
    shop = Shop(zone=zone, currency=currency, country="DK")
    number = taken(transaction, shop, "shop", records)
    world = EvaluationContext(shop, Clock.at(as_of, zone), {"shop": number}, frozenset(NOUNS))
    return named(transaction, hub_verdicts(transaction, world, tables))


def named(
    transaction: sa.Connection, verdicts: Mapping[str, Mapping[int, bool | None]]
) -> dict[str, tuple[str, str]]:
    """Verdicts with the contacts' ids in place of numbers."""
    rows = transaction.execute(sa.select(CONTACTS.c.profile_id, CONTACTS.c.external_id))
    ids = {row.profile_id: row.external_id for row in rows}

    def those(truths: Mapping[int, bool | None], wanted: object) -> str:
        return " ".join(sorted(ids[person] for person in truths if truths[person] is wanted))

    return {name: (those(truths, True), those(truths, None)) for name, truths in verdicts.items()}
