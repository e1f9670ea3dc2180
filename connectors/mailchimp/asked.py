"""Changes of single members with the address that they are sent under."""

import hashlib
from dataclasses import dataclass

from connectors.kit import Change, Outcome
from connectors.mailchimp.answers import Verdict

MOST = 500
"""Members in one request, of a tag in each direction
(https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/)."""


@dataclass(frozen=True)
class Asked:
    """A change with the address that it is sent under."""

    change: Change
    address: str

    def answered(self, verdict: Verdict) -> Outcome:
        """As the vendor said."""
        return Outcome(self.change, verdict.result, verdict.reason)


def address_of(change: Change) -> str | None:
    """The address whose hash the key is; None for any other, which is never sent."""
    if not change.address:
        return None
    local, _, domain = change.address.rpartition("@")
    try:
        # The store keeps names of domains as people read them, the vendor may keep them encoded.
        encoded = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        encoded = change.address
    for address in (change.address, encoded):
        hashed = hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
        if hashed == change.key:
            return address
    return None


def batches(people: int) -> int:
    """Requests that so many members take."""
    return -(-people // MOST)
