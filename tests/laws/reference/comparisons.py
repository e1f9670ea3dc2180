"""Comparisons of texts and of exact numbers."""

import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from tests.laws.reference.truth import Truth, every, negated, some

NUMERIC = ("is", "is_not", "in", "not_in", "at_least", "over", "at_most", "under", "between")
TEXTUAL = ("is", "is_not", "in", "not_in", "contains", "starts_with")

Threshold = Callable[[Any], Fraction | None]
"""Value of a written threshold; None where a population figure is unknown."""


def folded(value: object) -> str:
    """As people may type it: composed, without case, single blanks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(value)).casefold())
    return " ".join(text.split())


def spelt_out(condition: object) -> Mapping[str, Any]:
    """A scalar is equal, a list is any of."""
    if isinstance(condition, Mapping):
        return condition
    return {"in": condition} if isinstance(condition, list | tuple) else {"is": condition}


def text_truth(
    names: Collection[str] | None,
    condition: Mapping[str, Any],
    key: Callable[[object], str] = folded,
) -> Truth:
    """Several comparisons all hold; `names` are the texts that it goes by, None is no value."""
    found: list[Truth] = []
    for word in TEXTUAL:
        if word not in condition:
            continue
        if names is None:
            found.append(None)
            continue
        wanted = condition[word]
        match word:
            case "is" | "is_not":
                truth = key(wanted) in names
            case "in" | "not_in":
                truth = bool({key(each) for each in wanted} & set(names))
            case "contains":
                truth = any(key(wanted) in name for name in names)
            case _:
                truth = any(name.startswith(key(wanted)) for name in names)
        found.append(not truth if word in {"is_not", "not_in"} else truth)
    if "known" in condition:
        found.append((names is not None) == condition["known"])
    return every(found)


def code_truth(names: Collection[str] | None, condition: Mapping[str, Any]) -> Truth:
    """An id is compared as it is written, by its parts without case."""
    parts = {word: condition[word] for word in ("contains", "starts_with") if word in condition}
    whole = {word: condition[word] for word in condition if word not in parts}
    loose = None if names is None else {folded(name) for name in names}
    return every(
        (text_truth(names, whole, lambda word: str(word).strip()), text_truth(loose, parts))
    )


def number_truth(
    value: Fraction | None, condition: Mapping[str, Any], threshold: Threshold
) -> Truth:
    """Several comparisons all hold; `known` is never unknown."""

    def against(written: Any, holds: Callable[[Fraction, Fraction], bool]) -> Truth:
        limit = threshold(written)
        return None if value is None or limit is None else holds(value, limit)

    found = [
        against(condition[word], operator.ge if is_top(condition[word]) else holds)
        for word, holds in _HOLDS.items()
        if word in condition
    ]
    for word in ("in", "not_in"):
        if word in condition:
            among = some(against(each, operator.eq) for each in condition[word])
            found.append(negated(among) if word == "not_in" else among)
    if "between" in condition:
        low, high = condition["between"]
        found += [against(low, operator.ge), against(high, operator.le)]
    if "known" in condition:
        found.append((value is not None) == condition["known"])
    return every(found)


_HOLDS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "at_least": operator.ge,
    # Whoever ties with the last of the top is in it, over or not.
    "over": operator.gt,
    "at_most": operator.le,
    "under": operator.lt,
}


def is_top(written: Any) -> bool:
    """Whether a threshold is who has most."""
    if isinstance(written, Mapping):
        return "top" in written
    return isinstance(written, str) and written.startswith("top ")


def is_relative(written: Any) -> bool:
    """Whether a threshold is a figure of the population."""
    if isinstance(written, Mapping):
        return True
    return isinstance(written, str) and ("% of " in written or written.startswith("top "))


def plain(written: Any) -> Fraction:
    """A number, a share or a date as an exact number."""
    if isinstance(written, date):
        return Fraction(written.toordinal())
    if isinstance(written, str):
        if written.endswith("%"):
            return Fraction(written.removesuffix("%").strip()) / 100
        if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            return Fraction(date.fromisoformat(written).toordinal())
        return Fraction(written)
    return Fraction(repr(written)) if isinstance(written, float) else Fraction(written)


def of_population(written: Any, population: Collection[Fraction]) -> Fraction | None:
    """A population figure; None where the population is nobody."""
    ordered = sorted(population, reverse=True)
    if not ordered:
        return None
    if is_top(written):
        words = written["top"] if isinstance(written, Mapping) else written.removeprefix("top ")
        number = plain(words) * len(ordered)
        return ordered[max(-(-number.numerator // number.denominator), 1) - 1]
    if isinstance(written, str):
        percent, of = written.split(" of ")
        return plain(percent) * _middle(ordered, of)
    return (1 + plain(written["above"])) * _middle(ordered, written["of"])


def _middle(ordered: list[Fraction], of: str) -> Fraction:
    if of == "average":
        return sum(ordered, Fraction()) / len(ordered)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
