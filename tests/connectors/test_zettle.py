"""Zettle, held against the suite, its vendor's description and its vendor's own examples."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Order, RawPage, Reading, Refund, Unauthorized, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.zettle import Zettle
from tests.connectors.poison import poisoned

SAMPLES = Path(__file__).parent / "samples" / "zettle.json"
SETTINGS = {"client_id": "a client", "api_key": "an API key to look for"}
EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))
BREAD, BREAD_BACK, TWO_DISCOUNTS, COFFEE, SHIRTS, SHIRT_BACK, REDUCED, WEB = range(8)


class Reference(Description):
    """The reference, which calls the list of discounts an object where its examples show a list."""

    def __init__(self, read: Description) -> None:
        self._read = read

    def check_request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> None:
        self._read.check_request(method, path, query, body)

    def check_response(self, method: str, path: str, status: int, body: Any = None) -> None:
        for row in body["purchases"]:
            assert isinstance(row.pop("discounts", []), list)
        self._read.check_response(method, path, status, body)


class TestZettle(SourceContract):
    connector = Zettle
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        """The vendor's reference as OpenAPI."""
        return Reference(description_of("zettle"))


@pytest.fixture
def raws() -> Any:
    return json.loads(SAMPLES.read_text("utf-8"))["purchases"]


@pytest.fixture
def till() -> Zettle:
    zettle = Zettle.model_validate(SETTINGS)
    zettle._clock = FakeClock()
    return zettle


def sold(till: Zettle, raw: Any) -> Order:
    (order,) = till.purchases(raw)
    assert isinstance(order, Order)
    return order


def given_back(till: Zettle, raw: Any) -> Refund:
    (refund,) = till.purchases(raw)
    assert isinstance(refund, Refund)
    return refund


def charged(record: Order | Refund) -> list[Decimal | None]:
    return [line.total for line in record.lines]


def test_a_receipt_is_an_order_that_belongs_to_nobody(till: Zettle, raws: Any) -> None:
    order = sold(till, raws[COFFEE])
    assert (order.id, order.contact, order.store) == (raws[COFFEE]["purchaseUUID1"], None, None)
    assert order.placed_at == datetime(2020, 12, 2, 17, 16, 20, 28_000, tzinfo=UTC)
    assert (order.currency, order.tax_included) == ("SEK", True)
    coffee, cookie = order.lines
    assert (coffee.product, coffee.title) == ("a5169ee0-ba72-1111-ba39-41e31bf3e57b", "Coffee")
    assert [coffee.quantity, cookie.total, cookie.list_price] == [1, 30, 30]


def test_a_line_names_article_and_variant_once(till: Zettle, raws: Any) -> None:
    titles = [sold(till, raws[place]).lines[0].title for place in (SHIRTS, BREAD, COFFEE)]
    assert titles == ["T-shirt, Small", "Vetelevain", "Coffee"]


def test_the_lines_of_every_sale_sum_up_to_its_amount(till: Zettle, raws: Any) -> None:
    sales = [sold(till, raw) for raw in raws if not raw.get("refund")]
    assert [sum(line.total or 0 for line in order.lines) for order in sales] == [
        order.total for order in sales
    ]


def test_the_discount_of_a_receipt_is_distributed_after_those_of_its_rows(
    till: Zettle, raws: Any
) -> None:
    foo, bar = sold(till, raws[TWO_DISCOUNTS]).lines
    assert [foo.total, foo.list_price, bar.total, bar.list_price] == [28, 20, 72, 10]
    fixed = {**raws[COFFEE], "discounts": [{"amount": 1001, "quantity": 1}]}
    assert charged(sold(till, fixed)) == [Decimal("16.00"), Decimal("23.99")]


def test_a_discount_is_never_more_than_the_price(till: Zettle, raws: Any) -> None:
    gift = {**raws[COFFEE], "amount": 0, "discounts": [{"amount": 9000, "quantity": 1}]}
    assert charged(sold(till, gift)) == [0, 0]
    assert charged(sold(till, {**gift, "products": []})) == []


