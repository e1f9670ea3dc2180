"""Lightspeed X-Series, held against the suite and its vendor's description."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx

from connectors.kit import Category, Consent, Contact, Deleted, Product, Refund, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.kit.testing.samples import load
from connectors.lightspeed import Lightspeed

SAMPLES = Path(__file__).parent / "samples" / "lightspeed.json"
SETTINGS = {
    "url": "https://example.retail.lightspeed.app",
    "client_id": "made-up-client",
    "client_secret": "made-up-secret",
}
EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))
OURS = {
    "LAYBY": "pending", "ONACCOUNT": "fulfilled", "AWAITING_PICKUP": "paid", "LATER": "LATER",
    "PICKED_UP_CLOSED": "fulfilled", "SAVED": "draft", "VOIDED": "cancelled", "closed": "fulfilled",
}  # fmt: skip
FIRST, THREE, RETURN, HALF, WEB, SWAP = range(6)


class TestLightspeed(SourceContract):
    connector = Lightspeed
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("lightspeed")


@pytest.fixture
def till() -> Lightspeed:
    till = Lightspeed.model_validate(SETTINGS)
    till._clock = FakeClock()
    return till


@pytest.fixture
def api(till: Lightspeed) -> Iterator[FakeApi]:
    with respx.mock(assert_all_called=False) as router:
        fake = FakeApi(till, load(SAMPLES, till), FakeClock())
        router.route().mock(side_effect=fake)
        yield fake


def records(till: Lightspeed, stream: str, state: str | None = None) -> list[Any]:
    return [each for page in till.read(stream, EVER, state) for each in page.records]


@pytest.fixture
def sold(till: Lightspeed, api: Any) -> Callable[..., list[Any]]:
    sales = [*api.samples["/sales"]]

    def sold(place: int, **changed: Any) -> list[Any]:
        api.samples["/sales"][:] = [{**sales[place], **changed}]
        return records(till, "sales")

    return sold


@pytest.mark.usefixtures("api")
def test_a_customer_is_a_contact_and_only_an_opt_out_is_a_statement(till: Lightspeed) -> None:
    nobody, astrid, unnamed, bo, opt_out, gone = records(till, "customers")
    assert isinstance(astrid, Contact)
    assert astrid.email == "astrid.lund@example.com"
    assert (astrid.phone, astrid.loyalty) == ("+45 20 44 55 66", "Astrid-N4ZJ")
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
    assert (root.title, root.parent) == ("General", None)
    assert (lamps.title, lamps.parent) == ("Lamps", root.id)
    assert isinstance(lamp, Product)
    assert (lamp.title, lamp.brand, lamp.category) == ("Lamp / Brass", "Fjeld & Fjord", lamps.id)
    assert (found[0].category, found[0].price) == (None, Decimal("3.02632"))


@pytest.mark.parametrize(
    ("shown", "included", "total"), [("inclusive", True, "4.95"), ("exclusive", False, "4.30435")]
)
def test_a_sale_has_lines_in_the_currency_and_with_the_tax_of_its_outlet(
    sold: Any, api: FakeApi, shown: str, included: bool, total: str
) -> None:
    for outlet in api.samples["/outlets"]:
        outlet["display_prices"] = shown
    (order,) = sold(THREE)
    assert (order.status, order.channel, order.currency) == ("fulfilled", "pos", "NZD")
    assert order.placed_at == datetime(2014, 9, 18, 3, 45, 46, tzinfo=UTC)
    assert (order.discount, len(order.lines), order.tax_included) == (None, 3, included)
    assert (order.lines[0].total, order.lines[0].tax) == (Decimal(total), Decimal("0.64565"))


def test_discounts_are_no_lines_and_nobody_is_no_contact(sold: Any) -> None:
    # One of the sale, beside a voided line; one of a line, in a webshop.
    ((half,), (web,)) = (sold(place) for place in (HALF, WEB))
    assert (half.contact, len(half.lines), half.discount) == (None, 1, Decimal("6.9"))
    line = web.lines[0]
    assert (line.total, line.discount, web.channel) == (23, Decimal("4.6"), "web")
    ((named,), (nobody,)) = (sold(THREE), sold(FIRST, customer_id=None))
    assert (named.contact is None, nobody.contact) == (False, None)


def test_a_return_lowers_the_sale_that_it_names(sold: Any) -> None:
    ((sale,), (refund,)) = (sold(THREE), sold(RETURN))
    assert isinstance(refund, Refund)
    assert [refund.order, refund.total] == [sale.id, 230]
    (alone,) = sold(RETURN, return_for=None)
    assert alone.order == alone.id
    order, refund = sold(SWAP)
    assert ([line.total for line in order.lines], refund.total) == ([Decimal("13.8")], 230)
    # It counts once it is completed.
    for status, nouns in (("SAVED", []), ("ONACCOUNT", [Refund]), ("VOIDED", [Deleted])):
        assert [type(each) for each in sold(RETURN, status=status)] == nouns


def test_a_status_is_told_in_our_words(sold: Any) -> None:
    assert {word: sold(FIRST, status=None, state=word)[0].status for word in OURS} == OURS


def test_reading_goes_on_after_the_highest_version(till: Lightspeed, api: FakeApi) -> None:
    *_, last = till.read("customers", EVER)
    assert (last.state, last.whole) == ("2847386400", True)
    assert records(till, "customers", last.state) == []
    asked = [each.url.params.get("after") for each in api.requests]
    assert asked == [None, last.state, last.state]


def test_a_sign_in_names_the_scopes(till: Lightspeed) -> None:
    sign_in = till.begin_sign_in("http://127.0.0.1:8484/")
    assert sign_in is not None
    assert "scope=customers%3Aread" in sign_in.address
