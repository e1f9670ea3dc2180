"""Messages and what happened to them: per contact and message one row of what was reached."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, tuple_

from core import records
from core.store.bulk import Row, add, blank, numbers, pieces, remove, rows_where, table_of
from core.store.ingest.facts import assign, contact_of, folded, when
from core.store.keys import fold
from core.store.tables.behaviour import Delivery, Message, MessageEvent
from core.store.touched import mark_found
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant
from core.store.upsert.upsert import RowChange, compare, store

MESSAGE = table_of(Message)
EVENT = table_of(MessageEvent)
DELIVERY = table_of(Delivery)
_GRADES = {"human": 3, "probable": 2, "machine": 1}
_PAIRS_AT_ONCE = 4_000
Pair = tuple[int, int]
"""Number of a contact and of a message."""


def take_messages(intake: PageContext, messages: Sequence[records.Message]) -> None:
    """Store messages; a changed one marks whom it reached."""

    def columns(record: records.Message, _known: Row) -> Row:
        row: Row = {"key": fold(record.id)}
        if "title" in record.model_fields_set:
            row["title"] = record.title
        row |= folded(record, title="title_key", topic="topic_key")
        if "kind" in record.model_fields_set:
            row["kind"] = record.kind
        if "sent_at" in record.model_fields_set:
            row["sent_at"] = instant(record.sent_at, intake.shop.zone)
        return row

    arrivals = compare(intake, Message, messages, columns)
    changed = store(intake, Message, arrivals)
    known = [arrival.after["id"] for arrival in changed if arrival.before is not None]
    for table in (DELIVERY, EVENT):
        for piece in pieces(known):
            reached = select(table.c.profile_id).where(table.c.message_id.in_(piece))
            mark_found(intake.transaction, reached)


def take_events(
    intake: PageContext, events: Sequence[records.MessageEvent]
) -> list[records.Consent]:
    """Store events and what they make of deliveries; returns the complaints as statements."""

    def columns(record: records.MessageEvent, known: Row) -> Row:
        row: Row = {"message": record.message, "kind": record.kind}
        row |= when(intake, record) | contact_of(record) | folded(record, link="link")
        if "evidence" in record.model_fields_set or "id" not in known:
            row["evidence"] = _GRADES[record.evidence]
        return row

    arrivals = compare(intake, MessageEvent, events, columns)
    assign(intake, arrivals)
    _assign_messages(intake, arrivals)
    changed = store(intake, MessageEvent, arrivals)
    pairs = {_pair(arrival.after) for arrival in changed}
    pairs |= {_pair(arrival.before) for arrival in changed if arrival.before}
    deliver(intake.transaction, pairs)
    return [
        records.Consent(
            contact=record.contact, channel="email", granted=False, reason="complaint", at=record.at
        )
        for arrival in changed
        for record in arrival.records
        if isinstance(record, records.MessageEvent) and record.kind == "complained"
    ]


def deliver(transaction: Connection, pairs: Collection[Pair]) -> None:
    """Write the deliveries of some contacts and messages anew, from all their events."""
    for piece in pieces(sorted(pairs), _PAIRS_AT_ONCE):
        events: dict[Pair, list[Row]] = defaultdict(list)
        wanted = tuple_(EVENT.c.contact_id, EVENT.c.message_id).in_(piece)
        for event in _found(transaction, select(EVENT).where(wanted)):
            events[_pair(event)].append(event)
        due = {pair: row for pair in piece if (row := _delivery(events[pair])) is not None}
        _write(transaction, piece, due)


def _write(transaction: Connection, pairs: Sequence[Pair], due: dict[Pair, Row]) -> None:
    wanted = tuple_(DELIVERY.c.contact_id, DELIVERY.c.message_id).in_(pairs)
    stored = {_pair(row): row for row in _found(transaction, select(DELIVERY).where(wanted))}
    unlike = {
        pair
        for pair in stored.keys() | due.keys()
        if pair not in stored
        or pair not in due
        or any(stored[pair][name] != value for name, value in due[pair].items())
    }
    gone = [stored[pair]["id"] for pair in unlike if pair in stored]
    remove(transaction, DELIVERY, DELIVERY.c.id, gone)
    add(transaction, DELIVERY, [due[pair] for pair in sorted(unlike) if pair in due])


def _delivery(events: Iterable[Row]) -> Row | None:
    """What the events of one contact and message come to; none where nothing was delivered."""
    every = list(events)
    arrived = [each for each in every if each["kind"] == "delivered"]
    if not arrived or any(each["kind"] == "bounced" for each in every):
        return None
    first = min(arrived, key=lambda each: (each["at"], each["external_id"]))

    def earliest(kind: str, least: int) -> datetime | None:
        # A click by a person implies that the message was opened; a scanner's never counts.
        instants = [
            each["at"]
            for each in every
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


def _assign_messages(intake: PageContext, arrivals: Sequence[RowChange]) -> None:
    """Put message numbers where ids were named; one that is not delivered yet is made bare."""
    names = {arrival.after["message"] for arrival in arrivals}
    known = {
        row["external_id"]: row["id"]
        for row in rows_where(
            intake.transaction,
            MESSAGE,
            MESSAGE.c.external_id,
            names,
            MESSAGE.c.connection_id == intake.connection_id,
        )
    }
    missing = sorted(names - known.keys())
    empty = {**blank(Message), "connection_id": intake.connection_id, "stream": "", "bare": True}
    taken = numbers(intake.transaction, MESSAGE, len(missing))
    known |= dict(zip(missing, taken, strict=True))
    add(
        intake.transaction,
        MESSAGE,
        [{**empty, "id": known[name], "external_id": name, "key": fold(name)} for name in missing],
    )
    for arrival in arrivals:
        arrival.after["message_id"] = known[arrival.after.pop("message")]


def _found(transaction: Connection, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in transaction.execute(query).mappings()]


def _pair(row: Row) -> Pair:
    return row["contact_id"], row["message_id"]
