"""Cases that random rules over random shops found, each kept by its name."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.records import (
    Answer,
    Company,
    Contact,
    Line,
    Message,
    Order,
    Product,
)
from core.segments.compile.sql.clock import Clock
from core.segments.definition import KnownNames
from core.segments.validate import segments_of
from core.store.database import Database
from tests.core.segments.counted import (
    ZONE,
    Case,
    ago,
    agree,
    basket,
    event,
    line,
    order,
    people,
)


def test_a_window_of_hours_and_days_asks_the_date_for_both(database: Database) -> None:
    records = [order(1, "ann", 2), order(2, "bob", 0.1), order(3, "cat", 5)]
    agree(
        database,
        records,
        [Case({"orders": "last", "within": "72 hours", "before": "1 day"}, "ann")],
    )


def test_hours_are_counted_between_instants_when_the_clock_is_local() -> None:
    noon = datetime(2026, 3, 29, 12, tzinfo=ZONE)
    assert Clock.at(noon, ZONE).instant - timedelta(hours=24) == noon.astimezone(UTC) - timedelta(
        hours=24
    )
    assert Clock.at(date(2026, 3, 29), ZONE).instant.utcoffset() == timedelta(0)


def test_rows_outside_the_window_do_not_make_a_date_unknown(database: Database) -> None:
    """Orders without a store say nothing of the window's own orders, nor against them."""
    records = [
        order(1, "ann", 400),
        order(2, "bob", 5),
        order(3, "bob", 400, store="s"),
        order(4, "cat", 5, store="s"),
    ]
    rule = {"orders": "last", "where": {"store": "s"}, "within": "30 days"}
    agree(database, records, [Case(rule, "cat", "bob")])


def test_who_never_clicked_has_no_click_without_a_link(database: Database) -> None:
    records = [
        Message(id="m"),
        event("m", "ann", "delivered", 5),
        event("m", "ann", "opened", 4),
        event("m", "bob", "clicked", 4),
    ]
    rule = {"messages": "clicked", "where": {"link": "https://x.dk"}, "is": 0}
    agree(database, records, [Case(rule, "ann", "bob")])


def test_several_answers_are_none_of_them_what_is_ruled_out(database: Database) -> None:
    records = [
        Answer(id="1", contact="ann", question="Size", value="L"),
        Answer(id="2", contact="ann", question="Size", value="XL"),
        Answer(id="3", contact="bob", question="Size", value="S"),
        Answer(id="4", contact="cat", question="Size"),
        *people("dan"),
    ]
    agree(
        database,
        records,
        [
            Case({"answers": "size", "is_not": "L"}, "bob cat", "dan"),
            Case({"answers": "size", "not_in": ["L", "S"]}, "cat", "dan"),
            Case({"answers": "size", "is": "L", "known": True}, "ann", ""),
        ],
    )


def test_known_is_never_unknown_of_any_measure(database: Database) -> None:
    records = [
        Message(id="m"),
        event("m", "ann", "delivered", 5),
        basket(1, "ann", 5, line(1, "p", 1)),
        *people("bob"),
    ]
    agree(
        database,
        records,
        [
            Case({"messages": "open_rate", "known": True}, "ann"),
            Case({"messages": "open_rate", "min_delivered": 2, "known": False}, "ann bob"),
            Case({"messages": "opened", "of_last": 1, "known": False}, "bob"),
            Case({"children": "count", "known": False}, "ann bob"),
            Case({"items": "share", "known": False}, "bob"),
            Case({"orders": "count", "of": "company", "known": False}, "ann bob"),
            Case({"orders": "last", "known": True, "within": "30 days"}, "ann"),
        ],
    )


def test_an_item_of_no_quantity_has_no_price(database: Database) -> None:
    records = [basket(1, "ann", 5, line(1, "p", 0)), basket(2, "bob", 5, line(1, "p", 2))]
    rule = {"items": "lines", "where": {"price": {"over": 100}}, "under": 1}
    agree(database, records, [Case(rule, "bob", "ann")])


def test_who_has_items_of_no_quantity_is_in_the_population(database: Database) -> None:
    records = [basket(1, "ann", 5, line(1, "p", 0)), basket(2, "bob", 5, line(1, "p", 4))]
    # The average of 0 and 4 is 2.
    agree(database, records, [Case({"items": "count", "over": "190% of average"}, "bob")])


def test_a_figure_of_nobody_leaves_orders_uncompared(database: Database) -> None:
    rule = {
        "orders": "count",
        "where": {"total": {"at_least": "120% of average"}},
        "baseline_within": "1 day",
        "under": 1,
    }
    agree(database, [order(1, "ann", 5), *people("bob")], [Case(rule, "bob", "ann")])


