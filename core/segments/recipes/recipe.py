"""A recipe: a ready segment with parameters, as its file declares it."""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.errors import Misconfigured, Mistake
from core.mistakes import shown, unknown
from core.segments.recipes.body import Body, fill
from core.segments.recipes.parameters import Parameter

BAND: Final = "band"
"""Parameter of every recipe: `band = true` makes its variations disjoint."""
_BAND = Parameter(type="flag", default=False)
_OF_THE_SEGMENT = frozenset({"title", "note"})


class Variation(BaseModel):
    """One usual setting of a recipe, in words and parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    da: str | None = None
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Arguments:
    """The values of all parameters that have one, and which of them were written."""

    values: Mapping[str, object]
    written: frozenset[str]


class Recipe(BaseModel):
    """One recipe file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str
    title: Mapping[str, str] = Field(min_length=1)
    """Language -> title."""
    number: int | None = None
    """Position among the twenty ready segments."""
    needs: tuple[str, ...]
    """Nouns that its rules count."""
    data: Mapping[str, str] = {}
    """Language -> the data that it needs."""
    parameters: Mapping[str, Parameter]
    alternatives: tuple[tuple[str, ...], ...] = ()
    """Groups of parameters that exclude each other; without a named one the first applies."""
    either: bool = False
    """Whether all groups apply where no parameter of any is named."""
    ladders: tuple[tuple[int, ...], ...] = ()
    """Numbers of variations, widest first; a band excludes the variations after its own."""
    bodies: tuple[Body, ...] = Field(alias="body", min_length=1)
    variations: tuple[Variation, ...] = Field(default=(), alias="variation")

    @model_validator(mode="after")
    def _names_only_what_it_declares(self) -> Self:
        named = {name for body in self.bodies for name in body.names}
        named |= {name for group in self.alternatives for name in group}
        named |= {each.partner for each in self.parameters.values() if each.partner}
        named |= {name for each in self.variations for name in each.parameters}
        for name in sorted(named - self.parameters.keys()):
            raise ValueError(unknown("parameter", name, self.parameters))
        for number in (number for ladder in self.ladders for number in ladder):
            if not 1 <= number <= len(self.variations):
                raise ValueError(f"ladders: there is no variation {number}")
        return self

    @property
    def place(self) -> tuple[int, str]:
        """Its place in a list: the twenty first, in their order."""
        return (sys.maxsize if self.number is None else self.number, self.name)

    @property
    def required(self) -> tuple[str, ...]:
        """The parameters that must be given."""
        return tuple(name for name, each in self.parameters.items() if each.required)

    def supplied_by(self, attribute: str) -> str | None:
        """The parameter that `for_each = attribute` supplies, if any."""
        return self._spellings.get(attribute)

    def expand(self, given: Mapping[str, object]) -> dict[str, object]:
        """The rules for these parameters; raises Misconfigured with every mistake at once."""
        arguments = self._read(given)
        body = self._body(arguments.values)
        ineffective = list(self._ineffective(arguments, body))
        if ineffective:
            raise Misconfigured(ineffective)
        rule = self._fill(body, arguments.values)
        if arguments.values.get(BAND):
            return self._without(rule, self._narrower(arguments.values))
        return rule

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        also = {each.also: name for name, each in self.parameters.items() if each.also}
        return {**also, **{name: name for name in self.parameters}, BAND: BAND}

    def _read(self, given: Mapping[str, object]) -> Arguments:
        mistakes: list[Mistake] = []
        values: dict[str, object] = {}
        for key, value in given.items():
            name = self._spellings.get(key)
            if key in _OF_THE_SEGMENT:
                continue
            if name is None:
                mistakes.append(Mistake(key, unknown("parameter", key, self._spellings)))
                continue
            try:
                values[name] = self.parameters.get(name, _BAND).read(value)
            except ValueError as error:
                values[name] = value
                mistakes.append(Mistake(key, str(error)))
        written = frozenset(values)
        chosen = [group for group in self.alternatives if written & set(group)]
        if len(chosen) > 1:
            named = [next(name for name in group if name in written) for group in chosen]
            choices = " or ".join(f'"{name}"' for name in named)
            mistakes.append(Mistake(named[1], f"write {choices}, one of them only"))
        else:
            unused = self._unused(chosen)
            values |= self._defaults(values, unused)
            mistakes += self._missing(values, unused)
        if mistakes:
            raise Misconfigured(mistakes)
        return Arguments(values, written)

    def _unused(self, chosen: Sequence[tuple[str, ...]]) -> frozenset[str]:
        """Parameters of the groups that were not selected."""
        selected = chosen or (self.alternatives if self.either else self.alternatives[:1])
        return frozenset(
            name for group in self.alternatives if group not in selected for name in group
        )

    def _defaults(self, values: Mapping[str, object], unused: Collection[str]) -> dict[str, object]:
        return {
            name: each.read(each.default)
            for name, each in self.parameters.items()
            if name not in values and name not in unused and each.default is not None
        }

    def _missing(self, values: Mapping[str, object], unused: Collection[str]) -> Iterator[Mistake]:
        for name, each in self.parameters.items():
            if each.required and name not in values and name not in unused:
                yield Mistake(name, f"is missing; as in {name} = {_example(each.example)}")

    def _ineffective(self, arguments: Arguments, body: Body) -> Iterator[Mistake]:
        """Parameters that were written and change nothing, which is a mistake."""
        for name in sorted(arguments.written - {BAND}):
            parameter, value = self.parameters[name], arguments.values[name]
            if parameter.partner and parameter.partner not in arguments.values:
                yield Mistake(name, f'has no effect without "{parameter.partner}"')
            elif name not in body.names and value != parameter.default:
                where = f" where {_written(body.when)}" if body.when else ""
                yield Mistake(name, f"has no effect{where}; leave it out")

    def _body(self, values: Mapping[str, object]) -> Body:
        fitting = [body for body in self.bodies if body.fits(values)]
        if len(fitting) != 1:
            count = "no body" if not fitting else f"{len(fitting)} bodies"
            raise Misconfigured(
                [Mistake("", f"{count} of the recipe {self.name} fit; exactly one must")]
            )
        return fitting[0]

    def _fill(self, body: Body, values: Mapping[str, object]) -> dict[str, object]:
        words = {
            name: self.parameters[name].word(value)
            for name, value in values.items()
            if name != BAND
        }
        rule = fill(body.rule, words)
        if rule is None:
            raise Misconfigured([Mistake("", f"no rule of the recipe {self.name} is left")])
        return rule

    def _narrower(self, values: Mapping[str, object]) -> list[dict[str, object]]:
        """The rules that a band excludes: those of the variations narrower than its own."""
        rules: list[dict[str, object]] = []
        is_variation = not self.ladders
        for ladder in self.ladders:
            place = next((n for n, each in enumerate(ladder) if self._matches(each, values)), None)
            if place is None:
                continue
            is_variation = True
            own = {name for each in ladder for name in self.variations[each - 1].parameters}
            own |= {name for group in self.alternatives for name in group}
            others = {name: value for name, value in values.items() if name not in own}
            for number in ladder[place + 1 :]:
                narrower = {**self._variation(number, values), **others}
                rules.append(self._fill(self._body(narrower), narrower))
        if not is_variation:
            variations = "; ".join(_written(each.parameters) for each in self.variations)
            raise Misconfigured(
                [Mistake(BAND, f"only the recipe's own variations have bands: {variations}")]
            )
        return rules

    def _matches(self, number: int, values: Mapping[str, object]) -> bool:
        compared = set(self.variations[number - 1].parameters)
        compared |= {name for group in self.alternatives for name in group}
        wanted = self._variation(number, values)
        return all(wanted.get(name) == values.get(name) for name in compared)

    def _variation(self, number: int, values: Mapping[str, object]) -> Mapping[str, object]:
        """The arguments of a variation; required ones that it does not set come from `values`."""
        needed = {name: value for name, value in values.items() if name in self.required}
        return self._read({**needed, **self.variations[number - 1].parameters}).values

    def _without(
        self, rule: dict[str, object], narrower: Sequence[Mapping[str, object]]
    ) -> dict[str, object]:
        return {"all": [rule, *({"not": each} for each in narrower)]} if narrower else rule


def _written(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {_example(value)}" for name, value in settings.items())


def _example(value: object) -> str:
    return str(list(value)) if isinstance(value, list | tuple) else shown(value)
