"""Take a contact out of its profile for good, and put everybody where new settings want them."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from core.store.bulk import change, pieces, rows_where
from core.store.people import identity, profiles
from core.store.people.consent import carry
from core.store.people.contacts import CONTACT, PROFILE, identifiers, write_identifiers
from core.store.people.reassign import reassign_facts
from core.store.shop import Shop
from core.store.touched import mark
from core.store.trade.products import LINE, brand_key

_ROWS_AT_ONCE = 5_000


def split(transaction: Connection, shop: Shop, contact_id: int, now: datetime) -> None:
    """Make a contact a person of its own; no identifier will join it again."""
    identity.remember_split(transaction, contact_id, now)
    _rejoin(transaction, shop, {contact_id})


def rebuild(transaction: Connection, shop: Shop) -> None:
    """Decide anew who is who, choose all fields anew and fold all brands anew.

    For when the country, the precedence, the block list or the brand aliases changed.
    """
    _identify(transaction, shop)
    _rejoin(transaction, shop, set(transaction.execute(select(CONTACT.c.id)).scalars()))
    everybody = set(transaction.execute(select(PROFILE.c.id)).scalars())
    mark(transaction, profiles.choose(transaction, shop, everybody))
    _rebrand(transaction, shop)


def _identify(transaction: Connection, shop: Shop) -> None:
    """Normalize anew what identifies people: phone numbers may be of another country."""
    numbers = transaction.execute(select(CONTACT.c.id).order_by(CONTACT.c.id)).scalars().all()
    for piece in pieces(numbers, _ROWS_AT_ONCE):
        columns = (CONTACT.c.id, CONTACT.c.stated)
        rows = rows_where(transaction, CONTACT, CONTACT.c.id, piece, columns=columns)
        wanted = {row["id"]: identifiers(orjson.loads(row["stated"]), shop.country) for row in rows}
        _, come = write_identifiers(transaction, wanted)
        # What was said about a contact holds for its addresses, however they are written.
        mark(transaction, carry(transaction, {contact for contact, _, _ in come}))


def _rejoin(transaction: Connection, shop: Shop, contacts: set[int]) -> None:
    followed = reassign_facts(transaction, identity.rejoin(transaction, shop, contacts))
    mark(transaction, followed.touched | profiles.choose(transaction, shop, followed.stale))


def _rebrand(transaction: Connection, shop: Shop) -> None:
    brands = transaction.execute(
        select(LINE.c.brand, LINE.c.brand_key).where(LINE.c.brand.is_not(None)).distinct()
    )
    stale = {brand for brand, key in brands if key != brand_key(shop, brand)}
    rows = rows_where(
        transaction, LINE, LINE.c.brand, stale, columns=(LINE.c.id, LINE.c.brand, LINE.c.profile_id)
    )
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        piece = rows[start : start + _ROWS_AT_ONCE]
        change(
            transaction,
            LINE,
            [{"id": row["id"], "brand_key": brand_key(shop, row["brand"])} for row in piece],
        )
    mark(transaction, {row["profile_id"] for row in rows})
