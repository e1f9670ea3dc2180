"""A bad answer stops its stream and removes nothing."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.kit.clock import Clock
from connectors.woocommerce import WooCommerce
from connectors.woocommerce.account import AS_SAVED
from sandbox import Sandbox
from sandbox.faults import Kind
from sync.hub import open_hub
from sync.pull import pull
from sync.runs import running
from tests.sync.cli.commands import CommandLine, sentences
from tests.sync.cli.shop import SECRETS, hub_of, news_of, shop_of
from tests.sync.cli.till import TILL, Till

CODES: dict[Kind, int] = {
    "truncated": 4,
    "reset": 4,
    "unavailable": 4,
    "server_error": 4,
    "rate_limited": 4,
    "unauthorized": 3,
    "forbidden": 3,
    "blocked": 5,
    "login_page": 5,
    "wrong_type": 5,
    "error_envelope": 5,
    "repeated_page": 5,
}
PAGE = 20
CUSTOMERS = "*/customers"
ORDERS = "*/orders"


@pytest.fixture(scope="module")
def hasty() -> Iterator[None]:
    """Settings for a hub with secrets, short pages, and no waiting between attempts."""
    with pytest.MonkeyPatch.context() as patch:
        for name, secret in SECRETS.items():
            patch.setenv(name, secret)
        patch.setattr(Clock, "sleep", lambda *_: None)
        patch.setattr(WooCommerce, "pages", replace(WooCommerce.pages, size=PAGE))
        orders = WooCommerce.declared()["orders"]
        short = replace(orders, pages=replace(AS_SAVED, size=PAGE), daily=None)
        patch.setattr(WooCommerce.orders, "declared", short)
        yield


@pytest.fixture
def sandbox(till: Till, hasty: None) -> Iterator[Sandbox]:
    """A shop with some pages of customers and orders."""
    with Sandbox(datetime.now(UTC), people=60) as sandbox:
        till.configure(hub_of(sandbox), shop_of(sandbox), TILL)
        yield sandbox


@pytest.fixture(scope="module")
def read_once(
    hasty: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sandbox, Path]]:
    """A shop, and the folder of a hub that has pulled it."""
    folder = tmp_path_factory.mktemp("read_once")
    with Sandbox(datetime.now(UTC), people=60) as sandbox:
        Till(folder).configure(hub_of(sandbox), shop_of(sandbox))
        with open_hub(folder / "config.toml") as hub, running(hub, "pull") as run:
            pull(run)
        assert not run.errors
        yield sandbox, folder


@pytest.fixture
def read_shop(till: Till, read_once: tuple[Sandbox, Path]) -> Iterator[Sandbox]:
    """The pulled shop, for one test that only reads."""
    sandbox, folder = read_once
    shutil.copytree(folder, till.folder, dirs_exist_ok=True)
    with sqlite3.connect(till.database) as connection:
        # The day's walk over all customers is due again.
        connection.execute("UPDATE checkpoint SET state = NULL WHERE stream = 'customers'")
    yield sandbox
    sandbox.woocommerce.faults.clear()


def stored(till: Till) -> dict[str, int]:
    """Number of rows by table."""
    with sqlite3.connect(till.database) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("contact", "profile", "orders", "order_line", "product", "refund")
        }


def results(segmenthub: CommandLine) -> dict[str, str]:
    """Stream of the shop -> result of its last read."""
    return {
        each["stream"]: each["last_run"]["result"]
        for each in segmenthub("status", "--json").json()
        if each["connection"] == "shop"
    }


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_a_bad_answer_stops_the_stream_and_removes_nothing(
    segmenthub: CommandLine, till: Till, read_shop: Sandbox, kind: Kind, code: int
) -> None:
    before = stored(till)
    read_shop.woocommerce.faults.add(kind, CUSTOMERS, times=None, skip=1)
    answer = segmenthub("pull", "shop")
    assert answer.code == code
    (sentence,) = sentences(answer.err)
    assert sentence.startswith("customers of shop: ")
    assert stored(till) == before
    assert results(segmenthub)["customers"] == "failed"
    assert "customers of shop: " in segmenthub("status").out


@pytest.mark.parametrize("kind", ["login_page", "truncated", "repeated_page"])
def test_pages_before_a_bad_answer_stay_and_the_next_run_brings_the_rest(
    segmenthub: CommandLine, till: Till, sandbox: Sandbox, kind: Kind
) -> None:
    sandbox.woocommerce.faults.add(kind, ORDERS, times=None, skip=2)
    assert segmenthub("pull", "shop").code == 5
    # The second page begins with the last row of the first.
    assert PAGE < stored(till)["orders"] < 2 * PAGE
    sandbox.woocommerce.faults.clear()
    assert segmenthub("pull", "shop").code == 0
    assert stored(till)["orders"] == len(sandbox.world.orders) > 3 * PAGE


def test_other_connections_are_read_though_the_shop_refuses_us(
    segmenthub: CommandLine, sandbox: Sandbox
) -> None:
    sandbox.woocommerce.faults.add("unauthorized", "*", times=None)
    answer = segmenthub("pull")
    assert answer.code == 5
    (sentence,) = sentences(answer.err)
    assert "the credential is refused" in sentence
    (run,) = segmenthub("runs", "--json").json()
    assert run["result"] == "partial"
    assert [each["result"] for each in run["steps"]] == ["failed", "complete", "complete"]


def test_without_network_there_is_one_clear_line(
    segmenthub: CommandLine, till: Till, sandbox: Sandbox
) -> None:
    till.configure(hub_of(sandbox), shop_of(sandbox))
    first = segmenthub("pull")
    assert first.code == 0
    assert "event=request" not in first.err
    before = stored(till)
    sandbox.stop()
    answer = segmenthub("pull")
    assert answer.code == 4
    (sentence,) = sentences(answer.err)
    assert "cannot be reached; the next run tries again" in sentence
    assert stored(till) == before


def test_a_host_that_is_not_allowed_is_2_and_says_what_to_write(
    segmenthub: CommandLine, till: Till, sandbox: Sandbox
) -> None:
    till.configure('[hub]\ntimezone = "Europe/Copenhagen"\ncurrency = "DKK"\n', shop_of(sandbox))
    answer = segmenthub("pull")
    assert answer.code == 2
    assert "allow_local" in answer.err


def test_no_secret_and_no_address_is_printed(segmenthub: CommandLine, sandbox: Sandbox) -> None:
    sandbox.woocommerce.faults.add("forbidden", ORDERS, times=None, skip=1)
    answers = [segmenthub("--verbose", "pull"), segmenthub("status"), segmenthub("runs", "--json")]
    for answer in answers:
        for secret in (*SECRETS.values(), "@example"):
            assert secret not in answer.out + answer.err
    assert "event=request" in answers[0].err


def test_a_destination_is_read_before_the_first_write(
    segmenthub: CommandLine, till: Till, sandbox: Sandbox
) -> None:
    till.configure(hub_of(sandbox), shop_of(sandbox), news_of(sandbox))
    assert segmenthub("pull", "shop").code == 0
    assert segmenthub("evaluate").code == 0
    (planned,) = segmenthub("plan", "--json").json()
    assert {"enter", "leave", "requests", "seconds", "held"} <= planned.keys()
    assert planned["requests"] == 0
    assert "has never been read" in planned["held"][0]["reason"]
    assert segmenthub("push").code == 0
    methods = [request.method for request in sandbox.mailchimp.requests]
    assert methods.index("POST") > 0
    assert any("/members" in each.path for each in sandbox.mailchimp.requests)
    assert sandbox.violations == []
    run = segmenthub("runs", "--json", "--last", "1").json()[0]
    assert {each["step"] for each in run["steps"]} == {"pull", "push"}
    assert run["steps"][-1]["counts"]["applied"] > 0
    sent = len(sandbox.mailchimp.requests)
    assert segmenthub("push").code == 0
    assert len(sandbox.mailchimp.requests) == sent


def test_an_unreadable_destination_is_not_written_to(
    segmenthub: CommandLine, till: Till, sandbox: Sandbox
) -> None:
    till.configure(hub_of(sandbox), shop_of(sandbox), news_of(sandbox))
    segmenthub("pull", "shop")
    segmenthub("evaluate")
    sandbox.mailchimp.faults.add("unauthorized", "*/members", times=None)
    assert segmenthub("push", "news").code == 5
    assert {request.method for request in sandbox.mailchimp.requests} == {"GET"}


def test_a_push_before_evaluation_is_held_and_a_dry_run_makes_no_request(
    segmenthub: CommandLine, till: Till, sandbox: Sandbox
) -> None:
    till.configure(hub_of(sandbox), shop_of(sandbox), news_of(sandbox))
    assert segmenthub("pull").code == 0
    answer = segmenthub("push")
    assert answer.code == 6
    assert "never been evaluated" in answer.err
    assert "push to news held" in " ".join(segmenthub("status").out.split())
    assert segmenthub("evaluate").code == 0
    sent = len(sandbox.mailchimp.requests)
    runs = segmenthub("runs", "--json").out
    answer = segmenthub("push", "--dry-run")
    assert answer.code == 0
    assert "tag Buyer" in answer.out
    assert len(sandbox.mailchimp.requests) == sent
    assert segmenthub("runs", "--json").out == runs
