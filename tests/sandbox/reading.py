"""Reading a whole list page by page."""

from collections.abc import Iterator
from typing import Any

import httpx


def every_page(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    """Every row of a WooCommerce list."""
    joint = "&" if "?" in path else "?"
    number = 1
    while True:
        answer = client.get(f"{path}{joint}per_page=100&orderby=id&order=asc&page={number}")
        assert answer.status_code == 200, answer.text
        yield from answer.json()
        if number >= int(answer.headers["X-WP-TotalPages"]):
            return
        number += 1


def every_row(client: httpx.Client, path: str, name: str) -> list[dict[str, Any]]:
    """Every row of a Mailchimp list."""
    rows: list[dict[str, Any]] = []
    while True:
        answer = client.get(path, params={"count": 1000, "offset": len(rows)})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body[name]
        if len(rows) >= body["total_items"]:
            return rows
