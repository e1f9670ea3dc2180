"""Lightspeed X-Series, held against the suite and its vendor's description."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Category, Consent, Contact, Deleted, Product, Refund, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.lightspeed import Lightspeed

SAMPLES = Path(__file__).parent / "samples" / "lightspeed.json"
SETTINGS = {
    "url": "https://example.retail.lightspeed.app",
    "client_id": "made-up-client",
    "client_secret": "made-up-secret",
}
EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))
FIRST, THREE, RETURN, HALF, WEB, SWAP = range(6)


class TestLightspeed(SourceContract):
    connector = Lightspeed
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("lightspeed")


@pytest.fixture
def raws() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLES.read_text("utf-8"))
    return loaded


@pytest.fixture
def till() -> Lightspeed:
    till = Lightspeed.model_validate(SETTINGS)
    till._clock = FakeClock()
    return till


@pytest.fixture
def api(till: Lightspeed, raws: dict[str, Any]) -> Iterator[FakeApi]:
    with respx.mock(assert_all_called=False) as router:
        served = {name if name.startswith("/") else f"/{name}": raws[name] for name in raws}
        fake = FakeApi(till, served, FakeClock())
        router.route().mock(side_effect=fake)
        yield fake


def records(till: Lightspeed, stream: str, state: str | None = None) -> list[Any]:
    return [each for page in till.read(stream, EVER, state) for each in page.records]


@pytest.fixture
def sold(till: Lightspeed, raws: Any, api: FakeApi) -> Callable[..., list[Any]]:
    def sold(place: int, **changed: Any) -> list[Any]:
        raws["sales"][:] = [{**raws["sales"][place], **changed}]
        return records(till, "sales")

    return sold


@pytest.mark.usefixtures("api")
def test_a_customer_is_a_contact_and_only_an_opt_out_is_a_statement(till: Lightspeed) -> None:
    nobody, astrid, unnamed, bo, opt_out, gone = records(till, "customers")
    assert isinstance(astrid, Contact)
    assert (astrid.email, astrid.phone, astrid.loyalty) == (
        "astrid.lund@example.com", "+45 20 44 55 66", "Astrid-N4ZJ",
    )  # fmt: skip
    assert (astrid.gender, astrid.birthday) == ("female", date(1984, 3, 3))
    assert (astrid.city, astrid.country) == ("Odense", "DK")
    assert astrid.custom["custom_field_1"] == "test"
    assert (unnamed.email, bo.loyalty, bo.city) == (None, None, "Aarhus")
    assert opt_out == Consent(contact=bo.id, channel="email", granted=False, at=bo.updated_at)
    assert [type(each) for each in (nobody, gone)] == [Deleted, Deleted]


@pytest.mark.usefixtures("api")
def test_a_product_names_its_categories_from_the_root(till: Lightspeed) -> None:
    found = records(till, "products")
    root, lamps, lamp = found[-3:]
    assert isinstance(root, Category)
    assert (root.title, root.parent, lamps.title, lamps.parent) == (
        "General", None, "Lamps", root.id,
    )  # fmt: skip
    assert isinstance(lamp, Product)
    assert (lamp.title, lamp.brand, lamp.category) == ("Lamp / Brass", "Fjeld & Fjord", lamps.id)
    assert (found[0].category, found[0].price) == (None, Decimal("3.02632"))


def test_a_sale_has_net_lines_with_their_tax_in_the_currency_of_its_outlet(sold: Any) -> None:
    (order,) = sold(THREE)
    assert (order.status, order.channel, order.currency) == ("fulfilled", "pos", "NZD")
    assert (order.tax_included, order.discount, len(order.lines)) == (False, None, 3)
    assert (order.lines[0].total, order.lines[0].tax) == (Decimal("4.30435"), Decimal("0.64565"))
    assert order.placed_at == datetime(2014, 9, 18, 3, 45, 46, tzinfo=UTC)


def test_walk_in_sales_belong_to_nobody(sold: Any, raws: Any) -> None:
    named = [sold(FIRST, customer_id=each) for each in (raws["sales"][THREE]["customer_id"], None)]
    assert [order.contact is None for (order,) in named] == [False, True]


def test_a_discount_of_the_sale_is_no_line_and_a_voided_line_is_none(sold: Any) -> None:
    (order,) = sold(HALF)
    assert (order.contact, len(order.lines), order.discount) == (None, 1, Decimal("6.9"))


def test_a_discount_of_a_line_is_a_lower_price(sold: Any) -> None:
    (order,) = sold(WEB)
    assert (order.lines[0].total, order.lines[0].discount, order.channel) == (20, 4, "web")


def test_a_return_lowers_the_sale_that_it_names(sold: Any, raws: Any) -> None:
    sale = raws["sales"][THREE]["id"]
    (refund,) = sold(RETURN)
    assert isinstance(refund, Refund)
    assert [refund.order, refund.total] == [sale, 230]
    (alone,) = sold(FIRST, return_for=None)
    assert alone.order == alone.id


def test_an_exchange_is_a_sale_and_a_return(sold: Any) -> None:
    order, refund = sold(SWAP)
    assert ([line.total for line in order.lines], refund.total) == ([12], 230)


@pytest.mark.parametrize(
    ("status", "nouns"), [("SAVED", []), ("ONACCOUNT", [Refund]), ("VOIDED", [Deleted])]
)
def test_a_return_counts_once_it_is_completed(sold: Any, status: str, nouns: list[type]) -> None:
    assert [type(each) for each in sold(RETURN, status=status)] == nouns


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("LAYBY", "pending"), ("ONACCOUNT", "fulfilled"), ("AWAITING_PICKUP", "paid"),
        ("PICKED_UP_CLOSED", "fulfilled"), ("SAVED", "draft"), ("VOIDED", "cancelled"),
        ("closed", "fulfilled"), ("LATER", "LATER"),
    ],
)  # fmt: skip
def test_a_status_is_told_in_our_words(sold: Any, status: str, ours: str) -> None:
    assert [order.status for order in sold(FIRST, status=None, state=status)] == [ours]


def test_reading_goes_on_after_the_highest_version(till: Lightspeed, api: FakeApi) -> None:
    *_, last = till.read("customers", EVER)
    assert (last.state, last.whole) == ("2847386400", True)
    assert records(till, "customers", last.state) == []
    asked = [each.url.params.get("after") for each in api.requests]
    assert asked == [None, last.state, last.state]


def test_a_sign_in_names_the_scopes_and_a_refresh_token_is_spent_once(
    till: Lightspeed, api: FakeApi
) -> None:
    sign_in = till.begin_sign_in("http://127.0.0.1:8484/")
    assert sign_in is not None
    assert "scope=customers%3Aread" in sign_in.address
    api.faults = [httpx.Response(401, json={"error": "Unauthorized"})]
    assert records(till, "outlets")
    assert [form["grant_type"] for form in api.tokens.forms] == ["refresh_token"]


def test_a_limit_that_ends_at_a_date_is_waited_for(till: Lightspeed, api: FakeApi) -> None:
    later = datetime.fromtimestamp(till._clock.now().timestamp() + 90, UTC)
    date_of_it = later.strftime("%a, %d %b %Y %H:%M:%S GMT")
    api.faults = [httpx.Response(429, headers={"Retry-After": date_of_it})]
    assert records(till, "outlets")
    assert till._clock.now() >= later.replace(microsecond=0)
