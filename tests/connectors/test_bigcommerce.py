"""BigCommerce in both roles, held against the suites and its vendor's descriptions."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.bigcommerce import BigCommerce
from connectors.bigcommerce.sales import instant
from connectors.kit import Change, Target
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeSystem,
    SourceContract,
    Written,
)
from tests.connectors.reading import pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "bigcommerce.json"
SETTINGS = {"store_hash": "abc123", "token": "a token to look for"}
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOYAL, SEGMENTS = Target("tag", "Loyal"), Target("field", "segments")
ATTRIBUTES = {"3": "Loyal", "4": "segments"}


class NothingIs204(FakeApi):
    """Answers an empty list of version 2 with 204, and narrows what is asked for since a date."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer, since = super()._serve(request), request.url.params.get("date_modified:min")
        if self.path(request) == "/v3/customers" and since:
            rows = [each for each in answer.json()["data"] if each["date_modified"] >= since]
            pagination = {"pagination": {"total": len(rows)}}
            return httpx.Response(200, json={"data": rows, "meta": pagination})
        is_empty = "/v2/" in self.path(request) and answer.content == b"[]"
        return httpx.Response(204) if is_empty else answer


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("bigcommerce")


class TestBigCommerce(Described, SourceContract):
    connector = BigCommerce
    settings = SETTINGS
    samples = SAMPLES
    fake = NothingIs204


