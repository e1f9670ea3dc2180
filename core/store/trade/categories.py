"""Shelves and what lies above them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from core import records
from core.store.bulk import Row, add, blank, change, numbers, remove, rows_where, table_of
from core.store.keys import fold
from core.store.tables.trade import Category, CategoryAncestor, LineCategory, OrderLine
from core.store.touched import mark_found
from core.store.upsert.page_context import PageContext
from core.store.upsert.upsert import compare, store

CATEGORY = table_of(Category)
ANCESTOR = table_of(CategoryAncestor)
LINE_CATEGORY = table_of(LineCategory)
_LINE = table_of(OrderLine)


def take_categories(intake: PageContext, categories: Sequence[records.Category]) -> None:
    """Store categories; a moved or renamed one marks who bought under it."""
    arrivals = compare(intake, Category, categories, _columns)
    changed = store(intake, Category, arrivals)
    parents = {arrival.after["parent_external_id"] for arrival in changed} - {None}
    known_categories(intake, dict.fromkeys(sorted(parents)))
    renamed = {
        arrival.after["id"]
        for arrival in changed
        if arrival.before and arrival.before["key"] != arrival.after["key"]
    }
    if changed:
        reclose(intake, renamed)


def known_categories(intake: PageContext, wanted: Mapping[str, str | None]) -> dict[str, int]:
    """Numbers of categories by id, given with the parent that a product states, if any.

    Where no record has come, the id is the name; a parent that a record states stands.
    """
    names = set(wanted) | {parent for parent in wanted.values() if parent}
    mine = CATEGORY.c.connection_id == intake.connection_id
    stored = {
        row["external_id"]: row
        for row in rows_where(intake.transaction, CATEGORY, CATEGORY.c.external_id, names, mine)
    }
    empty = {**blank(Category), "connection_id": intake.connection_id, "stream": "", "bare": True}
    missing = [
        {
            **empty,
            "external_id": name,
            "title": name,
            "key": fold(name),
            "parent_external_id": wanted.get(name),
        }
        for name in sorted(names - stored.keys())
    ]
    taken = numbers(intake.transaction, CATEGORY, len(missing))
    for row, number in zip(missing, taken, strict=True):
        row["id"] = number
    add(intake.transaction, CATEGORY, missing)
    told = [
        {"id": row["id"], "parent_external_id": wanted[name]}
        for name, row in stored.items()
        if wanted.get(name) and _yields(row, wanted[name])
    ]
    change(intake.transaction, CATEGORY, told)
    if missing or told:
        reclose(intake)
    return {name: row["id"] for name, row in stored.items()} | {
        row["external_id"]: row["id"] for row in missing
    }


def reclose(intake: PageContext, renamed: set[int] | frozenset[int] = frozenset()) -> None:
    """Write anew what lies above each category of the connection; mark who is concerned."""
    transaction = intake.transaction
    rows = rows_where(
        transaction, CATEGORY, CATEGORY.c.connection_id, [intake.connection_id],
        columns=(CATEGORY.c.id, CATEGORY.c.external_id, CATEGORY.c.parent_external_id),
    )  # fmt: skip
    due = {(low, high) for low, every in _above(rows).items() for high in every}
    mine = select(CATEGORY.c.id).where(CATEGORY.c.connection_id == intake.connection_id)
    stored = {
        (low, high)
        for low, high in transaction.execute(
            select(ANCESTOR.c.category_id, ANCESTOR.c.ancestor_id).where(
                ANCESTOR.c.category_id.in_(mine)
            )
        )
    }
    moved = {low for low, _ in stored - due}
    remove(transaction, ANCESTOR, ANCESTOR.c.category_id, moved)
    kept = {pair for pair in stored if pair[0] not in moved}
    come = sorted(due - kept)
    add(transaction, ANCESTOR, [{"category_id": low, "ancestor_id": high} for low, high in come])
    # Who bought under a category bought under all above it.
    below = {low for low, high in due if high in renamed}
    concerned = {low for low, _ in (due ^ stored)} & {low for low, _ in stored} | below
    if concerned:
        mark_found(
            transaction,
            select(_LINE.c.profile_id)
            .join(LINE_CATEGORY, LINE_CATEGORY.c.line_id == _LINE.c.id)
            .where(LINE_CATEGORY.c.category_id.in_(sorted(concerned))),
        )


def _above(rows: Sequence[Row]) -> dict[int, set[int]]:
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
        # A shop can draw its shelves in a circle.
        while step is not None and step not in above:
            above.add(step)
            step = parents.get(step)
        found[row["id"]] = above
    return found


def _yields(row: Row, parent: str | None) -> bool:
    """Whether a product's word about the parent counts."""
    if row["bare"]:
        return bool(row["parent_external_id"] != parent)
    return row["parent_external_id"] is None


def _columns(record: records.Category, known: Row) -> Row:
    columns: Row = {}
    if "title" in record.model_fields_set or "id" not in known or known["bare"]:
        columns["title"] = record.title or record.id
        columns["key"] = fold(columns["title"])
    if "parent" in record.model_fields_set and not (
        # A record that names no parent does not unsay what a product said before it came.
        record.parent is None and known["bare"]
    ):
        columns["parent_external_id"] = record.parent
    return columns
