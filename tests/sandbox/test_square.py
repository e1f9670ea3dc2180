"""The tills' API: how it is searched, how it refuses, and that it is as its vendor describes."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from connectors.kit.testing import Description
from sandbox import Sandbox
from sandbox.running import SQUARE_TOKEN
from sandbox.world.catalogue import COUPONS, STORES

NEVER = {"start_at": "2099-01-01T00:00:00Z"}
BY_CHANGE = {"sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"}}


def tills_client(sandbox: Sandbox) -> httpx.Client:
    """A client that may read the tills."""
    return httpx.Client(
        base_url=sandbox.square_url,
        headers={"Authorization": f"Bearer {SQUARE_TOKEN}", "Square-Version": "2025-08-20"},
        timeout=10,
        trust_env=False,
    )


@pytest.fixture
def tills(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The small world's tills."""
    with tills_client(sandbox) as client:
        yield client


@pytest.fixture
def whole_tills(whole: Sandbox) -> Iterator[httpx.Client]:
    """The whole world's tills."""
    with tills_client(whole) as client:
        yield client


def places(client: httpx.Client) -> list[str]:
    return [each["id"] for each in client.get("/locations").json()["locations"]]


def every_row(client: httpx.Client, path: str, name: str, body: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.post(path, json={**body, **cursor})
        assert answer.status_code == 200, answer.text
        rows += answer.json().get(name, [])
        if "cursor" not in answer.json():
            return rows
        cursor = {"cursor": answer.json()["cursor"]}


def code(answer: httpx.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/locations", None),
        ("/customers/search", {"query": {"sort": {"field": "CREATED_AT", "order": "ASC"}}}),
        ("/customers/search", {"query": {"filter": {"updated_at": NEVER}}}),
        ("/customers/search", {"query": {"filter": {"group_ids": {"any": ["GROUPREGULARS"]}}}}),
        ("/customers/groups", None),
        ("/loyalty/accounts/search", {"limit": 200}),
        ("/loyalty/events/search", {"limit": 30}),
        ("/orders/search", {"location_ids": ["LSANDBOX01"], "query": BY_CHANGE, "limit": 1000}),
        ("/catalog/search", {"object_types": ["CATEGORY", "ITEM"], "limit": 1000}),
    ],
)
def test_the_tills_answer_as_described(
    whole_tills: httpx.Client, description_of: Callable[[str], Description], path: str, body: Any
) -> None:
    description = description_of("square")
    method = "GET" if body is None else "POST"
    answer = whole_tills.request(method, path, json=body)
    assert answer.status_code == 200
    description.check_request(method, f"/v2{path}", {}, body)
    description.check_response(method, f"/v2{path}", 200, answer.json())


def test_a_sale_with_its_return_is_as_described(
    sandbox: Sandbox, tills: httpx.Client, description_of: Callable[[str], Description]
) -> None:
    world = sandbox.world
    items = [(world.products[0], 2), (next(each for each in world.products if each.sale_price), 1)]
    order = world.place_order(world.people[0], items, coupon=COUPONS[1], store="Oslo")
    world.clock.advance(days=3)
    refund = world.refund(order, {order.lines[0].id: 1}, "For liten")
    answer = tills.post(
        "/orders/search",
        json={
            "location_ids": places(tills),
            "query": {
                **BY_CHANGE,
                "filter": {
                    "date_time_filter": {"updated_at": {"start_at": "2026-03-05T00:00:00Z"}}
                },
            },
        },
    )
    description_of("square").check_response("POST", "/v2/orders/search", 200, answer.json())
    shown = {each["id"]: each for each in answer.json()["orders"]}
    sale, back = shown[f"SALE{order.id}"], shown[f"RETURN{refund.id}"]
    assert sale["total_money"] == {"amount": order.goods, "currency": "DKK"}
    assert [each["name"] for each in sale["discounts"]] == ["Tilbud", COUPONS[1].code]
    for line in sale["line_items"]:
        gross, off, total = (
            line[name]["amount"]
            for name in ("gross_sales_money", "total_discount_money", "total_money")
        )
        assert gross - off == total
        applied = [each["applied_money"]["amount"] for each in line["applied_discounts"]]
        assert sum(applied) == off
    (returned,) = back["returns"]
    assert returned["source_order_id"] == sale["id"]
    assert returned["return_line_items"][0]["source_line_item_uid"] == str(order.lines[0].id)
    assert back["refunds"][0]["amount_money"]["amount"] == refund.amount


