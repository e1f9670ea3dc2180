"""Settings change, and what is stored follows them."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core import records as r
from core.contract import Page
from core.store import checkpoints
from core.store.bulk import table_of
from core.store.connections import connection_id
from core.store.database import Database
from core.store.ingest import save
from core.store.rederive import apply_settings
from core.store.shop import Shop
from core.store.tables import (
    PROFILE_FIELDS,
    behaviour,
    coupons,
    messages,
    operations,
    people,
    places,
    trade,
)

NOW = datetime(2026, 3, 20, tzinfo=UTC)
DANISH = Shop(zone=ZoneInfo("Europe/Copenhagen"), currency="DKK", country="DK")
PLACED = replace(DANISH, places=True)
LATE = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
"""Before midnight in Copenhagen, after it in Tokyo."""
MIDNIGHT = datetime(2026, 2, 28, 23, tzinfo=UTC)
"""The first moment of the first of March in Copenhagen."""


def tell(database: Database, *records: r.Record, shop: Shop = DANISH) -> None:
    """Take a page in under some settings."""
    with database.transaction() as transaction:
        apply_settings(transaction, shop)
        reading = checkpoints.begin(
            transaction, connection_id(transaction, "shop", "made up"), "all", NOW
        )
        counts = save(transaction, shop, reading, Page(records), NOW)
        assert not counts["quarantined"], counts


def change(database: Database, **settings: Any) -> None:
    """Renew the store under other settings."""
    with database.transaction() as transaction:
        apply_settings(transaction, Shop(**{**vars(DANISH), **settings}))


def values(database: Database, model: Any, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of a table, in order of the rows' numbers."""
    table = table_of(model)
    key = next(iter(table.primary_key)) if "id" not in table.c else table.c.id
    with database.read() as transaction:
        rows = transaction.execute(sa.select(*(table.c[name] for name in names)).order_by(key))
        return [tuple(row) for row in rows]


def day(number: int) -> int:
    """A date in March as its number."""
    return date(2026, 3, number).toordinal()


def order(name: str, at: datetime | date, **more: Any) -> r.Order:
    """An order of one line with a code."""
    return r.Order(
        id=name, contact="ann", placed_at=at, currency=more.pop("currency", "DKK"),
        lines=(r.Line(id="1", total=Decimal(100)),),
        discounts=(r.OrderDiscount(code="SPRING"),), **more,
    )  # fmt: skip


def test_another_zone_moves_every_local_date(database: Database) -> None:
    tell(
        database,
        r.Contact(id="ann", created=LATE),
        order("1", LATE),
        r.Refund(id="1", order="1", at=LATE, total=Decimal(10)),
        r.Discount(id="1", contact="ann", code="ALONE", at=LATE),
        r.Visit(id="1", contact="ann", kind="view", at=LATE),
        r.Deal(id="1", contact="ann", at=LATE, closed_at=LATE),
        r.MessageEvent(id="1", contact="ann", message="m", kind="delivered", at=LATE),
    )
    dated = (
        trade.Order, trade.OrderLine, coupons.OrderCoupon, trade.Refund, coupons.Discount,
        behaviour.Visit, messages.MessageEvent, messages.Delivery, trade.DailyOrders,
    )  # fmt: skip
    for expected, zone in ((day(1), None), (day(2), "Asia/Tokyo"), (day(1), "America/New_York")):
        if zone is not None:
            change(database, zone=ZoneInfo(zone))
        for model in dated:
            assert {row[0] for row in values(database, model, "day")} == {expected}, model
        assert values(database, people.Profile, "created_at", "created_day") == [(LATE, expected)]
        assert values(database, behaviour.Deal, "closed_at", "closed_day") == [(LATE, expected)]
    assert values(database, trade.OrderLine, "placed_at") == [(LATE,)]


def test_a_fact_that_came_as_a_date_keeps_it(database: Database) -> None:
    tell(database, order("1", date(2026, 3, 1)), order("2", MIDNIGHT))
    tokyo = datetime(2026, 2, 28, 15, tzinfo=UTC)
    change(database, zone=ZoneInfo("Asia/Tokyo"))
    # Nothing tells a date from the first moment of it.
    assert values(database, trade.Order, "placed_at", "day") == [(tokyo, day(1))] * 2
    assert values(database, trade.OrderLine, "placed_at", "day") == [(tokyo, day(1))] * 2
    assert values(database, coupons.OrderCoupon, "at", "day") == [(tokyo, day(1))] * 2
    change(database)
    assert values(database, trade.Order, "placed_at", "day") == [(MIDNIGHT, day(1))] * 2


