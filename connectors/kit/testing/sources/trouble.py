"""Standard tests of limits, outages and refusals."""

import httpx
import pytest

from connectors.kit.rest import RestSource
from connectors.kit.testing.answers import NO_LIST, NOT_AGREED, ids
from connectors.kit.testing.fake import FakeApi
from connectors.kit.testing.reading import EVERYTHING, anew, names
from connectors.kit.testing.sources.given import SourceSuite
from core.errors import Broken, Unauthorized, Unavailable


class BearsTrouble(SourceSuite):
    """Limits, outages, refusals and answers that nobody agreed upon; in every stream."""

    def test_too_many_requests_are_answered_by_waiting(
        self, source: RestSource, api: FakeApi
    ) -> None:
        """Never earlier than asked, and nothing is lost."""
        for stream in source.streams():
            good = names(source, stream.name)
            api.moments.clear()
            api.faults = [httpx.Response(429, headers={"Retry-After": "37"})]
            assert names(anew(source), stream.name) == good
            assert api.moments[1] - api.moments[0] >= 37

    def test_a_short_outage_heals(self, source: RestSource, api: FakeApi) -> None:
        """Twice down, then up again."""
        for stream in source.streams():
            good = names(source, stream.name)
            api.faults = [httpx.Response(503), httpx.Response(502, text="<html>busy</html>")]
            assert names(anew(source), stream.name) == good

    def test_a_long_outage_is_unavailable(self, source: RestSource, api: FakeApi) -> None:
        """The next run goes on."""
        api.outage = httpx.Response(503)
        for stream in source.streams():
            api.requests.clear()
            with pytest.raises(Unavailable):
                list(anew(source).read(stream.name, EVERYTHING))
            assert len(api.requests) <= 10

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_credential_is_not_tried_again(
        self, source: RestSource, api: FakeApi, status: int
    ) -> None:
        """A second try would lock the account; a token that may have ended is renewed first."""
        api.outage = httpx.Response(status, json={"message": "no"})
        for stream in source.streams():
            api.requests.clear()
            with pytest.raises(Unauthorized):
                list(source.read(stream.name, EVERYTHING))
            assert len(api.requests) == (2 if api.tokens.are_renewed and status == 401 else 1)

    @pytest.mark.parametrize("answer", [*NOT_AGREED, *NO_LIST], ids=ids)
    def test_another_answer_than_agreed_is_broken(
        self, source: RestSource, api: FakeApi, answer: httpx.Response
    ) -> None:
        """The stream stops; nothing is taken for empty."""
        api.outage = answer
        for stream in source.streams():
            api.requests.clear()
            with pytest.raises(Broken):
                list(source.read(stream.name, EVERYTHING))
            assert len(api.requests) == 1