def test_only_orders_of_stores_are_shown(whole: Sandbox, whole_tills: httpx.Client) -> None:
    body = {"location_ids": places(whole_tills), "query": BY_CHANGE}
    shown = every_row(whole_tills, "/orders/search", "orders", body)
    sales = {each["id"] for each in shown if "line_items" in each}
    assert len(shown) == len({each["id"] for each in shown}) > 500
    sold = [order for order in whole.world.orders.values() if order.store]
    assert sales == {f"SALE{order.id}" for order in sold}
    moments = [each["updated_at"] for each in shown]
    assert moments == sorted(moments)


def test_the_directory_holds_known_buyers(whole: Sandbox, whole_tills: httpx.Client) -> None:
    shown = every_row(whole_tills, "/customers/search", "customers", {"limit": 100})
    known = {f"CUSTOMER{order.person.number}": order.person
             for order in whole.world.orders.values() if order.store and order.person}  # fmt: skip
    assert {each["id"] for each in shown} == known.keys()
    assert len(shown) == len(known) > 100
    for each in shown:
        address = each.get("email_address")
        assert address is None or address.lower() == known[each["id"]].email


def test_addresses_and_numbers_are_spelt_as_people_spell_them(whole_tills: httpx.Client) -> None:
    shown = every_row(whole_tills, "/customers/search", "customers", {"limit": 100})
    addresses = [each["email_address"] for each in shown if "email_address" in each]
    numbers = [each["phone_number"] for each in shown if "phone_number" in each]
    assert any(each.isupper() for each in addresses)
    assert any(each.islower() for each in addresses)
    assert {each[0] for each in numbers} == {"0", "+"}
    assert any("phone_number" in each for each in shown if "email_address" not in each)


def test_some_orders_name_their_customer_only_with_the_payment(whole_tills: httpx.Client) -> None:
    body = {"location_ids": places(whole_tills), "query": BY_CHANGE}
    answer = whole_tills.post("/orders/search", json=body).json()["orders"]
    payers = [each.get("tenders", [{}])[0].get("customer_id") for each in answer]
    own = [each.get("customer_id") for each in answer]
    both = list(zip(own, payers, strict=True))
    assert any(payer and not mine for mine, payer in both)
    assert any(payer and mine == payer for mine, payer in both)
    assert any(payer is None and mine is None for mine, payer in both)


def test_a_wrong_sort_key_is_ignored_and_the_newest_come_first(whole_tills: httpx.Client) -> None:
    body = {
        "location_ids": places(whole_tills),
        "query": {"sort": {"sort_field": "CREATED_AT", "order": "ASC"}},
    }
    moments = [
        each["created_at"]
        for each in whole_tills.post("/orders/search", json=body).json()["orders"]
    ]
    assert moments == sorted(moments, reverse=True)


def test_a_list_without_rows_is_left_out(tills: httpx.Client) -> None:
    body = {"query": {"filter": {"created_at": {"end_at": "1999-01-01T00:00:00Z"}}}}
    assert tills.post("/customers/search", json=body).json() == {}


