"""Every kind of rule by its first word, and the groups of rules."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from core.mistakes import UNION_TAG
from core.segments.rules.conditions import (
    ORDERING,
    LocalDate,
    NumberComparisons,
    TextComparisons,
    TextCondition,
    Word,
    Words,
    number_comparisons,
)
from core.segments.rules.filters import Where
from core.segments.rules.measured import (
    CartsRule,
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
)
from core.segments.rules.values import DurationField, ThresholdField, WithinField


def _words(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_words, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class FieldRule(Rule):
    """A field of the profile."""

    word = "field"
    field: str
    is_: Any = Field(default=None, alias="is")
    is_not: Any = None
    in_: tuple[Any, ...] | None = Field(default=None, alias="in", max_length=500)
    not_in: tuple[Any, ...] | None = Field(default=None, max_length=500)
    contains: Word | None = None
    starts_with: Word | None = None
    only: Words | Word | None = None
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
    def _compares(self) -> Self:
        if self.model_fields_set <= {"field"}:
            raise ValueError("compares nothing; write is, in, at_least, within, known, ...")
        return self

    @property
    def numbers(self) -> NumberComparisons | None:
        """The comparisons as of a number or a date; None where there are none."""
        return number_comparisons(self, NumberComparisons.model_fields)

    @property
    def ordering(self) -> NumberComparisons | None:
        """The comparisons of order alone; None where there are none."""
        return number_comparisons(self, ORDERING)

    @property
    def texts(self) -> TextComparisons:
        """The comparisons as of a text; numbers and flags in them are words."""
        given = {
            name: value
            for name in TextComparisons.model_fields
            if (value := getattr(self, name)) is not None
        }
        words = {name: value if name == "known" else _words(value) for name, value in given.items()}
        return TextComparisons.model_construct(set(given), **words)


class NamesRule(Rule):
    """Names of which a person may have several; what a group of them is compared with."""

    is_: Word | None = Field(default=None, alias="is")
    is_not: Word | None = None
    in_: Words | None = Field(default=None, alias="in")
    not_in: Words | None = None
    contains: Word | None = None
    only: Words | Word | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if self.model_fields_set <= {self.word, "where"}:
            raise ValueError("compares nothing; write contains, in, only, ...")
        return self


class InterestsWhere(Where):
    """Which interests."""

    source: TextCondition | None = None
    """`stated` or `inferred`."""


class InterestsRule(NamesRule):
    """Topics of interest."""

    word = "interests"
    interests: Literal["topics"]
    where: InterestsWhere | None = None


class EachInterestsRule(InterestsRule):
    """An interests rule for each topic of a `for_each` segment, in one query for all of them.

    No config can write it. Its comparison names no topic; `values` stand in for it in turn.
    """

    values: tuple[str, ...]


class GroupsWhere(Where):
    """Which groups."""

    connection: TextCondition | None = None
    """The connection that the group belongs to."""


class GroupsRule(NamesRule):
    """Tags and customer groups of a person, by id or title."""

    word = "groups"
    groups: Literal["names"]
    where: GroupsWhere | None = None


class AnswersRule(Rule):
    """Answers to a question."""

    word = "answers"
    answers: str
    is_: Word | None = Field(default=None, alias="is")
    is_not: Word | None = None
    in_: Words | None = Field(default=None, alias="in")
    not_in: Words | None = None
    contains: Word | None = None
    starts_with: Word | None = None
    known: bool | None = None

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if self.model_fields_set <= {"answers"}:
            raise ValueError("compares nothing; write is, in, contains, ...")
        return self


class LivesRule(Rule):
    """Whether a person lives near a store, or in its own area."""

    word = "lives"
    lives: Literal["near", "in_area"]
    store: Word
    km: ThresholdField | None = None

    @model_validator(mode="after")
    def _has_a_distance_if_near(self) -> Self:
        if self.lives == "near" and self.km is None:
            raise ValueError("`near` needs `km`")
        if self.lives == "in_area" and self.km is not None:
            raise ValueError("`km` goes with near")
        return self


class SegmentRule(Rule):
    """Membership of another segment."""

    word = "segment"
    segment: str


class AllRule(Rule):
    """Every rule holds."""

    word = "all"
    all: Annotated[tuple["AnyRule", ...], Field(min_length=1, max_length=500)]


class AnyOfRule(Rule):
    """At least one rule holds."""

    word = "any"
    any: Annotated[tuple["AnyRule", ...], Field(min_length=1, max_length=500)]


class NotRule(Rule):
    """The rule does not hold."""

    word = "not"
    not_: "AnyRule" = Field(alias="not")


KINDS: Mapping[str, type[Rule]] = {
    kind.word: kind
    for kind in (
        FieldRule, OrdersRule, ItemsRule, RefundsRule, MessagesRule, VisitsRule, CartsRule,
        ListsRule, GroupsRule, ChildrenRule, InterestsRule, AnswersRule, SupportRule, DealsRule,
        LivesRule, SegmentRule, AllRule, AnyOfRule, NotRule,
    )
}  # fmt: skip
"""Rule classes by their first word."""


def _kind(value: object) -> str | None:
    if isinstance(value, Rule):
        return UNION_TAG + value.word
    if not isinstance(value, Mapping):
        return None
    named = [word for word in KINDS if word in value]
    return UNION_TAG + named[0] if len(named) == 1 else None


if TYPE_CHECKING:
    AnyRule = Rule
else:
    AnyRule = Annotated[
        reduce(or_, (Annotated[kind, Tag(UNION_TAG + word)] for word, kind in KINDS.items())),
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
