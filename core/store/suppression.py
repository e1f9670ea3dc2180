"""People who must never come back: recognized by keyed hashes of what named them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from core.records import Consent, Contact, Record
from core.store.bulk import add, rows_where, table_of
from core.store.keys import email_key, loyalty_key, phone_key
from core.store.secrets.hashes import digest, hash_key
from core.store.tables.people import Suppression
from core.store.upsert.page_context import PageContext

_SUPPRESSION = table_of(Suppression)
Name = tuple[str, ...]
"""("email", address), ("phone", number), ("loyalty", number) or ("contact", connection, id)."""


def suppress(transaction: Connection, names: Iterable[Name], reason: str, now: datetime) -> None:
    """Never take in again who carries one of these normalized names."""
    key = hash_key(transaction)
    digests = {digest(key, *name) for name in names}
    known = rows_where(transaction, _SUPPRESSION, _SUPPRESSION.c.digest, digests)
    new = digests - {row["digest"] for row in known}
    add(
        transaction,
        _SUPPRESSION,
        [{"digest": each, "reason": reason, "at": now} for each in sorted(new)],
    )


def suppressed(transaction: Connection, names: Iterable[Name]) -> set[Name]:
    """Those of the names that are suppressed."""
    asked = set(names)
    if not asked or _nobody_is(transaction):
        return set()
    key = hash_key(transaction)
    by_digest = {digest(key, *name): name for name in asked}
    rows = rows_where(transaction, _SUPPRESSION, _SUPPRESSION.c.digest, by_digest)
    return {by_digest[row["digest"]] for row in rows}


def _nobody_is(transaction: Connection) -> bool:
    return transaction.execute(select(_SUPPRESSION.c.digest).limit(1)).first() is None


def kept_out(intake: PageContext, records: Iterable[Record]) -> tuple[list[Record], set[str]]:
    """The records that may come in, and the ids of contacts that must not be here.

    A contact that is recognized by an address is remembered by its id too, so that facts which
    name only the id stay out as well.
    """
    if _nobody_is(intake.transaction):
        return list(records), set()
    named = [(record, _names(intake, record)) for record in records]
    found = suppressed(intake.transaction, {name for _, names in named for name in names})
    if not found:
        return [record for record, _ in named], set()
    unwanted = {
        _contact(intake, record.id)
        for record, names in named
        if isinstance(record, Contact) and names & found
    }
    suppress(intake.transaction, unwanted - found, "recognized", intake.now)
    found |= unwanted
    welcome = [record for record, names in named if not names & found]
    intake.counts["suppressed"] += len(named) - len(welcome)
    return welcome, {name[2] for name in unwanted}


def _names(intake: PageContext, record: Record) -> set[Name]:
    names: set[Name] = set()
    if isinstance(record, Contact):
        names.add(_contact(intake, record.id))
    elif getattr(record, "contact", None) is not None:
        names.add(_contact(intake, str(getattr(record, "contact", ""))))
    if isinstance(record, Contact | Consent):
        country = getattr(record, "country", None) or intake.shop.country
        if record.email:
            names.add(("email", email_key(record.email)))
        if record.phone and (phone := phone_key(record.phone, country)):
            names.add(("phone", phone))
    if isinstance(record, Contact) and record.loyalty:
        names.add(("loyalty", loyalty_key(record.loyalty)))
    return names


def _contact(intake: PageContext, contact: str) -> Name:
    return ("contact", intake.connection_name, contact)
