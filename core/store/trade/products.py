"""Products, and what a line takes over from its product when the two first meet."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from core import records
from core.store.bulk import Row, rows_where, table_of, values_where
from core.store.keys import code_key, fold
from core.store.money import ten_thousandths
from core.store.shop import Shop
from core.store.tables.trade import OrderLine, Product
from core.store.trade.categories import known_categories
from core.store.upsert.page_context import PageContext
from core.store.upsert.upsert import compare, store

PRODUCT = table_of(Product)
LINE = table_of(OrderLine)
_PLAIN = frozenset({"sku", "title", "brand", "gift_card"})
_PRICES = frozenset({"price", "list_price"})
_KEPT = ("sku", "title", "brand", "price", "list_price", "gift_card")


def take_products(intake: PageContext, products: Sequence[records.Product]) -> set[int]:
    """Store products; returns the numbers of orders whose lines now meet theirs."""
    arrivals = compare(intake, Product, products, _columns)
    changed = store(intake, Product, arrivals)
    parents: dict[str, str | None] = {}
    for arrival in changed:
        parents |= dict.fromkeys(orjson.loads(arrival.after["categories"]))
    for arrival in changed:
        for record in arrival.records:
            if isinstance(record, records.Product) and record.category and record.category_parent:
                parents[record.category] = record.category_parent
    known_categories(intake, parents)
    return values_where(
        intake.transaction,
        LINE.c.order_id,
        LINE.c.product_external_id,
        [arrival.after["external_id"] for arrival in changed if arrival.before is None],
        LINE.c.connection_id == intake.connection_id,
        LINE.c.product_id.is_(None),
    )


def meet(intake: PageContext, lines: Iterable[Row]) -> list[Row]:
    """Let lines that have met no product yet meet theirs; returns those that did.

    What they take over is for the caller to ask.
    """
    waiting = [
        line
        for line in lines
        if line["product_id"] is None
        and line["product_external_id"] is not None
        and line["connection_id"] == intake.connection_id
    ]
    products = {
        row["external_id"]: (row["id"], _snapshot(row))
        for row in rows_where(
            intake.transaction,
            PRODUCT,
            PRODUCT.c.external_id,
            {line["product_external_id"] for line in waiting},
            PRODUCT.c.connection_id == intake.connection_id,
        )
    }
    met = [line for line in waiting if line["product_external_id"] in products]
    for line in met:
        line["product_id"], line["snapshot"] = products[line["product_external_id"]]
    return met


def take_over(shop: Shop, line: Row) -> None:
    """Fill what the line does not state itself from the snapshot of its product."""
    product = _told(line["snapshot"]) if line["snapshot"] else {}
    for name in ("sku", "title", "list_price"):
        if line[name] is None:
            line[name] = product.get(name)
    for name, key in (("sku", "sku_key"), ("product_external_id", "product_key")):
        line[key] = None if line[name] is None else code_key(line[name])
    if line["stated_total"] is None and line["unit_price"] is None:
        line["unit_price"] = product.get("price")
    line["brand"] = line["stated_brand"] or product.get("brand")
    line["brand_key"] = brand_key(shop, line["brand"])
    stated = line["stated_gift_card"]
    line["gift_card"] = bool(product.get("gift_card") if stated is None else stated)


def shelves(line: Row) -> list[str]:
    """Ids of the categories that a line was sold under."""
    if line["stated_category"] is not None:
        return [line["stated_category"]]
    if not line["snapshot"]:
        return []
    found: list[str] = _told(line["snapshot"])["categories"]
    return found


def brand_key(shop: Shop, brand: str | None) -> str | None:
    """A brand as rules compare it: the name that its spelling stands for, folded."""
    if brand is None:
        return None
    folded = fold(brand)
    return fold(shop.brand_aliases.get(folded, folded))


@lru_cache(maxsize=8192)
def _told(snapshot: str) -> Mapping[str, Any]:
    """What a product said; many lines carry the same."""
    said: Mapping[str, Any] = orjson.loads(snapshot)
    return said


def _snapshot(product: Row) -> str:
    kept = {name: product[name] for name in _KEPT}
    return orjson.dumps(kept | {"categories": orjson.loads(product["categories"])}).decode()


def _columns(record: records.Product, _known: Row) -> Row:
    given = record.model_fields_set
    columns: Row = {name: getattr(record, name) for name in _PLAIN & given}
    for name in _PRICES & given:
        price = getattr(record, name)
        columns[name] = None if price is None else ten_thousandths(price)
    if given & {"category", "categories"}:
        first = [record.category] if record.category else []
        names = list(dict.fromkeys([*first, *record.categories]))
        columns["categories"] = orjson.dumps(names).decode()
    return columns
