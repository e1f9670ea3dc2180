"""Rules that can never be true, and comparisons with nothing."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Mistake
from core.segments import rules
from core.segments.compile.profile_fields import is_custom
from core.segments.rules import Measured, Rule, is_relative
from core.segments.rules.conditions import NumberComparisons, TextComparisons
from core.segments.rules.values import Duration, Relative, Share, Top
from core.segments.validate.ranges import Range, intersection, no_day, no_number, no_text, several
from core.store.keys import email_key, fold, phone_key, postcode_key

_NUMBERS = tuple(NumberComparisons.model_fields)
_TEXTS = tuple(TextComparisons.model_fields)
_COUNTS = frozenset({"count", "lines", "orders", "days", "delivered", "opened", "clicked"})
_SHARES = frozenset({"open_rate", "click_rate", "share"})
_A_NUMBER = 'write a number, or a figure of the population such as "120% of average"'
_RANGES = {
    "age": Range(0, 150, whole=True, name="an age"),
    "birth_month": Range(1, 12, whole=True, name="a month"),
}
_SAMPLE_DAYS = tuple(date(2024, 1, 1) + timedelta(days=n) for n in range(0, 1461, 7))
"""Four years in steps of a week: windows reach month ends and a leap day among others."""


def contradictions(rule: Rule, path: str) -> Iterator[Mistake]:
    """Everything in a rule that can never be true, with its path and the reason."""
    match rule:
        case rules.AllRule():
            yield from _contradictory_parts(rule.all, path)
        case rules.FieldRule():
            if (reason := _impossible([rule])) is not None:
                yield _never(path, reason)
            yield from _empty_window(rule, path)
        case Measured():
            yield from _measured(rule, path)
    for name, part in _parts(rule):
        yield from contradictions(part, f"{path}.{name}")


def _parts(rule: Rule) -> Iterator[tuple[str, Rule]]:
    match rule:
        case rules.AllRule():
            yield from ((f"all[{number}]", part) for number, part in enumerate(rule.all))
        case rules.AnyOfRule():
            yield from ((f"any[{number}]", part) for number, part in enumerate(rule.any))
        case rules.NotRule():
            yield "not", rule.not_


def _never(path: str, reason: str) -> Mistake:
    return Mistake(path, f"can never be true: {reason}; change one of them or leave it out")


def _comparisons(rule: Any, names: tuple[str, ...] = _NUMBERS) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(rule, name, None)) is not None}


def _impossible(same: Sequence[Measured | rules.FieldRule]) -> str | None:
    """Why nothing meets all comparisons of one rule, or of several about the same subject."""
    first = same[0]
    if isinstance(first, Measured):
        one = _comparisons(first) if len(same) == 1 else intersection(map(_comparisons, same))
        return no_number(one, _range(first))
    # `is`, `in` and `not_in` of a field compare words; numbers have the other comparisons.
    if is_custom(first.field):
        # Of several texts one may be this and another that.
        return None
    possible = _RANGES.get(first.field, Range())
    return no_number(intersection(map(_comparisons, same)), possible) or no_text(
        map(_field_comparisons, same), _FIELD_KEYS.get(first.field, _text_key)
    )


def _field_comparisons(rule: Measured | rules.FieldRule) -> dict[str, Any]:
    """The comparisons of a field, without "this month", which may be any."""
    stated = _comparisons(rule, (*_TEXTS, *_NUMBERS))
    return {name: value for name, value in stated.items() if "this month" not in several(value)}


def _text_key(word: str) -> Hashable:
    """A word as the store compares it: folded; a number is one key however it is spelt."""
    try:
        number = Decimal(word.strip())
    except InvalidOperation:
        return fold(word)
    return number if number.is_finite() else fold(word)


_FIELD_KEYS: Mapping[str, Callable[[str], Hashable]] = {
    "email": email_key,
    "phone": lambda word: phone_key(word, None) or fold(word),
    "postcode": postcode_key,
}
"""Fields whose words the store normalizes in a way of their own."""


def _measured(rule: Measured, path: str) -> Iterator[Mistake]:
    if (reason := _impossible([rule])) is not None:
        yield _never(path, reason)
    yield from _shares_of_nothing(_comparisons(rule), path)
    if rule.measure not in _SHARES and getattr(rule, "of_last", None) is None:
        yield from _shares_of_counts(_comparisons(rule), path, _instead_of_share(rule))
    yield from _empty_window(rule, path)
    if rule.baseline_within is not None and not is_relative(rule, {}):
        yield Mistake(
            f"{path}.baseline_within",
            "nothing here is compared with the population; write a threshold such as "
            '"120% of average", or leave it out',
        )
    where = getattr(rule, "where", None)
    for name in type(where).model_fields if where is not None else ():
        condition = getattr(where, name)
        place = f"{path}.where.{name}"
        if isinstance(condition, TextComparisons):
            reason = no_text([_comparisons(condition, _TEXTS)], fold)
        elif isinstance(condition, NumberComparisons):
            reason = no_number(_comparisons(condition), _RANGES.get(name, Range()))
            yield from _shares_of_nothing(_comparisons(condition), place)
            if name != "markdown":
                yield from _shares_of_counts(_comparisons(condition), place, _A_NUMBER)
        else:
            continue
        if reason is not None:
            yield _never(place, reason)


def _range(rule: Measured) -> Range:
    last = getattr(rule, "of_last", None)
    if last is not None:
        return Range(0, last, whole=True, name=f"a count among the last {last}")
    if rule.measure in _SHARES:
        return Range(0, 1, name="a share")
    if rule.measure in _COUNTS:
        # Units may be parts of one: half a metre, 300 grams.
        units = isinstance(rule, rules.ItemsRule) and rule.measure == "count"
        return Range(0, whole=not units, name="a count")
    return Range(0, name="a gap") if rule.measure == "gap" else Range()


def _shares_of_nothing(comparisons: Mapping[str, Any], path: str) -> Iterator[Mistake]:
    """Thresholds such as "top 0%" and "0% of average"."""
    for value in comparisons.values():
        for one in several(value):
            if isinstance(one, Top | Relative) and not one.share:
                nothing = "the top 0%" if isinstance(one, Top) else f"0% of the {one.of}"
                example = "top 10%" if isinstance(one, Top) else f"120% of {one.of}"
                yield Mistake(
                    path,
                    f'is compared with {nothing}, which is nothing; write for example "{example}"',
                )


def _shares_of_counts(comparisons: Mapping[str, Any], path: str, instead: str) -> Iterator[Mistake]:
    """Percentages of what is no share, such as `over = "50%"` of a count."""
    for name, value in comparisons.items():
        if any(isinstance(one, Share) for one in several(value)):
            key = name.rstrip("_")
            yield Mistake(f"{path}.{key}", f"is a percentage of nothing that is named; {instead}")


def _instead_of_share(rule: Measured) -> str:
    match rule:
        case rules.MessagesRule(messages="opened" | "clicked" as measure):
            rate = "open_rate" if measure == "opened" else "click_rate"
            return (
                f'write `messages = "{rate}"` for a share of all messages, or add `of_last = 5` '
                "for one of the last five"
            )
        case rules.ItemsRule():
            return f'write `items = "share"` for a share of all units; else {_A_NUMBER}'
    return _A_NUMBER


def _empty_window(rule: Any, path: str) -> Iterator[Mistake]:
    within, before = rule.within, rule.before
    if not isinstance(within, Duration) or before is None:
        return
    hours = [each.unit == "hour" for each in (within, before)]
    if all(hours):
        empty = within.count <= before.count
    else:
        empty = not any(hours) and no_day(within, before, _SAMPLE_DAYS)
    if empty:
        yield Mistake(
            path,
            f"can never be true: `within {_spelt(within)}` and `before {_spelt(before)}` "
            "leave no day between them; make `before` the shorter of the two",
        )


def _spelt(duration: Duration) -> str:
    return f"{duration.count} {duration.unit}{'s' if duration.count != 1 else ''}"


def _contradictory_parts(parts: tuple[Rule, ...], path: str) -> Iterator[Mistake]:
    """Parts of one group that exclude each other: of one number, field or segment."""
    by_subject: dict[str, list[Measured | rules.FieldRule]] = {}
    flat = list(_flat(parts))
    for each in flat:
        if isinstance(each, Measured | rules.FieldRule):
            by_subject.setdefault(_subject(each), []).append(each)
    for same in by_subject.values():
        # A rule that contradicts itself is reported at its own path.
        if len(same) > 1 and not any(_impossible([each]) for each in same):
            reason = _impossible(same)
            if reason is not None:
                yield _never(path, reason)
    denied = {repr(each.not_) for each in flat if isinstance(each, rules.NotRule)}
    if any(repr(each) in denied for each in flat):
        message = "can never be true: requires a rule and its opposite; leave one of them out"
        yield Mistake(path, message)


def _flat(parts: tuple[Rule, ...]) -> Iterator[Rule]:
    for each in parts:
        if isinstance(each, rules.AllRule):
            yield from _flat(each.all)
        else:
            yield each


def _subject(rule: Rule) -> str:
    """The rule without its comparisons, as a key."""
    bare = {name: None for name in {*_NUMBERS, *_TEXTS} if name in type(rule).model_fields}
    return f"{type(rule).__name__} {rule.model_copy(update=bare)!r}"
