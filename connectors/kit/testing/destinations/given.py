"""Fixtures of the standard tests of a destination."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import respx

from connectors.kit.rest import Rest
from connectors.kit.testing.clock import FakeClock
from connectors.kit.testing.server import Person, Written
from connectors.kit.testing.suite import Suite
from connectors.kit.testing.system import FakeSystem, identifiers_of
from core.contract import Change, Destination, Outcome, Target

Writes = Mapping[tuple[Target, str | None], Sequence[Written]]
"""Requests that write a value of a target to the first person; of None: that take it back."""


class DestinationSuite(Suite):
    """A destination, what it writes, and the fake system that it writes to."""

    connector: ClassVar[type[Destination]]
    settings: ClassVar[Mapping[str, Any]]
    writes: ClassVar[Writes]
    fake: ClassVar[type[FakeSystem]] = FakeSystem

    @pytest.fixture
    def destination(self) -> Destination:
        """The connector, configured."""
        destination = self.connector(**self.settings)
        assert isinstance(destination, Rest), "the suite is for destinations that are Rest"
        destination._clock = FakeClock()  # noqa: SLF001 - the one place where time is replaced
        return destination

    @pytest.fixture
    def api(self, destination: Destination) -> Iterator[FakeSystem]:
        """The fake system, in place of the network."""
        assert isinstance(destination, Rest)
        clock = destination._clock  # noqa: SLF001
        assert isinstance(clock, FakeClock)
        fake = self.fake(destination, clock)
        fake.offer(dict.fromkeys(target for target, _ in self.writes))
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=fake)
            yield fake

    def adding(self, *people: Person) -> list[Change]:
        """Changes that write the table's first value of every target to these people."""
        first: dict[Target, str] = {}
        for target, value in self.writes:
            if value is not None:
                first.setdefault(target, value)
        return [
            self.change(target, who, value) for who in people for target, value in first.items()
        ]

    def removing(self, *people: Person) -> list[Change]:
        """Changes that take every target of the table back from these people."""
        targets = dict.fromkeys(target for target, _ in self.writes)
        return [self.change(target, who, None) for who in people for target in targets]

    def change(self, target: Target, person: Person, value: str | None) -> Change:
        """A change of one person; where people are known by identifiers alone, with these."""
        change = Change(target, person.key, value, person.address)
        if self.connector.addressed_by == "key":
            return change
        known_as = tuple(identifiers_of(self.connector(**self.settings), person))
        add, remove = (known_as, ()) if value is not None else ((), known_as)
        return replace(change, address=None, add=add, remove=remove)


def delivered(destination: Destination, changes: Iterable[Change]) -> Iterator[Outcome]:
    """Outcomes of changes; each job is asked about once, as the hub does when it is due."""
    waiting: dict[str, list[Change]] = {}
    for outcome in destination.push(list(changes)):
        if outcome.result == "pending":
            waiting.setdefault(outcome.handle, []).append(outcome.change)
        else:
            yield outcome
    for handle, own in waiting.items():
        yield from destination.resolve(handle, own)


def pushed(destination: Destination, changes: Iterable[Change]) -> dict[Change, Outcome]:
    """Outcome of each change; the last of several."""
    return {outcome.change: outcome for outcome in delivered(destination, changes)}


def results(outcomes: Mapping[Change, Outcome], changes: Iterable[Change]) -> set[str]:
    """Outcomes of some of the changes."""
    return {outcomes[each].result if each in outcomes else "nothing" for each in changes}
