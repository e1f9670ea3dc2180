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
            "connection": self.connection,
            "enter": self.enter,
            "update": self.update,
            "leave": self.leave,
            "requests": self.requests,
            "seconds": self.seconds,
            "held": [
                {
                    "kind": hold.target.kind,
                    "target": hold.target.name,
                    "segment": hold.segment,
                    "reason": hold.reason,
                    "removals": hold.removals,
                    "approvable": hold.approvable,
                }
                for hold in self.held
            ],
            "targets": [
                {
                    "kind": each.target.kind,
                    "target": each.target.name,
                    "segments": list(each.segments),
                    "enter": each.enter,
                    "update": each.update,
                    "leave": each.leave,
                    "release": each.release,
                    "cut": each.cut,
                    "unread": each.unread,
                    "entering": list(each.entering),
                    "leaving": list(each.leaving),
                }
                for each in self.targets
            ],
            "unbound": [{"kind": each.kind, "target": each.name} for each in self.unbound],
        }
