"""Zettle, held against the suite, its vendor's description and its vendor's own examples."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Unauthorized, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.zettle import Zettle

SAMPLES = Path(__file__).parent / "samples" / "zettle.json"
SETTINGS = {"client_id": "a client", "api_key": "an API key to look for"}
EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))
BREAD, BREAD_BACK, TWO_DISCOUNTS, COFFEE, SHIRTS, SHIRT_BACK, REDUCED, WEB = range(8)


class TestZettle(SourceContract):
    connector = Zettle
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("zettle")


@pytest.fixture
def raws() -> Any:
    return json.loads(SAMPLES.read_text("utf-8"))["purchases"]


@pytest.fixture
def till() -> Zettle:
    zettle = Zettle.model_validate(SETTINGS)
    zettle._clock = FakeClock()
    return zettle


@pytest.fixture
def read_one(till: Zettle, raws: Any) -> Callable[..., Any]:
    def read_one(place: int, **changed: Any) -> Any:
        (record,) = till.purchases({**raws[place], **changed})
        return record

    return read_one


def charged(record: Any) -> list[Decimal | None]:
    return [line.total for line in record.lines]


def test_a_receipt_is_an_order_that_belongs_to_nobody(read_one: Any, raws: Any) -> None:
    order = read_one(COFFEE)
    assert (order.id, order.contact, order.store) == (raws[COFFEE]["purchaseUUID1"], None, None)
    assert order.placed_at == datetime(2020, 12, 2, 17, 16, 20, 28_000, tzinfo=UTC)
    assert (order.currency, order.tax_included) == ("SEK", True)
    coffee, cookie = order.lines
    assert (coffee.product, coffee.title) == ("a5169ee0-ba72-1111-ba39-41e31bf3e57b", "Coffee")
    assert [coffee.quantity, cookie.total, cookie.list_price] == [1, 30, 30]
    # Article and variant are named once; a gift card and a weight are lines as any.
    titles = [read_one(place).lines[0].title for place in (SHIRTS, BREAD)]
    assert titles == ["T-shirt, Small", "Vetelevain"]
    web, bread = read_one(WEB), read_one(BREAD)
    assert [web.channel, bread.channel, web.status, bread.status] == [
        "web", "pos", "paid", "fulfilled",
    ]  # fmt: skip
    cheese, card = web.lines
    assert [cheese.quantity, cheese.total, cheese.sku] == [Decimal("0.455"), 91, "OST-1"]
    assert [cheese.gift_card, card.gift_card, web.total, web.shipping] == [False, True, 540, 39]


def test_the_lines_of_every_sale_sum_up_to_its_amount(read_one: Any, raws: Any) -> None:
    sales = [read_one(place) for place, raw in enumerate(raws) if not raw.get("refund")]
    assert [sum(filter(None, charged(order))) for order in sales] == [
        order.total for order in sales
    ]


@pytest.mark.parametrize(
    ("place", "changed", "lines"),
    [
        # The discount of a receipt is distributed after those of its rows.
        (TWO_DISCOUNTS, {}, ["28", "72"]),
        (COFFEE, {"discounts": [{"amount": 1001, "quantity": 1}]}, ["16.00", "23.99"]),
        # It is never more than the price.
        (COFFEE, {"amount": 0, "discounts": [{"amount": 9000, "quantity": 1}]}, ["0", "0"]),
        (COFFEE, {"amount": 0, "discounts": [{"amount": 9000, "quantity": 1}], "products": []}, []),
    ],
)
def test_a_discount_lowers_the_lines(read_one: Any, place: int, changed: Any, lines: Any) -> None:
    order = read_one(place, **changed)
    assert charged(order) == [Decimal(each) for each in lines]
    if place == TWO_DISCOUNTS:
        assert [line.list_price for line in order.lines] == [20, 10]


def test_a_refund_names_its_sale_and_the_article_that_came_back(read_one: Any, raws: Any) -> None:
    for sale, back in ((BREAD, BREAD_BACK), (SHIRTS, SHIRT_BACK)):
        order, refund = read_one(sale), read_one(back)
        assert refund.order == order.id
        (line,) = refund.lines
        (article,) = [each for each in order.lines if each.id == line.line]
        assert [line.quantity, line.total, refund.total] == [1, article.total, article.total]
    # Rows alike are one line, so that a refund of two finds it.
    small, medium = raws[SHIRTS]["products"]
    order = read_one(SHIRTS, amount=30000, products=[small, medium, small])
    assert [each.quantity for each in order.lines] == [2, 1]
    assert charged(order) == [200, 100]
    # Without rows or sale a refund is its amount.
    service = {"amount": -500, "title": "Levering", "quantity": "-1"}
    bare = {"products": None, "serviceCharge": service, "refundsPurchaseUUID1": None}
    refund = read_one(BREAD_BACK, **bare)
    assert [refund.order, refund.total, refund.goods] == [refund.id, 35, 30]


def test_the_window_is_whole_minutes_and_never_narrower(till: Zettle) -> None:
    cursor = till.declared()["purchases"].cursor
    assert cursor is not None
    since, until = (datetime(2024, 5, 1, *at, tzinfo=UTC) for at in ((10, 0, 59), (11, 0, 1)))
    asked = {"startDate": "2024-05-01T10:00", "endDate": "2024-05-01T11:01"}
    assert cursor.bounds(Window(until=until, since=since)) == asked
    assert cursor.bounds(Window(until=until)) == {"endDate": "2024-05-01T11:01"}
    assert cursor.overlap == timedelta(days=3)


@respx.mock
def test_the_api_key_is_the_assertion_and_pages_follow_hashes(till: Zettle, raws: Any) -> None:
    api = FakeApi(till, {"/purchases/v2": raws}, FakeClock())
    respx.route().mock(side_effect=api)
    api.faults = [httpx.Response(401)]
    list(till.read("purchases", EVER))
    (form,) = api.tokens.forms
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (form["client_id"], form["assertion"]) == tuple(SETTINGS.values())
    hashes = [each.url.params.get("lastPurchaseHash") for each in api.requests[1:3]]
    assert hashes == [None, "left-0"]


@respx.mock
def test_a_key_that_was_revoked_is_told_with_its_connection(till: Zettle) -> None:
    respx.post(till.token_url).respond(400, json={"error": "invalid_grant"})
    with pytest.raises(Unauthorized, match=r"invalid_grant.*\[connections\.zettle\]"):
        list(till.read("purchases", EVER))
