"""Cases that a compiler with one wrong line passed once, each kept by its name."""

from datetime import date
from decimal import Decimal

import pytest

from core.records import (
    Answer,
    Contact,
    ListMember,
    Message,
    OrderDiscount,
    Postcode,
    Product,
    Store,
)
from core.store.database import Database
from tests.core.segments.counted import Case, ago, agree, basket, event, line, order, people


@pytest.mark.parametrize("noun", ["Order", "Discount"])
def test_coupons_are_known_where_either_way_of_telling_them_is_delivered(
    database: Database, noun: str
) -> None:
    rule = {"orders": "count", "where": {"coupon": True}, "is": 0}
    agree(database, people("ann"), [Case(rule, "ann")], delivered=frozenset({"Contact", noun}))


def test_an_order_with_two_coupons_is_one_coupon_order(database: Database) -> None:
    codes = (OrderDiscount(code="SPRING"), OrderDiscount(code="SUMMER"))
    where = {"coupon": True}
    cases = [Case({"orders": "count", "where": where, "is": 1}, "ann")]
    agree(database, [order(1, "ann", 5, discounts=codes)], cases)


def test_more_than_one_and_a_half_orders_are_two(database: Database) -> None:
    records = [order(1, "ann", 5), order(2, "bob", 5), order(3, "bob", 5)]
    rules = ({"at_least": 1.5}, {"over": 1.5})
    agree(database, records, [Case({"orders": "count", **rule}, "bob") for rule in rules])


def test_a_list_without_a_title_is_not_one_of_another_title(database: Database) -> None:
    record = ListMember(contact="ann", list="L", status="subscribed", subscribed_at=ago(5))
    rule = {"lists": "subscribed", "where": {"list": {"is_not": "M"}}, "within": "30 days"}
    agree(database, [record], [Case(rule, "ann")])


def test_machines_open_in_the_open_rate(database: Database) -> None:
    records = [Message(id="m"), event("m", "ann", "delivered", 5)]
    records.append(event("m", "ann", "opened", 4, "machine"))
    rule = {"messages": "open_rate", "at_least": "100%"}
    agree(database, records, [Case(rule, "ann"), Case({**rule, "evidence": "probable"})])


def test_a_birthday_on_a_leap_day_is_kept_on_it_where_there_is_one(database: Database) -> None:
    soon = {"field": "birthday", "within_next": "1 day"}
    leap = Contact(id="ann", birthday=date(2000, 2, 29))
    agree(database, [leap], [Case(soon)], as_of=date(2028, 2, 28))


def test_an_answer_to_another_question_says_nothing(database: Database) -> None:
    record = Answer(contact="ann", question="Size", value="Blue")
    agree(database, [record], [Case({"answers": "Colour", "is": "blue"}, "", "ann")])


def test_near_a_store_is_its_own_postcode_and_none_of_another_country(database: Database) -> None:
    def place(country: str, code: str) -> Postcode:
        here = {"latitude": Decimal("56.15"), "longitude": Decimal(10)}
        return Postcode(country=country, postcode=code, **here)

    records = [
        place("DK", "8000"),
        place("SE", "8100"),
        Store(id="s", postcode="8000", country="DK"),
        Contact(id="ann", postcode="8000", country="DK"),
        Contact(id="bob", postcode="8100", country="SE"),
    ]
    cases = [Case({"lives": "near", "store": "s", "km": km}, "ann") for km in (0, 20)]
    agree(database, records, cases)


def test_an_item_under_no_category_is_not_one_of_another_category(database: Database) -> None:
    records = [
        Product(id="x", category="Games"),
        basket(1, "ann", 5, line(1, "x", 1), line(2, "y", 1)),
    ]
    where = {"category": {"is_not": "Toys"}}
    agree(database, records, [Case({"items": "count", "where": where, "is": 1}, "ann")])


def test_a_brand_is_found_by_another_spelling(database: Database) -> None:
    record = basket(1, "ann", 5, line(1, "x", 1, brand="Lego"))
    rule = {"items": "count", "where": {"brand": "LEGO A/S"}, "at_least": 1}
    agree(database, [record], [Case(rule, "ann")])


def test_the_last_message_is_the_newest(database: Database) -> None:
    records = [
        *(Message(id=name) for name in ("old", "new")),
        *(event("old", who, "delivered", 9) for who in ("ann", "bob")),
        *(event("new", who, "delivered", 5) for who in ("ann", "bob")),
        event("new", "ann", "opened", 4),
        event("old", "bob", "opened", 4),
    ]
    agree(database, records, [Case({"messages": "opened", "of_last": 1, "at_least": 1}, "ann")])


def test_a_message_that_is_opened_twice_is_one_message(database: Database) -> None:
    records = [Message(id="m"), event("m", "ann", "opened", 4), event("m", "ann", "opened", 3)]
    agree(database, records, [Case({"messages": "opened", "at_least": 2})])


def test_items_of_a_cancelled_order_are_none(database: Database) -> None:
    cancelled = basket(1, "ann", 5, line(1, "x"), status="cancelled")
    agree(database, [cancelled], [Case({"items": "count", "is": 0}, "ann")])
