"""The hub reading the file, and its whole pull into a store.

`python -m benchmarks.csv.hub read|pull FOLDER`
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Cost, measured
from core import log
from core.contract import Window
from core.records import Order
from sync.hub import Hub, collect_seldom, open_hub
from sync.pull import pull
from sync.runs import running

CONFIG = """
[hub]
database = "sqlite:///hub.db"
timezone = "Europe/Copenhagen"
currency = "DKK"

[connections.till]
kind = "csv"
folder = "."

[connections.till.orders]
files = ["sales.csv"]
delimiter = ";"
decimal = ","
id = "receipt"
contact = "member"
placed_at = { column = "date", format = "%d-%m-%Y %H:%M" }
channel = { value = "pos" }
store = "shop"

[connections.till.orders.lines]
id = { row = true }
sku = "item"
title = "title"
category = "group"
brand = "make"
quantity = "pieces"
total = "amount"
"""


def prepared(folder: Path) -> Path:
    """A config that reads the file beside it."""
    config = folder / "config.toml"
    config.write_text(CONFIG)
    return config


def read(hub: Hub, cost: Cost) -> None:
    """Read every record and drop it."""
    window = Window(until=datetime.now(UTC), zone=hub.config.hub.timezone)
    cost.counts["lines"] = sum(
        len(record.lines)
        for page in hub.source("till").read("orders", window)
        for record in page.records
        if isinstance(record, Order)
    )


def store(hub: Hub, cost: Cost) -> None:
    """Pull everything into the store."""
    with running(hub, "pull") as run:
        pull(run)
    if run.errors:
        raise run.errors[0]
    with hub.database.read() as transaction:
        cost.counts["lines"] = transaction.exec_driver_sql(
            "SELECT count(*) FROM order_line"
        ).scalar_one()


if __name__ == "__main__":
    log.configure("plain")
    # As the command line does.
    collect_seldom()
    work = {"read": read, "pull": store}[sys.argv[1]]
    with open_hub(prepared(Path(sys.argv[2]))) as hub, measured() as cost:
        work(hub, cost)
