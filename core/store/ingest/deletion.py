"""Deletion of rows with everything that depends on them; rows still referenced stay bare."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import orjson
from sqlalchemy import select, update

from core import records
from core.store.behaviour.messages import deliver
from core.store.bulk import (
    Row,
    blank,
    delete_where,
    insert_rows,
    pieces,
    rows_where,
    update_rows,
    values_where,
)
from core.store.keys import fold
from core.store.people.contacts import change_identifiers
from core.store.people.reassign import delete_profiles, rejoin
from core.store.tables import (
    ANCESTORS,
    CATEGORIES,
    CONTACTS,
    COUPONS,
    DELETABLE,
    DELIVERIES,
    EVENTS,
    FACTS,
    LINE_CATEGORIES,
    LINES,
    MESSAGES,
    PENDING_CONSENTS,
    PRODUCTS,
    PROFILES,
    REFUNDS,
    SPLITS,
    STORE_AREAS,
    TOMBSTONES,
    behaviour,
    people,
)
from core.store.touched import mark_everybody, mark_found
from core.store.trade.categories import rebuild_ancestors
from core.store.trade.orders import waiting
from core.store.trade.settle import count_days, settle
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant
from core.store.upsert.upsert import forget_tombstones, tombstones

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
    DEPENDENTS.get(noun, _delete)(context, noun, rows)


def erase_contacts(context: PageContext, ids: Iterable[str]) -> None:
    """Delete contacts of this connection, given by id, with their facts."""
    wanted = set(ids)
    if not wanted:
        return
    contacts = rows_where(
        context.transaction,
        CONTACTS,
        CONTACTS.c.external_id,
        wanted,
        CONTACTS.c.connection_id == context.connection_id,
    )
    numbers = [row["id"] for row in contacts]
    for table in FACTS:
        # Deliveries go with the events that they are made of.
        if table in _NOUNS:
            facts = rows_where(context.transaction, table, table.c.contact_id, numbers)
            delete_rows(context, _NOUNS[table], facts)
    delete_where(context.transaction, PENDING_CONSENTS, PENDING_CONSENTS.c.contact_id, numbers)
    delete_rows(context, "Contact", contacts)


def release_bare(context: PageContext) -> None:
    """Delete bare contacts that no fact references any more."""
    bare = rows_where(
        context.transaction, CONTACTS, CONTACTS.c.id, context.left, CONTACTS.c.bare.is_(True)
    )
    named: set[int] = set()
    if bare:
        ids = [row["id"] for row in bare]
        for table in (*FACTS, PENDING_CONSENTS):
            column = table.c.contact_id
            named |= values_where(context.transaction, column, column, ids)
    gone = [row for row in bare if row["id"] not in named]
    ids = [row["id"] for row in gone]
    delete_where(context.transaction, SPLITS, SPLITS.c.contact_id, ids)
    delete_where(context.transaction, CONTACTS, CONTACTS.c.id, ids)
    profiles = {row["profile_id"] for row in gone}
    delete_profiles(context.transaction, profiles, {})
    # They stay marked: a running evaluation that still sees them may write about them.
    context.touched |= profiles
    context.stale -= profiles
    context.left = set()


def _take(context: PageContext, noun: str, deletions: Sequence[records.Deleted]) -> None:
    table = DELETABLE[noun]
    ids = [each.id for each in deletions]
    stored = {
        row["external_id"]: row
        for row in rows_where(
            context.transaction,
            table,
            table.c.external_id,
            set(ids),
            table.c.connection_id == context.connection_id,
        )
    }
    tombstoned = tombstones(context, noun, ids)
    come: dict[str, Row] = {}
    gone: dict[str, Row] = {}
    for each in deletions:
        at = instant(each.at, context.shop.zone) or context.now
        row = stored.get(each.id)
        is_there = row is not None and not row.get("bare") and each.id not in gone
        if is_there and row is not None and row["updated_at"] and row["updated_at"] > at:
            context.counts["unchanged"] += 1
            continue
        context.counts["updated" if is_there else "unchanged"] += 1
        if is_there and row is not None:
            gone[each.id] = row
        latest = max(at, tombstoned.get(each.id, at), come.get(each.id, {}).get("at", at))
        come[each.id] = {
            "connection_id": context.connection_id,
            "noun": noun,
            "external_id": each.id,
            "at": latest,
        }
    forget_tombstones(context, noun, come)
    insert_rows(context.transaction, TOMBSTONES, list(come.values()))
    context.counts["deleted"] += len(gone)
    delete_rows(context, noun, list(gone.values()))


def _delete(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    table = DELETABLE[noun]
    delete_where(context.transaction, table, table.c.id, [row["id"] for row in rows])


def _delete_orders(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    lines = values_where(context.transaction, LINES.c.id, LINES.c.order_id, ids)
    delete_where(context.transaction, LINE_CATEGORIES, LINE_CATEGORIES.c.line_id, lines)
    delete_where(context.transaction, LINES, LINES.c.order_id, ids)
    delete_where(context.transaction, COUPONS, COUPONS.c.order_id, ids)
    refunds = rows_where(context.transaction, REFUNDS, REFUNDS.c.order_id, ids)
    update_rows(context.transaction, REFUNDS, [waiting(row) for row in refunds])
    count_days(context, ((row, None) for row in rows))
    _delete(context, noun, rows)


def _delete_refunds(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    _delete(context, noun, rows)
    settle(context, {row["order_id"] for row in rows} - {None})


def _delete_discounts(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    coupons = rows_where(context.transaction, COUPONS, COUPONS.c.discount_id, ids)
    context.touched |= {coupon["profile_id"] for coupon in coupons}
    delete_where(context.transaction, COUPONS, COUPONS.c.discount_id, ids)
    _delete(context, noun, rows)


def _delete_categories(context: PageContext, _noun: str, rows: Sequence[Row]) -> None:
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
    listed = {name for row in products for name in _names(row["categories"]) if name in names}
    kept = [
        row
        for row in rows
        if row["id"] in used or row["external_id"] in parents or row["external_id"] in listed
    ]
    update_rows(
        context.transaction,
        CATEGORIES,
        [
            _bare(
                row,
                {
                    "title": row["external_id"],
                    "key": fold(row["external_id"]),
                    "parent_external_id": None,
                },
            )
            for row in kept
        ],
    )
    gone = [row["id"] for row in rows if row not in kept]
    # No category is below them: one that were would name them as its parent.
    delete_where(context.transaction, ANCESTORS, ANCESTORS.c.category_id, gone)
    delete_where(context.transaction, CATEGORIES, CATEGORIES.c.id, gone)
    rebuild_ancestors(context, {row["id"] for row in kept})


def _delete_stores(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    delete_where(context.transaction, STORE_AREAS, STORE_AREAS.c.store_id, ids)
    _delete(context, noun, rows)
    mark_everybody(context.transaction)


def _delete_contacts(context: PageContext, _noun: str, rows: Sequence[Row]) -> None:
    """Facts always point at a contact: while one does, the contact stays, bare."""
    empty = blank(people.Contact)
    emptied = {name: empty[name] for name in ("stated", "created_at", "company_external_id")}
    update_rows(context.transaction, CONTACTS, [_bare(row, emptied) for row in rows])
    change_identifiers(context, {row["id"]: set() for row in rows})
    context.left |= {row["id"] for row in rows}
    context.stale |= {row["profile_id"] for row in rows}
    rejoin(context)


def _delete_companies(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    staff = values_where(context.transaction, PROFILES.c.id, PROFILES.c.company_id, ids)
    for piece in pieces(ids):
        context.transaction.execute(
            update(PROFILES).where(PROFILES.c.company_id.in_(piece)).values(company_id=None)
        )
    _delete(context, noun, rows)
    context.stale |= staff
    context.touched |= staff


def _delete_messages(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    named = values_where(context.transaction, EVENTS.c.message_id, EVENTS.c.message_id, ids)
    empty = blank(behaviour.Message)
    emptied = {name: empty[name] for name in ("title", "title_key", "kind", "topic_key", "sent_at")}
    kept = [row for row in rows if row["id"] in named]
    update_rows(context.transaction, MESSAGES, [_bare(row, emptied) for row in kept])
    for table in (DELIVERIES, EVENTS):
        for piece in pieces(sorted(named)):
            reached = select(table.c.profile_id).where(table.c.message_id.in_(piece))
            mark_found(context.transaction, reached)
    _delete(context, noun, [row for row in rows if row["id"] not in named])


def _delete_events(context: PageContext, noun: str, rows: Sequence[Row]) -> None:
    _delete(context, noun, rows)
    deliver(context.transaction, {(row["contact_id"], row["message_id"]) for row in rows})


def _bare(row: Row, emptied: Mapping[str, object]) -> Row:
    """A row that is only referenced."""
    nothing = {"bare": True, "stream": "", "origin": "", "seen": 0, "updated_at": None}
    return {"id": row["id"], "content": "", **nothing, **emptied}


def _names(text: str) -> list[str]:
    names: list[str] = orjson.loads(text)
    return names


DEPENDENTS: Mapping[str, Callable[[PageContext, str, Sequence[Row]], None]] = {
    "Order": _delete_orders,
    "Refund": _delete_refunds,
    "Discount": _delete_discounts,
    "Category": _delete_categories,
    "Store": _delete_stores,
    "Contact": _delete_contacts,
    "Company": _delete_companies,
    "Message": _delete_messages,
    "MessageEvent": _delete_events,
}
"""Deletion of the nouns that other rows depend on."""
