"""Vendure and Medusa that run on this machine: their orders, as a plain client is told them.

Set VENDURE_LIVE or MEDUSA_LIVE to the address of a server with orders, and VENDURE_LIVE_PASSWORD
(of `superadmin`) or MEDUSA_LIVE_KEY to its password or key.
"""

import os
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.kit import Network, Order, Refund, RestSource
from connectors.kit.testing.reading import records
from connectors.medusa import Medusa
from connectors.vendure import Vendure

pytestmark = pytest.mark.thorough
LOCAL = Network(allow_local=frozenset({"127.0.0.1"}))
PLACED = """query ($skip: Int) { orders(options: { take: 100, skip: $skip, sort: { id: ASC },
  filter: { orderPlacedAt: { isNull: false } } }) { items { id subTotalWithTax } } }"""


def goods(source: RestSource) -> dict[str, Decimal]:
    """The worth of each order's goods with their tax, less the lines that came back."""
    found: dict[str, Decimal] = {}
    back: dict[str, Decimal] = {}
    for each in records(source, "orders"):
        if isinstance(each, Order):
            taxed = Decimal(not each.tax_included)
            lines = ((line.total or 0) + taxed * (line.tax or 0) for line in each.lines)
            found[each.id] = sum(lines, Decimal())
        elif isinstance(each, Refund) and each.order and each.lines:
            back[each.order] = back.get(each.order, Decimal()) + (each.total or 0)
    return {id_: worth - back.get(id_, 0) for id_, worth in found.items()}


@pytest.mark.skipif("VENDURE_LIVE" not in os.environ, reason="no Vendure runs here")
def test_a_running_vendure_tells_a_plain_client_the_same_orders() -> None:
    url, password = os.environ["VENDURE_LIVE"], os.environ["VENDURE_LIVE_PASSWORD"]
    settings = {"url": url, "username": "superadmin", "password": password}
    shop = Vendure.model_validate(settings).through(LOCAL)
    headers = dict(shop.credential().headers)
    told: dict[str, Decimal] = {}
    page: list[Any] = [None]
    while page:
        body = {"query": PLACED, "variables": {"skip": len(told)}}
        answer = httpx.post(f"{url}/admin-api", json=body, headers=headers).json()
        page = answer["data"]["orders"]["items"]
        told |= {row["id"]: Decimal(row["subTotalWithTax"]) / 100 for row in page}
    assert told
    assert goods(shop) == told


@pytest.mark.skipif("MEDUSA_LIVE" not in os.environ, reason="no Medusa runs here")
def test_a_running_medusa_tells_a_plain_client_the_same_orders() -> None:
    url, key = os.environ["MEDUSA_LIVE"], os.environ["MEDUSA_LIVE_KEY"]
    shop = Medusa.model_validate({"url": url, "api_key": key}).through(LOCAL)
    told: dict[str, Decimal] = {}
    page: list[Any] = [None]
    while page:
        asked: dict[str, Any] = {"limit": 100, "offset": len(told), "order": "id"}
        asked["fields"] = "id,item_total"
        answer = httpx.get(f"{url}/admin/orders", params=asked, auth=(key, "")).json()
        page = answer["orders"]
        told |= {row["id"]: Decimal(str(row["item_total"])) for row in page}
    assert told
    assert goods(shop) == told
