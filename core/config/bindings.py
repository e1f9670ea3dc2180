"""`[connections.*.push]`: bind segments and values to tags, fields, lists and audiences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from core.audience.binding import SEGMENT_NAMES, Binding, Bindings, Terms
from core.audience.values import VALUES as OTHER_VALUES
from core.config.checking import Checker
from core.config.stanzas import PushStanza
from core.contract import Destination, Target
from core.mistakes import dotted, quoted, unknown, unknown_of_kind
from core.records import Contact, Requires
from core.segments.definition import EACH_VALUE, Segment

_NO_VALUES = {
    "id", "updated_at", "company", "custom", "birth_year", "birth_day", "loyalty", "emails",
    "phones", "merged_into",
}  # fmt: skip
VALUES = frozenset(
    {SEGMENT_NAMES, "birth_month", *OTHER_VALUES, *(Contact.model_fields.keys() - _NO_VALUES)}
)
"""Values that may fill a field, beside `custom.<name>`."""
Kind = Literal["tag", "list", "audience"]


@dataclass(frozen=True)
class BindableSegments:
    """Segments that a push stanza may name."""

    segments: Mapping[str, bool]
    """Segment -> whether it has `for_each`."""
    terms: Mapping[str, Terms]
    """Segment -> its own settings for the push."""

    @classmethod
    def of(cls, tables: Mapping[str, Mapping[str, object]], segments: Iterable[Segment]) -> Self:
        """All segments of the config; one that has mistakes is bindable too."""
        return cls(
            {name: "for_each" in table for name, table in tables.items()}, _terms(tuple(segments))
        )


def _terms(segments: Sequence[Segment]) -> dict[str, Terms]:
    rank = {
        each.name: (each.priority is None, each.priority or 0, place)
        for place, each in enumerate(segments)
    }
    ladder: dict[str, set[str]] = {each.name: set() for each in segments}
    for each in segments:
        for other in each.exclusive_with:
            if other in ladder:
                ladder[each.name].add(other)
                ladder[other].add(each.name)
    return {
        each.name: Terms(
            holdout=each.holdout,
            yields_to=tuple(
                other for other in sorted(ladder[each.name], key=rank.__getitem__)
                if rank[other] < rank[each.name]
            ),
        )
        for each in segments
    }  # fmt: skip


def read_bindings(
    checker: Checker,
    name: str,
    stanza: PushStanza,
    destination: Destination,
    bindable: BindableSegments,
) -> Bindings:
    """The bindings of one connection; mistakes go to the checker."""
    path = dotted("connections", [name, "push"])
    requires = stanza.requires or destination.requires
    if requires == "none" and destination.addressed_by == "identifiers":
        checker.add_mistake(
            f"{path}.requires",
            f"{destination.kind} is told who people are, which needs their consent; "
            f'write requires = "{destination.requires}"',
        )
    without_value = list(_without_value(checker, path, stanza, requires, bindable))
    bound = _segments(without_value)
    fields = [
        Binding(
            target=Target("field", field),
            # Where no segment is bound to a tag or list, the field names all of them.
            segments=(bound or tuple(bindable.segments)) if value == SEGMENT_NAMES else (),
            value=value,
            requires=requires,
            adopt=stanza.adopt,
            brake=_ten_thousandths(stanza),
            line=field,
        )
        for field, value in stanza.fields.items()
    ]
    _check_kinds(checker, path, stanza, destination)
    _check_targets(checker, path, (*without_value, *fields), destination)
    _check_fields(checker, path, stanza)
    bindings = (*without_value, *fields)
    return Bindings(
        connection=name,
        bindings=bindings,
        every=stanza.every,
        drift=stanza.drift,
        # A field that lists segments leaves out the held out members too.
        terms={
            each: bindable.terms[each] for each in _segments(bindings) if each in bindable.terms
        },
    )


def _segments(bindings: Iterable[Binding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(segment for each in bindings for segment in each.segments))


def _without_value(
    checker: Checker, path: str, stanza: PushStanza, requires: Requires, bindable: BindableSegments
) -> Iterator[Binding]:
    tables: tuple[tuple[Kind, Mapping[str, str]], ...] = (
        ("tag", stanza.tags), ("list", stanza.lists), ("audience", stanza.audiences)
    )  # fmt: skip
    for kind, table in tables:
        by_target: dict[str, list[str]] = {}
        for segment, target in table.items():
            place = dotted(path, [f"{kind}s", segment])
            if segment not in bindable.segments:
                checker.add_mistake(place, unknown("segment", segment, bindable.segments))
            elif EACH_VALUE in target and not bindable.segments[segment]:
                checker.add_mistake(
                    place,
                    f"{EACH_VALUE} needs a segment with `for_each`, which {segment} does not have",
                )
            by_target.setdefault(target, []).append(segment)
        for target, segments in by_target.items():
            yield Binding(
                target=Target(kind, target),
                segments=tuple(segments),
                requires=requires,
                adopt=stanza.adopt,
                brake=_ten_thousandths(stanza),
                line=target,
            )


def _check_kinds(checker: Checker, path: str, stanza: PushStanza, destination: Destination) -> None:
    offered = sorted(destination.target_kinds)
    for kind in ("tag", "field", "list", "audience"):
        if getattr(stanza, f"{kind}s") and kind not in offered:
            checker.add_mistake(
                f"{path}.{kind}s",
                f"{destination.kind} has no {kind}s; it takes "
                + quoted(f"{each}s" for each in offered),
            )
    if not (stanza.tags or stanza.fields or stanza.lists or stanza.audiences):
        checker.add_mistake(path, "binds nothing; write " + quoted(f"{each}s" for each in offered))


def _check_targets(
    checker: Checker, path: str, bindings: Iterable[Binding], destination: Destination
) -> None:
    for each in bindings:
        kind = each.target.kind
        if kind in destination.target_kinds and (reason := destination.refusal(each.target)):
            checker.add_mistake(dotted(path, [f"{kind}s", each.target.name]), reason)


def _check_fields(checker: Checker, path: str, stanza: PushStanza) -> None:
    for field, value in stanza.fields.items():
        if value not in VALUES and not value.startswith("custom."):
            checker.add_mistake(
                dotted(path, ["fields", field]),
                unknown_of_kind("value", value, {"custom.<name>", *VALUES}),
            )


def _ten_thousandths(stanza: PushStanza) -> int:
    return int(stanza.brake * 10_000)
