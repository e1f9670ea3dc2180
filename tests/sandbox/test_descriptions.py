"""Every answer of the sandbox, over real sockets, against the vendors' own descriptions."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from connectors.kit.testing import Description
from sandbox import Sandbox
from sandbox.world.catalogue import COUPONS


@pytest.fixture
def woocommerce(description_of: Callable[[str], Description]) -> Description:
    return description_of("woocommerce")


@pytest.fixture
def mailchimp(description_of: Callable[[str], Description]) -> Description:
    return description_of("mailchimp")


def ask(
    client: httpx.Client, description: Description, path: str, body: Mapping[str, Any] | None = None
) -> Any:
    """Ask, and hold both the question and the answer."""
    method = "GET" if body is None else "POST"
    answer = client.request(method, path, json=body)
    target = urlsplit(path)
    # The descriptions begin where the vendors' own addresses end.
    plain = f"/wc/v3{target.path}" if "/wc/v3" in str(client.base_url) else target.path
    if answer.status_code < 400:
        description.check_request(method, plain, dict(parse_qsl(target.query)), body)
    content = answer.json() if answer.content else None
    description.check_response(method, plain, answer.status_code, content)
    return content


@pytest.mark.parametrize(
    "path",
    [
        "/customers?per_page=100&role=all&orderby=id&order=asc",
        "/orders?per_page=100&orderby=id&order=asc&status=any&dp=4",
        "/orders?per_page=100&status=refunded",
        "/orders?modified_after=2026-02-20T00:00:00&dates_are_gmt=true&per_page=100",
        "/products?per_page=100&orderby=id",
        "/products/categories?per_page=100&orderby=id",
        "/coupons",
    ],
)
def test_the_shop_answers_as_described(
    whole_shop: httpx.Client, woocommerce: Description, path: str
) -> None:
    rows = ask(whole_shop, woocommerce, path)
    assert rows


@pytest.mark.parametrize("path", ["/orders?per_page=500", "/orders/1/refunds", "/customers/99999"])
def test_the_shop_refuses_as_described(
    whole_shop: httpx.Client, woocommerce: Description, path: str
) -> None:
    assert ask(whole_shop, woocommerce, path)["code"]


def test_refunds_are_as_described(
    sandbox: Sandbox, shop: httpx.Client, woocommerce: Description
) -> None:
    world = sandbox.world
    items = [(world.products[0], 2), (world.products[1], 1)]
    order = world.place_order(world.people[0], items, coupon=COUPONS[1])
    world.refund(order, {order.lines[0].id: 1}, "Too small")
    world.refund(order)
    assert len(ask(shop, woocommerce, f"/orders/{order.id}/refunds")) == 2
    assert ask(shop, woocommerce, f"/orders/{order.id}")["status"] == "refunded"


def test_batches_of_customers_are_as_described(
    shop: httpx.Client, woocommerce: Description
) -> None:
    notes = [{"key": "segments", "value": "vip"}]
    changes = [{"id": 3, "meta_data": notes}, {"id": 9999, "meta_data": notes}]
    assert len(ask(shop, woocommerce, "/customers/batch", {"update": changes})["update"]) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/ping",
        "/lists?count=1000",
        "/lists/{list}",
        "/lists/{list}/members?count=1000&offset=0&status=unsubscribed",
        "/lists/{list}/members?count=1000&since_last_changed=2026-02-01T00:00:00Z",
        "/lists/{list}/abuse-reports?count=1000",
        "/lists/{list}/merge-fields?count=1000",
        "/lists/{list}/interest-categories",
        "/lists/{list}/interest-categories/{topics}/interests",
        "/lists/{list}/segments?type=static&count=1000",
        "/lists/{list}/segments/5000",
        "/lists/{list}/segments/5000/members?count=1000",
        "/campaigns?count=1000&status=sent&since_send_time=2025-06-01T00:00:00Z",
        "/reports/{campaign}/sent-to?count=1000",
        "/reports/{campaign}/email-activity?count=1000&since=2026-01-01T00:00:00Z",
        "/reports/{campaign}/open-details?count=1000",
        "/reports/{campaign}/click-details?count=1000",
        "/reports/{campaign}/unsubscribed?count=1000",
        "/lists/{list}/members?count=5000",
        "/lists/nowhere/members",
    ],
)
def test_the_list_answers_as_described(
    whole_news: httpx.Client, whole: Sandbox, mailchimp: Description, path: str
) -> None:
    filled = path.format(
        list=whole.audience,
        topics=whole.world.list.topics_id,
        campaign=whole.world.list.campaigns[-3].id,
    )
    assert ask(whole_news, mailchimp, filled)


def test_the_clickers_of_a_link_are_as_described(
    whole_news: httpx.Client, whole: Sandbox, mailchimp: Description
) -> None:
    report = f"/reports/{whole.world.list.campaigns[-3].id}/click-details"
    link = ask(whole_news, mailchimp, report)["urls_clicked"][0]["id"]
    assert ask(whole_news, mailchimp, f"{report}/{link}/members?count=1000")["members"]


def test_writing_to_the_list_is_answered_as_described(
    sandbox: Sandbox, news: httpx.Client, audience: str, mailchimp: Description
) -> None:
    members = list(sandbox.world.list.members.values())
    known = next(each for each in members if each.status == "subscribed")
    wanted = {"name": "Loyal", "static_segment": []}
    tag = ask(news, mailchimp, f"{audience}/segments", wanted)
    both = [known.email, "stranger@mail.example"]
    path = f"{audience}/segments/{tag['id']}"
    assert ask(news, mailchimp, path, {"members_to_add": both})["error_count"] == 1
    changes = [{"email_address": each, "merge_fields": {"SEGMENTS": "vip"}} for each in both]
    body = {"members": changes, "update_existing": True}
    assert ask(news, mailchimp, audience, body)["error_count"] == 1
    field = {"tag": "NEWFIELD", "name": "New", "type": "text"}
    assert ask(news, mailchimp, f"{audience}/merge-fields", field)["tag"] == "NEWFIELD"
