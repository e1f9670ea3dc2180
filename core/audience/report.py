"""The report of a plan: counts, cost, samples of people, and what is held and why."""

from dataclasses import dataclass
from typing import Any

from core.contract import Target

SAMPLE_SIZE = 100
"""Keys listed per target and direction; the counts are complete."""


@dataclass(frozen=True)
class Hold:
    """Changes that are held at one target, and why."""

    target: Target
    reason: str
    segment: str = ""
    """Of a field that lists segments: the segment that is held."""
    removals: int = 0
    """Number of people who keep it for now."""
    additions: int = 0
    """Number of people who do not get it yet."""
    approvable: bool = False
    """Whether `push --approve` releases it; incomplete data cannot be approved."""


@dataclass(frozen=True)
class TargetPlan:
    """Planned changes at one target."""

    target: Target
    segments: tuple[str, ...]
    enter: int
    update: int
    """Of a field: the value changes."""
    leave: int
    release: int
    """People who may no longer be written to and keep what they carry."""
    unreachable: int
    """Of an audience: members without the consent, or without an address that it takes."""
    cut: int
    """People whose list of segments is longer than the field."""
    unread: bool
    """Its carriers were never read back; those found then will not be entered."""
    entering: tuple[str, ...]
    """Keys at the destination, the first hundred."""
    leaving: tuple[str, ...]


@dataclass(frozen=True)
class PlanReport:
    """Planned changes at one destination."""

    connection: str
    enter: int
    update: int
    leave: int
    requests: int
    seconds: float
    held: tuple[Hold, ...]
    targets: tuple[TargetPlan, ...]
    unbound: tuple[Target, ...]
    """Targets that the config no longer names; their carriers keep them."""

    def as_json(self) -> dict[str, Any]:
        """The JSON of `plan --json`."""
        return {
            **vars(self),
            "held": [_row(hold) for hold in self.held],
            "targets": [_row(each) for each in self.targets],
            "unbound": [{"kind": each.kind, "target": each.name} for each in self.unbound],
        }


def _row(of_target: Hold | TargetPlan) -> dict[str, Any]:
    """The fields of a target's row as JSON has them."""
    fields = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(of_target).items()
    }
    return {**fields, "kind": of_target.target.kind, "target": of_target.target.name}
