"""Standard tests of discretion, and of requests as the vendor describes them."""

import logging
from urllib.parse import unquote

import httpx
import pytest

from connectors.kit.rest import RestSource
from connectors.kit.testing.description import Description
from connectors.kit.testing.fake import FakeApi
from connectors.kit.testing.reading import EVERYTHING, addresses, secrets
from connectors.kit.testing.samples import Samples
from connectors.kit.testing.server import origin
from connectors.kit.testing.sources.given import SourceSuite
from core.errors import Broken


class KeepsToItself(SourceSuite):
    """Hosts, secrets, addresses, and the vendor's own words."""

    def test_only_its_own_host_is_called(self, source: RestSource, api: FakeApi) -> None:
        """A credential goes to the origin that it was configured for."""
        for stream in source.streams():
            list(source.read(stream.name, EVERYTHING))
        assert {origin(request.url) for request in api.requests} == {api.origin}

    def test_no_secret_and_no_address_leaks(
        self,
        source: RestSource,
        api: FakeApi,
        raws: Samples,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Not into logs, nor into errors, rejects or the query of a request."""
        caplog.set_level(logging.DEBUG)
        told = [repr(source), str(source)]
        hidden = [*secrets(source), *addresses(raws)]
        for raw in [raw for rows in raws.values() for raw in rows]:
            raw.pop("id", None)
        for stream in source.streams():
            told += [repr(page.rejects) for page in source.read(stream.name, EVERYTHING)]
        api.outage = httpx.Response(400, json=[raws, hidden])
        for stream in source.streams():
            with pytest.raises(Broken) as refused:
                list(source.read(stream.name, EVERYTHING))
            told.append(str(refused.value))
        told += [caplog.text, *capsys.readouterr()]
        told += [unquote(str(request.url)) for request in api.requests]
        assert [text for text in told for each in hidden if each in text] == []

    def test_requests_and_answers_are_as_the_vendor_describes(
        self, source: RestSource, api: FakeApi, description: Description | None
    ) -> None:
        """The vendor's own words are held against what is sent and what is fed."""
        if description is None:
            pytest.skip("no description was given")
        for stream in source.streams():
            list(source.read(stream.name, EVERYTHING))
        assert api.requests
        for request, response in zip(api.requests, api.responses, strict=True):
            description.check(request, response)
