"""Standard tests of changes that a vendor takes as jobs."""

import httpx
import pytest

from connectors.kit.testing.destinations.given import DestinationSuite
from connectors.kit.testing.system import FakeSystem
from connectors.kit.writing.jobs import Jobs
from core.contract import Destination, Outcome


class HandsInJobs(DestinationSuite):
    """Handed in together, asked about together, and lost where the vendor does not know them."""

    def test_one_question_tells_of_everybody_in_a_job(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """However many they are; each change has its outcome."""
        asked: list[int] = []
        for count in (1, 3):
            pending = self._pending(destination, api, count)
            handle = pending[0].handle
            changes = [each.change for each in pending if each.handle == handle]
            api.requests.clear()
            outcomes = list(destination.resolve(handle, changes))
            asked.append(len(api.requests))
            assert {each.change: each.result for each in outcomes} == dict.fromkeys(
                changes, "applied"
            )
        assert asked[0] == asked[1]

    def test_a_job_that_still_runs_is_pending(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Nobody in it has a verdict yet."""
        pending = self._pending(destination, api, 2)
        if not api.jobs:
            pytest.skip("its fake system keeps its jobs itself")
        for job in api.jobs.values():
            job.runs = True
        changes = [each.change for each in pending]
        outcomes = list(destination.resolve(pending[0].handle, changes))
        assert {each.change: each.result for each in outcomes} == dict.fromkeys(changes, "pending")

    def test_a_job_that_the_vendor_does_not_know_is_lost(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Nothing is believed of its changes: the hub sends them again."""
        pending = self._pending(destination, api, 2)
        api.spared = frozenset()
        api.outage = httpx.Response(404, json={"message": "there is no such job"})
        changes = [each.change for each in pending]
        assert list(destination.resolve(pending[0].handle, changes)) == []

    def _pending(self, destination: Destination, api: FakeSystem, count: int) -> list[Outcome]:
        if not isinstance(destination, Jobs):
            pytest.skip("it hands in no jobs")
        outcomes = destination.push(self.adding(*api.welcome(count)))
        pending = [each for each in outcomes if each.result == "pending"]
        if not pending:
            pytest.skip("it hands in a job for many people only")
        return pending
