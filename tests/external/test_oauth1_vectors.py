"""Signatures of OAuth 1.0a, against published ones."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from connectors.kit.auth.oauth1 import sign, signature_base


@pytest.fixture(scope="session")
def vectors(shared: Path) -> Any:
    """The published requests and their signatures."""
    text = (shared / "api-specs" / "vectors.md").read_text("utf-8")
    (block,) = (
        each for each in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if "rfc5849" in each
    )
    return json.loads(block)


def test_the_example_of_the_rfc_is_signed_as_published(vectors: Any) -> None:
    vector = vectors["rfc5849"]
    params = parse_qsl(vector["normalized"], keep_blank_values=True)
    assert signature_base(vector["method"], vector["uri"], params) == vector["base"]
    secrets = (vector["client_secret"], vector["token_secret"])
    assert sign(vector["base"], *secrets, "HMAC-SHA1") == vector["hmac_sha1"]
    assert sign(vector["base"], *secrets, "HMAC-SHA256") == vector["hmac_sha256"]


def test_a_woocommerce_request_is_signed_as_published(vectors: Any) -> None:
    vector = vectors["woocommerce"]
    params = {
        **vector["params"],
        "oauth_consumer_key": vector["consumer_key"],
        "oauth_signature_method": "HMAC-SHA256",
    }
    base = signature_base(vector["method"], vector["uri"], params.items())
    assert base == vector["base"]
    assert sign(base, vector["consumer_secret"], "", "HMAC-SHA256") == vector["signature"]
