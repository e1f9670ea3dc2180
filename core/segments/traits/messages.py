"""Measures of messages: opens and clicks by their evidence, rates, and the last n."""

import sqlalchemy as sa

from core.segments.rows.counted import Rows
from core.segments.rules import MessagesRule
from core.segments.rules.conditions import NumberComparisons
from core.segments.sql.clock import MATURITY
from core.segments.sql.compare import Quantity, no_population, number_condition
from core.segments.sql.passes import Predicate, Source, counted, distinct, summed
from core.segments.sql.tables import DELIVERIES, EVENTS

_GRADE = {"human": 3, "probable": 2, "any": 1}
_SCANNER = 1
"""The grade of clicks that no person made."""


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
        different = rows.trait(distinct(EVENTS.c.message_id, sa.and_(rows.inside, happened(rule))))
        quantity = Quantity(sa.func.coalesce(different, 0))
        return number_condition(quantity, asked, no_population)
    mature = sa.and_(rows.inside, _is_mature(rows))
    delivered = rows.count(mature)
    reached = rows.count(sa.and_(mature, _reached(rule, rows)))
    rate = Quantity(reached, per=sa.func.nullif(delivered, 0), share=True)
    verdict = number_condition(rate, asked, no_population)
    return sa.case((delivered >= rule.min_delivered, verdict))


def _is_mature(rows: Rows) -> Predicate:
    return DELIVERIES.c.at <= rows.world.clock.instant - MATURITY


def _reached(rule: MessagesRule, rows: Rows) -> Predicate:
    """Whether a delivered message was opened or clicked by now, at the evidence asked for."""
    if rule.measure in {"click_rate", "clicked"}:
        human = rule.evidence == "human"
        first = DELIVERIES.c.clicked_human if human else DELIVERIES.c.clicked_probable
    else:
        # The paper uses opens in reverse: a rate counts whatever looks like one.
        usual = "any" if rule.measure == "open_rate" else "probable"
        first = DELIVERIES.c[f"opened_{rule.evidence or usual}"]
    return sa.func.coalesce(first <= rows.world.clock.instant, sa.false())


def _of_last(rule: MessagesRule, last: int, rows: Rows, asked: NumberComparisons) -> Predicate:
    """Of the last messages delivered to this person that match `where`; fewer are unknown."""
    profile = rows.source.profile
    newest = (DELIVERIES.c.at.desc(), DELIVERIES.c.id.desc())
    ranked = (
        sa.select(
            profile.label("profile_id"),
            sa.case((_reached(rule, rows), 1), else_=0).label("reached"),
            sa.func.row_number().over(partition_by=profile, order_by=newest).label("rank"),
        )
        .select_from(rows.scanned())
        .where(profile.is_not(None), *rows.source.always, rows.inside, _is_mature(rows))
    )
    latest = rows.world.derived(ranked, "latest")
    source = Source(latest.name, latest, latest.c.profile_id)
    among = latest.c.rank <= last
    delivered = rows.passes.trait(source, counted(among))
    reached = rows.passes.trait(source, summed(latest.c.reached, among))
    verdict = number_condition(Quantity(reached), asked, no_population)
    return sa.case((delivered >= last, verdict))
