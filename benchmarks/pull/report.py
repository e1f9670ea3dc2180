"""Measure the pull of orders, and report."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Cost, best, run_apart
from benchmarks.pull.server import served
from benchmarks.table import Ratio, megabytes, ratios, table

ORDERS, FEWER = 20_000, 5_000
ROUNDS = 3
STREAM = "orders"


@dataclass(frozen=True)
class Pulls:
    """Costs of the same orders for the three, and of a quarter for the hub."""

    orders: int
    bare_loop: Cost
    hub: Cost
    other: Cost
    fewer: Cost
    """The hub with a quarter of the orders."""

    def ratios(self) -> list[Ratio]:
        """The ratios with their targets."""
        spent = self.hub.parts[STREAM]
        return [
            Ratio("CPU of the hub for the orders / of the bare loop",
                  spent / self.bare_loop.cpu, "at most", 4),
            Ratio("orders per CPU-second of the hub / of dlt",
                  self.other.cpu / spent, "at least", 4),
            Ratio("peak memory of the hub with all the orders / with a quarter of them",
                  self.hub.peak / self.fewer.peak, "at most", 1.1),
        ]  # fmt: skip


def measure(orders: int = ORDERS, fewer: int = FEWER, rounds: int = ROUNDS) -> Pulls:
    """Let each read the same shop in turn; raises RuntimeError where one did not read all."""
    with served(orders) as address:
        turns = [_turn(address) for _ in range(rounds)]
    with served(fewer) as address, tempfile.TemporaryDirectory() as folder:
        few = run_apart("benchmarks.pull.hub", address, folder)
    bare_loop, hub, other = (list(each) for each in zip(*turns, strict=True))
    for cost in (*bare_loop, *hub, *other):
        if cost.counts[STREAM] != orders:
            raise RuntimeError(f"only {cost.counts[STREAM]} of {orders} orders were read")
    cheapest = min(hub, key=lambda cost: cost.parts[STREAM])
    return Pulls(orders, best(bare_loop), cheapest, best(other), few)


def as_tables(pulls: Pulls) -> str:
    """The measurements as tables."""
    spent = {
        "the bare loop: httpx, orjson, executemany": (pulls.bare_loop, pulls.bare_loop.cpu),
        "the hub, stream of orders": (pulls.hub, pulls.hub.parts[STREAM]),
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
    others = ", ".join(
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
            f"The hub's pull of the other streams: {others}.",
            ratios(pulls.ratios()),
        ]
    )


def report() -> str:
    """Measure and report."""
    return as_tables(measure())


def _turn(address: str) -> tuple[Cost, Cost, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        return (
            run_apart("benchmarks.pull.minimal", address, Path(folder) / "bare_loop.db"),
            run_apart("benchmarks.pull.hub", address, folder),
            run_apart("benchmarks.pull.dlt_loader", address, folder),
        )
