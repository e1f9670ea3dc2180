"""Requests signed with OAuth 1.0a."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote

from connectors.kit import Client, Network, oauth1
from connectors.kit.auth.oauth1 import SignedCredential, sign, signature_base
from tests.connectors.kit.conftest import Wire, says

AT = datetime(2025, 11, 30, 12, tzinfo=UTC)


def test_the_header_signs_the_method_the_address_and_its_parameters() -> None:
    credential = oauth1("ck", "cs\n", at=AT, token="tk", token_secret="ts")
    assert isinstance(credential, SignedCredential)
    url = "http://shop.example/orders?after=2026-11-01T00%3A00%3A00&empty="
    header = credential.headers_for("get", url)["Authorization"]
    assert header.startswith("OAuth ")
    signed = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
    signature = signed.pop("oauth_signature")
    assert signed == {
        "oauth_consumer_key": "ck",
        "oauth_token": "tk",
        "oauth_nonce": credential.nonce,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(AT.timestamp())),
        "oauth_version": "1.0",
    }
    params = [("after", "2026-11-01T00:00:00"), ("empty", ""), *signed.items()]
    base = signature_base("GET", "http://shop.example/orders", params)
    assert signature == sign(base, "cs", "ts", "HMAC-SHA256")


def test_no_nonce_is_used_twice_and_no_secret_printed() -> None:
    first, second = (oauth1("ck", "hidden-word", at=AT) for _ in range(2))
    assert first != second
    assert "hidden-word" not in repr(first)


def test_a_client_signs_every_request(wire: Wire) -> None:
    wire.talks = [says(b"{}")]
    client = Client(
        wire.address,
        credential=lambda: oauth1("ck", "cs", at=AT, method="HMAC-SHA1"),
        network=Network(allow_local=frozenset({"127.0.0.1"})),
    )
    client.request("GET", "/orders", params={"page": "2"})
    (head,) = wire.requests
    assert b'oauth_signature_method="HMAC-SHA1"' in head
    assert b'oauth_signature="' in head
