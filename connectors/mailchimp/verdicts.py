"""Verdicts on single members: the address that a change is sent under, and what an error means."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from connectors.kit import NOT_ON_THE_LIST, Change, without_addresses

UNANSWERED = "Mailchimp neither wrote it nor said why"

# The vendor's sentences, lower-cased, because it documents no codes for them
# (https://mailchimp.com/developer/marketing/docs/errors/).
_COMPLIANCE = re.compile(
    r"compliance|permanently deleted|fake or invalid|forgotten email|has bounced|unsubscribed"
    r"|cannot be subscribed|too many recent signups|lot of lists"
)
_UNKNOWN = re.compile(
    r"not a (list )?member|not (on|in) (the|this) (list|audience)|not subscribed|not be found"
    # Creating a member needs a status, which is never sent.
    r"|does not exist|\bstatus\b"
)


@dataclass(frozen=True)
class Verdict:
    """Outcome of one member's changes that were not written."""

    result: Literal["skipped", "rejected"]
    reason: str
    field: str = ""
    """Tag of the merge field that alone is at fault, where one is."""


def verdict(error: Mapping[str, Any]) -> Verdict:
    """Outcome that an error means; the member's address is taken out of its text."""
    said = str(error.get("error") or "")
    field = str(error.get("field") or "")
    lower = said.lower()
    if not field and _COMPLIANCE.search(lower):
        return Verdict("skipped", f"in a compliance state: {without_addresses(said)}")
    if not field and _UNKNOWN.search(lower):
        return Verdict("skipped", NOT_ON_THE_LIST)
    told = ": ".join(filter(None, (field, str(error.get("field_message") or "") or said)))
    return Verdict("rejected", without_addresses(told) or UNANSWERED, field)


def address_of(change: Change) -> str:
    """The address whose hash the key is; "" for any other, which is never sent."""
    if not change.address:
        return ""
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
    return ""
