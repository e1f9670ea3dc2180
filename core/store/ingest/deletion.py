"""Deletion of rows, named by the source or missing from a complete read, with all dependents."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import orjson
from sqlalchemy import ColumnElement, Table, case, func, literal, select, union_all

from core import records
from core.store.behaviour.messages import delete_events, delete_messages
from core.store.behaviour.priced import delete_carts, delete_deals
from core.store.bulk import (
    Row,
    delete_ids,
    delete_where,
    insert_rows,
    rows_where,
    update_rows,
    values_where,
)
from core.store.checkpoints import LEAST_LOSS, believe, suspect
from core.store.keys import fold
from core.store.people.identifiers import change_identifiers
from core.store.people.reassign import delete_bare, delete_contacts, rejoin
from core.store.tables import (
    ANCESTORS,
    CATEGORIES,
    CONTACTS,
    DELETABLE,
    FACTS,
    LINE_CATEGORIES,
    PENDING_CONSENTS,
    PRODUCTS,
    TOMBSTONES,
)
from core.store.trade.coupons import delete_discounts
from core.store.trade.places import delete_companies, delete_stores
from core.store.trade.products import delete_products, rebuild_ancestors
from core.store.trade.purchases import delete_orders, delete_refunds
from core.store.upsert import bare_row, forget_tombstones, rows_by_id, tombstones
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant

_NOUNS = {table: noun for noun, table in DELETABLE.items()}


def take_deletions(context: PageContext, deletions: Sequence[records.Deleted]) -> None:
    """Delete rows that the source deleted, unless the stored row is newer."""
    for noun in sorted({each.noun for each in deletions}):
        mine = [each for each in deletions if each.noun == noun]
        if noun in DELETABLE:
            _take(context, noun, mine)
        else:
            context.counts["unchanged"] += len(mine)
            context.note(f"deleted {noun} is not kept", len(mine))


def delete_rows(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    """Delete rows of one noun with their dependents, and touch the profiles."""
    if not rows:
        return
    table = DELETABLE[noun]
    for row in rows:
        context.touched.add(row.get("profile_id"))
        if table in FACTS and row["contact_id"] is not None:
            context.left.add(row["contact_id"])
    if noun in DEPENDENTS:
        DEPENDENTS[noun](context, rows)
    else:
        delete_ids(context.transaction, table, [row["id"] for row in rows])


def erase_contacts(context: PageContext, ids: Iterable[str]) -> None:
    """Delete contacts of this connection, given by id, with their facts."""
    wanted = set(ids)
    if not wanted:
        return
    contacts = list(rows_by_id(context, CONTACTS, wanted).values())
    numbers = [row["id"] for row in contacts]
    for table in FACTS:
        # Deliveries go with the events that they are made of.
        if table in _NOUNS:
            facts = rows_where(context.transaction, table, table.c.contact_id, numbers)
            delete_rows(context, _NOUNS[table], facts)
    delete_where(context.transaction, PENDING_CONSENTS, PENDING_CONSENTS.c.contact_id, numbers)
    delete_rows(context, "Contact", contacts)


def release_bare(context: PageContext) -> None:
    """Delete bare contacts that no fact and no merge names; the others may be filled anew."""
    bare = rows_where(
        context.transaction, CONTACTS, CONTACTS.c.id, context.left, CONTACTS.c.bare.is_(True)
    )
    named: set[int] = set()
    if bare:
        ids = [row["id"] for row in bare]
        for table in (*FACTS, PENDING_CONSENTS):
            column = table.c.contact_id
            named |= values_where(context.transaction, column, column, ids)
        numbers = {row["external_id"]: row["id"] for row in bare}
        merged = CONTACTS.c.merged_into
        mine = CONTACTS.c.connection_id == context.connection_id
        names = values_where(context.transaction, merged, merged, numbers, mine)
        named |= {numbers[name] for name in names}
    context.billed |= named
    unreferenced = [row for row in bare if row["id"] not in named]
    # A guest or a merged one may be joined to others, who are one person without it.
    change_identifiers(context, {row["id"]: set() for row in unreferenced})
    merging = [row["id"] for row in unreferenced if row["merged_into"] is not None]
    alone_again = [{"id": each, "merged_into": None} for each in merging]
    update_rows(context.transaction, CONTACTS, alone_again)
    context.rejoin |= {*merging}
    rejoin(context)
    alone = [
        {**row, "profile_id": None if row["profile_id"] is None else row["id"]}
        for row in unreferenced
    ]
    delete_bare(context.transaction, alone)
    profiles = {row["profile_id"] for row in alone} - {None}
    # They stay marked: a running evaluation that still sees them may write about them.
    context.touched |= profiles
    context.stale -= profiles
    targets = {row["merged_into"] for row in alone} - {None}
    context.left = {row["id"] for row in rows_by_id(context, CONTACTS, targets).values()}
    if context.left:
        release_bare(context)


def _take(context: PageContext, noun: str, deletions: Sequence[records.Deleted]) -> None:
    table = DELETABLE[noun]
    ids = [each.id for each in deletions]
    stored = rows_by_id(context, table, set(ids))
    tombstoned = tombstones(context, noun, ids)
    new_tombstones: dict[str, Row] = {}
    deleted: dict[str, Row] = {}
    for each in deletions:
        at = instant(each.at, context.shop.zone) or context.now
        row = stored.get(each.id)
        is_there = row is not None and not row.get("bare") and each.id not in deleted
        if is_there and row is not None and row["updated_at"] and row["updated_at"] > at:
            context.counts["unchanged"] += 1
            continue
        context.counts["updated" if is_there else "unchanged"] += 1
        if is_there and row is not None:
            deleted[each.id] = row
        latest = max(at, tombstoned.get(each.id, at), new_tombstones.get(each.id, {}).get("at", at))
        new_tombstones[each.id] = {
            "connection_id": context.connection_id, "noun": noun, "external_id": each.id,
            "at": latest,
        }  # fmt: skip
    forget_tombstones(context, noun, new_tombstones)
    insert_rows(context.transaction, TOMBSTONES, list(new_tombstones.values()))
    context.counts["deleted"] += len(deleted)
    delete_rows(context, noun, list(deleted.values()))


def _delete_categories(context: PageContext, rows: Sequence[Row]) -> None:
    """A category that is still referenced stays, bare and without a parent."""
    ids = [row["id"] for row in rows]
    mine = CATEGORIES.c.connection_id == context.connection_id
    used = values_where(
        context.transaction, LINE_CATEGORIES.c.category_id, LINE_CATEGORIES.c.category_id, ids
    )
    names = {row["external_id"] for row in rows}
    parent = CATEGORIES.c.parent_external_id
    parents = values_where(context.transaction, parent, parent, names, mine)
    products = rows_where(
        context.transaction, PRODUCTS, PRODUCTS.c.connection_id, [context.connection_id],
        columns=(PRODUCTS.c.categories,),
    )  # fmt: skip
    listed = {name for row in products for name in orjson.loads(row["categories"])} & names
    referenced = [
        row
        for row in rows
        if row["id"] in used or row["external_id"] in parents or row["external_id"] in listed
    ]
    bare = []
    for row in referenced:
        name = row["external_id"]
        bare.append(bare_row(row, {"title": name, "key": fold(name), "parent_external_id": None}))
    update_rows(context.transaction, CATEGORIES, bare)
    unreferenced = [row["id"] for row in rows if row not in referenced]
    # No category is below them: one that were would name them as its parent.
    delete_where(context.transaction, ANCESTORS, ANCESTORS.c.category_id, unreferenced)
    delete_where(context.transaction, CATEGORIES, CATEGORIES.c.id, unreferenced)
    rebuild_ancestors(context, {row["id"] for row in referenced})


DEPENDENTS: Mapping[str, Callable[[PageContext, Sequence[Row]], None]] = {
    "Order": delete_orders,
    "Refund": delete_refunds,
    "Discount": delete_discounts,
    "Product": delete_products,
    "Category": _delete_categories,
    "Store": delete_stores,
    "Contact": delete_contacts,
    "Company": delete_companies,
    "Message": delete_messages,
    "MessageEvent": delete_events,
    "Cart": delete_carts,
    "Deal": delete_deals,
}
"""Deletion of the nouns that other rows depend on."""


def sweep(context: PageContext) -> None:
    """Delete the rows that this read has not shown, unless they are suspiciously many.

    If they are more than half of the part's rows, and at least five, nothing is deleted and the
    stream is suspect. Swept rows leave no tombstone: the same old row may be in the part again
    tomorrow, or in another part today.
    """
    counts = {
        noun: (rows, unseen)
        for noun, rows, unseen in context.transaction.execute(
            union_all(
                *(
                    select(literal(noun), func.count(), _unseen(context, table))
                    .select_from(table)
                    .where(*_mine(context, table))
                    for noun, table in DELETABLE.items()
                )
            )
        )
    }
    unseen = sum(each for _, each in counts.values())
    rows = sum(each for each, _ in counts.values())
    is_too_much = unseen >= LEAST_LOSS and 2 * unseen > rows
    if is_too_much and not context.reading.accepted:
        where = f" of {context.page.origin}" if context.page.origin else ""
        suspect(
            context.transaction, context.reading,
            f"{unseen} of {rows} rows{where} were not shown any more; nothing was removed",
            context.page.origin,
        )  # fmt: skip
        context.note("not swept", unseen)
        return
    believe(context.transaction, context.reading, context.page.origin)
    for noun, (_, missing) in counts.items():
        if missing:
            table = DELETABLE[noun]
            lost = rows_where(
                context.transaction, table, table.c.connection_id, [context.connection_id],
                *_mine(context, table), table.c.seen != context.reading.number,
            )  # fmt: skip
            context.counts["deleted"] += len(lost)
            delete_rows(context, noun, lost)


def _mine(context: PageContext, table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.connection_id == context.connection_id,
        table.c.stream == context.reading.stream,
        table.c.origin == context.page.origin,
    )


def _unseen(context: PageContext, table: Table) -> ColumnElement[int]:
    missing = case((table.c.seen != context.reading.number, 1), else_=0)
    return func.coalesce(func.sum(missing), 0)
