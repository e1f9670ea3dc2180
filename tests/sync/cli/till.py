"""A till whose files a test writes, and the config that reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

HUB = """\
[hub]
timezone = "Europe/Copenhagen"
currency = "DKK"
"""
TILL = """
[connections.till]
kind = "csv"
folder = "till"

[connections.till.contacts]
files = ["people*.csv"]
id = "id"
email = "email"
gender = "sex"

[connections.till.orders]
files = ["sales*.csv"]
id = "receipt"
contact = "who"
placed_at = "date"
total = "amount"
"""
SEGMENTS = """
[segments.loyal]
title = { en = "Loyal [friends]", da = "Trofaste" }
recipe = "frequent_buyers"
orders = 2
within = "ever"

[segments.women]
recipe = "gender"
is = "female"
"""


@dataclass
class Till:
    """The folder of one test."""

    folder: Path

    @property
    def config(self) -> Path:
        """Where the config is."""
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        """Where the data will be."""
        return self.folder / "segmenthub.db"

    def write(self, name: str, *lines: str) -> None:
        """A file of the till."""
        file = self.folder / "till" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(lines) + "\n", "utf-8")

    def people(self, *rows: str) -> None:
        """Its customers: `id,email,sex`."""
        self.write("people.csv", "id,email,sex", *rows)

    def sales(self, *rows: str, name: str = "sales.csv") -> None:
        """Its receipts: `receipt,who,date,amount`."""
        self.write(name, "receipt,who,date,amount", *rows)

    def configure(self, *parts: str) -> None:
        """Write the config."""
        self.config.write_text("\n".join(parts or (HUB, TILL, SEGMENTS)), "utf-8")

    def open(self) -> "Till":
        """Four people and five receipts, of which one is of nobody; a config that reads them."""
        self.people(
            "007,ann@example.com,female", "12,bo@example.com,male",
            "å1,cy@example.com,female", "Z9,,male",
        )  # fmt: skip
        self.sales(*receipts([("1", "007"), ("2", "007"), ("3", "Z9"), ("4", "Z9"), ("5", "")]))
        self.configure()
        return self


def receipts(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Rows of sales in the last days, one for each receipt and who bought."""
    today = datetime.now(UTC).date()
    return [
        f"{number},{who},{today - timedelta(days=place % 20 + 2)},10.50"
        for place, (number, who) in enumerate(pairs)
    ]
