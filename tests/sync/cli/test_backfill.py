"""The command that reads a part of the past again, from a sandbox's shop."""

import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import Sandbox
from tests.sync.cli.commands import CommandLine, finish, sentences, start
from tests.sync.cli.shop import SECRETS, hub_of, shop_of
from tests.sync.cli.test_stopping import wait_for
from tests.sync.cli.test_terminal import on_a_terminal
from tests.sync.cli.till import Till

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
YEAR = ("--from", "2025-03-15", "--to", "2026-02-28")
WINDOWS = 12


@pytest.fixture
def shop(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A shop with a few years of orders."""
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    with Sandbox(NOW, people=60) as sandbox:
        till.configure(hub_of(sandbox), shop_of(sandbox))
        yield sandbox
        assert sandbox.violations == []


def requested(shop: Sandbox) -> list[str]:
    """Paths of the requests that the shop has answered, as they came."""
    return [each.path.rpartition("/")[2] for each in shop.woocommerce.requests]


def rows(till: Till, query: str) -> list[tuple[Any, ...]]:
    """Backfills in the store."""
    with closing(sqlite3.connect(till.database)) as connection:
        return connection.execute(query).fetchall()


def orders_changed(shop: Sandbox, since: str, until: str) -> list[str]:
    """Ids of the orders that were last changed between two instants, by the world itself."""
    low, high = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (since, until))
    orders = shop.world.orders.values()
    return sorted(str(each.id) for each in orders if low <= each.changed_at < high)


def test_it_reads_what_changed_in_those_months_and_nothing_else(
    segmenthub: CommandLine, till: Till, shop: Sandbox
) -> None:
    answer = segmenthub("backfill", "shop", *YEAR, "--stream", "orders")
    assert answer.code == 0
    stored = [id_ for (id_,) in rows(till, "SELECT external_id FROM orders ORDER BY 1")]
    assert stored == orders_changed(shop, "2025-03-14T23:00", "2026-02-28T23:00")
    assert 0 < len(stored) < len(shop.world.orders)
    assert set(requested(shop)) == {"orders"}


def test_elsewhere_than_on_a_terminal_each_window_is_a_line(
    segmenthub: CommandLine, shop: Sandbox
) -> None:
    answer = segmenthub("backfill", "shop", *YEAR)
    lines = [line for line in answer.err.splitlines() if "event=backfill" in line]
    assert len(lines) == WINDOWS * 4
    assert 'window="2025-03-15 to 2025-03-31"' in lines[0]
    assert "stream=products" in lines[0]
    assert "result=complete" in lines[0]
    assert sentences(answer.err) == [
        "customers, categories of shop: left out, because every pull reads all of it"
    ]
    assert "customers" not in requested(shop)


def test_a_pull_reads_on_from_where_it_was(
    segmenthub: CommandLine, till: Till, shop: Sandbox
) -> None:
    assert segmenthub("pull").code == 0
    marks = "SELECT * FROM checkpoint ORDER BY stream"
    before, orders = rows(till, marks), rows(till, "SELECT * FROM orders ORDER BY id")
    assert len(orders) == len(shop.world.orders)
    assert segmenthub("backfill", "shop", *YEAR).code == 0
    assert rows(till, marks) == before
    assert rows(till, "SELECT * FROM orders ORDER BY id") == orders


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_one_that_was_killed_goes_on_with_the_windows_that_are_missing(
    segmenthub: CommandLine, till: Till, shop: Sandbox, number: signal.Signals
) -> None:
    shop.woocommerce.faults.add("slow", "*/orders", skip=4, seconds=30)
    words = ("backfill", "shop", *YEAR, "--stream", "orders")
    with start(till.config, *words) as process:
        wait_for(shop, "/orders", 5)
        process.send_signal(number)
        answer = finish(process)
    assert answer.code == (143 if number == signal.SIGTERM else -number)
    ((done,),) = rows(till, "SELECT count(*) FROM backfill")
    assert 0 < done < WINDOWS
    shop.woocommerce.faults.clear()
    answer = segmenthub(*words)
    assert answer.code == 0
    assert sentences(answer.err) == [f"{done} of {WINDOWS} windows were already read"]
    stored = [id_ for (id_,) in rows(till, "SELECT external_id FROM orders ORDER BY 1")]
    assert stored == orders_changed(shop, "2025-03-14T23:00", "2026-02-28T23:00")
    answer = segmenthub(*words)
    assert answer.code == 0
    assert sentences(answer.err) == ["everything was already read; --again reads it anew"]


@pytest.mark.parametrize(
    ("fault", "code"), [("unauthorized", 3), ("rate_limited", 4), ("login_page", 5)]
)
def test_it_ends_with_the_code_of_what_went_wrong(
    segmenthub: CommandLine, shop: Sandbox, fault: str, code: int
) -> None:
    faults = shop.woocommerce.faults
    # Nobody waits a day for an answer.
    faults.add(fault, "*/products", times=None, retry_after=86_400)  # type: ignore[arg-type]
    answer = segmenthub("backfill", "shop", *YEAR, "--stream", "products")
    assert answer.code == code
    assert "products of shop, 2025-03-15 to 2025-03-31: " in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("shop", "--from", "2026-02-01", "--to", "2026-01-01"),
        ("shop", "--from", "2999-01-01", "--to", "2999-02-01"),
        ("shop", "--from", "2026-02-30", "--to", "2026-03-01"),
        ("shop", "--from", "2026-02-01"),
        ("shop", *YEAR, "--stream", "customers"),
        ("shpo", *YEAR),
    ],
)
def test_a_wrong_range_or_stream_is_refused_before_the_first_request(
    segmenthub: CommandLine, shop: Sandbox, words: tuple[str, ...]
) -> None:
    assert segmenthub("backfill", *words).code == 2
    assert requested(shop) == []


def test_on_a_terminal_a_bar_tells_how_far_it_is_and_how_long_it_takes(
    till: Till, shop: Sandbox
) -> None:
    shop.woocommerce.faults.add("slow", "*/products", times=3, seconds=0.3)
    code, shown = on_a_terminal(till, "backfill", "shop", *YEAR)
    assert code == 0
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown)
    assert "shop products 2025-0" in plain
    assert f"/{WINDOWS * 4} windows" in plain
    assert re.search(r"about \d+ s left", plain)
    assert "orders of shop: " in shown
    assert "event=" not in shown
