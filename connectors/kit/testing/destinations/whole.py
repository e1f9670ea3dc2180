"""Standard tests of one push from its beginning to its end, and of the next one."""

from collections import Counter

import httpx
import pytest

from connectors.kit.http.limits import RateHeaders
from connectors.kit.lists.pages import lay
from connectors.kit.rest import Rest
from connectors.kit.testing.destinations.given import DestinationSuite, pushed, results
from connectors.kit.testing.server import READING, origin
from connectors.kit.testing.system import FakeSystem
from connectors.kit.writing.writing import Writing
from core.contract import Destination, Found, Target
from core.errors import Broken, HubError

FULL_AGAIN = 33
"""Seconds after which a limit is full again; a usual pause is shorter."""


class PushesWhole(DestinationSuite):
    """Look-ups, scans, limits and tokens on the way, and answers that do not tell enough."""

    def test_targets_are_looked_up_once_per_push_and_anew_in_the_next(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """A push comes in parts; a target may be renamed between two pushes."""
        ann, bo, eva = api.welcome(3)
        asked: list[set[httpx.URL]] = []
        for begins, person in ((True, ann), (False, bo), (True, eva)):
            if begins:
                destination.begin_push()
            api.requests.clear()
            changes = self.adding(person)
            outcomes = {each.change: each for each in destination.push(changes)}
            assert results(outcomes, changes) <= {"applied", "pending"}
            asked.append({each.url for each in api.requests if _is_look_up(each, api)})
        first, part, second = asked
        assert part & first == set()
        assert second == first

    def test_carriers_of_all_targets_are_read_without_asking_twice(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Where one list shows all targets it is read once."""
        if not destination.can_read_back:
            pytest.skip("this destination cannot read back")
        changes = self.adding(*api.welcome(2))
        pushed(destination, changes)
        targets = [*dict.fromkeys(each.target for each in changes)]
        one_by_one: list[tuple[Target, Found]] = []
        asked: Counter[tuple[str, str, bytes]] = Counter()
        for each in targets:
            api.requests.clear()
            one_by_one += [(each, found) for found in destination.carriers(each)]
            asked |= _requests(api)
        api.requests.clear()
        found = list(destination.carriers_of(targets))
        assert sorted(found, key=repr) == sorted(one_by_one, key=repr)
        assert _requests(api) <= asked

    def test_a_limit_that_answers_tell_is_waited_for(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Until it is full again, and not earlier."""
        assert isinstance(destination, Rest)
        learns = destination.learns
        if not isinstance(learns, RateHeaders) or not learns.reset:
            pytest.skip("no header tells when a limit is full again")
        changes = self.adding(*api.welcome(1))
        api.headers = {learns.left: "0", learns.reset: str(FULL_AGAIN)}
        pushed(destination, changes)
        moments = [*api.moments]
        pushed(destination, changes)
        assert api.moments[len(moments)] - moments[-1] >= FULL_AGAIN

    def test_a_token_that_ends_in_the_middle_is_renewed(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """The refused request is sent again, and nothing is lost."""
        if not api.tokens.are_renewed:
            pytest.skip("its credential is not renewed")
        ann, bo = api.welcome(2)
        pushed(destination, self.adding(ann))
        known = len(api.tokens.forms)
        api.faults = [httpx.Response(401, json={"message": "expired"})]
        changes = self.adding(bo)
        assert results(pushed(destination, changes), changes) == {"applied"}
        assert len(api.tokens.forms) == known + 1

    def test_who_is_not_named_in_an_answer_is_no_success(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Where an answer tells each person's verdict, one that names nobody tells none."""
        told = isinstance(destination, Writing) and type(destination).verdicts != Writing.verdicts
        if not told:
            pytest.skip("the status of an answer is everybody's verdict")
        changes = self.adding(*api.welcome(1))
        api.outage = httpx.Response(200, json={})
        try:
            outcomes = pushed(destination, changes)
        except HubError:
            return
        # Of some kinds of targets the status may be the verdict all the same.
        assert results(outcomes, changes) != {"applied"}

    def test_an_answer_that_tells_of_somebody_created_stops_the_push(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Nobody may be signed up by a segment, and if it happens it is not passed over."""
        if not isinstance(destination, Writing) or not destination.created:
            pytest.skip("no answer tells it")
        changes = self.adding(*api.welcome(1))
        for path in destination.created:
            answer: dict[str, object] = {}
            lay(answer, path, [{"id": "9999"}])
            api.outage = httpx.Response(200, json=answer)
            with pytest.raises(Broken, match="created"):
                pushed(destination, changes)


def _is_look_up(request: httpx.Request, api: FakeSystem) -> bool:
    """Whether a request asks the vendor for something else than one person."""
    reads = request.method in READING and origin(request.url) == api.origin
    return reads and not api.named(request)


def _requests(api: FakeSystem) -> Counter[tuple[str, str, bytes]]:
    return Counter((each.method, str(each.url), each.content) for each in api.requests)
