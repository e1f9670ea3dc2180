"""Values that fill a field of a person, beside those of the profile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.audience.values import VALUES, field_value
from core.audience.values.wording import Wording
from core.errors import Misconfigured
from core.records import (
    Cart,
    Child,
    Company,
    Contact,
    GroupMember,
    Loyalty,
    Order,
    Record,
)
from core.store.connections import connection_id
from core.store.database import Database
from core.store.tables import CONTACTS
from tests.core.segments.cases import NOW, SHOP, TODAY, ago, order
from tests.laws.random_shops import rolled_back, save_page

WORDING = Wording("%d-%m-%Y", ";", NOW, TODAY)
RECORDS: list[Record] = [
    Company(
        id="c",
        name="Acme & Co",
        industry="Retail",
        size="10-49",
        country="DK",
        city="Aarhus C",
        region="Midt",
        postcode="8000",
        number="DK-12",
        employees=12,
        revenue=Decimal("1500000.5"),
        founded=1998,
    ),
    Contact(id="ann", company="c"),
    Contact(id="bob"),
    order(1, "ann", 9, total="100.5"),
    order(2, "ann", 2, total="50"),
    order(3, "ann", -1, total="900"),
    # No rate of the krone is known: an amount that nobody can say.
    Order(id="4", contact="bob", placed_at=ago(3), total=Decimal(5), currency="SEK"),
    Cart(id="1", contact="ann", at=ago(5), total=Decimal(80), url="https://shop.example/c/1"),
    Cart(
        id="2", contact="ann", at=ago(4), total=Decimal(75), url="https://shop.example/c/Tok-2?K=aB"
    ),
    Cart(id="3", contact="ann", at=ago(1), total=Decimal(9), status="expired"),
    Cart(id="4", contact="ann", at=ago(-1), total=Decimal(9)),
    Loyalty(contact="ann", programme="points", points=Decimal("120.5"), tier="Gold"),
    Loyalty(contact="ann", programme="miles", points=Decimal(7), tier="Blue"),
    GroupMember(contact="ann", group="9", title="Wholesale; Nordic"),
    GroupMember(contact="ann", group="vip"),
    GroupMember(contact="ann", group="later", since=ago(-1)),
    Child(id="1", contact="ann", birthday=date(2020, 3, 30)),
    Child(id="2", contact="ann", birthday=date(2018, 5, 17)),
    Child(id="3", contact="bob", birthday=date(2020, 2, 29)),
]
EXPECTED = {
    "orders.count": {"ann": "2", "bob": "1"},
    "orders.total": {"ann": "150.50"},
    "orders.largest": {"ann": "100.50"},
    "orders.first": {"ann": "22-03-2026", "bob": "28-03-2026"},
    "orders.last": {"ann": "29-03-2026", "bob": "28-03-2026"},
    "cart.total": {"ann": "75.00"},
    "cart.url": {"ann": "https://shop.example/c/Tok-2?K=aB"},
    "loyalty.points": {"ann": "120.5"},
    "loyalty.tier": {"ann": "Gold"},
    "groups": {"ann": "vip;Wholesale  Nordic"},
    # Today is 31 March 2026.
    "children.next_birthday": {"ann": "17-05-2026", "bob": "28-02-2027"},
    "company.name": {"ann": "Acme & Co"},
    "company.industry": {"ann": "Retail"},
    "company.size": {"ann": "10-49"},
    "company.country": {"ann": "DK"},
    "company.city": {"ann": "Aarhus C"},
    "company.region": {"ann": "Midt"},
    "company.postcode": {"ann": "8000"},
    "company.number": {"ann": "DK-12"},
    "company.employees": {"ann": "12"},
    "company.revenue": {"ann": "1500000.50"},
    "company.founded": {"ann": "1998"},
}


@pytest.fixture
def transaction(empty_store: Database) -> Iterator[sa.Connection]:
    with empty_store.transaction() as transaction, rolled_back(transaction):
        save_page(transaction, SHOP, "shop", RECORDS)
        yield transaction


def written(transaction: sa.Connection, name: str, wording: Wording = WORDING) -> dict[str, str]:
    value = field_value(name, wording)
    names = CONTACTS.join(value.rows, value.rows.c.profile_id == CONTACTS.c.profile_id)
    rows = transaction.execute(sa.select(CONTACTS.c.external_id, value.rows).select_from(names))
    texts = {row.external_id: value.text(row) for row in rows}
    return {name: text for name, text in texts.items() if text is not None}


def test_every_value_is_written_for_those_of_whom_it_is_known(transaction: sa.Connection) -> None:
    assert {name: written(transaction, name) for name in VALUES} == EXPECTED


@pytest.mark.parametrize(
    ("today", "text"),
    [
        (date(2026, 2, 28), "28-02-2026"),
        (date(2026, 3, 1), "28-02-2027"),
        (date(2028, 2, 28), "29-02-2028"),
        (date(2028, 2, 29), "29-02-2028"),
    ],
)
def test_a_leap_day_is_kept_on_the_28th_in_common_years(
    transaction: sa.Connection, today: date, text: str
) -> None:
    on_that_day = replace(WORDING, today=today)
    assert written(transaction, "children.next_birthday", on_that_day)["bob"] == text


def test_facts_of_a_connection_that_the_config_no_longer_names_do_not_count(
    transaction: sa.Connection,
) -> None:
    till = connection_id(transaction, "till", "square")
    only_till = replace(WORDING, connections=frozenset({till}))
    of_facts = [name for name in VALUES if not name.startswith("company.")]
    assert [name for name in of_facts if written(transaction, name, only_till)] == []


def test_a_row_after_the_present_is_in_no_value(transaction: sa.Connection) -> None:
    earlier = replace(WORDING, as_of=NOW - timedelta(days=60))
    assert written(transaction, "orders.last", earlier) == {}
    assert written(transaction, "cart.url", earlier) == {}


def test_a_name_that_nothing_has_is_refused() -> None:
    with pytest.raises(Misconfigured, match=r"orders\.lst"):
        field_value("orders.lst", WORDING)
