"""Rules that measure rows: the traits of each measure, and when a measure is unknown."""

from dataclasses import replace
from functools import partial

import sqlalchemy as sa

from core.segments.compile.counted_rows import (
    CountedRows,
    counted_rows,
    person_population,
    where_of,
)
from core.segments.compile.engagement import evidenced, messages_verdict
from core.segments.compile.sql.aggregates import (
    Column,
    Expression,
    FactSource,
    Predicate,
    all_of,
    counted,
    distinct,
    greatest,
    least,
    summed,
)
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import Quantity, no_population, number_condition, unknown
from core.segments.compile.sql.context import Compilation, EvaluationContext
from core.segments.compile.subjects.attributes import RowCondition
from core.segments.compile.subjects.messages import asks_opens, counts_events
from core.segments.compile.subjects.registry import is_delivered
from core.segments.compile.subjects.subject import lies
from core.segments.rules import DATE_MEASURES, ChildrenRule, ItemsRule, Measured, MessagesRule
from core.segments.rules.conditions import NumberComparisons
from core.store.money import SCALE
from core.store.people.permission import untracked_profiles
from core.store.tables import LINES, PROFILES

_COMPARISONS = tuple(NumberComparisons.model_fields.keys() - {"known"})


def measured_verdict(rule: Measured, compilation: Compilation) -> Predicate:
    """Whether a measure of rows compares as the rule says; unknown where nobody delivers rows."""
    if not is_delivered(rule, compilation.context.delivered):
        return unknown()
    if rule.known is None:
        return _compared(rule, compilation)
    # Whether a value is known is itself never unknown.
    is_known = sa.func.coalesce(_compared(_known_only(rule), compilation), sa.false())
    verdict = is_known if rule.known else sa.not_(is_known)
    rest = rule.model_copy(update={"known": None})
    return sa.and_(verdict, _compared(rest, compilation)) if _compares(rest) else verdict


def _compared(rule: Measured, compilation: Compilation) -> Predicate:
    rows = counted_rows(rule, compilation)
    if rule.measure in DATE_MEASURES:
        verdict = _dated(rule, rows)
    elif (comparisons := rule.comparisons) is None:
        raise ValueError(f"`{rule.measure}` compares nothing; write at_least, over, ...")
    elif isinstance(rule, MessagesRule) and rule.measure != "delivered":
        verdict = messages_verdict(rule, rows, comparisons)
    else:
        bind = person_population(rule, compilation, partial(_measure_in, rule, rows))
        quantity = _quantity(rule, rows)
        if rule.measure == "total":
            known = partial(_known_part_in, rows)
            bind_known = person_population(
                rule, compilation, partial(_measure_in, rule, rows), known
            )
            quantity = replace(quantity, known_part=known(rows.window), bind_known_part=bind_known)
        verdict = number_condition(quantity, comparisons, bind)
    if isinstance(rule, ChildrenRule):
        stated = rows.trait(counted(sa.true()))
        verdict = sa.case((stated > 0, verdict))
    if asks_opens(rule) and rows.context.refuses_tracking():
        refused = PROFILES.c.id.in_(rows.context.once(_untracked))
        verdict = sa.case((refused, sa.null()), else_=verdict)
    missing = _missing_attributes(rule, rows)
    if missing:
        verdict = sa.case((sa.or_(*missing), sa.null()), else_=verdict)
    if rule.of == "company":
        verdict = sa.case((PROFILES.c.company_id.is_not(None), verdict))
    return verdict


def _untracked(_context: EvaluationContext) -> sa.Select[tuple[int | None]]:
    return untracked_profiles()


def _known_only(rule: Measured) -> Measured:
    """The rule reduced to whether its value is known; of a date, wherever it lies."""
    window = ("within", "before", "from_", "to") if rule.measure in DATE_MEASURES else ()
    return rule.model_copy(update={**dict.fromkeys((*_COMPARISONS, *window)), "known": True})


def _compares(rule: Measured) -> bool:
    """Whether the rule compares its value, or has a window of a date, besides `known`."""
    has_window = rule.measure in DATE_MEASURES and (rule.windowed or rule.within == "ever")
    return has_window or any(getattr(rule, name) is not None for name in _COMPARISONS)


def _dated(rule: Measured, rows: CountedRows) -> Predicate:
    """A window of a date measure holds where the date exists and lies in it."""
    in_hours = rows.window.after_instant is not None or rows.window.before_instant is not None
    where = rows.where
    if isinstance(rule, MessagesRule):
        where = all_of(where, evidenced(rule))
    pick = least if rule.measure in {"first", "subscribed"} else greatest
    day = rows.trait(pick(rows.subject.day, where))
    at = rows.trait(pick(rows.subject.at, where)) if in_hours else day
    conditions: list[Predicate] = []
    if rule.windowed or rule.within == "ever":
        rows.subject.track(rows.window)
        inside = sa.and_(day.is_not(None), lies(rows.window, at, day))
        conditions.append(sa.func.coalesce(inside, sa.false()))
    if rule.comparisons is not None:
        conditions.append(number_condition(Quantity(day), rule.comparisons, no_population))
    return sa.and_(*conditions)


