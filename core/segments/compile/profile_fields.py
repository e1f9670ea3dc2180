"""Rules about the fields of a profile."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from core.records import Contact
from core.segments.compile.dated_fields import DATED_FIELDS
from core.segments.compile.groups import LOYALTY_FIELDS, TIERS, loyalty_verdict
from core.segments.compile.sql.aggregates import (
    Expression,
    FactSource,
    Predicate,
    all_of,
    counted,
    greatest,
)
from core.segments.compile.sql.comparisons import (
    Quantity,
    no_population,
    number_condition,
    text_condition,
    unknown,
)
from core.segments.compile.sql.context import Compilation
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary, words_of
from core.segments.compile.subjects.attributes import gender_key
from core.segments.compile.subjects.own_fields import (
    as_written,
    ordered,
    own_field,
    value_conditions,
)
from core.segments.rules import FieldRule
from core.segments.rules.conditions import ORDERING
from core.segments.rules.filters import CUSTOM
from core.store.keys import country_key, email_key, fold, phone_key, postcode_key
from core.store.money import SCALE
from core.store.people.profile_fields import TEXT_FIELDS
from core.store.shop import Shop
from core.store.tables import COMPANIES, PROFILE_FIELDS, PROFILES

COMPANY_FIELDS: Mapping[str, str] = {
    "company.name": "the company's name",
    "company.number": "the company's number in the public register",
    "company.industry": "the company's industry",
    "company.size": "the company's size band",
    "company.employees": "how many people work there",
    "company.revenue": "the company's revenue of a year, as its source states it",
    "company.founded": "the year in which the company was founded",
    "company.country": "the company's country, in two letters",
    "company.region": "the company's region",
    "company.city": "the company's town",
    "company.postcode": "the company's postcode",
}
"""Fields of the company that a person works for, with their meaning."""
_COMPANY_NUMBERS = {"company.employees": 1, "company.revenue": SCALE, "company.founded": 1}
"""Those that are numbers, and the scale in which they are stored."""
COMPANY_CUSTOM = "company.custom."
FIELDS: Mapping[str, str] = {
    "gender": "`female`, `male` or `other`",
    "age": "completed years",
    "birthday": "with `within_next`: how soon it is",
    "birth_month": '1 to 12, or `"this month"`',
    "created": "when the person first appeared",
    "email": "normalized address",
    "phone": "number with country code",
    "language": "two letters",
    "country": "two letters",
    **TEXT_FIELDS,
    **COMPANY_FIELDS,
    **LOYALTY_FIELDS,
}
"""Every built-in field with its meaning; others are `custom.<name>`, `company.custom.<name>`."""
_EQUAL = ("is_", "is_not", "in_", "not_in", "known")
_OF_TEXT = ("contains", "starts_with")
_WINDOW = ("within", "before", "from_", "to")


def field_verdict(rule: FieldRule, compilation: Compilation) -> Predicate:
    """Whether a field of the profile compares as the rule says.

    Without a value it is unknown; `known` never is. Raises ValueError for a comparison that the
    field does not have.
    """
    _check_comparisons(rule)
    context = compilation.context
    if (verdict := DATED_FIELDS.get(rule.field)) is not None:
        return verdict(rule, context)
    key = _key(rule.field, context.shop)
    match rule.field:
        case "email" | "phone" | "gender" | "language" | "country":
            return text_condition(PROFILES.c[rule.field], rule.texts, key)
        case name if name in COMPANY_FIELDS:
            return _company(rule, key)
        case name if name.startswith(COMPANY_CUSTOM):
            own = own_field(
                name.removeprefix(COMPANY_CUSTOM), PROFILES, (COMPANIES, PROFILES.c.company_id)
            )
            return own.condition(rule, no_population).condition
        case "loyalty.points" | "loyalty.tier":
            return loyalty_verdict(rule, compilation)
    return _row_of_its_own(rule, key, compilation)


def is_custom(field: str) -> bool:
    """Whether a field is a source's own, of the person or of the company."""
    return field.startswith((CUSTOM, COMPANY_CUSTOM))


def field_values(field: str) -> StoredValues | None:
    """The values of a field; None where it has no list of them."""
    match field:
        case "gender" | "language" | "country":
            return StoredValues(PROFILES.c[field])
        case "loyalty.tier":
            return TIERS
        case name if name in COMPANY_FIELDS and name != "company.revenue":
            stated = COMPANIES.c[field.removeprefix("company.")]
            key, spelling = (sa.cast(each, sa.String) for each in (_company_column(field), stated))
            return StoredValues(key, spelling)
        case name if name in TEXT_FIELDS or name.startswith(CUSTOM):
            rows, of_field = PROFILE_FIELDS.c, PROFILE_FIELDS.c.field == field
            return StoredValues(rows.value, rows.text, of_field, indexed=True)
    return None


