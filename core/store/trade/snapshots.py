"""The snapshot that a line takes of its product and its variant when they first meet.

Prices are the variant's where one is stored, everything else is the product's; a line that names
nothing but a variant has all that the variant states, and the rest from its parent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import orjson
from sqlalchemy import Connection, select

from core.store.bulk import ROWS_AT_ONCE, Row, delete_where, insert_rows, pieces, rows_where
from core.store.keys import code_key, fold
from core.store.shop import Shop
from core.store.tables import LINE_BRANDS, LINES, PRODUCTS
from core.store.tables.rows import LineRow
from core.store.upsert import rows_by_id
from core.store.upsert.page_context import PageContext

_SNAPSHOT = (
    "sku", "title", "brand", "price", "list_price", "currency", "tax_included",
    "list_price_changed_at", "gift_card",
)  # fmt: skip
_INHERITED = ("title", "brand", "brands", "categories", "currency", "tax_included", "gift_card")
_PRICES = ("price", "list_price", "list_price_changed_at")
_VARIANT = "variant"
"""Key of the part of a snapshot that is the variant's."""
_NOTHING: Mapping[str, Any] = {}


def attach_products(context: PageContext, lines: Iterable[LineRow]) -> list[LineRow]:
    """Give lines the snapshots of their products and variants; returns those that got one.

    The caller fills in their columns with `copy_from_product`.
    """
    waiting = [
        line
        for line in lines
        if line["connection_id"] == context.connection_id and _is_waiting(line)
    ]
    names = {line["product_external_id"] or "" for line in waiting}
    names |= {line["variant_external_id"] or "" for line in waiting}
    stored = rows_by_id(context, PRODUCTS, names - {""})
    products = {
        name: (row["id"], _snapshot(context.shop, row))
        for name, row in _with_inherited(context, stored).items()
    }
    variants: dict[tuple[str | None, str | None], Row] = {
        (parent, name): _of_variant(row)
        for name, row in stored.items()
        if (parent := row["parent_external_id"]) is not None
    }
    # Until the product has come, prices are in the hub's currency.
    nothing: Row = {"currency": context.shop.currency, "tax_included": None}
    # Lines of one product and variant share one text, which is made, and later read, once.
    made: dict[tuple[int | None, str | None, str | None, str], str] = {}
    attached = []
    for line in waiting:
        name, sold = line["product_external_id"], line["variant_external_id"]
        product = products.get(name or "") if line["product_id"] is None else None
        variant = variants.get((name, sold))
        if product is None and variant is None:
            continue
        key = (line["product_id"], name, sold, line["snapshot"])
        if product is not None:
            line["product_id"] = product[0]
        if key not in made:
            snapshot: Row = orjson.loads(line["snapshot"]) if line["snapshot"] else nothing
            variant = snapshot.get(_VARIANT, variant)
            if product is not None:
                snapshot = product[1]
            both = snapshot if variant is None else snapshot | {_VARIANT: variant}
            made[key] = orjson.dumps(both).decode()
        line["snapshot"] = made[key]
        attached.append(line)
    return attached


def _is_waiting(line: LineRow) -> bool:
    """Whether the product of a line was not there yet, or its variant."""
    if line["product_external_id"] is None:
        return False
    return line["product_id"] is None or (
        line["variant_external_id"] is not None and _VARIANT not in product_of(line)
    )


def _with_inherited(context: PageContext, rows: Mapping[str, Row]) -> dict[str, Row]:
    """Products by id, variants with what their parents state; without those that await theirs."""
    above = {row["parent_external_id"] for row in rows.values()} - {None}
    parents = {**rows, **rows_by_id(context, PRODUCTS, above - rows.keys())}
    found = {}
    for name, row in rows.items():
        parent = parents.get(row["parent_external_id"])
        if parent is not None:
            empty = [each for each in _INHERITED if row[each] in (None, "[]")]
            found[name] = row | {each: parent[each] for each in empty}
        elif row["parent_external_id"] is None:
            found[name] = row
    return found


