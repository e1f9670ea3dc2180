"""Visits to the webshop, and cases at the support desk."""

from core.records import Visit
from core.segments.compile.sql.comparisons import Quantity
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import words_of
from core.segments.compile.subjects.attributes import connection, free_text, number, text
from core.segments.compile.subjects.subject import Subject, dated
from core.store.money import SCALE
from core.store.tables import SUPPORT, VISITS


def visits(context: EvaluationContext) -> Subject:
    """Pages viewed, searches, products put into a cart, and events."""
    attributes = {
        "kind": text(VISITS.c.kind, always=True, words=words_of(Visit, "kind")),
        "event": text(VISITS.c.event),
        "value": number(Quantity(VISITS.c.value, SCALE)),
        "url": free_text(VISITS.c.url),
        "category": text(VISITS.c.category_key),
        "product": text(VISITS.c.product_key),
        "query": free_text(VISITS.c.query),
        "source": text(VISITS.c.source),
        "campaign": text(VISITS.c.campaign),
        "device": text(VISITS.c.device),
        "connection": connection(context.connections, VISITS.c.connection_id),
    }
    return dated(context, VISITS, "visits", attributes)


def support(context: EvaluationContext) -> Subject:
    """Cases at the support desk."""
    attributes = {
        "status": text(SUPPORT.c.status),
        "topic": text(SUPPORT.c.topic),
        "connection": connection(context.connections, SUPPORT.c.connection_id),
    }
    return dated(context, SUPPORT, "support", attributes)
