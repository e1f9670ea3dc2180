"""Mistakes that only show in context: unknown names, contradictions, nouns without a source."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Mistake
from core.mistakes import dotted
from core.records import NOUNS
from core.segments import rules
from core.segments.compile.compiler import Compiler
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames, Segment, parse_segments
from core.segments.validate.contradictions import contradictions
from core.segments.validate.references import CUSTOM, all_rules, wrong_fields, wrong_names
from core.store.shop import Shop
from core.words import quoted

__all__ = ["segments_of", "without_data"]

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
        for rule in all_rules(segment.rule):
            name = rule.field if isinstance(rule, rules.FieldRule) else ""
            custom = name.removeprefix(CUSTOM)
            if custom != name and known.every_field and custom not in known.custom_fields:
                delivered = quoted(CUSTOM + each for each in sorted(known.custom_fields)) or "none"
                yield Mistake(
                    path,
                    f"no connection delivers {name}, so that it is unknown for everybody; "
                    f"map it where its source is connected (delivered: {delivered})",
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
