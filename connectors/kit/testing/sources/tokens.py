"""Standard tests of renewal, for sources that declare OAuth."""

import httpx
import pytest

from connectors.kit.rest import RestSource
from connectors.kit.testing.fake import FakeApi
from connectors.kit.testing.reading import EVERYTHING, names
from connectors.kit.testing.sources.given import SourceSuite


class RenewsTokens(SourceSuite):
    """Renewed once, with the newest refresh token, and nothing is lost."""

    def test_a_token_that_ended_is_renewed_and_nothing_is_lost(
        self, source: RestSource, api: FakeApi
    ) -> None:
        """One request for a token, and the refused request is sent again with it."""
        if not api.tokens.are_renewed:
            pytest.skip("its credential is not renewed")
        for number, stream in enumerate(source.streams(), 1):
            good = names(source, stream.name)
            api.requests.clear()
            api.faults = [httpx.Response(401, json={"message": "expired"})]
            assert names(source, stream.name) == good
            refused, again = api.requests[:2]
            assert refused.url == again.url
            assert source.oauth is not None
            name = source.oauth.header
            assert refused.headers[name] != again.headers[name]
            assert len(api.tokens.forms) == number

    def test_each_refresh_token_is_spent_once(self, source: RestSource, api: FakeApi) -> None:
        """Where a vendor rotates them, an old one that is sent again looks stolen."""
        if not api.tokens.are_renewed:
            pytest.skip("its credential is not renewed")
        stream = source.streams()[0]
        for _ in range(3):
            api.faults = [httpx.Response(401, json={"message": "expired"})]
            list(source.read(stream.name, EVERYTHING))
        spent = [form["refresh_token"] for form in api.tokens.forms if "refresh_token" in form]
        assert len(set(spent)) == len(spent)
