"""Count the requests of a first pull, an idle one, a backfill and a first push.

`python -m benchmarks.requests.hub CUSTOMERS ORDERS FOLDER`
"""

import os
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import measured
from benchmarks.pull.hub import prepared
from benchmarks.requests.shop import OPEN_FOR, OPENED, ROOT, TOWNS, LargeShop
from core import log
from sandbox.server import Server
from sync import backfill
from sync.destinations import push_destinations
from sync.evaluation import evaluate
from sync.hub import Hub, collect_seldom, open_hub
from sync.pull import pull
from sync.runs import Run, running

FIRST, LAST = date(2023, 2, 1), date(2025, 2, 28)
"""Twenty-five months."""
SEGMENT = '\n[segments.in_{name}]\nfield = "city"\nis = "{town}"\n'
TAG = 'in_{name} = "{town}"\n'


@dataclass(frozen=True)
class RequestCounts:
    """Requests to the shop."""

    whole_orders: int
    """Requests of a first pull for orders with their lines."""
    idle: int
    """Requests of a pull an hour later, when nothing has changed."""
    backfill: int
    """Requests of a backfill of twenty-five months."""
    backfilled: int
    """Orders of these months."""
    push_reads: int
    """Requests for customers of a first push of three tags."""


def count_requests(customers: int, orders: int, folder: Path) -> RequestCounts:
    """Pull, pull again, backfill and push; raises RuntimeError where the shop ends up wrong."""
    os.environ |= {"BENCH_KEY": "ck", "BENCH_SECRET": "cs"}
    shop = LargeShop(customers, orders)
    present = [OPENED + OPEN_FOR + timedelta(hours=1)]
    with (
        Server(shop) as server,
        open_hub(_config(server.url, folder), lambda: present[0]) as hub,
    ):
        stored = _pulled(hub)
        if (stored["orders"], stored["customers"]) != (orders, customers):
            raise RuntimeError(f"{dict(stored)} of {orders} orders and {customers} customers")
        whole = sum("line_items" in each.query.get("_fields", "") for each in server.requests)
        present[0] += timedelta(hours=1)
        server.requests.clear()
        _pulled(hub)
        idle = len(server.requests)
        server.requests.clear()
        again = _backfilled(hub)
        sent = len(server.requests)
        server.requests.clear()
        with running(hub, "run") as run:
            evaluate(run)
            push_destinations(run)
        _raise_error(run)
        reads = sum(
            each.method == "GET" and each.path == f"{ROOT}/customers" for each in server.requests
        )
    if len(shop.notes) != customers:
        raise RuntimeError(f"{len(shop.notes)} carry a tag, and {customers} should")
    return RequestCounts(whole, idle, sent, again, reads)


def _config(address: str, folder: Path) -> Path:
    towns = [{"name": town.lower(), "town": town} for town in TOWNS]
    config = prepared(address, folder)
    config.write_text(
        config.read_text()
        + "\n[connections.shop.push.tags]\n"
        + "".join(TAG.format(**each) for each in towns)
        + "".join(SEGMENT.format(**each) for each in towns)
    )
    return config


def _pulled(hub: Hub) -> Counter[str]:
    with running(hub, "pull") as run:
        pull(run)
    _raise_error(run)
    return Counter({step.stream: step.counts["inserted"] for step in run.steps})


def _backfilled(hub: Hub) -> int:
    """Read the months; returns the number of their orders."""
    with running(hub, "backfill") as run:
        backfill.backfill(run, backfill.plan(hub, "shop", FIRST, LAST))
    _raise_error(run)
    return sum(step.counts["fetched"] for step in run.steps if step.stream == "orders")


def _raise_error(run: Run) -> None:
    if run.errors:
        raise run.errors[0]


if __name__ == "__main__":
    customers, orders, folder = sys.argv[1:]
    log.configure("plain")
    collect_seldom()
    with measured() as cost:
        cost.counts |= asdict(count_requests(int(customers), int(orders), Path(folder)))
