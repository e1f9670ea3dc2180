"""Messages, their events, and deliveries: one row per contact and message, with first opens."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, select, tuple_

from core import records
from core.store.behaviour.facts import folded
from core.store.bulk import (
    Row,
    blank,
    delete_ids,
    delete_where,
    insert_rows,
    new_ids,
    pieces,
    rows_where,
    update_rows,
    values_where,
)
from core.store.keys import fold
from core.store.people.contacts import assign_contacts
from core.store.tables import CONTACTS, DELIVERIES, EVENTS, MESSAGES
from core.store.tables.messages import Message, MessageEvent
from core.store.touched import mark_found
from core.store.upsert import RowChange, bare_row, compare, rows_by_id, store
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant, placed_columns

_GRADES = {"human": 3, "probable": 2, "machine": 1}
_PAIRS_AT_ONCE = 4_000
Pair = tuple[int, int]
"""Number of a contact and of a message."""


def take_messages(
    context: PageContext, messages: Sequence[records.Message]
) -> list[records.Consent]:
    """Store messages, and touch the people whom a changed one reached.

    Returns what complaints and hard bounces that came before their message state of its channel.
    """

    def columns(record: records.Message, _known: Row) -> Row:
        row: Row = {"key": fold(record.id)}
        if "title" in record.model_fields_set:
            row["title"] = record.title
        row |= folded(record, title="title_key", topic="topic_key", variant="variant_key")
        row |= {
            name: getattr(record, name)
            for name in ("kind", "channel")
            if name in record.model_fields_set
        }
        if "sent_at" in record.model_fields_set:
            row["sent_at"] = instant(record.sent_at, context.shop.zone)
        return row

    changes = compare(context, Message, messages, columns)
    changed = store(context, Message, changes)
    known = [change.after["id"] for change in changed if change.before is not None]
    for table in (DELIVERIES, EVENTS):
        for piece in pieces(known):
            reached = select(table.c.profile_id).where(table.c.message_id.in_(piece))
            mark_found(context.transaction, reached)
    arrived = {
        change.after["id"]: change.after["channel"]
        for change in changed
        if change.before is not None and change.before["channel"] != change.after["channel"]
    }
    return _restated(context.transaction, arrived)


def _restated(transaction: Connection, channels: Mapping[int, Any]) -> list[records.Consent]:
    """The withdrawals of stored events of some messages, in the channel of each."""
    query = select(
        EVENTS.c.message_id, EVENTS.c.kind, EVENTS.c.hard, EVENTS.c.at, CONTACTS.c.external_id
    ).join(CONTACTS, CONTACTS.c.id == EVENTS.c.contact_id)
    return [
        records.Consent(
            contact=row.external_id, channel=channels[row.message_id], granted=False,
            reason=reason, at=row.at,
        )
        for piece in pieces(channels)
        for row in transaction.execute(query.where(EVENTS.c.message_id.in_(piece)))
        if (reason := _withdrawal(row))
    ]  # fmt: skip


def take_events(
    context: PageContext, events: Sequence[records.MessageEvent]
) -> list[records.Consent]:
    """Store events and the deliveries they lead to.

    Returns what complaints and hard bounces state of consent to the message's channel.
    """

    def columns(record: records.MessageEvent, known: Row) -> Row:
        row: Row = {"kind": record.kind}
        row |= placed_columns(record.at, context.shop.zone) | folded(record, link="link")
        if "evidence" in record.model_fields_set or "id" not in known:
            row["evidence"] = _GRADES[record.evidence]
        if "hard" in record.model_fields_set:
            row["hard"] = record.hard
        return row

    changes = compare(context, MessageEvent, events, columns)
    assign_contacts(context, changes)
    _assign_messages(context, changes)
    changed = store(context, MessageEvent, changes)
    pairs = {_pair(change.after) for change in changed}
    pairs |= {_pair(change.before) for change in changed if change.before}
    deliver(context.transaction, pairs)
    withdrawing = [
        (record, change.after["message_id"], reason)
        for change in changed
        for record in change.records
        if isinstance(record, records.MessageEvent) and (reason := _withdrawal(record))
    ]
    numbers = {message for _, message, _ in withdrawing}
    found = rows_where(context.transaction, MESSAGES, MESSAGES.c.id, numbers)
    channels = {row["id"]: row["channel"] for row in found}
    return [
        records.Consent(
            contact=record.contact, channel=record.channel or channels[message], granted=False,
            reason=reason, at=record.at,
        )
        for record, message, reason in withdrawing
    ]  # fmt: skip


def _withdrawal(event: Any) -> Literal["complaint", "bounce"] | None:
    """The reason for which nothing may be sent to a person after an event, record or row."""
    if event.kind == "complained":
        return "complaint"
    return "bounce" if event.kind == "bounced" and event.hard else None


def deliver(transaction: Connection, pairs: Collection[Pair]) -> None:
    """Derive the deliveries of some contacts and messages again, from all their events."""
    for piece in pieces(sorted(pairs), _PAIRS_AT_ONCE):
        events: dict[Pair, list[Row]] = defaultdict(list)
        wanted = tuple_(EVENTS.c.contact_id, EVENTS.c.message_id).in_(piece)
        for event in _found(transaction, select(EVENTS).where(wanted)):
            events[_pair(event)].append(event)
        due = {pair: row for pair in piece if (row := _delivery(events[pair])) is not None}
        _write(transaction, piece, due)


def _write(transaction: Connection, pairs: Sequence[Pair], due: dict[Pair, Row]) -> None:
    wanted = tuple_(DELIVERIES.c.contact_id, DELIVERIES.c.message_id).in_(pairs)
    stored = {_pair(row): row for row in _found(transaction, select(DELIVERIES).where(wanted))}
    changed = {
        pair
        for pair in stored.keys() | due.keys()
        if pair not in stored
        or pair not in due
        or any(stored[pair][name] != value for name, value in due[pair].items())
    }
    outdated = [stored[pair]["id"] for pair in changed if pair in stored]
    delete_where(transaction, DELIVERIES, DELIVERIES.c.id, outdated)
    insert_rows(transaction, DELIVERIES, [due[pair] for pair in sorted(changed) if pair in due])


def _delivery(events: Iterable[Row]) -> Row | None:
    """The delivery that the events of one contact and message amount to; none without one."""
    all_events = list(events)
    arrived = [each for each in all_events if each["kind"] == "delivered"]
    if not arrived or any(each["kind"] == "bounced" for each in all_events):
        return None
    first = min(arrived, key=lambda each: (each["at"], each["external_id"]))

    def earliest(kind: str, least: int) -> datetime | None:
        # A click by a person implies that the message was opened; a scanner's never counts.
        instants = [
            each["at"]
            for each in all_events
            if each["evidence"] >= least
            and (each["kind"] == kind or (kind == "opened" and each["kind"] == "clicked"))
            and (each["kind"] != "clicked" or each["evidence"] >= _GRADES["probable"])
        ]
        return min(instants, default=None)

    return {
        "connection_id": first["connection_id"],
        "contact_id": first["contact_id"],
        "message_id": first["message_id"],
        "profile_id": first["profile_id"],
        "at": first["at"],
        "day": first["day"],
        "opened_human": earliest("opened", _GRADES["human"]),
        "opened_probable": earliest("opened", _GRADES["probable"]),
        "opened_any": earliest("opened", _GRADES["machine"]),
        "clicked_human": earliest("clicked", _GRADES["human"]),
        "clicked_probable": earliest("clicked", _GRADES["probable"]),
    }


def _assign_messages(context: PageContext, changes: Sequence[RowChange]) -> None:
    """Fill in the numbers of messages; one that has not arrived yet gets a bare row."""
    named = [getattr(change.last_record_with("message"), "message", "") for change in changes]
    names = set(named)
    channels = {
        record.message: record.channel
        for change in changes
        for record in change.records
        if isinstance(record, records.MessageEvent) and record.channel
    }
    stored = rows_by_id(context, MESSAGES, names)
    known = {name: row["id"] for name, row in stored.items()}
    corrected = [
        {**row, "channel": channel}
        for name, row in stored.items()
        if row["bare"] and (channel := channels.get(name, row["channel"])) != row["channel"]
    ]
    update_rows(context.transaction, MESSAGES, corrected)
    missing = sorted(names - known.keys())
    empty = {**blank(Message), "connection_id": context.connection_id, "stream": "", "bare": True}
    taken = new_ids(context.transaction, MESSAGES, len(missing))
    known |= dict(zip(missing, taken, strict=True))
    insert_rows(
        context.transaction,
        MESSAGES,
        [
            {
                **empty,
                "id": known[name],
                "external_id": name,
                "key": fold(name),
                "channel": channels.get(name, empty["channel"]),
            }
            for name in missing
        ],
    )
    for change, name in zip(changes, named, strict=True):
        change.after["message_id"] = known[name]


def _found(transaction: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in transaction.execute(query).mappings()]


def _pair(row: Row) -> Pair:
    return row["contact_id"], row["message_id"]


def delete_messages(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete messages; one with events stays, bare."""
    ids = [row["id"] for row in rows]
    named = values_where(context.transaction, EVENTS.c.message_id, EVENTS.c.message_id, ids)
    empty = blank(Message)
    stated = (
        "title", "title_key", "kind", "channel", "variant_key", "topic_key", "sent_at",
    )  # fmt: skip
    emptied = {name: empty[name] for name in stated}
    referenced = [row for row in rows if row["id"] in named]
    update_rows(context.transaction, MESSAGES, [bare_row(row, emptied) for row in referenced])
    for table in (DELIVERIES, EVENTS):
        for piece in pieces(sorted(named)):
            reached = select(table.c.profile_id).where(table.c.message_id.in_(piece))
            mark_found(context.transaction, reached)
    delete_ids(context.transaction, MESSAGES, [each for each in ids if each not in named])


def delete_events(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete events and derive their deliveries again."""
    delete_ids(context.transaction, EVENTS, [row["id"] for row in rows])
    deliver(context.transaction, {(row["contact_id"], row["message_id"]) for row in rows})
