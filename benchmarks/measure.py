"""Measure the cost of work in a process of its own."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The folder in which `python -m benchmarks` runs."""
KIBIBYTE = 1024


@dataclass
class Cost:
    """CPU and memory that one process spent."""

    cpu: float = 0.0
    """Seconds of user and system time during the work, children included."""
    user: float = 0.0
    """Seconds of `cpu` in user mode."""
    start: float = 0.0
    """Seconds of the same before the work: starting Python and importing."""
    peak: int = 0
    """Peak memory in bytes."""
    counts: dict[str, int] = field(default_factory=dict)
    """Counts of what was done, to be checked."""
    parts: dict[str, float] = field(default_factory=dict)
    """Seconds of `cpu` by the part of the work that took them."""


def cpu_seconds() -> float:
    """User and system time of this process and of its finished children so far."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def user_seconds() -> float:
    """User time of this process and of its finished children so far."""
    spent = os.times()
    return spent.user + spent.children_user


def peak_memory() -> int:
    """Peak memory of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not from `resource`, where a child inherits the peak of its parent.
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) * KIBIBYTE
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * KIBIBYTE


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block, and print its cost for `run_apart` to read."""
    cost = Cost(start=cpu_seconds())
    user = user_seconds()
    yield cost
    cost.cpu, cost.user = cpu_seconds() - cost.start, user_seconds() - user
    cost.peak = peak_memory()
    sys.stdout.write(json.dumps(asdict(cost)) + "\n")


def run_apart(module: str, *arguments: str | Path | int) -> Cost:
    """Run a module that measures itself in a process of its own; raises RuntimeError on failure."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(  # noqa: S603 - our own modules
        command, check=False, capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def best(costs: list[Cost]) -> Cost:
    """The cheapest of several runs, because other load on the machine only adds."""
    return min(costs, key=lambda cost: cost.cpu)
