"""Buyers: guests, accounts that no list shows, and purchases that belong to nobody."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, event

from core import records as r
from core.hub_key import HubKey
from core.store.database import HASH_KEY
from core.store.people import identity
from core.store.people.buyers import orders_without_data
from core.store.people.suppression import suppress
from core.store.tables import people, trade
from tests.core.store.filled_store import NOW, FilledStore

TEN = datetime(2024, 3, 1, 10, tzinfo=UTC)
IDA = {"email": "ida@x.dk", "first_name": "Ida", "last_name": "Ek", "city": "Aarhus"}
ACCOUNT = r.Contact(id="7", email="ida@x.dk", phone="20304050")


def bought(name: str, contact: str | None = None, days: int = 0, /, **buyer: str | None) -> r.Order:
    """An order of one line, and the buyer on its bill."""
    return r.Order.model_validate(
        {
            "id": name, "contact": contact, "placed_at": TEN + timedelta(days=days),
            "lines": [{"id": "1", "total": 100}], "buyer": buyer or None,
        }
    )  # fmt: skip


def owners(hub: FilledStore) -> dict[str, int | None]:
    """Order -> profile."""
    return {row["external_id"]: row["profile_id"] for row in hub.rows(trade.Order)}


def stated(hub: FilledStore, **where: Any) -> dict[str, Any]:
    """The fields of the only such contact."""
    found: dict[str, Any] = orjson.loads(hub.row(people.Contact, **where)["stated"])
    return found


@pytest.mark.parametrize(
    "buyer",
    [
        {"email": "IDA@x.dk"},
        {"phone": "20 30 40 50"},
        {"phone": "0045 20304050", "country": "Sverige"},
        {"loyalty": "77-1"},
        {"email": "no address", "phone": "20304050"},
        {"email": "noreply@x.dk", "loyalty": "771"},
    ],
)
def test_a_guest_is_the_person_whose_identifier_the_bill_gives(
    hub: FilledStore, buyer: dict[str, str]
) -> None:
    account = r.Contact(id="7", email="ida@x.dk", phone="20304050", loyalty="771")
    hub.take(bought("1", **buyer))
    hub.take(account, connection="till")
    hub.take(bought("2", **buyer))
    assert len(set(owners(hub).values())) == 1
    assert hub.row(people.Profile)["email"] == "ida@x.dk"


def test_a_guests_id_is_the_hubs_own_and_does_not_tell_the_address(hub: FilledStore) -> None:
    hub.take(bought("1", **IDA), bought("2", email="IDA@X.dk"), bought("3", email="bo@x.dk"))
    hub.take(bought("1", **IDA), connection="till")
    ids = {row["external_id"] for row in hub.rows(people.Contact)}
    assert len(ids) == 2
    assert all(each.startswith("guest:") and len(each) == 38 for each in ids)
    assert not any("ida" in each for each in ids)


def test_a_guest_is_described_by_the_newest_bill_that_says_something(hub: FilledStore) -> None:
    hub.take(
        bought("2", None, 2, email="ida@x.dk", city="Odense"),
        bought("1", None, 1, **IDA),
        bought("3", None, 3, email="ida@x.dk", first_name=" ", last_name=None),
    )
    assert stated(hub) == {**IDA, "city": "Odense"}
    hub.take(r.Deleted(noun="Order", id="2"))
    assert stated(hub) == IDA
    hub.take(r.Deleted(noun="Order", id="1"), r.Deleted(noun="Order", id="3"))
    assert (hub.rows(people.Contact), hub.rows(people.Profile)) == ([], [])


def test_an_account_that_no_list_shows_is_what_its_bills_say_until_it_is_delivered(
    hub: FilledStore,
) -> None:
    hub.take(bought("1", "77", **IDA), bought("2", **IDA))
    assert len(set(owners(hub).values())) == 1
    assert hub.row(people.Profile)["email"] == "ida@x.dk"
    hub.take(r.Contact(id="77", email="eva@x.dk"))
    assert stated(hub, external_id="77") == {"email": "eva@x.dk"}
    assert len(set(owners(hub).values())) == 2
    hub.take(r.Deleted(noun="Contact", id="77"))
    assert stated(hub, external_id="77") == IDA
    assert len(set(owners(hub).values())) == 1


def test_a_delivered_account_is_not_what_its_bills_say(hub: FilledStore) -> None:
    hub.take(ACCOUNT, bought("1", "7", email="office@firm.dk"), bought("2", email="office@firm.dk"))
    assert hub.groups() == {frozenset({"shop/7"}), frozenset({guest(hub)})}


def guest(hub: FilledStore) -> str:
    return f"shop/{hub.row(people.Contact, guest=True)['external_id']}"


@pytest.mark.parametrize(
    "buyer",
    [
        {"email": "kasse@shop.example", "first_name": "Ida"},
        {"email": "deleted@site.invalid", "phone": "00000000"},
        {"email": "deleted@webshop.dk"},
        {"email": "0123@anything.invalid"},
        {"phone": "11 11 11 11"},
        {"phone": "+45 12345678"},
        {"phone": "87654321"},
        {"phone": "70 10 20 30"},
        {"first_name": "Ida", "city": "Aarhus"},
        {},
    ],
)
def test_a_bill_that_tells_nobody_apart_makes_nobody(
    hub: FilledStore, buyer: dict[str, str]
) -> None:
    desk = hub.with_shop(joins_nobody=("kasse@shop.example", "+45 70102030"))
    desk.take(bought("1", **buyer), bought("2", **buyer))
    assert (owners(hub), hub.rows(people.Contact)) == ({"1": None, "2": None}, [])
    assert identity.orders_of_nobody(hub.transaction).popitem()[1] == (2, 2)


def test_an_order_of_a_guest_that_an_eraser_took_belongs_to_nobody(hub: FilledStore) -> None:
    hub.take(ACCOUNT, bought("1", **IDA), bought("2", **IDA))
    hub.take(bought("1", email="deleted@site.invalid", first_name="[deleted]", phone="00000000"))
    assert owners(hub) == {"1": None, "2": hub.profile_of("7")}
    hub.take(bought("2", email="deleted@site.invalid", first_name="[deleted]", phone="00000000"))
    assert set(owners(hub).values()) == {None}
    assert hub.groups() == {frozenset({"shop/7"})}


def test_a_phone_that_four_names_give_joins_nobody_and_makes_nobody(hub: FilledStore) -> None:
    phone = "20304050"
    hub.take(r.Contact(id="7", phone=phone, first_name="Ida"))
    for number, name in enumerate(("IDA", "Bo", "Cai")):
        hub.take(bought(str(number), phone=phone, first_name=name))
    assert set(owners(hub).values()) == {hub.profile_of("7")}
    hub.take(bought("3", phone="+45 20304050", first_name="Dea"))
    assert set(owners(hub).values()) == {None}
    assert {row["profile_id"] for row in hub.rows(trade.OrderLine)} == {None}
    assert identity.crowded_phones(hub.transaction) == {"+4520304050"}
    assert [row["id"] for row in hub.rows(people.Profile)] == [hub.profile_of("7")]
    hub.take(r.Deleted(noun="Order", id="1"))
    assert set(owners(hub).values()) == {hub.profile_of("7")}
    assert identity.crowded_phones(hub.transaction) == set()


def test_an_order_that_names_its_contact_leaves_the_guest(hub: FilledStore) -> None:
    hub.take(bought("1", **IDA), bought("2", **IDA))
    hub.take(bought("1", "77", email="eva@x.dk"))
    assert stated(hub, external_id="77") == {"email": "eva@x.dk"}
    assert len(set(owners(hub).values())) == 2
    # Neither contact nor buyer is stated, and both stay.
    lines = (r.Line(id="1", total=5),)
    hub.take(*(r.Order(id=each, placed_at=TEN, lines=lines) for each in ("1", "2")))
    assert len(set(owners(hub).values()) - {None}) == 2
    hub.take(bought("2"))
    assert owners(hub)["2"] is None


def test_a_guest_that_goes_leaves_those_whom_it_joined(hub: FilledStore) -> None:
    hub.take(bought("1", **IDA), ACCOUNT, bought("2", email="ida@x.dk", phone="20304050"))
    assert len(hub.rows(people.Profile)) == 1
    hub.take(r.Deleted(noun="Order", id="1"), r.Deleted(noun="Order", id="2"))
    assert hub.groups() == {frozenset({"shop/7"})}
    assert [row["id"] for row in hub.rows(people.Profile)] == [hub.profile_of("7")]


def test_a_statement_about_an_account_does_not_hold_for_the_address_of_a_bill(
    hub: FilledStore,
) -> None:
    hub.take(bought("1", "77", **IDA))
    hub.take(r.Consent(contact="77", channel="email", granted=True, at=TEN))
    assert hub.rows(people.Consent) == []
    hub.take(r.Contact(id="77", email="eva@x.dk"))
    assert [row["value"] for row in hub.rows(people.Consent)] == ["eva@x.dk"]


def test_a_bill_of_somebody_who_was_erased_is_not_stored(hub: FilledStore) -> None:
    suppress(hub.transaction, {("email", "ida@x.dk"), ("phone", "+4520304050")}, "erased", NOW)
    counts = hub.take(
        bought("1", **IDA), bought("2", "77", **IDA), bought("3", phone="20304050"),
        bought("4", email="bo@x.dk"),
    )  # fmt: skip
    assert (counts["suppressed"], counts["inserted"]) == (3, 1)
    assert len(hub.rows(people.Contact)) == 1


def test_fields_of_a_buyer_that_do_not_parse_are_counted(hub: FilledStore) -> None:
    counts = hub.take(bought("1", email="no address", phone="hello", first_name="Ida"))
    assert (counts["emptied buyer.email"], counts["emptied buyer.phone"]) == (1, 1)
    assert owners(hub) == {"1": None}


def test_orders_of_people_without_any_data_are_counted(hub: FilledStore) -> None:
    hub.take(bought("1", "77"), bought("2", "77"), bought("3", "78", **IDA), bought("4"))
    number = hub.reading().connection_id
    assert orders_without_data(hub.transaction) == {number: 2}
    hub.take(r.Contact(id="77", city="Aarhus"))
    assert orders_without_data(hub.transaction) == {}


def test_guests_made_with_another_key_stay_who_they_are(hub: FilledStore) -> None:
    hub.take(bought("1", **IDA), bought("2", phone="20304050"), bought("3", loyalty="77"))
    before = owners(hub)
    hub.transaction.execution_options(**{HASH_KEY: HubKey.random().hashes})
    hub.take(
        bought("4", **IDA), bought("5", phone="+4520304050"), bought("6", loyalty="77"),
        r.Order(id="1", placed_at=TEN, lines=(r.Line(id="1", total=5),)),
        bought("2", None, 1, phone="20304050"),
    )  # fmt: skip
    assert len(hub.rows(people.Contact, guest=True)) == 6
    found = owners(hub)
    assert [found[each] for each in "123"] == [found[each] for each in "456"]
    assert {each: found[each] for each in "123"} == before


def test_a_refund_without_an_order_belongs_to_its_own_buyer(hub: FilledStore) -> None:
    hub.take(bought("1", None, 1, **IDA))
    refund = r.Refund(id="1", at=TEN, total=Decimal(10), buyer=r.Buyer(phone="20304050"))
    hub.take(refund, connection="till")
    assert hub.row(trade.Refund)["profile_id"] not in (None, hub.row(trade.Order)["profile_id"])
    # The account joins the two guests.
    hub.take(ACCOUNT, connection="crm")
    assert hub.row(trade.Refund)["profile_id"] == hub.row(trade.Order)["profile_id"]
    later = r.Refund(id="2", at=TEN, total=Decimal(10), buyer=r.Buyer(phone="20304050", city="Ry"))
    assert hub.take(later, connection="till")["refund of nobody"] == 0
    assert {row["profile_id"] for row in hub.rows(trade.Refund)} == set(owners(hub).values())
    # With an order it is the order's, and its guest is gone.
    for name in ("1", "2"):
        hub.take(r.Refund(id=name, at=TEN, order="o", buyer=refund.buyer), connection="till")
    assert [row["contact_id"] for row in hub.rows(trade.Refund)] == [None, None]
    assert len(hub.rows(people.Contact, guest=True)) == 1


def test_a_deleted_refund_and_a_forgotten_person_leave_nothing(hub: FilledStore) -> None:
    refunds = [r.Refund(id=each, at=TEN, total=Decimal(1), contact=each) for each in ("7", "8")]
    assert hub.take(*refunds, r.Refund(id="9", at=TEN))["refund of nobody"] == 1
    hub.take(r.Deleted(noun="Refund", id="8"))
    assert {row["external_id"] for row in hub.rows(people.Contact)} == {"7"}
    suppress(hub.transaction, [("email", "ida@x.dk")], "asked", NOW)
    hub.take(ACCOUNT)
    assert [row["external_id"] for row in hub.rows(trade.Refund)] == ["9"]
    assert hub.rows(people.Contact) == hub.rows(people.Profile) == []


def test_orders_without_buyers_ask_for_none(hub: FilledStore) -> None:
    asked: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    hub.take(ACCOUNT)
    event.listen(hub.transaction, "before_cursor_execute", note)
    hub.take(bought("1", "7"), bought("2", "77"), bought("3"))
    without = [each for each in asked if "buyer IS NOT NULL" in each]
    hub.take(bought("4", "77", **IDA))
    event.remove(hub.transaction, "before_cursor_execute", note)
    assert without == []
    assert any("buyer IS NOT NULL" in each for each in asked)
