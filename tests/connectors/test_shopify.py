"""Shopify, held against the suite and its vendor's schema."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Consent, Deleted, Misconfigured, Unauthorized, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.kit.testing.reading import EVERYTHING, records
from connectors.kit.testing.samples import load
from connectors.shopify import Shopify

SAMPLES = Path(__file__).parent / "samples" / "shopify.json"
SETTINGS = {
    "url": "https://example.myshopify.com",
    "client_id": "a client",
    "client_secret": "a secret to look for",
}
IPODS, MIXED, COFFEE = range(3)


class TestShopify(SourceContract):
    connector = Shopify
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("shopify")


def connected(**settings: Any) -> Shopify:
    shop = Shopify.model_validate({**SETTINGS, **settings})
    shop._clock = FakeClock()
    return shop


@pytest.fixture
def shop() -> Shopify:
    return connected()


@pytest.fixture
def api(shop: Shopify) -> Iterator[FakeApi]:
    with respx.mock(assert_all_called=False) as router:
        clock = shop._clock
        assert isinstance(clock, FakeClock)
        fake = FakeApi(shop, load(SAMPLES, shop), clock)
        router.route().mock(side_effect=fake)
        yield fake


def read(shop: Shopify, stream: str, noun: str = "") -> list[Any]:
    return [each for each in records(shop, stream) if noun in type(each).__name__]


def variables(api: FakeApi) -> list[dict[str, Any]]:
    return [json.loads(each.content).get("variables", {}) for each in api.requests]


@pytest.mark.usefixtures("api")
def test_a_customer_states_what_they_allowed_and_nothing_that_is_pending(shop: Shopify) -> None:
    people = read(shop, "customers", "Contact")
    assert [(each.id, each.email, each.country) for each in people] == [
        ("207119551", "bob.norman@hostmail.com", "US"),
        ("207119600", "astrid.lund@example.com", "DK"),
        ("207119601", "bo@example.com", None),
    ]
    astrid = {"contact": "207119600"}
    assert read(shop, "customers", "Consent") == [
        Consent(**astrid, channel="email", granted=True, method="double", at="2024-01-06T07:30Z"),
        Consent(**astrid, channel="sms", granted=False, at="2024-02-01T12:00Z"),
        Consent(**astrid, channel="tracking", granted=False, at="2024-01-06T07:30Z"),
    ]
    groups = read(shop, "tags", "GroupMember")
    assert [(each.contact, each.group) for each in groups] == [
        ("207119600", "VIP"), ("207119600", "klub"),
    ]  # fmt: skip


def test_metafields_fill_the_fields_that_name_them(api: FakeApi) -> None:
    fields = {"gender": "facts.gender", "custom.size": "custom.size", "custom.likes": "c.likes"}
    born = {"birthday": "facts.born", "custom.club": "c.club", "custom.none": "c.none"}
    shop = connected(fields={**fields, **born})
    kinds = {
        "facts.gender": ("single_line_text_field", "Kvinde"),
        "custom.size": ("number_decimal", "38.5"),
        "c.likes": ("list.single_line_text_field", '["yarn", "tea"]'),
        "facts.born": ("date", "1984-03-03"),
        "c.club": ("boolean", "true"),
    }
    nodes = [
        dict(zip(("namespace", "key", "type", "value"), (*name.split("."), *each), strict=True))
        for name, each in kinds.items()
    ]
    api.samples["data.customers"][0]["metafields"] = {"nodes": nodes}
    bob, *_ = read(shop, "customers", "Contact")
    assert (bob.gender, bob.birthday) == ("female", date(1984, 3, 3))
    assert bob.custom == {
        "size": Decimal("38.5"), "likes": ("yarn", "tea"), "club": True, "none": None,
    }  # fmt: skip
    assert variables(api)[0]["keys"] == [*fields.values(), *born.values()]


@pytest.mark.usefixtures("api")
def test_a_variant_has_its_price_and_the_one_before_it(shop: Shopify) -> None:
    nano, *variants, card, _ = read(shop, "products", "Product")
    assert (nano.brand, nano.category, nano.categories) == ("Apple", "482865238", ("482865239",))
    assert [(each.parent, each.sku, each.price, each.list_price) for each in variants] == [
        (nano.id, "IPOD2008PINK", 199, 199),
        (nano.id, "IPOD2008RED", 149, 199),
        (nano.id, "IPOD2008GREEN", 199, 199),
    ]
    assert (card.gift_card, nano.currency, card.currency) == (True, "USD", "DKK")


@pytest.mark.usefixtures("api")
def test_an_order_is_read_to_its_last_line_with_its_codes_and_buyer(shop: Shopify) -> None:
    order, refund, *_ = read(shop, "orders")
    assert (order.id, order.currency, order.tax_included, order.status) == (
        "450789469", "USD", False, "paid",
    )  # fmt: skip
    assert [(each.id, each.variant, each.total, each.tax) for each in order.lines] == [
        ("466157049", "39072856", Decimal("195.66"), Decimal("3.98")),
        ("518995019", "49148385", Decimal("195.67"), Decimal("3.98")),
        ("703073504", "457924702", Decimal("195.67"), Decimal("3.98")),
    ]
    assert [(each.code, each.kind, each.amount) for each in order.discounts] == [
        ("TENOFF", "coupon", 10)
    ]
    assert (order.buyer.email, order.buyer.city) == ("bob.norman@hostmail.com", "Louisville")
    assert (refund.order, refund.total, refund.reason) == (
        order.id, 209, "it broke during shipping",
    )  # fmt: skip
    assert [(each.line, each.total) for each in refund.lines] == [
        ("703073504", Decimal("195.67")), ("466157049", Decimal("195.66")),
    ]  # fmt: skip


@pytest.mark.usefixtures("api")
def test_an_edit_takes_off_what_nothing_was_paid_back_for(shop: Shopify) -> None:
    _, order, _ = read(shop, "orders", "Order")
    socks, card, hat = order.lines
    assert (socks.total, socks.discount, socks.coupon_discount) == (
        Decimal("157.5"), 25, Decimal("17.5"),
    )  # fmt: skip
    # Of three hats one was taken off and one came back.
    assert (hat.quantity, hat.total, hat.tax) == (2, 100, 20)
    assert (card.gift_card, order.gift_card_paid, order.shipping) == (True, 100, 49)
    assert (order.source, order.campaign, order.ship_country) == ("newsletter", "foraar", "NO")
    assert [(each.code, each.kind, each.amount) for each in order.discounts] == [
        (None, "automatic", 25), ("FORAAR10", "coupon", Decimal("17.5")),
        ("FRIFRAGT", "coupon", None),
    ]  # fmt: skip


@pytest.mark.usefixtures("api")
def test_a_sale_at_the_till_has_its_location_and_a_refund_its_freight(shop: Shopify) -> None:
    _, mixed, order = read(shop, "orders", "Order")
    assert (mixed.subscription, order.subscription) == ("renewal", None)
    assert (order.channel, order.store, order.contact, order.buyer) == (
        "pos", "487838323", None, None,
    )  # fmt: skip
    *_, refund = read(shop, "orders", "Refund")
    assert (refund.total, refund.goods, refund.lines) == (15, 11, ())


@pytest.mark.parametrize(
    ("stated", "ours"),
    [
        ({"displayFinancialStatus": "PENDING", "displayFulfillmentStatus": "OPEN"}, "pending"),
        ({"displayFinancialStatus": "PENDING"}, "fulfilled"),
        ({"displayFinancialStatus": "VOIDED"}, "cancelled"),
        ({"cancelledAt": "2024-03-04T12:00:00Z"}, "cancelled"),
        ({"test": True}, "test"),
        ({"displayFinancialStatus": "LATER", "displayFulfillmentStatus": "OPEN"}, "LATER"),
    ],
)
def test_a_status_is_told_in_our_words(shop: Shopify, api: FakeApi, stated: Any, ours: str) -> None:
    raw = {**api.samples["data.orders"][COFFEE], **stated}
    order: Any = next(shop.orders(raw, {}))
    assert order.status == ours


def test_pages_go_on_from_the_last_change_and_by_a_cursor_within_one(
    shop: Shopify, api: FakeApi
) -> None:
    bob, *_ = api.samples["data.customers"]
    at = [f"2024-03-0{1 + number // 150}T08:00:00Z" for number in range(400)]
    rows = [{**bob, "legacyResourceId": f"{place}", "updatedAt": at[place]} for place in range(400)]
    api.samples = {"data.customers": rows}
    assert len(read(shop, "customers", "Contact")) == 400
    asked = [(each.get("query"), each.get("after")) for each in variables(api)]
    ever, bound = asked[0][0], "updated_at:>='2024-03-0{}T08:00:00Z'".format
    assert asked == [
        (ever, None), (ever, "left-300"), (bound(2), None), (bound(2), "left-150"), (bound(3), None)
    ]  # fmt: skip


@pytest.mark.parametrize(("stream", "noun"), [("customers", "Contact"), ("orders", "Order")])
def test_what_two_daily_looks_do_not_show_is_gone(
    shop: Shopify,
    api: FakeApi,
    stream: str,
    noun: str,
    description_of: Callable[[str], Description],
) -> None:
    made = {"createdAt": "2024-03-01T08:00:00Z"}
    rows = [{**each, **made} for each in api.samples[f"data.{stream}"]]
    api.samples = {**api.samples, f"data.{stream}": rows}
    gone = rows[-1]
    deleted: list[Any] = []
    state = None
    for day in range(4, 7):
        window = Window(until=datetime(2024, 3, day, 12, tzinfo=UTC), live=True)
        for page in shop.read(stream, window, state):
            deleted += [each for each in page.records if isinstance(each, Deleted)]
            state = page.state or state
        rows[:] = [each for each in rows if each is not gone]
    assert [(each.noun, each.id) for each in deleted] == [(noun, gone["legacyResourceId"])]
    for each in api.requests:
        description_of("shopify").check_request("POST", "", {}, json.loads(each.content))


def test_the_shop_says_when_it_shows_no_more_than_sixty_days(shop: Shopify, api: FakeApi) -> None:
    api.samples = {}
    *_, page = shop.read("orders", EVERYTHING)
    assert [each.partition(";")[0] for each in page.questions] == [
        "Shopify shows the orders of the last sixty days alone"
    ]
    told = shop.model_copy(update={"all_orders": False})
    assert not any(page.questions for page in told.read("orders", EVERYTHING))
    keeps = {each.name: each.keeps for each in told.streams()}
    assert (keeps["orders"], keeps["customers"]) == (timedelta(days=60), None)


NO_STORES = {"locations": {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}


def test_a_version_that_has_ended_stands_under_what_needs_a_person(
    shop: Shopify, api: FakeApi
) -> None:
    spoken = {"X-Shopify-API-Version": "2027-10"}
    api.faults = [httpx.Response(200, json={"data": NO_STORES}, headers=spoken)]
    (page,) = shop.read("locations", EVERYTHING)
    (question,) = page.questions
    assert 'write version = "2027-10"' in question


def error(code: str, **extensions: Any) -> httpx.Response:
    body = {"errors": [{"message": "No.", "extensions": {"code": code}}], "extensions": extensions}
    return httpx.Response(200, json=body)


def test_a_request_that_cannot_be_paid_waits_until_it_can(shop: Shopify, api: FakeApi) -> None:
    left = {"maximumAvailable": 2000, "currentlyAvailable": 66, "restoreRate": 2}
    api.faults = [error("THROTTLED", cost={"requestedQueryCost": 146, "throttleStatus": left})]
    assert read(shop, "locations")
    refused, again = api.moments
    assert again - refused >= 40


def test_a_document_that_costs_too_much_is_asked_for_in_smaller_pages(
    shop: Shopify, api: FakeApi
) -> None:
    api.faults = [error("MAX_COST_EXCEEDED")]
    assert read(shop, "products")
    assert [each["first"] for each in variables(api)] == [50, 25, 50]


def test_a_scope_that_is_missing_is_told_in_the_vendors_words(shop: Shopify, api: FakeApi) -> None:
    api.outage = error("ACCESS_DENIED")
    with pytest.raises(Unauthorized, match=r"No\.; give the credential the right to read this"):
        read(shop, "customers")


def test_a_token_of_an_older_app_stands_for_client_id_and_secret(api: FakeApi) -> None:
    with pytest.raises(Misconfigured, match="client_id and client_secret of an app"):
        connected(client_id="").check()
    shop = connected(client_id="", client_secret=None, token="shpat_made_up")
    shop.check()
    assert read(shop, "locations")
    assert api.requests[0].headers["X-Shopify-Access-Token"] == "shpat_made_up"
    assert api.tokens.forms == []
