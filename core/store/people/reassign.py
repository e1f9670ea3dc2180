"""What follows when contacts change their profile: facts, profiles, memberships, ledger."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, select, update

from core.store.bulk import (
    add,
    blank,
    pieces,
    remove,
    rows_where,
    table_of,
    values_where,
)
from core.store.people import identity
from core.store.people.contacts import CONTACT, PROFILE
from core.store.tables import behaviour, people, segments, trade
from core.store.tables.operations import Ledger
from core.store.touched import mark_colleagues
from core.store.upsert.page_context import PageContext

ORDERS = table_of(trade.Order)
DISCOUNT = table_of(trade.Discount)
FACTS: tuple[Table, ...] = tuple(
    table_of(model)
    for model in (
        trade.Order, trade.Discount, behaviour.ListMember, behaviour.Visit, behaviour.Cart,
        behaviour.MessageEvent, behaviour.Delivery, behaviour.Interest, behaviour.Child,
        behaviour.Answer, behaviour.Deal, behaviour.Support,
    )
)  # fmt: skip
"""Tables whose rows name a contact and carry its profile."""
_OF_ORDERS = tuple(table_of(model) for model in (trade.OrderLine, trade.Refund, trade.OrderCoupon))
_COUPON = table_of(trade.OrderCoupon)
_FIELD = table_of(people.ProfileField)
_LEDGER = table_of(Ledger)
_STAY = table_of(segments.Membership)
_VERDICT = table_of(segments.Verdict)
_DEPARTED = table_of(segments.Departed)


@dataclass(frozen=True)
class Followed:
    """What a move of contacts leaves to be done."""

    touched: frozenset[int]
    """Profiles to be evaluated again."""
    stale: frozenset[int]
    """Profiles whose fields must be chosen anew."""
    vanished: frozenset[int]


def rejoin(intake: PageContext) -> None:
    """Put the contacts whose identifiers changed where they belong, and all that is theirs."""
    if not intake.rejoin:
        return
    transaction = intake.transaction
    crossed = identity.crossings(transaction, intake.connection_id, intake.gained, intake.lost)
    moved = identity.rejoin(transaction, intake.shop, intake.rejoin, crossed)
    intake.rejoin, intake.gained, intake.lost = set(), {}, {}
    followed = reassign_facts(transaction, moved)
    intake.touched |= followed.touched
    intake.stale = (intake.stale | followed.stale) - followed.vanished


def reassign_facts(transaction: Connection, moved: Mapping[int, tuple[int, int]]) -> Followed:
    """Let everything follow contacts that move: contact -> (old, new) profile."""
    if not moved:
        return Followed(frozenset(), frozenset(), frozenset())
    old = {before for before, _ in moved.values()}
    new = {after for _, after in moved.values()}
    there = values_where(transaction, PROFILE.c.id, PROFILE.c.id, new)
    empty = blank(people.Profile)
    add(transaction, PROFILE, [{**empty, "id": each} for each in sorted(new - there)])
    identity.move(transaction, moved)
    facts_follow(transaction, moved.keys())
    kept = values_where(transaction, CONTACT.c.profile_id, CONTACT.c.profile_id, old)
    # Where a profile fell apart, the one with its smallest contact inherits.
    heirs = {moved[contact][0]: moved[contact][1] for contact in sorted(moved, reverse=True)}
    delete_profiles(transaction, old - kept, heirs)
    return Followed(frozenset(old | new), frozenset(kept | new), frozenset(old - kept))


def facts_follow(transaction: Connection, contacts: Collection[int]) -> None:
    """Write the contacts' present profiles into their facts: one statement per table."""
    for piece in pieces(list(contacts)):
        for table in FACTS:
            present = select(CONTACT.c.profile_id).where(CONTACT.c.id == table.c.contact_id)
            transaction.execute(
                update(table)
                .where(table.c.contact_id.in_(piece))
                .values(profile_id=present.scalar_subquery())
            )
        for table in _OF_ORDERS:
            _follow_parent(transaction, table, ORDERS, "order_id", piece)
        _follow_parent(transaction, _COUPON, DISCOUNT, "discount_id", piece)


def delete_profiles(
    transaction: Connection, profiles: Collection[int], heirs: Mapping[int, int]
) -> None:
    """Delete profiles that have no contact any more; their ledger rows go to the heirs.

    Their stays in segments end here: the heir is evaluated anew with everything it inherits. What
    is kept of their traits goes with that evaluation.
    """
    if not profiles:
        return
    # In the order in which an evaluation writes, so that neither waits for the other for ever.
    remove(transaction, _FIELD, _FIELD.c.profile_id, profiles)
    _depart(transaction, profiles)
    owed = rows_where(transaction, _LEDGER, _LEDGER.c.profile_id, profiles)
    for heir in sorted({heirs.get(row["profile_id"]) or 0 for row in owed}):
        mine = [each for each in profiles if (heirs.get(each) or 0) == heir]
        for piece in pieces(mine):
            transaction.execute(
                update(_LEDGER)
                .where(_LEDGER.c.profile_id.in_(piece))
                .values(profile_id=heir or None)
            )
    remove(transaction, PROFILE, PROFILE.c.id, profiles)


def _depart(transaction: Connection, profiles: Collection[int]) -> None:
    """End stays and unknowns, note whom segments lose, and have colleagues evaluated."""
    members: Counter[int] = Counter()
    unknown: Counter[int] = Counter()
    for piece in pieces(profiles):
        # What was there is counted as it is deleted: an evaluation may have ended just before.
        stays = delete(_STAY).where(_STAY.c.profile_id.in_(piece))
        ended = transaction.execute(stays.returning(_STAY.c.segment_id, _STAY.c.left_day))
        members.update(segment for segment, left_day in ended if left_day is None)
        verdicts = delete(_VERDICT).where(_VERDICT.c.profile_id.in_(piece))
        unknown.update(transaction.execute(verdicts.returning(_VERDICT.c.segment_id)).scalars())
        mark_colleagues(transaction, piece)
    lost = [
        {"segment_id": each, "members": members[each], "unknown": unknown[each]}
        for each in sorted(members | unknown)
    ]
    add(transaction, _DEPARTED, lost)


def _follow_parent(
    transaction: Connection, table: Table, parent: Table, reference: str, contacts: list[int]
) -> None:
    column = table.c[reference]
    present = select(parent.c.profile_id).where(parent.c.id == column)
    mine = select(parent.c.id).where(parent.c.contact_id.in_(contacts))
    values = {"profile_id": present.scalar_subquery()}
    statement = update(table).where(column.in_(mine))
    if table is _COUPON and parent is DISCOUNT:
        # A discount that is part of an order is its order's.
        statement = statement.where(table.c.order_id.is_(None))
    transaction.execute(statement.values(**values))
