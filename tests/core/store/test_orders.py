"""What orders amount to, and what follows when their parts arrive in any order."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from core import records as r
from core.store.bulk import table_of
from core.store.rederive import rebuild
from core.store.tables import trade
from core.store.tables.behaviour import Deal
from core.store.tables.segments import Touched
from tests.core.store.floor import Floor

TEN = datetime(2024, 3, 1, 10, tzinfo=UTC)


def order(name: str = "o1", **fields: Any) -> r.Order:
    base: dict[str, Any] = {"id": name, "contact": "c1", "placed_at": TEN}
    return r.Order.model_validate(base | fields)


def line(name: str = "1", **fields: Any) -> dict[str, Any]:
    return {"id": name, **fields}


def only_line(floor: Floor) -> dict[str, Any]:
    return floor.row(trade.OrderLine)


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
        ({"total": "99", "lines": [line(total="80")]}, "80"),
        ({"lines": [line(total="80")], "refunded": "30"}, "50"),
        ({"lines": [line(total="0")]}, "0"),
        ({"lines": [line(unit_price="0.0001", quantity="0.5")]}, "0"),
        ({"lines": [line(unit_price="0.0003", quantity="0.5")]}, "0.0002"),
    ],
)
def test_an_orders_net_is_goods_and_tax_less_discount_and_refunds(
    floor: Floor, fields: dict[str, Any], net: str
) -> None:
    floor.take(order(**fields))
    assert floor.order()["net"] == units(net)
    assert floor.order()["net_shop"] == units(net)


@pytest.mark.parametrize(
    ("status", "valid", "noted"),
    [
        (None, True, 0), ("Paid", True, 0), ("fulfilled", True, 0), ("pending", False, 0),
        ("cancelled", False, 0), ("failed", False, 0), ("refunded", False, 0), ("draft", False, 0),
        ("test", False, 0), ("on its way", False, 1),
    ],
)  # fmt: skip
def test_a_status_says_whether_an_order_counts(
    floor: Floor, status: str | None, valid: bool, noted: int
) -> None:
    counts = floor.take(order(total="5", status=status))
    assert floor.order()["valid"] is valid
    assert counts["unknown status"] == noted
    assert floor.order()["status"] == (status or "paid").casefold()


def test_a_stated_total_that_differs_from_the_lines_is_counted(floor: Floor) -> None:
    counts = floor.take(
        order(total="99", lines=[line(total="80")]),
        order("o2", total="80", lines=[line(total="80")]),
    )
    assert counts["total differs from lines"] == 1


def test_refunds_count_once_and_line_by_line(floor: Floor) -> None:
    floor.take(
        order(
            refunded="70",
            lines=[line("1", total="80", quantity=2), line("2", total="20")],
        )
    )
    floor.take(
        r.Refund.model_validate(
            {"id": "r1", "order": "o1", "at": TEN, "total": "79",
             "lines": [{"line": "1", "quantity": 1, "total": "40"}]}
        )
    )  # fmt: skip
    first, second = floor.rows(trade.OrderLine)
    assert floor.order()["refunded"] == units(40)
    assert floor.order()["net"] == units(60)
    assert (first["returned"], first["kept"], first["valid"]) == (units(1), units(1), True)
    assert (second["returned"], second["kept"]) == (0, units(1))


def test_a_line_that_came_back_whole_does_not_count(floor: Floor) -> None:
    floor.take(order(lines=[line("1", total="80"), line("2", total="20")]))
    floor.take(
        r.Refund.model_validate(
            {"id": "r1", "order": "o1", "at": TEN,
             "lines": [{"line": "1", "quantity": 1, "total": "80"}]}
        )
    )  # fmt: skip
    assert [each["valid"] for each in floor.rows(trade.OrderLine)] == [False, True]
    assert floor.order()["valid"] is True


def test_a_refund_may_come_before_its_order(floor: Floor) -> None:
    floor.take(r.Refund(id="r1", order="o1", at=TEN, goods=Decimal(30)))
    assert floor.row(trade.Refund)["order_id"] is None
    floor.take(order(lines=[line(total="80")]))
    refund = floor.row(trade.Refund)
    assert floor.order()["net"] == units(50)
    assert refund["order_id"] == floor.order()["id"]
    assert refund["profile_id"] == floor.profile_of("c1")
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
def test_fully_refunded_needs_a_refund_and_nothing_kept(
    floor: Floor, charged: str, refund: dict[str, Any], valid: bool
) -> None:
    floor.take(order(lines=[line(total=charged)]))
    assert floor.order()["valid"] is True
    floor.take(r.Refund.model_validate({"id": "r1", "order": "o1", "at": TEN, **refund}))
    assert floor.order()["valid"] is valid
    assert floor.order()["net"] >= 0


def test_a_deleted_refund_gives_the_money_back_to_the_order(floor: Floor) -> None:
    floor.take(order(lines=[line(total="80")]), r.Refund(id="r1", order="o1", at=TEN, goods=80))
    assert floor.order()["valid"] is False
    floor.take(r.Deleted(noun="Refund", id="r1"))
    assert (floor.order()["valid"], floor.order()["net"]) == (True, units(80))


PRODUCT = r.Product(
    id="p1", sku="S1", title="Boot", price=Decimal(100), list_price=Decimal(125), brand="LEGO A/S",
    category="Boots", category_parent="Shoes", categories=("Winter",),
)  # fmt: skip


@pytest.mark.parametrize("product_first", [True, False])
def test_a_line_takes_over_from_its_product_whichever_comes_later(
    floor: Floor, product_first: bool
) -> None:
    purchase = order(lines=[line(product="p1", quantity=2)], store="Nr 1", channel="pos")
    floor.take(PRODUCT if product_first else purchase)
    floor.take(purchase if product_first else PRODUCT)
    found = only_line(floor)
    assert found["total"] == found["total_shop"] == floor.order()["net"] == units(200)
    assert (found["sku"], found["title"]) == ("S1", "Boot")
    assert (found["brand"], found["brand_key"]) == ("LEGO A/S", "lego")
    assert (found["list_total"], found["markdown"], found["on_sale"]) == (units(250), 2000, True)
    assert (found["store_key"], found["channel"], found["valid"]) == ("nr 1", "pos", True)
    shelves = {row["category_id"] for row in floor.rows(trade.LineCategory)}
    titles = {row["title"] for row in floor.rows(trade.Category) if row["id"] in shelves}
    assert titles == {"Boots", "Winter"}
    assert floor.row(trade.DailyOrders)["net_shop"] == units(200)


def test_a_later_change_of_the_product_does_not_rewrite_lines(floor: Floor) -> None:
    floor.take(PRODUCT, order(lines=[line(product="p1")]))
    floor.take(r.Product(id="p1", price=Decimal(7), brand="Other", category="Else"))
    floor.take(order(lines=[line(product="p1")], status="fulfilled"))
    found = only_line(floor)
    assert (found["total"], found["brand_key"]) == (units(100), "lego")
    assert len(floor.rows(trade.LineCategory)) == 2


def test_a_line_may_state_its_own_brand_and_category(floor: Floor) -> None:
    floor.take(PRODUCT, order(lines=[line(product="p1", total=9, brand="Duplo", category="Toys")]))
    assert only_line(floor)["brand_key"] == "duplo"
    shelf = floor.row(trade.LineCategory)["category_id"]
    assert floor.row(trade.Category, id=shelf)["key"] == "toys"


def test_a_new_brand_alias_is_written_into_lines(floor: Floor) -> None:
    floor.take(order(lines=[line(total=1, brand="Duplo ")]))
    aliased = floor.with_shop(brand_aliases={"duplo": "Lego"})
    rebuild(aliased.transaction, aliased.shop)
    assert only_line(floor)["brand_key"] == "lego"


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
    floor: Floor, fields: dict[str, Any], list_total: str | None, markdown: int | None,
    on_sale: bool | None,
) -> None:  # fmt: skip
    floor.take(order(lines=[line(**fields)]))
    found = only_line(floor)
    assert found["list_total"] == (None if list_total is None else units(list_total))
    assert (found["markdown"], found["on_sale"]) == (markdown, on_sale)


def test_a_gift_card_product_takes_its_money_out_of_the_goods(floor: Floor) -> None:
    floor.take(order(lines=[line("1", product="card", total=200), line("2", total=80)]))
    assert floor.order()["net"] == units(280)
    floor.take(r.Product(id="card", gift_card=True))
    assert floor.order()["net"] == units(80)
    assert floor.row(trade.DailyOrders)["net_shop"] == units(80)


@pytest.mark.parametrize(("days", "net_shop"), [(0, "745"), (-7, "745"), (-8, None), (1, None)])
def test_the_latest_rate_of_seven_days_counts_also_when_it_comes_late(
    floor: Floor, days: int, net_shop: str | None
) -> None:
    floor.take(order(currency="EUR", lines=[line(total="100")]))
    assert floor.order()["net_shop"] is None
    assert floor.rows(trade.DailyOrders) == []
    marks = len(floor.rows(Touched))
    day = date(2024, 3, 1) + timedelta(days)
    floor.take(r.Rate(currency="EUR", day=day, rate=Decimal("7.45")))
    expected = None if net_shop is None else units(net_shop)
    assert floor.order()["net_shop"] == only_line(floor)["total_shop"] == expected
    assert len(floor.rows(trade.DailyOrders)) == (expected is not None)
    assert len(floor.rows(Touched)) - marks == (expected is not None)


def test_an_order_replaces_all_its_lines_and_codes(floor: Floor) -> None:
    floor.take(order(lines=[line("1", total=1), line("2", total=2)], discounts=[{"code": "A "}]))
    floor.take(order(lines=[line("3", total=5)], discounts=[{"code": "b"}, {"amount": 3}]))
    assert only_line(floor)["external_id"] == "3"
    assert floor.row(trade.OrderCoupon)["code"] == "b"
    assert floor.order()["net"] == units(5)


def test_what_an_order_does_not_say_stays(floor: Floor) -> None:
    floor.take(order(lines=[line("1", total=1)], discounts=[{"code": "a"}], store="s"))
    floor.take(order(status="cancelled"))
    assert only_line(floor)["valid"] is False
    assert floor.row(trade.OrderCoupon)["code"] == "a"
    assert floor.order()["store_key"] == "s"
    assert floor.order()["profile_id"] == floor.profile_of("c1")


def test_discounts_join_their_order_when_it_comes_and_others_stand_alone(floor: Floor) -> None:
    floor.take(
        r.Discount(id="d1", contact="c1", order="o1", code="Spring", at=TEN),
        r.Discount(id="d2", contact="c1", code="Spring", at=date(2024, 2, 1)),
    )
    alone = floor.row(trade.OrderCoupon)
    assert (alone["order_id"], alone["day"]) == (None, date(2024, 2, 1).toordinal())
    floor.take(order(total=5))
    joined = floor.row(trade.OrderCoupon, order_id=floor.order()["id"])
    assert (joined["code"], joined["profile_id"]) == ("spring", floor.profile_of("c1"))


def test_a_guest_order_belongs_to_nobody_and_counts_in_the_shops_average(floor: Floor) -> None:
    floor.take(order(contact=None, total=5))
    assert floor.order()["profile_id"] is None
    assert floor.row(trade.DailyOrders)["orders"] == 1
    assert floor.rows(Touched) == []


def test_a_moved_category_marks_who_bought_under_it(floor: Floor) -> None:
    floor.take(PRODUCT, order(lines=[line(product="p1")]), order("o2", contact="c2", total=1))
    floor.transaction.execute(table_of(Touched).delete())
    floor.take(r.Category(id="Boots", title="Boots", parent="Outdoor"))
    assert {row["profile_id"] for row in floor.rows(Touched)} == {floor.profile_of("c1")}
    names = {row["id"]: row["external_id"] for row in floor.rows(trade.Category)}
    above = {
        names[row["ancestor_id"]]
        for row in floor.rows(trade.CategoryAncestor)
        if names[row["category_id"]] == "Boots"
    }
    assert above == {"Boots", "Outdoor"}


def test_categories_that_lie_in_a_circle_end(floor: Floor) -> None:
    floor.take(r.Category(id="a", parent="b"), r.Category(id="b", parent="a"))
    assert len(floor.rows(trade.CategoryAncestor)) == 4


def test_an_order_needs_an_amount_and_one_that_fits(floor: Floor) -> None:
    counts = floor.take(
        order("empty"),
        order("huge", lines=[line(unit_price=9 * 10**13, quantity=2)]),
        order("good", total=1),
    )
    assert (counts["quarantined"], counts["inserted"]) == (2, 1)
    assert [row["external_id"] for row in floor.rows(trade.Order)] == ["good"]


def test_lines_that_share_an_id_are_all_kept(floor: Floor) -> None:
    counts = floor.take(order(lines=[line("1", total=1), line("1", total=2)]))
    assert floor.order()["net"] == units(3)
    assert counts["repeated line id"] == 1


def test_the_day_of_an_order_is_the_shops(floor: Floor) -> None:
    floor.take(order(total=1, placed_at=datetime(2024, 3, 1, 23, 30, tzinfo=UTC)))
    assert floor.order()["day"] == date(2024, 3, 2).toordinal()
    floor.take(order("o2", total=1, placed_at=date(2024, 7, 1)))
    second = floor.order("o2")
    assert second["day"] == date(2024, 7, 1).toordinal()
    assert second["placed_at"] == datetime(2024, 6, 30, 22, tzinfo=UTC)


def test_a_deleted_order_leaves_its_refunds_and_discounts_waiting(floor: Floor) -> None:
    floor.take(
        order(lines=[line(total=80)]),
        r.Refund(id="r1", order="o1", at=TEN, goods=Decimal(5)),
        r.Discount(id="d1", order="o1", code="x", at=TEN),
    )
    counts = floor.take(r.Deleted(noun="Order", id="o1"))
    assert (counts["updated"], counts["deleted"]) == (1, 1)
    for model in (trade.Order, trade.OrderLine, trade.OrderCoupon, trade.DailyOrders):
        assert floor.rows(model) == []
    assert floor.row(trade.Refund)["order_id"] is None
    floor.take(order(lines=[line(total=80)]))
    assert floor.order()["net"] == units(75)
    assert len(floor.rows(trade.OrderCoupon)) == 1


def test_deals_are_worth_what_the_day_says(floor: Floor) -> None:
    floor.take(r.Deal(id="x", contact="c1", at=TEN, amount=Decimal(10), currency="EUR"))
    assert floor.row(Deal)["amount_shop"] is None
    floor.take(r.Rate(currency="EUR", day=date(2024, 3, 1), rate=Decimal("7.5")))
    assert floor.row(Deal)["amount_shop"] == units(75)


def test_a_snapshot_names_the_products_categories(floor: Floor) -> None:
    floor.take(PRODUCT, order(lines=[line(product="p1")]))
    assert orjson.loads(only_line(floor)["snapshot"])["categories"] == ["Boots", "Winter"]
