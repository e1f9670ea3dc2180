"""Shopify's bulk operations: the rest of a long list as one file."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Raw, Unavailable
from connectors.kit.testing import Description, FakeApi, FakeClock
from connectors.kit.testing.reading import records, small_pages
from connectors.kit.testing.samples import load
from connectors.shopify import Shopify
from tests.connectors.test_shopify import SAMPLES, SETTINGS


class BulkApi(FakeApi):
    """Runs one bulk operation, which is ready at the second look."""

    begun: tuple[str, ...] = ()
    states: tuple[str, ...] = ("RUNNING", "COMPLETED")
    is_free = True

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            assert request.url.host == "storage.googleapis.com"
            assert "X-Shopify-Access-Token" not in request.headers
            kind = {"Content-Type": "application/jsonl"}
            lines = "\n".join(map(json.dumps, self._lines()))
            return httpx.Response(200, text=lines, headers=kind)
        body = json.loads(request.content)
        told: dict[str, Any] = {}
        if "bulkOperationRunQuery" in body["query"]:
            self.begun = (*self.begun, body["variables"]["query"])
            one = {"id": "gid://shopify/BulkOperation/1"} if self.is_free else None
            told = {"bulkOperationRunQuery": {"bulkOperation": one, "userErrors": []}}
        elif "bulkOperation(" in body["query"]:
            state, self.states = self.states[0], self.states[1:]
            file = "https://storage.googleapis.com/a-file"
            told = {"bulkOperation": {"status": state, "errorCode": None, "url": file}}
        return httpx.Response(200, json={"data": told}) if told else super()._serve(request)

    def _lines(self) -> Iterator[Any]:
        """Each row and then its children; what lies inside a list is left out."""
        name = self.begun[-1].split("(")[0].strip("{ ")
        for row in self.samples[f"data.{name}"]:
            refunds = [without_connections(each) for each in row.get("refunds", ())]
            yield {**without_connections(row), "refunds": refunds}
            for child, first in connections(row).items():
                place = f"data.{name[:-1]}.{child}?variables.id={row['id']}"
                for each in self.samples.get(place, first):
                    yield {**each, "__parentId": row["id"]}


def connections(row: Raw) -> dict[str, Any]:
    parts = {name: each for name, each in row.items() if isinstance(each, dict)}
    return {name: each["nodes"] for name, each in parts.items() if "pageInfo" in each}


def without_connections(row: Raw) -> dict[str, Any]:
    return {name: row[name] for name in row.keys() - connections(row).keys()}


@pytest.fixture
def shop() -> Shopify:
    shop = Shopify.model_validate(SETTINGS)
    shop._clock = FakeClock()
    return shop


@pytest.fixture
def api(shop: Shopify, monkeypatch: pytest.MonkeyPatch) -> Iterator[BulkApi]:
    monkeypatch.setattr("connectors.shopify.source.MANY", 1)
    small_pages(shop, monkeypatch)
    samples = load(SAMPLES, shop)
    for refund in [each for row in samples["data.orders"] for each in row["refunds"]]:
        for name, nodes in connections(refund).items():
            samples[f"data.refund.{name}?variables.id={refund['id']}"] = nodes
    clock = shop._clock
    assert isinstance(clock, FakeClock)
    with respx.mock(assert_all_called=False) as router:
        fake = BulkApi(shop, samples, clock)
        router.route().mock(side_effect=fake)
        yield fake


@pytest.mark.parametrize("stream", ["orders", "customers", "products"])
def test_the_rest_of_a_long_list_is_one_file_with_the_same_rows(
    shop: Shopify, api: BulkApi, stream: str, description_of: Callable[[str], Description]
) -> None:
    in_bulk = records(shop, stream)
    (asked,) = api.begun
    description_of("shopify").check_request("POST", "", {}, {"query": asked})
    for request, response in zip(api.requests, api.responses, strict=True):
        if request.content:
            description_of("shopify").check(request, response)
    api.is_free = False
    assert {*map(repr, in_bulk)} == {*map(repr, records(shop, stream))}
    # Where another one runs the pages go on, and it is tried again.
    assert len(api.begun) == len(api.samples[f"data.{stream}"])


def test_a_stretch_of_the_past_ends_where_it_was_asked_to(shop: Shopify, api: BulkApi) -> None:
    records(shop, "orders")
    assert "updated_at:<='2100-01-01T00:00:00Z'" in api.begun[0]


def test_metafields_are_asked_for_by_their_keys(
    shop: Shopify, api: BulkApi, description_of: Callable[[str], Description]
) -> None:
    records(shop.model_copy(update={"fields": {"custom.size": "custom.size"}}), "customers")
    assert 'metafields(keys: ["custom.size"])' in api.begun[0]
    description_of("shopify").check_request("POST", "", {}, {"query": api.begun[0]})


def test_an_operation_that_fails_is_left_to_the_next_run(shop: Shopify, api: BulkApi) -> None:
    api.states = ("FAILED",)
    with pytest.raises(Unavailable, match="FAILED"):
        records(shop, "orders")


def test_an_operation_that_never_ends_is_left_to_the_next_run(
    shop: Shopify, api: BulkApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.shopify.bulk.LONGEST", 50.0)
    api.states = ("RUNNING",) * 9
    with pytest.raises(Unavailable, match="takes too long"):
        records(shop, "orders")
