"""Consent: statements of people.

The store keeps the newest statement per address, channel, list and connection. What they come to
together is the subject of `permission`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, exists

from core import records
from core.store.bulk import Row, insert_rows, rows_where, update_rows, values_where
from core.store.keys import email_key, phone_key, row_name
from core.store.people.contacts import resolve_contacts
from core.store.people.permission import KINDS
from core.store.tables import CONSENTS, CONTACTS, IDENTIFIERS, PENDING_CONSENTS
from core.store.upsert.page_context import PageContext, RecordRejected
from core.store.upsert.timestamps import placed

Place = tuple[object, ...]
_STATED = ("channel", "list", "granted", "permission", "reason", "method", "origin", "at")


def take_consents(
    context: PageContext, consents: Sequence[records.Consent], *, counted: bool = True
) -> None:
    """Store statements. One about a contact holds for every address it has or will have.

    The newest statement about an address, channel and list counts; of equally old ones the
    withdrawal. A permission beside a grant has no date, so the one that came last counts. An
    address keeps its statements when its contact moves to another one.
    """
    by_address: list[tuple[int, Row]] = []
    by_contact: list[tuple[int, str, Row]] = []
    outcomes = ["unchanged"] * len(consents)
    for number, record in enumerate(consents):
        try:
            _sort(context, number, record, by_address, by_contact)
        except RecordRejected as refused:
            outcomes[number] = "quarantined"
            context.reject(row_name(record), refused, counted=False)
    known = resolve_contacts(context, {name for _, name, _ in by_contact}) if by_contact else {}
    pending = [
        (number, {"contact_id": known[name].contact_id, **row}) for number, name, row in by_contact
    ]
    contacts = {row["contact_id"] for _, row in pending}
    stored = rows_where(
        context.transaction, PENDING_CONSENTS, PENDING_CONSENTS.c.contact_id, contacts
    )
    decided = _keep(
        context.transaction, PENDING_CONSENTS, stored, pending, ("contact_id", "channel", "list")
    )
    addresses = _addresses(context.transaction, contacts)
    by_address += _at_addresses(pending, addresses, dict.fromkeys(contacts, context.connection_id))
    stated, affected = _state(context.transaction, by_address)
    # Whether opens are known rests on statements about a contact, which may have no address.
    changed = {name for number, name, _ in by_contact if number in decided}
    context.touched |= {known[name].profile_id for name in changed}
    decided |= stated
    context.touched |= affected
    for number, outcome in decided.items():
        outcomes[number] = outcome
    if counted:
        context.counts.update(outcomes)


def apply_pending_consents(transaction: Connection, contacts: Iterable[int]) -> set[int]:
    """Apply the statements about contacts to the addresses that they have now.

    Returns the profiles concerned.
    """
    pending = rows_where(
        transaction, PENDING_CONSENTS, PENDING_CONSENTS.c.contact_id, set(contacts)
    )
    ids = {row["contact_id"] for row in pending}
    columns = (CONTACTS.c.id, CONTACTS.c.connection_id)
    stated_by = {
        row["id"]: row["connection_id"]
        for row in rows_where(transaction, CONTACTS, CONTACTS.c.id, ids, columns=columns)
    }
    statements = _at_addresses(
        [(0, row) for row in pending], _addresses(transaction, ids), stated_by
    )
    return _state(transaction, statements)[1]


def _at_addresses(
    pending: Iterable[tuple[int, Row]],
    addresses: Mapping[int, Sequence[tuple[str, str]]],
    stated_by: Mapping[int, int],
) -> list[tuple[int, Row]]:
    """Statements about contacts as statements about the addresses that they have."""
    return [
        (
            number,
            {
                **{name: row[name] for name in _STATED},
                "connection_id": stated_by[row["contact_id"]],
                "kind": kind,
                "value": value,
            },
        )
        for number, row in pending
        for kind, value in addresses.get(row["contact_id"], ())
        if kind in KINDS[row["channel"]]
    ]


def _sort(
    context: PageContext,
    number: int,
    record: records.Consent,
    by_address: list[tuple[int, Row]],
    by_contact: list[tuple[int, str, Row]],
) -> None:
    at, _ = placed(record.at, context.shop.zone)
    lists = [record.list or ""]
    if record.reason != "asked" and record.list:
        # A complaint about one list counts for all; a later grant of that list alone must not
        # undo it.
        lists.append("")
    named = _named(context, record)
    if not named and record.contact is None:
        raise RecordRejected("email", "a consent needs an address or a contact")
    for each in lists:
        row: Row = {
            "channel": record.channel,
            "list": each,
            "granted": record.granted,
            "permission": record.permission if record.granted else None,
            "reason": record.reason,
            "method": record.method,
            "origin": record.origin,
            "at": at,
        }
        if not named and record.contact is not None:
            by_contact.append((number, record.contact, row))
        by_address += [
            (number, {**row, "connection_id": context.connection_id, "kind": kind, "value": value})
            for kind, value in named
        ]


def _named(context: PageContext, record: records.Consent) -> list[tuple[str, str]]:
    found = []
    if record.email:
        found.append(("email", email_key(record.email)))
    if record.phone and (phone := phone_key(record.phone, context.shop.country)):
        found.append(("phone", phone))
    return found


def _addresses(
    transaction: Connection, contacts: Iterable[int]
) -> dict[int, list[tuple[str, str]]]:
    """The addresses that contacts were delivered with; that of a bill may be another person's."""
    is_bare = exists().where(CONTACTS.c.id == IDENTIFIERS.c.contact_id, CONTACTS.c.bare.is_(True))
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows_where(
        transaction, IDENTIFIERS, IDENTIFIERS.c.contact_id, set(contacts),
        IDENTIFIERS.c.kind.in_(("email", "phone")), ~is_bare,
    ):  # fmt: skip
        found.setdefault(row["contact_id"], []).append((row["kind"], row["value"]))
    return found