def test_the_rate_is_that_of_the_new_local_date(database: Database) -> None:
    tell(
        database,
        r.Rate(currency="EUR", day=date(2026, 3, 1), rate=Decimal(7)),
        r.Rate(currency="EUR", day=date(2026, 3, 2), rate=Decimal(8)),
        order("1", LATE, currency="EUR"),
    )
    assert values(database, trade.Order, "net_shop") == [(7_000_000,)]
    change(database, zone=ZoneInfo("Asia/Tokyo"))
    assert values(database, trade.Order, "net_shop") == [(8_000_000,)]
    assert values(database, trade.DailyOrders, "day", "orders", "net_shop") == [
        (day(2), 1, 8_000_000)
    ]


def test_another_currency_is_worth_what_its_rates_say(database: Database) -> None:
    tell(
        database,
        r.Rate(currency="DKK", day=date(2026, 3, 1), rate=Decimal("0.125")),
        order("1", LATE),
        order("2", LATE, currency="EUR"),
        order("3", LATE, currency="SEK"),
        r.Refund(id="1", order="1", at=LATE, total=Decimal(8)),
        r.Refund(id="2", contact="ann", at=LATE, total=Decimal(16)),
        r.Deal(id="1", contact="ann", at=LATE, amount=Decimal(80), currency="DKK"),
    )
    assert values(database, trade.Order, "net_shop") == [(920_000,), (None,), (None,)]
    change(database, currency="EUR")
    assert values(database, trade.Order, "net_shop") == [(115_000,), (1_000_000,), (None,)]
    assert values(database, trade.OrderLine, "total_shop") == [(125_000,), (1_000_000,), (None,)]
    assert values(database, trade.Refund, "goods_shop") == [(10_000,), (20_000,)]
    assert values(database, behaviour.Deal, "amount_shop") == [(100_000,)]
    assert values(database, trade.DailyOrders, "orders", "net_shop") == [(2, 1_115_000)]


def test_phones_are_read_in_another_country_with_their_consents(database: Database) -> None:
    tell(
        database,
        r.Contact(id="ann", phone="70 123 45 67"),
        r.Consent(contact="ann", channel="sms", granted=False, at=LATE),
    )
    assert values(database, people.Profile, "phone") == [(None,)]
    change(database, country="SE")
    assert values(database, people.Profile, "phone") == [("+46701234567",)]
    assert values(database, people.Identifier, "value") == [("+46701234567",)]
    assert values(database, people.Consent, "value", "granted") == [("+46701234567", False)]


def test_places_are_added_once_a_rule_asks_for_them(database: Database) -> None:
    records = [
        r.Store(id="s", postcode="5000"), r.Contact(id="ann", postcode="8000"),
        r.Contact(id="bob", postcode="8000", region="Stated"),
        r.Postcode(country="DK", postcode="8000", city="Ours", municipality="Aarhus"),
    ]  # fmt: skip
    tell(database, *records)
    assert values(database, places.Postcode, "postcode") == [("8000",)]
    change(database, places=True)
    assert ("5000",) in values(database, places.Postcode, "postcode")
    with database.read() as transaction:
        fields = PROFILE_FIELDS.c
        chosen = sa.select(fields.profile_id, fields.text).order_by(fields.profile_id, fields.field)
        found = [tuple(row) for row in transaction.execute(chosen)]
    assert found == [
        (1, "Ours"), (1, "Aarhus"), (1, "8000"), (1, "Midtjylland"),
        (2, "Ours"), (2, "Aarhus"), (2, "8000"), (2, "Stated"),
    ]  # fmt: skip
    tell(database, r.Postcode(country="DK", postcode="5000", region="Fyn"), shop=PLACED)
    tell(database, r.Contact(id="cat", postcode="5000"), shop=PLACED)
    with database.read() as transaction:
        region = sa.select(fields.text).where(fields.profile_id == 3, fields.field == "region")
        assert transaction.execute(region).scalar() == "Fyn"


def test_many_rows_are_renewed_piece_by_piece(database: Database, monkeypatch: Any) -> None:
    monkeypatch.setattr("core.store.rederive.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("core.store.rederive.ROWS_AT_ONCE", 2)
    tell(database, *(order(f"{number}", LATE) for number in range(5)))
    change(database, zone=ZoneInfo("Asia/Tokyo"), currency="EUR")
    assert values(database, trade.Order, "day", "net_shop") == [(day(2), None)] * 5
    assert values(database, trade.OrderLine, "day", "total_shop") == [(day(2), None)] * 5


def test_two_that_renew_at_once_do_it_once(postgres_url: str) -> None:
    database = Database(postgres_url)
    failed: list[BaseException] = []

    def renewed() -> None:
        try:
            change(database)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            failed.append(error)

    second = threading.Thread(target=renewed)
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with database.transaction() as transaction:
        apply_settings(transaction, DANISH)
        second.start()
        waits = False
        while second.is_alive() and not waits:
            with database.read() as other:
                waits = bool(other.scalar(waiting))
    second.join()
    assert not failed
    assert values(database, operations.Setting, "name").count(("settings",)) == 1
    database.close()
