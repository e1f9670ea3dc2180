"""Standard tests of refusals, of single people and of the whole system."""

from dataclasses import replace

import httpx
import pytest

from connectors.kit.testing.answers import NOT_AGREED, ids
from connectors.kit.testing.destinations.given import DestinationSuite, pushed, results
from connectors.kit.testing.system import FakeSystem
from core.contract import Destination
from core.errors import HubError, Unauthorized, Unavailable


class WritesThroughTrouble(DestinationSuite):
    """Refusals of one, and outages for all."""

    def test_one_bad_person_does_not_stop_the_rest(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Whether the vendor tells it inside a 200 or refuses the one request."""
        ann, bad, bo = api.welcome(3)
        api.refused = {bad.key}
        outcomes = pushed(destination, self.adding(ann, bad, bo))
        assert results(outcomes, self.adding(ann, bo)) == {"applied"}
        assert results(outcomes, self.adding(bad)) <= {"skipped", "rejected"}

    def test_half_of_an_audiences_batch_that_is_refused_is_no_success(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Neither where somebody is not taken in nor where an old address is not taken back."""
        if destination.addressed_by == "key":
            pytest.skip("people are named by the keys that it gave them itself")
        new, old, other = api.welcome(3)
        both = zip(self.adding(new), self.removing(old), strict=True)
        changes = [replace(added, remove=removed.remove) for added, removed in both]
        for refused in (new, old):
            api.refused = {refused.key}
            api.requests.clear()
            outcomes = pushed(destination, [*changes, *self.adding(other)])
            assert results(outcomes, self.adding(other)) == {"applied"}
            if any(refused in api.named(each) for each in api.requests):
                assert results(outcomes, changes) <= {"skipped", "rejected"}

    def test_who_is_not_there_is_skipped(self, destination: Destination, api: FakeSystem) -> None:
        """Nothing is left to do for somebody who is gone."""
        if destination.addressed_by == "identifiers":
            pytest.skip("it does not say whom it knows")
        ann, bo = api.welcome(2)
        stranger = api.person(9999)
        outcomes = pushed(destination, self.adding(ann, stranger, bo))
        assert results(outcomes, self.adding(ann, bo)) == {"applied"}
        assert results(outcomes, self.adding(stranger)) == {"skipped"}

    def test_nobody_is_ever_created(self, destination: Destination, api: FakeSystem) -> None:
        """A segment is no sign-up."""
        pushed(destination, self.adding(*api.welcome(1), api.person(9999)))
        pushed(destination, self.removing(api.person(9999)))
        assert api.created == []

    def test_too_many_requests_are_answered_by_waiting(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Never earlier than asked, and nothing is lost."""
        changes = self.adding(*api.welcome(1))
        api.faults = [httpx.Response(429, headers={"Retry-After": "37"})]
        begun = api.now()
        assert results(pushed(destination, changes), changes) == {"applied"}
        assert api.now() - begun >= 37

    def test_a_short_outage_heals(self, destination: Destination, api: FakeSystem) -> None:
        """Twice down, then up again; changes are absolute, so they may be sent again."""
        changes = self.adding(*api.welcome(1))
        api.faults = [httpx.Response(503), httpx.Response(502, text="<html>busy</html>")]
        assert results(pushed(destination, changes), changes) == {"applied"}

    def test_a_long_outage_is_unavailable(self, destination: Destination, api: FakeSystem) -> None:
        """The next run goes on; nobody is told to be refused."""
        api.outage = httpx.Response(503)
        with pytest.raises(Unavailable):
            pushed(destination, self.adding(*api.welcome(1)))
        assert len(api.written()) <= 10

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_credential_is_not_tried_again(
        self, destination: Destination, api: FakeSystem, status: int
    ) -> None:
        """A second try would lock the account; a token that may have ended is renewed first."""
        api.outage = httpx.Response(status, json={"message": "no"})
        with pytest.raises(Unauthorized):
            pushed(destination, self.adding(*api.welcome(2)))
        assert len(api.written()) == (2 if api.tokens.are_renewed and status == 401 else 1)

    @pytest.mark.parametrize("answer", NOT_AGREED, ids=ids)
    def test_another_answer_than_agreed_is_not_taken_for_success(
        self, destination: Destination, api: FakeSystem, answer: httpx.Response
    ) -> None:
        """The push stops, or the change is rejected; the ledger must not believe it delivered."""
        api.outage = answer
        changes = self.adding(*api.welcome(1))
        try:
            outcomes = pushed(destination, changes)
        except HubError:
            return
        assert results(outcomes, changes) == {"rejected"}
