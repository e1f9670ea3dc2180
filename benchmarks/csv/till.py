"""A till's file of receipts of any size, with two and a half lines to a receipt."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

FILE = "sales.csv"
COLUMNS = (
    "receipt", "date", "member", "shop", "item", "title", "group", "make", "pieces", "amount",
)  # fmt: skip
OPENED = datetime(2023, 1, 2, 8)  # noqa: DTZ001 - a till writes local time
LINES_PER_MEMBER = 25
GROUPS = ("Legetøj", "Børnetøj", "Lys", "Køkken", "Tekstiler", "Telte", "Fodtøj")
MAKES = ("Lille Bjørn", "Nordvind", "Fjordlys", "Havtorn", "Elgstien")
ITEMS = 500
SIZES = (1, 2, 2, 3, 4, 3)
"""Lines of a receipt."""


def write(folder: Path, lines: int, seed: int = 1) -> Path:
    """Write the file with that many lines."""
    dice = Random(seed)
    members = max(1, lines // LINES_PER_MEMBER)
    file = folder / FILE
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text, delimiter=";")
        writer.writerow(COLUMNS)
        receipt, left = 0, 0
        for _ in range(lines):
            if not left:
                receipt, left = receipt + 1, dice.choice(SIZES)
                at = OPENED + timedelta(minutes=2 * receipt)
                head = (receipt, f"{at:%d-%m-%Y %H:%M}", dice.randrange(members), dice.randrange(4))
            item = dice.randrange(ITEMS)
            pieces = dice.choice((1, 1, 1, 2))
            amount = f"{pieces * (item % 90 + 10)},95"
            shelf = (f"Vare {item}", GROUPS[item % len(GROUPS)], MAKES[item % len(MAKES)])
            writer.writerow((*head, f"NV-{item}", *shelf, pieces, amount))
            left -= 1
    return file
