"""Segment definitions: each `[segments.NAME]` table parsed and checked by itself."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from core.contract import Form
from core.errors import Misconfigured, Mistake
from core.mistakes import dotted, mistakes, unknown, unknown_of_kind
from core.segments import rules
from core.segments.compile.compiler import needs
from core.segments.compile.profile_fields import FIELDS, field_values
from core.segments.recipes import catalogue
from core.segments.recipes.recipe import Recipe
from core.segments.rules import KINDS, Rule
from core.segments.rules.filters import CUSTOM
from core.segments.rules.values import read_share

EACH_VALUE = "{value}"
"""Stands for the value of a `for_each` segment, in its rule and in the names of its targets."""
FOR_EACH = ("category", "brand", "store", "topic", "group", "event", "decade", "birth_month")
"""Values of `for_each` besides profile fields."""
HOLDOUT_SCALE = 1_000_000
_WHOLE_NUMBERS = frozenset({"birth_month", "decade"})
"""Values of `for_each` that recipes take as numbers."""
_SAMPLES = {"decade": "20", "birth_month": "1", "gender": "female"} | dict.fromkeys(
    ("company.employees", "company.founded"), "2000"
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TOO_DEEP = f"groups are more than {rules.DEEPEST} levels deep; use segments of their own for some"


class SegmentOptions(BaseModel):
    """Keys of a segment's table besides its rule."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    title: str | dict[str, str] = ""
    """Its name for people; one text, or one per language."""
    note: str = ""
    """Why it exists."""
    owner: str = ""
    review_by: date | None = None
    """Past this date the segment is stale."""
    priority: int | None = None
    """Place on its ladder, the lowest first."""
    exclusive_with: tuple[str, ...] = ()
    """The other segments of its ladder: a profile is pushed under the first that holds."""
    holdout: str | None = None
    """A share that is never pushed, to measure against."""
    for_each: str | None = None
    """One segment per value of this."""
    recipe: str | None = None
    """The ready segment that it is made from."""


@dataclass(frozen=True)
class Segment:
    """One segment, or the template of a whole family where `for_each` is set."""

    name: str
    rule: Rule | None
    """None for the template of a family."""
    title: Mapping[str, str] = field(default_factory=dict)
    """Language -> title; "" is any language."""
    note: str = ""
    owner: str = ""
    review_by: date | None = None
    priority: int | None = None
    exclusive_with: tuple[str, ...] = ()
    holdout: int = 0
    """Share that is never pushed, in millionths."""
    family: str = ""
    """Name of the `for_each` segment that it comes from."""
    value: str = ""
    """Its value of `for_each`."""
    for_each: str | None = None
    recipe: str | None = None
    ready: Recipe | None = None
    """The recipe of that name, which may be the user's own."""
    table: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the recipe, or the rule as it was written."""

    def definition(self, named: Mapping[str, Rule]) -> str:
        """A hash of the rule and of every segment that it refers to."""
        rule = self.rule
        texts = [repr(rule), *_referenced(rule, named, {self.name})] if rule is not None else []
        return hashlib.sha256(orjson.dumps(texts)).hexdigest()

    def needs(self, named: Mapping[str, Rule]) -> frozenset[str]:
        """The nouns that its verdicts depend on."""
        return frozenset() if self.rule is None else needs(self.rule, named)

    def for_value(self, value: str) -> "Segment":
        """The member of the family for one value."""
        titles = {
            language: f"{text}: {value}"
            for language, text in (self.title or {"": self.name}).items()
        }
        return replace(
            self, name=f"{self.name}:{value}", rule=_rule_for(self, value), title=titles,
            family=self.name, value=value, for_each=None,
        )  # fmt: skip

    def sample(self) -> "Segment":
        """The segment itself, or a typical member of the family."""
        if self.for_each is None:
            return self
        return self.for_value(_SAMPLES.get(self.for_each, "sample"))


@dataclass(frozen=True)
class KnownNames:
    """Names that segments may use."""

    connections: frozenset[str] = frozenset()
    recipes: Mapping[str, Recipe] = field(default_factory=catalogue)
    nouns: frozenset[str] = frozenset()
    """Nouns that the connections deliver."""
    custom_fields: Mapping[str, Form] = field(default_factory=dict)
    """Custom fields that the connections declare, and their form."""
    every_field: bool = False
    """Whether the connections declare all of their custom fields."""


def parse_segments(
    tables: Mapping[str, Any], known: KnownNames
) -> tuple[list[Segment], list[Mistake]]:
    """Parse every segment's table by itself; return what could be read, and the mistakes."""
    segments: list[Segment] = []
    wrong: list[Mistake] = []
    for name, table in tables.items():
        try:
            if _UNSTORABLE.search(name):
                message = f"{name!r} holds characters that cannot be stored; choose another name"
                raise Misconfigured([Mistake("segments", message)])
            segments.append(_parse(name, table, known))
        except Misconfigured as error:
            wrong += error.mistakes
    return segments, wrong


def _parse(name: str, table: Mapping[str, Any], known: KnownNames) -> Segment:
    path = dotted("segments", [name])
    option_names = SegmentOptions.model_fields.keys()
    given = {key: value for key, value in table.items() if key in option_names}
    rest = {key: value for key, value in table.items() if key not in option_names}
    if "recipe" in given and isinstance(given["recipe"], str):
        recipe = known.recipes.get(given["recipe"])
        # A parameter of a recipe may have the name of an option.
        rest |= {k: v for k, v in given.items() if recipe and k in recipe.parameters}
    try:
        options = SegmentOptions.model_validate(given)
        holdout = read_share(options.holdout or "0%")
    except ValidationError as error:
        raise Misconfigured(mistakes(error, SegmentOptions, given, path)) from None
    except ValueError as error:
        raise Misconfigured([Mistake(f"{path}.holdout", str(error))]) from None
    title = options.title
    if isinstance(title, str):
        title = {"": title} if title else {}
    segment = Segment(
        name=name, rule=None, title=title, note=options.note, owner=options.owner,
        review_by=options.review_by, priority=options.priority,
        exclusive_with=options.exclusive_with, for_each=options.for_each,
        holdout=int(holdout.value * HOLDOUT_SCALE), recipe=options.recipe, table=rest,
    )  # fmt: skip
    if options.recipe is not None:
        return _from_recipe(segment, path, known)
    if options.for_each is not None:
        _check_for_each(segment, path)
        _read_rule(_filled(rest, "0"), path)
        return segment
    return replace(segment, rule=_read_rule(rest, path))


