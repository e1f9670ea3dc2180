"""Rules that measure rows: which trait each measure is, and when it is unknown."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from core.segments.compile.counted_rows import (
    Rows,
    asks_for_coupons,
    baseline_window,
    own_span,
    row_baseline,
    rows_of,
    span,
)
from core.segments.compile.engagement import happened, messages_verdict
from core.segments.compile.order_gap import gap_verdict
from core.segments.compile.sql.aggregates import (
    AggregateQueries,
    Expression,
    Predicate,
    all_of,
    counted,
    distinct,
    greatest,
    least,
    summed,
)
from core.segments.compile.sql.baselines import Baselines, Population, Trait, Values, digest
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import (
    Bind,
    Fit,
    Quantity,
    no_population,
    number_condition,
    unknown,
)
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects.subject import lies
from core.segments.compile.unknown import missing_attributes, only_known, says_more
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
from core.store.money import SCALE
from core.store.tables import DEALS, LINES, PROFILES, REFUNDS

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
        self,
        context: EvaluationContext,
        queries: AggregateQueries,
        row_baselines: Baselines,
        person_baselines: Baselines,
    ) -> None:
        """Share passes and baselines with the rest of the evaluation."""
        self._context = context
        self._queries = queries
        self._row_baselines = row_baselines
        self._person_baselines = person_baselines

    def verdict(self, rule: Measured) -> Predicate:
        """True, false or unknown, per profile."""
        if not self._is_delivered(rule):
            return unknown()
        if rule.known is None:
            return self._compared(rule)
        # Whether the value is known is itself never unknown.
        is_known = sa.func.coalesce(self._compared(only_known(rule)), sa.false())
        verdict = is_known if rule.known else sa.not_(is_known)
        rest = rule.model_copy(update={"known": None})
        return sa.and_(verdict, self._compared(rest)) if says_more(rest) else verdict

    def _compared(self, rule: Measured) -> Predicate:
        rows = rows_of(rule, self._context, self._queries, self._row_baselines)
        verdict = self._measured(rule, rows)
        missing = missing_attributes(
            rule, rows, row_baseline(rule, self._context, self._row_baselines)
        )
        if missing:
            verdict = sa.case((sa.or_(*missing), sa.null()), else_=verdict)
        if rule.of == "company":
            verdict = sa.case((PROFILES.c.company_id.is_not(None), verdict))
        return verdict

    def _is_delivered(self, rule: Measured) -> bool:
        """A coupon may be told with its order or by itself; all else needs its own noun."""
        if (rule.then or rule.then_no) and "Order" not in self._context.delivered:
            return False
        if asks_for_coupons(rule):
            return bool(needs(rule) & self._context.delivered)
        return needs(rule) <= self._context.delivered

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
            among = _kept(rule, rows, baseline_window(rule, self._context), span(rule))
            compared = _kept(rule, rows, rows.window, own_span(rule))
            words = f"{_said(rule)} per person, {span(rule)}"
            values = sa.select(among.column).where(among.there)
            people = Population(words, among.key, Values(values), trait=among)
            return self._person_baselines.binder(lambda: people, compared)(threshold, fit)

        return bind


def _kept(rule: Measured, rows: Rows, edges: Window, words: str) -> Trait:
    """The rule's measure in some window, as a trait that is kept per person."""
    column = rows.queries.trait(rows.source, _raw(rule, rows, rows.lying(edges)))
    there = column > 0 if _counts_rows(rule) else column.is_not(None)
    # What stands in `where` may be relative too, and then its population matters.
    says = (getattr(rule, "where", None), rule.then, rule.then_no, rule.baseline_within)
    key = digest(type(rule).__name__, rule.measure, words, *says)
    return Trait(key, rows.queries.person(column), column, there)


def _said(rule: Measured) -> str:
    """The measure in words, with all that `where` says."""
    where = getattr(rule, "where", None)
    told = "" if where is None else f" where {where.model_dump_json(exclude_none=True)}"
    followed = "".join(f" {name} orders" for name in ("then", "then_no") if getattr(rule, name))
    return f"{type(rule).__name__.removesuffix('Rule').lower()} {rule.measure}{told}{followed}"


def _counts_rows(rule: Measured) -> bool:
    """Whether the measure is 0 exactly where there are no rows; units may be 0 of some."""
    of_units = isinstance(rule, ItemsRule) and rule.measure == "count"
    return not of_units and rule.measure not in {"total", "largest"}


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
            known = rows.trait(counted(all_of(inside, amount.is_not(None))))
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
        where = all_of(where, happened(rule))
    pick = least if rule.measure in {"first", "subscribed"} else greatest
    day = rows.trait(pick(rows.subject.day, where))
    at = rows.trait(pick(rows.subject.at, where)) if hours else day
    found: list[Predicate] = []
    if rule.windowed or rule.within == "ever":
        rows.subject.follow(rows.window)
        there = lies(rows.window, at, day)
        found.append(sa.func.coalesce(sa.and_(day.is_not(None), there), sa.false()))
    if rule.comparisons is not None:
        found.append(number_condition(Quantity(day), rule.comparisons, no_population))
    return sa.and_(*found)
