"""Medusa in both roles, held against the suites and its vendor's description."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx

import connectors.medusa
from connectors.kit import Change, Contact, Refund, Target, Window
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeClock,
    FakeSystem,
    Person,
    SourceContract,
    Written,
)
from connectors.kit.testing.samples import load
from connectors.medusa import Medusa

SAMPLES = Path(__file__).parent / "samples" / "medusa.json"
SETTINGS = {"url": "https://shop.example", "api_key": "sk_to_look_for"}
VIP, SEGMENTS = Target("tag", "VIP"), Target("field", "segments")
SCRATCHED, CANCELLED, PLAIN = range(3)
NEVER = ("`POST /customers`", "`DELETE /customers/{id}`", "`POST /customers/{id}/addresses`")


class TestMedusa(SourceContract):
    connector = Medusa
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("medusa")


@pytest.fixture
def shop() -> Medusa:
    medusa = Medusa.model_validate(SETTINGS)
    medusa._clock = FakeClock()
    return medusa


@pytest.fixture
def raws() -> Any:
    return json.loads(SAMPLES.read_text("utf-8"))


def mapped(shop: Medusa, raw: Any) -> list[Any]:
    return [*shop.orders(raw)]


def test_an_order_is_placed_before_it_is_paid(shop: Medusa, raws: Any) -> None:
    paid, refund = mapped(shop, raws["orders"][SCRATCHED])
    (cancelled,) = mapped(shop, raws["orders"][CANCELLED])
    (plain,) = mapped(shop, raws["orders"][PLAIN])
    assert [each.status for each in (paid, cancelled, plain)] == ["paid", "cancelled", "pending"]
    assert (plain.currency, plain.lines[0].total, plain.tax_included) == (
        "EUR", Decimal("13.9"), False,
    )  # fmt: skip
    assert (refund.order, refund.total, refund.reason) == (paid.id, 2, "scratch")
    (sent,) = mapped(shop, {**raws["orders"][PLAIN], "fulfillment_status": "delivered"})
    (draft,) = mapped(shop, {**raws["orders"][PLAIN], "is_draft_order": True})
    assert (sent.status, draft.status) == ("fulfilled", "draft")


def test_a_refund_that_moves_no_date_is_found_by_the_daily_look(shop: Medusa) -> None:
    """Read by `updated_at` alone it would never come."""
    clock = shop._clock
    assert isinstance(clock, FakeClock)
    api = FakeApi(shop, load(SAMPLES, shop), clock)
    order = api.samples["/orders"][SCRATCHED]
    order["created_at"] = order["updated_at"] = "2026-11-20T10:00:00.000Z"
    collections, order["payment_collections"] = order["payment_collections"], []
    night = datetime(2026, 12, 2, 4, tzinfo=UTC)
    with respx.mock() as router:
        router.route().mock(side_effect=api)
        first = [*shop.read("orders", Window(until=night, live=True))]
        state = next(page.state for page in reversed(first) if page.state)
        order["payment_collections"] = collections
        again = Window(since=night, until=night + timedelta(days=1), live=True)
        pages = [*shop.read("orders", again, state)]
    assert any(isinstance(each, Refund) for page in pages for each in page.records)
    assert any(order["id"] in each.url.params.get_list("id[]") for each in api.requests)


def test_metadata_fill_the_fields_that_name_them(raws: Any) -> None:
    shop = Medusa.model_validate({**SETTINGS, "fields": {"custom.news": "newsletter"}})
    (person,) = shop.customers(raws["customers"][0])
    assert isinstance(person, Contact)
    assert (person.custom, person.city, person.country) == ({"news": True}, "Gent", "be")


class Customers(FakeSystem):
    """Customers with Medusa's ids, their groups and their metadata."""

    @classmethod
    def person(cls, number: int) -> Person:
        return Person(f"cus_{number:04}", f"person{number}@example.com")

    def row(self, person: Person, values: Any) -> dict[str, Any]:
        return {"id": person.key, "metadata": {each.name: text for each, text in values.items()}}


class TestMedusaAsADestination(DestinationContract):
    connector = Medusa
    settings = SETTINGS
    fake = Customers
    writes = {
        (VIP, "yes"): [Written("POST", "/customer-groups/501/customers", {"add": ["cus_0001"]})],
        (VIP, None): [Written("POST", "/customer-groups/501/customers", {"remove": ["cus_0001"]})],
        (SEGMENTS, "VIP"): [
            Written("POST", "/customers/cus_0001", {"metadata": {"segments": "VIP"}})
        ],
        (SEGMENTS, None): [Written("POST", "/customers/cus_0001", {"metadata": {"segments": ""}})],
    }

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("medusa")

    def test_a_stranger_stops_nobody_else(self, destination: Medusa, api: Customers) -> None:
        api.offer([VIP])
        ann, bo = api.welcome(2)
        changes = [Change(VIP, key, "yes") for key in (ann.key, "cus_9999", bo.key)]
        outcomes = {each.change.key: each.result for each in destination.push(changes)}
        assert outcomes == {ann.key: "applied", "cus_9999": "skipped", bo.key: "applied"}

    @pytest.mark.parametrize("name", NEVER)
    def test_no_customer_is_created(self, destination: Medusa, api: Customers, name: str) -> None:
        """The documentation names what is never called, and no request is one of these."""
        assert name in " ".join((connectors.medusa.__doc__ or "").split())
        api.offer([VIP])
        list(destination.push([*self.adding(*api.welcome(2), api.person(9999))]))
        paths = {f"`{each.method} {each.path}`" for each in api.written()}
        assert not paths & {*NEVER}
