"""Signing and encoding for OAuth: JSON Web Tokens, and base64 for URLs."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.errors import Misconfigured


def signed_jwt(claims: Mapping[str, Any], private_key: str) -> str:
    """A JSON Web Token signed with RS256 (RFC 7515, RFC 7518); raises Misconfigured."""
    try:
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Misconfigured(
            "the private key is no RSA key in PEM without a password; it begins with "
            "-----BEGIN PRIVATE KEY-----. Name the file that the vendor gave you: "
            '{ file = "path" }'
        )
    head = encoded(json.dumps({"alg": "RS256", "typ": "JWT"}).encode())
    signing = f"{head}.{encoded(json.dumps(dict(claims)).encode())}"
    signature = key.sign(signing.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signing}.{encoded(signature)}"


def encoded(data: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
