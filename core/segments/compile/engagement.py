"""Measures of messages: opens and clicks by evidence, rates, and the last n."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.segments.compile.counted_rows import CountedRows
from core.segments.compile.sql.aggregates import Expression, Predicate, all_of, distinct
from core.segments.compile.sql.clock import MATURITY
from core.segments.compile.sql.comparisons import Quantity, no_population, number_condition
from core.segments.compile.sql.window_edges import DatedRows
from core.segments.compile.subjects.messages import counts_events, reached
from core.segments.rules import MessagesRule
from core.segments.rules.conditions import NumberComparisons
from core.segments.rules.values import Number
from core.store.tables import DELIVERIES, EVENTS, PROFILES

_ZERO, _ONE = Number(Decimal(0)), Number(Decimal(1))
_GRADE = {"human": 3, "probable": 2, "any": 1}
_SCANNER = 1
"""The grade of clicks by machines."""
_DELIVERED = DatedRows(DELIVERIES.c.profile_id, DELIVERIES.c.at, DELIVERIES.c.day)
_EVENT = DatedRows(EVENTS.c.profile_id, EVENTS.c.at, EVENTS.c.day)


def evidenced(rule: MessagesRule) -> Predicate:
    """Whether an event is an open or a click with enough evidence; a click implies an open."""
    measure = rule.measure.removeprefix("last_")
    if measure == "delivered":
        return sa.true()
    grade = _GRADE[rule.evidence or "probable"]
    clicked = sa.and_(EVENTS.c.kind == "clicked", EVENTS.c.evidence >= max(grade, _SCANNER + 1))
    if measure == "clicked":
        return clicked
    return sa.or_(sa.and_(EVENTS.c.kind == "opened", EVENTS.c.evidence >= grade), clicked)


def messages_verdict(
    rule: MessagesRule, rows: CountedRows, comparisons: NumberComparisons
) -> Predicate:
    """Counts are of distinct messages; rates and the last n leave immature deliveries out."""
    if counts_events(rule):
        quantity = Quantity(_messages(rows, all_of(rows.inside, evidenced(rule)), comparisons))
        return number_condition(quantity, comparisons, no_population)
    mature = _mature(rows)
    delivered = rows.count(mature)
    first = reached(rows.context, _first(rule))
    is_reached = rows.context.past(first, _EVENT)
    if rule.of_last is None:
        opened = rows.count(sa.and_(mature, is_reached))
        quantity = Quantity(opened, per=sa.func.nullif(delivered, 0))
    else:
        rows, latest = _latest(rule.of_last, rows, mature)
        quantity = Quantity(rows.count(sa.and_(latest, is_reached)))
    verdict = number_condition(quantity, comparisons, no_population)
    return sa.case((delivered >= (rule.of_last or rule.min_delivered), verdict))


def _messages(rows: CountedRows, inside: Predicate, comparisons: NumberComparisons) -> Expression:
    """The number of distinct messages, or of events where any event means the same."""
    given = {name: getattr(comparisons, name) for name in comparisons.model_fields_set}
    if given in ({"at_least": _ONE}, {"over": _ZERO}, {"is_": _ZERO}):
        return rows.count(inside)
    return sa.func.coalesce(rows.trait(distinct(EVENTS.c.message_id, inside)), 0)


def _mature(rows: CountedRows) -> Predicate:
    """Deliveries that the rule counts and that are old enough to have been opened."""
    now, before = rows.context.clock, rows.context.before
    if before is not None:
        old, new = before.instant - MATURITY, now.instant - MATURITY
        rows.context.window_edges.instants(_DELIVERED, old, new)
    mature = all_of(rows.inside, DELIVERIES.c.at <= now.instant - MATURITY)
    return rows.context.interned(mature)


def _first(rule: MessagesRule) -> str:
    """The column of a delivery with its first open or click, by the rule's evidence."""
    if rule.measure in {"click_rate", "clicked"}:
        return "clicked_human" if rule.evidence == "human" else "clicked_probable"
    # Low open rates find inactive people, so that even a doubtful open counts as activity.
    default = "any" if rule.measure == "open_rate" else "probable"
    return f"opened_{rule.evidence or default}"


def _latest(last: int, rows: CountedRows, mature: Predicate) -> tuple[CountedRows, Predicate]:
    """The last `last` mature deliveries of a person who has so many."""
    first = rows.context.derived(_first_of_last(last, rows, mature), "first_of_last")
    source = rows.source.joined(first, first.c.profile_id == rows.source.profile)
    at, number = DELIVERIES.c.at, DELIVERIES.c.id
    # The condition that settles most rows comes first.
    latest = sa.and_(at >= first.c.at, sa.or_(at > first.c.at, number >= first.c.id), mature)
    return replace(rows, source=source), latest


def _first_of_last(last: int, rows: CountedRows, mature: Predicate) -> sa.Select[Any]:
    """The oldest of the last deliveries of every person who has so many.

    Looked up per person from the newest on: ranking all deliveries costs several times more.
    """
    person, oldest = PROFILES.c.id, DELIVERIES.alias("oldest")
    # Engines that decorrelate the query need the numbers as literals.
    one, others = (sa.literal(n, sa.Integer, literal_execute=True) for n in (1, last - 1))
    nth_last = (
        sa.select(DELIVERIES.c.id)
        .select_from(rows.joined())
        .where(rows.source.profile == person, *rows.source.always, mature)
        .order_by(DELIVERIES.c.at.desc(), DELIVERIES.c.id.desc())
        .limit(one)
        .offset(others)
        .correlate(PROFILES)
        .scalar_subquery()
    )
    at, number = sa.func.max(oldest.c.at), sa.func.max(oldest.c.id)
    # Grouped although profiles are unique: SQLite indexes a grouped derived table.
    return (
        sa.select(person.label("profile_id"), at.label("at"), number.label("id"))
        .join_from(PROFILES, oldest, oldest.c.id == nth_last)
        .where(*rows.context.selected(person))
        .group_by(person)
    )
