"""What people allowed and took back: the newest statement per address, channel, list and source."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table

from core import records
from core.store.bulk import Row, add, change, rows_where, table_of, values_where
from core.store.keys import email_key, phone_key
from core.store.people.contacts import CONTACT, IDENTIFIER, people
from core.store.tables.people import Consent, PendingConsent
from core.store.upsert.external_ids import row_name
from core.store.upsert.page_context import PageContext
from core.store.upsert.rejected import RecordRejected
from core.store.upsert.timestamps import placed

CONSENT = table_of(Consent)
PENDING = table_of(PendingConsent)
KINDS: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "sms": ("phone",),
    "ads": ("email", "phone"),
}
"""Channel -> the kinds of address that it reaches people by."""
Place = tuple[object, ...]
_SAID = ("channel", "list", "granted", "reason", "at")


def take_consents(
    intake: PageContext, consents: Sequence[records.Consent], *, counted: bool = True
) -> None:
    """Store statements. One about a contact holds for every address it has, or will have.

    Of statements about the same thing the newest counts; of equally old ones the withdrawal.
    An address keeps what was said about it when its contact moves to another one.
    """
    by_address: list[tuple[int, Row]] = []
    by_contact: list[tuple[int, str, Row]] = []
    outcomes = ["unchanged"] * len(consents)
    for number, record in enumerate(consents):
        try:
            _sort(intake, number, record, by_address, by_contact)
        except RecordRejected as refused:
            outcomes[number] = "quarantined"
            intake.refuse(row_name(record), refused, counted=False)
    known = people(intake, {name for _, name, _ in by_contact}) if by_contact else {}
    pending = [
        (number, {"contact_id": known[name].contact_id, **row}) for number, name, row in by_contact
    ]
    contacts = {row["contact_id"] for _, row in pending}
    stored = rows_where(intake.transaction, PENDING, PENDING.c.contact_id, contacts)
    told = _keep(intake.transaction, PENDING, stored, pending, ("contact_id", "channel", "list"))
    addresses = _addresses(intake.transaction, contacts)
    by_address += _at_addresses(pending, addresses, dict.fromkeys(contacts, intake.connection_id))
    stated, concerned = _state(intake.transaction, by_address)
    told |= stated
    intake.touched |= concerned
    for number, outcome in told.items():
        outcomes[number] = outcome
    if counted:
        intake.counts.update(outcomes)


def carry(transaction: Connection, contacts: Iterable[int]) -> set[int]:
    """Let the statements about contacts hold for the addresses that they have now.

    Returns the profiles whom that concerns.
    """
    pending = rows_where(transaction, PENDING, PENDING.c.contact_id, set(contacts))
    ids = {row["contact_id"] for row in pending}
    columns = (CONTACT.c.id, CONTACT.c.connection_id)
    stated_by = {
        row["id"]: row["connection_id"]
        for row in rows_where(transaction, CONTACT, CONTACT.c.id, ids, columns=columns)
    }
    told = _at_addresses([(0, row) for row in pending], _addresses(transaction, ids), stated_by)
    return _state(transaction, told)[1]


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
                **{name: row[name] for name in _SAID},
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
    intake: PageContext,
    number: int,
    record: records.Consent,
    by_address: list[tuple[int, Row]],
    by_contact: list[tuple[int, str, Row]],
) -> None:
    at, _ = placed(record.at, intake.shop.zone)
    lists = [record.list or ""]
    if record.reason != "asked" and record.list:
        # A complaint about one list is one about all; a later word about that list alone must
        # not undo it.
        lists.append("")
    named = _named(intake, record)
    if not named and record.contact is None:
        raise RecordRejected("email", "a consent needs an address or a contact")
    for each in lists:
        row: Row = {
            "channel": record.channel,
            "list": each,
            "granted": record.granted,
            "reason": record.reason,
            "at": at,
        }
        if not named and record.contact is not None:
            by_contact.append((number, record.contact, row))
        by_address += [
            (number, {**row, "connection_id": intake.connection_id, "kind": kind, "value": value})
            for kind, value in named
        ]


def _named(intake: PageContext, record: records.Consent) -> list[tuple[str, str]]:
    found = []
    if record.email:
        found.append(("email", email_key(record.email)))
    if record.phone and (phone := phone_key(record.phone, intake.shop.country)):
        found.append(("phone", phone))
    return found


def _addresses(
    transaction: Connection, contacts: Iterable[int]
) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for row in rows_where(
        transaction, IDENTIFIER, IDENTIFIER.c.contact_id, set(contacts),
        IDENTIFIER.c.kind.in_(("email", "phone")),
    ):  # fmt: skip
        found.setdefault(row["contact_id"], []).append((row["kind"], row["value"]))
    return found


def _state(
    transaction: Connection, statements: Sequence[tuple[int, Row]]
) -> tuple[dict[int, str], set[int]]:
    """Keep the newest statement about each address; also tells the profiles whose address it is."""
    values = {row["value"] for _, row in statements}
    by = {row["connection_id"] for _, row in statements}
    stored = rows_where(
        transaction, CONSENT, CONSENT.c.value, values, CONSENT.c.connection_id.in_(sorted(by))
    )
    place = ("kind", "value", "channel", "list", "connection_id")
    told = _keep(transaction, CONSENT, stored, statements, place)
    changed = {row["value"] for number, row in statements if number in told}
    holders = values_where(transaction, IDENTIFIER.c.contact_id, IDENTIFIER.c.value, changed)
    return told, values_where(transaction, CONTACT.c.profile_id, CONTACT.c.id, holders)


def _keep(
    transaction: Connection,
    table: Table,
    stored: Sequence[Row],
    statements: Sequence[tuple[int, Row]],
    names: tuple[str, ...],
) -> dict[int, str]:
    """Write what is newer than what is stored; returns what became of each that counted."""
    known = {_place(row, names): row for row in stored}
    new: dict[Place, Row] = {}
    told: dict[int, str] = {}
    for number, row in statements:
        place = _place(row, names)
        before = new.get(place) or known.get(place)
        if before is not None and _weight(row) <= _weight(before):
            continue
        told[number] = "updated" if place in known or told.get(number) == "updated" else "inserted"
        new[place] = row
    add(transaction, table, [row for place, row in new.items() if place not in known])
    change(
        transaction,
        table,
        [{**row, "id": known[place]["id"]} for place, row in new.items() if place in known],
    )
    return told


def _place(row: Row, names: tuple[str, ...]) -> Place:
    return tuple(row[name] for name in names)


def _weight(row: Row) -> tuple[datetime, bool, str]:
    return row["at"], not row["granted"], row["reason"]