class Customers(FakeSystem):
    """Customers and the values of two attributes; a batch with a stranger is refused whole."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.had: dict[tuple[str, str], str] = {}
        self.ignores = False

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path, params = self.path(request), request.url.params
        # Nothing creates (POST) or deletes customers, subscribers or attributes.
        assert request.method in ("GET", "PUT")
        assert path.startswith("/v3/customers")
        rows: list[dict[str, Any]] = []
        if path == "/v3/customers/attributes":
            rows = [{"id": int(id_), "name": name, "type": "string"}
                    for id_, name in ATTRIBUTES.items()]  # fmt: skip
        elif path == "/v3/customers":
            rows = [{"id": int(key), "email": each.address, "first_name": "A", "last_name": "B"}
                    for key, each in self.people.items() if key == params["id:in"]]  # fmt: skip
        elif request.method == "GET":
            rows = [self._row(key, id_) for key, id_ in self.had
                    if id_ == params["attribute_id:in"]]  # fmt: skip
        else:
            asked = json.loads(request.content)
            for each in asked:
                key = str(each["customer_id"])
                if key not in self.people or key in self.refused:
                    title = self.complaint(self.people.get(key, self.person(1)))
                    problem = {"status": 422, "title": title, "type": "", "errors": {}}
                    return httpx.Response(422, json=problem)
            for each in asked if not self.ignores else ():
                place = str(each["customer_id"]), str(each["attribute_id"])
                self.had[place] = each["value"]
                rows.append(self._row(*place))
        pagination = {"pagination": {"total": len(rows)}}
        return httpx.Response(200, json={"data": rows, "meta": pagination})

    def _row(self, key: str, id_: str) -> dict[str, Any]:
        return {"id": int(key + id_), "customer_id": int(key), "attribute_id": int(id_),
                "attribute_value": self.had[key, id_]}  # fmt: skip


def lay(id_: int, value: str) -> list[Written]:
    body = [{"attribute_id": id_, "value": value, "customer_id": 7001}]
    return [Written("PUT", "/v3/customers/attribute-values", body)]


class TestBigCommerceDestination(Described, DestinationContract):
    connector = BigCommerce
    settings = SETTINGS
    fake = Customers
    writes = {
        (LOYAL, "yes"): lay(3, "yes"),
        (LOYAL, None): lay(3, ""),
        (SEGMENTS, "Loyal, VIP"): lay(4, "Loyal, VIP"),
        (SEGMENTS, None): lay(4, ""),
    }

    def test_what_an_answer_does_not_show_is_not_believed(
        self, destination: BigCommerce, api: Customers
    ) -> None:
        api.ignores = True
        who = api.welcome(1)[0]
        (outcome,) = destination.push([Change(LOYAL, who.key, "yes", who.address)])
        assert (outcome.result, outcome.passing) == ("rejected", True)


@pytest.fixture
def served() -> Iterator[tuple[BigCommerce, FakeApi]]:
    shop = BigCommerce.model_validate(SETTINGS)
    with serving(shop, SAMPLES, NothingIs204) as api:
        yield shop, api


def test_only_a_subscriber_with_the_newsletter_has_granted_it(served: Any) -> None:
    read = pages(served[0], "subscribers", NOON)
    assert told(read, "Consent", "email", "list", "granted") == [
        ("person1001@example.com", "newsletter", True),
        ("person1002@example.com", "newsletter", False),
        ("person1003@example.com", "newsletter", False),
    ]  # fmt: skip


def test_an_order_tells_coupons_apart_from_other_discounts(served: Any) -> None:
    read: list[Any] = [each for page in pages(served[0], "orders", NOON) for each in page.records]
    (line,) = read[0].lines
    assert (line.total, line.coupon_discount, line.discount) == (85, 10, 5)
    assert [each.code for each in read[0].discounts] == ["S2549JM0Y"]
    assert [(each.status, each.channel, each.contact) for each in read] == [
        ("fulfilled", "web", "1002"), ("paid", "pos", None), ("fulfilled", "web", "1002"),
    ]  # fmt: skip
    assert told(pages(served[0], "refunds", NOON), "Refund", "total", "goods")[0] == (109, 100)
    raw = served[1].samples["/v2/orders"][2]
    alone: list[Any] = [*served[0].orders({**raw, "refunded_amount": "0.0000"})]
    assert alone[0].status == "refunded"
    assert told(pages(served[0], "customers", NOON), "GroupMember", "contact", "title") == [
        ("1002", "Wholesale")
    ]


def test_an_order_that_is_saved_meanwhile_pushes_no_other_out_of_sight(served: Any) -> None:
    shop, api = served
    rows, base = api.samples["/v2/orders"], api.samples["/v2/orders"][0]

    def at(minute: int) -> str:
        return f"Tue, 10 Nov 2026 {minute // 60:02}:{minute % 60:02}:00 +0000"

    rows[:] = [{**base, "id": each, "date_modified": at(each)} for each in range(1, 301)]
    moved = {**base, "id": 1, "date_modified": at(400)}
    api.after_next_page(rows, lambda rows: rows.__setitem__(slice(None), [*rows[1:], moved]))
    read = pages(shop, "orders", NOON)
    assert {id_ for (id_,) in told(read, "Order", "id")} == {str(each) for each in range(1, 301)}
    sent = [each.url.params.get("min_date_modified") for each in api.requests]
    assert sent[1] == "2026-11-10T04:09:59Z"


def test_an_empty_list_of_version_2_is_no_error(served: Any) -> None:
    shop, api = served
    api.samples["/v2/orders"].clear()
    api.samples["/v2/customer_groups"].clear()
    assert told(pages(shop, "orders", NOON), "Order", "id") == []
    assert told(pages(shop, "customers", NOON), "GroupMember", "title") == [(None,)]


def test_customers_who_are_gone_are_seen_within_a_day(served: Any) -> None:
    shop, api = served
    people = api.samples["/v3/customers"]
    (*_, first) = pages(shop, "customers", NOON)
    people.pop(0)
    people[1] |= {"first_name": "Bo", "date_modified": "2026-11-20T12:30:00Z"}
    later = pages(shop, "customers", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id", "first_name") == [("1003", "Bo")]
    night = pages(shop, "customers", NOON + timedelta(days=1), later[-1].state)
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_dates_are_read_as_orders_and_as_all_else_write_them() -> None:
    text = "Tue, 20 Nov 2012 00:00:00 +0000"
    assert instant(text) == instant("2012-11-20T00:00:00Z") == parsedate_to_datetime(text)
