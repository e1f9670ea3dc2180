"""Suppressed people, recognized by keyed hashes of their identifiers."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from core.records import Consent, Contact, Record
from core.store.bulk import insert_rows, rows_where, values_where
from core.store.people.identifiers import identifiers
from core.store.secrets.hashes import digest, hash_key
from core.store.tables import CONTACTS, SUPPRESSIONS
from core.store.upsert.page_context import PageContext

Name = tuple[str, ...]
"""("email", address), ("phone", number), ("loyalty", number), or that of a contact."""

_IDENTIFYING = ("email", "emails", "phone", "phones", "loyalty", "country")


def contact_name(connection: int, contact: str) -> Name:
    """The name of a contact: the connection's number outlasts a rename."""
    return ("contact", str(connection), contact)


def suppress(transaction: Connection, names: Iterable[Name], reason: str, now: datetime) -> None:
    """Never take in again a person with one of these normalized names."""
    key = hash_key(transaction)
    digests = {digest(key, *name) for name in names}
    known = rows_where(transaction, SUPPRESSIONS, SUPPRESSIONS.c.digest, digests)
    new = digests - {row["digest"] for row in known}
    insert_rows(
        transaction,
        SUPPRESSIONS,
        [{"digest": each, "reason": reason, "at": now} for each in sorted(new)],
    )


def suppressed(transaction: Connection, names: Iterable[Name]) -> set[Name]:
    """Those of the names that are suppressed."""
    wanted = set(names)
    if not wanted or _is_empty(transaction):
        return set()
    key = hash_key(transaction)
    by_digest = {digest(key, *name): name for name in wanted}
    rows = rows_where(transaction, SUPPRESSIONS, SUPPRESSIONS.c.digest, by_digest)
    return {by_digest[row["digest"]] for row in rows}


def _is_empty(transaction: Connection) -> bool:
    return transaction.execute(select(SUPPRESSIONS.c.digest).limit(1)).first() is None


def without_suppressed(
    context: PageContext, records: Iterable[Record]
) -> tuple[list[Record], set[str]]:
    """The records that may be stored, and the ids of contacts to erase.

    A contact that is recognized by an address is suppressed by its id too, so that facts which
    name only the id stay out as well.
    """
    if _is_empty(context.transaction):
        return list(records), set()
    named = [(record, _names(context, record)) for record in records]
    found = suppressed(context.transaction, {name for _, names in named for name in names})
    if not found:
        return [record for record, _ in named], set()
    recognized = {
        _contact(context, record.id)
        for record, names in named
        if isinstance(record, Contact) and names & found
    }
    recognized |= _merged_into(context, recognized)
    suppress(context.transaction, recognized - found, "recognized", context.now)
    found |= recognized
    accepted = [record for record, names in named if not names & found]
    context.counts["suppressed"] += len(named) - len(accepted)
    return accepted, {name[2] for name in recognized}


def _merged_into(context: PageContext, contacts: Iterable[Name]) -> set[Name]:
    """Stored contacts that were merged into some, over any number of steps."""
    found: set[Name] = set()
    new = set(contacts)
    mine = CONTACTS.c.connection_id == context.connection_id
    while new:
        ids = values_where(
            context.transaction, CONTACTS.c.external_id, CONTACTS.c.merged_into,
            {name[2] for name in new}, mine,
        )  # fmt: skip
        new = {_contact(context, each) for each in ids} - found
        found |= new
    return found


def _names(context: PageContext, record: Record) -> set[Name]:
    names: set[Name] = set()
    if isinstance(record, Contact):
        names.add(_contact(context, record.id))
        if record.merged_into is not None:
            names.add(_contact(context, record.merged_into))
    elif getattr(record, "contact", None) is not None:
        names.add(_contact(context, str(getattr(record, "contact", ""))))
    person = record if isinstance(record, Contact | Consent) else getattr(record, "buyer", None)
    if person is not None:
        stated = {name: value for name in _IDENTIFYING if (value := getattr(person, name, None))}
        names |= {each[:2] for each in identifiers(stated, context.shop.country)}
    return names


def _contact(context: PageContext, contact: str) -> Name:
    return contact_name(context.connection_id, contact)
