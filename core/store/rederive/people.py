"""Rebuild the people of the whole store: guests, identities and profile fields."""

from collections.abc import Collection, Iterator

import orjson
from sqlalchemy import Connection, Table, exists, or_, select

from core.contract import Page
from core.store.bulk import ROWS_AT_ONCE, Row, pieces, rows_where, update_rows
from core.store.checkpoints import Reading
from core.store.people.buyers import BILLS, fill
from core.store.people.consent import apply_pending_consents
from core.store.people.contacts import resolve_contacts
from core.store.people.gazetteer import add_places
from core.store.people.identifiers import guest_id, identifiers, write_identifiers
from core.store.people.profiles import choose_fields
from core.store.people.reassign import delete_bare, follow_orders, rejoin_contacts
from core.store.shop import Shop
from core.store.tables import CONTACTS, ORDERS, PROFILES, STORES
from core.store.tables.types import EPOCH
from core.store.touched import mark
from core.store.upsert.page_context import PageContext


def rebuild_people(transaction: Connection, shop: Shop) -> None:
    """Recompute everybody from what was delivered."""
    for table in BILLS:
        for bills in _bills_of_guests(transaction, table):
            _assign_guests(transaction, shop, table, bills)
    _identify(transaction, shop)
    _rejoin_all(transaction, shop)
    _release_guests(transaction)
    if shop.places:
        countries = select(STORES.c.country).distinct()
        stores = {each or shop.country or "" for each in transaction.execute(countries).scalars()}
        add_places(transaction, stores)
    everybody = set(transaction.execute(select(PROFILES.c.id)).scalars())
    mark(transaction, choose_fields(transaction, shop, everybody))


def refill(transaction: Connection, shop: Shop, contacts: Collection[int]) -> None:
    """Fill bare contacts again, of whose bills another may be the newest now."""
    stale, wanted = fill(transaction, shop, contacts)
    removed, added = write_identifiers(transaction, wanted)
    if removed | added:
        _rejoin_all(transaction, shop)
    mark(transaction, choose_fields(transaction, shop, stale))


def _rejoin_all(transaction: Connection, shop: Shop) -> None:
    rejoin_contacts(transaction, shop, set(transaction.execute(select(CONTACTS.c.id)).scalars()))


def _bills_of_guests(transaction: Connection, table: Table) -> Iterator[list[Row]]:
    """Rows with a buyer whose source names no contact, with the id of their guest now."""
    last = 0
    statement = (
        select(
            table.c.id, table.c.connection_id, table.c.profile_id, table.c.buyer,
            CONTACTS.c.external_id.label("guest"),
        )
        .outerjoin(CONTACTS, CONTACTS.c.id == table.c.contact_id)
        .where(table.c.buyer.is_not(None), or_(table.c.guest, table.c.contact_id.is_(None)))
        .order_by(table.c.id)
        .limit(ROWS_AT_ONCE)
    )  # fmt: skip
    while rows := transaction.execute(statement.where(table.c.id > last)).mappings().all():
        last = rows[-1]["id"]
        yield [dict(row) for row in rows]


def _assign_guests(
    transaction: Connection, shop: Shop, table: Table, bills: Collection[Row]
) -> None:
    """Move orders or refunds to the guests that their buyers are under these settings."""
    due = {row["id"]: guest_id(transaction, shop, orjson.loads(row["buyer"])) for row in bills}
    moved = [row for row in bills if due[row["id"]] != row["guest"]]
    for connection in sorted({row["connection_id"] for row in moved}):
        mine = [row for row in moved if row["connection_id"] == connection]
        reading = Reading(connection, "", version=0, number=0)
        context = PageContext(transaction, shop, reading, Page(()), EPOCH)
        names = {name for row in mine if (name := due[row["id"]]) is not None}
        known = resolve_contacts(context, names, names)
        changed = []
        for row in mine:
            name = due[row["id"]]
            contact, profile = (None, None) if name is None else known[name]
            changed.append(
                {
                    "id": row["id"], "contact_id": contact, "profile_id": profile,
                    "guest": name is not None,
                }
            )  # fmt: skip
        update_rows(transaction, table, changed)
        for piece in pieces([row["id"] for row in mine] if table is ORDERS else ()):
            follow_orders(transaction, select(ORDERS.c.id).where(ORDERS.c.id.in_(piece)))
        mark(transaction, context.touched | {row["profile_id"] for row in mine})


def _identify(transaction: Connection, shop: Shop) -> None:
    """Normalize identifiers again: phone numbers may be of another country."""
    numbers = transaction.execute(select(CONTACTS.c.id).order_by(CONTACTS.c.id)).scalars().all()
    for piece in pieces(numbers, ROWS_AT_ONCE):
        columns = (CONTACTS.c.id, CONTACTS.c.stated)
        rows = rows_where(transaction, CONTACTS, CONTACTS.c.id, piece, columns=columns)
        wanted = {row["id"]: identifiers(orjson.loads(row["stated"]), shop.country) for row in rows}
        _, of_bare = fill(transaction, shop, piece)
        _, added = write_identifiers(transaction, wanted | of_bare)
        # A statement about a contact holds for its addresses, however they are written.
        mark(transaction, apply_pending_consents(transaction, {each[0] for each in added}))


def _release_guests(transaction: Connection) -> None:
    """Delete guests whose bills are another guest's, or nobody's."""
    is_named = or_(*(exists().where(table.c.contact_id == CONTACTS.c.id) for table in BILLS))
    statement = select(CONTACTS.c.id, CONTACTS.c.profile_id).where(CONTACTS.c.guest, ~is_named)
    delete_bare(transaction, [dict(row) for row in transaction.execute(statement).mappings()])
