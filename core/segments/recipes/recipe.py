"""A ready segment with parameters: what its file says, and the rules that it becomes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.errors import Misconfigured, Mistake
from core.mistakes import shown
from core.segments.recipes.body import Body, filled
from core.segments.recipes.parameters import Parameter
from core.words import unknown

BAND: Final = "band"
"""Every recipe takes `band = true`: its variations are made disjoint."""
_BAND = Parameter(type="flag", default=False)
_OF_THE_SEGMENT = frozenset({"title", "note"})


class Variation(BaseModel):
    """One way to set a recipe, as the paper words it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    da: str | None = None
    """Word for word as in the paper."""
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """Parameters as they were read: every one that has a value, and which of them were written."""

    values: Mapping[str, object]
    written: frozenset[str]


class Recipe(BaseModel):
    """One recipe file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str
    title: Mapping[str, str] = Field(min_length=1)
    """Language -> title."""
    number: int | None = None
    """The paper's."""
    needs: tuple[str, ...]
    """Nouns that it rests on."""
    data: Mapping[str, str] = {}
    """Language -> the data it needs, in the paper's words."""
    parameters: Mapping[str, Parameter]
    alternatives: tuple[tuple[str, ...], ...] = ()
    """Groups of parameters; naming one of a group selects it, none named: the first."""
    either: bool = False
    """None named: all alternatives together."""
    ladders: tuple[tuple[int, ...], ...] = ()
    """Numbers of variations from widest to narrowest; in a band each leaves out those after it."""
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
    def required(self) -> tuple[str, ...]:
        """The parameters that must be written."""
        return tuple(name for name, each in self.parameters.items() if each.required)

    def supplied_by(self, attribute: str) -> str | None:
        """The parameter that `for_each = attribute` supplies; None where there is none."""
        return self._spellings.get(attribute)

    def expand(self, given: Mapping[str, object]) -> dict[str, object]:
        """The rules for these parameters; raises Misconfigured with every mistake at once."""
        reading = self._read(given)
        body = self._body(reading.values)
        idle = list(self._idle(reading, body))
        if idle:
            raise Misconfigured(idle)
        rule = self._fill(body, reading.values)
        if reading.values.get(BAND):
            return self._without(rule, self._narrower(reading.values))
        return rule

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        also = {each.also: name for name, each in self.parameters.items() if each.also}
        return {**also, **{name: name for name in self.parameters}, BAND: BAND}

    def _read(self, given: Mapping[str, object]) -> Reading:
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
            said = " or ".join(f'"{name}"' for name in named)
            mistakes.append(Mistake(named[1], f"write {said}, one of them only"))
        else:
            unused = self._unused(chosen)
            values |= self._defaults(values, unused)
            mistakes += self._missing(values, unused)
        if mistakes:
            raise Misconfigured(mistakes)
        return Reading(values, written)

    def _unused(self, chosen: Sequence[tuple[str, ...]]) -> frozenset[str]:
        """Parameters of the alternatives that were not selected."""
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

    def _idle(self, reading: Reading, body: Body) -> Iterator[Mistake]:
        """What was written and changes nothing, which its writer did not mean."""
        for name in sorted(reading.written - {BAND}):
            parameter, value = self.parameters[name], reading.values[name]
            if parameter.partner and parameter.partner not in reading.values:
                yield Mistake(name, f'says nothing without "{parameter.partner}"')
            elif name not in body.names and value != parameter.default:
                where = _written(body.when) or "it stands"
                yield Mistake(name, f"says nothing where {where}")

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
        rule = filled(body.rule, words)
        if rule is None:
            raise Misconfigured([Mistake("", f"no rule of the recipe {self.name} is left")])
        return rule

    def _narrower(self, values: Mapping[str, object]) -> list[dict[str, object]]:
        """What a band leaves out: the variations that are narrower than the one it is."""
        rules: list[dict[str, object]] = []
        is_one = not self.ladders
        for ladder in self.ladders:
            place = next((n for n, each in enumerate(ladder) if self._is(each, values)), None)
            if place is None:
                continue
            is_one = True
            own = {name for each in ladder for name in self.variations[each - 1].parameters}
            own |= {name for group in self.alternatives for name in group}
            kept = {name: value for name, value in values.items() if name not in own}
            for number in ladder[place + 1 :]:
                narrower = {**self._variation(number, values), **kept}
                rules.append(self._fill(self._body(narrower), narrower))
        if not is_one:
            known = "; ".join(_written(each.parameters) for each in self.variations)
            raise Misconfigured(
                [Mistake(BAND, f"only the recipe's own variations can be kept apart: {known}")]
            )
        return rules

    def _is(self, number: int, values: Mapping[str, object]) -> bool:
        compared = set(self.variations[number - 1].parameters)
        compared |= {name for group in self.alternatives for name in group}
        wanted = self._variation(number, values)
        return all(wanted.get(name) == values.get(name) for name in compared)

    def _variation(self, number: int, values: Mapping[str, object]) -> Mapping[str, object]:
        """The values of a variation, those that it leaves open taken from `values`."""
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
