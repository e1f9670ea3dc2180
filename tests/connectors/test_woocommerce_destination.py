"""WooCommerce as a destination: against the sandbox over loopback, and against odd answers."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit import (
    Broken,
    Change,
    Cost,
    Found,
    Network,
    Outcome,
    Target,
    Unauthorized,
    Unavailable,
)
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeClock,
    FakeSystem,
    Written,
)
from connectors.woocommerce import WooCommerce
from connectors.woocommerce.destination import GONE, GUEST, MOST
from sandbox.running import WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET, Sandbox
from sandbox.server import Request
from sandbox.world.trade import Customer
from tests import descriptions
from tests.connectors.held import HeldAgainst
from tests.counting import Held

SECONDS = WooCommerce.request_seconds
UNANSWERED = "WooCommerce neither wrote it nor said why"
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
LOYAL, VIP = Target("tag", "Loyal"), Target("tag", "VIP")
SEGMENTS, BOUGHT = Target("field", "segments"), Target("field", "last_bought")
OWN = ["wp_capabilities", "shop_user_level", "session_tokens", "billing_email", "First_Name"]


def results(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.result, outcome.reason) for outcome in outcomes]


# -- Against the suite


class Shop(FakeSystem):
    """Customers and their meta data, with errors inside the 200 as WooCommerce has them."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.notes: dict[str, dict[str, str]] = {}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            rows = [self._row(key) for key in self.people]
            totals = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": "1"}
            return httpx.Response(200, json=rows, headers=totals)
        asked = json.loads(request.content)["update"]
        return httpx.Response(200, json={"update": [self._update(each) for each in asked]})

    def _update(self, asked: dict[str, Any]) -> dict[str, Any]:
        person = self.people.get(str(asked["id"]))
        if person is None:
            error = {"code": "woocommerce_rest_invalid_id", "message": "Invalid resource ID."}
            return {"id": asked["id"], "error": {**error, "data": {"status": 400}}}
        if person.key in self.refused:
            error = {"code": "a_plugin_says_no", "message": self.complaint(person)}
            return {"id": asked["id"], "error": {**error, "data": {"status": 400}}}
        notes = self.notes.setdefault(person.key, {})
        notes.update({each["key"]: each["value"] for each in asked["meta_data"]})
        return self._row(person.key)

    def _row(self, key: str) -> dict[str, Any]:
        pairs = self.notes.get(key, {}).items()
        notes = [{"id": at, "key": name, "value": text} for at, (name, text) in enumerate(pairs)]
        return {"id": int(key), "email": self.people[key].address, "meta_data": notes}


def described(shared: Path) -> Description:
    return descriptions.load(shared, "woocommerce")


def noting(key: str, value: str) -> Written:
    customer = {"id": 7001, "meta_data": [{"key": key, "value": value}]}
    return Written("POST", "/customers/batch", {"update": [customer]})


class TestWooCommerceIsWritten(HeldAgainst, DestinationContract):
    connector = WooCommerce
    settings = {"url": "https://shop.test", "key": "ck_made_up", "secret": "cs_made_up"}
    described = staticmethod(described)
    vendor = "woocommerce"
    fake = Shop
    writes = {
        (LOYAL, "yes"): [noting("Loyal", "yes")],
        (LOYAL, None): [noting("Loyal", "")],
        (SEGMENTS, "Loyal, VIP"): [noting("segments", "Loyal, VIP")],
        (SEGMENTS, None): [noting("segments", "")],
    }


# -- Against the sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(NOW, people=150) as sandbox:
        yield sandbox
        assert sandbox.violations == []


@pytest.fixture
def shop(sandbox: Sandbox) -> WooCommerce:
    return connected(sandbox)


def connected(sandbox: Sandbox) -> WooCommerce:
    connector = WooCommerce.model_validate(
        {"url": sandbox.shop_url, "key": WOOCOMMERCE_KEY, "secret": WOOCOMMERCE_SECRET}
    ).through(Network(frozenset({sandbox.shop_url.removeprefix("http://")})))
    connector._clock = FakeClock()
    return connector


