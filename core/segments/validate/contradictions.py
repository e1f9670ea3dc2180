"""Rules that nobody can ever meet, and figures of nothing: told before anything is evaluated."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Mistake
from core.segments import rules
from core.segments.rules import Measured, Rule
from core.segments.rules.conditions import NumberComparisons, TextComparisons
from core.segments.rules.tree import is_relative
from core.segments.rules.values import Duration, Relative, Top
from core.segments.validate.ranges import Range, intersection, no_day, no_number, no_text, several
from core.store.keys import email_key, fold, phone_key, postcode_key

_COMPARISONS = tuple(NumberComparisons.model_fields)
_TEXTS = tuple(TextComparisons.model_fields)
_COUNTS = frozenset(
    {"count", "lines", "orders", "days", "delivered", "opened", "clicked"}
)  # fmt: skip
_SHARES = frozenset({"open_rate", "click_rate", "share"})
_NATURAL = {
    "age": Range(0, 150, whole=True, name="an age"),
    "birth_month": Range(1, 12, whole=True, name="a month"),
}
_EVERY_KIND_OF_DAY = tuple(date(2024, 1, 1) + timedelta(days=n) for n in range(0, 1461, 7))
"""Four years in steps of a week: month ends and a leap day are among what windows reach."""


def contradictions(rule: Rule, path: str) -> Iterator[Mistake]:
    """Everything in a rule that can never be true, with its path and the reason."""
    match rule:
        case rules.AllRule():
            yield from _apart(rule.all, path)
        case rules.FieldRule():
            yield from _field(rule, path)
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


def _never(path: str, why: str) -> Mistake:
    return Mistake(path, f"can never be true: {why}; change one of them or leave it out")


def _asked(rule: Any, names: tuple[str, ...] = _COMPARISONS) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(rule, name, None)) is not None}


def _field(rule: rules.FieldRule, path: str) -> Iterator[Mistake]:
    if (why := _why([rule])) is not None:
        yield _never(path, why)
    yield from _window(rule, path)


def _why(same: Sequence[Measured | rules.FieldRule]) -> str | None:
    """Why nothing meets all comparisons of one rule, or of several about the same."""
    first = same[0]
    if isinstance(first, Measured):
        asked = _asked(first) if len(same) == 1 else intersection(map(_asked, same))
        return no_number(asked, _range(first))
    # `is` and its kin are words here, so numbers are compared by the other comparisons alone.
    natural = _NATURAL.get(first.field, Range())
    return no_number(intersection(map(_asked, same)), natural) or no_text(
        map(_worded, same), _WRITTEN.get(first.field, _written_freely)
    )


def _worded(rule: Measured | rules.FieldRule) -> dict[str, Any]:
    """The comparisons of a field; where the month is that of the evaluation, every one may be."""
    asked = _asked(rule, (*_TEXTS, *_COMPARISONS))
    return {name: value for name, value in asked.items() if "this month" not in several(value)}


def _written_freely(word: str) -> Hashable:
    """A word as fields keep it: folded, and one number however it is spelt."""
    try:
        number = Decimal(word.strip())
    except InvalidOperation:
        return fold(word)
    return number if number.is_finite() else fold(word)


_WRITTEN: Mapping[str, Callable[[str], Hashable]] = {
    "email": email_key,
    "phone": lambda word: phone_key(word, None) or fold(word),
    "postcode": postcode_key,
}
"""Fields that the store writes in a way of their own."""


def _measured(rule: Measured, path: str) -> Iterator[Mistake]:
    if (why := _why([rule])) is not None:
        yield _never(path, why)
    yield from _figures(_asked(rule), path)
    yield from _window(rule, path)
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
            why = no_text([_asked(condition, _TEXTS)], fold)
        elif isinstance(condition, NumberComparisons):
            why = no_number(_asked(condition), _NATURAL.get(name, Range()))
            yield from _figures(_asked(condition), place)
        else:
            continue
        if why is not None:
            yield _never(place, why)


def _range(rule: Measured) -> Range:
    last = getattr(rule, "of_last", None)
    if last is not None:
        return Range(0, last, whole=True, name=f"a count among the last {last}")
    if rule.measure in _SHARES:
        return Range(0, 1, name="a share")
    # Units may be parts of one: half a metre, 300 grams.
    whole = rule.measure in _COUNTS and not (
        isinstance(rule, rules.ItemsRule) and rule.measure == "count"
    )
    if rule.measure in _COUNTS:
        return Range(0, whole=whole, name="a count")
    return Range(0, name="a gap") if rule.measure == "gap" else Range()


def _figures(asked: Mapping[str, Any], path: str) -> Iterator[Mistake]:
    """Thresholds that are a share of nothing."""
    for value in asked.values():
        for one in several(value):
            if isinstance(one, Top | Relative) and not one.share:
                said = "the top 0%" if isinstance(one, Top) else f"0% of the {one.of}"
                example = "top 10%" if isinstance(one, Top) else f"120% of {one.of}"
                message = (
                    f'is compared with {said}, which is nothing; write for example "{example}"'
                )
                yield Mistake(path, message)


def _window(rule: Any, path: str) -> Iterator[Mistake]:
    within, before = rule.within, rule.before
    if not isinstance(within, Duration) or before is None:
        return
    hours = [each.unit == "hour" for each in (within, before)]
    if all(hours):
        empty = within.count <= before.count
    else:
        empty = not any(hours) and no_day(within, before, _EVERY_KIND_OF_DAY)
    if empty:
        said = f"`within {_shown(within)}` and `before {_shown(before)}`"
        yield Mistake(path, f"can never be true: {said} leave no day between them; "
                            "`before` is the shorter of the two")  # fmt: skip


def _shown(duration: Duration) -> str:
    return f"{duration.count} {duration.unit}{'s' if duration.count != 1 else ''}"


def _apart(every: tuple[Rule, ...], path: str) -> Iterator[Mistake]:
    """Rules of one group that ask opposite things of the same number, field or segment."""
    alike: dict[str, list[Measured | rules.FieldRule]] = {}
    flat = list(_flat(every))
    for each in flat:
        if isinstance(each, Measured | rules.FieldRule):
            alike.setdefault(_subject(each), []).append(each)
    for same in alike.values():
        # What one rule says of itself alone is told at its own place.
        if len(same) > 1 and not any(_why([each]) for each in same):
            why = _why(same)
            if why is not None:
                yield _never(path, why)
    denied = {repr(each.not_) for each in flat if isinstance(each, rules.NotRule)}
    if any(repr(each) in denied for each in flat):
        yield Mistake(path, "can never be true: asks for a rule and for its opposite")


def _flat(every: tuple[Rule, ...]) -> Iterator[Rule]:
    for each in every:
        if isinstance(each, rules.AllRule):
            yield from _flat(each.all)
        else:
            yield each


def _subject(rule: Rule) -> str:
    """What is compared, without the comparisons."""
    bare = {name: None for name in {*_COMPARISONS, *_TEXTS} if name in type(rule).model_fields}
    return f"{type(rule).__name__} {rule.model_copy(update=bare)!r}"
