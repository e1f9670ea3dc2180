"""Whether comparisons leave any number, word or day over; the reason where they do not."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from core.segments.rules.values import Day, Number, Relative, Share, Threshold, Top

_LOWER = ("at_least", "over")
_UPPER = ("at_most", "under")
_STRICT = frozenset({"over", "under"})
_NUMERIC = ("at_least", "over", "at_most", "under", "between")

Comparisons = Mapping[str, Any]
"""Comparison -> threshold or word, a pair of them for `between`, or several."""


@dataclass(frozen=True)
class Range:
    """The numbers that are possible at all."""

    least: int | None = None
    most: int | None = None
    whole: bool = False
    """Whether only whole numbers are."""
    name: str = "a number"
    """The word for such a number in a sentence."""


@dataclass(frozen=True)
class _Bound:
    value: Fraction
    strict: bool
    text: str
    """As the config has it, for a sentence."""


def no_number(comparisons: Comparisons, possible: Range) -> str | None:
    """Why no number meets all comparisons; None where some does."""
    lower: dict[str, list[_Bound]] = {}
    upper: dict[str, list[_Bound]] = {}
    for is_lower, unit, bound in _bounds(comparisons):
        (lower if is_lower else upper).setdefault(unit, []).append(bound)
    for unit in lower.keys() | upper.keys():
        lows, highs = lower.setdefault(unit, []), upper.setdefault(unit, [])
        _add_possible(lows, highs, unit, possible)
        if reason := _exclusion(lows, highs, whole=possible.whole and unit == "number"):
            return reason
    return None


def no_text(stated: Iterable[Comparisons], key: Callable[[str], Hashable]) -> str | None:
    """Why no text meets all comparisons of one rule or of several; None where some does.

    `key` normalizes a word as the store does. Where a key is no text, because a number is spelt
    in many ways, `contains` and `starts_with` exclude nothing.
    """
    pairs = [(name, value) for each in stated for name, value in each.items() if value is not None]
    if ("known", False) in pairs:
        others = (name for name, value in pairs if (name, value) != ("known", False))
        if (other := next(others, None)) is not None:
            return f"`known = false` and `{other.rstrip('_')}` exclude each other"
    words = [(name, {key(str(each)) for each in several(value)}) for name, value in pairs]
    chosen = [each for name, each in words if name in {"is_", "in_"}]
    if not chosen:
        return None
    left = set.intersection(*chosen)
    for name, each in words:
        if name in {"is_not", "not_in"}:
            left -= each
        elif name in {"contains", "starts_with"}:
            left = {word for word in left if all(_has_part(name, word, part) for part in each)}
    return None if left else "no word meets all of its comparisons"


def _has_part(name: str, word: Hashable, part: Hashable) -> bool:
    if not isinstance(word, str) or not isinstance(part, str):
        return True
    return part in word if name == "contains" else word.startswith(part)


def no_day(within: Any, before: Any, days: Iterable[date]) -> bool:
    """Whether a window that begins `within` ago and ends `before` ago is empty on every day."""
    return all(within.before(day) >= before.before(day) for day in days)


def several(value: Any) -> tuple[Any, ...]:
    """The words or thresholds of a comparison, also where it names only one."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def intersection(stated: Iterable[Comparisons]) -> dict[str, Any]:
    """Comparisons of several rules about the same number as those of one: the narrowest of each."""
    narrowest: dict[str, Any] = {}
    for comparisons in stated:
        for name, value in comparisons.items():
            if name not in _NUMERIC or value is None:
                continue
            if name == "between":
                for side, one in zip(("at_least", "at_most"), value, strict=True):
                    _narrow(narrowest, side, one)
            else:
                _narrow(narrowest, name, value)
    return narrowest


def _narrow(narrowest: dict[str, Any], name: str, value: Threshold) -> None:
    present = narrowest.get(name)
    if present is None or _unit(present) != _unit(value):
        narrowest.setdefault(name, value)
        return
    pick = max if name in _LOWER else min
    narrowest[name] = pick(present, value, key=_number)


