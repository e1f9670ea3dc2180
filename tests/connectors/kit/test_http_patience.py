"""When the client asks again, how long it waits, and when it gives up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import respx
from structlog.testing import capture_logs

from connectors.kit import (
    Broken,
    Client,
    Expired,
    HubError,
    Misconfigured,
    Network,
    RateCosts,
    RateHeaders,
    Response,
    Rest,
    Secret,
    Unauthorized,
    Unavailable,
    bearer,
    header,
)
from connectors.kit.clock import Clock
from connectors.kit.http.limits import Limit, Limiter, limiter
from connectors.kit.http.retries import ATTEMPTS
from connectors.kit.testing import FakeClock

URL = "https://shop.test/api/orders"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(clock: FakeClock) -> Client:
    return Client("https://shop.test/api", credential=bearer("made-up-token"), clock=clock)


def route(router: respx.MockRouter, *responses: httpx.Response) -> respx.Route:
    return router.route().mock(side_effect=responses)


def test_retry_after_in_seconds_is_kept_exactly(
    respx_mock: respx.MockRouter, client: Client, clock: FakeClock
) -> None:
    begun = clock.monotonic()
    route(respx_mock, httpx.Response(429, headers={"Retry-After": "50"}), httpx.Response(200))
    client.request("GET", "/orders")
    assert clock.monotonic() - begun == 50


@pytest.mark.parametrize(("seconds", "lines"), [("10", 0), ("11", 1)])
def test_a_wait_that_takes_long_is_told_with_its_reason(
    respx_mock: respx.MockRouter, client: Client, seconds: str, lines: int
) -> None:
    route(respx_mock, httpx.Response(429, headers={"Retry-After": seconds}), httpx.Response(200))
    with capture_logs() as logged:
        client.request("GET", "/orders")
    waits = [each for each in logged if each["event"] == "waiting"]
    reason = "GET shop.test /orders answered 429"
    assert (
        waits
        == [{"event": "waiting", "log_level": "warning", "seconds": 11, "reason": reason}] * lines
    )


def test_retry_after_as_a_date_is_never_called_before(
    respx_mock: respx.MockRouter, client: Client, clock: FakeClock
) -> None:
    until = clock.now() + timedelta(seconds=45)
    told = {"Retry-After": format_datetime(until, usegmt=True)}
    route(respx_mock, httpx.Response(503, headers=told), httpx.Response(200))
    client.request("GET", "/orders")
    assert clock.now() >= until


@pytest.mark.parametrize(
    "value", ["", "-5", "soon", "1e9", "٣", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "NaN", "5 5"]
)
def test_garbage_in_retry_after_is_an_ordinary_pause(
    respx_mock: respx.MockRouter, client: Client, clock: FakeClock, value: str
) -> None:
    raw = [(b"Retry-After", value.encode())]
    route(respx_mock, httpx.Response(429, headers=raw), httpx.Response(200))
    client.request("GET", "/orders")
    assert len(clock.slept) == 1
    assert 0 < clock.slept[0] <= 30


def test_of_two_retry_afters_the_longer_counts(
    respx_mock: respx.MockRouter, client: Client, clock: FakeClock
) -> None:
    headers = [("Retry-After", "3"), ("Retry-After", "40")]
    route(respx_mock, httpx.Response(429, headers=headers), httpx.Response(200))
    client.request("GET", "/orders")
    assert clock.slept == [40]


@pytest.mark.parametrize(
    "value", ["61", "1000000000000", "9" * 400, "Wed, 01 Jan 2036 00:00:00 GMT"]
)
def test_a_long_wait_is_left_to_the_next_run_and_told(
    respx_mock: respx.MockRouter, client: Client, clock: FakeClock, value: str
) -> None:
    sent = route(respx_mock, httpx.Response(429, headers={"Retry-After": value}))
    with pytest.raises(Unavailable, match="asks to wait until") as error:
        client.request("GET", "/orders")
    assert error.value.not_before is not None
    wait = error.value.not_before - clock.now()
    assert timedelta(seconds=60) < wait <= timedelta(days=7)
    assert clock.slept == []
    assert sent.call_count == 1


def test_waits_that_add_up_to_a_long_one_end_too(
    respx_mock: respx.MockRouter, client: Client, clock: FakeClock
) -> None:
    respx_mock.route().respond(429, headers={"Retry-After": "25"})
    with pytest.raises(Unavailable):
        client.request("GET", "/orders")
    assert sum(clock.slept) <= 60


def test_an_outage_costs_few_requests(respx_mock: respx.MockRouter, client: Client) -> None:
    sent = respx_mock.route().respond(503)
    for _ in range(20):
        with pytest.raises(Unavailable, match="503"):
            client.request("GET", "/orders")
    # Twenty first attempts, and no more retries than the budget holds.
    assert sent.call_count <= 20 + 10


def test_one_request_is_tried_so_often(respx_mock: respx.MockRouter, client: Client) -> None:
    sent = respx_mock.route().mock(side_effect=httpx.ConnectError("no"))
    with pytest.raises(Unavailable, match="cannot be reached"):
        client.request("GET", "/orders")
    assert sent.call_count == ATTEMPTS


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("PATCH", 1), ("PUT", 2), ("GET", 2)])
def test_only_what_may_be_repeated_is_repeated(
    respx_mock: respx.MockRouter, client: Client, method: str, times: int
) -> None:
    sent = route(respx_mock, httpx.Response(503), httpx.Response(200))
    if times == 1:
        with pytest.raises(Unavailable):
            client.request(method, "/orders", json={})
    else:
        client.request(method, "/orders")
    assert sent.call_count == times


def test_a_write_that_says_so_is_repeated(respx_mock: respx.MockRouter, client: Client) -> None:
    sent = route(respx_mock, httpx.ReadTimeout("late"), httpx.Response(200))  # type: ignore[arg-type]
    client.request("POST", "/orders", json={}, idempotent=True)
    assert sent.call_count == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_unauthorized_at_once(
    respx_mock: respx.MockRouter, client: Client, status: int
) -> None:
    sent = respx_mock.route().respond(status)
    with pytest.raises(Unauthorized, match=f"GET shop.test /orders answered {status}"):
        client.request("GET", "/orders")
    assert sent.call_count == 1


@pytest.mark.parametrize("status", [400, 404, 410, 422, 304])
def test_another_refusal_is_broken_and_tells_neither_query_nor_body(
    respx_mock: respx.MockRouter, client: Client, status: int
) -> None:
    respx_mock.route().respond(status, text="somebody@example.test")
    with pytest.raises(Broken, match=f"GET shop.test /orders answered {status}") as error:
        client.request("GET", "/orders", params={"email": "who@example.test"})
    assert "example" not in str(error.value)
    assert "email" not in str(error.value)


def test_an_accepted_status_is_an_answer(respx_mock: respx.MockRouter, client: Client) -> None:
    respx_mock.route().respond(404, json={"missing": True})
    assert client.request("GET", "/orders", accept={404}).json() == {"missing": True}


def test_a_web_page_is_no_answer_even_where_nobody_reads_it(
    respx_mock: respx.MockRouter, client: Client
) -> None:
    respx_mock.route().respond(200, html="<html>Please log in</html>")
    with pytest.raises(Broken, match=r"PUT shop\.test /orders answered with a web page"):
        client.request("PUT", "/orders")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": NaN}', "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[" + b"9" * 5000 + b"]", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"", "cannot be read"),
    ],
    ids=["NaN", "deep", "huge number", "no UTF-8", "empty"],
)
def test_unreadable_json_is_broken_and_is_not_carried_along(
    respx_mock: respx.MockRouter, client: Client, body: bytes, reason: str
) -> None:
    respx_mock.route().respond(200, content=body, headers={"Content-Type": "application/json"})
    with pytest.raises(Broken, match=reason) as error:
        client.request("GET", "/orders").json()
    assert error.value.__suppress_context__


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/plain", ""])
def test_json_by_another_name_is_broken(
    respx_mock: respx.MockRouter, client: Client, kind: str
) -> None:
    respx_mock.route().respond(200, content=b"{}", headers={"Content-Type": kind})
    with pytest.raises(Broken, match="where JSON was agreed"):
        client.request("GET", "/orders").json()


def test_a_byte_order_mark_is_passed_over(respx_mock: respx.MockRouter, client: Client) -> None:
    respx_mock.route().respond(
        200, content=b"\xef\xbb\xbf[]", headers={"Content-Type": "application/vnd.api+json"}
    )
    assert client.request("GET", "/orders").json() == []


def test_a_link_is_followed_within_the_origin_only(
    respx_mock: respx.MockRouter, client: Client
) -> None:
    sent = respx_mock.route().respond(200, json=[])
    client.request("GET", "/orders", link="https://shop.test/api/orders?page=2")
    assert sent.calls[0].request.url == "https://shop.test/api/orders?page=2"
    for link in (
        "https://evil.test/",
        "http://shop.test/",
        "//evil.test",
        "https://shop.test:444/",
    ):
        with pytest.raises(Broken, match="another host"):
            client.request("GET", "/orders", link=link)
    assert sent.call_count == 1


def test_a_foreign_link_may_be_fetched_without_the_credential(
    respx_mock: respx.MockRouter, client: Client
) -> None:
    sent = respx_mock.route().respond(200, json=[])
    client.request("GET", "/result", link="https://files.test/result.json", authenticated=False)
    assert "authorization" not in sent.calls[0].request.headers
    with pytest.raises(Misconfigured):
        client.request("GET", "/result", link="http://files.test/", authenticated=False)


@pytest.mark.parametrize(
    "address",
    ["http://shop.test", "ftp://shop.test", "shop.test", "https://", "https://user:pw@shop.test"],
)
def test_an_address_without_https_or_with_a_password_is_refused(address: str) -> None:
    with pytest.raises(Misconfigured) as error:
        Client(address)
    assert "pw" not in str(error.value).replace("password", "")


@pytest.mark.parametrize("entry", ["shop.lan", "shop.lan:8080"])
def test_a_named_local_host_may_speak_http(entry: str) -> None:
    Client("http://shop.lan:8080", network=Network(frozenset({entry})))
    with pytest.raises(Misconfigured):
        Client("http://other.lan:8080", network=Network(frozenset({entry})))


def test_an_id_of_dots_climbs_nowhere(respx_mock: respx.MockRouter, client: Client) -> None:
    sent = respx_mock.route().respond(200)
    client.request("GET", "/lists/{list}/members", fill={"list": "../../admin"})
    assert sent.calls[0].request.url.raw_path == b"/api/lists/..%2F..%2Fadmin/members"


def test_a_credential_with_a_line_break_inside_is_refused() -> None:
    assert header("X-Key", "abc\n").headers == {"X-Key": "abc"}
    with pytest.raises(Misconfigured) as error:
        header("X-Key", "abc\r\nX-Evil: yes")
    assert "abc" not in str(error.value)
    assert "abc" not in repr(header("X-Key", "abc"))


def test_a_limit_is_kept_across_clients_of_one_account(clock: FakeClock) -> None:
    one = limiter("shop", "account-1", [Limit(requests=2, seconds=10)], clock)
    assert one is limiter("shop", "account-1", [Limit(requests=99)], clock)
    begun = clock.monotonic()
    moments = []
    for _ in range(6):
        with one.turn(clock):
            moments.append(clock.monotonic() - begun)
    assert moments == [0, 0, 10, 10, 20, 20]


def test_a_limit_is_shared_by_those_who_read_the_same_time(clock: FakeClock) -> None:
    made_up = limiter("shop", "account-1", [Limit(requests=2)], clock)
    real = limiter("shop", "account-1", [Limit(requests=2)], Clock())
    assert real is not made_up
    assert real is limiter("shop", "account-1", [Limit(requests=2)], Clock())


def test_a_request_told_to_wait_holds_the_whole_account(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    shared = Limiter(Limit(requests=100))
    client = Client("https://shop.test", clock=clock, limiter=shared)
    route(respx_mock, httpx.Response(429, headers={"Retry-After": "5000"}))
    with pytest.raises(Unavailable):
        client.request("POST", "/orders")
    with pytest.raises(Unavailable) as error, shared.turn(clock):
        pass
    assert error.value.not_before == clock.now() + timedelta(seconds=5000)


def test_the_time_that_was_told_can_be_read(
    respx_mock: respx.MockRouter, client: Client, clock: FakeClock
) -> None:
    route(respx_mock, httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(Unavailable) as error:
        client.request("GET", "/orders")
    assert error.value.not_before == datetime(2026, 1, 1, 1, tzinfo=UTC)
    assert "2026-01-01 01:00:00 UTC" in str(error.value)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_429_has_done_nothing_and_is_sent_again_by_any_method(
    respx_mock: respx.MockRouter, client: Client, method: str
) -> None:
    sent = route(respx_mock, httpx.Response(429), httpx.Response(200))
    client.request(method, "/orders", idempotent=False)
    assert sent.call_count == 2


ERROR: dict[str, Any] = {"error": 1}
GOOD: dict[str, Any] = {"rows": []}


def saying(error: HubError) -> Callable[[Response], HubError | None]:
    """A vendor that says in the body of a 200 what went wrong."""
    return lambda answer: error if answer.find("error") else None


def test_an_error_inside_a_good_answer_is_an_error(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    client = Client(URL, clock=clock, meaning=saying(Misconfigured("pay")))
    route(respx_mock, httpx.Response(200, json=ERROR), httpx.Response(200, json=GOOD))
    with pytest.raises(Misconfigured, match="pay"):
        client.request("GET", "/")
    assert client.request("GET", "/").json() == GOOD


def test_a_limit_of_five_minutes_is_spread_over_them(clock: FakeClock) -> None:
    """Nobody sleeps longer than a minute at its end."""
    shared = Limiter(Limit(requests=300, seconds=300.0))
    begun = clock.now()
    for _ in range(600):
        with shared.turn(clock):
            pass
    assert clock.now() - begun == timedelta(minutes=9)
    assert max(clock.slept) <= 60


def test_a_limit_that_is_spent_for_long_is_left_to_the_next_run(clock: FakeClock) -> None:
    shared = Limiter(Limit(requests=100))
    shared.hold(86_400.0, clock)
    limit = pytest.raises(Unavailable, match="GET /orders has reached a limit")
    with limit as error, shared.turn(clock, where="GET /orders"):
        pass
    assert error.value.not_before == clock.now() + timedelta(days=1)
    assert clock.slept == []


def test_an_instant_that_a_meaning_names_is_waited_for(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    begun = clock.now()
    throttled = Unavailable("throttled", not_before=begun + timedelta(seconds=37))
    client = Client(URL, clock=clock, meaning=saying(throttled))
    route(respx_mock, httpx.Response(200, json=ERROR), httpx.Response(200, json=GOOD))
    client.request("GET", "/")
    assert clock.now() == begun + timedelta(seconds=37)


def test_a_far_instant_that_a_meaning_names_is_left_to_the_next_run(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    client = Client(URL, clock=clock, meaning=saying(Unavailable("quota", not_before=tomorrow)))
    route(respx_mock, httpx.Response(200, json={"error": 1}))
    with pytest.raises(Unavailable, match="quota and asks to wait until") as error:
        client.request("GET", "/")
    assert error.value.not_before == tomorrow


def test_an_ended_credential_is_renewed_once_and_the_request_sent_again(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    tokens = ["old"]

    def renew() -> bool:
        tokens.append(f"new-{len(tokens)}")
        return True

    client = Client(URL, clock=clock, credential=lambda: bearer(tokens[-1]), renew=renew)
    sent = route(respx_mock, httpx.Response(401), httpx.Response(200), httpx.Response(401),
                 httpx.Response(401))  # fmt: skip
    client.request("POST", "/orders")
    assert [call.request.headers["authorization"] for call in sent.calls] == [
        "Bearer old",
        "Bearer new-1",
    ]
    with pytest.raises(Unauthorized):
        client.request("POST", "/orders")
    assert (sent.call_count, tokens) == (4, ["old", "new-1", "new-2"])


def test_a_meaning_may_call_another_answer_an_ended_credential(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    client = Client(URL, clock=clock, meaning=saying(Expired("ended")), renew=lambda: True)
    sent = route(respx_mock, httpx.Response(200, json=ERROR), httpx.Response(200, json=GOOD))
    client.request("GET", "/")
    assert sent.call_count == 2


def test_a_refused_permission_renews_nothing(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    renewed: list[int] = []
    client = Client(URL, clock=clock, renew=lambda: bool(renewed.append(1)))  # type: ignore[func-returns-value]
    route(respx_mock, httpx.Response(403))
    with pytest.raises(Unauthorized):
        client.request("GET", "/")
    assert renewed == []


def test_no_content_is_an_empty_answer(respx_mock: respx.MockRouter, client: Client) -> None:
    respx_mock.route().respond(204)
    answer = client.request("GET", "/orders")
    assert (answer.json(), answer.part("data"), answer.rows("data")) == (None, None, [])


def test_a_forbidding_web_page_is_a_firewall_and_no_wrong_key(
    respx_mock: respx.MockRouter, client: Client
) -> None:
    respx_mock.route().respond(403, html="<html>Are you a robot?</html>")
    with pytest.raises(Broken, match="a firewall stands before the API"):
        client.request("GET", "/orders")


def test_a_path_may_have_a_limit_of_its_own(clock: FakeClock) -> None:
    shared = Limiter(Limit(requests=4, seconds=1), Limit(requests=1, seconds=60, of="/jobs"))
    begun = clock.monotonic()
    moments = []
    for path in ("/jobs/{job}", "/people", "/people", "/jobs", "/people"):
        with shared.turn(clock, path):
            moments.append(clock.monotonic() - begun)
    assert moments == [0, 0, 0, 60, 60]


@pytest.mark.parametrize("kind", ["seconds", "instant", "unsaid", "unknown"])
def test_a_limit_is_learned_from_the_answers(
    respx_mock: respx.MockRouter, clock: FakeClock, kind: str
) -> None:
    headers = RateHeaders(left="X-Left", reset="" if kind == "unknown" else "X-Reset", refills=30)
    client = Client(URL, clock=clock, learns=headers, limiter=Limiter())
    instant = str(int(clock.now().timestamp()) + 30)
    reset = {"seconds": {"X-Reset": "30"}, "instant": {"X-Reset": instant}}.get(kind, {})
    told = [{"X-Left": "1", **reset}, {"X-Left": "0", **reset}, {}]
    route(respx_mock, *[httpx.Response(200, headers=each) for each in told])
    begun = clock.monotonic()
    client.request("GET", "/")
    client.request("GET", "/")
    assert clock.monotonic() == begun
    client.request("GET", "/")
    assert clock.monotonic() == begun + 30


def test_the_points_of_a_request_are_paid_before_it_is_sent(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    costs = RateCosts("cost.asked", left="cost.left", restored="cost.restored")
    client = Client(URL, clock=clock, learns=costs, limiter=Limiter())
    told = [{"asked": 70, "left": left, "restored": 2} for left in (70, 10)]
    route(respx_mock, *[httpx.Response(200, json={"cost": each}) for each in (*told, None)])
    begun = clock.monotonic()
    for waited in (0, 0, 30):
        client.request("GET", "/")
        assert clock.monotonic() == begun + waited


def test_limits_are_counted_by_the_configured_account() -> None:
    class Vendor(Rest):
        kind = "vendor"
        base_url = "https://vendor.test"
        key: Secret

    assert Vendor(key="one").limit_key() == Vendor(key="one").limit_key()
    assert Vendor(key="one").limit_key() != Vendor(key="two").limit_key()
    assert "one" not in Vendor(key="one").limit_key()


def test_a_spent_quota_is_left_to_a_later_run(
    respx_mock: respx.MockRouter, clock: FakeClock
) -> None:
    class Meagre(Rest):
        kind = "meagre"
        base_url = "https://meagre.test"
        limits = (Limit(2, seconds=86_400, of="/reports"),)

    meagre = Meagre()
    meagre._clock = clock
    sent = respx_mock.route().respond(200, json=[])
    for path in ("/reports", "/people", "/reports/{report}"):
        meagre.client.request("GET", path, fill={"report": "7"})
    with pytest.raises(Unavailable, match=r"2 requests that meagre grants in 1 day") as spent:
        meagre.client.request("GET", "/reports")
    assert (sent.call_count, clock.slept) == (3, [])
    assert spent.value.not_before is not None
    clock.sleep((spent.value.not_before - clock.now()).total_seconds())
    assert meagre.client.request("GET", "/reports").status == 200
