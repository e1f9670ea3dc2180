"""What people do, as rows that rules count: visits, support cases, list stays, messages."""

import sqlalchemy as sa

from core.segments.rows.attributes import Attribute, connection, named, text
from core.segments.rows.subjects import Subject, dated
from core.segments.sql.passes import Source
from core.segments.sql.tables import DELIVERIES, EVENTS, MESSAGES, PLACES, SUPPORT, VISITS
from core.segments.sql.world import World


def visits(world: World) -> Subject:
    """What people looked at, searched for or put into a cart."""
    subject = dated(world, VISITS, "visits")
    subject.attributes = {
        "kind": text(VISITS.c.kind, always=True),
        "url": text(VISITS.c.url),
        "category": text(VISITS.c.category_key),
        "product": text(VISITS.c.product_key),
        "query": text(VISITS.c.query),
        "source": text(VISITS.c.source),
        "campaign": text(VISITS.c.campaign),
        "device": text(VISITS.c.device),
        "connection": connection(world.connections, VISITS.c.connection_id),
    }
    return subject


def support(world: World) -> Subject:
    """Cases at the support desk."""
    subject = dated(world, SUPPORT, "support")
    subject.attributes = {
        "status": text(SUPPORT.c.status),
        "topic": text(SUPPORT.c.topic),
        "connection": connection(world.connections, SUPPORT.c.connection_id),
    }
    return subject


def lists(world: World) -> Subject:
    """Present stays on lists."""
    subject = dated(world, PLACES, "lists")
    subject.source = Source(
        "lists",
        PLACES,
        PLACES.c.profile_id,
        (*subject.source.always, PLACES.c.status == "subscribed"),
    )
    subject.attributes = {
        "list": named(PLACES.c.list_key, PLACES.c.title_key),
        "connection": connection(world.connections, PLACES.c.connection_id),
    }
    return subject


def _message_attributes(world: World, rows: sa.Table) -> dict[str, Attribute]:
    return {
        "campaign": named(MESSAGES.c.key, MESSAGES.c.title_key),
        "kind": text(MESSAGES.c.kind, always=True),
        "topic": text(MESSAGES.c.topic_key),
        "connection": connection(world.connections, rows.c.connection_id),
    }


def message_events(world: World) -> Subject:
    """Opens and clicks; transactional messages never count."""
    subject = dated(world, EVENTS, "message_events")
    subject.source = Source(
        "message_events",
        EVENTS.join(MESSAGES, MESSAGES.c.id == EVENTS.c.message_id),
        EVENTS.c.profile_id,
        (*subject.source.always, MESSAGES.c.kind != "transactional"),
    )
    subject.attributes = _message_attributes(world, EVENTS) | {"link": text(EVENTS.c.link)}
    return subject


def deliveries(world: World) -> Subject:
    """Messages that reached people; transactional ones never count."""
    subject = dated(world, DELIVERIES, "deliveries")
    subject.source = Source(
        "deliveries",
        DELIVERIES.join(MESSAGES, MESSAGES.c.id == DELIVERIES.c.message_id),
        DELIVERIES.c.profile_id,
        (*subject.source.always, MESSAGES.c.kind != "transactional"),
    )
    subject.attributes = _message_attributes(world, DELIVERIES)
    return subject
