"""The body of a recipe: a rule in which a value may be the name of a parameter.

`"$orders"` (absent: the rule is left out, and a group left empty with it) or `"$channel?"`
(absent: only that key is left out, and a table left empty with it). `"$age.from"` and
`"$age.to"` are the ends of a pair. There are no expressions.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

_GROUPS = frozenset({"all", "any"})
_NAMED = re.compile(r"\$([a-z_]+)(?:\.(from|to))?(\?)?")
_ENDS = {"from": 0, "to": 1}


class Body(BaseModel):
    """One rule of a recipe, and the arguments for which it applies."""

    model_config = ConfigDict(frozen=True, extra="allow")

    when: Mapping[str, Any] = {}
    """The value of each parameter, or `"given"` or `"absent"`."""

    @model_validator(mode="after")
    def _has_a_rule(self) -> Self:
        _check(self.rule)
        return self

    @property
    def rule(self) -> Mapping[str, object]:
        """The rule, with names of parameters in it."""
        return self.model_extra or {}

    @cached_property
    def names(self) -> frozenset[str]:
        """The parameters that the rule or its `when` names."""
        return frozenset(self.when) | frozenset(_names(self.rule))

    def fits(self, values: Mapping[str, object]) -> bool:
        """Whether the body applies to these arguments."""
        return all(
            name not in values
            if wanted == "absent"
            else name in values and wanted in ("given", values[name])
            for name, wanted in self.when.items()
        )


def _check(rule: object) -> None:
    match rule:
        case {"all": [*parts]} | {"any": [*parts]}:
            for part in parts:
                _check(part)
        case {"all": _} | {"any": _}:
            raise ValueError("all and any take a list of rules")
        case {"not": inner}:
            _check(inner)
        case Mapping() if rule:
            return
        case _:
            raise ValueError("holds no rule; a rule is a table")


class _LeftOut(Exception):
    """A parameter that a rule needs is absent."""


def fill(rule: Mapping[str, object], words: Mapping[str, object]) -> dict[str, object] | None:
    """A rule with values in place of names; None where all of it is left out."""
    for group in _GROUPS & rule.keys():
        parts = [fill(part, words) for part in rule[group]]  # type: ignore[attr-defined]  # groups are lists
        present = [part for part in parts if part is not None]
        # A group of one rule is that rule.
        return None if not present else present[0] if len(present) == 1 else {group: present}
    if "not" in rule:
        inner = fill(rule["not"], words)  # type: ignore[arg-type]  # `not` holds a rule
        return None if inner is None else {"not": inner}
    try:
        return _table(rule, words)
    except _LeftOut:
        return None


def _table(table: Mapping[str, object], words: Mapping[str, object]) -> dict[str, object]:
    filled: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner = _table(value, words)
            if inner or not value:
                filled[key] = inner
        elif not _is_absent(value, words):
            filled[key] = _value(value, words)
    return filled


def _is_absent(value: object, words: Mapping[str, object]) -> bool:
    match = _NAMED.fullmatch(value) if isinstance(value, str) else None
    return match is not None and match[3] is not None and match[1] not in words


def _value(value: object, words: Mapping[str, object]) -> object:
    if isinstance(value, list):
        return [_value(each, words) for each in value]
    match = _NAMED.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    if match[1] not in words:
        raise _LeftOut
    word = words[match[1]]
    return word[_ENDS[match[2]]] if match[2] and isinstance(word, list) else word


def _names(value: object) -> Iterator[str]:
    """Every parameter named anywhere in a rule."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)
    elif isinstance(value, str) and (match := _NAMED.fullmatch(value)):
        yield match[1]
