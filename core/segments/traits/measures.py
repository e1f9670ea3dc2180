"""Rules that measure rows: which trait each measure is, and when it is unknown."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from core.segments.rows.counted import (
    Rows,
    asks_for_coupons,
    baseline_window,
    joined,
    rows_of,
    span,
    without_filters,
)
from core.segments.rows.subjects import Subject
from core.segments.rules import (
    DATE_MEASURES,
    ChildrenRule,
    DealsRule,
    ItemsRule,
    ListsRule,
    Measured,
    MessagesRule,
    OrdersRule,
    RefundsRule,
    SupportRule,
    VisitsRule,
)
from core.segments.rules.values import Relative, Top
from core.segments.sql.baselines import Baselines
from core.segments.sql.compare import (
    Bind,
    Fit,
    Quantity,
    no_population,
    number_condition,
    unknown,
)
from core.segments.sql.passes import (
    Expression,
    Passes,
    Predicate,
    counted,
    distinct,
    greatest,
    least,
    summed,
)
from core.segments.sql.tables import DEALS, LINES, PROFILES, REFUNDS
from core.segments.sql.world import World
from core.segments.traits.gaps import gap_verdict
from core.segments.traits.messages import happened, messages_verdict
from core.store.money import SCALE

_NEEDS: Mapping[type[Measured], frozenset[str]] = {
    OrdersRule: frozenset({"Order"}),
    ItemsRule: frozenset({"Order"}),
    RefundsRule: frozenset({"Refund"}),
    MessagesRule: frozenset({"MessageEvent"}),
    VisitsRule: frozenset({"Visit"}),
    ListsRule: frozenset({"ListMember"}),
    ChildrenRule: frozenset({"Child"}),
    SupportRule: frozenset({"Support"}),
    DealsRule: frozenset({"Deal"}),
}
_NO_POPULATION = frozenset({"average", "share", "open_rate", "click_rate"})
"""Measures that are not compared with the population."""


def needs(rule: Measured) -> frozenset[str]:
    """The nouns that a rule counts."""
    found = _NEEDS[type(rule)]
    if asks_for_coupons(rule):
        found |= {"Discount"}
    if rule.then or rule.then_no:
        found |= {"Order"}
    return found


class Measures:
    """Compiles the rules that measure rows."""

    def __init__(
        self, world: World, passes: Passes, row_baselines: Baselines, person_baselines: Baselines
    ) -> None:
        """Share passes and baselines with the rest of the evaluation."""
        self._world = world
        self._passes = passes
        self._row_baselines = row_baselines
        self._person_baselines = person_baselines

    def verdict(self, rule: Measured) -> Predicate:
        """True, false or unknown, per profile."""
        if not self._is_delivered(rule):
            return unknown()
        rows = rows_of(rule, self._world, self._passes, self._row_baselines)
        verdict = self._measured(rule, rows)
        lacking = list(_lacking(rule, rows))
        if lacking:
            verdict = sa.case((sa.or_(*lacking), sa.null()), else_=verdict)
        if rule.of == "company":
            verdict = sa.case((PROFILES.c.company_id.is_not(None), verdict))
        return verdict

    def _is_delivered(self, rule: Measured) -> bool:
        """A coupon may be told with its order or by itself; all else needs its own noun."""
        if asks_for_coupons(rule):
            return bool(needs(rule) & self._world.delivered)
        return needs(rule) <= self._world.delivered

    def _measured(self, rule: Measured, rows: Rows) -> Predicate:
        if rule.measure in DATE_MEASURES:
            return _dated(rule, rows)
        asked = rule.comparisons
        if asked is None:
            raise ValueError("a measure is compared with something")
        if isinstance(rule, MessagesRule) and rule.measure != "delivered":
            return messages_verdict(rule, rows, asked)
        if rule.measure == "gap":
            return gap_verdict(rows, asked)
        verdict = number_condition(_quantity(rule, rows), asked, self._population(rule, rows))
        if isinstance(rule, ChildrenRule):
            stated = rows.trait(counted(sa.true()))
            return sa.case((stated > 0, verdict))
        return verdict

    def _population(self, rule: Measured, rows: Rows) -> Bind:
        """Outside `where` the population is the persons with at least one such row."""

        def bind(threshold: Relative | Top, fit: Fit) -> Any:
            if rule.of or rule.measure in _NO_POPULATION:
                raise ValueError(f"`{rule.measure}` is not compared with the population")
            inside = sa.and_(rows.where, rows.subject.inside(baseline_window(rule, self._world)))
            column = rows.trait(_raw(rule, rows, inside))
            there = column.is_not(None) if rule.measure in {"total", "largest"} else column > 0
            subject = type(rule).__name__.removesuffix("Rule").lower()
            words = f"{subject} {rule.measure} per person, {span(rule)}"
            values = sa.select(column).where(there)
            return self._person_baselines.binder(words, values)(threshold, fit)

        return bind


def _quantity(rule: Measured, rows: Rows) -> Quantity:
    inside = rows.inside
    match rule, rule.measure:
        case ItemsRule(), "count":
            return Quantity(sa.func.coalesce(rows.trait(summed(LINES.c.kept, inside)), 0), SCALE)
        case ItemsRule(), "orders":
            return Quantity(sa.func.coalesce(rows.trait(distinct(LINES.c.order_id, inside)), 0))
        case ItemsRule(), "share":
            units = rows.trait(summed(LINES.c.kept, rows.subject.inside(rows.window)))
            chosen = sa.func.coalesce(rows.trait(summed(LINES.c.kept, inside)), 0)
            return Quantity(chosen, per=sa.func.nullif(units, 0), share=True)
        case _, "total":
            # 0 over no rows; unknown where rows are there and none of their amounts is known.
            total = rows.trait(summed(_amount(rule, rows), inside))
            return Quantity(sa.case((rows.count(inside) == 0, 0), else_=total), SCALE)
        case OrdersRule(), "average":
            amount = _amount(rule, rows)
            known = rows.trait(counted(sa.and_(inside, amount.is_not(None))))
            total = rows.trait(summed(amount, inside))
            return Quantity(total, SCALE, per=sa.func.nullif(known, 0))
        case OrdersRule(), "largest":
            return Quantity(rows.trait(greatest(_amount(rule, rows), inside)), SCALE)
        case OrdersRule(), "days":
            return Quantity(sa.func.coalesce(rows.trait(distinct(rows.subject.day, inside)), 0))
    return Quantity(rows.count(inside))


def _amount(rule: Measured, rows: Rows) -> Expression:
    """The amount of one row in the hub's currency."""
    match rule:
        case OrdersRule():
            orders: Any = rows.source.rows
            amount: Expression = orders.c.net_shop
            return amount
        case ItemsRule():
            return LINES.c.total_shop
        case RefundsRule():
            return REFUNDS.c.goods_shop
        case DealsRule():
            return DEALS.c.amount_shop
    raise TypeError(f"{type(rule).__name__} has no amounts")


