"""Move contacts between profiles with their facts, memberships and ledger rows."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, Table, delete, select, update

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
from core.store.people import identity
from core.store.people.identifiers import change_identifiers
from core.store.people.profiles import choose_fields
from core.store.shop import Shop
from core.store.tables import (
    BRIEF_STAYS,
    CONTACTS,
    COUPONS,
    DEPARTED,
    DISCOUNTS,
    FACTS,
    LEDGER,
    LINES,
    ORDERS,
    PROFILE_FIELDS,
    PROFILES,
    REFUNDS,
    SPLITS,
    STAYS,
    UNKNOWNS,
    people,
)
from core.store.tables.people import Contact
from core.store.touched import mark, mark_colleagues
from core.store.upsert import bare_row
from core.store.upsert.page_context import PageContext

_OF_ORDERS = (LINES, REFUNDS, COUPONS)


@dataclass(frozen=True)
class Reassigned:
    """Profiles that a move of contacts leaves to be updated."""

    touched: frozenset[int]
    """Profiles to be evaluated again."""
    stale: frozenset[int]
    """Profiles whose fields must be chosen again."""
    deleted: frozenset[int]


def rejoin(context: PageContext) -> None:
    """Move the contacts whose identifiers changed, with everything that belongs to them."""
    if not context.rejoin:
        return
    transaction = context.transaction
    crossed = identity.usability_changes(
        transaction, context.connection_id, context.gained, context.lost
    )
    moved = identity.rejoin(transaction, context.shop, context.rejoin, crossed)
    context.rejoin, context.gained, context.lost = set(), {}, {}
    reassigned = reassign_facts(transaction, moved)
    context.new_rows |= {after for before, after in moved.values() if before in context.new_rows}
    context.touched |= reassigned.touched
    context.stale = (context.stale | reassigned.stale) - reassigned.deleted


def rejoin_contacts(transaction: Connection, shop: Shop, contacts: set[int]) -> None:
    """Recompute the profiles of some contacts outside a page, and mark the touched ones."""
    reassigned = reassign_facts(transaction, identity.rejoin(transaction, shop, contacts))
    mark(transaction, reassigned.touched | choose_fields(transaction, shop, reassigned.stale))


def split(transaction: Connection, shop: Shop, contact_id: int, now: datetime) -> None:
    """Give a contact a profile of its own for good; no identifier joins it again."""
    identity.remember_split(transaction, contact_id, now)
    rejoin_contacts(transaction, shop, {contact_id})


def reassign_facts(
    transaction: Connection, moved: Mapping[int, tuple[int | None, int | None]]
) -> Reassigned:
    """Move contacts with all that belongs to them; `moved` is contact -> (old, new) profile."""
    if not moved:
        return Reassigned(frozenset(), frozenset(), frozenset())
    old = {before for before, _ in moved.values() if before is not None}
    new = {after for _, after in moved.values() if after is not None}
    there = values_where(transaction, PROFILES.c.id, PROFILES.c.id, new)
    empty = blank(people.Profile)
    insert_rows(transaction, PROFILES, [{**empty, "id": each} for each in sorted(new - there)])
    identity.write_profiles(transaction, moved)
    reassign_rows(transaction, moved.keys())
    remaining = values_where(transaction, CONTACTS.c.profile_id, CONTACTS.c.profile_id, old)
    # Where a profile fell apart, the part with its smallest contact inherits.
    successors = {
        before: moved[contact][1]
        for contact in sorted(moved, reverse=True)
        if (before := moved[contact][0]) is not None
    }
    delete_profiles(transaction, old - remaining, successors)
    return Reassigned(frozenset(old | new), frozenset(remaining | new), frozenset(old - remaining))


def reassign_rows(transaction: Connection, contacts: Collection[int]) -> None:
    """Write the contacts' present profiles into their facts: one statement per table."""
    for piece in pieces(list(contacts)):
        for table in FACTS:
            present = select(CONTACTS.c.profile_id).where(CONTACTS.c.id == table.c.contact_id)
            transaction.execute(
                update(table)
                .where(table.c.contact_id.in_(piece))
                .values(profile_id=present.scalar_subquery())
            )
        follow_orders(transaction, select(ORDERS.c.id).where(ORDERS.c.contact_id.in_(piece)))
        discounts = select(DISCOUNTS.c.id).where(DISCOUNTS.c.contact_id.in_(piece))
        _follow_parent(transaction, COUPONS, DISCOUNTS, "discount_id", discounts)


