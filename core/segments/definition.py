"""What the config says of a segment, read and checked; `for_each` waits for its values."""

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
from core.mistakes import dotted, mistakes
from core.segments import rules
from core.segments.compile.compiler import needs
from core.segments.compile.profile_fields import FIELDS
from core.segments.recipes import catalogue
from core.segments.recipes.recipe import Recipe
from core.segments.rules import KINDS, Rule
from core.segments.rules.values import read_share
from core.words import unknown

_UNKEPT = re.compile("[\x00\ud800-\udfff]")
VALUE = "{value}"
"""Stands in a rule for the value of a `for_each` segment."""
LISTED = ("category", "brand", "store", "topic", "decade", "birth_month")
"""What `for_each` may name beside profile fields."""
HOLDOUT_SCALE = 1_000_000


class About(BaseModel):
    """What a segment may say beside its rules."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    title: str | dict[str, str] = ""
    """What people call it; one text, or one per language."""
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
    """One segment, or the pattern of a whole family where `for_each` is set."""

    name: str
    rule: Rule | None
    """None where it waits for the values of `for_each`."""
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
    """The recipe itself, which may be the user's own."""
    table: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the recipe, or the rule as it was written."""

    def definition(self, named: Mapping[str, Rule]) -> str:
        """A hash of what it means, other segments that it asks for included."""
        texts = (
            [] if self.rule is None else [repr(self.rule), *_asked(self.rule, named, {self.name})]
        )
        return hashlib.sha256(orjson.dumps(texts)).hexdigest()

    def needs(self, named: Mapping[str, Rule]) -> frozenset[str]:
        """The nouns that it rests on."""
        return frozenset() if self.rule is None else needs(self.rule, named)

    def of(self, value: str) -> "Segment":
        """The member of the family for one value."""
        rule = _rule_of(self, value)
        titles = {
            language: f"{text}: {value}"
            for language, text in (self.title or {"": self.name}).items()
        }
        return replace(
            self, name=f"{self.name}:{value}", rule=rule, title=titles,
            family=self.name, value=value, for_each=None,
        )  # fmt: skip

    def sample(self) -> "Segment":
        """A member of the family for a value that stands for all."""
        return self.of(_SAMPLES.get(self.for_each or "", "sample"))


@dataclass(frozen=True)
class KnownNames:
    """Names that rules may use."""

    connections: frozenset[str] = frozenset()
    recipes: Mapping[str, Recipe] = field(default_factory=catalogue)
    nouns: frozenset[str] = frozenset()
    """What the connections deliver."""
    custom_fields: Mapping[str, Form] = field(default_factory=dict)
    """Custom fields that connections say they deliver, and what these hold."""
    every_field: bool = False
    """Whether there are no others."""


def read_each(tables: Mapping[str, Any], known: KnownNames) -> tuple[list[Segment], list[Mistake]]:
    """The segments of a config, each read by itself, and what is wrong with them."""
    segments: list[Segment] = []
    wrong: list[Mistake] = []
    for name, table in tables.items():
        try:
            if _UNKEPT.search(name):
                raise Misconfigured([Mistake("segments", f"{name!r} is no name for a segment")])
            segments.append(_segment(name, table, known))
        except Misconfigured as error:
            wrong += error.mistakes
    return segments, wrong


def _segment(name: str, table: Mapping[str, Any], known: KnownNames) -> Segment:
    path = dotted("segments", [name])
    about_keys = About.model_fields.keys()
    given = {key: value for key, value in table.items() if key in about_keys}
    rest = {key: value for key, value in table.items() if key not in about_keys}
    if "recipe" in given and isinstance(given["recipe"], str):
        recipe = known.recipes.get(given["recipe"])
        # A recipe may have a parameter that is called like something a segment says of itself.
        rest |= {k: v for k, v in given.items() if recipe and k in recipe.parameters}
    try:
        about = About.model_validate(given)
        holdout = read_share(about.holdout or "0%")
    except ValidationError as error:
        raise Misconfigured(mistakes(error, About, given, path)) from None
    except ValueError as error:
        raise Misconfigured([Mistake(f"{path}.holdout", str(error))]) from None
    titles = {"": about.title} if isinstance(about.title, str) and about.title else about.title
    segment = Segment(
        name=name, rule=None, note=about.note, owner=about.owner, review_by=about.review_by,
        priority=about.priority, exclusive_with=about.exclusive_with, for_each=about.for_each,
        holdout=int(holdout.value * HOLDOUT_SCALE), recipe=about.recipe, table=rest,
        title=titles if isinstance(titles, dict) else {},
    )  # fmt: skip
    if about.recipe is not None:
        return _from_recipe(segment, path, known)
    if about.for_each is not None:
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
        parameters |= _supplied(segment, recipe, _SAMPLES.get(segment.for_each, "sample"), path)
    try:
        rule = _read_rule(recipe.expand(parameters), path)
    except Misconfigured as error:
        raise Misconfigured(
            [
                m
                if m.path.startswith(path)
                else Mistake(f"{path}.{m.path}" if m.path else path, m.message)
                for m in error.mistakes
            ]
        ) from None
    return titled if segment.for_each is not None else replace(titled, rule=rule)


_SAMPLES = {"decade": "20", "birth_month": "1", "gender": "female"}


def _check_for_each(segment: Segment, path: str) -> None:
    each = segment.for_each or ""
    if each not in LISTED and each not in FIELDS and not each.startswith("custom."):
        known = [*LISTED, *FIELDS, "custom.<name>"]
        raise Misconfigured([Mistake(f"{path}.for_each", unknown("field", each, known))])


def _supplied(segment: Segment, recipe: Recipe, value: str, path: str) -> dict[str, Any]:
    """The recipe's parameter that a value of `for_each` fills."""
    name = recipe.supplied_by(segment.for_each or "")
    if name is None:
        message = f"the recipe {recipe.name} has no parameter that it could fill"
        raise Misconfigured([Mistake(f"{path}.for_each", message)])
    return {name: int(value) if segment.for_each in _NUMBERS else value}


