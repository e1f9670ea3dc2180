"""Bindings: the segment that goes to a tag, list or audience, and the name of a field's value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from core.contract import Target
from core.records import Requires
from core.segments.definition import EACH_VALUE

CARRIED = "yes"
"""Value of a tag, list or audience that a person carries."""
SEGMENT_NAMES = "segments"
"""Value of a field that is filled with the names of the bound segments."""
BRAKE = 1_000
"""Default share of the brake: ten per cent, in ten-thousandths."""


Drift = Literal["tell", "restore"]


@dataclass(frozen=True)
class Binding:
    """One line of a push stanza: a target, and the segments or the value that go there."""

    target: Target
    """Its name may hold `{value}`, for a `for_each` segment."""
    segments: tuple[str, ...] = ()
    """A tag, list or audience: members of any of these carry it. The field value `segments`:
    the segments whose names it may hold. Other fields: none."""
    value: str | None = None
    """A field: `segments`, the name of a profile field, or a trait over ever (`orders.last`).
    Absent for tags, lists and audiences."""
    requires: Requires = "email"
    """Consent needed before a person is written to."""
    adopt: bool = False
    """Take over an existing target although its carriers cannot be read back."""
    brake: int = BRAKE
    """Share of the delivered, in ten-thousandths, above which unexplained removals are held."""
    line: str = ""
    """The target's name in the config, before expansion; the brake also adds up each line."""

    @property
    def source(self) -> str:
        """The target as the config names it."""
        return self.line or self.target.name


@dataclass(frozen=True)
class Terms:
    """A segment's own settings for the push: holdout and ladder."""

    holdout: int = 0
    """Members whose stable number in [0, 1,000,000) is below this are never pushed."""
    yields_to: tuple[str, ...] = ()
    """Segments that come first on its ladder: their members are not pushed under this one."""


@dataclass(frozen=True)
class Bindings:
    """The push stanza of one destination connection."""

    connection: str
    """Name of the connection."""
    bindings: tuple[Binding, ...]
    every: timedelta | None = None
    """Least time between two scheduled pushes; None: with every pull."""
    drift: Drift = "tell"
    """Whether deliveries that vanished there are only told, or sent again."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """By segment name; those of a `for_each` segment under its name without the value."""

    @property
    def segments(self) -> frozenset[str]:
        """Names of the bound segments, as in the config."""
        return frozenset(name for binding in self.bindings for name in binding.segments)

    def terms_of(self, segment: str) -> Terms:
        """The terms of a segment, or of the `for_each` segment that it comes from."""
        return self.terms.get(segment) or self.terms.get(segment.partition(":")[0]) or Terms()


def expand(bindings: Iterable[Binding], segments: Iterable[str]) -> tuple[Binding, ...]:
    """Bind the segments that exist: one binding per value where the target names `{value}`.

    `segments` are the names of all evaluated segments, such as `brand_fans:lego`. Bindings of one
    tag are merged: members of any of their segments carry it.
    """
    by_target: dict[Target, Binding] = {}
    for binding in _expanded(bindings, sorted(segments)):
        other = by_target.get(binding.target)
        if other is not None and binding.value is None:
            both = tuple(dict.fromkeys(other.segments + binding.segments))
            by_target[binding.target] = replace(other, segments=both)
        else:
            by_target[binding.target] = binding
    return tuple(by_target.values())


def _expanded(bindings: Iterable[Binding], known: Sequence[str]) -> Iterator[Binding]:
    for binding in bindings:
        names = tuple(
            name
            for bound in binding.segments
            for name in known
            if name == bound or name.startswith(f"{bound}:")
        )
        if EACH_VALUE not in binding.target.name:
            yield replace(binding, segments=names or binding.segments, line=binding.source)
            continue
        for name in names:
            _, colon, value = name.partition(":")
            if colon:
                target = replace(
                    binding.target, name=binding.target.name.replace(EACH_VALUE, value)
                )
                yield replace(binding, target=target, segments=(name,), line=binding.source)
