"""Cases that a compiler with one wrong line passed once, each kept by its name."""

from dataclasses import replace
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
    Record,
    Store,
)
from core.store.database import Database
from tests.core.segments.counted import (
    SHOP,
    Case,
    ago,
    agree,
    basket,
    event,
    line,
    order,
    people,
)


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


def _at_two_addresses(*events: Record) -> list[Record]:
    """Ann is known by two contacts, who are one person by their phone; Bob by one."""
    return [
        Contact(id="ann", phone="+4520304050"),
        Contact(id="ann again", phone="+4520304050"),
        Contact(id="bob"),
        *(Message(id=name) for name in ("one", "two", "three")),
        *events,
    ]


def test_a_message_to_two_contacts_of_one_person_is_one_message(database: Database) -> None:
    both = ("ann", "ann again")
    records = _at_two_addresses(
        *(event(name, who, "delivered", 9) for name in ("one", "two") for who in (*both, "bob")),
        event("one", "ann again", "opened", 8, "human"),
        event("three", "ann again", "delivered", 5),
    )
    ann = "ann ann again"
    cases = [
        Case({"messages": "delivered", "is": 3}, ann),
        Case({"messages": "delivered", "where": {"campaign": "one"}, "is": 1}, f"{ann} bob"),
        Case({"messages": "delivered", "of": "company", "is": 1}, "", f"{ann} bob"),
        Case({"messages": "delivered", "at_least": "120% of average"}, ann),
        # One of three, not one of five; and Bob's none of two.
        Case({"messages": "open_rate", "between": ["33%", "34%"]}, ann),
        Case({"messages": "open_rate", "min_delivered": 4, "over": "0%"}, "", f"{ann} bob"),
        # The last three are all there are, not three of five.
        Case({"messages": "opened", "of_last": 3, "is": 1}, ann, "bob"),
        Case({"messages": "opened", "of_last": 4, "is": 1}, "", f"{ann} bob"),
    ]
    agree(database, records, cases)


def test_what_either_contact_opened_is_opened_and_what_both_did_is_once(database: Database) -> None:
    records = _at_two_addresses(
        event("one", "ann", "delivered", 9),
        event("one", "ann again", "delivered", 7),
        event("one", "ann", "opened", 6),
        event("one", "ann again", "clicked", 5),
        event("two", "ann again", "delivered", 6),
        event("two", "bob", "delivered", 6),
    )
    ann = "ann ann again"
    cases = [
        Case({"messages": "open_rate", "is": "50%"}, ann),
        Case({"messages": "click_rate", "is": "50%"}, ann),
        Case({"messages": "clicked", "of_last": 2, "is": 1}, ann, "bob"),
        Case({"messages": "opened", "is": 1}, ann),
        # It reached her nine days ago, whatever came to her other address later.
        Case({"messages": "delivered", "before": "8 days", "is": 1}, ann),
        Case({"messages": "delivered", "within": "8 days", "is": 1}, f"{ann} bob"),
        Case({"messages": "last_delivered", "within": "7 days"}, f"{ann} bob"),
    ]
    agree(database, records, cases)


def test_the_same_postcode_of_another_country_is_not_near(database: Database) -> None:
    def place(country: str, code: str) -> Postcode:
        here = {"latitude": Decimal("56.15"), "longitude": Decimal(10)}
        return Postcode(country=country, postcode=code, **here)

    records = [
        *(place(country, "1001") for country in ("DK", "SE")),
        Store(id="s", postcode="1001", country="DK", postcodes=("1001",)),
        Store(id="at home", postcode="1001", postcodes=("1001",)),
        Store(id="abroad", postcode="1001", country="SE", city="Nykøbing"),
        Contact(id="ann", postcode="1001", country="dk", city="Nykøbing"),
        Contact(id="bob", postcode="1001", country="SE", city="Nykøbing"),
        # Who says no country lives in the shop's, which is Denmark.
        Contact(id="cat", postcode="1001"),
        Contact(id="dan", country="SE"),
    ]
    cases = [
        Case({"lives": "near", "store": "s", "km": 5}, "ann cat", "dan"),
        Case({"lives": "near", "store": "at home", "km": 5}, "ann cat", "dan"),
        Case({"lives": "near", "store": "abroad", "km": 5}, "bob", "dan"),
        Case({"lives": "in_area", "store": "s"}, "ann cat", "dan"),
        Case({"lives": "in_area", "store": "at home"}, "ann cat", "dan"),
        Case({"lives": "in_area", "store": "abroad"}, "bob", "cat dan"),
    ]
    agree(database, records, cases)


def test_a_store_of_several_places_is_near_to_all_who_are_near_to_one(database: Database) -> None:
    def place(code: str, latitude: str) -> Postcode:
        there = {"latitude": Decimal(latitude), "longitude": Decimal(10)}
        return Postcode(country="DK", postcode=code, **there)

    records = [
        place("8000", "56.15"),
        place("9000", "57.05"),
        Store(id="s", title="Town", postcode="8000"),
        Store(id="town", postcode="9000"),
        Contact(id="ann", postcode="8000"),
        Contact(id="bob", postcode="9000"),
    ]
    agree(database, records, [Case({"lives": "near", "store": "town", "km": 5}, "ann bob")])


def test_where_nobody_says_a_country_the_postcode_alone_must_do(database: Database) -> None:
    records = [
        Store(id="s", postcodes=("1001",)),
        Store(id="danish", country="DK", postcode="1001", postcodes=("1001",)),
        Postcode(country="DK", postcode="1001", latitude=Decimal(56), longitude=Decimal(10)),
        Contact(id="ann", postcode="1001"),
        Contact(id="bob", postcode="1001", country="DK"),
        Contact(id="cat", postcode="2002"),
        Contact(id="dan", postcode="1001", country="SE"),
    ]
    cases = [
        Case({"lives": "in_area", "store": "s"}, "ann bob dan"),
        Case({"lives": "in_area", "store": "danish"}, "ann bob"),
        Case({"lives": "near", "store": "danish", "km": 5}, "ann bob"),
    ]
    agree(database, records, cases, shop=replace(SHOP, country=None))


def test_parts_of_an_article_number_are_found_in_any_spelling(database: Database) -> None:
    records = [
        basket(1, "ann", 5, line(1, "ÅR-1", sku="Str. 40  Blå")),
        basket(2, "bob", 5, line(1, "a\u030ar-1", sku="STR. 40 BLA\u030a")),
        basket(3, "cat", 5, line(1, "AR-1", sku="STR. 40 BLA")),
    ]

    def such(**where: object) -> dict[str, object]:
        return {"items": "count", "where": where, "at_least": 1}

    cases = [
        Case(such(product={"starts_with": "år"}), "ann bob"),
        Case(such(product={"starts_with": "ar"}), "cat"),
        Case(such(sku={"contains": "40 bla"}), "cat"),
        Case(such(sku={"contains": "40 BLÅ"}), "ann bob"),
        Case(such(sku={"contains": "str. 40 bl"}), "ann bob cat"),
        # As a whole it is what it is.
        Case(such(product="ÅR-1"), "ann"),
        Case(such(product="år-1")),
    ]
    agree(database, records, cases)


def test_an_article_number_that_comes_with_the_product_is_found_too(database: Database) -> None:
    records = [Product(id="p", sku="ÆBLE-1"), basket(1, "ann", 5, line(1, "p"))]
    where = {"sku": {"starts_with": "æble"}}
    agree(database, records, [Case({"items": "count", "where": where, "at_least": 1}, "ann")])
