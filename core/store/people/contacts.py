"""Contacts and their identifiers; a bare contact stands for one that has not arrived yet."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from core import records
from core.contract import Loss
from core.store import findings
from core.store.bulk import Row, blank, insert_rows, new_ids, rows_where
from core.store.keys import country_code, phone_key
from core.store.people.identifiers import change_identifiers, guest_id, identifiers
from core.store.tables import CONTACTS, PROFILES, STAYS, TOUCHED
from core.store.tables.people import Contact, Profile
from core.store.upsert import RowChange, compare, rows_by_id, store
from core.store.upsert.custom import named, plain, state
from core.store.upsert.page_context import PageContext, RecordRejected
from core.store.upsert.timestamps import placed

_STATED = ("stated", "created_at", "company_external_id", "merged_into")
_NOT_STATED = frozenset({"id", "updated_at", "custom", "created", "company", "merged_into"})


class Person(NamedTuple):
    """A contact's number and its profile's; None for a guest who is nobody."""

    contact_id: int
    profile_id: int | None


def take_contacts(context: PageContext, contacts: Sequence[records.Contact]) -> None:
    """Store contacts, their identifiers, and a profile for each new one."""
    changes = compare(context, Contact, contacts, partial(_columns, context))
    new = [change.after for change in changes if change.before is None]
    _number(context, new)
    changed = store(context, Contact, changes)
    _note_unusable(context, contacts, changed)
    changed_rows: list[Row] = []
    repeated: list[Row] = []
    for change in changed:
        (repeated if _is_repeated(change) else changed_rows).append(change.after)
    _identify(context, changed_rows)
    _follow_merges(context, changed)
    context.stale.update(row["profile_id"] for row in changed_rows)
    context.stale |= of_several(context.transaction, {row["profile_id"] for row in repeated})


def _follow_merges(context: PageContext, changed: Sequence[RowChange]) -> None:
    """Join contacts that were merged into others, or no longer are."""
    before: set[str] = set()
    after: set[str] = set()
    for change in changed:
        was = None if change.before is None else change.before["merged_into"]
        now = change.after["merged_into"]
        if now != was:
            before |= {was} if was else set()
            after |= {now} if now else set()
            context.rejoin.add(change.after["id"])
    resolve_contacts(context, after)
    left = rows_by_id(context, CONTACTS, before)
    context.left |= {row["id"] for row in left.values()}


def resolve_contacts(
    context: PageContext, ids: Iterable[str], guests: Collection[str] = ()
) -> Mapping[str, Person]:
    """Contacts by their ids at this connection; one that has not arrived gets a bare row.

    `guests` are those of the ids that the hub made.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    columns = (CONTACTS.c.id, CONTACTS.c.external_id, CONTACTS.c.profile_id)
    found = {
        name: Person(row["id"], row["profile_id"])
        for name, row in rows_by_id(context, CONTACTS, wanted, columns).items()
    }
    empty = {**blank(Contact), "connection_id": context.connection_id, "stream": "", "bare": True}
    missing = [
        {**empty, "external_id": name, "guest": name in guests}
        for name in sorted(wanted - found.keys())
    ]
    _number(context, missing)
    insert_rows(context.transaction, CONTACTS, missing)
    for row in missing:
        context.stale.add(row["id"])
        found[row["external_id"]] = Person(row["id"], row["id"])
    return found


def assign_contacts(context: PageContext, changes: Sequence[RowChange]) -> None:
    """Fill in the numbers of contact and profile for stated ids, and touch the profiles.

    An order that names no contact gets the guest that its buyer is.
    """
    named = [_name_contact(context, change) for change in changes]
    pairs = list(zip(changes, named, strict=True))
    guests = {name for change, name in pairs if name and _is_guest(change.after)}
    known = resolve_contacts(context, {name for name in named if name}, guests)
    for change, name in pairs:
        row = change.after
        if name is not None:
            row["contact_id"], row["profile_id"] = known[name] if name else (None, None)
        context.touched.add(row["profile_id"])
        if change.is_new:
            context.new_rows.add(row["profile_id"])
        if change.before is not None:
            context.touched.add(change.before["profile_id"])
            if change.before["contact_id"] not in (None, row["contact_id"]):
                context.left.add(change.before["contact_id"])


def _name_contact(context: PageContext, change: RowChange) -> str | None:
    """The id of the row's contact: empty for nobody, None where it stays as it is."""
    row, before = change.after, change.before
    stating = change.last_record_with("contact")
    stated: str | None = getattr(stating, "contact", None)
    name = stated
    if stated is None:
        if before is not None and _is_guest(before) and before["buyer"] == row["buyer"]:
            # Its id may have been made with another key.
            return None
        if stating is None and row["contact_id"] is not None and not _is_guest(row):
            return None
        buyer = row.get("buyer")
        name = guest_id(context.transaction, context.shop, orjson.loads(buyer)) if buyer else None
    if "guest" in row:
        row["guest"] = stated is None and name is not None
    return name or ""


