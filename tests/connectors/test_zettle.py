"""Zettle, held against the suite, its vendor's description and its vendor's own examples."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Order, Refund, Unauthorized, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.zettle import Zettle
from core.store.database import Database
from tests.connectors.same_purchases.purchases import PURCHASES
from tests.connectors.same_purchases.reading import answers, read
from tests.connectors.same_purchases.zettle import ANONYMOUS

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
    assert [order.status, sold(till, raws[BREAD]).status] == ["paid", "fulfilled"]
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
    assert hashes == [None, "left-0"]


@respx.mock
def test_a_key_that_was_revoked_is_told_with_its_connection(till: Zettle) -> None:
    respx.post(till.token_url).respond(400, json={"error": "invalid_grant"})
    with pytest.raises(Unauthorized, match=r"invalid_grant.*\[connections\.zettle\]"):
        list(till.read("purchases", EVER))


def test_a_purchase_at_the_till_is_worth_the_same_without_its_buyer(
    sqlite_url: str, description_of: Callable[[str], Description]
) -> None:
    database = Database(sqlite_url)
    with ANONYMOUS.server() as api:
        read(database, ANONYMOUS.source)
    found = answers(database)
    database.close()
    assert found == {
        # Prices have their tax in them.
        id_: replace(PURCHASES[name].answer, person=None, channel="pos", tax=0)
        for name, id_ in ANONYMOUS.orders.items()
    }
    assert api.requests
    for request, response in zip(api.requests, api.responses, strict=True):
        description_of("zettle").check(request, response)
