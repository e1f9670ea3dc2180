"""Contacts and what identifies them; bare ones where a fact names somebody not delivered yet."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from core import records
from core.store.bulk import Row, add, blank, numbers, remove, rows_where, table_of
from core.store.keys import email_key, is_country, loyalty_key, phone_key
from core.store.tables.people import Contact, Identifier, Profile
from core.store.tables.segments import Membership, Touched
from core.store.upsert.page_context import PageContext
from core.store.upsert.rejected import RecordRejected
from core.store.upsert.timestamps import placed
from core.store.upsert.upsert import RowChange, compare, store

CONTACT = table_of(Contact)
IDENTIFIER = table_of(Identifier)
PROFILE = table_of(Profile)
_MEMBERSHIP = table_of(Membership)
_TOUCHED = table_of(Touched)
_SAID = ("stated", "created_at", "company_external_id")
_NOT_STATED = frozenset({"id", "updated_at", "custom", "created", "company"})


Identified = tuple[str, str]
"""Kind and normalized value."""


class Person(NamedTuple):
    """A contact's number and its profile's."""

    contact_id: int
    profile_id: int


def take_contacts(intake: PageContext, contacts: Sequence[records.Contact]) -> None:
    """Store contacts, their identifiers, and a profile for each new one."""

    def columns(record: records.Contact, known: Row) -> Row:
        return _columns(intake, record, known)

    arrivals = compare(intake, Contact, contacts, columns)
    new = [arrival.after for arrival in arrivals if arrival.before is None]
    _number(intake, new)
    changed = store(intake, Contact, arrivals)
    _note_phones(intake, changed)
    _note_countries(intake, changed)
    told: list[Row] = []
    newer: list[Row] = []
    for arrival in changed:
        (newer if _is_only_newer(arrival) else told).append(arrival.after)
    _identify(intake, told)
    intake.stale.update(row["profile_id"] for row in told)
    intake.stale |= _of_several(intake.transaction, {row["profile_id"] for row in newer})


def people(intake: PageContext, ids: Iterable[str]) -> Mapping[str, Person]:
    """The contacts behind ids of this connection; who is not delivered yet is made bare."""
    wanted = set(ids)
    found = {
        row["external_id"]: Person(row["id"], row["profile_id"])
        for row in rows_where(
            intake.transaction,
            CONTACT,
            CONTACT.c.external_id,
            wanted,
            CONTACT.c.connection_id == intake.connection_id,
            columns=(CONTACT.c.id, CONTACT.c.external_id, CONTACT.c.profile_id),
        )
    }
    empty = {**blank(Contact), "connection_id": intake.connection_id, "stream": "", "bare": True}
    missing = [{**empty, "external_id": name} for name in sorted(wanted - found.keys())]
    _number(intake, missing)
    add(intake.transaction, CONTACT, missing)
    for row in missing:
        intake.stale.add(row["id"])
        found[row["external_id"]] = Person(row["id"], row["id"])
    return found


def identifiers(stated: Mapping[str, Any], country: str | None) -> set[Identified]:
    """What joins a contact to others, as (kind, normalized value)."""
    found: set[tuple[str, str | None]] = set()
    if email := stated.get("email"):
        found.add(("email", email_key(email)))
    if phone := stated.get("phone"):
        found.add(("phone", phone_key(phone, stated.get("country") or country)))
    if loyalty := stated.get("loyalty"):
        found.add(("loyalty", loyalty_key(loyalty)))
    return {(kind, value) for kind, value in found if value}


def change_identifiers(intake: PageContext, wanted: Mapping[int, set[Identified]]) -> None:
    """Make the stored identifiers of contacts (by number) what they should be."""
    gone, come = write_identifiers(intake.transaction, wanted)
    for tally, which in ((intake.lost, gone), (intake.gained, come)):
        for contact, kind, value in which:
            tally[kind, value] = tally.get((kind, value), 0) + 1
            intake.rejoin.add(contact)


def write_identifiers(
    transaction: Connection, wanted: Mapping[int, set[Identified]]
) -> tuple[set[tuple[int, str, str]], set[tuple[int, str, str]]]:
    """The same, with nothing set in motion; tells which of whose are gone, and which have come."""
    stored: dict[tuple[int, str, str], int] = {
        (row["contact_id"], row["kind"], row["value"]): row["id"]
        for row in rows_where(transaction, IDENTIFIER, IDENTIFIER.c.contact_id, wanted.keys())
    }
    due = {(contact, *each) for contact, every in wanted.items() for each in every}
    gone, come = stored.keys() - due, due - stored.keys()
    remove(transaction, IDENTIFIER, IDENTIFIER.c.id, [stored[each] for each in gone])
    add(
        transaction,
        IDENTIFIER,
        [
            {"contact_id": contact, "kind": kind, "value": value}
            for contact, kind, value in sorted(come)
        ],
    )
    return gone, come


def _number(intake: PageContext, rows: Sequence[Row]) -> None:
    """Give new contacts their numbers, and a profile of the same number each."""
    taken = numbers(
        intake.transaction, CONTACT, len(rows), _MEMBERSHIP.c.profile_id, _TOUCHED.c.profile_id
    )
    empty = blank(Profile)
    add(intake.transaction, PROFILE, [{**empty, "id": number} for number in taken])
    intake.touched.update(taken)
    for row, number in zip(rows, taken, strict=True):
        row["id"] = row["profile_id"] = number


def _is_only_newer(arrival: RowChange) -> bool:
    """Whether a contact says what it said before: guests do with every order."""
    before, after = arrival.before, arrival.after
    return (
        before is not None
        and not before["bare"]
        and all(before[name] == after[name] for name in _SAID)
    )


def _of_several(transaction: Connection, profiles: set[int]) -> set[int]:
    """Those of the profiles that have several contacts, of which the newest may be believed."""
    rows = rows_where(
        transaction, CONTACT, CONTACT.c.profile_id, profiles, columns=(CONTACT.c.profile_id,)
    )
    counted = Counter(row["profile_id"] for row in rows)
    return {profile for profile, contacts in counted.items() if contacts > 1}


def _identify(intake: PageContext, rows: Sequence[Row]) -> None:
    country = intake.shop.country
    change_identifiers(
        intake, {row["id"]: identifiers(orjson.loads(row["stated"]), country) for row in rows}
    )


def _note_phones(intake: PageContext, arrivals: Iterable[RowChange]) -> None:
    for arrival in arrivals:
        phone = getattr(arrival.record, "phone", None)
        country = getattr(arrival.record, "country", None) or intake.shop.country
        if phone and phone_key(phone, country) is None:
            intake.note("emptied phone")


def _note_countries(intake: PageContext, arrivals: Iterable[RowChange]) -> None:
    """Count countries that are kept as given and that no rule about countries will find."""
    for arrival in arrivals:
        country = getattr(arrival.record, "country", None)
        if country and not is_country(country):
            intake.note("unknown country")


def _columns(intake: PageContext, record: records.Contact, known: Row) -> Row:
    stated = orjson.loads(known["stated"])
    columns: Row = {}
    for name in record.model_fields_set - _NOT_STATED:
        _state(stated, name, _plain(getattr(record, name)))
    if "custom" in record.model_fields_set:
        _custom(intake, stated, record)
    if "created" in record.model_fields_set:
        created = _created(intake, record)
        columns["created_at"] = created[0] if created else None
        _state(stated, "created_day", created[1] if created else None)
    if "company" in record.model_fields_set:
        columns["company_external_id"] = record.company
    columns["stated"] = orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode()
    return columns


def _state(stated: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        stated.pop(name, None)
    else:
        stated[name] = value


def _custom(intake: PageContext, stated: dict[str, Any], record: records.Contact) -> None:
    for name, value in record.custom.items():
        # PostgreSQL cannot keep such a name, and nobody can write it in a rule.
        if "\x00" in name or not name.isprintable():
            intake.note("emptied custom field with an unprintable name")
            continue
        _state(stated, f"custom.{name}", _plain(value))


def _created(intake: PageContext, record: records.Contact) -> tuple[datetime, int] | None:
    if record.created is None:
        return None
    try:
        return placed(record.created, intake.shop.zone, "created")
    except RecordRejected:
        intake.note("emptied created")
        return None


def _plain(value: object) -> object:
    """As JSON can keep it; numbers and dates stay recognizable."""
    if isinstance(value, bool):
        return {"text": "true" if value else "false"}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value
