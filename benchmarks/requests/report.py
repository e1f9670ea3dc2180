"""Count the requests that a large shop is asked, and report."""

import tempfile
from dataclasses import dataclass

from benchmarks.measure import run_apart
from benchmarks.requests.hub import RequestCounts
from benchmarks.table import Ratio, ratios, table

CUSTOMERS, ORDERS, PAGE = 50_000, 200_000, 100


@dataclass(frozen=True)
class ShopRequests:
    """Requests to a shop of that size."""

    customers: int
    orders: int
    counts: RequestCounts

    def rows(self) -> list[tuple[str, int, int]]:
        """One reading: its name, the pages of its list, and the requests."""
        counts = self.counts
        return [
            ("first pull, orders with their lines", _pages(self.orders), counts.whole_orders),
            ("backfill of 25 months, all lists", _pages(counts.backfilled), counts.backfill),
            ("first push of three tags, customers", _pages(self.customers), counts.push_reads),
        ]

    def ratios(self) -> list[Ratio]:
        """The ratios with their targets."""
        most = (1.05, 1.2, 1)
        return [
            Ratio("requests of an idle pull", self.counts.idle, "at most", 8),
            *(
                Ratio(f"{what}: requests / pages", sent / pages, "at most", target)
                for (what, pages, sent), target in zip(self.rows(), most, strict=True)
            ),
        ]


def measure(customers: int = CUSTOMERS, orders: int = ORDERS) -> ShopRequests:
    """Count in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        cost = run_apart("benchmarks.requests.hub", customers, orders, folder)
    return ShopRequests(customers, orders, RequestCounts(**cost.counts))


def as_tables(found: ShopRequests) -> str:
    """The counts as tables."""
    rows = [(what, f"{pages:,}", f"{sent:,}") for what, pages, sent in found.rows()]
    return "\n\n".join(
        [
            f"A shop of {found.customers:,} customers and {found.orders:,} orders.",
            table(("what is read", "pages of 100", "requests"), rows),
            ratios(found.ratios()),
        ]
    )


def report() -> str:
    """Count and report."""
    return as_tables(measure())


def _pages(rows: int) -> int:
    return -(-rows // PAGE)
