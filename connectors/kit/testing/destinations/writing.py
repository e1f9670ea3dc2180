"""Standard tests of writing: requests, their number, and outcomes."""

from collections import Counter

import pytest

from connectors.kit.testing.destinations.given import DestinationSuite, pushed, results
from connectors.kit.testing.system import FakeSystem
from core.contract import Destination, Found


class WritesChanges(DestinationSuite):
    """Changes and their outcomes where everything goes well."""

    def test_what_is_sent_is_what_the_table_says(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Each row by itself; who loses something had it before, and the other way round."""
        (person,) = api.welcome(1)
        for (target, value), expected in self.writes.items():
            before = None if value is not None else self._first(target)
            pushed(destination, [self.change(target, person, before)])
            api.requests.clear()
            asked = self.change(target, person, value)
            outcomes = pushed(destination, [asked])
            assert api.written() == list(expected)
            assert results(outcomes, [asked]) == {"applied"}
        assert {target for target, value in self.writes if value is None} == {
            target for target, value in self.writes if value is not None
        }, "every target needs a row with a value and a row with None"

    def test_nothing_to_do_asks_for_nothing(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Where nothing has changed, nothing is sent."""
        assert destination.cost([]).requests == 0
        assert list(destination.push([])) == []
        assert api.requests == []

    def test_every_change_has_exactly_one_outcome(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """In whatever order; what was not applied says why, what is pending how to ask."""
        ann, bo = api.welcome(2)
        changes = [*self.adding(ann, api.person(9999)), *self.removing(bo)]
        outcomes = list(destination.push(changes))
        assert Counter(each.change for each in outcomes) == Counter(changes)
        for each in outcomes:
            assert each.result in {"applied", "skipped", "rejected", "pending"}
            assert each.reason or each.result in {"applied", "pending"}
            assert each.handle or each.result != "pending"

    def test_the_same_change_twice_sends_the_same(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """A request that was not answered is sent again; a second time does no harm."""
        (person,) = api.welcome(1)
        for each in (*self.adding(person), *self.removing(person)):
            api.requests.clear()
            pushed(destination, [each])
            first = api.written()
            api.requests.clear()
            pushed(destination, [each])
            # A destination that looks before writing may find nothing left to write.
            assert [request for request in api.written() if request not in first] == []

    def test_who_was_written_to_is_found(self, destination: Destination, api: FakeSystem) -> None:
        """Before the first delivery the hub asks who carries a target already."""
        if not destination.can_read_back:
            pytest.skip("this destination cannot read back")
        ann, bo = api.welcome(2)
        changes = self.adding(ann)
        for each in changes:
            assert list(destination.carriers(each.target)) == []
        pushed(destination, self.adding(ann, bo))
        pushed(destination, self.removing(bo))
        for each in changes:
            assert each.value is not None
            assert list(destination.carriers(each.target)) == [Found(ann.key, each.value)]

    def test_removing_what_is_not_there_is_no_error(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """Somebody may have been quicker by hand."""
        changes = self.removing(*api.welcome(1))
        assert results(pushed(destination, changes), changes) <= {"applied", "skipped"}

    def test_a_request_names_no_more_people_than_declared(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """`people_at_once` is what the vendor takes."""
        most = destination.people_at_once
        for target in {each.target for each in self.adding(api.person(1))}:
            api.requests.clear()
            some = [
                self.change(target, each, self._first(target)) for each in api.welcome(most + 2)
            ]
            pushed(destination, some)
            assert max(len(api.named(each)) for each in api.requests) <= most

    def test_the_cost_is_what_push_sends(self, destination: Destination, api: FakeSystem) -> None:
        """`plan` tells it, and sends nothing; a target may have to be created, or be known."""
        people = api.welcome(2)
        targets = {target for target, _ in self.writes}
        for changes in (self.adding(*people), self.removing(*people)):
            api.requests.clear()
            cost = destination.cost(changes)
            assert api.requests == []
            assert cost.seconds >= 0
            pushed(destination, changes)
            sent = len(api.requests)
            assert sent <= cost.requests <= sent + len(targets)

    def _first(self, target: object) -> str:
        values = (value for known, value in self.writes if known == target and value is not None)
        return next(values)
