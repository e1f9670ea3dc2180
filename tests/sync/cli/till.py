"""A till's CSV files, and the config that reads them."""

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
    """A folder with a till's CSV files and a config."""

    folder: Path

    @property
    def config(self) -> Path:
        """Path of the config."""
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        """Path of the database."""
        return self.folder / "segmenthub.db"

    def write(self, name: str, *lines: str) -> None:
        """Write a file of the till."""
        file = self.folder / "till" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(lines) + "\n", "utf-8")

    def people(self, *rows: str) -> None:
        """Write customers: `id,email,sex`."""
        self.write("people.csv", "id,email,sex", *rows)

    def sales(self, *rows: str, name: str = "sales.csv") -> None:
        """Write receipts: `receipt,who,date,amount`."""
        self.write(name, "receipt,who,date,amount", *rows)

    def configure(self, *parts: str) -> None:
        """Write the config."""
        self.config.write_text("\n".join(parts or (HUB, TILL, SEGMENTS)), "utf-8")

    def open(self) -> "Till":
        """Write four customers, five receipts (one without customer) and a config."""
        self.people(
            "007,ann@example.com,female", "12,bo@example.com,male",
            "å1,cy@example.com,female", "Z9,,male",
        )  # fmt: skip
        self.sales(*receipts([("1", "007"), ("2", "007"), ("3", "Z9"), ("4", "Z9"), ("5", "")]))
        self.configure()
        return self


def receipts(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Rows of sales in the last days, one for each pair of receipt and customer."""
    today = datetime.now(UTC).date()
    return [
        f"{number},{who},{today - timedelta(days=place % 20 + 2)},10.50"
        for place, (number, who) in enumerate(pairs)
    ]
