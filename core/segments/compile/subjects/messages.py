"""Messages: deliveries, opens and clicks, and stays on lists."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.records import Message
from core.segments.compile.sql.aggregates import Expression, Predicate
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import words_of
from core.segments.compile.subjects.attributes import (
    Attribute,
    Joins,
    connection,
    free_text,
    named,
    text,
    understood_key,
)
from core.segments.compile.subjects.subject import Subject, dated
from core.segments.rules import Measured, MessagesRule
from core.store.tables import CONTACTS, DELIVERIES, EVENTS, MESSAGES, PLACES
from core.words import MESSAGE_KINDS

REACHED = (
    "opened_human", "opened_probable", "opened_any", "clicked_human", "clicked_probable",
)  # fmt: skip
"""Columns of a delivery: the instant of its first open or click, by evidence."""
_kind_key = understood_key(MESSAGE_KINDS)


def lists(context: EvaluationContext) -> Subject:
    """Present stays on lists."""
    attributes = {
        "list": named(PLACES.c.list_key, PLACES.c.title_key),
        "connection": connection(context.connections, PLACES.c.connection_id),
    }
    return dated(context, PLACES, "lists", attributes, where=PLACES.c.status == "subscribed")


def counts_events(rule: MessagesRule) -> bool:
    """Whether a rule counts opens and clicks, and not what became of deliveries."""
    if rule.measure in {"opened", "clicked"}:
        return rule.of_last is None
    return rule.measure in {"last_opened", "last_clicked"}


def _message_attributes(context: EvaluationContext, rows: sa.Table) -> dict[str, Attribute]:
    return {
        "campaign": named(MESSAGES.c.key, MESSAGES.c.title_key),
        "kind": text(MESSAGES.c.kind, _kind_key, always=True, words=words_of(Message, "kind")),
        "channel": text(MESSAGES.c.channel, always=True, words=words_of(Message, "channel")),
        "variant": text(MESSAGES.c.variant_key),
        "topic": text(MESSAGES.c.topic_key),
        "connection": connection(context.connections, rows.c.connection_id),
    }


def asks_opens(rule: Measured) -> bool:
    """Whether a rule asks for opens, which nobody knows of people who refused tracking."""
    return isinstance(rule, MessagesRule) and rule.measure in {"opened", "open_rate", "last_opened"}


def message_rows(rule: MessagesRule) -> Callable[[EvaluationContext], Subject]:
    """The rows that a rule counts: of emails alone, unless its `where` names a channel."""
    if rule.where is None or rule.where.channel is None:
        return email_events if counts_events(rule) else email_deliveries
    return _events if counts_events(rule) else _deliveries


def email_events(context: EvaluationContext) -> Subject:
    """Opens and clicks of emails."""
    return _events(context, "email")


def email_deliveries(context: EvaluationContext) -> Subject:
    """Emails delivered to a person."""
    return _deliveries(context, "email")


def _counted_messages(channel: str | None) -> Predicate:
    """Messages of a channel, or of all; transactional ones never count."""
    counted = MESSAGES.c.kind != "transactional"
    return counted if channel is None else sa.and_(counted, MESSAGES.c.channel == channel)


def _events(context: EvaluationContext, channel: str | None = None) -> Subject:
    """Opens and clicks."""
    return dated(
        context,
        EVENTS,
        "message_events" if channel else "events_of_any_channel",
        _message_attributes(context, EVENTS) | {"link": free_text(EVENTS.c.link)},
        rows=EVENTS.join(MESSAGES, MESSAGES.c.id == EVENTS.c.message_id),
        where=_counted_messages(channel),
    )


def _deliveries(context: EvaluationContext, channel: str | None = None) -> Subject:
    """Messages delivered to a person, each once, at its first delivery.

    One message to several contacts of a person counts once.
    """
    where = _counted_messages(channel)
    joins: Joins = ()
    if context.sent_again():
        again = context.once(_sent_again)
        where = sa.and_(where, sa.or_(again.c.id.is_(None), again.c.rank == 1))
        joins = ((again, again.c.id == DELIVERIES.c.id),)
    return dated(
        context,
        DELIVERIES,
        "deliveries" if channel else "deliveries_of_any_channel",
        _message_attributes(context, DELIVERIES),
        rows=DELIVERIES.join(MESSAGES, MESSAGES.c.id == DELIVERIES.c.message_id),
        where=where,
        joins=joins,
    )


def reached(context: EvaluationContext, name: str) -> Expression:
    """The instant of the first open or click of a delivery, by any contact of the person."""
    first: Expression = DELIVERIES.c[name]
    return (
        sa.func.coalesce(context.once(_sent_again).c[name], first)
        if context.sent_again()
        else first
    )


def may_be_sent_again(transaction: sa.Connection) -> bool:
    """Whether one message may have been delivered to two contacts of a person; rarely so."""
    return transaction.execute(_with_several_contacts().limit(1)).first() is not None


def _with_several_contacts(*conditions: Predicate) -> sa.Select[Any]:
    """Profiles with two contacts of one connection that sends messages."""
    person, connection = CONTACTS.c.profile_id, CONTACTS.c.connection_id
    return (
        sa.select(person)
        .where(
            person.is_not(None), connection.in_(sa.select(MESSAGES.c.connection_id)), *conditions
        )
        .group_by(person, connection)
        .having(sa.func.count() > 1)
    )


def _sent_again(context: EvaluationContext) -> Subquery:
    """Deliveries of one message to several contacts of a person, with the first open of any."""
    person, oldest = DELIVERIES.c.profile_id, (DELIVERIES.c.at, DELIVERIES.c.id)
    same = (person, DELIVERIES.c.message_id)
    ranked = (
        sa.select(
            DELIVERIES.c.id,
            sa.func.row_number().over(partition_by=same, order_by=oldest).label("rank"),
            sa.func.count().over(partition_by=same).label("contacts"),
            *(sa.func.min(DELIVERIES.c[n]).over(partition_by=same).label(n) for n in REACHED),
        )
        .where(
            person.in_(_with_several_contacts(*context.selected(CONTACTS.c.profile_id))),
            *context.selected(person),
        )
        .subquery("ranked")
    )
    firsts = (sa.func.min(ranked.c[name]).label(name) for name in ("rank", *REACHED))
    # Grouped although ids are unique: SQLite indexes a grouped derived table, and scans any other
    # for every delivery.
    once = sa.select(ranked.c.id, *firsts).where(ranked.c.contacts > 1).group_by(ranked.c.id)
    return context.derived(once, "again")
