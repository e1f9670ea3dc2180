"""Consent: statements of people, and the one condition that decides whom to write to.

The store keeps the newest statement per address, channel, list and connection. Without any grant
nothing is permitted. A withdrawal of the whole channel blocks everywhere, and so does a complaint,
a bounce or an erasure on any list, until the same connection states a newer grant of the channel
or of any list. A plain withdrawal from one list counts for that list alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    exists,
    or_,
    select,
    true,
)

from core import records
from core.store.bulk import Row, insert_rows, rows_where, update_rows, values_where
from core.store.keys import email_key, phone_key, row_name
from core.store.people.contacts import resolve_contacts
from core.store.tables import CONSENTS, CONTACTS, IDENTIFIERS, PENDING_CONSENTS
from core.store.upsert.page_context import PageContext, RecordRejected
from core.store.upsert.timestamps import placed

KINDS: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "sms": ("phone",),
    "ads": ("email", "phone"),
}
"""Channel -> the kinds of address that it uses."""
Place = tuple[object, ...]
_STATED = ("channel", "list", "granted", "reason", "at")


def take_consents(
    context: PageContext, consents: Sequence[records.Consent], *, counted: bool = True
) -> None:
    """Store statements. One about a contact holds for every address it has or will have.

    The newest statement about an address, channel and list counts; of equally old ones the
    withdrawal. An address keeps its statements when its contact moves to another one.
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
            "reason": record.reason,
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
        if before is not None and _weight(row) <= _weight(before):
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


def _weight(row: Row) -> tuple[datetime, bool, str]:
    return row["at"], not row["granted"], row["reason"]


Lists = tuple[int, Sequence[str]]
"""Connection number and ids of its lists."""


def permitted(address: FromClause, channel: str, lists: Lists | None = None) -> ColumnElement[bool]:
    """A condition on an address (columns `kind` and `value`): the channel may be used for it.

    With `lists`, on these lists: a grant of another list does not count, and a withdrawal from
    one of them blocks.
    """
    # Aliases: a statement around this condition may name the table itself.
    granted, withdrawn = CONSENTS.alias(), CONSENTS.alias()
    counts: ColumnElement[bool] = true()
    blocks = and_(
        or_(withdrawn.c.list == "", withdrawn.c.reason != "asked"), _is_in_force(withdrawn)
    )
    if lists is not None:
        counts = or_(granted.c.list == "", _is_on(granted, lists))
        blocks = or_(_is_on(withdrawn, lists), blocks)
    return and_(
        address.c.kind.in_(KINDS[channel]),
        exists().where(_is_about(granted, address, channel), granted.c.granted.is_(True), counts),
        ~exists().where(
            _is_about(withdrawn, address, channel), withdrawn.c.granted.is_(False), blocks
        ),
    )


def reachable_profiles(channel: str) -> Select[tuple[int | None]]:
    """Numbers of the profiles that have at least one permitted address."""
    address = IDENTIFIERS.alias()
    return (
        select(CONTACTS.c.profile_id)
        .join(address, address.c.contact_id == CONTACTS.c.id)
        .where(CONTACTS.c.profile_id.is_not(None), permitted(address, channel))
        .distinct()
    )


def _is_in_force(withdrawn: FromClause) -> ColumnElement[bool]:
    """No newer grant of the same connection, to the channel or a list, lifts this withdrawal."""
    lifting = CONSENTS.alias()
    # Compared with the withdrawal itself: SQLAlchemy would not see that a table stands two
    # selects further out, and would look for a grant to anybody.
    return ~exists().where(
        lifting.c.kind == withdrawn.c.kind,
        lifting.c.value == withdrawn.c.value,
        lifting.c.channel == withdrawn.c.channel,
        lifting.c.connection_id == withdrawn.c.connection_id,
        lifting.c.granted.is_(True),
        lifting.c.at > withdrawn.c.at,
    )


def _is_about(statement: FromClause, address: FromClause, channel: str) -> ColumnElement[bool]:
    return and_(
        statement.c.kind == address.c.kind,
        statement.c.value == address.c.value,
        statement.c.channel == channel,
    )


def _is_on(statement: FromClause, lists: Lists) -> ColumnElement[bool]:
    connection, names = lists
    return and_(statement.c.connection_id == connection, statement.c.list.in_(names))
