"""Vendure as a source, held against the suite and its vendor's schema."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Misconfigured, Refund, Unauthorized, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.kit.testing.reading import records
from connectors.kit.testing.samples import load
from connectors.vendure import Vendure

SAMPLES = Path(__file__).parent / "samples" / "vendure.json"
SETTINGS = {"url": "https://shop.example", "api_key": "a key to look for"}
RETURNED, SCRATCHED, COUPON, CART, PLAIN = range(5)


class TestVendure(SourceContract):
    connector = Vendure
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("vendure")


def connected(**settings: Any) -> Vendure:
    shop = Vendure.model_validate({**SETTINGS, **settings})
    shop._clock = FakeClock()
    return shop


def mapped(shop: Vendure, raw: Any) -> list[Any]:
    return [*shop.orders(raw)]


@pytest.fixture
def shop() -> Vendure:
    return connected()


@pytest.fixture
def api(shop: Vendure) -> Iterator[FakeApi]:
    clock = shop._clock
    assert isinstance(clock, FakeClock)
    fake = FakeApi(shop, load(SAMPLES, shop), clock)
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=fake)
        yield fake


@pytest.fixture
def raws() -> Any:
    return json.loads(SAMPLES.read_text("utf-8"))["orders"]


def test_units_that_came_back_were_bought_and_are_refunded_once(shop: Vendure, raws: Any) -> None:
    """The line of the server counts one unit, for the other one was cancelled and refunded."""
    _, order, refund = mapped(shop, raws[RETURNED])
    line = order.lines[0]
    assert (line.quantity, line.total, line.tax) == (2, Decimal("13.98"), Decimal("2.80"))
    assert (order.tax_included, order.status, order.currency) == (False, "paid", "USD")
    assert (refund.total, refund.goods, refund.lines[0].line) == (Decimal("8.39"), None, line.id)


def test_a_refund_that_names_no_line_is_for_goods_and_one_that_failed_is_none(
    shop: Vendure, raws: Any
) -> None:
    raw = raws[SCRATCHED]
    _, _, refund = mapped(shop, raw)
    assert (refund.goods, refund.lines, refund.reason) == (3, (), "scratch")
    raw["payments"][0]["refunds"][0]["state"] = "Failed"
    assert not any(isinstance(each, Refund) for each in mapped(shop, raw))


def test_a_code_is_a_coupon_and_lies_on_the_lines(shop: Vendure, raws: Any) -> None:
    _, order = mapped(shop, raws[COUPON])
    (discount,) = order.discounts
    assert (discount.code, discount.kind, discount.amount) == (
        "SPRING10", "coupon", Decimal("971.28"),
    )  # fmt: skip
    assert [(each.total, each.coupon_discount, each.discount) for each in order.lines] == [
        (Decimal("3507.30"), Decimal("389.70"), None),
        (Decimal("3777.30"), Decimal("419.70"), None),
    ]
    assert order.buyer
    assert (order.buyer.first_name, order.buyer.last_name) == ("Anna", "Madsen Lund")


def test_what_was_never_placed_is_a_cart_and_a_draft_is_nothing(shop: Vendure, raws: Any) -> None:
    (cart,) = mapped(shop, raws[CART])
    assert (cart.status, cart.contact, cart.order) == ("open", "301", None)
    (left,) = mapped(shop, {**raws[CART], "active": False})
    assert left.status == "expired"
    assert mapped(shop, {**raws[CART], "state": "Draft"}) == []
    cart, order = mapped(shop, raws[PLAIN])
    assert (cart.status, cart.order) == ("ordered", order.id)


def test_a_refund_that_moves_no_date_is_found_by_the_daily_look(
    shop: Vendure, api: FakeApi
) -> None:
    """Read by `updatedAt` alone it would never come."""
    orders = api.samples["data.orders"]
    night = datetime(2026, 12, 2, 4, tzinfo=UTC)
    refunded = orders[RETURNED]["payments"][0]["refunds"]
    orders[RETURNED]["orderPlacedAt"] = orders[RETURNED]["updatedAt"] = "2026-11-20T10:00:00.000Z"
    hidden, refunded[:] = [*refunded], []
    first = [*shop.read("orders", Window(until=night, live=True))]
    state = next(page.state for page in reversed(first) if page.state)
    refunded[:] = hidden
    again = Window(since=night, until=night + timedelta(days=1), live=True)
    pages = [*shop.read("orders", again, state)]
    found = [each for page in pages for each in page.records if isinstance(each, Refund)]
    assert "1" in [each.id for each in found]
    asked = [json.loads(each.content)["variables"].get("filter", {}) for each in api.requests]
    assert ["498"] in [each.get("id", {}).get("in") for each in asked]


def test_custom_fields_fill_the_fields_that_name_them(raws: Any) -> None:
    shop = connected(fields={"birthday": "birthday", "custom.club": "club", "city": "town"})
    raw = json.loads(SAMPLES.read_text("utf-8"))["customers"][0]
    held = {"birthday": "1984-03-03T00:00:00.000Z", "club": True, "town": None}
    (person,) = shop.customers({**raw, "customFields": held})
    assert (person.birthday, person.custom) == (date(1984, 3, 3), {"club": True})
    (listed,) = shop.parts_of("customers", shop.declared()["customers"])
    assert "customFields { birthday club town }" in listed.query


def test_a_session_is_begun_by_name_and_password_and_once_more_where_it_has_ended() -> None:
    shop = connected(api_key=None, username="ida", password="a password")
    tokens = iter(("old", "new"))

    def server(request: httpx.Request) -> httpx.Response:
        if "login" in (body := json.loads(request.content))["query"]:
            assert body["variables"] == {"user": "ida", "password": "a password"}
            token = {"vendure-auth-token": next(tokens)}
            return httpx.Response(
                200, headers=token, json={"data": {"login": {"__typename": "CurrentUser"}}}
            )
        if request.headers["Authorization"] == "Bearer new":
            return httpx.Response(
                200, json={"data": {"collections": {"totalItems": 0, "items": []}}}
            )
        error = {"message": "You are not authorized", "extensions": {"code": "FORBIDDEN"}}
        return httpx.Response(200, json={"errors": [error], "data": None})

    with respx.mock() as router:
        router.route().mock(side_effect=server)
        assert records(shop, "collections") == []


def test_a_permission_that_lacks_is_named(shop: Vendure, api: FakeApi) -> None:
    error = {"message": "You are not authorized", "extensions": {"code": "FORBIDDEN"}}
    api.broken["data.orders"] = httpx.Response(200, json={"errors": [error], "data": None})
    with pytest.raises(Unauthorized, match="ReadOrder"):
        records(shop, "orders")
    with pytest.raises(Misconfigured, match="username and password"):
        connected(api_key=None).check()
