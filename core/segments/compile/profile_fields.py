"""Rules about the fields of a profile."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from core.records import LARGEST_AMOUNT
from core.segments.compile.sql.aggregates import (
    AggregateQueries,
    Expression,
    FactSource,
    Predicate,
    greatest,
)
from core.segments.compile.sql.comparisons import (
    Quantity,
    no_population,
    number_condition,
    text_condition,
    unknown,
)
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.window_edges import BirthDates, DatedRows
from core.segments.compile.subjects.attributes import has_birthday
from core.segments.compile.subjects.people import age_condition
from core.segments.compile.subjects.subject import lies
from core.segments.rules import FieldRule
from core.segments.rules.conditions import NumberComparisons, TextComparisons
from core.segments.rules.values import Number
from core.store.keys import email_key, fold, phone_key, postcode_key
from core.store.money import SCALE, ten_thousandths, units
from core.store.tables import COMPANIES, PROFILE_FIELDS, PROFILES

TEXT_FIELDS = (
    "region", "municipality", "city", "postcode", "climate", "store", "income", "education",
    "occupation", "marital_status", "signup_source", "job_role",
)  # fmt: skip
"""Fields that are texts of their own rows."""
COMPANY_FIELDS = ("company.industry", "company.size", "company.country")
FIELDS = (
    "gender", "age", "birthday", "birth_month", "created", "email", "phone", "language", "country",
    *TEXT_FIELDS, *COMPANY_FIELDS,
)  # fmt: skip
"""Every built-in field; any other is `custom.<name>`."""
_BORN = BirthDates(
    PROFILES.c.id, PROFILES.c.birth_year, PROFILES.c.birth_month, PROFILES.c.birth_day
)
_CREATED = DatedRows(PROFILES.c.id, PROFILES.c.created_at, PROFILES.c.created_day)
_COMPARED_AS_NUMBER = ("at_least", "over", "at_most", "under", "between")


class Fields:
    """Compiles the rules about profile fields."""

    def __init__(self, context: EvaluationContext, queries: AggregateQueries) -> None:
        """Share the passes with the rest of the evaluation."""
        self._context = context
        self._queries = queries
        country = context.shop.country
        self._written: Mapping[str, tuple[Expression, Callable[[str], str]]] = {
            "email": (PROFILES.c.email, email_key),
            "phone": (PROFILES.c.phone, lambda word: phone_key(word, country) or word),
            "gender": (PROFILES.c.gender, fold),
            "language": (PROFILES.c.language, fold),
            "country": (PROFILES.c.country, lambda word: word.strip().upper()),
        }

    def field(self, rule: FieldRule) -> Predicate:
        """A profile field; without a value it is unknown, `known` never is."""
        _refuse_what_says_nothing(rule)
        written = self._written.get(rule.field)
        if written is not None:
            column, key = written
            return text_condition(column, _texts(rule), key)
        match rule.field:
            case "age":
                return self._age(rule)
            case "birthday":
                return self._birthday(rule)
            case "birth_month":
                return self._birth_month(rule)
            case "created":
                return self._created(rule)
            case "company.industry" | "company.size" | "company.country":
                return self._company(rule)
        return self._stated(rule)

    def _age(self, rule: FieldRule) -> Predicate:
        """Where only the year is known: if both possible ages agree, else unknown."""
        year, month, day = PROFILES.c.birth_year, PROFILES.c.birth_month, PROFILES.c.birth_day
        first = year * 10_000 + sa.func.coalesce(month, 1) * 100 + sa.func.coalesce(day, 1)
        last = year * 10_000 + sa.func.coalesce(month, 12) * 100 + sa.func.coalesce(day, 31)
        if self._context.before is not None:
            self._context.crossings.ages(_BORN, self._context.before.day, self._context.clock.day)
        asked = _numbers(rule)
        older = age_condition(self._context.clock, first, asked)
        younger = age_condition(self._context.clock, last, asked)
        return sa.case((older == younger, older))

    def _birthday(self, rule: FieldRule) -> Predicate:
        found: list[Predicate] = []
        if rule.within_next is not None:
            found.append(has_birthday(self._context, _BORN, rule.within_next))
        if rule.known is not None:
            there = PROFILES.c.birth_day.is_not(None)
            found.append(there if rule.known else sa.not_(there))
        return sa.and_(*found) if found else unknown()

    def _birth_month(self, rule: FieldRule) -> Predicate:
        def month(word: Any) -> int:
            return self._context.clock.day.month if word == "this month" else int(word)

        column = PROFILES.c.birth_month
        if self._context.before is not None and self._context.before.day.month != month(
            "this month"
        ):
            turned = (self._context.before.day.month, month("this month"))
            codes = {each * 100 + day for each in turned for day in range(1, 32)}
            self._context.crossings.birthdays(_BORN, codes)
        found: list[Predicate] = []
        if rule.is_ is not None:
            found.append(column == month(rule.is_))
        if rule.is_not is not None:
            found.append(column != month(rule.is_not))
        if rule.in_ is not None:
            found.append(column.in_(sorted({month(each) for each in rule.in_})))
        if rule.not_in is not None:
            found.append(column.not_in(sorted({month(each) for each in rule.not_in})))
        asked = _numbers(rule, *_COMPARED_AS_NUMBER, "known")
        if asked is not None:
            found.append(number_condition(Quantity(column), asked, no_population))
        return sa.and_(*found)

    def _created(self, rule: FieldRule) -> Predicate:
        """When the person was first seen; the date is asked, so none is false, not unknown."""
        found: list[Predicate] = []
        if rule.within or rule.before or rule.from_ or rule.to:
            day, at = PROFILES.c.created_day, PROFILES.c.created_at
            edges = self._context.window(rule.within, rule.before, rule.from_, rule.to)
            self._context.cross(_CREATED, edges)
            there = sa.and_(self._context.past(at, _CREATED), lies(edges, at, day))
            found.append(sa.func.coalesce(there, sa.false()))
        asked = _numbers(rule)
        if asked is not None:
            quantity = Quantity(PROFILES.c.created_day)
            found.append(number_condition(quantity, asked, no_population))
        return sa.and_(*found)

    def _company(self, rule: FieldRule) -> Predicate:
        column = COMPANIES.c[rule.field.removeprefix("company.")]
        mine = sa.select(column).where(COMPANIES.c.id == PROFILES.c.company_id).scalar_subquery()
        key = self._written["country"][1] if rule.field == "company.country" else fold
        return text_condition(mine, _texts(rule), key)

    def _stated(self, rule: FieldRule) -> Predicate:
        """A field of its own row: one column of one pass, whatever its name."""
        source = FactSource("fields", PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id)
        here = PROFILE_FIELDS.c.field == rule.field
        found: list[Predicate] = []
        asked = _numbers(rule, *_COMPARED_AS_NUMBER)
        if asked is not None:
            days = any(not isinstance(each, Number) for each in _given(asked))
            column = PROFILE_FIELDS.c.day if days else PROFILE_FIELDS.c.number
            value = self._queries.trait(source, greatest(column, here))
            quantity = Quantity(value, 1 if days else SCALE)
            found.append(number_condition(quantity, asked, no_population))
        texts = _texts(rule)
        if texts.model_fields_set:
            value = self._queries.trait(source, greatest(PROFILE_FIELDS.c.value, here))
            number = self._queries.trait(source, greatest(PROFILE_FIELDS.c.number, here))
            key = postcode_key if rule.field == "postcode" else fold
            found.append(text_condition(_as_written(value, number, texts, key), texts, key))
        return sa.and_(*found)


def _refuse_what_says_nothing(rule: FieldRule) -> None:
    """A comparison that a field does not have must not pass for one that holds."""
    equal, texts = ("is_", "is_not", "in_", "not_in", "known"), ("contains", "starts_with")
    windows = ("within", "before", "from_", "to")
    meant: tuple[str, ...] = (*equal, *texts)
    match rule.field:
        case "age" | "birth_month":
            meant = (*equal, *_COMPARED_AS_NUMBER)
        case "birthday":
            meant = ("within_next", "known")
        case "created":
            meant = (*equal, *_COMPARED_AS_NUMBER, *windows)
        case name if name in TEXT_FIELDS or name.startswith("custom."):
            meant = (*equal, *texts, *_COMPARED_AS_NUMBER)
    every = (*equal, *texts, *_COMPARED_AS_NUMBER, *windows, "within_next")
    for name in every:
        if name not in meant and getattr(rule, name) is not None:
            words = ", ".join(each.rstrip("_") for each in meant)
            raise ValueError(f"`{name.rstrip('_')}` says nothing of {rule.field}; write {words}")


def _as_written(
    text: Expression, number: Expression, asked: TextComparisons, key: Callable[[str], str]
) -> Expression:
    """The text; where a number is asked for, as it is written there, so that 5.5 is 5.50."""
    words = [asked.is_, asked.is_not, *(asked.in_ or ()), *(asked.not_in or ())]
    numbers = {key(word): _read_number(word) for word in words if word is not None}
    spelt = [(number == read, word) for word, read in sorted(numbers.items()) if read is not None]
    return sa.case(*spelt, else_=text) if spelt else text


def _read_number(word: str) -> int | None:
    """A word as ten-thousandths, where it is a number that the store can hold."""
    try:
        number = Decimal(word.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > LARGEST_AMOUNT:
        return None
    stored = ten_thousandths(number)
    return stored if units(stored) == number else None


def _texts(rule: FieldRule) -> TextComparisons:
    names = ("is_", "is_not", "in_", "not_in", "contains", "starts_with", "known")
    given = {name: value for name in names if (value := getattr(rule, name)) is not None}
    return TextComparisons.model_construct(_fields_set=set(given), **_worded(given))


def _worded(given: dict[str, Any]) -> dict[str, Any]:
    def word(value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    return {
        name: value
        if name == "known"
        else tuple(map(word, value))
        if isinstance(value, list | tuple)
        else word(value)
        for name, value in given.items()
    }


def _numbers(rule: FieldRule, *names: str) -> Any:
    every = names or (*_COMPARED_AS_NUMBER, "is_", "is_not", "in_", "not_in", "known")
    given = {name: value for name in every if (value := getattr(rule, name)) is not None}
    return NumberComparisons(**given) if given else None


def _given(asked: NumberComparisons) -> list[Any]:
    found: list[Any] = []
    for name in asked.model_fields_set:
        value = getattr(asked, name)
        found += value if isinstance(value, tuple) else [value]
    return found
