"""Rules that measure rows: the traits of each measure, and how they are compared."""

import sqlalchemy as sa

from core.segments.compile.counted_rows import CountedRows, counted_rows
from core.segments.compile.engagement import evidenced, messages_verdict
from core.segments.compile.populations import (
    baseline_window,
    baseline_words,
    person_population,
    trait_key,
    window_words,
)
from core.segments.compile.sql.aggregates import (
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
from core.segments.compile.sql.baselines import Trait
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import (
    Bind,
    Fit,
    Quantity,
    no_population,
    number_condition,
    unknown,
)
from core.segments.compile.sql.context import Compilation
from core.segments.compile.sql.tables import LINES, PROFILES
from core.segments.compile.subjects.kinds import is_delivered
from core.segments.compile.subjects.subject import lies
from core.segments.compile.unknown import compares, known_only, missing_attributes
from core.segments.rules import DATE_MEASURES, ChildrenRule, ItemsRule, Measured, MessagesRule
from core.segments.rules.conditions import NumberComparisons
from core.segments.rules.values import Relative, Top
from core.store.money import SCALE

_NO_POPULATION = frozenset({"average", "share", "open_rate", "click_rate"})
"""Measures that are not compared with the population."""


def measured_verdict(rule: Measured, compilation: Compilation) -> Predicate:
    """Whether a measure of rows compares as the rule says; unknown where nobody delivers rows."""
    if not is_delivered(rule, compilation.context.delivered):
        return unknown()
    if rule.known is None:
        return _compared(rule, compilation)
    # Whether a value is known is itself never unknown.
    is_known = sa.func.coalesce(_compared(known_only(rule), compilation), sa.false())
    verdict = is_known if rule.known else sa.not_(is_known)
    rest = rule.model_copy(update={"known": None})
    return sa.and_(verdict, _compared(rest, compilation)) if compares(rest) else verdict


def _compared(rule: Measured, compilation: Compilation) -> Predicate:
    rows = counted_rows(rule, compilation)
    if rule.measure in DATE_MEASURES:
        verdict = _dated(rule, rows)
    elif (comparisons := rule.comparisons) is None:
        raise ValueError(f"`{rule.measure}` is compared with nothing; write at_least, over, ...")
    elif isinstance(rule, MessagesRule) and rule.measure != "delivered":
        verdict = messages_verdict(rule, rows, comparisons)
    elif rule.measure == "gap":
        verdict = _gap(rows, comparisons)
    else:
        verdict = number_condition(_quantity(rule, rows), comparisons, _population(rule, rows))
    if isinstance(rule, ChildrenRule):
        stated = rows.trait(counted(sa.true()))
        verdict = sa.case((stated > 0, verdict))
    missing = missing_attributes(rule, rows)
    if missing:
        verdict = sa.case((sa.or_(*missing), sa.null()), else_=verdict)
    if rule.of == "company":
        verdict = sa.case((PROFILES.c.company_id.is_not(None), verdict))
    return verdict


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
    inside = rows.inside
    match rule.measure:
        case "count" if isinstance(rule, ItemsRule):
            return Quantity(sa.func.coalesce(rows.trait(summed(LINES.c.kept, inside)), 0), SCALE)
        case "orders":
            return Quantity(sa.func.coalesce(rows.trait(distinct(LINES.c.order_id, inside)), 0))
        case "share":
            units = rows.trait(summed(LINES.c.kept, rows.subject.inside(rows.window)))
            chosen = sa.func.coalesce(rows.trait(summed(LINES.c.kept, inside)), 0)
            return Quantity(chosen, per=sa.func.nullif(units, 0), share=True)
        case "total":
            # Unknown where there are rows and none of their amounts is known.
            total = rows.trait(summed(_amount(rows), inside))
            return Quantity(sa.case((rows.count(inside) == 0, 0), else_=total), SCALE)
        case "average":
            amount = _amount(rows)
            known = rows.trait(counted(all_of(inside, amount.is_not(None))))
            total = rows.trait(summed(amount, inside))
            return Quantity(total, SCALE, per=sa.func.nullif(known, 0))
        case "largest":
            return Quantity(rows.trait(greatest(_amount(rows), inside)), SCALE)
        case "days":
            return Quantity(sa.func.coalesce(rows.trait(distinct(rows.subject.day, inside)), 0))
    return Quantity(rows.count(inside))


def _amount(rows: CountedRows) -> Expression:
    if rows.subject.amount is None:
        raise TypeError(f"{rows.source.name} have no amounts")
    return rows.subject.amount


def _population(rule: Measured, rows: CountedRows) -> Bind:
    """Binds figures of the persons with at least one of the rule's rows."""
    compilation = rows.compilation

    def bind(threshold: Relative | Top, fit: Fit) -> Expression:
        if rule.of or rule.measure in _NO_POPULATION:
            raise ValueError(f"`{rule.measure}` is not compared with the population")
        window = baseline_window(rule, compilation.context)
        among = _stored_trait(rule, rows, window, baseline_words(rule))
        compared = _stored_trait(rule, rows, rows.window, window_words(rule))
        population = person_population(rule, among)
        return compilation.person_baselines.binder(lambda: population, compared)(threshold, fit)

    return bind


def _stored_trait(rule: Measured, rows: CountedRows, window: Window, words: str) -> Trait:
    """The rule's measure in a window, as a trait whose values are stored per person."""
    column = rows.compilation.queries.trait(
        rows.source, _aggregate(rule, rows, rows.inside_of(window))
    )
    there = column > 0 if _is_zero_without_rows_only(rule) else column.is_not(None)
    owner = rows.compilation.queries.owner(column)
    return Trait(trait_key(rule, words), owner, column, there)


def _is_zero_without_rows_only(rule: Measured) -> bool:
    """Whether 0 means no rows; the units of some rows may sum up to 0."""
    is_units = isinstance(rule, ItemsRule) and rule.measure == "count"
    return not is_units and rule.measure not in {"total", "largest"}


def _aggregate(rule: Measured, rows: CountedRows, inside: Predicate) -> Expression:
    """The aggregate of a measure, NULL over no rows."""
    match rule.measure:
        case "total":
            return summed(_amount(rows), inside)
        case "largest":
            return greatest(_amount(rows), inside)
        case "days":
            return distinct(rows.subject.day, inside)
        case "orders":
            return distinct(LINES.c.order_id, inside)
        case "count" if isinstance(rule, ItemsRule):
            return summed(LINES.c.kept, inside)
    return counted(inside)


def _gap(rows: CountedRows, comparisons: NumberComparisons) -> Predicate:
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
    median = Quantity(total, per=sa.func.nullif(count, 0))
    return number_condition(median, comparisons, no_population)