def test_a_sequence_of_coupons_rests_on_orders(database: Database) -> None:
    rule = {"orders": "count", "where": {"coupon": True}, "then_no": "orders", "is": 0}
    agree(
        database,
        people("ann"),
        [Case(rule, "", "ann")],
        delivered=frozenset({"Contact", "Discount"}),
    )


def test_countries_and_sizes_of_companies_are_found_in_any_case(database: Database) -> None:
    records = [
        Company(id="k", country="dk", size="10-49 Staff"),
        Contact(id="ann", company="k", country="se"),
    ]
    agree(
        database,
        records,
        [
            Case({"field": "company.country", "is": "DK"}, "ann"),
            Case({"field": "company.country", "is_not": "DK"}),
            Case({"field": "company.country", "starts_with": "d"}, "ann"),
            Case({"field": "company.size", "is": "10-49 staff"}, "ann"),
            Case({"field": "country", "contains": "e"}, "ann"),
        ],
    )


def test_a_postcode_is_found_however_it_is_spaced(database: Database) -> None:
    records = [Contact(id="ann", postcode="123 45"), Contact(id="bob", postcode="12346")]
    agree(
        database,
        records,
        [
            Case({"field": "postcode", "is": "123 45"}, "ann"),
            Case({"field": "postcode", "in": ["12-345", "123 46"]}, "ann bob"),
        ],
    )


def test_numbers_of_custom_fields_are_equal_however_they_are_written(database: Database) -> None:
    records = [
        Contact(id="ann", custom={"points": Decimal("5.50")}),
        Contact(id="bob", custom={"points": "5.50"}),
        Contact(id="cat"),
    ]
    agree(
        database,
        records,
        [
            Case({"field": "custom.points", "is": 5.5}, "ann", "cat"),
            Case({"field": "custom.points", "is_not": "5.5"}, "bob", "cat"),
            Case({"field": "custom.points", "in": ["5.5", "5.50"]}, "ann bob", "cat"),
        ],
    )


def test_parts_of_article_numbers_are_found_in_any_case(database: Database) -> None:
    bought = Line(id="1", product="P-1", sku="SKU-1", total=Decimal(1))
    records = [
        Product(id="P-1"),
        Order(id="1", contact="ann", placed_at=ago(1), lines=(bought,)),
    ]
    agree(
        database,
        records,
        [
            Case(
                {"items": "lines", "where": {"sku": {"starts_with": "sku"}}, "at_least": 1}, "ann"
            ),
            Case({"items": "lines", "where": {"sku": {"contains": "U-1"}}, "at_least": 1}, "ann"),
            Case({"items": "lines", "where": {"product": {"contains": "p"}}, "at_least": 1}, "ann"),
            Case({"items": "lines", "where": {"sku": "sku-1"}, "at_least": 1}),
        ],
    )


def test_the_day_of_creation_can_be_one_of_several(database: Database) -> None:
    records = [
        Contact(id="ann", created=date(2026, 1, 1)),
        Contact(id="bob", created=date(2026, 1, 2)),
        Contact(id="cat"),
    ]
    agree(
        database,
        records,
        [
            Case({"field": "created", "is_not": "2026-01-01"}, "bob", "cat"),
            Case({"field": "created", "in": ["2026-01-01", date(2026, 1, 3)]}, "ann", "cat"),
            Case({"field": "created", "is": date(2026, 1, 2)}, "bob", "cat"),
        ],
    )


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"orders": "gap", "of": "company", "over": 1}, "`gap` is about one person"),
        (
            {"messages": "opened", "of": "company", "of_last": 5, "over": 1},
            "`of_last` is about one person",
        ),
        (
            {"items": "count", "where": {"price": {"over": "100% of average"}}, "over": 1},
            "the average of the population is not known here",
        ),
        ({"field": "age", "contains": "3"}, "`contains` does not go with age"),
        ({"field": "email", "at_least": 3}, "`at_least` does not go with email"),
        ({"field": "birthday", "is": "2000-01-01"}, "write within_next, known"),
        ({"field": "city", "within": "3 days"}, "`within` does not go with city"),
        ({"field": "city", "is": "a\x00b"}, "no text in the store can hold"),
    ],
)
def test_rules_without_a_meaning_are_refused(rule: dict[str, object], sentence: str) -> None:
    _, wrong = segments_of({"s": rule}, KnownNames())
    assert any(sentence in str(each) for each in wrong), wrong