def _from_recipe(segment: Segment, path: str, known: KnownNames) -> Segment:
    recipe = known.recipes.get(segment.recipe or "")
    if recipe is None:
        sentence = unknown("recipe", segment.recipe or "", known.recipes)
        raise Misconfigured([Mistake(f"{path}.recipe", sentence)])
    titled = replace(segment, title=segment.title or recipe.title, ready=recipe)
    parameters = dict(segment.table)
    if segment.for_each is not None:
        _check_for_each(segment, path)
        value = _SAMPLES.get(segment.for_each, "sample")
        parameters |= _parameter_for(segment, recipe, value, path)
    try:
        rule = _read_rule(recipe.expand(parameters), path)
    except Misconfigured as error:
        raise Misconfigured([_below(path, each) for each in error.mistakes]) from None
    return titled if segment.for_each is not None else replace(titled, rule=rule)


def _below(path: str, mistake: Mistake) -> Mistake:
    """A mistake in a recipe's parameters, at its place in the config."""
    if mistake.path.startswith(path):
        return mistake
    return Mistake(f"{path}.{mistake.path}" if mistake.path else path, mistake.message)


def _check_for_each(segment: Segment, path: str) -> None:
    each = segment.for_each or ""
    if each in FOR_EACH or field_values(each) is not None:
        return
    listed = [*FOR_EACH, *(name for name in FIELDS if field_values(name)), f"{CUSTOM}<name>"]
    message = unknown_of_kind("field", each, listed)
    if each in FIELDS:
        message = f"{each} has no list of values; name another field, or compare it in rules"
    raise Misconfigured([Mistake(f"{path}.for_each", message)])


def _parameter_for(segment: Segment, recipe: Recipe, value: str, path: str) -> dict[str, Any]:
    """The recipe's parameter for the value of `for_each`, by its name."""
    name = recipe.supplied_by(segment.for_each or "")
    if name is None:
        message = f"the recipe {recipe.name} has no parameter for it; leave for_each out"
        raise Misconfigured([Mistake(f"{path}.for_each", message)])
    return {name: int(value) if segment.for_each in _WHOLE_NUMBERS else value}


def _rule_for(segment: Segment, value: str) -> Rule:
    path = dotted("segments", [segment.name])
    recipe = segment.ready
    if recipe is None:
        return _read_rule(_filled(segment.table, value), path)
    parameters = {**segment.table, **_parameter_for(segment, recipe, value, path)}
    return _read_rule(recipe.expand(parameters), path)


def _filled(table: Any, value: str) -> Any:
    match table:
        case str():
            return value if table == EACH_VALUE else table
        case Mapping():
            return {key: _filled(each, value) for key, each in table.items()}
        case list() | tuple():
            return [_filled(each, value) for each in table]
    return table


def _texts(table: Any) -> Iterator[str]:
    match table:
        case str():
            yield table
        case Mapping():
            for key, value in table.items():
                yield from (str(key), *_texts(value))
        case list() | tuple():
            for each in table:
                yield from _texts(each)


def _read_rule(table: Mapping[str, Any], path: str) -> Rule:
    if any(_UNSTORABLE.search(text) for text in _texts(table)):
        message = "holds characters that no text in the store can hold; remove them"
        raise Misconfigured([Mistake(path, message)])
    kinds = [word for word in KINDS if word in table]
    if len(kinds) != 1:
        raise Misconfigured(list(_not_one_kind(table, path, kinds)))
    try:
        rule = KINDS[kinds[0]].model_validate(table)
    except ValidationError as error:
        raise Misconfigured(mistakes(error, KINDS[kinds[0]], table, path)) from None
    except RecursionError:
        raise Misconfigured([Mistake(path, _TOO_DEEP)]) from None
    if rules.depth(rule) > rules.DEEPEST:
        raise Misconfigured([Mistake(path, _TOO_DEEP)])
    if rules.size(rule) > rules.MOST:
        message = f"has more than {rules.MOST} rules; split it into several segments"
        raise Misconfigured([Mistake(path, message)])
    return rule


def _not_one_kind(table: Mapping[str, Any], path: str, kinds: list[str]) -> Iterator[Mistake]:
    if kinds:
        both = " and ".join(kinds)
        yield Mistake(path, f"names {both}; put them into all = [ … ] or any = [ … ]")
    elif not table:
        yield Mistake(path, "is empty; write a rule, all, any, not or a recipe")
    else:
        for key in table:
            yield Mistake(f"{path}.{key}", unknown("rule", key, [*KINDS, "recipe"]))


def _referenced(rule: Rule, named: Mapping[str, Rule], seen: set[str]) -> Iterator[str]:
    """The rules of all segments that a rule refers to, as text."""
    if isinstance(rule, rules.SegmentRule):
        if rule.segment not in seen and rule.segment in named:
            yield repr(named[rule.segment])
            yield from _referenced(named[rule.segment], named, seen | {rule.segment})
        return
    for part in rules.parts(rule):
        yield from _referenced(part, named, seen)
