"""PrestaShop, held against the suite, with samples written from the vendor's tables of names.

https://devdocs.prestashop-project.org/9/webservice/resources/
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Broken, Unauthorized, Window
from connectors.kit.testing import FakeApi, SourceContract
from connectors.prestashop import PrestaShop
from connectors.prestashop.account import AFTER
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "prestashop.json"
SETTINGS = {"url": "https://shop.test", "key": "a key to look for", "timezone": "UTC"}


class TestPrestaShop(SourceContract):
    connector = PrestaShop
    settings = SETTINGS
    samples = SAMPLES


@pytest.fixture
def served() -> Iterator[tuple[PrestaShop, FakeApi]]:
    shop = PrestaShop.model_validate(SETTINGS | {"timezone": "Europe/Paris"})
    with serving(shop, SAMPLES) as api:
        yield shop, api


def test_a_customer_has_the_newest_address_and_the_groups(served: Any) -> None:
    read = pages(served[0], "customers", NOON)
    assert told(read, "Contact", "id", "city", "phone", "country", "birthday", "gender")[:2] == [
        ("7", "Lyon", "0612345678", "FR", datetime(1970, 1, 15).date(), "male"),  # noqa: DTZ001 - a day
        ("8", None, None, None, None, "female"),
    ]
    titles = told(read, "GroupMember", "contact", "title")
    assert titles == [("7", "Customer"), ("7", "VIP"), ("8", "Guest")]
    assert told(read, "Deleted", "noun", "id") == [("Contact", "10")]


def test_the_newsletter_is_a_consent_only_with_its_time(served: Any) -> None:
    consents = told(pages(served[0], "customers", NOON), "Consent", "contact", "granted", "at")
    assert consents == [
        ("7", True, datetime(2024, 1, 5, 9, tzinfo=UTC)),
        ("9", False, datetime(2024, 3, 3, 9, tzinfo=UTC)),
    ]


def test_an_order_has_its_codes_and_pays_for_its_shipping_once(served: Any) -> None:
    sent, waiting = told(
        pages(served[0], "orders", NOON), "Order", "status", "discount", "discounts", "lines"
    )
    assert (sent[:2], waiting[:2]) == (("fulfilled", Decimal(4)), ("pending", Decimal(0)))
    assert [(each.code, each.kind) for each in sent[2]] == [
        ("SPRING10", None), (None, "automatic"),
    ]  # fmt: skip
    assert [(each.total, each.variant) for each in sent[3]] == [
        (Decimal("45.888"), "1"), (Decimal(6), None),
    ]  # fmt: skip


def test_a_cart_is_open_until_an_order_names_it(served: Any) -> None:
    carts = told(pages(served[0], "carts", NOON), "Cart", "id", "order")
    assert carts == [("5", "5"), ("6", None)]


@pytest.mark.parametrize(
    ("since", "asked"),
    [
        # In autumn the clock of the shop shows 02:10 twice; 70 minutes of overlap reach the first.
        (datetime(2025, 10, 26, 1, 20, tzinfo=UTC), "2025-10-26 02:10:00"),
        (datetime(2026, 7, 1, 10, tzinfo=UTC), "2026-07-01 10:50:00"),
    ],
)
def test_a_window_is_asked_for_by_the_shops_clock(served: Any, since: datetime, asked: str) -> None:
    shop, api = served
    overlap = next(each.overlap for each in shop.streams() if each.name == "orders")
    list(shop.read("orders", Window(since=since - overlap, until=NOON, live=True)))
    (params,) = [each.url.params for each in api.requests if "filter[date_upd]" in each.url.params]
    assert params["filter[date_upd]"] == f"[{asked},2100-01-01 00:00:00]"
    assert params["date"] == "1"


def test_rows_of_the_second_hour_of_autumn_are_not_lost(served: Any) -> None:
    shop, api = served
    # Saved at 01:15 UTC, when the shop's clock showed 02:15 for the second time.
    api.samples["/orders"][0]["date_upd"] = "2025-10-26 02:15:00"
    overlap = next(each.overlap for each in shop.streams() if each.name == "orders")
    since = datetime(2025, 10, 26, 1, 10, tzinfo=UTC) - overlap
    read = shop.read("orders", Window(since=since, until=NOON, live=True))
    assert told(list(read), "Order", "id") == [("5",)]


def test_pages_go_on_from_the_last_id(served: Any) -> None:
    shop, api = served
    row = api.samples["/products"][0]
    api.samples["/products"] = [row | {"id": str(number)} for number in range(1, 503)]
    assert len(told(pages(shop, "products", NOON), "Product", "id")) == 502
    assert [each.url.params.get(AFTER) for each in api.requests] == [None, ">[500]"]


@respx.mock
def test_a_key_without_a_right_and_an_entity_are_told() -> None:
    shop = PrestaShop.model_validate(SETTINGS)
    window = Window(until=NOON - timedelta(days=1))
    respx.route().mock(return_value=httpx.Response(401))
    with pytest.raises(Unauthorized, match=r"lacks GET for this resource.*Webservice"):
        list(shop.read("products", window))
    entity = b'<!DOCTYPE r [<!ENTITY a "b">]><prestashop><products>&a;</products></prestashop>'
    respx.route().mock(return_value=httpx.Response(200, content=entity))
    with pytest.raises(Broken, match="XML"):
        list(shop.read("products", window))