def _quantity(rule: Measured, rows: CountedRows) -> Quantity:
    """The measure as it is compared: 0 over no rows, NULL where it is unknown."""
    match rule.measure:
        case "gap":
            return _gap(rows)
        case "share":
            units = rows.trait(summed(LINES.c.kept, rows.subject.inside(rows.window)))
            chosen = sa.func.coalesce(rows.trait(summed(LINES.c.kept, rows.inside)), 0)
            return Quantity(chosen, per=sa.func.nullif(units, 0))
        case "average":
            is_known = rows.amount.is_not(None)
            number = rows.trait(counted(all_of(rows.inside, is_known)))
            total = rows.trait(_whole(rows, summed(rows.amount, rows.inside), rows.inside))
            return Quantity(total, SCALE, per=sa.func.nullif(number, 0))
    value = _measure_in(rule, rows, rows.window)
    match rule.measure:
        case "largest":
            return Quantity(value, SCALE)
        case "total":
            # The type of the 0 is that of the whole expression, and PostgreSQL binds thresholds
            # by it.
            nothing = sa.literal(0, sa.BigInteger)
            amount = sa.case((rows.count(rows.inside) == 0, nothing), else_=value)
            return Quantity(amount, SCALE)
    scale = SCALE if isinstance(rule, ItemsRule) and rule.measure == "count" else 1
    return Quantity(sa.func.coalesce(value, 0), scale)


def _measure_in(rule: Measured, rows: CountedRows, window: Window) -> Column:
    """The trait of a measure in a window, NULL over no rows, and where an amount is unknown."""
    inside = rows.inside_of(window)
    match rule.measure:
        case "total":
            return rows.trait(_whole(rows, summed(rows.amount, inside), inside))
        case "largest":
            return rows.trait(_whole(rows, greatest(rows.amount, inside), inside))
        case "days":
            return rows.trait(distinct(rows.subject.day, inside))
        case "orders":
            return rows.trait(distinct(LINES.c.order_id, inside))
        case "count" if isinstance(rule, ItemsRule):
            return rows.trait(summed(LINES.c.kept, inside))
    return rows.trait(counted(inside))


def _whole(rows: CountedRows, aggregate: Expression, inside: Predicate) -> Expression:
    """An aggregate of amounts, NULL where one of them is unknown."""
    unknown_ones = counted(all_of(inside, rows.is_unknown))
    return sa.case((unknown_ones == 0, aggregate))


def _known_part_in(rows: CountedRows, window: Window) -> Column:
    """The sum of the known amounts of a person who also has unknown ones; NULL for all others."""
    inside = rows.inside_of(window)
    unknown_ones = counted(all_of(inside, rows.is_unknown))
    return rows.trait(sa.case((unknown_ones > 0, summed(rows.amount, inside))))


def _gap(rows: CountedRows) -> Quantity:
    """The median of the days between distinct purchase days; unknown for fewer than two."""
    profile = rows.source.profile
    selected = rows.context.selected(profile)
    days = (
        sa.select(profile.label("profile_id"), rows.subject.day.label("day"))
        .select_from(rows.joined())
        .where(profile.is_not(None), *rows.source.always, rows.inside, *selected)
        .distinct()
        .subquery("days")
    )
    previous = sa.func.lag(days.c.day).over(partition_by=days.c.profile_id, order_by=days.c.day)
    gaps = sa.select(days.c.profile_id, (days.c.day - previous).label("gap")).subquery("gaps")
    person = gaps.c.profile_id
    ranked = sa.select(
        gaps.c.profile_id,
        gaps.c.gap,
        sa.func.row_number().over(partition_by=person, order_by=gaps.c.gap).label("rank"),
        sa.func.count().over(partition_by=person).label("gaps"),
    ).where(gaps.c.gap.is_not(None))
    middle = rows.context.derived(ranked, "gap")
    source = FactSource(middle.name, middle, middle.c.profile_id)
    # The middle one of an odd number, the middle two of an even one.
    is_middle = sa.and_(2 * middle.c.rank >= middle.c.gaps, 2 * middle.c.rank <= middle.c.gaps + 2)
    queries = rows.compilation.queries
    total = queries.trait(source, summed(middle.c.gap, is_middle))
    count = queries.trait(source, counted(is_middle))
    return Quantity(total, per=sa.func.nullif(count, 0))


def _missing_attributes(rule: Measured, rows: CountedRows) -> list[Predicate]:
    """For each attribute in `where`: there are rows in the window, and none of them carries it."""
    if rule.measure == "gap" or getattr(rule, "of_last", None):
        return []
    inside = all_of(rows.subject.counts, rows.subject.inside(rows.window))
    if isinstance(rule, MessagesRule) and counts_events(rule):
        # A person without clicks has no clicks without a link.
        inside = all_of(inside, evidenced(rule))
    unfiltered, missing = rows.unfiltered(), []
    for name, condition in where_of(rule).items():
        if getattr(condition, "known", None) is not None:
            continue
        attribute = rows.subject.attribute(name)
        present = attribute.present
        if attribute.compares:
            # A row is unknown too where the figure that it is compared with is unknown.
            compared = rows.conditions[name]
            present = RowCondition(compared.condition.is_not(None), compared.joins)
        if present is None:
            continue
        carriers = rows.unfiltered(present).count(all_of(inside, present.condition))
        missing.append(sa.and_(unfiltered.count(inside) > 0, carriers == 0))
    return missing