def customers(sandbox: Sandbox) -> list[Customer]:
    return [*sandbox.world.customers.values()]


def written(sandbox: Sandbox) -> list[Request]:
    return [each for each in sandbox.woocommerce.requests if each.method != "GET"]


def change(target: Target, customer: Customer | str, value: str | None) -> Change:
    if isinstance(customer, str):
        return Change(target, customer, value)
    return Change(target, str(customer.id), value, customer.person.email)


def test_a_tag_is_a_key_that_says_yes_and_is_emptied(sandbox: Sandbox, shop: WooCommerce) -> None:
    ann, bo, eva = customers(sandbox)[:3]
    first = list(shop.push([change(LOYAL, each, "yes") for each in (ann, bo)]))
    assert results(first) == [("applied", "")] * 2
    assert [each.meta.get("Loyal") for each in (ann, bo, eva)] == ["yes", "yes", None]
    assert [*shop.carriers(LOYAL)] == [Found(str(ann.id), "yes"), Found(str(bo.id), "yes")]
    second = list(shop.push([change(LOYAL, ann, None), change(LOYAL, eva, "yes")]))
    assert results(second) == [("applied", "")] * 2
    assert [each.meta.get("Loyal") for each in (ann, bo, eva)] == ["", "yes", "yes"]
    assert [found.key for found in shop.carriers(LOYAL)] == [str(bo.id), str(eva.id)]
    assert len(written(sandbox)) == 2


def test_everything_of_a_customer_goes_in_one_object_and_the_rest_stays(
    sandbox: Sandbox, shop: WooCommerce
) -> None:
    ann, bo = customers(sandbox)[:2]
    ann.meta["gender"], bo.meta["last_bought"] = "female", "2020-01-01"
    changes = [
        change(LOYAL, ann, "yes"),
        change(BOUGHT, bo, None),
        change(SEGMENTS, ann, "Loyal, Grøn"),
        change(BOUGHT, ann, "2026-11-01"),
    ]
    assert {outcome.result for outcome in shop.push(changes)} == {"applied"}
    (request,) = written(sandbox)
    assert request.body == {
        "update": [
            {
                "id": ann.id,
                "meta_data": [
                    {"key": "Loyal", "value": "yes"},
                    {"key": "segments", "value": "Loyal, Grøn"},
                    {"key": "last_bought", "value": "2026-11-01"},
                ],
            },
            {"id": bo.id, "meta_data": [{"key": "last_bought", "value": ""}]},
        ]
    }
    assert ann.meta["gender"] == "female"
    assert [*shop.carriers(BOUGHT)] == [Found(str(ann.id), "2026-11-01")]
    assert [*shop.carriers(SEGMENTS)] == [Found(str(ann.id), "Loyal, Grøn")]


def test_a_push_twice_is_the_same_as_once(sandbox: Sandbox, shop: WooCommerce) -> None:
    ann = customers(sandbox)[0]
    for value in ("yes", "yes", None, None):
        (outcome,) = shop.push([change(LOYAL, ann, value)])
        assert outcome.result == "applied"
        assert ann.meta["Loyal"] == (value or "")


def test_requests_are_the_fewest_that_the_shop_allows_and_cost_tells_them(
    sandbox: Sandbox, shop: WooCommerce
) -> None:
    people = [str(each.id) for each in customers(sandbox)]
    while len(people) < 2 * MOST + 1:
        people.append(str(900_000 + len(people)))
    changes = [change(target, key, "yes") for target in (LOYAL, VIP, SEGMENTS) for key in people]
    assert shop.cost(changes) == Cost(3, 3 * SECONDS)
    assert len(list(shop.push(changes))) == len(changes)
    assert [len(request.body["update"]) for request in written(sandbox)] == [MOST, MOST, 1]
    assert shop.cost(changes[:MOST]) == Cost(1, SECONDS)
    assert shop.cost([]) == Cost(0, 0)


