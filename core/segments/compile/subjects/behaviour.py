"""What people do, as rows that rules count: visits, support cases, list stays, messages."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import Subquery

from core.segments.compile.sql.aggregates import Expression, FactSource, Predicate
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects.attributes import Attribute, connection, named, text
from core.segments.compile.subjects.subject import Subject, dated
from core.store.tables import CONTACTS, DELIVERIES, EVENTS, MESSAGES, PLACES, SUPPORT, VISITS

REACHED = (
    "opened_human", "opened_probable", "opened_any", "clicked_human", "clicked_probable",
)  # fmt: skip
"""When a delivery was first opened or clicked, by evidence."""


def visits(context: EvaluationContext) -> Subject:
    """What people looked at, searched for or put into a cart."""
    subject = dated(context, VISITS, "visits")
    subject.attributes = {
        "kind": text(VISITS.c.kind, always=True),
        "url": text(VISITS.c.url),
        "category": text(VISITS.c.category_key),
        "product": text(VISITS.c.product_key),
        "query": text(VISITS.c.query),
        "source": text(VISITS.c.source),
        "campaign": text(VISITS.c.campaign),
        "device": text(VISITS.c.device),
        "connection": connection(context.connections, VISITS.c.connection_id),
    }
    return subject


def support(context: EvaluationContext) -> Subject:
    """Cases at the support desk."""
    subject = dated(context, SUPPORT, "support")
    subject.attributes = {
        "status": text(SUPPORT.c.status),
        "topic": text(SUPPORT.c.topic),
        "connection": connection(context.connections, SUPPORT.c.connection_id),
    }
    return subject


def lists(context: EvaluationContext) -> Subject:
    """Present stays on lists."""
    subject = dated(context, PLACES, "lists")
    subject.source = FactSource(
        "lists",
        PLACES,
        PLACES.c.profile_id,
        (*subject.source.always, PLACES.c.status == "subscribed"),
    )
    subject.attributes = {
        "list": named(PLACES.c.list_key, PLACES.c.title_key),
        "connection": connection(context.connections, PLACES.c.connection_id),
    }
    return subject


def _message_attributes(context: EvaluationContext, rows: sa.Table) -> dict[str, Attribute]:
    return {
        "campaign": named(MESSAGES.c.key, MESSAGES.c.title_key),
        "kind": text(MESSAGES.c.kind, always=True),
        "topic": text(MESSAGES.c.topic_key),
        "connection": connection(context.connections, rows.c.connection_id),
    }


def message_events(context: EvaluationContext) -> Subject:
    """Opens and clicks; transactional messages never count."""
    subject = dated(context, EVENTS, "message_events")
    subject.source = FactSource(
        "message_events",
        EVENTS.join(MESSAGES, MESSAGES.c.id == EVENTS.c.message_id),
        EVENTS.c.profile_id,
        (*subject.source.always, MESSAGES.c.kind != "transactional"),
    )
    subject.attributes = _message_attributes(context, EVENTS) | {"link": text(EVENTS.c.link)}
    return subject


def deliveries(context: EvaluationContext) -> Subject:
    """Messages that reached people, each once, when it first did; transactional ones never count.

    Several contacts may be one person, who was sent one message and not several.
    """
    subject = dated(context, DELIVERIES, "deliveries")
    source = FactSource(
        "deliveries",
        DELIVERIES.join(MESSAGES, MESSAGES.c.id == DELIVERIES.c.message_id),
        DELIVERIES.c.profile_id,
        (*subject.source.always, MESSAGES.c.kind != "transactional"),
    )
    if context.sent_again():
        again = context.once(_sent_again)
        once = sa.or_(again.c.id.is_(None), again.c.rank == 1)
        source = replace(source, always=(*source.always, once))
        source = source.joined(again, again.c.id == DELIVERIES.c.id)
    subject.source = source
    subject.attributes = _message_attributes(context, DELIVERIES)
    return subject


def reached(context: EvaluationContext, name: str) -> Expression:
    """When a person first opened or clicked a delivered message, at whichever contact."""
    first: Expression = DELIVERIES.c[name]
    return (
        sa.func.coalesce(context.once(_sent_again).c[name], first)
        if context.sent_again()
        else first
    )


def may_be_sent_again(transaction: sa.Connection) -> bool:
    """Whether one message may have reached a person at two contacts; of nearly no shop it may."""
    return transaction.execute(_several().limit(1)).first() is not None


def _several(*whose: Predicate) -> sa.Select[Any]:
    """People with two contacts at one connection that sends messages."""
    person, connection = CONTACTS.c.profile_id, CONTACTS.c.connection_id
    return (
        sa.select(person)
        .where(person.is_not(None), connection.in_(sa.select(MESSAGES.c.connection_id)), *whose)
        .group_by(person, connection)
        .having(sa.func.count() > 1)
    )


def _sent_again(context: EvaluationContext) -> Subquery:
    """Deliveries of one message to several contacts of one person, and what any of them reached."""
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
            person.in_(_several(*context.whose(CONTACTS.c.profile_id))),
            *context.whose(person),
        )
        .subquery("ranked")
    )
    found = (sa.func.min(ranked.c[name]).label(name) for name in ("rank", *REACHED))
    # Each stands there once; grouped all the same, because SQLite makes an index of its own for
    # what is grouped, and reads all of anything else for every delivery.
    once = sa.select(ranked.c.id, *found).where(ranked.c.contacts > 1).group_by(ranked.c.id)
    return context.derived(once, "again")
