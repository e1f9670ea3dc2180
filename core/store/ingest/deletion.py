"""What goes when something is gone at its source, and what stays behind."""

from collections.abc import Callable, Mapping, Sequence

import orjson
from sqlalchemy import select, update
from sqlmodel import SQLModel

from core import records
from core.store.bulk import (
    Row,
    add,
    blank,
    change,
    pieces,
    remove,
    rows_where,
    table_of,
    values_where,
)
from core.store.ingest.messages import DELIVERY, EVENT, MESSAGE, deliver
from core.store.keys import fold
from core.store.people.consent import PENDING
from core.store.people.contacts import CONTACT, PROFILE, change_identifiers
from core.store.people.identity import SPLIT
from core.store.people.reassign import FACTS, delete_profiles, rejoin
from core.store.tables import behaviour, people, trade
from core.store.tables.operations import Tombstone
from core.store.touched import mark_everybody, mark_found
from core.store.trade.categories import ANCESTOR, CATEGORY, LINE_CATEGORY, reclose
from core.store.trade.coupons import COUPON
from core.store.trade.orders import waiting
from core.store.trade.places import STORE_POSTCODE
from core.store.trade.products import LINE, PRODUCT
from core.store.trade.settle import REFUND, count_days, settle
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant
from core.store.upsert.upsert import forget_tombstones, tombstones

MODELS: Mapping[str, type[SQLModel]] = {
    model.__name__: model
    for model in (
        people.Contact, people.Company, trade.Order, trade.Refund, trade.Discount, trade.Product,
        trade.Category, trade.Store, behaviour.ListMember, behaviour.Visit, behaviour.Cart,
        behaviour.Message, behaviour.MessageEvent, behaviour.Interest, behaviour.Child,
        behaviour.Answer, behaviour.Deal, behaviour.Support,
    )
}  # fmt: skip
"""Nouns that can be deleted, with their tables."""
_TOMBSTONE = table_of(Tombstone)


def take_deletions(intake: PageContext, deletions: Sequence[records.Deleted]) -> None:
    """Delete what the source deleted, unless what is stored is newer than the deletion."""
    for noun in sorted({each.noun for each in deletions}):
        mine = [each for each in deletions if each.noun == noun]
        if noun in MODELS:
            _take(intake, noun, mine)
        else:
            intake.counts["unchanged"] += len(mine)
            intake.note(f"deleted {noun} is not kept", len(mine))


