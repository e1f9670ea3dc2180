"""One audience of one Mailchimp account: how it is reached, and what both roles read there."""

import re
from collections.abc import Mapping

from connectors.kit import (
    Address,
    Credential,
    Declared,
    HubError,
    Limit,
    Misconfigured,
    Mistake,
    OffsetPages,
    Response,
    Rest,
    Secret,
    Unauthorized,
    Unavailable,
    basic,
)

LONGEST = 120.0
"""Seconds after which the vendor gives up itself."""
KEYS = "(Mailchimp, Account, Extras, API keys)"
FORBIDDEN = 403
DATACENTRE = re.compile(r"[a-z]{1,5}\d{1,4}")
MEMBERS = "/lists/{audience}/members"
OLDEST_FIRST = {"sort_field": "timestamp_signup", "sort_dir": "ASC"}
"""An order of members that nothing changes while their pages are read."""


class MailchimpAccount(Rest):
    """Settings and answers that source and destination share."""

    base_url = "{self.root}"
    pages = OffsetPages(size=1000, limit="count", total_path="total_items")
    # The vendor names no rate; ten a second from one connection stays far from what it refuses.
    limits = (Limit(requests=10, seconds=1.0, at_once=1),)

    api_key: Secret
    """API key (Mailchimp, Account, Extras, API keys), like 0123…-us21; what follows the dash is
    the data centre."""
    audience: str
    """Id of the audience (Audience, Settings, Audience name and defaults), like a1b2c3d4e5."""
    email_permission: str | None = None
    """Marketing permission that means email, by its text or id, where the audience has several:
    "Email". Who has not ticked it is not written to."""
    url: Address | None = None
    """Address of the API where it is not the vendor's own: a sandbox, a proxy."""

    @property
    def root(self) -> str:
        """The address of the API; raises Misconfigured where the key does not tell it."""
        if self.url:
            return self.url
        centre = self.api_key.get_secret_value().strip().rpartition("-")[2]
        if not DATACENTRE.fullmatch(centre):
            raise Misconfigured(
                [
                    Mistake(
                        "api_key",
                        "does not end in a data centre, like -us21; copy the whole key from "
                        "Mailchimp (Account, Extras, API keys)",
                    )
                ]
            )
        return f"https://{centre}.api.mailchimp.com/3.0"

    def check(self) -> None:
        """Raise Misconfigured where the key cannot be one."""
        _ = self.root

    def credential(self) -> Credential:
        """The key as the password of anybody."""
        return basic("segmenthub", self.api_key)

    def meaning_of(self, answer: Response) -> HubError | None:
        """A key that is not known, one that may not, and the busy gate in front of the API."""
        if answer.status not in {401, 403}:
            return None
        said = f"{answer.where} answered {answer.status}"
        if "json" not in answer.headers.get("content-type", ""):
            # The gate has no JSON; that it is too busy it says with a 403.
            return Unavailable(said) if answer.status == FORBIDDEN else None
        if answer.status == FORBIDDEN:
            return Unauthorized(
                f"{said}: the user whose key it is may not do this; give that user the role "
                "Manager or Admin (Mailchimp, Account, Settings, Users), or make a key as such a "
                f"one {KEYS}"
            )
        return Unauthorized(
            f"{said}: the key is not known in its data centre; copy all of it, or make a new one "
            f"{KEYS}"
        )


def listing(
    path: str, items: str, fields: str, params: Mapping[str, str] | None = None
) -> Declared:
    """Return a list of whose rows only some fields are asked for."""
    return Declared(path, items=items, params={**(params or {}), "fields": only(items, fields)})


def only(items: str, fields: str) -> str:
    """Parameter that asks for some fields of a list's rows, and for their number."""
    return ",".join([*(f"{items}.{field}" for field in fields.split(",")), "total_items"])
