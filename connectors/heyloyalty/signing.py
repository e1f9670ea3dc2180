"""The signature of every request (https://github.com/Heyloyalty/api/wiki/Getting-started)."""

import base64
import hashlib
import hmac
from datetime import datetime
from email.utils import format_datetime

from connectors.kit import Credential, Secret, basic

TIMESTAMP = "X-Request-Timestamp"


def signature(timestamp: str, secret: str) -> str:
    """The password for a request of this time, which is signed as it is sent, letter for letter."""
    digest = hmac.new(secret.encode(), timestamp.encode(), hashlib.sha256).hexdigest()
    # The vendor encodes the digest's letters, not its bytes.
    return base64.b64encode(digest.encode()).decode()


def signed(key: Secret, secret: Secret, now: datetime) -> Credential:
    """Credential of a request at this instant, an aware one in UTC."""
    timestamp = format_datetime(now, usegmt=True)
    proof = basic(key, signature(timestamp, secret.get_secret_value().strip()))
    return Credential({TIMESTAMP: timestamp, **proof.headers})
