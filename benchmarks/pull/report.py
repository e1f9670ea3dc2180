"""Measures the pull of orders and tells of it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Cost, apart, best
from benchmarks.pull.server import served
from benchmarks.table import Ratio, megabytes, ratios, table

ORDERS, FEWER = 20_000, 5_000
ROUNDS = 3
STREAM = "orders"


@dataclass(frozen=True)
class Pulls:
    """What the same orders cost each of three, and the hub a quarter of them."""

    orders: int
    floor: Cost
    hub: Cost
    other: Cost
    fewer: Cost
    """The hub's peak of a quarter of the orders."""

    def ratios(self) -> list[Ratio]:
        """What was to be reached."""
        spent = self.hub.parts[STREAM]
        return [
            Ratio("CPU of the hub for the orders / of the barest loop",
                  spent / self.floor.cpu, "at most", 4),
            Ratio("orders per CPU-second of the hub / of dlt",
                  self.other.cpu / spent, "at least", 4),
            Ratio("peak memory of the hub with all the orders / with a quarter of them",
                  self.hub.peak / self.fewer.peak, "at most", 1.1),
        ]  # fmt: skip


def measure(orders: int = ORDERS, fewer: int = FEWER, rounds: int = ROUNDS) -> Pulls:
    """Let each read the same shop, by turns; raises where one did not read all of it."""
    with served(orders) as address:
        turns = [_turn(address) for _ in range(rounds)]
    with served(fewer) as address, tempfile.TemporaryDirectory() as folder:
        few = apart("benchmarks.pull.hub", address, folder)
    floor, hub, other = (list(each) for each in zip(*turns, strict=True))
    for cost in (*floor, *hub, *other):
        # Guests come with the hub's orders and are counted with them.
        if cost.counts[STREAM] < orders:
            raise RuntimeError(f"only {cost.counts[STREAM]} of {orders} orders were read")
    cheapest = min(hub, key=lambda cost: cost.parts[STREAM])
    return Pulls(orders, best(floor), cheapest, best(other), few)


def told(pulls: Pulls) -> str:
    """As tables."""
    spent = {
        "the barest loop: httpx, orjson, executemany": (pulls.floor, pulls.floor.cpu),
        "the hub, its stream of orders": (pulls.hub, pulls.hub.parts[STREAM]),
        "dlt, rest_api into SQLite": (pulls.other, pulls.other.cpu),
    }
    rows = [
        (
            name,
            f"{cpu:.1f} s",
            f"{pulls.orders / cpu:,.0f}",
            f"{cost.start:.1f} s",
            megabytes(cost.peak),
        )
        for name, (cost, cpu) in spent.items()
    ]
    beside = ", ".join(
        f"{stream} {seconds:.1f} s"
        for stream, seconds in pulls.hub.parts.items()
        if stream != STREAM
    )
    return "\n\n".join(
        [
            table(
                ("the same orders", "CPU", "orders per CPU-second", "CPU to start", "peak memory"),
                rows,
            ),
            f"What the hub's pull spends on the shop's other streams: {beside}.",
            ratios(pulls.ratios()),
        ]
    )


def report() -> str:
    """Measure and tell."""
    return told(measure())


def _turn(address: str) -> tuple[Cost, Cost, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        return (
            apart("benchmarks.pull.floor", address, Path(folder) / "floor.db"),
            apart("benchmarks.pull.hub", address, folder),
            apart("benchmarks.pull.other", address, folder),
        )
