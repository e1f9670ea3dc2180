"""What a person is told of a plan: counts, costs, who moves, and what is held and why."""

from dataclasses import dataclass
from typing import Any

from core.contract import Target

SHOWN = 100
"""So many persons are named per target and direction; the counts are whole."""


@dataclass(frozen=True)
class Hold:
    """Something that does not happen, and why."""

    target: Target
    reason: str
    segment: str = ""
    """Of a list of segments: the one that is held."""
    removals: int = 0
    """How many persons keep it for now."""
    approvable: bool = False
    """Whether `push --approve` lets it go; missing data nobody can approve."""


@dataclass(frozen=True)
class TargetPlan:
    """What would happen at one target."""

    target: Target
    segments: tuple[str, ...]
    enter: int
    update: int
    """Of a field: another value than before."""
    leave: int
    release: int
    """Who may no longer be written to, and keeps what is there."""
    cut: int
    """Whose list of segments is longer than the field."""
    unread: bool
    """Nobody has looked yet who carries it already; those will not be entered."""
    entering: tuple[str, ...]
    """Keys at the destination, the first hundred."""
    leaving: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What would happen at one destination."""

    connection: str
    enter: int
    update: int
    leave: int
    requests: int
    seconds: float
    held: tuple[Hold, ...]
    targets: tuple[TargetPlan, ...]
    unbound: tuple[Target, ...]
    """Targets that the config no longer names: who carries them through us keeps them."""

    def as_json(self) -> dict[str, Any]:
        """The report as `plan --json` prints it."""
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
