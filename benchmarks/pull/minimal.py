"""The bare loop: request a page, parse its JSON, insert flat rows, without any checks.

`python -m benchmarks.pull.minimal ADDRESS DATABASE`
"""

import sqlite3
import sys
from typing import Any

import httpx
import orjson

from benchmarks.measure import measured
from benchmarks.pull.server import ROOT

ORDER = ("id", "number", "status", "currency", "date_created_gmt", "date_modified_gmt",
         "customer_id", "total", "total_tax", "shipping_total", "discount_total",
         "prices_include_tax", "created_via")  # fmt: skip
BILLING = ("email", "first_name", "last_name", "phone", "country", "city", "postcode")
LINE = ("id", "name", "product_id", "sku", "quantity", "subtotal", "subtotal_tax", "total",
        "total_tax")  # fmt: skip
PAGE = 100


def load(address: str, database: str) -> tuple[int, int]:
    """Read every order; returns the numbers of orders and lines."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"CREATE TABLE orders ({', '.join((*ORDER, *BILLING))})")
    connection.execute(f"CREATE TABLE lines (order_id, {', '.join(LINE)})")
    orders = f"INSERT INTO orders VALUES ({', '.join('?' * len((*ORDER, *BILLING)))})"  # noqa: S608 - marks
    lines = f"INSERT INTO lines VALUES ({', '.join('?' * (1 + len(LINE)))})"  # noqa: S608 - the same
    counted = [0, 0]
    with httpx.Client(base_url=address + ROOT, auth=("ck", "cs"), trust_env=False) as client:
        page, pages = 1, 1
        while page <= pages:
            params: dict[str, Any] = {
                "page": page,
                "per_page": PAGE,
                "orderby": "id",
                "order": "asc",
            }
            answer = client.get("/orders", params=params).raise_for_status()
            pages = int(answer.headers["X-WP-TotalPages"])
            rows = orjson.loads(answer.content)
            flat = [
                (*(row[name] for name in ORDER), *(row["billing"][name] for name in BILLING))
                for row in rows
            ]
            inside = [
                (row["id"], *(line[name] for name in LINE))
                for row in rows
                for line in row["line_items"]
            ]
            with connection:
                connection.executemany(orders, flat)
                connection.executemany(lines, inside)
            counted = [counted[0] + len(flat), counted[1] + len(inside)]
            page += 1
    connection.close()
    return counted[0], counted[1]


if __name__ == "__main__":
    with measured() as cost:
        cost.counts["orders"], cost.counts["lines"] = load(*sys.argv[1:])
