"""Reading the shop, and the little that may be written."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from sandbox import Sandbox
from sandbox.world.catalogue import COUPONS
from tests.sandbox.conftest import shop_client
from tests.sandbox.reading import every_page


def test_without_a_key_nothing_is_shown(sandbox: Sandbox) -> None:
    answer = httpx.get(sandbox.shop_url + "/wp-json/wc/v3/orders", trust_env=False)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "woocommerce_rest_cannot_view",
        "message": "Sorry, you cannot list resources.",
        "data": {"status": 401},
    }


@pytest.mark.parametrize("auth", [("ck_wrong", "cs_sandbox"), ("ck_sandbox", "cs_wrong")])
def test_a_wrong_key_differs_from_a_wrong_secret(sandbox: Sandbox, auth: tuple[str, str]) -> None:
    url = sandbox.shop_url + "/wp-json/wc/v3/orders"
    answer = httpx.get(url, auth=auth, trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["code"] == "woocommerce_rest_authentication_error"
    assert ("key" if auth[0] == "ck_wrong" else "secret") in answer.json()["message"]


def test_key_and_secret_in_the_query_do_too_and_stay_out_of_the_log(sandbox: Sandbox) -> None:
    keys = {"consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox", "per_page": "1"}
    url = sandbox.shop_url + "/wp-json/wc/v3/orders"
    assert httpx.get(url, params=keys, trust_env=False).status_code == 200
    assert sandbox.woocommerce.requests[-1].query == {"per_page": "1"}


def test_ten_rows_come_unless_more_are_requested(shop: httpx.Client, sandbox: Sandbox) -> None:
    answer = shop.get("/orders")
    total = len(sandbox.world.orders)
    assert len(answer.json()) == 10
    assert answer.headers["X-WP-Total"] == str(total)
    assert answer.headers["X-WP-TotalPages"] == str(-(-total // 10))
    assert len(shop.get("/orders?per_page=100").json()) == 100


def test_where_tills_stand_apart_the_shop_knows_nothing_of_them() -> None:
    start = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    with Sandbox(start, people=150, tills_apart=True) as sandbox, shop_client(sandbox) as client:
        sold = sandbox.world.orders.values()
        told = {each["id"]: each for each in every_page(client, "/orders?status=any")}
        assert told.keys() == {order.id for order in sold if not order.store}
        assert {each["created_via"] for each in told.values()} == {"checkout"}
        at_a_till = next(order for order in sold if order.store)
        assert client.get(f"/orders/{at_a_till.id}").status_code == 404
        assert client.get(f"/orders/{at_a_till.id}/refunds").status_code == 404


def test_links_lead_from_page_to_page(shop: httpx.Client, sandbox: Sandbox) -> None:
    seen, answer = [], shop.get("/customers?per_page=20&role=all")
    while True:
        seen += [each["id"] for each in answer.json()]
        following = answer.links.get("next")
        if following is None:
            break
        assert following["url"].startswith(sandbox.shop_url)
        answer = shop.get(following["url"])
    assert "prev" in answer.links
    assert sorted(seen) == sorted(sandbox.world.customers)


def test_a_page_behind_the_last_is_empty(shop: httpx.Client) -> None:
    assert shop.get("/orders?page=999").json() == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/orders?per_page=101", "per_page"),
        ("/orders?per_page=0", "per_page"),
        ("/orders?page=0", "page"),
        ("/orders?page=two", "page"),
        ("/orders?orderby=total", "orderby"),
        ("/orders?order=up", "order"),
        ("/orders?status=shipped", "status"),
        ("/orders?modified_after=yesterday", "modified_after"),
        ("/customers?orderby=date", "orderby"),
        ("/customers?role=buyer", "role"),
        ("/products?orderby=name", "orderby"),
        ("/products/categories?orderby=date", "orderby"),
    ],
)
def test_undocumented_parameters_are_refused(shop: httpx.Client, path: str, name: str) -> None:
    answer = shop.get(path)
    assert answer.status_code == 400
    assert answer.json()["code"] == "rest_invalid_param"
    assert answer.json()["message"] == f"Invalid parameter(s): {name}"
    assert list(answer.json()["data"]["params"]) == [name]


def test_an_unknown_route_and_an_unknown_order_are_404(shop: httpx.Client) -> None:
    assert shop.get("/carts").json()["code"] == "rest_no_route"
    answer = shop.get("/orders/1/refunds")
    assert (answer.status_code, answer.json()["data"]["status"]) == (404, 404)


def test_orders_are_narrowed_by_when_they_changed(shop: httpx.Client, sandbox: Sandbox) -> None:
    world = sandbox.world
    before = world.clock.now()
    world.clock.advance(hours=1)
    order = world.place_order(world.people[0], [(world.products[0], 1)])
    at = order.changed_at.strftime("%Y-%m-%dT%H:%M:%S")
    earlier = before.strftime("%Y-%m-%dT%H:%M:%S")

    def ids(**query: str) -> list[int]:
        return [each["id"] for each in shop.get("/orders", params=query).json()]

    assert ids(modified_after=earlier, dates_are_gmt="true") == [order.id]
    # After means after: the boundary itself is left out.
    assert ids(modified_after=at, dates_are_gmt="true") == []
    assert order.id not in ids(modified_before=at, dates_are_gmt="true")
    # Without the word the date is the shop's own time, an hour ahead in winter.
    assert ids(modified_after=at) == [order.id]


def test_customers_come_whole_whatever_the_date(shop: httpx.Client, sandbox: Sandbox) -> None:
    answer = shop.get("/customers?role=all&modified_after=2099-01-01T00:00:00&after=2099-01-01")
    assert answer.headers["X-WP-Total"] == str(len(sandbox.world.customers))


def test_staff_are_shown_only_to_who_asks_for_all_roles(shop: httpx.Client) -> None:
    customers = int(shop.get("/customers").headers["X-WP-Total"])
    assert int(shop.get("/customers?role=all").headers["X-WP-Total"]) == customers + 2


def test_money_is_text_and_adds_up(whole_shop: httpx.Client) -> None:
    orders = whole_shop.get("/orders?per_page=100").json()
    assert any(order["coupon_lines"] for order in orders)
    for order in orders:
        lines = [*order["line_items"], *order["shipping_lines"]]
        total = sum(Decimal(line["total"]) + Decimal(line["total_tax"]) for line in lines)
        assert Decimal(order["total"]) == total
        off = sum(
            Decimal(line["subtotal"]) - Decimal(line["total"]) for line in order["line_items"]
        )
        assert Decimal(order["discount_total"]) == off
        assert sum(Decimal(each["discount"]) for each in order["coupon_lines"]) == off
        assert order["prices_include_tax"] is True
        assert all(isinstance(line["price"], float) for line in order["line_items"])


def test_amounts_have_as_many_decimals_as_requested(shop: httpx.Client) -> None:
    two, four = (shop.get("/orders", params={"dp": dp}).json()[0] for dp in (2, 4))
    assert four["total"] == two["total"] + "00"
    assert four["line_items"][0]["total_tax"] == two["line_items"][0]["total_tax"] + "00"
    assert four["version"] == two["version"]


def test_times_stand_without_a_zone_beside_their_twins(
    shop: httpx.Client, sandbox: Sandbox
) -> None:
    world = sandbox.world
    order = world.place_order(world.people[0], [(world.products[0], 1)])
    shown = shop.get(f"/orders/{order.id}").json()
    assert shown["date_created"] == "2026-03-02T08:30:00"
    assert shown["date_created_gmt"] == "2026-03-02T07:30:00"
    assert shown["date_completed"] is None


def test_a_guest_has_no_customer_and_a_stranger_at_a_till_no_address(
    shop: httpx.Client, sandbox: Sandbox
) -> None:
    world = sandbox.world
    guest = world.place_order(world.people[0], [(world.products[0], 1)], as_guest=True)
    stranger = world.place_order(None, [(world.products[0], 1)], store="Oslo")
    shown = shop.get("/orders", params={"include": f"{guest.id},{stranger.id}"}).json()
    assert [each["customer_id"] for each in shown] == [0, 0]
    by_id = {each["id"]: each for each in shown}
    assert by_id[guest.id]["billing"]["email"] == world.people[0].email
    assert by_id[stranger.id]["billing"]["email"] == ""
    assert by_id[stranger.id]["created_via"] == "pos"
    assert by_id[stranger.id]["meta_data"][0]["value"] == "Oslo"


def test_a_refund_names_the_lines_that_it_is_of(shop: httpx.Client, sandbox: Sandbox) -> None:
    world = sandbox.world
    order = world.place_order(world.people[0], [(world.products[0], 2)], coupon=COUPONS[0])
    world.clock.advance(days=3)
    refund = world.refund(order, {order.lines[0].id: 1}, "Too small")
    shown = shop.get(f"/orders/{order.id}").json()
    assert shown["refunds"] == [
        {"id": refund.id, "reason": "Too small", "total": f"-{Decimal(refund.amount) / 100:.2f}"}
    ]
    assert shown["date_modified_gmt"] == "2026-03-05T07:30:00"
    (told,) = shop.get(f"/orders/{order.id}/refunds").json()
    (line,) = told["line_items"]
    assert line["quantity"] == -1
    assert -Decimal(line["total"]) - Decimal(line["total_tax"]) == Decimal(told["amount"])
    note = line["meta_data"][0]
    assert (note["key"], note["value"]) == ("_refunded_item_id", str(order.lines[0].id))


def test_products_say_their_shelves_and_their_brand(shop: httpx.Client) -> None:
    products = list(every_page(shop, "/products"))
    shelves = {each["id"]: each for each in every_page(shop, "/products/categories")}
    assert any(product["on_sale"] for product in products)
    for product in products:
        assert product["brands"][0]["name"] == product["attributes"][0]["options"][0]
        assert all(each["id"] in shelves for each in product["categories"])
    assert any(shelves[p["categories"][0]["id"]]["parent"] for p in products)
    assert len(list(every_page(shop, "/coupons"))) == len(COUPONS)


def test_an_older_shop_says_its_brands_only_as_an_attribute(sandbox: Sandbox) -> None:
    with (
        Sandbox(sandbox.clock.now(), people=50, brands=False) as older,
        httpx.Client(auth=("ck_sandbox", "cs_sandbox"), trust_env=False) as client,
    ):
        product = client.get(older.shop_url + "/wp-json/wc/v3/products").json()[0]
        assert "brands" not in product
        assert product["attributes"][0]["name"] == "Mærke"


def test_notes_on_customers_are_written_one_by_one(shop: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.clock.advance(hours=1)
    changes = [
        {"id": 3, "meta_data": [{"key": "segments", "value": "vip"}]},
        {"id": 9999, "meta_data": [{"key": "segments", "value": "vip"}]},
    ]
    answer = shop.post("/customers/batch", json={"update": changes})
    good, bad = answer.json()["update"]
    assert answer.status_code == 200
    assert {"key": "segments", "value": "vip"}.items() <= good["meta_data"][-1].items()
    assert bad["error"]["code"] == "woocommerce_rest_invalid_id"
    assert sandbox.world.customers[3].meta["segments"] == "vip"
    assert sandbox.world.customers[3].changed_at == sandbox.clock.now()
    gone = {"update": [{"id": 3, "meta_data": [{"key": "segments", "value": None}]}]}
    shop.post("/customers/batch", json=gone)
    assert "segments" not in sandbox.world.customers[3].meta
    assert sandbox.violations == []


def test_a_batch_is_at_most_a_hundred(shop: httpx.Client) -> None:
    answer = shop.post("/customers/batch", json={"update": [{"id": 1}] * 101})
    assert answer.status_code == 413
    assert answer.json()["code"] == "woocommerce_rest_request_entity_too_large"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/customers/batch", {"create": [{"email": "new@mail.example"}]}),
        ("POST", "/customers/batch", {"delete": [1]}),
        ("POST", "/customers/batch", {"update": [{"id": 3, "email": "new@mail.example"}]}),
        ("POST", "/customers", {"email": "new@mail.example"}),
        ("DELETE", "/orders/10001", None),
    ],
)
def test_writing_more_than_meta_data_is_a_violation(
    shop: httpx.Client, sandbox: Sandbox, method: str, path: str, body: object
) -> None:
    customers = {number: c.person.email for number, c in sandbox.world.customers.items()}
    shop.request(method, path, json=body)
    assert len(sandbox.violations) == 1
    assert {n: c.person.email for n, c in sandbox.world.customers.items()} == customers


def test_the_log_holds_the_request(shop: httpx.Client, sandbox: Sandbox) -> None:
    shop.get("/orders", params={"include[]": ["10001", "10002"]})
    request = sandbox.woocommerce.requests[-1]
    assert (request.method, request.path) == ("GET", "/wp-json/wc/v3/orders")
    assert request.query == {"include": "10001,10002"}
    assert "authorization" not in request.headers
    assert request.body is None


def test_an_order_is_sent_after_some_days_and_counts_as_changed(
    shop: httpx.Client, sandbox: Sandbox
) -> None:
    start = sandbox.clock.now()
    sandbox.world.pass_time(10)
    since = start.strftime("%Y-%m-%dT%H:%M:%S")
    query = {"modified_after": since, "dates_are_gmt": "true", "per_page": "100"}
    changed = shop.get("/orders", params=query).json()
    assert {"completed"} <= {each["status"] for each in changed}
    assert all(order.changed_at - order.placed_at < timedelta(days=30)
               for order in sandbox.world.orders.values())  # fmt: skip
