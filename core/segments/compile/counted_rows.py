"""The rows that a rule counts: where they stand, which of them, and since when."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.aggregates import (
    AggregateQueries,
    Expression,
    FactSource,
    Predicate,
    ValueJoin,
    all_of,
    counted,
)
from core.segments.compile.sql.baselines import Baselines, Population, Values, digest
from core.segments.compile.sql.clock import Window
from core.segments.compile.sql.comparisons import Bind, no_population
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects import behaviour, people, purchases
from core.segments.compile.subjects.attributes import RowCondition
from core.segments.compile.subjects.subject import Subject
from core.segments.rules import (
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
from core.segments.rules.conditions import for_each_values
from core.segments.rules.values import Duration
from core.store.tables import ORDERS


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one rule, and the passes that they are counted in."""

    context: EvaluationContext
    queries: AggregateQueries
    subject: Subject
    source: FactSource
    """The subject's rows with the filters that `where` needs beside them."""
    where: Predicate
    window: Window
    by_company: bool = False

    @property
    def inside(self) -> Predicate:
        """Rows that meet `where` and lie in the window."""
        return self.lying(self.window)

    def lying(self, edges: Window) -> Predicate:
        """Rows that meet `where` and lie in this window."""
        # The window comes first: it is cheap to ask, and settles most rows.
        return all_of(self.subject.inside(edges), self.where)

    def trait(self, aggregate: Expression) -> Expression:
        """An aggregate over these rows, per profile; NULL where a person has none."""
        return self.queries.trait(self.source, aggregate, by_company=self.by_company)

    def count(self, condition: Predicate) -> Expression:
        """How many rows meet a condition; 0 where a person has none."""
        return sa.func.coalesce(self.trait(counted(condition)), 0)

    def scanned(self) -> Any:
        """The rows with their filters, for a derived table of their own."""
        rows = self.source.rows
        for joined, on in self.source.joins:
            rows = rows.outerjoin(joined, on)
        return rows


def rows_of(
    rule: Measured, context: EvaluationContext, queries: AggregateQueries, baselines: Baselines
) -> Rows:
    """The rows that a rule counts."""
    subject = subject_of(rule, context)
    source = subject.source
    found: list[Predicate] = [subject.counts]
    for each in _asked(rule, context, subject, baselines):
        found.append(each.condition)
        source = joined(source, each)
    beside = _beside(rule, subject, queries)
    if beside is not None:
        found.append(beside.there)
        source = replace(source, beside=beside)
    if rule.then or rule.then_no:
        source, later = _followed(source, subject, context)
        found.append(later if rule.then else sa.not_(later))
    edges = context.window(rule.within, rule.before, rule.from_, rule.to)
    return Rows(
        context, queries, subject, source, all_of(*found), edges, by_company=rule.of == "company"
    )


def joined(source: FactSource, asked: RowCondition) -> FactSource:
    """The rows with what a condition needs beside them."""
    for rows, on in asked.joins:
        source = source.joined(rows, on)
    return source


def subject_of(rule: Measured, context: EvaluationContext) -> Subject:
    """Where the rule's rows stand; the same for every rule that asks about them."""
    return context.once(_made_by(rule))


def _made_by(rule: Measured) -> Callable[[EvaluationContext], Subject]:
    match rule:
        case OrdersRule() if asks_for_coupons(rule):
            return purchases.coupon_orders
        case MessagesRule(messages="opened" | "clicked", of_last=None):
            return behaviour.message_events
        case MessagesRule(messages="last_opened" | "last_clicked"):
            return behaviour.message_events
    return _SUBJECTS[type(rule)]


_SUBJECTS: dict[type[Measured], Callable[[EvaluationContext], Subject]] = {
    OrdersRule: purchases.orders,
    ItemsRule: purchases.items,
    RefundsRule: purchases.refunds,
    DealsRule: purchases.deals,
    MessagesRule: behaviour.deliveries,
    VisitsRule: behaviour.visits,
    ListsRule: behaviour.lists,
    SupportRule: behaviour.support,
    ChildrenRule: people.children,
}


def asks_for_coupons(rule: Measured) -> bool:
    """Whether coupons that were told without an order count too."""
    where = rule.where if isinstance(rule, OrdersRule) else None
    return where is not None and where.coupon is not None and where.coupon is not False


def _asked(
    rule: Measured, context: EvaluationContext, subject: Subject, baselines: Baselines
) -> list[RowCondition]:
    where = getattr(rule, "where", None)
    if where is None:
        return []
    bind = row_baseline(rule, context, baselines)
    return [
        subject.attributes[name].ask(asked, bind)
        for name in type(where).model_fields
        if (asked := getattr(where, name)) is not None and for_each_values(asked) is None
    ]


def _beside(rule: Measured, subject: Subject, queries: AggregateQueries) -> ValueJoin | None:
    """The values of a family, where `where` names all of them at once."""
    where = getattr(rule, "where", None)
    for name in () if where is None else type(where).model_fields:
        each = for_each_values(getattr(where, name))
        if each is None:
            continue
        spread = subject.attributes[name].spread
        if spread is None:
            raise ValueError(f"`{name}` is asked for one value at a time")
        return spread.beside(queries.values([spread.key(word) for word in each.words]))
    return None


def row_baseline(rule: Measured, context: EvaluationContext, baselines: Baselines) -> Bind:
    """Inside `where` the population is every order in the baseline's window; only orders have one.

    Those of nobody are included; of a sequence of conditions only the window narrows it.
    """
    if not isinstance(rule, OrdersRule):
        return no_population

    def population() -> Population:
        edges, words = baseline_window(rule, context), span(rule)
        values, totals = purchases.order_values(context, edges)
        return Population(f"all orders, {words}", digest("orders", words), Values(values, totals))

    def between(low: int, high: int) -> sa.Select[Any]:
        return sa.select(ORDERS.c.profile_id).where(ORDERS.c.net_shop.between(low, high))

    return baselines.binder(population, between)


def baseline_window(rule: Measured, context: EvaluationContext) -> Window:
    """The window of the population: its own, or the rule's."""
    if rule.baseline_within is not None:
        return context.window(rule.baseline_within)
    return context.window(rule.within, rule.before, rule.from_, rule.to)


def span(rule: Measured) -> str:
    """The population's window in words."""
    if rule.baseline_within is not None:
        return _words(rule.baseline_within)
    return own_span(rule)


def own_span(rule: Measured) -> str:
    """The rule's window in words."""
    parts = [_words(rule.within or "ever")]
    parts += [f"before {_words(rule.before)}"] if rule.before else []
    parts += [f"from {rule.from_}"] if rule.from_ else []
    parts += [f"to {rule.to}"] if rule.to else []
    return ", ".join(parts)


def _words(duration: Duration | str) -> str:
    return duration if isinstance(duration, str) else f"{duration.count} {duration.unit}s"


def _followed(
    source: FactSource, subject: Subject, context: EvaluationContext
) -> tuple[FactSource, Predicate]:
    """Whether an order came after the row."""
    orders = purchases.orders(context).source
    latest = (
        sa.select(orders.profile.label("profile_id"), sa.func.max(ORDERS.c.placed_at).label("at"))
        .where(*orders.always, *context.whose(orders.profile))
        .group_by(orders.profile)
    )
    last = context.derived(latest, "last_order")
    later = sa.func.coalesce(last.c.at > subject.at, sa.false())
    return source.joined(last, last.c.profile_id == source.profile), later


def without_filters(rows: Rows) -> Rows:
    """All rows of the subject, whatever the rule's `where` says."""
    return replace(rows, source=rows.subject.source)
