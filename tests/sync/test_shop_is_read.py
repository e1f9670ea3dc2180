"""A webshop that goes on selling while it is read: everything is read, in few requests."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from core.store.tables import ORDERS
from sandbox import Sandbox
from sync.hub import Hub, open_hub
from sync.pull import pull
from sync.runs import Run, running
from tests.sandbox_config import write_config

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
PAGE = 100


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(NOW, people=250) as sandbox:
        yield sandbox
        assert sandbox.violations == []


@pytest.fixture
def hub(sandbox: Sandbox, tmp_path: Path) -> Iterator[Hub]:
    with open_hub(write_config(tmp_path, sandbox, {"shop": ""}, ""), sandbox.clock.now) as hub:
        yield hub


def pulled(hub: Hub) -> Run:
    with running(hub, "pull") as run:
        pull(run, ["shop"])
    assert run.errors == []
    return run


def requests(sandbox: Sandbox) -> Counter[str]:
    """Requests since the last look, by their path."""
    seen = Counter(each.path.partition("/v3")[2] for each in sandbox.woocommerce.requests)
    sandbox.woocommerce.requests.clear()
    return seen


def stored(hub: Hub) -> dict[str, str]:
    """Orders of the store and their status."""
    with hub.database.read() as transaction:
        rows = transaction.execute(select(ORDERS.c.external_id, ORDERS.c.status))
        return {row.external_id: row.status for row in rows}


def test_a_shop_that_saves_orders_at_every_request_is_read_once_and_whole(
    sandbox: Sandbox, hub: Hub
) -> None:
    before = {str(number) for number in sandbox.world.orders}
    sandbox.world.saves_per_request = 3
    pulled(hub)
    assert before <= stored(hub).keys()
    sold = len(sandbox.world.orders)
    assert requests(sandbox)["/orders"] <= 2 * sold / PAGE + 10
    sandbox.world.saves_per_request = 0
    pulled(hub)
    assert stored(hub).keys() == {str(number) for number in sandbox.world.orders}