def _state(
    transaction: Connection, statements: Sequence[tuple[int, Row]]
) -> tuple[dict[int, str], set[int]]:
    """Store the newest statement about each address; returns outcomes and profiles."""
    values = {row["value"] for _, row in statements}
    by = {row["connection_id"] for _, row in statements}
    stored = rows_where(
        transaction, CONSENTS, CONSENTS.c.value, values, CONSENTS.c.connection_id.in_(sorted(by))
    )
    place = ("kind", "value", "channel", "list", "connection_id")
    decided = _keep(transaction, CONSENTS, stored, statements, place)
    changed = {row["value"] for number, row in statements if number in decided}
    holders = values_where(transaction, IDENTIFIERS.c.contact_id, IDENTIFIERS.c.value, changed)
    return decided, values_where(transaction, CONTACTS.c.profile_id, CONTACTS.c.id, holders)


def _keep(
    transaction: Connection,
    table: Table,
    stored: Sequence[Row],
    statements: Sequence[tuple[int, Row]],
    names: tuple[str, ...],
) -> dict[int, str]:
    """Write statements that are newer than the stored ones; returns their outcomes by number."""
    known = {_place(row, names): row for row in stored}
    new: dict[Place, Row] = {}
    decided: dict[int, str] = {}
    for number, row in statements:
        place = _place(row, names)
        before = new.get(place) or known.get(place)
        if before is not None and not _replaces(row, before):
            continue
        decided[number] = (
            "updated" if place in known or decided.get(number) == "updated" else "inserted"
        )
        new[place] = row
    insert_rows(transaction, table, [row for place, row in new.items() if place not in known])
    update_rows(
        transaction,
        table,
        [{**row, "id": known[place]["id"]} for place, row in new.items() if place in known],
    )
    return decided


def _place(row: Row, names: tuple[str, ...]) -> Place:
    return tuple(row[name] for name in names)


def _replaces(row: Row, before: Row) -> bool:
    weight, known = _weight(row), _weight(before)
    if weight != known:
        return weight > known
    # The same statement, told with more beside it.
    return row["permission"] != before["permission"] or _details(row) > _details(before)


def _details(row: Row) -> tuple[str, str]:
    return row["method"] or "", row["origin"] or ""


def _weight(row: Row) -> tuple[datetime, bool, str]:
    return row["at"], not row["granted"], row["reason"]
