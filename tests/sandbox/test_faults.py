"""Faults on request."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from sandbox import Sandbox
from sandbox.faults import KINDS, Kind


def test_a_fault_happens_as_often_as_requested(shop: httpx.Client, sandbox: Sandbox) -> None:
    fault = sandbox.woocommerce.faults.add("unavailable", "*/orders", times=2, skip=1)
    statuses = [shop.get(path).status_code for path in ("/orders", "/customers", "/orders")]
    assert statuses == [200, 200, 503]
    assert [shop.get("/orders").status_code for _ in range(2)] == [503, 200]
    assert fault.met == 2


def test_a_fault_may_stay_until_it_is_cleared(news: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.mailchimp.faults.add("server_error", times=None, method="GET")
    assert {news.get("/ping").status_code for _ in range(3)} == {500}
    sandbox.mailchimp.faults.clear()
    assert news.get("/ping").status_code == 200


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="truncated"):
        sandbox.mailchimp.faults.add("hiccup")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_all_is_well_again(shop: httpx.Client, sandbox: Sandbox, kind: Kind) -> None:
    sandbox.woocommerce.faults.add(kind, seconds=0.00001)
    try:
        shop.get("/orders?per_page=1")
    except httpx.TransportError:
        assert kind in ("reset", "truncated")
    answer = shop.get("/orders?per_page=1")
    assert len(answer.json()) == 1


def test_too_many_requests_say_when_to_come_back(shop: httpx.Client, sandbox: Sandbox) -> None:
    faults = sandbox.woocommerce.faults
    faults.add("rate_limited", retry_after=7)
    faults.add("rate_limited", retry_after=60, as_date=True)
    faults.add("rate_limited")
    seconds, at, never = (shop.get("/orders") for _ in range(3))
    assert [each.status_code for each in (seconds, at, never)] == [429] * 3
    assert seconds.headers["Retry-After"] == "7"
    wait = parsedate_to_datetime(at.headers["Retry-After"]) - datetime.now(UTC)
    assert 50 < wait.total_seconds() <= 60
    assert "Retry-After" not in never.headers


def test_mailchimp_never_says_when_to_come_back(news: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.mailchimp.faults.add("rate_limited")
    answer = news.get("/ping")
    assert answer.json()["status"] == answer.status_code == 429
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(("kind", "status"), [("unauthorized", 401), ("forbidden", 403)])
def test_a_refusal_has_the_vendor_s_shape(
    shop: httpx.Client, news: httpx.Client, sandbox: Sandbox, kind: Kind, status: int
) -> None:
    sandbox.woocommerce.faults.add(kind)
    sandbox.mailchimp.faults.add(kind)
    assert shop.get("/orders").json()["data"] == {"status": status}
    assert news.get("/ping").json()["status"] == status


def test_pages_that_are_no_json_are_html(shop: httpx.Client, sandbox: Sandbox) -> None:
    pages: dict[Kind, int] = {"login_page": 200, "blocked": 403, "unavailable": 503}
    for kind, status in pages.items():
        sandbox.woocommerce.faults.add(kind)
        answer = shop.get("/orders")
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")


def test_good_json_may_be_called_something_else(shop: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.woocommerce.faults.add("wrong_type")
    answer = shop.get("/orders?per_page=2")
    assert answer.headers["Content-Type"] == "text/plain"
    assert len(answer.json()) == 2


def test_an_error_may_come_with_200(shop: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.woocommerce.faults.add("error_envelope")
    answer = shop.get("/orders")
    assert answer.status_code == 200
    assert answer.json()["code"] == "internal_server_error"


def test_a_truncated_body_is_shorter_than_it_says(shop: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.woocommerce.faults.add("truncated")
    with pytest.raises(httpx.RemoteProtocolError):
        shop.get("/orders")


def test_a_connection_may_be_cut(shop: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.woocommerce.faults.add("reset")
    with pytest.raises(httpx.TransportError):
        shop.get("/orders")
    assert len(sandbox.woocommerce.requests) == 1


def test_a_page_may_come_twice(shop: httpx.Client, sandbox: Sandbox) -> None:
    first = shop.get("/orders?page=1").json()
    sandbox.woocommerce.faults.add("repeated_page")
    assert shop.get("/orders?page=2").json() == first
    assert shop.get("/orders?page=2").json() != first


def test_a_body_may_trickle(news: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.mailchimp.faults.add("trickle", seconds=0.004)
    begun = time.monotonic()
    assert news.get("/ping").json()["health_status"]
    assert time.monotonic() - begun > 0.1


def test_an_answer_may_be_slow(news: httpx.Client, sandbox: Sandbox) -> None:
    sandbox.mailchimp.faults.add("slow", seconds=5)
    with pytest.raises(httpx.ReadTimeout):
        news.get("/ping", timeout=0.05)


def test_more_than_ten_at_once_are_too_many_for_mailchimp(
    news: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.mailchimp.faults.add("slow", times=10, seconds=30)
    with ThreadPoolExecutor(10) as crowd:
        waiting = [crowd.submit(news.get, "/ping", timeout=60) for _ in range(10)]
        while sandbox.mailchimp.open_requests < 10:
            time.sleep(0.001)
        answer = news.get("/ping")
        sandbox.mailchimp.stopping.set()
        assert answer.status_code == 429
        assert {each.result().status_code for each in waiting} == {200}


def test_stopping_does_not_wait_for_who_is_slow() -> None:
    sandbox = Sandbox(datetime(2026, 3, 2, tzinfo=UTC), people=20).start()
    sandbox.mailchimp.faults.add("slow", seconds=60)

    def ask() -> None:
        with pytest.raises(httpx.TransportError):
            httpx.get(sandbox.mailchimp_url + "/ping", timeout=0.2, trust_env=False)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    begun = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - begun < 5