def test_a_customer_who_is_gone_is_told_and_stops_no_other(
    sandbox: Sandbox, shop: WooCommerce
) -> None:
    gone, bo = "987654", customers(sandbox)[0]
    changes = [
        change(LOYAL, gone, "yes"),
        change(SEGMENTS, gone, "Loyal"),
        change(LOYAL, bo, "yes"),
    ]
    outcomes = {outcome.change: outcome for outcome in shop.push(changes)}
    assert results([outcomes[each] for each in changes]) == [
        ("skipped", GONE),
        ("skipped", GONE),
        ("applied", ""),
    ]
    assert bo.meta["Loyal"] == "yes"


def test_guests_are_never_sent(sandbox: Sandbox, shop: WooCommerce) -> None:
    keys = ("guest:0123456789abcdef", "0", "٣", "1e3", "-4", "")
    changes = [change(LOYAL, key, "yes") for key in keys]
    assert results(list(shop.push(changes))) == [("skipped", GUEST)] * len(changes)
    assert shop.cost(changes) == Cost(0, 0)
    assert written(sandbox) == []


@pytest.mark.parametrize("key", OWN)
def test_a_key_that_the_shop_keeps_for_itself_is_never_written(
    sandbox: Sandbox, shop: WooCommerce, key: str
) -> None:
    target = Target("field", key)
    (outcome,) = shop.push([change(target, customers(sandbox)[0], "administrator")])
    assert outcome.result == "rejected"
    assert "keep for themselves" in outcome.reason
    with pytest.raises(Broken, match="keep for themselves"):
        list(shop.carriers(target))
    assert sandbox.woocommerce.requests == []


@pytest.mark.parametrize(
    "target", [Target("list", "1"), Target("tag", " "), Target("tag", 256 * "a")]
)
def test_what_is_no_key_is_rejected(shop: WooCommerce, target: Target) -> None:
    (outcome,) = shop.push([change(target, "7", "yes")])
    assert outcome.result == "rejected"


def test_a_key_that_is_bound_twice_is_written_once(sandbox: Sandbox, shop: WooCommerce) -> None:
    ann = customers(sandbox)[0]
    twice = [change(LOYAL, ann, "yes"), change(Target("field", "Loyal"), ann, "no")]
    assert sorted(results(list(shop.push(twice)))) == [
        ("applied", ""),
        ("rejected", "Loyal is bound twice"),
    ]
    assert ann.meta["Loyal"] == "yes"


def test_a_shop_asks_for_no_consent_and_has_no_lists(shop: WooCommerce) -> None:
    assert shop.requires == "none"
    assert shop.gating_lists() == ()
    assert shop.target_kinds == {"tag", "field"}
    assert shop.by_person
    assert shop.can_read_back


def test_a_short_outage_heals_and_a_long_one_is_unavailable(
    sandbox: Sandbox, shop: WooCommerce
) -> None:
    ann = customers(sandbox)[0]
    sandbox.woocommerce.faults.add("unavailable", method="POST", times=2)
    (outcome,) = shop.push([change(LOYAL, ann, "yes")])
    assert outcome.result == "applied"
    sandbox.woocommerce.faults.add("unavailable", times=None)
    with pytest.raises(Unavailable):
        list(shop.push([change(LOYAL, ann, None)]))
    with pytest.raises(Unavailable):
        list(shop.carriers(LOYAL))
    assert ann.meta["Loyal"] == "yes"


def test_a_key_without_write_access_is_named_by_its_error(
    sandbox: Sandbox, shop: WooCommerce
) -> None:
    sandbox.woocommerce.faults.add("unauthorized", method="POST", times=None)
    with pytest.raises(Unauthorized):
        list(shop.push([change(LOYAL, customers(sandbox)[0], "yes")]))


# -- Against a server that answers oddly


Answer = Callable[[httpx.Request], httpx.Response]


