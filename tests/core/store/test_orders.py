"""Amounts of orders, whatever order their parts arrive in."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from core import records as r
from core.store.bulk import table_of
from core.store.rederive import rebuild
from core.store.tables import behaviour, coupons, trade
from core.store.tables.behaviour import Deal
from core.store.tables.segments import Touched
from tests.core.store.filled_store import FilledStore

TEN = datetime(2024, 3, 1, 10, tzinfo=UTC)


def order(name: str = "o1", **fields: Any) -> r.Order:
    base: dict[str, Any] = {"id": name, "contact": "c1", "placed_at": TEN}
    return r.Order.model_validate(base | fields)


def line(name: str = "1", **fields: Any) -> dict[str, Any]:
    return {"id": name, **fields}


def only_line(hub: FilledStore) -> dict[str, Any]:
    return hub.row(trade.OrderLine)


def units(amount: Decimal | float | str) -> int:
    return int(Decimal(str(amount)) * 10_000)


@pytest.mark.parametrize(
    ("fields", "net"),
    [
        ({"lines": [line(total="80"), line("2", unit_price="10.5", quantity=3)]}, "111.5"),
        ({"lines": [line(total="80")], "discount": "5"}, "75"),
        ({"lines": [line(total="80", tax="20")], "tax_included": False}, "100"),
        ({"lines": [line(total="80", tax="20")], "tax_included": True}, "80"),
        ({"lines": [line(total="80")], "tax": "20", "tax_included": False}, "100"),
        ({"lines": [line(total="80", tax="0")], "tax": "20", "tax_included": False}, "80"),
        ({"lines": [line(total="80")], "shipping": "39"}, "80"),
        ({"lines": [line(total="80"), line("2", total="50", gift_card=True)]}, "80"),
        (
            {
                "lines": [
                    line(total="80", tax="8"),
                    line("2", total="50", tax="5", gift_card=True),
                ],
                "tax_included": False,
            },
            "88",
        ),
        ({"total": "99.95"}, "99.95"),
        ({"total": "500", "shipping": "39"}, "500"),
        ({"total": "-50"}, "-50"),
        ({"total": "500", "refunded": "100", "tax": "100", "discount": "9"}, "400"),
        ({"total": "99", "lines": [line(total="80")]}, "80"),
        ({"lines": [line(total="80")], "refunded": "30"}, "50"),
        ({"lines": [line(total="0")]}, "0"),
        ({"lines": [line(unit_price="0.0001", quantity="0.5")]}, "0"),
        ({"lines": [line(unit_price="0.0003", quantity="0.5")]}, "0.0002"),
    ],
)
def test_an_orders_net_is_goods_and_tax_less_discount_and_refunds(
    hub: FilledStore, fields: dict[str, Any], net: str
) -> None:
    hub.take(order(**fields))
    assert hub.order()["net"] == units(net)
    assert hub.order()["net_shop"] == units(net)


@pytest.mark.parametrize(
    ("status", "valid", "noted"),
    [
        (None, True, 0), ("Paid", True, 0), ("fulfilled", True, 0), ("pending", False, 0),
        ("cancelled", False, 0), ("failed", False, 0), ("refunded", False, 0), ("draft", False, 0),
        ("test", False, 0), ("on its way", True, 1), ("At The Framer's", True, 1),
    ],
)  # fmt: skip
def test_a_status_says_whether_an_order_counts(
    hub: FilledStore, status: str | None, valid: bool, noted: int
) -> None:
    counts = hub.take(order(total="5", status=status))
    assert hub.order()["valid"] is valid
    assert counts["unknown status"] == noted
    assert hub.order()["status"] == (status or "paid").casefold()


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Completed", "fulfilled"),
        ("ANNULLERET", "cancelled"),
        ("kansellert", "cancelled"),
        ("betald", "paid"),
    ],
)
def test_a_status_is_understood_in_four_languages(hub: FilledStore, word: str, status: str) -> None:
    assert hub.take(order(total="5", status=word))["unknown status"] == 0
    assert hub.order()["status"] == status


def test_a_stated_total_that_differs_from_the_lines_is_counted(hub: FilledStore) -> None:
    counts = hub.take(
        order(total="99", lines=[line(total="80")]),
        order("o2", total="80", lines=[line(total="80")]),
    )
    assert counts["total differs from lines"] == 1


def test_refunds_count_once_and_line_by_line(hub: FilledStore) -> None:
    hub.take(order(refunded="70", lines=[line("1", total="80", quantity=2), line("2", total="20")]))
    hub.take(
        r.Refund.model_validate(
            {"id": "r1", "order": "o1", "at": TEN, "total": "79",
             "lines": [{"line": "1", "quantity": 1, "total": "40"}]}
        )
    )  # fmt: skip
    first, second = hub.rows(trade.OrderLine)
    assert hub.order()["refunded"] == units(40)
    assert hub.order()["net"] == units(60)
    assert (first["returned"], first["kept"], first["valid"]) == (units(1), units(1), True)
    assert (second["returned"], second["kept"]) == (0, units(1))


def test_a_line_that_came_back_whole_does_not_count(hub: FilledStore) -> None:
    hub.take(order(lines=[line("1", total="80"), line("2", total="20")]))
    hub.take(
        r.Refund.model_validate(
            {"id": "r1", "order": "o1", "at": TEN,
             "lines": [{"line": "1", "quantity": 1, "total": "80"}]}
        )
    )  # fmt: skip
    assert [each["valid"] for each in hub.rows(trade.OrderLine)] == [False, True]
    assert hub.order()["valid"] is True


def test_a_refund_may_come_before_its_order(hub: FilledStore) -> None:
    hub.take(r.Refund(id="r1", order="o1", at=TEN, goods=Decimal(30)))
    assert hub.row(trade.Refund)["order_id"] is None
    hub.take(order(lines=[line(total="80")]))
    refund = hub.row(trade.Refund)
    assert hub.order()["net"] == units(50)
    assert refund["order_id"] == hub.order()["id"]
    assert refund["profile_id"] == hub.profile_of("c1")
    assert refund["goods_shop"] == units(30)


@pytest.mark.parametrize(
    ("charged", "refund", "valid"),
    [
        ("80", {"goods": "80"}, False),
        ("80", {"total": "119"}, False),
        ("80", {"goods": "79"}, True),
        ("0", {"total": "0"}, True),
        ("0", {"lines": [{"line": "1", "quantity": 1}]}, False),
    ],
)
def test_fully_refunded_needs_a_refund_of_everything(
    hub: FilledStore, charged: str, refund: dict[str, Any], valid: bool
) -> None:
    hub.take(order(lines=[line(total=charged)]))
    assert hub.order()["valid"] is True
    hub.take(r.Refund.model_validate({"id": "r1", "order": "o1", "at": TEN, **refund}))
    assert hub.order()["valid"] is valid
    assert hub.order()["net"] >= 0


def test_a_deleted_refund_gives_the_money_back_to_the_order(hub: FilledStore) -> None:
    hub.take(order(lines=[line(total="80")]), r.Refund(id="r1", order="o1", at=TEN, goods=80))
    assert hub.order()["valid"] is False
    hub.take(r.Deleted(noun="Refund", id="r1"))
    assert (hub.order()["valid"], hub.order()["net"]) == (True, units(80))


PRODUCT = r.Product(
    id="p1", sku="S1", title="Boot", price=Decimal(100), list_price=Decimal(125), brand="LEGO A/S",
    category="Boots", category_parent="Shoes", categories=("Winter",),
)  # fmt: skip


@pytest.mark.parametrize("product_first", [True, False])
def test_a_line_takes_over_from_its_product_whichever_comes_later(
    hub: FilledStore, product_first: bool
) -> None:
    purchase = order(lines=[line(product="p1", quantity=2)], store="Nr 1", channel="pos")
    hub.take(PRODUCT if product_first else purchase)
    hub.take(purchase if product_first else PRODUCT)
    found = only_line(hub)
    assert found["total"] == found["total_shop"] == hub.order()["net"] == units(200)
    assert (found["sku"], found["title"]) == ("S1", "Boot")
    assert (found["brand"], found["brand_key"]) == ("LEGO A/S", "lego")
    assert (found["list_total"], found["markdown"], found["on_sale"]) == (units(250), 2000, True)
    assert (found["store_key"], found["channel"], found["valid"]) == ("nr 1", "pos", True)
    shelves = {row["category_id"] for row in hub.rows(trade.LineCategory)}
    titles = {row["title"] for row in hub.rows(trade.Category) if row["id"] in shelves}
    assert titles == {"Boots", "Winter"}
    assert hub.row(trade.DailyOrders)["net_shop"] == units(200)


VARIANT = r.Product(id="p1-xl", parent="p1", price=Decimal(70), list_price=Decimal(140))


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(3))))
@pytest.mark.parametrize(
    ("named", "sku"),
    [(("p1", "p1-xl"), "S1"), (("p1-xl", None), None)],
    ids=["both", "the variant"],
)
def test_a_line_has_the_prices_of_its_variant_and_the_rest_of_the_product(
    hub: FilledStore, arrival: tuple[int, ...], named: tuple[str, str | None], sku: str | None
) -> None:
    product, variant = named
    purchase = order(lines=[line(product=product, variant=variant, quantity=2)])
    for number in arrival:
        hub.take((PRODUCT, VARIANT, purchase)[number])
    found = only_line(hub)
    assert found["total"] == hub.row(trade.DailyOrders)["net_shop"] == units(140)
    assert (found["list_total"], found["markdown"]) == (units(280), 5000)
    assert (found["product_external_id"], found["sku"], found["title"]) == (product, sku, "Boot")
    assert found["brand_key"] == "lego"
    assert len(hub.rows(trade.LineCategory)) == 2


def test_a_later_change_of_the_product_does_not_rewrite_lines(hub: FilledStore) -> None:
    hub.take(PRODUCT, order(lines=[line(product="p1")]))
    hub.take(r.Product(id="p1", price=Decimal(7), brand="Other", category="Else"))
    hub.take(order(lines=[line(product="p1")], status="fulfilled"))
    found = only_line(hub)
    assert (found["total"], found["brand_key"]) == (units(100), "lego")
    assert len(hub.rows(trade.LineCategory)) == 2


def test_a_line_may_state_its_own_brand_and_category(hub: FilledStore) -> None:
    hub.take(PRODUCT, order(lines=[line(product="p1", total=9, brand="Duplo", category="Toys")]))
    assert only_line(hub)["brand_key"] == "duplo"
    shelf = hub.row(trade.LineCategory)["category_id"]
    assert hub.row(trade.Category, id=shelf)["key"] == "toys"


def test_a_new_brand_alias_is_written_into_lines(hub: FilledStore) -> None:
    cart = r.Cart(id="b", contact="1", at=TEN, lines=(r.CartLine(brand="DUPLO"),))
    hub.take(order(lines=[line(total=1, brand="Duplo ")]), cart)
    aliased = hub.with_shop(brand_aliases={"duplo": "Lego"})
    rebuild(aliased.transaction, aliased.shop)
    assert only_line(hub)["brand_key"] == "lego"
    assert hub.row(behaviour.CartLine)["brand_key"] == "lego"


@pytest.mark.parametrize("product_first", [True, False])
def test_a_line_has_every_brand_of_its_product(hub: FilledStore, product_first: bool) -> None:
    product = r.Product(id="p", brand="Duplo", brands=("LEGO A/S", "duplo "))
    purchase = order(lines=[line(product="p", total=1), line("2", product="p", brand="Duplo")])
    hub.take(product if product_first else purchase)
    hub.take(purchase if product_first else product)
    assert [each["key"] for each in hub.rows(trade.LineBrand)] == ["duplo", "lego"]
    assert [each["several_brands"] for each in hub.rows(trade.OrderLine)] == [True, False]
    hub.transaction.execute(table_of(Touched).delete())
    for aliases, keys in (({"duplo": "Lego"}, ["lego", "lego a/s"]), ({}, ["duplo", "lego a/s"])):
        aliased = hub.with_shop(brand_aliases=aliases)
        rebuild(aliased.transaction, aliased.shop)
        assert [each["key"] for each in hub.rows(trade.LineBrand)] == keys
    assert {row["profile_id"] for row in hub.rows(Touched)} == {hub.profile_of("c1")}
    hub.take(r.Deleted(noun="Order", id="o1"))
    assert hub.rows(trade.LineBrand) == []


@pytest.mark.parametrize(
    ("fields", "list_total", "markdown", "on_sale"),
    [
        ({"total": "80", "discount": "20"}, "100", 2000, True),
        ({"total": "70", "discount": "20", "coupon_discount": "10"}, "100", 2000, True),
        ({"total": "99", "list_price": "100"}, "100", 100, True),
        ({"total": "99.01", "list_price": "100"}, "100", 99, False),
        ({"total": "60", "list_price": "100", "coupon_discount": "40"}, "100", 0, False),
        ({"total": "180", "list_price": "100", "quantity": 2}, "200", 1000, True),
        ({"total": "120", "list_price": "100"}, "100", 0, False),
        ({"total": "80"}, None, None, None),
        ({"total": "80", "on_sale": True}, None, None, True),
        ({"total": "0", "list_price": "100", "quantity": 0}, "0", None, None),
    ],
)
def test_a_markdown_is_measured_before_coupons(
    hub: FilledStore, fields: dict[str, Any], list_total: str | None, markdown: int | None,
    on_sale: bool | None,
) -> None:  # fmt: skip
    hub.take(order(lines=[line(**fields)]))
    found = only_line(hub)
    assert found["list_total"] == (None if list_total is None else units(list_total))
    assert (found["markdown"], found["on_sale"]) == (markdown, on_sale)


@pytest.mark.parametrize(
    ("product", "purchase", "sold", "markdown"),
    [
        ({}, {}, {"total": 80}, 2000),
        ({}, {"currency": "EUR"}, {"total": 80}, None),
        ({"currency": "EUR"}, {"currency": "EUR"}, {"total": 80}, 2000),
        ({"currency": "EUR"}, {}, {"total": 80}, None),
        ({}, {"currency": "EUR"}, {"total": 80, "list_price": 100}, 2000),
        ({}, {"currency": "EUR"}, {"total": 80, "discount": 20}, 2000),
        ({}, {"tax_included": False}, {"total": 80}, 2000),
        ({"tax_included": True}, {"tax_included": False}, {"total": 80}, None),
        ({"tax_included": False}, {"tax_included": False}, {"total": 80, "tax": 0}, 2000),
        # A list price of 100 holds 25 %: Germany at 19 %, Norway without, Finland at 25.5 %.
        ({}, {}, {"total": "95.2", "tax": "15.2"}, None),
        ({}, {}, {"total": 80, "tax": 0}, None),
        ({}, {}, {"total": "100.4", "tax": "20.4"}, None),
        ({}, {}, {"total": "285.6", "tax": "45.6", "quantity": 3}, None),
        ({}, {}, {"total": "85.68", "tax": "13.68", "coupon_discount": "9.52"}, None),
        ({"price": 60}, {}, {"total": "57.12", "tax": "9.12"}, None),
        # At home, and abroad where the price is the same to everybody.
        ({}, {}, {"total": 80, "tax": 16}, 2000),
        ({"price": 80}, {}, {"total": 80, "tax": 0}, 2000),
        ({"price": 80}, {}, {"total": 80, "tax": "12.77"}, 2000),
        ({}, {}, {"total": 100, "tax": "15.97"}, 0),
        ({}, {"tax_included": False}, {"total": 80, "tax": 0}, 2000),
    ],
)
def test_a_markdown_is_known_only_against_a_list_price_on_the_same_terms(
    hub: FilledStore, product: dict[str, Any], purchase: dict[str, Any], sold: dict[str, Any],
    markdown: int | None,
) -> None:  # fmt: skip
    price = {"price": 100, "list_price": 100} | product
    hub.take(r.Product.model_validate({"id": "p", **price}))
    lines = [line(product="p", **sold), line("2", product="p", on_sale=True, **sold)]
    hub.take(order(lines=lines, **purchase))
    plain, stated = hub.rows(trade.OrderLine)
    assert plain["markdown"] == stated["markdown"] == markdown
    assert plain["on_sale"] == (None if markdown is None else markdown >= 100)
    assert stated["on_sale"] == (True if markdown is None else markdown >= 100)


@pytest.mark.parametrize(
    ("changed", "list_price", "markdown"),
    [
        (TEN + timedelta(1), 125, None),
        (TEN - timedelta(1), 125, 3600),
        (TEN + timedelta(1), 100, 2000),
        (None, 125, None),
    ],
)
def test_a_markdown_is_unknown_where_the_list_price_changed_after_the_purchase(
    hub: FilledStore, changed: datetime | None, list_price: int, markdown: int | None
) -> None:
    hub.take(r.Product(id="p", list_price=Decimal(100), updated_at=TEN - timedelta(9)))
    hub.take(r.Product(id="p", list_price=Decimal(list_price), title="B", updated_at=changed))
    hub.take(r.Product(id="p", title="C", updated_at=TEN + timedelta(20)))
    hub.take(order(lines=[line(product="p", total=80)]))
    assert only_line(hub)["markdown"] == markdown


def test_a_gift_card_product_takes_its_money_out_of_the_goods(hub: FilledStore) -> None:
    hub.take(order(lines=[line("1", product="card", total=200), line("2", total=80)]))
    assert hub.order()["net"] == units(280)
    hub.take(r.Product(id="card", gift_card=True))
    assert hub.order()["net"] == units(80)
    assert hub.row(trade.DailyOrders)["net_shop"] == units(80)


@pytest.mark.parametrize(("days", "net_shop"), [(0, "745"), (-7, "745"), (-8, None), (1, None)])
def test_the_latest_rate_of_seven_days_counts_also_when_it_comes_late(
    hub: FilledStore, days: int, net_shop: str | None
) -> None:
    hub.take(order(currency="EUR", lines=[line(total="100")]))
    assert hub.order()["net_shop"] is None
    assert hub.rows(trade.DailyOrders) == []
    marks = len(hub.rows(Touched))
    day = date(2024, 3, 1) + timedelta(days)
    hub.take(r.Rate(currency="EUR", day=day, rate=Decimal("7.45")))
    expected = None if net_shop is None else units(net_shop)
    assert hub.order()["net_shop"] == only_line(hub)["total_shop"] == expected
    assert len(hub.rows(trade.DailyOrders)) == (expected is not None)
    assert len(hub.rows(Touched)) - marks == (expected is not None)


def test_an_order_replaces_all_its_lines_and_codes(hub: FilledStore) -> None:
    hub.take(order(lines=[line("1", total=1), line("2", total=2)], discounts=[{"code": "A "}]))
    hub.take(order(lines=[line("3", total=5)], discounts=[{"code": "b"}, {"amount": 3}]))
    assert only_line(hub)["external_id"] == "3"
    assert hub.row(coupons.OrderCoupon)["code"] == "b"
    assert hub.order()["net"] == units(5)


def test_fields_that_an_order_does_not_state_stay(hub: FilledStore) -> None:
    hub.take(order(lines=[line("1", total=1)], discounts=[{"code": "a"}], store="s"))
    hub.take(order(status="cancelled"))
    assert only_line(hub)["valid"] is False
    assert hub.row(coupons.OrderCoupon)["code"] == "a"
    assert hub.order()["store_key"] == "s"
    assert hub.order()["profile_id"] == hub.profile_of("c1")


def test_discounts_join_their_order_when_it_comes_and_others_stand_alone(hub: FilledStore) -> None:
    hub.take(
        r.Discount(id="d1", contact="c1", order="o1", code="Spring", at=TEN),
        r.Discount(id="d2", contact="c1", code="Spring", at=date(2024, 2, 1)),
    )
    alone = hub.row(coupons.OrderCoupon)
    assert (alone["order_id"], alone["day"]) == (None, date(2024, 2, 1).toordinal())
    hub.take(order(total=5))
    joined = hub.row(coupons.OrderCoupon, order_id=hub.order()["id"])
    assert (joined["code"], joined["profile_id"]) == ("spring", hub.profile_of("c1"))


def test_a_guest_order_belongs_to_nobody_and_counts_in_the_shops_average(hub: FilledStore) -> None:
    hub.take(order(contact=None, total=5))
    assert hub.order()["profile_id"] is None
    assert hub.row(trade.DailyOrders)["orders"] == 1
    assert hub.rows(Touched) == []


def test_a_moved_category_marks_who_bought_under_it(hub: FilledStore) -> None:
    hub.take(PRODUCT, order(lines=[line(product="p1")]), order("o2", contact="c2", total=1))
    hub.transaction.execute(table_of(Touched).delete())
    hub.take(r.Category(id="Boots", title="Boots", parent="Outdoor"))
    assert {row["profile_id"] for row in hub.rows(Touched)} == {hub.profile_of("c1")}
    names = {row["id"]: row["external_id"] for row in hub.rows(trade.Category)}
    above = {
        names[row["ancestor_id"]]
        for row in hub.rows(trade.CategoryAncestor)
        if names[row["category_id"]] == "Boots"
    }
    assert above == {"Boots", "Outdoor"}


def test_categories_that_lie_in_a_circle_end(hub: FilledStore) -> None:
    hub.take(r.Category(id="a", parent="b"), r.Category(id="b", parent="a"))
    assert len(hub.rows(trade.CategoryAncestor)) == 4


def test_an_order_needs_an_amount_and_one_that_fits(hub: FilledStore) -> None:
    counts = hub.take(
        order("empty"),
        order("huge", lines=[line(unit_price=9 * 10**13, quantity=2)]),
        order("good", total=1),
    )
    assert (counts["quarantined"], counts["inserted"]) == (2, 1)
    assert [row["external_id"] for row in hub.rows(trade.Order)] == ["good"]


def test_a_draft_needs_no_amount_and_does_not_count(hub: FilledStore) -> None:
    assert hub.take(order(status="draft"))["quarantined"] == 0
    assert (hub.order()["net"], hub.order()["valid"]) == (0, False)
    assert hub.take(order(status="paid", lines=[]))["quarantined"] == 1
    hub.take(order(status="paid", total="5", lines=[]))
    assert (hub.order()["net"], hub.order()["valid"]) == (units(5), True)


def test_lines_that_share_an_id_are_one_line(hub: FilledStore) -> None:
    counts = hub.take(order(lines=[line("1", total=1), line("2", total=4), line("1", total=2)]))
    assert hub.order()["net"] == units(6)
    assert [each["external_id"] for each in hub.rows(trade.OrderLine)] == ["1", "2"]
    assert counts["repeated line id"] == 1


PARTS = {"whole": None, "part": "whole", "part of the part": "part", "stray": "never seen"}
LOOP = {"b": "a", "c": "b", "a": "c", "outside": "c", "own": "own"}


@pytest.mark.parametrize(
    ("parents", "counting"), [(PARTS, {"whole", "stray"}), (LOOP, {"a", "own"})]
)
@pytest.mark.parametrize("in_one_page", [True, False])
def test_an_order_and_its_parts_count_once_in_any_order_of_arrival(
    hub: FilledStore, parents: dict[str, str | None], counting: set[str], in_one_page: bool
) -> None:
    orders = [order(name, parent=parent, total=9) for name, parent in parents.items()]
    for arrival in (orders, orders[::-1], orders[1:] + orders[:1]):
        noted = 0
        for page in [arrival] if in_one_page else [[each] for each in arrival]:
            noted += hub.take(*page)["part of another order"]
        assert noted >= len(parents) - len(counting)
        found = hub.rows(trade.Order)
        assert {row["external_id"] for row in found if row["valid"]} == counting
        assert hub.row(trade.DailyOrders)["orders"] == len(counting)
        hub.take(*(r.Deleted(noun="Order", id=name) for name in parents))


@pytest.mark.parametrize(
    ("change", "counting"),
    [
        (r.Deleted(noun="Order", id="b"), {"c", "own"}),
        (order("b", total=9, parent="x"), {"b", "own"}),
        (order("b", total=9, parent="own"), {"own"}),
    ],
)
def test_parts_are_found_anew_when_their_order_vanishes_or_moves(
    hub: FilledStore, change: r.Order | r.Deleted, counting: set[str]
) -> None:
    hub.take(*(order(name, parent=parent, total=9) for name, parent in LOOP.items()))
    hub.take(change)
    assert {row["external_id"] for row in hub.rows(trade.Order, valid=True)} == counting


@pytest.mark.parametrize(
    ("lines", "counting", "net"),
    [
        ([("kit", None, 300), ("a", "kit", 0), ("b", "kit", 0)], {"kit"}, 300),
        ([("kit", None, 300), ("a", "kit", 100), ("b", "kit", 200)], {"kit"}, 300),
        ([("kit", None, 0), ("a", "kit", 100), ("b", "kit", 200)], {"a", "b"}, 300),
        ([("kit", None, 0), ("a", "kit", 0)], {"kit"}, 0),
        ([("a", "kit", 100), ("other", None, 5)], {"a", "other"}, 105),
        ([("kit", None, 0), ("box", "kit", 0), ("a", "box", 7), ("b", "kit", 8)], {"a", "b"}, 15),
        ([("kit", None, 0), ("box", "kit", 9), ("a", "box", 7), ("b", "kit", 0)], {"box", "b"}, 9),
        ([("b", "a", 3), ("a", "b", 4)], {"a"}, 4),
        ([("a", "a", 3)], {"a"}, 3),
    ],
)
def test_of_a_kit_and_its_components_those_count_that_carry_the_price(
    hub: FilledStore, lines: list[tuple[str, str | None, int]], counting: set[str], net: int
) -> None:
    hub.take(
        order(
            lines=[
                line(name, parent=kit, total=total, list_price=400) for name, kit, total in lines
            ]
        )
    )
    found = hub.rows(trade.OrderLine)
    assert {row["external_id"] for row in found if row["valid"]} == counting
    assert hub.order()["net"] == units(net)


def test_the_day_of_an_order_is_the_shops(hub: FilledStore) -> None:
    hub.take(order(total=1, placed_at=datetime(2024, 3, 1, 23, 30, tzinfo=UTC)))
    assert hub.order()["day"] == date(2024, 3, 2).toordinal()
    hub.take(order("o2", total=1, placed_at=date(2024, 7, 1)))
    second = hub.order("o2")
    assert second["day"] == date(2024, 7, 1).toordinal()
    assert second["placed_at"] == datetime(2024, 6, 30, 22, tzinfo=UTC)


def test_a_deleted_order_leaves_its_refunds_and_discounts_waiting(hub: FilledStore) -> None:
    hub.take(
        order(lines=[line(total=80)]),
        r.Refund(id="r1", order="o1", at=TEN, goods=Decimal(5)),
        r.Discount(id="d1", order="o1", code="x", at=TEN),
    )
    counts = hub.take(r.Deleted(noun="Order", id="o1"))
    assert (counts["updated"], counts["deleted"]) == (1, 1)
    for model in (trade.Order, trade.OrderLine, coupons.OrderCoupon, trade.DailyOrders):
        assert hub.rows(model) == []
    assert hub.row(trade.Refund)["order_id"] is None
    hub.take(order(lines=[line(total=80)]))
    assert hub.order()["net"] == units(75)
    assert len(hub.rows(coupons.OrderCoupon)) == 1


def test_deals_are_worth_what_the_day_says(hub: FilledStore) -> None:
    hub.take(r.Deal(id="x", contact="c1", at=TEN, amount=Decimal(10), currency="EUR"))
    assert hub.row(Deal)["amount_shop"] is None
    hub.take(r.Rate(currency="EUR", day=date(2024, 3, 1), rate=Decimal("7.5")))
    assert hub.row(Deal)["amount_shop"] == units(75)


def test_a_snapshot_names_the_products_categories(hub: FilledStore) -> None:
    hub.take(PRODUCT, order(lines=[line(product="p1")]))
    assert orjson.loads(only_line(hub)["snapshot"])["categories"] == ["Boots", "Winter"]
