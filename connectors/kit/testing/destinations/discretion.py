"""Standard tests of discretion, and of requests as the vendor describes them."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import httpx
import pytest

from connectors.kit.testing.description import Description
from connectors.kit.testing.destinations.given import DestinationSuite, delivered
from connectors.kit.testing.reading import secrets
from connectors.kit.testing.server import origin
from connectors.kit.testing.system import FakeSystem, body_of, leaves, texts
from core.contract import Change, Destination
from core.errors import HubError

STATUS_WORDS = frozenset(
    {
        "cleaned", "double_optin", "email_status", "opt_in", "optin", "pending", "resubscribe",
        "skipoptin", "subscribe", "subscribed", "unsubscribe", "unsubscribed",
    }
)  # fmt: skip
STATUS = "status"
"""Names and values with which vendors are told who is on a list, in lower case; and how others
begin."""


class WritesDiscreetly(DestinationSuite):
    """Subscriptions, hosts, secrets, addresses, and the vendor's own words."""

    status_words: ClassVar[frozenset[str]] = STATUS_WORDS
    """Add what this vendor calls it."""

    def test_no_subscription_is_ever_told(self, destination: Destination, api: FakeSystem) -> None:
        """A subscription is the person's own choice, and the list's."""
        people = [*api.welcome(2), api.person(9999)]
        for changes in (self.adding(*people), self.removing(*people)):
            list(delivered(destination, changes))
        said = [
            word.lower()
            for each in api.requests
            for word in (*each.url.params.keys(), *leaves(body_of(each), names=True))
        ]
        telling = {each for each in said if each in self.status_words or each.startswith(STATUS)}
        assert sorted(telling) == []

    def test_only_its_own_host_is_called(self, destination: Destination, api: FakeSystem) -> None:
        """A credential goes to the origin that it was configured for."""
        people = api.welcome(2)
        list(delivered(destination, self.adding(*people)))
        list(delivered(destination, self.removing(*people)))
        assert {origin(request.url) for request in api.requests} == {api.origin}

    def test_no_secret_and_no_address_leaks(
        self,
        destination: Destination,
        api: FakeSystem,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Not into logs, errors or reasons; a secret not into the address of a request either."""
        caplog.set_level(logging.DEBUG)
        people = [*api.welcome(2), api.person(9999)]
        api.refused = {people[1].key}
        hidden = [*secrets(destination), *(each.address for each in people)]
        told = [repr(destination), str(destination)]
        for changes in (self.adding(*people), self.removing(*people)):
            told += _told(destination, changes)
        for status in (400, 401, 403, 503):
            api.outage = httpx.Response(status, json={"message": hidden, "errors": hidden})
            told += _told(destination, self.adding(people[0]))
        told += [caplog.text, *capsys.readouterr()]
        assert [text for text in told for each in hidden if each in text] == []
        asked = [str(request.url) for request in api.requests]
        assert [url for url in asked for each in secrets(destination) if each in url] == []

    def test_identifiers_are_hashed(self, destination: Destination, api: FakeSystem) -> None:
        """A platform that knows people by identifiers is told no address of anybody."""
        if destination.addressed_by == "key":
            pytest.skip("people are named by the keys that it gave them itself")
        people = api.welcome(2)
        for changes in (self.adding(*people), self.removing(*people)):
            list(destination.push(changes))
        said = [each.content.decode() + str(each.url) for each in api.requests]
        assert said
        assert [text for text in said for each in people if each.address in text] == []

    def test_an_address_that_changed_is_taken_back(
        self, destination: Destination, api: FakeSystem
    ) -> None:
        """A change may add identifiers and remove others; the platform is told of both."""
        if destination.addressed_by == "key":
            pytest.skip("people are named by the keys that it gave them itself")
        new, old = api.welcome(2)
        for added, removed in zip(self.adding(new), self.removing(old), strict=True):
            api.requests.clear()
            list(destination.push([replace(added, remove=removed.remove)]))
            said = {text.lower() for each in api.requests for text in texts(each)}
            for one in (*added.add, *removed.remove):
                assert {text.lower() for text in one.values()} & said, (
                    "a change has identifiers in `add` and in `remove`; send both"
                )

    def test_requests_and_answers_are_as_the_vendor_describes(
        self, destination: Destination, api: FakeSystem, description: Description | None
    ) -> None:
        """The vendor's own words are held against what is sent and what is fed."""
        if description is None:
            pytest.skip("no description was given")
        people = [*api.welcome(2), api.person(9999)]
        for changes in (self.adding(*people), self.removing(*people)):
            list(delivered(destination, changes))
        if destination.can_read_back:
            for each in self.adding(people[0]):
                list(destination.carriers(each.target))
        assert api.requests
        for request, response in zip(api.requests, api.responses, strict=True):
            description.check(request, response)


def _told(destination: Destination, changes: list[Change]) -> Iterator[str]:
    """Everything that a push says."""
    try:
        for outcome in delivered(destination, changes):
            yield repr(outcome)
    except HubError as error:
        yield str(error)
