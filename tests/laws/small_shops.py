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
from core.segments.compile.sql.tables import CONTACTS
from core.store.shop import Shop
from tests.laws.random_shops import save_page
from tests.laws.verdicts import hub_verdicts

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@contextmanager
def rolled_back(transaction: sa.Connection) -> Iterator[None]:
    """Whatever is done inside is taken back afterwards."""
    savepoint = transaction.begin_nested()
    yield
    savepoint.rollback()


def members_and_unknown(
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
    number = save_page(transaction, shop, "shop", records)
    world = EvaluationContext(shop, Clock.at(as_of, zone), {"shop": number}, frozenset(NOUNS))
    return by_contact(transaction, hub_verdicts(transaction, world, tables))


def by_contact(
    transaction: sa.Connection, verdicts: Mapping[str, Mapping[int, bool | None]]
) -> dict[str, tuple[str, str]]:
    """Verdicts with the contacts' ids in place of numbers."""
    rows = transaction.execute(sa.select(CONTACTS.c.profile_id, CONTACTS.c.external_id)).all()

    def those(truths: Mapping[int, bool | None], wanted: object) -> str:
        return " ".join(sorted(id_ for person, id_ in rows if truths[person] is wanted))

    return {name: (those(truths, True), those(truths, None)) for name, truths in verdicts.items()}
