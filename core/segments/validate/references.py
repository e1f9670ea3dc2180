"""What can be wrong between segments: names that nobody has, circles, fields that do not fit."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Mistake
from core.mistakes import dotted
from core.records import NOUNS
from core.segments import rules
from core.segments.compile.compiler import Compiler
from core.segments.compile.profile_fields import FIELDS
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames, Segment, read_each
from core.segments.rules import Rule
from core.segments.validate.contradictions import contradictions
from core.store.shop import Shop
from core.words import quoted, unknown

CUSTOM = "custom."
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_EVERY_NOUN = frozenset(
    {
        "Answer", "Child", "Contact", "Deal", "Discount", "Interest", "ListMember",
        "MessageEvent", "Order", "Refund", "Support", "Visit",
    }
)  # fmt: skip


def segments_of(
    tables: Mapping[str, Any], known: KnownNames
) -> tuple[list[Segment], list[Mistake]]:
    """The segments of a config, and everything that is wrong with them."""
    segments, wrong = read_each(tables, known)
    wrong += _wrong_names(segments, tables)
    wrong += _wrong_fields(segments, known)
    wrong += _without_meaning(segments)
    wrong += _never_true(segments)
    return segments, wrong


def without_data(segments: Iterable[Segment], known: KnownNames) -> Iterator[Mistake]:
    """Segments that can say nothing, because no connection tells what they rest on."""
    if not known.connections:
        return
    segments = [each.sample() if each.for_each else each for each in segments]
    named = {segment.name: segment.rule for segment in segments if segment.rule is not None}
    for segment in segments:
        path = dotted("segments", [segment.name.partition(":")[0]])
        needed = segment.needs(named)
        # A coupon may be told with its order or by itself.
        if missing := sorted(needed - known.nouns - ({"Discount"} if "Order" in needed else set())):
            nouns = " and ".join(NOUNS[each].spoken for each in missing)
            yield Mistake(
                path,
                f"no connection delivers {nouns}, so that it is unknown for everybody; "
                "connect a source that does, or leave the segment out",
            )
        for rule in _every(segment.rule):
            name = rule.field if isinstance(rule, rules.FieldRule) else ""
            custom = name.removeprefix(CUSTOM)
            if custom != name and known.every_field and custom not in known.custom_fields:
                told = quoted(CUSTOM + each for each in sorted(known.custom_fields)) or "none"
                yield Mistake(
                    path,
                    f"no connection delivers {name}, so that it is unknown for everybody; "
                    f"map it where its source is connected (delivered: {told})",
                )


def _never_true(segments: list[Segment]) -> Iterator[Mistake]:
    for segment in segments:
        path = dotted("segments", [segment.name])
        sample = segment.sample() if segment.for_each else segment
        if sample.rule is None:
            continue
        for mistake in contradictions(sample.rule, path):
            # A recipe's own rules stand in no line of the config.
            yield Mistake(path, mistake.message) if segment.recipe else mistake


def _without_meaning(segments: list[Segment]) -> Iterator[Mistake]:
    """Rules whose parts do not go together, found by compiling them for a day that never comes."""
    shop = Shop(zone=ZoneInfo("UTC"), currency="EUR")
    context = EvaluationContext(shop, Clock.at(_ANY_DAY, shop.zone), {}, _EVERY_NOUN)
    for segment in segments:
        try:
            rule = segment.sample().rule if segment.for_each else segment.rule
            # Other segments that it asks for are compiled at their own turn.
            if rule is not None:
                Compiler(context, {}).verdict(rule)
        except ValueError as error:
            yield Mistake(dotted("segments", [segment.name]), str(error))


def _wrong_names(segments: list[Segment], tables: Mapping[str, Any]) -> Iterator[Mistake]:
    """Segments that are asked for and do not exist, and circles of such questions."""
    named = {segment.name: segment.rule for segment in segments if segment.rule is not None}
    families = {segment.name for segment in segments if segment.for_each}
    for segment in segments:
        path = dotted("segments", [segment.name])
        for other in (*segment.exclusive_with, *_names(segment.rule)):
            family, _, value = other.partition(":")
            if other in tables and other not in families:
                continue
            if value and family in families:
                continue
            yield Mistake(path, unknown("segment", other, tables))
        circle = _circle(segment.name, named, (segment.name,))
        if circle:
            yield Mistake(path, f"asks for itself: {' -> '.join(circle)}")


def _names(rule: Rule | None) -> Iterator[str]:
    if isinstance(rule, rules.SegmentRule):
        yield rule.segment
    elif rule is not None:
        for part in rules.parts(rule):
            yield from _names(part)


def _circle(name: str, named: Mapping[str, Rule], way: tuple[str, ...]) -> tuple[str, ...]:
    for other in _names(named.get(name)):
        if other == way[0]:
            return (*way, other)
        if other not in way and (found := _circle(other, named, (*way, other))):
            return found
    return ()


def _wrong_fields(segments: list[Segment], known: KnownNames) -> Iterator[Mistake]:
    for segment in segments:
        for rule in _every(segment.rule):
            path = dotted("segments", [segment.name])
            if isinstance(rule, rules.FieldRule):
                yield from _wrong_field(rule, path, known)
            where = getattr(rule, "where", None)
            asked = getattr(where, "connection", None) if where else None
            for word in (*(asked.in_ or ()), asked.is_) if asked else ():
                if word is not None and known.connections and word not in known.connections:
                    yield Mistake(path, unknown("connection", word, known.connections))


def _wrong_field(rule: rules.FieldRule, path: str, known: KnownNames) -> Iterator[Mistake]:
    if rule.field not in FIELDS and not rule.field.startswith("custom."):
        yield Mistake(f"{path}.field", unknown("field", rule.field, [*FIELDS, "custom.<name>"]))
    numeric = any(
        getattr(rule, name) is not None
        for name in ("at_least", "over", "at_most", "under", "between")
    )
    custom = rule.field.removeprefix(CUSTOM)
    if numeric and custom != rule.field and known.custom_fields.get(custom) == "text":
        yield Mistake(
            path,
            f"{rule.field} is a text and cannot be compared with a number; "
            "write `number = true` where its connection maps it",
        )


def _every(rule: Rule | None) -> Iterator[Rule]:
    if rule is None:
        return
    yield rule
    for part in rules.parts(rule):
        yield from _every(part)