def _bounds(comparisons: Comparisons) -> Iterator[tuple[bool, str, _Bound]]:
    """Every bound: whether it is a lower one, its unit, and the bound."""
    for name, value in comparisons.items():
        for is_lower, threshold, word in _sides(name, value):
            if (placed := _placed(threshold)) is not None:
                unit, number = placed
                text = f"`{word} {_spelt(threshold)}`"
                yield is_lower, unit, _Bound(number, name in _STRICT, text)


def _sides(name: str, value: Any) -> Iterator[tuple[bool, Threshold, str]]:
    """Every threshold of a comparison: whether it bounds from below, and the word for it."""
    if name in _LOWER:
        yield True, value, name
    elif name in _UPPER:
        yield False, value, name
    elif name == "between":
        yield True, value[0], "between, from"
        yield False, value[1], "between, to"
    elif name in {"is_", "in_"}:
        placed = [each for each in several(value) if _placed(each) is not None]
        if placed and len({_unit(each) for each in placed}) == 1:
            yield True, min(placed, key=_number), "is"
            yield False, max(placed, key=_number), "is"


def _placed(threshold: Threshold) -> tuple[str, Fraction] | None:
    """The unit of a threshold, within which two can be compared, and its place there."""
    match threshold:
        case Number(value):
            return "number", Fraction(value)
        case Share(value):
            return "share", Fraction(value)
        case Day(day):
            return "day", Fraction(day.toordinal())
        case Relative(share, of):
            return of, Fraction(share)
    return None


def _unit(threshold: Threshold) -> str:
    placed = _placed(threshold)
    return placed[0] if placed else ""


def _number(threshold: Threshold) -> Fraction:
    placed = _placed(threshold)
    return placed[1] if placed else Fraction(0)


def _spelt(threshold: Threshold) -> str:
    """A threshold as a config has it."""
    match threshold:
        case Number(value):
            return f"{value.normalize():f}"
        case Share(value):
            return f'"{value * 100:f}%"'
        case Day(day):
            return day.isoformat()
        case Relative(share, of):
            return f'"{share * 100:f}% of {of}"'
        case Top(share):
            return f'"top {share * 100:f}%"'


def _add_possible(lower: list[_Bound], upper: list[_Bound], unit: str, possible: Range) -> None:
    """Add the bounds that hold whatever the config says."""
    if unit == "share":
        possible = Range(0, 1, name="a share")
    elif unit != "number":
        return
    scale, sign = (100, "%") if unit == "share" else (1, "")
    for bounds, bound, word in (
        (lower, possible.least, "at least"),
        (upper, possible.most, "at most"),
    ):
        if bound is not None:
            text = f"{possible.name}, which is {word} {bound * scale}{sign},"
            bounds.append(_Bound(Fraction(bound), strict=False, text=text))


def _exclusion(lower: list[_Bound], upper: list[_Bound], *, whole: bool) -> str | None:
    if not lower or not upper:
        return None
    low = max(lower, key=lambda each: (each.value, each.strict))
    high = min(upper, key=lambda each: (each.value, not each.strict))
    first, last = low.value, high.value
    if whole:
        first, last = Fraction(_next(low)), Fraction(_previous(high))
    if first < last or (first == last and (whole or not (low.strict or high.strict))):
        return None
    if low.text == high.text:
        return f"{low.text} is no whole number, as a count must be"
    return f"{low.text} and {high.text} exclude each other"


def _next(low: _Bound) -> int:
    """The first whole number from a lower bound on."""
    least = -(-low.value.numerator // low.value.denominator)
    return least + 1 if low.strict and least == low.value else least


def _previous(high: _Bound) -> int:
    """The last whole number up to an upper bound."""
    most = high.value.numerator // high.value.denominator
    return most - 1 if high.strict and most == high.value else most