def follow_orders(transaction: Connection, orders: Select[tuple[int]]) -> None:
    """Write the profiles of some orders into the rows that belong to them."""
    for table in _OF_ORDERS:
        _follow_parent(transaction, table, ORDERS, "order_id", orders)


def delete_bare(transaction: Connection, contacts: Collection[Row]) -> None:
    """Delete bare contacts that nothing names any more, and that are joined to nobody."""
    ids = [row["id"] for row in contacts]
    delete_where(transaction, SPLITS, SPLITS.c.contact_id, ids)
    delete_where(transaction, CONTACTS, CONTACTS.c.id, ids)
    delete_profiles(transaction, {row["profile_id"] for row in contacts} - {None}, {})


def delete_profiles(
    transaction: Connection, profiles: Collection[int], successors: Mapping[int, int | None]
) -> None:
    """Delete profiles that have no contact any more; their ledger rows go to the successors.

    Their stays in segments end here: the successor is evaluated again with everything it inherits,
    and that evaluation deletes their trait values.
    """
    if not profiles:
        return
    # In the order in which an evaluation writes, so that the two cannot deadlock.
    delete_where(transaction, PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id, profiles)
    _depart(transaction, profiles)
    owed = rows_where(transaction, LEDGER, LEDGER.c.profile_id, profiles)
    for successor in sorted({successors.get(row["profile_id"]) or 0 for row in owed}):
        mine = [each for each in profiles if (successors.get(each) or 0) == successor]
        for piece in pieces(mine):
            transaction.execute(
                update(LEDGER)
                .where(LEDGER.c.profile_id.in_(piece))
                .values(profile_id=successor or None)
            )
    delete_where(transaction, PROFILES, PROFILES.c.id, profiles)


def _depart(transaction: Connection, profiles: Collection[int]) -> None:
    """End stays and unknowns, record the losses of segments, and touch colleagues."""
    members: Counter[int] = Counter()
    unknown: Counter[int] = Counter()
    for piece in pieces(profiles):
        # Counted as they are deleted: an evaluation may have ended just before.
        stays = delete(STAYS).where(STAYS.c.profile_id.in_(piece))
        ended = transaction.execute(stays.returning(STAYS.c.segment_id, STAYS.c.left_day))
        members.update(segment for segment, left_day in ended if left_day is None)
        transaction.execute(delete(BRIEF_STAYS).where(BRIEF_STAYS.c.profile_id.in_(piece)))
        verdicts = delete(UNKNOWNS).where(UNKNOWNS.c.profile_id.in_(piece))
        unknown.update(transaction.execute(verdicts.returning(UNKNOWNS.c.segment_id)).scalars())
        mark_colleagues(transaction, piece)
    lost = [
        {"segment_id": each, "members": members[each], "unknown": unknown[each]}
        for each in sorted(members | unknown)
    ]
    insert_rows(transaction, DEPARTED, lost)


def _follow_parent(
    transaction: Connection,
    table: Table,
    parent: Table,
    reference: str,
    mine: Select[tuple[int]],
) -> None:
    column = table.c[reference]
    present = select(parent.c.profile_id).where(parent.c.id == column)
    values = {"profile_id": present.scalar_subquery()}
    statement = update(table).where(column.in_(mine))
    if table is COUPONS and parent is DISCOUNTS:
        # A discount that is part of an order follows its order.
        statement = statement.where(table.c.order_id.is_(None))
    transaction.execute(statement.values(**values))


def delete_contacts(context: PageContext, rows: Sequence[Row]) -> None:
    """Facts always point at a contact: while one does, the contact stays, bare."""
    empty = blank(Contact)
    emptied = {name: empty[name] for name in ("stated", "created_at", "company_external_id")}
    update_rows(context.transaction, CONTACTS, [bare_row(row, emptied) for row in rows])
    change_identifiers(context, {row["id"]: set() for row in rows})
    context.left |= {row["id"] for row in rows}
    context.stale |= {row["profile_id"] for row in rows}
    rejoin(context)