def copy_from_product(shop: Shop, line: LineRow) -> None:
    """Fill the columns that the line does not state itself from the snapshot of its product."""
    product = product_of(line)
    line["sku"] = product.get("sku") if line["sku"] is None else line["sku"]
    line["title"] = product.get("title") if line["title"] is None else line["title"]
    named = line["product_external_id"]
    line["sku_key"] = None if line["sku"] is None else code_key(line["sku"])
    line["product_key"] = None if named is None else code_key(named)
    brands = brands_of(line)
    line["brand"] = brands[0] if brands else None
    line["brand_key"] = brand_key(shop, line["brand"])
    line["several_brands"] = len(brands) > 1
    stated = line["stated_gift_card"]
    line["gift_card"] = bool(product.get("gift_card") if stated is None else stated)


def category_ids(line: LineRow) -> list[str]:
    """Ids of the categories that a line was sold in."""
    if line["stated_category"] is not None:
        return [line["stated_category"]]
    found: list[str] = product_of(line).get("categories", [])
    return found


def brands_of(line: LineRow) -> Sequence[str]:
    """The brand that a line states, else all of its product's, the first first."""
    if line["stated_brand"] is not None:
        return [line["stated_brand"]]
    return _brands(line["snapshot"]) if line["snapshot"] else ()


def line_brands(shop: Shop, line: LineRow) -> list[Row]:
    """Rows of `line_brand`: every brand of a line that has several, spellings of one joined."""
    if not line["several_brands"]:
        return []
    names = {brand_key(shop, brand): brand for brand in reversed(brands_of(line))}
    return [{"line_id": line["id"], "key": key, "brand": brand} for key, brand in names.items()]


def rebrand(transaction: Connection, shop: Shop) -> set[int | None]:
    """Rewrite the brands of lines that have several; returns the profiles of changed ones."""
    touched: set[int | None] = set()
    numbers = transaction.execute(select(LINES.c.id).where(LINES.c.several_brands)).scalars().all()
    for piece in pieces(numbers, ROWS_AT_ONCE):
        lines = rows_where(transaction, LINES, LINES.c.id, piece)
        due = {line["id"]: line_brands(shop, cast("LineRow", line)) for line in lines}
        stored: dict[int, set[str]] = defaultdict(set)
        for row in rows_where(transaction, LINE_BRANDS, LINE_BRANDS.c.line_id, piece):
            stored[row["line_id"]].add(row["key"])
        stale = {n for n, rows in due.items() if {row["key"] for row in rows} != stored[n]}
        delete_where(transaction, LINE_BRANDS, LINE_BRANDS.c.line_id, stale)
        insert_rows(transaction, LINE_BRANDS, [row for number in stale for row in due[number]])
        touched |= {line["profile_id"] for line in lines if line["id"] in stale}
    return touched


def brand_key(shop: Shop, brand: str | None) -> str | None:
    """A brand as rules compare it: the name that its spelling stands for, folded."""
    if brand is None:
        return None
    folded = fold(brand)
    return fold(shop.brand_aliases.get(folded, folded))


def product_of(line: LineRow) -> Mapping[str, Any]:
    """The snapshot of a line's product as a mapping; empty where they have not met."""
    return _parsed(line["snapshot"]) if line["snapshot"] else _NOTHING


# Many lines carry the same.
@lru_cache(maxsize=8192)
def _parsed(snapshot: str) -> Mapping[str, Any]:
    product: dict[str, Any] = orjson.loads(snapshot)
    product |= product.get(_VARIANT, _NOTHING)
    changed = product.get("list_price_changed_at")
    if changed is None:
        return product
    return {**product, "list_price_changed_at": datetime.fromisoformat(changed)}


@lru_cache(maxsize=8192)
def _brands(snapshot: str) -> Sequence[str]:
    product = _parsed(snapshot)
    brands = [product.get("brand"), *product.get("brands", ())]
    return tuple({fold(brand): brand for brand in reversed(brands) if brand}.values())[::-1]


def _snapshot(shop: Shop, product: Row) -> Row:
    copied = {name: product[name] for name in _SNAPSHOT}
    copied["currency"] = copied["currency"] or shop.currency
    lists = {name: orjson.loads(product[name]) for name in ("brands", "categories")}
    return copied | lists


def _of_variant(row: Row) -> Row:
    """The prices of a variant, and what it says of their currency and tax."""
    stated = {name: row[name] for name in ("currency", "tax_included") if row[name] is not None}
    return {name: row[name] for name in _PRICES} | stated
