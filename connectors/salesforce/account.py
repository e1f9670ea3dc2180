"""The org: its address, its version, its errors, and the language that it is asked in."""

from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from typing import ClassVar

from connectors.kit import (
    Address,
    HubError,
    Limit,
    LinkPages,
    Misconfigured,
    Mistake,
    OAuth,
    Response,
    Rest,
    Secret,
    Unauthorized,
    Unavailable,
    rows,
)

NEWEST = 67.0
"""Version that this was written for: Summer '26."""
PAGES = LinkPages("nextRecordsUrl")


def select(names: Iterable[str], kind: str, where: str = "") -> str:
    """Return a query; names are ours, the org's or the config's, and nobody's values."""
    condition = f" WHERE {where}" if where else ""
    return f"SELECT {', '.join(names)} FROM {kind}{condition}"  # noqa: S608 - see above


def among(ids: Iterable[str]) -> str:
    """Return ids as a query compares with them; anything that is none is left out."""
    return f"({', '.join(repr(each) for each in ids if each.isalnum())})"


class SalesforceOrg(Rest):
    """How one org is reached."""

    base_url = "{self.url}/services/data"
    oauth: ClassVar[OAuth | None] = OAuth(
        "{self.url}/services/oauth2/token", grant="client_credentials"
    )
    # The vendor counts requests by day, and those that take long at once.
    limits = (Limit(20, 1, at_once=5),)

    url: Address
    """My Domain of the org (Setup, My Domain), like https://example.my.salesforce.com."""
    client_id: str
    """Consumer key of an External Client App with the client credentials flow (Setup, External
    Client App Manager), whose user may read and write contacts."""
    client_secret: Secret
    """Consumer secret of the app."""
    list: str | None = None
    """Id of the data use purpose whose consents allow to write to people, like 0ZWRO…; absent:
    a consent to all email does."""
    version: str = ""
    """Version of the API, like 66.0; absent: the newest that the org speaks, up to 67.0."""

    @cached_property
    def spoken(self) -> str:
        """The version as paths name it; asked of the org where none is configured."""
        if self.version:
            return f"v{self.version}"
        listed = rows(self.client.request("GET", ""), "")
        known = [str(row["version"]) for row in listed if float(row["version"]) <= NEWEST]
        if not known:
            raise Misconfigured([Mistake("url", f"the org speaks no version up to {NEWEST}")])
        return f"v{max(known, key=float)}"

    def meaning_of(self, answer: Response) -> HubError | None:
        """Errors by their codes, where somebody can do something about them."""
        code = answer.find("0.errorCode") if answer.is_error else None
        said = f"{answer.where} answered {answer.status}: {answer.find('0.message')}"
        if code == "REQUEST_LIMIT_EXCEEDED":
            return Unavailable(
                f"{said}; Salesforce counts the requests of the last 24 hours, and the next run "
                "goes on when some of them are older",
                not_before=self._clock.now() + timedelta(hours=1),
            )
        if code in ("API_DISABLED_FOR_ORG", "INVALID_TYPE", "INSUFFICIENT_ACCESS"):
            return Unauthorized(
                f"{said}; grant the user of the app API access and the right to read the object "
                "(Setup, Permission Sets); an edition without it has no API"
            )
        if code == "INVALID_FIELD" and "quer" in answer.where:
            return Misconfigured([Mistake("fields", f"{said}; correct the name, or grant the user "
                                          "of the app its field-level security")])  # fmt: skip
        if code in ("UNSUPPORTED_API_VERSION", "API_VERSION_NOT_FOUND"):
            return Misconfigured(
                [Mistake("version", f"{said}; leave it out, or write a newer one")]
            )
        return None
