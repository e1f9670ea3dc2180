"""A shop that fails in every way at once is read as if it had not failed."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from sandbox import Sandbox
from sandbox.faults import Fault, Faults, Kind
from tests.budget import at_night
from tests.reliability.hub import HubAtWork

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
PEOPLE = at_night(800, 200)
"""Some 2,000 orders at night."""
SEEDS = range(at_night(20, 1))
SHARES: Sequence[tuple[float, Kind]] = (
    (0.025, "server_error"), (0.025, "unavailable"), (0.05, "rate_limited"), (0.02, "truncated"),
    (0.01, "reset"), (0.01, "trickle"), (0.01, "wrong_type"), (0.01, "login_page"),
    (0.005, "repeated_page"), (0.005, "error_envelope"),
)  # fmt: skip
"""Shares of the requests that fail, by the way in which they do."""
RETRY_AFTER = 1
MOST_RUNS = 40
"""Runs after which everything has come; one that meets an answer that no retry mends ends."""


@dataclass(frozen=True)
class Asked:
    """A request, when it came, and the earliest instant at which another may come."""

    at: float
    not_before: float


class Mix(Faults):
    """Faults by chance, with a record of when each request came."""

    def __init__(self, seed: int) -> None:
        """Take the seed of the chance."""
        super().__init__()
        self._chance = Random(seed)
        self._lock = threading.Lock()
        self.asked: list[Asked] = []

    def next_for(self, method: str, path: str) -> Fault | None:  # noqa: ARG002 - any of them
        """The fault for this request, if chance wants one."""
        with self._lock:
            point, fault = self._chance.random(), None
            for share, kind in SHARES:
                if point < share:
                    wait = RETRY_AFTER if kind in ("rate_limited", "unavailable") else None
                    as_date = self._chance.random() < 0.5
                    fault = Fault(kind, "*", None, 1, 0, wait, as_date, 0.0005)
                    break
                point -= share
            now = time.monotonic()
            waits = fault is not None and fault.retry_after is not None and not fault.as_date
            self.asked.append(Asked(now, now + RETRY_AFTER if waits else now))
            return fault


def read_all(hub: HubAtWork) -> int:
    """Pull until a run is green; returns the number of runs."""
    for number in range(1, MOST_RUNS + 1):
        answer = hub.run("pull")
        assert "Traceback" not in answer.err
        if answer.code == 0:
            return number
    pytest.fail(f"after {MOST_RUNS} runs not everything has come: {answer.err}")


@pytest.mark.thorough
@pytest.mark.parametrize("seed", SEEDS)
def test_a_mix_of_faults_changes_nothing_of_what_is_stored(tmp_path: Path, seed: int) -> None:
    folders = [tmp_path / "well", tmp_path / "failing"]
    stored, asked = [], []
    for folder in folders:
        folder.mkdir()
        with Sandbox(START, seed=seed, people=PEOPLE) as sandbox:
            mixes = [Mix(seed), Mix(seed + 1)] if folder is folders[1] else []
            if mixes:
                sandbox.woocommerce.faults, sandbox.mailchimp.faults = mixes
            hub = HubAtWork(folder, sandbox, f"sqlite:///{folder}/hub.db").open()
            read_all(hub)
            stored.append(hub.stored())
            asked.append(len(sandbox.woocommerce.requests) + len(sandbox.mailchimp.requests))
            for mix in mixes:
                # One connection asks one question after another.
                for before, after in zip(mix.asked, mix.asked[1:], strict=False):
                    assert after.at >= before.not_before
    assert stored[1] == stored[0]
    assert asked[1] <= 1.3 * asked[0] + 10