def field_vocabulary(field: str, shop: Shop) -> Vocabulary | None:
    """The words of a field; None where any word makes sense."""
    if (values := field_values(field)) is None:
        return None
    fixed = words_of(Contact, "gender") if field == "gender" else ()
    return Vocabulary(_key(field, shop), (values,), fixed)


def _company_column(field: str) -> sa.Column[Any]:
    """The column of a company that rules compare with."""
    name = field.removeprefix("company.")
    return COMPANIES.c.get(f"{name}_key", COMPANIES.c[name])


def _company(rule: FieldRule, key: Callable[[str], str]) -> Predicate:
    chosen = sa.select(_company_column(rule.field)).where(COMPANIES.c.id == PROFILES.c.company_id)
    own = chosen.scalar_subquery()
    if rule.field not in _COMPANY_NUMBERS:
        return text_condition(own, rule.texts, key)
    if (numbers := rule.numbers) is None:
        return unknown()
    return number_condition(Quantity(own, _COMPANY_NUMBERS[rule.field]), numbers, no_population)


def _check_comparisons(rule: FieldRule) -> None:
    allowed: tuple[str, ...] = (*_EQUAL, *_OF_TEXT)
    match rule.field:
        case "age" | "birth_month" | "loyalty.points":
            allowed = (*_EQUAL, *ORDERING)
        case name if name in _COMPANY_NUMBERS:
            allowed = (*_EQUAL, *ORDERING)
        case "birthday":
            allowed = ("within_next", "known")
        case "created":
            allowed = (*_EQUAL, *ORDERING, *_WINDOW)
        case name if name.startswith((CUSTOM, COMPANY_CUSTOM)):
            allowed = (*_EQUAL, *_OF_TEXT, "only", *ORDERING)
        case name if name in TEXT_FIELDS:
            allowed = (*_EQUAL, *_OF_TEXT, *ORDERING)
    for name in (*_EQUAL, *_OF_TEXT, "only", *ORDERING, *_WINDOW, "within_next"):
        if name not in allowed and getattr(rule, name) is not None:
            words = ", ".join(each.rstrip("_") for each in allowed)
            raise ValueError(f"`{name.rstrip('_')}` does not go with {rule.field}; write {words}")


def _key(field: str, shop: Shop) -> Callable[[str], str]:
    """How a word is written in the column of a field."""
    match field:
        case "email":
            return email_key
        case "gender":
            return gender_key
        case "phone":
            return lambda word: phone_key(word, shop.country) or word
        case "country" | "company.country":
            return country_key
        case "postcode" | "company.postcode":
            return postcode_key
    return fold


def _row_of_its_own(
    rule: FieldRule, key: Callable[[str], str], compilation: Compilation
) -> Predicate:
    """A field that is a row: one column of one query, whatever its name."""
    source = FactSource("fields", PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id)
    is_field = PROFILE_FIELDS.c.field == rule.field

    def value_of(column: Expression) -> Expression:
        return compilation.queries.trait(source, greatest(column, is_field))

    conditions: list[Predicate] = []
    if rule.ordering is not None:
        conditions.append(ordered(PROFILE_FIELDS, rule.ordering, value_of))
    texts = rule.texts
    if rule.field.startswith(CUSTOM):
        conditions += _own_values(rule, source, compilation)
    elif texts.model_fields_set:
        text, number = value_of(PROFILE_FIELDS.c.value), value_of(PROFILE_FIELDS.c.number)
        # Postcodes have numbers for their order alone: 0150 is not 150.
        spelt = text if rule.field == "postcode" else as_written(text, number, texts, key)
        conditions.append(text_condition(spelt, texts, key))
    return sa.and_(*conditions)


def _own_values(
    rule: FieldRule, source: FactSource, compilation: Compilation
) -> Iterator[Predicate]:
    """The comparisons of a field of the source's own with words."""
    is_field = PROFILE_FIELDS.c.field == rule.field

    def number(matching: Predicate) -> Expression:
        found = compilation.queries.trait(source, counted(all_of(is_field, matching)))
        return sa.func.coalesce(found, 0)

    is_known = number(sa.true()) > 0
    yield from value_conditions(
        PROFILE_FIELDS, rule, lambda matching: sa.case((is_known, number(matching) > 0))
    )
    if rule.known is not None:
        yield is_known if rule.known else sa.not_(is_known)
