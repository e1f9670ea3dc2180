"""Magento in both roles, held against the suites and its vendor's description."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kit import Change, Target
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeSystem,
    SourceContract,
    Written,
)
from connectors.magento import Magento
from connectors.magento.destination import UNSAFE
from tests.connectors.reading import pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "magento.json"
SETTINGS = {"url": "https://shop.test", "token": "a token to look for"}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOYAL, SEGMENTS = Target("tag", "loyal"), Target("field", "segments")
METADATA = {
    "input_filter": "", "store_label": "", "validation_rules": [], "multiline_count": 0,
    "visible": True, "required": False, "data_model": "", "options": [], "frontend_class": "",
    "user_defined": True, "sort_order": 0, "frontend_label": "", "note": "", "system": False,
    "backend_type": "varchar",
}  # fmt: skip


class LastPageAgain(FakeApi):
    """Shows the last page again where a page beyond the end is asked for; narrows customers."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        since = request.url.params.get("searchCriteria[filterGroups][0][filters][0][value]", "")
        if self.path(request) == "/customers/search" and since:
            rows = self.samples["/customers/search"]
            found = [each for each in rows if each["updated_at"] >= since]
            return httpx.Response(200, json={"items": found, "total_count": len(found)})
        number = int(request.url.params.get("searchCriteria[currentPage]", 1))
        for page in range(number, 0, -1):
            at = request.url.copy_merge_params({"searchCriteria[currentPage]": str(page)})
            answer = super()._serve(httpx.Request("GET", at if number > 1 else request.url))
            body = answer.json()
            if isinstance(body, list) or body.get("items") != [] or page == 1:
                break
        return answer


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("magento")


class TestMagento(Described, SourceContract):
    connector = Magento
    settings = SETTINGS
    samples = SAMPLES
    fake = LastPageAgain


class Customers(FakeSystem):
    """Customers who are saved whole, each shown to who saves it as it was at first."""

    shows_newsletter = True

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.saved: dict[str, dict[str, Any]] = {}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path, key = self.path(request), self.path(request).rpartition("/")[2]
        # Nothing creates (POST /customers), confirms, activates or deletes.
        assert request.method in ("GET", "PUT")
        if path == "/attributeMetadata/customer/custom":
            kinds = {"loyal": "boolean", "segments": "text"}
            rows: Any = [{**METADATA, "attribute_code": code, "frontend_input": kind}
                         for code, kind in kinds.items()]  # fmt: skip
            return httpx.Response(200, json=rows)
        if path == "/customers/search":
            rows = [self._row(each) for each in self.people]
            return httpx.Response(200, json={"items": rows, "total_count": len(rows)})
        if key not in self.people:
            return httpx.Response(404, json={"message": "No such entity with customerId = 1"})
        if request.method == "PUT":
            if key in self.refused:
                return httpx.Response(400, json={"message": self.complaint(self.people[key])})
            saved = json.loads(request.content)["customer"]
            own = {each["attribute_code"]: each for each in self._row(key)["custom_attributes"]}
            own |= {each["attribute_code"]: each for each in saved["custom_attributes"]}
            self.saved[key] = {**saved, "custom_attributes": [*own.values()]}
            return httpx.Response(200, json=self.saved[key])
        return httpx.Response(200, json=self._first(key))

    def _row(self, key: str) -> dict[str, Any]:
        return self.saved.get(key) or self._first(key)

    def _first(self, key: str) -> dict[str, Any]:
        news = {"is_subscribed": int(key) % 2 == 0} if self.shows_newsletter else {}
        return {"id": int(key), "email": self.people[key].address, "firstname": "A",
                 "lastname": "B", "group_id": 2, "extension_attributes": news,
                 "custom_attributes": [{"attribute_code": "level", "value": "12"}]}  # fmt: skip


def save(code: str, value: str) -> list[Written]:
    whole = {"id": 7001, "email": "person1@example.com", "firstname": "A", "lastname": "B",
             "group_id": 2, "extension_attributes": {"is_subscribed": False},
             "custom_attributes": [{"attribute_code": "level", "value": "12"},
                                   {"attribute_code": code, "value": value}]}  # fmt: skip
    return [Written("PUT", "/customers/7001", {"customer": whole})]