def test_a_refund_names_its_sale_and_the_article_that_came_back(till: Zettle, raws: Any) -> None:
    for sale, back in ((BREAD, BREAD_BACK), (SHIRTS, SHIRT_BACK)):
        order, refund = sold(till, raws[sale]), given_back(till, raws[back])
        assert refund.order == order.id
        (line,) = refund.lines
        (article,) = [each for each in order.lines if each.id == line.line]
        assert [line.quantity, line.total, refund.total] == [1, article.total, article.total]


def test_rows_alike_are_one_line_so_that_a_refund_of_two_finds_it(till: Zettle, raws: Any) -> None:
    small, medium = raws[SHIRTS]["products"]
    order = sold(till, {**raws[SHIRTS], "amount": 30000, "products": [small, medium, small]})
    assert [each.quantity for each in order.lines] == [2, 1]
    assert charged(order) == [200, 100]


def test_a_refund_without_rows_or_sale_is_its_amount(till: Zettle, raws: Any) -> None:
    service = {"amount": -500, "title": "Levering", "quantity": "-1"}
    bare = {**raws[BREAD_BACK], "products": None, "serviceCharge": service}
    refund = given_back(till, {**bare, "refundsPurchaseUUID1": None})
    assert refund.order == refund.id
    assert [refund.total, refund.goods] == [35, 30]


def test_the_web_shop_service_charges_gift_cards_and_weights(till: Zettle, raws: Any) -> None:
    order = sold(till, raws[WEB])
    assert [order.channel, sold(till, raws[BREAD]).channel] == ["web", "pos"]
    cheese, card = order.lines
    assert [cheese.quantity, cheese.total, cheese.sku] == [Decimal("0.455"), 91, "OST-1"]
    assert [cheese.gift_card, card.gift_card] == [False, True]
    assert [order.total, order.shipping] == [540, 39]


def test_the_window_is_whole_minutes_and_never_narrower(till: Zettle) -> None:
    cursor = till.declared()["purchases"].cursor
    assert cursor is not None
    since = datetime(2024, 5, 1, 10, 0, 59, tzinfo=UTC)
    until = datetime(2024, 5, 1, 11, 0, 1, tzinfo=UTC)
    asked = {"startDate": "2024-05-01T10:00", "endDate": "2024-05-01T11:01"}
    assert cursor.bounds(Window(until=until, since=since)) == asked
    assert cursor.bounds(Window(until=until)) == {"endDate": "2024-05-01T11:01"}
    assert cursor.overlap == timedelta(days=3)


@respx.mock
def test_the_api_key_is_the_assertion_and_each_page_follows_the_last_hash(
    till: Zettle, raws: Any
) -> None:
    api = FakeApi(till, {"/purchases/v2": raws}, FakeClock())
    respx.route().mock(side_effect=api)
    list(till.read("purchases", EVER))
    api.faults = [httpx.Response(401)]
    list(till.read("purchases", EVER))
    (form,) = api.tokens.forms
    assert form == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_id": "a client",
        "assertion": "an API key to look for",
    }
    hashes = [each.url.params.get("lastPurchaseHash") for each in api.requests[:2]]
    assert hashes == [None, "after-500"]


@respx.mock
def test_a_key_that_was_revoked_is_told_with_its_connection(till: Zettle) -> None:
    respx.post(till.token_url).respond(400, json={"error": "invalid_grant"})
    with pytest.raises(Unauthorized, match=r"invalid_grant.*\[connections\.zettle\]"):
        list(till.read("purchases", EVER))


def test_any_row_is_loaded_or_rejected(till: Zettle, raws: Any) -> None:
    reading, chance = Reading(till, "purchases", EVER), Random(7)
    for _ in range(500):
        page = reading.page(RawPage([poisoned(chance.choice(raws), chance), raws[0]]))
        assert len(page.rejects) <= 1
        assert page.records