def _raw(rule: Measured, rows: Rows, inside: Predicate) -> Expression:
    """The trait itself, without what fills it in where it is empty."""
    written: Mapping[str, Callable[[], Expression]] = {
        "total": lambda: summed(_amount(rule, rows), inside),
        "largest": lambda: greatest(_amount(rule, rows), inside),
        "days": lambda: distinct(rows.subject.day, inside),
        "orders": lambda: distinct(LINES.c.order_id, inside),
    }
    if rule.measure in written:
        return written[rule.measure]()
    if isinstance(rule, ItemsRule) and rule.measure == "count":
        return summed(LINES.c.kept, inside)
    return counted(inside)


def _dated(rule: Measured, rows: Rows) -> Predicate:
    """A window of a date measure asks whether that date exists and lies there."""
    hours = rows.window.after_instant is not None or rows.window.before_instant is not None
    where = rows.where
    if isinstance(rule, MessagesRule):
        where = sa.and_(where, happened(rule))
    pick = least if rule.measure in {"first", "subscribed"} else greatest
    value = rows.trait(pick(rows.subject.at if hours else rows.subject.day, where))
    found: list[Predicate] = []
    if rule.windowed or rule.within == "ever":
        there = Subject(rows.source, value, value).inside(rows.window)
        found.append(sa.func.coalesce(sa.and_(value.is_not(None), there), sa.false()))
    if rule.comparisons is not None:
        day = rows.trait(pick(rows.subject.day, where))
        found.append(number_condition(Quantity(day), rule.comparisons, no_population))
    return sa.and_(*found)


def _lacking(rule: Measured, rows: Rows) -> list[Predicate]:
    """For each attribute in `where`: rows are in the window, and none of them carries it."""
    where = getattr(rule, "where", None)
    if where is None or rule.measure == "gap" or getattr(rule, "of_last", None):
        return []
    here = rows.subject.counts
    if rule.measure not in DATE_MEASURES:
        here = sa.and_(here, rows.subject.inside(rows.window))
    every = without_filters(rows)
    lacking: list[Predicate] = []
    for name in type(where).model_fields:
        asked = getattr(where, name)
        if asked is None or getattr(asked, "known", None) is not None:
            continue
        present = rows.subject.attributes[name].present
        if present is None:
            continue
        carried = replace(rows, source=joined(rows.subject.source, present))
        carriers = carried.count(sa.and_(here, present.condition))
        lacking.append(sa.and_(every.count(here) > 0, carriers == 0))
    return lacking
