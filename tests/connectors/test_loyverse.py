"""Loyverse, held against the suite, a community's description and receipts as clients show them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx

from connectors.kit import Contact, Deleted, Loyalty, Refund, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract
from connectors.kit.testing.samples import load
from connectors.loyverse import Loyverse

SAMPLES = Path(__file__).parent / "samples" / "loyverse.json"
SETTINGS = {"token": "a token to look for", "currency": "DKK"}
COFFEE, SALE, REFUND, OFFLINE, CANCELLED, UNDONE = range(6)


class TestLoyverse(SourceContract):
    connector = Loyverse
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("loyverse")


@pytest.fixture
def till() -> Loyverse:
    till = Loyverse.model_validate(SETTINGS)
    till._clock = FakeClock()
    return till


@pytest.fixture
def raws() -> Any:
    return json.loads(SAMPLES.read_text("utf-8"))


@pytest.fixture
def read_one(till: Loyverse, raws: Any) -> Callable[..., Any]:
    def read_one(place: int, **changed: Any) -> Any:
        (record,) = till.receipts({**raws["receipts"][place], **changed})
        return record

    return read_one


def test_a_customer_has_points_a_member_code_and_no_consent(till: Loyverse, raws: Any) -> None:
    astrid: Any
    bo: Any
    astrid, points, bo, _, gone = [
        record for raw in raws["customers"] for record in till.customers(raw)
    ]
    assert isinstance(astrid, Contact)
    assert (astrid.first_name, astrid.last_name) == ("Astrid", "Lund Holm")
    assert (astrid.loyalty, astrid.city, astrid.country) == ("C-1001", "Odense", "DK")
    assert isinstance(points, Loyalty)
    assert [points.contact, points.points] == [astrid.id, Decimal("12.5")]
    assert (bo.first_name, bo.last_name, bo.email) == ("Bo", None, None)
    assert gone == Deleted(noun="Contact", id=raws["customers"][2]["id"])


def test_a_receipt_is_an_order_of_its_customer_or_of_nobody(read_one: Any, raws: Any) -> None:
    nobody, order = read_one(COFFEE), read_one(SALE)
    assert (nobody.id, nobody.contact, nobody.channel) == ("2-7340", None, "pos")
    assert nobody.placed_at == datetime(2025, 10, 18, 7, 48, tzinfo=UTC)
    assert (order.contact, order.currency) == (raws["customers"][0]["id"], "DKK")
    assert (order.status, order.store) == ("fulfilled", raws["stores"][0]["id"])
    coffee, cake = order.lines
    assert [coffee.quantity, coffee.total, coffee.discount] == [2, 100, None]
    assert [cake.title, cake.total, cake.discount] == ["Cake, Whole", 90, 10]
    # A word that is not known counts as a purchase, and is told.
    assert read_one(SALE, receipt_type="LATER").status == "LATER"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_refund_names_its_sale_and_the_article_whatever_its_sign(
    read_one: Any, raws: Any, sign: int
) -> None:
    (row,) = raws["receipts"][REFUND]["line_items"]
    back = {**row, "quantity": sign * row["quantity"], "total_money": sign * row["total_money"]}
    refund = read_one(REFUND, line_items=[back])
    sale = read_one(SALE)
    assert isinstance(refund, Refund)
    assert [refund.order, refund.total] == [sale.id, 50]
    (line,) = refund.lines
    assert [line.line, line.quantity] == [sale.lines[0].id, 1]
    assert read_one(REFUND, refund_for=None).order == refund.id


def test_rows_alike_are_one_line_that_a_refund_finds(read_one: Any, raws: Any) -> None:
    first, second = raws["receipts"][SALE]["line_items"]
    order = read_one(SALE, line_items=[first, second, first])
    assert [[each.quantity, each.total] for each in order.lines] == [[4, 200], [1, 90]]


def test_what_was_cancelled_counts_no_more(read_one: Any) -> None:
    assert read_one(CANCELLED).status == "cancelled"
    assert read_one(UNDONE) == Deleted(noun="Refund", id="2-7345")


@respx.mock
def test_a_receipt_of_an_offline_till_is_read_days_after_its_sale(till: Loyverse) -> None:
    api = FakeApi(till, load(SAMPLES, till), FakeClock())
    respx.route().mock(side_effect=api)
    since, until = (datetime(2025, 10, day, tzinfo=UTC) for day in (20, 22))
    pages = list(till.read("receipts", Window(since=since, until=until)))
    order: Any
    (order,) = [each for page in pages for each in page.records]
    assert order.id == "2-7343"
    assert order.placed_at == datetime(2025, 10, 18, 10, tzinfo=UTC)
    (asked,) = api.requests
    assert asked.url.params["updated_at_min"] == "2025-10-20T00:00:00Z"
