"""Measures of messages: opens and clicks by their evidence, rates, and the last n."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.segments.compile.counted_rows import Rows
from core.segments.compile.sql.aggregates import Expression, Predicate, all_of, distinct
from core.segments.compile.sql.clock import MATURITY
from core.segments.compile.sql.comparisons import Quantity, no_population, number_condition
from core.segments.compile.sql.window_edges import DatedRows
from core.segments.compile.subjects.behaviour import reached
from core.segments.rules import MessagesRule
from core.segments.rules.conditions import NumberComparisons
from core.segments.rules.values import Number
from core.store.tables import DELIVERIES, EVENTS, PROFILES

_NONE = Number(Decimal(0))
_GRADE = {"human": 3, "probable": 2, "any": 1}
_SCANNER = 1
"""The grade of clicks that no person made."""
_DELIVERED = DatedRows(DELIVERIES.c.profile_id, DELIVERIES.c.at, DELIVERIES.c.day)
_HAPPENED = DatedRows(EVENTS.c.profile_id, EVENTS.c.at, EVENTS.c.day)


def happened(rule: MessagesRule) -> Predicate:
    """Whether an event is an open or a click of enough evidence; a click implies an open."""
    measure = rule.measure.removeprefix("last_")
    if measure == "delivered":
        return sa.true()
    grade = _GRADE[rule.evidence or "probable"]
    clicked = sa.and_(EVENTS.c.kind == "clicked", EVENTS.c.evidence >= max(grade, _SCANNER + 1))
    if measure == "clicked":
        return clicked
    return sa.or_(sa.and_(EVENTS.c.kind == "opened", EVENTS.c.evidence >= grade), clicked)


def messages_verdict(rule: MessagesRule, rows: Rows, asked: NumberComparisons) -> Predicate:
    """Counts are of different messages; rates and the last n leave the youngest out."""
    if rule.of_last is not None:
        return _of_last(rule, rule.of_last, rows, asked)
    if rule.measure in {"opened", "clicked"}:
        here = all_of(rows.inside, happened(rule))
        if _asks_for_any(asked):
            return number_condition(Quantity(rows.count(here)), asked, no_population)
        different = rows.trait(distinct(EVENTS.c.message_id, here))
        quantity = Quantity(sa.func.coalesce(different, 0))
        return number_condition(quantity, asked, no_population)
    mature = _mature(rows)
    delivered = rows.count(mature)
    opened = rows.count(sa.and_(mature, _by_now(rows, reached(rows.context, _first(rule)))))
    rate = Quantity(opened, per=sa.func.nullif(delivered, 0), share=True)
    verdict = number_condition(rate, asked, no_population)
    return sa.case((delivered >= rule.min_delivered, verdict))


def _asks_for_any(asked: NumberComparisons) -> bool:
    """Whether it only matters if there is a message at all: events need no telling apart then."""
    stated = {name: getattr(asked, name) for name in asked.model_fields_set}
    return stated in ({"at_least": Number(Decimal(1))}, {"over": _NONE}, {"is_": _NONE})


def _mature(rows: Rows) -> Predicate:
    """Deliveries that the rule counts, old enough to have been opened."""
    now, before = rows.context.clock, rows.context.before
    if before is not None:
        old, new = before.instant - MATURITY, now.instant - MATURITY
        rows.context.crossings.instants(_DELIVERED, old, new)
    mature = all_of(rows.inside, DELIVERIES.c.at <= now.instant - MATURITY)
    return rows.context.one_of_equals(mature)


def _by_now(rows: Rows, first: Expression) -> Predicate:
    """Whether a delivered message was opened or clicked by now, when it first was."""
    # The first open is the instant of an event; who has none is not counted.
    return rows.context.past(first, _HAPPENED)


def _first(rule: MessagesRule) -> str:
    """The column of a delivery that tells when it was first opened or clicked."""
    if rule.measure in {"click_rate", "clicked"}:
        return "clicked_human" if rule.evidence == "human" else "clicked_probable"
    # The paper uses opens in reverse: a rate counts whatever looks like one.
    usual = "any" if rule.measure == "open_rate" else "probable"
    return f"opened_{rule.evidence or usual}"


def _of_last(rule: MessagesRule, last: int, rows: Rows, asked: NumberComparisons) -> Predicate:
    """Of the last messages delivered to this person that match `where`; fewer are unknown."""
    mature = _mature(rows)
    delivered = rows.count(mature)
    first = rows.context.derived(_first_of_last(last, rows, mature), "first_of_last")
    beside = rows.source.joined(first, first.c.profile_id == rows.source.profile)
    rows = replace(rows, source=beside)
    at, number = DELIVERIES.c.at, DELIVERIES.c.id
    # What settles most rows comes first.
    latest = sa.and_(at >= first.c.at, sa.or_(at > first.c.at, number >= first.c.id), mature)
    opened = rows.count(sa.and_(latest, _by_now(rows, reached(rows.context, _first(rule)))))
    verdict = number_condition(Quantity(opened), asked, no_population)
    return sa.case((delivered >= last, verdict))


def _first_of_last(last: int, rows: Rows, mature: Predicate) -> sa.Select[Any]:
    """The oldest of the last messages of every person who was sent so many.

    Looked up person by person from the newest on: to rank all deliveries costs several times more.
    """
    person, oldest = PROFILES.c.id, DELIVERIES.alias("oldest")
    # Engines that take such a query apart want to see the number itself.
    one, others = (sa.literal(n, sa.Integer, literal_execute=True) for n in (1, last - 1))
    found = (
        sa.select(DELIVERIES.c.id)
        .select_from(rows.scanned())
        .where(rows.source.profile == person, *rows.source.always, mature)
        .order_by(DELIVERIES.c.at.desc(), DELIVERIES.c.id.desc())
        .limit(one)
        .offset(others)
        .correlate(PROFILES)
        .scalar_subquery()
    )
    at, number = sa.func.max(oldest.c.at), sa.func.max(oldest.c.id)
    # Grouped though each stands there once: SQLite makes an index of its own for what is grouped.
    return (
        sa.select(person.label("profile_id"), at.label("at"), number.label("id"))
        .join_from(PROFILES, oldest, oldest.c.id == found)
        .where(*rows.context.whose(person))
        .group_by(person)
    )