class Fake:
    """A shop of a few customers who are refused, forgotten or written by their number."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.calls: list[tuple[httpx.Request, httpx.Response]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = self._answer(json.loads(request.content))
        self.calls.append((request, response))
        return response

    def _answer(self, body: dict[str, Any]) -> httpx.Response:
        if len(body["update"]) > self.most:
            too_many = {"code": "woocommerce_rest_request_entity_too_large", "message": "Too many"}
            return httpx.Response(413, json=too_many)
        rows = [self._row(each) for each in body["update"] if each["id"] % 7 != 2]
        return httpx.Response(200, json={"update": rows[::-1]})

    def _row(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["id"] % 7 == 3:
            said = f"person{asked['id']}@example.com may not be changed"
            error = {"code": "a_plugin_says_no", "message": said, "data": {"status": 400}}
            return {"id": asked["id"], "error": error}
        notes = [{"id": number, **note} for number, note in enumerate(asked["meta_data"])]
        return {"id": asked["id"], "email": "ann@example.com", "meta_data": notes}


def pushed(changes: Sequence[Change], fake: Answer) -> list[Outcome]:
    shop = WooCommerce.model_validate({"url": "https://shop.test", "key": "ck", "secret": "cs"})
    shop._clock = FakeClock()
    with respx.mock(assert_all_called=False) as router:
        router.post("/wp-json/wc/v3/customers/batch").mock(side_effect=fake)
        return list(shop.push(changes))


def carrying(*answers: httpx.Response) -> list[Found]:
    shop = WooCommerce.model_validate({"url": "https://shop.test", "key": "ck", "secret": "cs"})
    shop._clock = FakeClock()
    with respx.mock(assert_all_called=False) as router:
        router.get("/wp-json/wc/v3/customers").mock(side_effect=[*answers])
        return list(shop.carriers(LOYAL))


def expected(change: Change) -> tuple[str, str]:
    """Answer of the fake shop."""
    if not change.key.isdigit():
        return "skipped", GUEST
    return {
        2: ("rejected", UNANSWERED),
        3: ("rejected", "WooCommerce refuses it: a_plugin_says_no"),
    }.get(int(change.key) % 7, ("applied", ""))


@settings(max_examples=25)
@given(people=st.integers(0, 350), seed=st.integers(0, 2**32), most=st.integers(1, MOST))
def test_whatever_is_answered_each_change_has_its_own_outcome_and_batches_keep_their_bound(
    people: int, seed: int, most: int
) -> None:
    dice = Random(seed)
    keys = [*map(str, range(1, people + 1)), "guest:0123"]
    changes = [
        Change(target, key, dice.choice(("yes", None)), f"person{key}@example.com")
        for target in (LOYAL, VIP, SEGMENTS)
        for key in keys
        if dice.random() < 0.6
    ]
    dice.shuffle(changes)
    fake = Fake(most)
    outcomes = pushed(changes, fake)
    assert len(outcomes) == len(changes)
    assert {each.change: (each.result, each.reason) for each in outcomes} == {
        change: expected(change) for change in changes
    }
    assert not any("@" in outcome.reason for outcome in outcomes)
    sent = [json.loads(request.content) for request, _ in fake.calls]
    assert all(set(body) == {"update"} and len(body["update"]) <= MOST for body in sent)
    assert not any("@" in json.dumps(body) for body in sent)
    assert {name for body in sent for each in body["update"] for name in each} <= {
        "id",
        "meta_data",
    }


def test_a_site_that_allows_fewer_at_once_is_written_by_halves() -> None:
    fake = Fake(most=30)
    keys = [str(7 * number) for number in range(1, 51)]
    assert {each.result for each in pushed([Change(LOYAL, key, "yes") for key in keys], fake)} == {
        "applied"
    }
    sizes = [len(json.loads(request.content)["update"]) for request, _ in fake.calls]
    assert sizes == [50, 25, 25]


def test_requests_and_answers_are_as_the_vendor_describes(shared: Path, held: Held) -> None:
    description = described(shared)
    fake = Fake(most=90)
    changes = [
        Change(target, str(number), value)
        for number in range(1, MOST + 20)
        for target, value in ((LOYAL, "yes"), (VIP, None), (SEGMENTS, "Loyal"))
    ]
    assert {each.result for each in pushed(changes, fake)} == {"applied", "rejected"}
    assert {response.status_code for _, response in fake.calls} == {200, 413}
    for request, response in fake.calls:
        method, path = request.method, request.url.path
        body = json.loads(request.content)
        description.check_request(method, path, dict(request.url.params), body)
        description.check_response(method, path, response.status_code, response.json())
    held.description("woocommerce")


def test_what_the_sandbox_answers_is_as_the_vendor_describes(
    sandbox: Sandbox, shop: WooCommerce, shared: Path, held: Held
) -> None:
    description = described(shared)
    ann = customers(sandbox)[0]
    list(shop.push([change(LOYAL, ann, "yes"), change(LOYAL, "987654", "yes")]))
    (request,) = written(sandbox)
    with httpx.Client(
        base_url=sandbox.shop_url, auth=(WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET), trust_env=False
    ) as client:
        answer = client.post(request.path, json=request.body)
    description.check_request("POST", request.path, {}, request.body)
    description.check_response("POST", request.path, 200, answer.json())
    assert ["error" in row for row in answer.json()["update"]] == [False, True]
    held.description("woocommerce")


@pytest.mark.parametrize(
    "error",
    [
        {"code": "ann@example.com", "message": "ann@example.com"},
        {"code": 5},
        {"message": "ann@example.com"},
        "ann@example.com",
        None,
    ],
)
def test_an_error_names_nobody(error: Any) -> None:
    answer = httpx.Response(200, json={"update": [{"id": 7, "error": error}]})
    (outcome,) = pushed([Change(LOYAL, "7", "yes")], lambda _: answer)
    assert (outcome.result, outcome.reason) == ("rejected", "WooCommerce refuses it")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"update": {"id": 7}}),
        httpx.Response(200, json={"update": [{"id": 7}], "create": [{"id": 8}]}),
        httpx.Response(200, html="<html>Please log in</html>"),
        httpx.Response(400, json={"code": "rest_invalid_param", "message": "no"}),
        httpx.Response(413, json={"code": "too_large", "message": "one is too many"}),
    ],
    ids=["list", "empty", "no list", "created", "login page", "refused", "one is too many"],
)
def test_another_answer_than_agreed_stops_the_push(answer: httpx.Response) -> None:
    with pytest.raises(Broken):
        pushed([Change(LOYAL, "7", "yes")], lambda _: answer)


def customer(number: int, **notes: Any) -> dict[str, Any]:
    pairs = [{"id": place, "key": key, "value": notes[key]} for place, key in enumerate(notes)]
    return {"id": number, "meta_data": pairs}


def page(rows: list[Any], total: int) -> httpx.Response:
    pages = {"X-WP-Total": str(total), "X-WP-TotalPages": str(-(-total // 100))}
    return httpx.Response(200, json=rows, headers=pages)


def test_carriers_are_read_through_all_pages() -> None:
    rows = [customer(number, Loyal="yes" if number % 50 == 0 else "") for number in range(1, 151)]
    found = carrying(page(rows[:100], 150), page(rows[100:], 150))
    assert [each.key for each in found] == ["50", "100", "150"]


def test_whatever_stands_under_a_key_already_counts_as_carried() -> None:
    values = ["", None, "no", 0, ["a"]]
    rows = [customer(number, other="yes", Loyal=each) for number, each in enumerate(values, 1)]
    assert carrying(page(rows, 5)) == [Found(key, "yes") for key in ("3", "4", "5")]


def test_customers_who_come_and_go_while_they_are_read_are_read_again_later() -> None:
    rows = [customer(number, Loyal="yes") for number in range(1, 151)]
    everybody = [*rows, customer(151, Loyal="yes")]
    again = page(everybody[:100], 151), page(everybody[100:], 151)
    with pytest.raises(Unavailable, match="reads them again"):
        carrying(page(rows[:100], 150), page(rows[100:], 151), *again)


@pytest.mark.parametrize("row", [None, {"id": 7}, {"meta_data": []}, {"id": 7, "meta_data": None}])
def test_customers_without_their_meta_data_tell_nothing(row: Any) -> None:
    with pytest.raises(Broken, match=r"without id or meta data|no object"):
        carrying(page([row], 1))
