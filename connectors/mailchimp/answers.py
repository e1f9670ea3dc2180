"""What Mailchimp says of single members inside an answer of 200, in words that may be kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

NOT_ON_THE_LIST = "not on the list"
NO_ADDRESS = "no address is known that belongs to this member"
UNANSWERED = "Mailchimp neither wrote it nor said why"

# The vendor's sentences, lower-cased, because it documents no codes for them
# (https://mailchimp.com/developer/marketing/docs/errors/).
_COMPLIANCE = re.compile(
    r"compliance|permanently deleted|fake or invalid|forgotten email|has bounced|unsubscribed"
    r"|cannot be subscribed|too many recent signups|lot of lists"
)
_UNKNOWN = re.compile(
    r"not a (list )?member|not (on|in) (the|this) (list|audience)|not subscribed|not be found"
    # Who would have to be created needs a status, which is never sent.
    r"|does not exist|\bstatus\b"
)
_ADDRESS = re.compile(r"\S*@\S*")
_LONGEST_REASON = 200


@dataclass(frozen=True)
class Verdict:
    """What became of one member's change, other than that it was written."""

    result: Literal["skipped", "rejected"]
    reason: str
    field: str = ""
    """Tag of the merge field that alone is at fault, where one is."""


def verdict(error: Mapping[str, Any]) -> Verdict:
    """What one error means; its text may quote the member's address, which is taken out."""
    said = str(error.get("error") or "")
    field = str(error.get("field") or "")
    lower = said.lower()
    if not field and _COMPLIANCE.search(lower):
        return Verdict("skipped", f"in a compliance state: {kept(said)}")
    if not field and _UNKNOWN.search(lower):
        return Verdict("skipped", NOT_ON_THE_LIST)
    told = ": ".join(filter(None, (field, str(error.get("field_message") or "") or said)))
    return Verdict("rejected", kept(told) or UNANSWERED, field)


def kept(text: str) -> str:
    """The vendor's words without any address, and not too long."""
    return _ADDRESS.sub("…", " ".join(text.split()))[:_LONGEST_REASON]