def delete_rows(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    """Delete rows of one noun with what depends on them, and mark whom it concerns."""
    if not rows:
        return
    table = table_of(MODELS[noun])
    for row in rows:
        intake.touched.add(row.get("profile_id"))
        if table in FACTS and row["contact_id"] is not None:
            intake.left.add(row["contact_id"])
    _DELETE.get(noun, _delete)(intake, noun, rows)


def release_bare(intake: PageContext) -> None:
    """Delete bare contacts that nothing names any more."""
    bare = rows_where(
        intake.transaction, CONTACT, CONTACT.c.id, intake.left, CONTACT.c.bare.is_(True)
    )
    named: set[int] = set()
    if bare:
        ids = [row["id"] for row in bare]
        for table in (*FACTS, PENDING):
            column = table.c.contact_id
            named |= values_where(intake.transaction, column, column, ids)
    gone = [row for row in bare if row["id"] not in named]
    ids = [row["id"] for row in gone]
    remove(intake.transaction, SPLIT, SPLIT.c.contact_id, ids)
    remove(intake.transaction, CONTACT, CONTACT.c.id, ids)
    profiles = {row["profile_id"] for row in gone}
    delete_profiles(intake.transaction, profiles, {})
    # They stay marked: an evaluation that still sees them may be writing of them.
    intake.touched |= profiles
    intake.stale -= profiles
    intake.left = set()


def _take(intake: PageContext, noun: str, deletions: Sequence[records.Deleted]) -> None:
    table = table_of(MODELS[noun])
    ids = [each.id for each in deletions]
    stored = {
        row["external_id"]: row
        for row in rows_where(
            intake.transaction,
            table,
            table.c.external_id,
            set(ids),
            table.c.connection_id == intake.connection_id,
        )
    }
    graves = tombstones(intake, noun, ids)
    come: dict[str, Row] = {}
    gone: dict[str, Row] = {}
    for each in deletions:
        at = instant(each.at, intake.shop.zone) or intake.now
        row = stored.get(each.id)
        is_there = row is not None and not row.get("bare") and each.id not in gone
        if is_there and row is not None and row["updated_at"] and row["updated_at"] > at:
            intake.counts["unchanged"] += 1
            continue
        intake.counts["updated" if is_there else "unchanged"] += 1
        if is_there and row is not None:
            gone[each.id] = row
        latest = max(at, graves.get(each.id, at), come.get(each.id, {}).get("at", at))
        come[each.id] = {
            "connection_id": intake.connection_id,
            "noun": noun,
            "external_id": each.id,
            "at": latest,
        }
    forget_tombstones(intake, noun, come)
    add(intake.transaction, _TOMBSTONE, list(come.values()))
    intake.counts["deleted"] += len(gone)
    delete_rows(intake, noun, list(gone.values()))


def _delete(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    table = table_of(MODELS[noun])
    remove(intake.transaction, table, table.c.id, [row["id"] for row in rows])


def _delete_orders(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    lines = values_where(intake.transaction, LINE.c.id, LINE.c.order_id, ids)
    remove(intake.transaction, LINE_CATEGORY, LINE_CATEGORY.c.line_id, lines)
    remove(intake.transaction, LINE, LINE.c.order_id, ids)
    remove(intake.transaction, COUPON, COUPON.c.order_id, ids)
    refunds = rows_where(intake.transaction, REFUND, REFUND.c.order_id, ids)
    change(intake.transaction, REFUND, [waiting(row) for row in refunds])
    count_days(intake, ((row, None) for row in rows))
    _delete(intake, noun, rows)


def _delete_refunds(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    _delete(intake, noun, rows)
    settle(intake, {row["order_id"] for row in rows} - {None})


def _delete_discounts(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    coupons = rows_where(intake.transaction, COUPON, COUPON.c.discount_id, ids)
    intake.touched |= {coupon["profile_id"] for coupon in coupons}
    remove(intake.transaction, COUPON, COUPON.c.discount_id, ids)
    _delete(intake, noun, rows)


def _delete_categories(intake: PageContext, _noun: str, rows: Sequence[Row]) -> None:
    """What is still named stays as a bare shelf without a parent of its own."""
    ids = [row["id"] for row in rows]
    mine = CATEGORY.c.connection_id == intake.connection_id
    used = values_where(
        intake.transaction, LINE_CATEGORY.c.category_id, LINE_CATEGORY.c.category_id, ids
    )
    names = {row["external_id"] for row in rows}
    parents = values_where(
        intake.transaction, CATEGORY.c.parent_external_id, CATEGORY.c.parent_external_id, names,
        mine,
    )  # fmt: skip
    products = rows_where(
        intake.transaction, PRODUCT, PRODUCT.c.connection_id, [intake.connection_id],
        columns=(PRODUCT.c.categories,),
    )  # fmt: skip
    listed = {name for row in products for name in _names(row["categories"]) if name in names}
    kept = [
        row
        for row in rows
        if row["id"] in used or row["external_id"] in parents or row["external_id"] in listed
    ]
    change(
        intake.transaction,
        CATEGORY,
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
    # Nothing lies under them: what does, names them as its parent.
    remove(intake.transaction, ANCESTOR, ANCESTOR.c.category_id, gone)
    remove(intake.transaction, CATEGORY, CATEGORY.c.id, gone)
    reclose(intake, {row["id"] for row in kept})


def _delete_stores(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    remove(intake.transaction, STORE_POSTCODE, STORE_POSTCODE.c.store_id, ids)
    _delete(intake, noun, rows)
    mark_everybody(intake.transaction)


def _delete_contacts(intake: PageContext, _noun: str, rows: Sequence[Row]) -> None:
    """Facts point at a contact for ever: while one does, the contact stays, bare."""
    empty = blank(people.Contact)
    emptied = {name: empty[name] for name in ("stated", "created_at", "company_external_id")}
    change(intake.transaction, CONTACT, [_bare(row, emptied) for row in rows])
    change_identifiers(intake, {row["id"]: set() for row in rows})
    intake.left |= {row["id"] for row in rows}
    intake.stale |= {row["profile_id"] for row in rows}
    rejoin(intake)


def _delete_companies(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    staff = values_where(intake.transaction, PROFILE.c.id, PROFILE.c.company_id, ids)
    for piece in pieces(ids):
        intake.transaction.execute(
            update(PROFILE).where(PROFILE.c.company_id.in_(piece)).values(company_id=None)
        )
    _delete(intake, noun, rows)
    intake.stale |= staff
    intake.touched |= staff


def _delete_messages(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    ids = [row["id"] for row in rows]
    named = values_where(intake.transaction, EVENT.c.message_id, EVENT.c.message_id, ids)
    empty = blank(behaviour.Message)
    emptied = {name: empty[name] for name in ("title", "title_key", "kind", "topic_key", "sent_at")}
    kept = [row for row in rows if row["id"] in named]
    change(intake.transaction, MESSAGE, [_bare(row, emptied) for row in kept])
    for table in (DELIVERY, EVENT):
        for piece in pieces(sorted(named)):
            reached = select(table.c.profile_id).where(table.c.message_id.in_(piece))
            mark_found(intake.transaction, reached)
    _delete(intake, noun, [row for row in rows if row["id"] not in named])


def _delete_events(intake: PageContext, noun: str, rows: Sequence[Row]) -> None:
    _delete(intake, noun, rows)
    deliver(intake.transaction, {(row["contact_id"], row["message_id"]) for row in rows})


def _bare(row: Row, emptied: Mapping[str, object]) -> Row:
    """A row that is only named by others."""
    nothing = {"bare": True, "stream": "", "origin": "", "seen": 0, "updated_at": None}
    return {"id": row["id"], "content": "", **nothing, **emptied}


def _names(text: str) -> list[str]:
    names: list[str] = orjson.loads(text)
    return names


_DELETE: Mapping[str, Callable[[PageContext, str, Sequence[Row]], None]] = {
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
"""Nouns on which other rows depend."""
