"""Products and categories."""

from collections.abc import Mapping, Sequence
from functools import partial

import orjson
from sqlalchemy import or_, select, union_all

from core import records
from core.store.bulk import (
    Row,
    among,
    blank,
    delete_ids,
    delete_where,
    insert_rows,
    is_among,
    new_ids,
    pieces,
    rows_where,
    update_rows,
)
from core.store.keys import fold
from core.store.money import stated_amount
from core.store.tables import ANCESTORS, CATEGORIES, LINE_CATEGORIES, LINES, PRODUCTS
from core.store.tables.trade import Category, Product
from core.store.touched import mark_found
from core.store.upsert import compare, rows_by_id, store
from core.store.upsert.custom import (
    custom_changes,
    delete_custom,
    merged,
    with_custom,
    write_custom,
)
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant

_PLAIN = frozenset({"sku", "title", "brand", "currency", "gift_card", "tax_included"})
_PRICES = frozenset({"price", "list_price"})


def take_products(context: PageContext, products: Sequence[records.Product]) -> set[int]:
    """Store products; returns the numbers of orders with lines that waited for one of them."""
    changes = compare(context, Product, products, partial(_columns, context))
    changed = store(context, Product, changes)
    own_fields = list(custom_changes(changed))
    write_custom(context.transaction, PRODUCTS, own_fields)
    restated = {number for number, before, after in own_fields if before != after}
    _touch_buyers(context, [each.after for each in changed if each.after["id"] in restated])
    parents: dict[str, str | None] = {}
    for change in changed:
        parents |= dict.fromkeys(orjson.loads(change.after["categories"]))
    for change in changed:
        for record in change.records:
            if isinstance(record, records.Product) and record.category and record.category_parent:
                parents[record.category] = record.category_parent
    known_categories(context, parents)
    name = "parent_external_id"
    return _waiting_orders(
        context,
        [
            change.after["external_id"]
            for change in changed
            if change.before is None or change.before[name] != change.after[name]
        ],
    )


def _touch_buyers(context: PageContext, products: Sequence[Row]) -> None:
    """Mark everybody who bought one of the products, by itself or as a variant."""
    names = [row["external_id"] for row in products]
    for piece in pieces(names):
        bought = or_(LINES.c.product_external_id.in_(piece), LINES.c.variant_external_id.in_(piece))
        mine = LINES.c.connection_id == context.connection_id
        mark_found(context.transaction, select(LINES.c.profile_id).where(mine, bought))


