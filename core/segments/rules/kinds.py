"""Every kind of rule, and the groups that rules stand in."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from core.mistakes import UNION_TAG
from core.segments.rules.conditions import LocalDate, TextCondition, Word, Words
from core.segments.rules.measured import (
    ChildrenRule,
    DealsRule,
    ItemsRule,
    ListsRule,
    MessagesRule,
    OrdersRule,
    RefundsRule,
    Rule,
    SupportRule,
    VisitsRule,
    Where,
)
from core.segments.rules.values import DurationField, ThresholdField, WithinField

DEEPEST = 20
"""Levels of groups that a segment may have."""
MOST = 500
"""Rules that one segment may have."""


class FieldRule(Rule):
    """A field of the profile."""

    field: str
    is_: Any = Field(default=None, alias="is")
    is_not: Any = None
    in_: tuple[Any, ...] | None = Field(default=None, alias="in", max_length=500)
    not_in: tuple[Any, ...] | None = Field(default=None, max_length=500)
    contains: Word | None = None
    starts_with: Word | None = None
    at_least: ThresholdField | None = None
    over: ThresholdField | None = None
    at_most: ThresholdField | None = None
    under: ThresholdField | None = None
    between: tuple[ThresholdField, ThresholdField] | None = None
    known: bool | None = None
    within: WithinField | None = None
    before: DurationField | None = None
    from_: LocalDate | None = Field(default=None, alias="from")
    to: LocalDate | None = None
    within_next: DurationField | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_fields_set <= {"field"}:
            raise ValueError("compares nothing; write is, in, at_least, within, known, ...")
        return self


class InterestsWhere(Where):
    """Where the interest comes from."""

    source: TextCondition | None = None


class InterestsRule(Rule):
    """The topics a person cares about."""

    interests: Literal["topics"]
    where: InterestsWhere | None = None
    is_: Word | None = Field(default=None, alias="is")
    is_not: Word | None = None
    in_: Words | None = Field(default=None, alias="in")
    not_in: Words | None = None
    contains: Word | None = None
    only: Words | Word | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_fields_set <= {"interests", "where"}:
            raise ValueError("compares nothing; write contains, in, only, ...")
        return self


class AnswersRule(Rule):
    """What a person answered to a question."""

    answers: str
    is_: Word | None = Field(default=None, alias="is")
    is_not: Word | None = None
    in_: Words | None = Field(default=None, alias="in")
    not_in: Words | None = None
    contains: Word | None = None
    starts_with: Word | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_fields_set <= {"answers"}:
            raise ValueError("compares nothing; write is, in, contains, ...")
        return self


class LivesRule(Rule):
    """Whether a person lives near a store, or in the area it calls its own."""

    lives: Literal["near", "in_area"]
    store: Word
    km: ThresholdField | None = None

    @model_validator(mode="after")
    def _near_says_how_near(self) -> Self:
        if self.lives == "near" and self.km is None:
            raise ValueError("`near` needs `km`")
        if self.lives == "in_area" and self.km is not None:
            raise ValueError("`km` goes with near")
        return self


class SegmentRule(Rule):
    """Membership of another segment."""

    segment: str


class AllRule(Rule):
    """Every rule holds."""

    all: Annotated[tuple["AnyRule", ...], Field(min_length=1, max_length=500)]


class AnyOfRule(Rule):
    """At least one rule holds."""

    any: Annotated[tuple["AnyRule", ...], Field(min_length=1, max_length=500)]


class NotRule(Rule):
    """The rule does not hold."""

    not_: "AnyRule" = Field(alias="not")


KINDS: Mapping[str, type[Rule]] = {
    "field": FieldRule, "orders": OrdersRule, "items": ItemsRule, "refunds": RefundsRule,
    "messages": MessagesRule, "visits": VisitsRule, "lists": ListsRule,
    "children": ChildrenRule, "interests": InterestsRule, "answers": AnswersRule,
    "support": SupportRule, "deals": DealsRule, "lives": LivesRule, "segment": SegmentRule,
    "all": AllRule, "any": AnyOfRule, "not": NotRule,
}  # fmt: skip
"""The first word of a rule names its class."""


def _kind(value: object) -> str | None:
    if isinstance(value, Rule):
        return UNION_TAG + next(word for word, kind in KINDS.items() if isinstance(value, kind))
    if not isinstance(value, Mapping):
        return None
    named = [word for word in KINDS if word in value]
    return UNION_TAG + named[0] if len(named) == 1 else None


AnyRule = Annotated[
    Annotated[FieldRule, Tag(UNION_TAG + "field")]
    | Annotated[OrdersRule, Tag(UNION_TAG + "orders")]
    | Annotated[ItemsRule, Tag(UNION_TAG + "items")]
    | Annotated[RefundsRule, Tag(UNION_TAG + "refunds")]
    | Annotated[MessagesRule, Tag(UNION_TAG + "messages")]
    | Annotated[VisitsRule, Tag(UNION_TAG + "visits")]
    | Annotated[ListsRule, Tag(UNION_TAG + "lists")]
    | Annotated[ChildrenRule, Tag(UNION_TAG + "children")]
    | Annotated[InterestsRule, Tag(UNION_TAG + "interests")]
    | Annotated[AnswersRule, Tag(UNION_TAG + "answers")]
    | Annotated[SupportRule, Tag(UNION_TAG + "support")]
    | Annotated[DealsRule, Tag(UNION_TAG + "deals")]
    | Annotated[LivesRule, Tag(UNION_TAG + "lives")]
    | Annotated[SegmentRule, Tag(UNION_TAG + "segment")]
    | Annotated[AllRule, Tag(UNION_TAG + "all")]
    | Annotated[AnyOfRule, Tag(UNION_TAG + "any")]
    | Annotated[NotRule, Tag(UNION_TAG + "not")],
    Discriminator(
        _kind,
        custom_error_type="rule_kind",
        custom_error_message="a rule names exactly one subject: " + ", ".join(KINDS),
        custom_error_context={"known": list(KINDS)},
    ),
]

AllRule.model_rebuild()
AnyOfRule.model_rebuild()
NotRule.model_rebuild()


def parts(rule: Rule) -> tuple[Rule, ...]:
    """The rules directly inside a group; none for a single rule."""
    match rule:
        case AllRule():
            return rule.all
        case AnyOfRule():
            return rule.any
        case NotRule():
            return (rule.not_,)
        case _:
            return ()


def depth(rule: Rule) -> int:
    """Levels of groups around the deepest rule."""
    return 1 + max((depth(part) for part in parts(rule)), default=0)


def size(rule: Rule) -> int:
    """How many single rules stand in a rule."""
    return sum(map(size, parts(rule))) or 1