def _is_guest(row: Row) -> bool:
    return bool(row.get("guest"))


def _number(context: PageContext, rows: Sequence[Row]) -> None:
    """Give new contacts their numbers, and a profile of the same number each."""
    taken = new_ids(
        context.transaction, CONTACTS, len(rows), STAYS.c.profile_id, TOUCHED.c.profile_id
    )
    empty = blank(Profile)
    insert_rows(context.transaction, PROFILES, [{**empty, "id": number} for number in taken])
    context.touched.update(taken)
    for row, number in zip(rows, taken, strict=True):
        row["id"] = row["profile_id"] = number


def _is_repeated(change: RowChange) -> bool:
    """Whether a contact restates its fields."""
    before, after = change.before, change.after
    return (
        before is not None
        and not before["bare"]
        and all(before[name] == after[name] for name in _STATED)
    )


def of_several(transaction: Connection, profiles: set[int]) -> set[int]:
    """Profiles with several contacts, where the newest may have precedence."""
    rows = rows_where(
        transaction, CONTACTS, CONTACTS.c.profile_id, profiles, columns=(CONTACTS.c.profile_id,)
    )
    counted = Counter(row["profile_id"] for row in rows)
    return {profile for profile, contacts in counted.items() if contacts > 1}


def _identify(context: PageContext, rows: Sequence[Row]) -> None:
    country = context.shop.country
    change_identifiers(
        context, {row["id"]: identifiers(orjson.loads(row["stated"]), country) for row in rows}
    )


def _note_unusable(
    context: PageContext, contacts: Iterable[records.Contact], changed: Iterable[RowChange]
) -> None:
    """Count phones that are none, countries that no rule finds, and births after today.

    Rows that did not change lost nothing new; where earlier reads have lost some, all are counted.
    """
    today = context.now.astimezone(context.shop.zone).date()
    lost_before = findings.any_losses(
        context.transaction, context.connection_id, context.reading.stream, context.reading.tally
    )
    for contact in contacts if lost_before else [each.record for each in changed]:
        country = getattr(contact, "country", None)
        for name, phones in (
            ("phone", [getattr(contact, "phone", None)]), ("phones", getattr(contact, "phones", ()))
        ):  # fmt: skip
            for phone in phones:
                if phone and phone_key(phone, country, context.shop.country) is None:
                    context.lose("emptied", name, phone)
        if country and country_code(country) is None:
            context.lose("unknown", "country", country)
        for name, latest in _latest_births(today).items():
            born = getattr(contact, name, None)
            if born is not None and born > latest:
                # No format would read it otherwise.
                context.losses.append(Loss("emptied", name, "a date after today"))


def _latest_births(today: date) -> dict[str, Any]:
    return {"birthday": today, "birth_year": today.year}


def _columns(context: PageContext, record: records.Contact, known: Row) -> Row:
    # Delivery replaces what orders said of the person.
    stated = {} if known["bare"] else orjson.loads(known["stated"])
    # One that was deleted after it was merged, and is there again, is a person of its own.
    columns: Row = {"merged_into": None} if known["bare"] else {}
    for name in record.model_fields_set - _NOT_STATED:
        state(stated, name, plain(_stated(context, record, name)))
    if "custom" in record.model_fields_set:
        for name, value in named(context, record.custom):
            state(stated, f"custom.{name}", value)
    if "created" in record.model_fields_set:
        created = _created(context, record)
        columns["created_at"] = created[0] if created else None
        state(stated, "created_day", created[1] if created else None)
    if "merged_into" in record.model_fields_set:
        columns["merged_into"] = None if record.merged_into == record.id else record.merged_into
    if "company" in record.model_fields_set:
        columns["company_external_id"] = record.company
    columns["stated"] = orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode()
    return columns


def _stated(context: PageContext, record: records.Contact, name: str) -> object:
    """The value of a field; a birth after today is emptied."""
    value = getattr(record, name)
    today = context.now.astimezone(context.shop.zone).date()
    latest = _latest_births(today).get(name)
    return None if value is not None and latest is not None and value > latest else value


def _created(context: PageContext, record: records.Contact) -> tuple[datetime, int] | None:
    if record.created is None:
        return None
    try:
        return placed(record.created, context.shop.zone, "created")
    except RecordRejected:
        context.lose("emptied", "created", str(record.created))
        return None
