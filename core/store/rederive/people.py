"""Profiles, identifiers and brands under new settings."""

import orjson
from sqlalchemy import Connection, select

from core.store.bulk import pieces, rows_where, update_rows
from core.store.people import profiles
from core.store.people.consent import carry
from core.store.people.contacts import identifiers, write_identifiers
from core.store.people.reassign import rejoin_contacts
from core.store.shop import Shop
from core.store.tables import CONTACTS, LINES, PROFILES
from core.store.touched import mark
from core.store.trade.products import brand_key

_ROWS_AT_ONCE = 5_000


def rebuild(transaction: Connection, shop: Shop) -> None:
    """Recompute identities, profile fields and brand keys of the whole store.

    For a change of the country, the precedence, the block list or the brand aliases.
    """
    _identify(transaction, shop)
    rejoin_contacts(transaction, shop, set(transaction.execute(select(CONTACTS.c.id)).scalars()))
    everybody = set(transaction.execute(select(PROFILES.c.id)).scalars())
    mark(transaction, profiles.choose(transaction, shop, everybody))
    _rebrand(transaction, shop)


def _identify(transaction: Connection, shop: Shop) -> None:
    """Normalize identifiers again: phone numbers may be of another country."""
    numbers = transaction.execute(select(CONTACTS.c.id).order_by(CONTACTS.c.id)).scalars().all()
    for piece in pieces(numbers, _ROWS_AT_ONCE):
        columns = (CONTACTS.c.id, CONTACTS.c.stated)
        rows = rows_where(transaction, CONTACTS, CONTACTS.c.id, piece, columns=columns)
        wanted = {row["id"]: identifiers(orjson.loads(row["stated"]), shop.country) for row in rows}
        _, come = write_identifiers(transaction, wanted)
        # A statement about a contact holds for its addresses, however they are written.
        mark(transaction, carry(transaction, {contact for contact, _, _ in come}))


def _rebrand(transaction: Connection, shop: Shop) -> None:
    brands = transaction.execute(
        select(LINES.c.brand, LINES.c.brand_key).where(LINES.c.brand.is_not(None)).distinct()
    )
    stale = {brand for brand, key in brands if key != brand_key(shop, brand)}
    rows = rows_where(
        transaction,
        LINES,
        LINES.c.brand,
        stale,
        columns=(LINES.c.id, LINES.c.brand, LINES.c.profile_id),
    )
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        piece = rows[start : start + _ROWS_AT_ONCE]
        update_rows(
            transaction,
            LINES,
            [{"id": row["id"], "brand_key": brand_key(shop, row["brand"])} for row in piece],
        )
    mark(transaction, {row["profile_id"] for row in rows})