_NUMBERS = frozenset({"birth_month", "decade"})


def _rule_of(segment: Segment, value: str) -> Rule:
    path = dotted("segments", [segment.name])
    if segment.recipe is None:
        return _read_rule(_filled(segment.table, value), path)
    recipe = segment.ready or catalogue()[segment.recipe]
    return _read_rule(
        recipe.expand({**segment.table, **_supplied(segment, recipe, value, path)}), path
    )


def _filled(table: Any, value: str) -> Any:
    match table:
        case str():
            return value if table == VALUE else table
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
    if any(_UNKEPT.search(text) for text in _texts(table)):
        raise Misconfigured([Mistake(path, "holds characters that no text in the store can hold")])
    named = [word for word in KINDS if word in table]
    if len(named) != 1:
        raise Misconfigured(list(_no_subject(table, path, named)))
    try:
        rule = KINDS[named[0]].model_validate(table)
    except ValidationError as error:
        raise Misconfigured(mistakes(error, KINDS[named[0]], table, path)) from None
    except RecursionError:
        raise Misconfigured([Mistake(path, _too_deep())]) from None
    if rules.depth(rule) > rules.DEEPEST:
        raise Misconfigured([Mistake(path, _too_deep())])
    if rules.size(rule) > rules.MOST:
        raise Misconfigured([Mistake(path, f"has more than {rules.MOST} rules")])
    return rule


def _too_deep() -> str:
    return f"groups stand more than {rules.DEEPEST} levels deep"


def _no_subject(table: Mapping[str, Any], path: str, named: list[str]) -> Iterator[Mistake]:
    if named:
        both = " and ".join(named)
        yield Mistake(path, f"names {both}; put them into all = [ … ] or any = [ … ]")
        return
    if not table:
        yield Mistake(path, "says nothing; write a rule, all, any, not or a recipe")
        return
    for key in table:
        yield Mistake(f"{path}.{key}", unknown("rule", key, [*KINDS, "recipe"]))


def _asked(rule: Rule, named: Mapping[str, Rule], seen: set[str]) -> Iterator[str]:
    if isinstance(rule, rules.SegmentRule):
        if rule.segment not in seen and rule.segment in named:
            yield repr(named[rule.segment])
            yield from _asked(named[rule.segment], named, seen | {rule.segment})
        return
    for part in rules.parts(rule):
        yield from _asked(part, named, seen)