def test_a_cursor_is_good_for_its_own_search_only(tills: httpx.Client) -> None:
    cursor = tills.post("/customers/search", json={"limit": 1}).json()["cursor"]
    assert tills.post("/customers/search", json={"limit": 1, "cursor": cursor}).status_code == 200
    other = {"limit": 1, "cursor": cursor, "query": {"sort": {"field": "CREATED_AT"}}}
    assert code(tills.post("/customers/search", json=other)) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/customers/search", {"limit": 101}, "VALUE_TOO_HIGH"),
        ("/customers/search", {"limit": 0}, "VALUE_TOO_LOW"),
        ("/customers/search", {"limit": "100"}, "EXPECTED_INTEGER"),
        ("/customers/search", {"filter": {}}, "UNKNOWN_BODY_PARAMETER"),
        ("/orders/search", {}, "MISSING_REQUIRED_PARAMETER"),
        ("/orders/search", {"location_ids": ["L"] * 11}, "ARRAY_LENGTH_TOO_LONG"),
        (
            "/orders/search",
            {"location_ids": ["L"], "query": {"filter": {"date_time_filter": {"updated_at": {}}}}},
            "BAD_REQUEST",
        ),
        ("/catalog/search", {"begin_time": "yesterday"}, "INVALID_TIME"),
        ("/catalog/search", {"begin_time": "2026-01-01T00:00:00"}, "INVALID_TIME"),
    ],
)
def test_undescribed_requests_are_refused(
    tills: httpx.Client, path: str, body: Any, error: str
) -> None:
    assert code(tills.post(path, json=body)) == (400, error)


def test_a_limit_out_of_bounds_is_ignored_in_the_catalog(tills: httpx.Client) -> None:
    shown = tills.post("/catalog/search", json={"limit": 5000}).json()["objects"]
    assert len(shown) > 50


def test_the_catalog_shows_later_changes(sandbox: Sandbox, tills: httpx.Client) -> None:
    sandbox.world.clock.advance(hours=1)
    product = sandbox.world.products[3]
    sandbox.world.change_price(product, 10000)
    at = product.changed_at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def ids(begin: str) -> list[str]:
        shown = tills.post("/catalog/search", json={"begin_time": begin}).json()
        return [each["id"] for each in shown.get("objects", [])]

    assert ids("2026-03-02T08:00:00Z") == [f"ITEM{product.id}"]
    assert ids(at) == []


def test_without_the_token_nothing_is_shown(sandbox: Sandbox) -> None:
    answer = httpx.get(f"{sandbox.square_url}/locations", trust_env=False)
    assert code(answer) == (401, "UNAUTHORIZED")


def test_a_token_without_permission_is_refused(sandbox: Sandbox, tills: httpx.Client) -> None:
    sandbox.tills.scopes.discard("ORDERS_READ")
    answer = tills.post("/orders/search", json={"location_ids": ["LSANDBOX01"]})
    assert code(answer) == (403, "INSUFFICIENT_SCOPES")
    assert tills.get("/locations").status_code == 200


def test_a_retired_version_is_refused(tills: httpx.Client) -> None:
    answer = tills.get("/locations", headers={"Square-Version": "2019-01-01"})
    assert code(answer) == (400, "API_VERSION_INCOMPATIBLE")


def test_too_many_requests_are_refused_in_squares_words(
    sandbox: Sandbox, tills: httpx.Client
) -> None:
    sandbox.square.faults.add("rate_limited", retry_after=7)
    answer = tills.get("/locations")
    assert code(answer) == (429, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "7"


def test_a_customer_who_unsubscribes_at_the_till_counts_as_changed(
    sandbox: Sandbox, tills: httpx.Client
) -> None:
    buyer = next(
        order.person
        for order in sandbox.world.orders.values()
        if order.store and order.person and not order.person.phone
    )
    sandbox.world.clock.advance(hours=1)
    sandbox.tills.unsubscribe(buyer.email)
    span = {"query": {"filter": {"updated_at": {"start_at": "2026-03-02T08:00:00Z"}}}}
    (shown,) = tills.post("/customers/search", json=span).json()["customers"]
    assert shown["email_address"].lower() == buyer.email
    assert shown["preferences"] == {"email_unsubscribed": True}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/customers"),
        ("PUT", "/customers/CUSTOMER1/groups/G1"),
        ("DELETE", "/orders/SALE1"),
    ],
)
def test_every_write_is_a_violation(
    sandbox: Sandbox, tills: httpx.Client, method: str, path: str
) -> None:
    assert tills.request(method, path, json={}).status_code == 404
    assert sandbox.violations == [f"{method} /v2{path}: nothing may be written"]


def test_every_store_is_a_location(tills: httpx.Client) -> None:
    shown = tills.get("/locations").json()["locations"]
    assert [each["name"] for each in shown] == [store.name for store in STORES]
    assert tills.get("/nowhere").status_code == 404
