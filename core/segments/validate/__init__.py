"""Mistakes that only show in context: unknown names, circles, contradictions, missing nouns."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Mistake
from core.mistakes import dotted, quoted, unknown, unknown_of_kind
from core.records import NOUNS
from core.segments import rules
from core.segments.compile.compiler import Compiler
from core.segments.compile.geography import asks_for_places
from core.segments.compile.profile_fields import FIELDS, is_custom
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames, Segment, parse_segments
from core.segments.rules import Rule
from core.segments.rules.filters import CUSTOM
from core.segments.validate.contradictions import contradictions
from core.store.people.gazetteer import EXTRA, is_installed
from core.store.shop import Shop

__all__ = ["segments_of", "without_data", "without_places"]

_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def segments_of(
    tables: Mapping[str, Any], known: KnownNames
) -> tuple[list[Segment], list[Mistake]]:
    """The segments of a config by name, parsed and checked; and every mistake in them."""
    segments, mistakes = parse_segments(tables, known)
    mistakes += wrong_names(segments, tables)
    mistakes += wrong_fields(segments, known)
    mistakes += _cannot_compile(segments)
    mistakes += _contradictions(segments)
    return segments, mistakes


def without_data(segments: Iterable[Segment], known: KnownNames) -> Iterator[Mistake]:
    """Segments that are unknown for everybody, because no connection delivers what they need."""
    if not known.connections:
        return
    segments = [each.sample() for each in segments]
    named = {segment.name: segment.rule for segment in segments if segment.rule is not None}
    for segment in segments:
        path = dotted("segments", [segment.name.partition(":")[0]])
        needed = segment.needs(named)
        # Coupons come with their orders, or by themselves.
        if missing := sorted(needed - known.nouns - ({"Discount"} if "Order" in needed else set())):
            nouns = " and ".join(NOUNS[each].spoken for each in missing)
            yield Mistake(
                path,
                f"no connection delivers {nouns}, so that it is unknown for everybody; "
                "connect a source that does, or leave the segment out",
            )
        for rule in rules.all_rules(segment.rule):
            name = rule.field if isinstance(rule, rules.FieldRule) else ""
            custom = name.removeprefix(CUSTOM)
            if custom != name and known.every_field and custom not in known.custom_fields:
                delivered = quoted(CUSTOM + each for each in sorted(known.custom_fields)) or "none"
                yield Mistake(
                    path,
                    f"no connection delivers {name}, so that it is unknown for everybody; "
                    f"map it where its source is connected (delivered: {delivered})",
                )


def without_places(segments: Iterable[Segment], known: KnownNames) -> Iterator[Mistake]:
    """Segments that ask where postcodes lie, which neither a connection nor a package says."""
    if "Postcode" in known.nouns or is_installed():
        return
    for segment in segments:
        if asks_for_places(segment.sample().rule):
            yield Mistake(
                dotted("segments", [segment.name]),
                "regions and coordinates are known only where a source states them; "
                f'run: pip install "{EXTRA}", or deliver a table of postcodes',
            )


def _contradictions(segments: Iterable[Segment]) -> Iterator[Mistake]:
    for segment in segments:
        path = dotted("segments", [segment.name])
        if (rule := segment.sample().rule) is None:
            continue
        for mistake in contradictions(rule, path):
            # A recipe's own rules are no lines of the config.
            yield Mistake(path, mistake.message) if segment.recipe else mistake


def _cannot_compile(segments: Iterable[Segment]) -> Iterator[Mistake]:
    """Rules whose parts do not fit together, found by compiling each of them once."""
    shop = Shop(zone=ZoneInfo("UTC"), currency="EUR")
    clock = Clock.at(_ANY_DAY, shop.zone)
    context = EvaluationContext(shop, clock, {}, frozenset(NOUNS))
    for segment in segments:
        try:
            # Segments that it refers to are compiled at their own turn.
            if (rule := segment.sample().rule) is not None:
                Compiler(context, {}).verdict(rule)
        except ValueError as error:
            yield Mistake(dotted("segments", [segment.name]), str(error))


_NUMERIC = ("at_least", "over", "at_most", "under", "between")


def wrong_names(segments: Iterable[Segment], tables: Mapping[str, Any]) -> Iterator[Mistake]:
    """References to segments that do not exist, and circles of references."""
    segments = list(segments)
    named = {segment.name: segment.rule for segment in segments if segment.rule is not None}
    families = {segment.name for segment in segments if segment.for_each}
    for segment in segments:
        path = dotted("segments", [segment.name])
        for other in (*segment.exclusive_with, *_referenced(segment.rule)):
            family, _, value = other.partition(":")
            exists = other in tables and other not in families
            if not exists and not (value and family in families):
                yield Mistake(path, unknown("segment", other, tables))
        if circle := _circle(segment.name, named, (segment.name,)):
            yield Mistake(path, f"refers to itself: {' -> '.join(circle)}; break the circle")


def _referenced(rule: Rule | None) -> list[str]:
    return [part.segment for part in rules.all_rules(rule) if isinstance(part, rules.SegmentRule)]


def _circle(name: str, named: Mapping[str, Rule], way: tuple[str, ...]) -> tuple[str, ...]:
    for other in _referenced(named.get(name)):
        if other == way[0]:
            return (*way, other)
        if other not in way and (circle := _circle(other, named, (*way, other))):
            return circle
    return ()


def wrong_fields(segments: Iterable[Segment], known: KnownNames) -> Iterator[Mistake]:
    """Fields that do not exist or do not fit, and connections that the config does not name."""
    for segment in segments:
        path = dotted("segments", [segment.name])
        for rule in rules.all_rules(segment.rule):
            if isinstance(rule, rules.FieldRule):
                yield from _wrong_field(rule, path, known)
            condition = getattr(getattr(rule, "where", None), "connection", None)
            for word in (*(condition.in_ or ()), condition.is_) if condition else ():
                if word is not None and known.connections and word not in known.connections:
                    yield Mistake(path, unknown("connection", word, known.connections))


def _wrong_field(rule: rules.FieldRule, path: str, known: KnownNames) -> Iterator[Mistake]:
    custom = rule.field.removeprefix(CUSTOM)
    if rule.field not in FIELDS and not is_custom(rule.field):
        names = [*FIELDS, "custom.<name>", "company.custom.<name>"]
        yield Mistake(f"{path}.field", unknown_of_kind("field", rule.field, names))
    is_compared = any(getattr(rule, name) is not None for name in _NUMERIC)
    if is_compared and custom != rule.field and known.custom_fields.get(custom) == "text":
        yield Mistake(
            path,
            f"{rule.field} is a text and cannot be compared with a number; "
            "write `number = true` where its connection maps it",
        )