def delete_products(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete products with their own fields; what lines took from them stays."""
    with_own = set(with_custom(rows))
    _touch_buyers(context, [row for row in rows if row["id"] in with_own])
    delete_custom(context.transaction, PRODUCTS, with_own)
    delete_ids(context.transaction, PRODUCTS, [row["id"] for row in rows])


def _waiting_orders(context: PageContext, names: Sequence[str]) -> set[int]:
    """Orders with lines that waited for one of these products, as theirs, its parent or variant."""
    engine = context.transaction.dialect.name
    mine, parent = PRODUCTS.c.connection_id == context.connection_id, PRODUCTS.c.parent_external_id
    is_new = is_among(PRODUCTS.c.external_id, engine)
    family = union_all(
        select(PRODUCTS.c.external_id).where(mine, or_(is_new, is_among(parent, engine))),
        select(parent).where(mine, is_new, parent.is_not(None)),
    )
    statement = select(LINES.c.order_id).where(
        LINES.c.connection_id == context.connection_id,
        LINES.c.product_external_id.in_(family),
        or_(LINES.c.product_id.is_(None), is_among(LINES.c.variant_external_id, engine)),
    )
    found: set[int] = set()
    for piece in pieces(names):
        found.update(context.transaction.execute(statement, among(piece, engine)).scalars())
    return found


def _columns(context: PageContext, record: records.Product, known: Row) -> Row:
    given = record.model_fields_set
    columns: Row = {name: getattr(record, name) for name in _PLAIN & given}
    for name in _PRICES & given:
        columns[name] = stated_amount(getattr(record, name))
    if "parent" in given:
        columns["parent_external_id"] = record.parent
    before, after = known["list_price"], columns.get("list_price")
    if before is not None and after is not None and before != after:
        changed = instant(record.updated_at, context.shop.zone)
        columns["list_price_changed_at"] = changed or context.now
    if "brands" in given:
        columns["brands"] = orjson.dumps(record.brands).decode()
    if "custom" in given:
        columns["custom"] = merged(context, record.custom, known["custom"])
    if given & {"category", "categories"}:
        first = [record.category] if record.category else []
        names = list(dict.fromkeys([*first, *record.categories]))
        columns["categories"] = orjson.dumps(names).decode()
    return columns


def take_categories(context: PageContext, categories: Sequence[records.Category]) -> None:
    """Store categories; touch the buyers of moved or renamed ones."""
    changes = compare(context, Category, categories, _category_columns)
    changed = store(context, Category, changes)
    parents = {change.after["parent_external_id"] for change in changed} - {None}
    known_categories(context, dict.fromkeys(sorted(parents)))
    renamed = {
        change.after["id"]
        for change in changed
        if change.before and change.before["key"] != change.after["key"]
    }
    if changed:
        rebuild_ancestors(context, renamed)


def known_categories(context: PageContext, wanted: Mapping[str, str | None]) -> dict[str, int]:
    """Numbers of categories by id; `wanted` is id -> the parent that a product states, if any.

    A category that has not arrived gets a bare row with its id as title; the parent that its own
    record states has precedence.
    """
    names = set(wanted) | {parent for parent in wanted.values() if parent}
    stored = rows_by_id(context, CATEGORIES, names)
    empty = {**blank(Category), "connection_id": context.connection_id, "stream": "", "bare": True}
    missing = [
        {
            **empty, "external_id": name, "title": name, "key": fold(name),
            "parent_external_id": wanted.get(name),
        }
        for name in sorted(names - stored.keys())
    ]  # fmt: skip
    taken = new_ids(context.transaction, CATEGORIES, len(missing))
    for row, number in zip(missing, taken, strict=True):
        row["id"] = number
    insert_rows(context.transaction, CATEGORIES, missing)
    parented = [
        {"id": row["id"], "parent_external_id": wanted[name]}
        for name, row in stored.items()
        if wanted.get(name) and _takes_parent(row, wanted[name])
    ]
    update_rows(context.transaction, CATEGORIES, parented)
    if missing or parented:
        rebuild_ancestors(context)
    return {name: row["id"] for name, row in stored.items()} | {
        row["external_id"]: row["id"] for row in missing
    }


def rebuild_ancestors(
    context: PageContext, renamed: set[int] | frozenset[int] = frozenset()
) -> None:
    """Recompute the ancestors of the connection's categories; touch the buyers of changed ones."""
    transaction = context.transaction
    rows = rows_where(
        transaction, CATEGORIES, CATEGORIES.c.connection_id, [context.connection_id],
        columns=(CATEGORIES.c.id, CATEGORIES.c.external_id, CATEGORIES.c.parent_external_id),
    )  # fmt: skip
    due = {(low, high) for low, above in _ancestors(rows).items() for high in above}
    mine = select(CATEGORIES.c.id).where(CATEGORIES.c.connection_id == context.connection_id)
    stored = {
        (low, high)
        for low, high in transaction.execute(
            select(ANCESTORS.c.category_id, ANCESTORS.c.ancestor_id).where(
                ANCESTORS.c.category_id.in_(mine)
            )
        )
    }
    moved = {low for low, _ in stored - due}
    delete_where(transaction, ANCESTORS, ANCESTORS.c.category_id, moved)
    unchanged = {pair for pair in stored if pair[0] not in moved}
    added = sorted(due - unchanged)
    insert_rows(
        transaction, ANCESTORS, [{"category_id": low, "ancestor_id": high} for low, high in added]
    )
    # A purchase in a category is one in all its ancestors.
    below = {low for low, high in due if high in renamed}
    affected = {low for low, _ in (due ^ stored)} & {low for low, _ in stored} | below
    if affected:
        mark_found(
            transaction,
            select(LINES.c.profile_id)
            .join(LINE_CATEGORIES, LINE_CATEGORIES.c.line_id == LINES.c.id)
            .where(LINE_CATEGORIES.c.category_id.in_(sorted(affected))),
        )


def _ancestors(rows: Sequence[Row]) -> dict[int, set[int]]:
    numbers_of = {row["external_id"]: row["id"] for row in rows}
    parents = {
        row["id"]: numbers_of.get(row["parent_external_id"])
        for row in rows
        if row["parent_external_id"] is not None
    }
    found: dict[int, set[int]] = {}
    for row in rows:
        above: set[int] = set()
        step: int | None = row["id"]
        # A shop can nest its categories in a circle.
        while step is not None and step not in above:
            above.add(step)
            step = parents.get(step)
        found[row["id"]] = above
    return found


def _takes_parent(row: Row, parent: str | None) -> bool:
    """Whether the parent that a product states is used."""
    if row["bare"]:
        return bool(row["parent_external_id"] != parent)
    return row["parent_external_id"] is None


def _category_columns(record: records.Category, known: Row) -> Row:
    columns: Row = {}
    if "title" in record.model_fields_set or "id" not in known or known["bare"]:
        columns["title"] = record.title or record.id
        columns["key"] = fold(columns["title"])
    if "parent" in record.model_fields_set and not (
        # A record without a parent does not remove the one that a product stated earlier.
        record.parent is None and known["bare"]
    ):
        columns["parent_external_id"] = record.parent
    return columns
