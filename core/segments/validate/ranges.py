"""What comparisons leave room for: two that exclude each other leave none."""

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


@dataclass(frozen=True)
class Range:
    """The numbers that something can be at all."""

    least: int | None = None
    most: int | None = None
    whole: bool = False
    """Whether it is always a whole number."""
    name: str = "a number"
    """What it is, for a sentence."""


@dataclass(frozen=True)
class _Bound:
    value: Fraction
    strict: bool
    said: str
    """As it was written."""


def no_number(asked: Mapping[str, Any], natural: Range) -> str | None:
    """Why no number meets all comparisons; None where some does.

    `asked` is comparison -> threshold, or a pair or several of them.
    """
    lower: dict[str, list[_Bound]] = {}
    upper: dict[str, list[_Bound]] = {}
    for below, kind, bound in _bounds(asked):
        (lower if below else upper).setdefault(kind, []).append(bound)
    for kind in lower.keys() | upper.keys():
        if kind in {"number", "share"}:
            _add_natural(lower.setdefault(kind, []), upper.setdefault(kind, []), kind, natural)
        whole = natural.whole and kind == "number"
        if sentence := _exclude(lower.get(kind, []), upper.get(kind, []), whole=whole):
            return sentence
    return None


def no_text(every: Iterable[Mapping[str, Any]], key: Callable[[str], Hashable]) -> str | None:
    """Why no text meets all comparisons, of one rule or of several about it; None where some does.

    `every` are comparison -> word, or several of them; `key` writes a word as the store does.
    Of what it makes no text, because that is spelt in many ways, the parts say nothing.
    """
    asked = [(name, value) for each in every for name, value in each.items() if value is not None]
    if ("known", False) in asked:
        others = (name for name, value in asked if (name, value) != ("known", False))
        if (other := next(others, None)) is not None:
            return f"`known = false` and `{other.rstrip('_')}` exclude each other"
    words = [(name, {key(str(each)) for each in several(value)}) for name, value in asked]
    chosen = [each for name, each in words if name in {"is_", "in_"}]
    if not chosen:
        return None
    left = set.intersection(*chosen)
    for name, each in words:
        if name in {"is_not", "not_in"}:
            left -= each
        elif name in {"contains", "starts_with"}:
            left = {word for word in left if all(_has_part(name, word, piece) for piece in each)}
    return None if left else "no word meets all of its comparisons"


def _has_part(name: str, word: Hashable, piece: Hashable) -> bool:
    if not isinstance(word, str) or not isinstance(piece, str):
        return True
    return piece in word if name == "contains" else word.startswith(piece)


def several(value: Any) -> tuple[Any, ...]:
    """What a comparison names: one word or threshold, or several."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _bounds(asked: Mapping[str, Any]) -> Iterator[tuple[bool, str, _Bound]]:
    for name, value in asked.items():
        for below, one, word in _sides(name, value):
            if (placed := _placed(one)) is not None:
                kind, number = placed
                yield below, kind, _Bound(number, name in _STRICT, f"`{word} {written(one)}`")


def _sides(name: str, value: Any) -> Iterator[tuple[bool, Threshold, str]]:
    """Each threshold, and whether it bounds from below."""
    if name in _LOWER:
        yield True, value, name
    elif name in _UPPER:
        yield False, value, name
    elif name == "between":
        yield True, value[0], "between, from"
        yield False, value[1], "between, to"
    elif name in {"is_", "in_"}:
        every = [each for each in several(value) if _placed(each) is not None]
        if every and len({_kind(each) for each in every}) == 1:
            yield True, min(every, key=_number), "is"
            yield False, max(every, key=_number), "is"


def _placed(threshold: Threshold) -> tuple[str, Fraction] | None:
    """What it can be compared with, and its place there."""
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


def _kind(threshold: Threshold) -> str:
    placed = _placed(threshold)
    return placed[0] if placed else ""


def _number(threshold: Threshold) -> Fraction:
    placed = _placed(threshold)
    return placed[1] if placed else Fraction(0)


def written(threshold: Threshold) -> str:
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


def _add_natural(lower: list[_Bound], upper: list[_Bound], kind: str, natural: Range) -> None:
    if kind == "share":
        lower.append(_Bound(Fraction(0), strict=False, said="a share, which is at least 0%,"))
        upper.append(_Bound(Fraction(1), strict=False, said="a share, which is at most 100%,"))
        return
    if natural.least is not None:
        said = f"{natural.name}, which is at least {natural.least},"
        lower.append(_Bound(Fraction(natural.least), strict=False, said=said))
    if natural.most is not None:
        said = f"{natural.name}, which is at most {natural.most},"
        upper.append(_Bound(Fraction(natural.most), strict=False, said=said))


def _exclude(lower: list[_Bound], upper: list[_Bound], *, whole: bool) -> str | None:
    if not lower or not upper:
        return None
    low = max(lower, key=lambda each: (each.value, each.strict))
    high = min(upper, key=lambda each: (each.value, not each.strict))
    first = low.value
    last = high.value
    if whole:
        first = Fraction(_next(low))
        last = Fraction(_previous(high))
    if first < last or (first == last and (whole or not (low.strict or high.strict))):
        return None
    if low.said == high.said:
        return f"{low.said} is no whole number, and this is counted"
    return f"{low.said} and {high.said} exclude each other"


def _next(low: _Bound) -> int:
    """The first whole number from a lower bound on."""
    least = -(-low.value.numerator // low.value.denominator)
    return least + 1 if low.strict and least == low.value else least


def _previous(high: _Bound) -> int:
    most = high.value.numerator // high.value.denominator
    return most - 1 if high.strict and most == high.value else most


def intersection(every: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Comparisons of several rules about the same number as those of one: the narrowest of each."""
    found: dict[str, Any] = {}
    for asked in every:
        for name, value in asked.items():
            if name not in _NUMERIC or value is None:
                continue
            if name == "between":
                for side, one in zip(("at_least", "at_most"), value, strict=True):
                    _narrow(found, side, one)
            else:
                _narrow(found, name, value)
    return found


def _narrow(found: dict[str, Any], name: str, value: Threshold) -> None:
    present = found.get(name)
    if present is None or _kind(present) != _kind(value):
        found.setdefault(name, value)
        return
    pick = max if name in _LOWER else min
    found[name] = pick(present, value, key=_number)


def no_day(within: Any, before: Any, days: Iterable[date]) -> bool:
    """Whether a window that begins `within` ago and ends `before` ago is empty on every day."""
    return all(within.before(day) >= before.before(day) for day in days)