class TestMagentoDestination(Described, DestinationContract):
    connector = Magento
    settings = SETTINGS
    fake = Customers
    writes = {
        (LOYAL, "yes"): save("loyal", "1"),
        (LOYAL, None): save("loyal", "0"),
        (SEGMENTS, "Loyal, VIP"): save("segments", "Loyal, VIP"),
        (SEGMENTS, None): save("segments", ""),
    }

    def test_nobody_is_written_to_where_the_newsletter_is_not_shown(
        self, destination: Magento, api: Customers
    ) -> None:
        api.shows_newsletter = False
        who = api.welcome(1)[0]
        (outcome,) = destination.push([Change(LOYAL, who.key, "yes", who.address)])
        assert (outcome.result, outcome.reason) == ("rejected", UNSAFE)
        assert api.written() == []


@pytest.fixture
def served() -> Iterator[tuple[Magento, FakeApi]]:
    shop = Magento.model_validate({**SETTINGS, "fields": {"custom.level": "level"}})
    with serving(shop, SAMPLES, LastPageAgain) as api:
        yield shop, api


def test_a_customer_has_the_newsletter_a_group_and_the_labels_of_options(served: Any) -> None:
    read = pages(served[0], "customers", NOON)
    names = ("gender", "birthday", "phone", "city", "region", "custom")
    assert told(read, "Contact", *names)[1] == (
        "female", date(1984, 3, 3), "+45 20 44 55 66", "Odense", "FYN", {"level": "Gold"},
    )  # fmt: skip
    assert told(read, "Consent", "contact", "list", "granted") == [
        ("1001", "newsletter", False), ("1002", "newsletter", True), ("1003", "newsletter", False),
    ]  # fmt: skip
    groups = [("1001", "General"), ("1002", "General"), ("1003", "Wholesale")]
    assert told(read, "GroupMember", "contact", "title") == groups


def test_orders_tell_variants_kits_coupons_and_what_the_shops_own_status_means(
    served: Any,
) -> None:
    shop, _ = served
    read: list[Any] = [each for page in pages(shop, "orders", NOON) for each in page.records]
    tee, kit, priced = read
    assert [(each.id, each.product, each.variant) for each in tee.lines] == [("1", "71", "72")]
    assert [(each.id, each.parent, each.total) for each in kit.lines] == [
        ("3", None, Decimal(100)), ("4", "3", Decimal()),
    ]  # fmt: skip
    # Its parts have the price, and the row of the bundle their sum.
    assert [(each.id, each.parent) for each in priced.lines] == [("6", None)]
    assert [each.status for each in (tee, kit, priced)] == ["fulfilled", "paid", "pending"]
    assert [each.code for each in kit.discounts] == ["H20"]
    assert (kit.placed_at, kit.shipping) == (datetime(2026, 11, 2, 10, tzinfo=UTC), 49)
    own = shop.model_copy(update={"statuses": {"packed": "fulfilled"}})
    assert [each.status for each in own.orders(served[1].samples["/orders"][1])] == ["fulfilled"]


def test_only_a_refunded_credit_memo_is_a_refund(served: Any) -> None:
    read = pages(served[0], "credit_memos", NOON)
    assert told(read, "Refund", "id", "order", "total") == [("1", "2", 100)]
    assert told(read, "Deleted", "noun", "id") == [("Refund", "2")]


def test_a_change_that_moves_no_date_is_read_within_a_day(served: Any) -> None:
    shop, api = served
    people = api.samples["/customers/search"]
    (*_, first) = pages(shop, "customers", NOON)
    people[1]["extension_attributes"]["is_subscribed"] = False
    people[2] |= {"firstname": "Bo", "updated_at": "2026-11-20 12:30:00"}
    later = pages(shop, "customers", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id", "first_name") == [("1003", "Bo")]
    asked = api.requests[-1].url.params
    assert asked["searchCriteria[filterGroups][0][filters][0][value]"] == "2026-11-20 11:50:00"
    night = pages(shop, "customers", NOON + timedelta(days=1), later[-1].state)
    assert told(night, "Consent", "granted")[1] == (False,)
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_the_last_page_is_not_read_again_where_it_is_full(served: Any) -> None:
    shop, api = served
    order = api.samples["/orders"][0]
    api.samples["/orders"][:] = [{**order, "entity_id": each} for each in range(1, 201)]
    assert len(told(pages(shop, "orders", NOON), "Order", "id")) == 200
    assert len(api.requests) == 2


def test_a_request_is_signed_where_the_integration_has_four_secrets() -> None:
    four = {"consumer_key": "a", "consumer_secret": "b", "token_secret": "c"}
    shop = Magento.model_validate({**SETTINGS, **four})
    with serving(shop, SAMPLES) as api:
        pages(shop, "stores", NOON)
    signed = api.requests[0].headers["Authorization"]
    assert 'oauth_signature_method="HMAC-SHA256"' in signed
