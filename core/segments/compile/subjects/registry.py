"""The table of subjects: for each kind of rule, the noun that it counts and the rows of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects import carts, lines, messages, orders, people, visits
from core.segments.compile.subjects.subject import Subject
from core.segments.rules import (
    CartsRule,
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


@dataclass(frozen=True)
class SubjectKind:
    """The noun that a kind of rule counts, and the rows that hold it."""

    noun: str
    rows: Callable[[EvaluationContext], Subject]


SUBJECTS: Mapping[type[Measured], SubjectKind] = {
    OrdersRule: SubjectKind("Order", orders.orders),
    ItemsRule: SubjectKind("Order", lines.items),
    RefundsRule: SubjectKind("Refund", orders.refunds),
    DealsRule: SubjectKind("Deal", orders.deals),
    MessagesRule: SubjectKind("MessageEvent", messages.email_deliveries),
    ListsRule: SubjectKind("ListMember", messages.lists),
    VisitsRule: SubjectKind("Visit", visits.visits),
    CartsRule: SubjectKind("Cart", carts.carts),
    SupportRule: SubjectKind("Support", visits.support),
    ChildrenRule: SubjectKind("Child", people.children),
}
"""One line per subject; its twin is the table of rule classes."""


def subject_of(rule: Measured, context: EvaluationContext) -> Subject:
    """The rows that a rule counts, shared by all rules that count the same rows."""
    match rule:
        case OrdersRule() if counts_coupons(rule):
            return context.once(orders.coupon_orders)
        case MessagesRule():
            return context.once(messages.message_rows(rule))
    return context.once(SUBJECTS[type(rule)].rows)


def needs(rule: Measured) -> frozenset[str]:
    """The nouns that a rule counts."""
    nouns = {SUBJECTS[type(rule)].noun}
    if counts_coupons(rule):
        nouns.add("Discount")
    if rule.then or rule.then_no:
        nouns.add("Order")
    return frozenset(nouns)


def is_delivered(rule: Measured, delivered: frozenset[str]) -> bool:
    """Whether the nouns that a rule counts are delivered.

    A coupon may come with its order or by itself; everything else needs its own noun.
    """
    if (rule.then or rule.then_no) and "Order" not in delivered:
        return False
    if counts_coupons(rule):
        return bool(needs(rule) & delivered)
    return needs(rule) <= delivered


def counts_coupons(rule: Measured) -> bool:
    """Whether coupons that came without an order count too."""
    where = rule.where if isinstance(rule, OrdersRule) else None
    return where is not None and where.coupon is not None and where.coupon is not False
