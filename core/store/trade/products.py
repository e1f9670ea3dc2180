"""Products, and the snapshot that a line takes of its product."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from core import records
from core.store.bulk import Row, rows_where, values_where
from core.store.keys import code_key, fold
from core.store.money import ten_thousandths
from core.store.shop import Shop
from core.store.tables import LINES, PRODUCTS
from core.store.tables.rows import LineRow
from core.store.tables.trade import Product
from core.store.trade.categories import known_categories
from core.store.upsert.page_context import PageContext
from core.store.upsert.upsert import compare, store

_PLAIN = frozenset({"sku", "title", "brand", "gift_card"})
_PRICES = frozenset({"price", "list_price"})
_SNAPSHOT = ("sku", "title", "brand", "price", "list_price", "gift_card")


def take_products(context: PageContext, products: Sequence[records.Product]) -> set[int]:
    """Store products; returns the numbers of orders with lines that waited for one of them."""
    changes = compare(context, Product, products, _columns)
    changed = store(context, Product, changes)
    parents: dict[str, str | None] = {}
    for change in changed:
        parents |= dict.fromkeys(orjson.loads(change.after["categories"]))
    for change in changed:
        for record in change.records:
            if isinstance(record, records.Product) and record.category and record.category_parent:
                parents[record.category] = record.category_parent
    known_categories(context, parents)
    return values_where(
        context.transaction,
        LINES.c.order_id,
        LINES.c.product_external_id,
        [change.after["external_id"] for change in changed if change.before is None],
        LINES.c.connection_id == context.connection_id,
        LINES.c.product_id.is_(None),
    )


def attach_products(context: PageContext, lines: Iterable[LineRow]) -> list[LineRow]:
    """Give lines without a product theirs, with its snapshot; returns those that got one.

    The caller fills in their columns with `copy_from_product`.
    """
    waiting = [
        line
        for line in lines
        if line["product_id"] is None
        and line["product_external_id"] is not None
        and line["connection_id"] == context.connection_id
    ]
    products = {
        row["external_id"]: (row["id"], _snapshot(row))
        for row in rows_where(
            context.transaction,
            PRODUCTS,
            PRODUCTS.c.external_id,
            {line["product_external_id"] for line in waiting},
            PRODUCTS.c.connection_id == context.connection_id,
        )
    }
    met = [line for line in waiting if line["product_external_id"] in products]
    for line in met:
        line["product_id"], line["snapshot"] = products[line["product_external_id"]]
    return met


def copy_from_product(shop: Shop, line: LineRow) -> None:
    """Fill the columns that the line does not state itself from the snapshot of its product."""
    product = _parsed(line["snapshot"]) if line["snapshot"] else {}
    line["sku"] = product.get("sku") if line["sku"] is None else line["sku"]
    line["title"] = product.get("title") if line["title"] is None else line["title"]
    if line["list_price"] is None:
        line["list_price"] = product.get("list_price")
    named = line["product_external_id"]
    line["sku_key"] = None if line["sku"] is None else code_key(line["sku"])
    line["product_key"] = None if named is None else code_key(named)
    if line["stated_total"] is None and line["unit_price"] is None:
        line["unit_price"] = product.get("price")
    line["brand"] = line["stated_brand"] or product.get("brand")
    line["brand_key"] = brand_key(shop, line["brand"])
    stated = line["stated_gift_card"]
    line["gift_card"] = bool(product.get("gift_card") if stated is None else stated)


def category_ids(line: LineRow) -> list[str]:
    """Ids of the categories that a line was sold in."""
    if line["stated_category"] is not None:
        return [line["stated_category"]]
    if not line["snapshot"]:
        return []
    found: list[str] = _parsed(line["snapshot"])["categories"]
    return found


def brand_key(shop: Shop, brand: str | None) -> str | None:
    """A brand as rules compare it: the name that its spelling stands for, folded."""
    if brand is None:
        return None
    folded = fold(brand)
    return fold(shop.brand_aliases.get(folded, folded))


@lru_cache(maxsize=8192)
def _parsed(snapshot: str) -> Mapping[str, Any]:
    """A snapshot as a mapping; many lines carry the same."""
    product: Mapping[str, Any] = orjson.loads(snapshot)
    return product


def _snapshot(product: Row) -> str:
    copied = {name: product[name] for name in _SNAPSHOT}
    return orjson.dumps(copied | {"categories": orjson.loads(product["categories"])}).decode()


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
