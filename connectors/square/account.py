"""One Square account: how it is reached, how it answers, and what its answers mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from connectors.kit import (
    Address,
    Broken,
    Credential,
    Declared,
    HubError,
    Limit,
    Misconfigured,
    Mistake,
    Response,
    Rest,
    Secret,
    Unauthorized,
    bearer,
)

VERSION = "2025-08-20"
"""The version that the vendor's description is of."""
PERMISSIONS: Mapping[str, str] = {
    "/locations": "MERCHANT_PROFILE_READ",
    "/customers/search": "CUSTOMERS_READ",
    "/customers/groups": "CUSTOMERS_READ",
    "/catalog/search": "ITEMS_READ",
    "/orders/search": "ORDERS_READ",
}
"""Permission that a token needs, by path
(https://developer.squareup.com/docs/oauth-api/square-permissions)."""
_RETIRED = {"API_VERSION_INCOMPATIBLE", "INVALID_SQUARE_VERSION_FORMAT", "GONE"}
_LACKING = {"INSUFFICIENT_SCOPES", "FORBIDDEN"}
_ENDED = {"ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_REVOKED"}
_AROUND_A_LIST = {"cursor", "latest_time"}
UNAUTHORIZED, NOT_FOUND = 401, 404
_CONSOLE = "developer.squareup.com"


class NoLoyalty(Unauthorized):
    """Loyalty cannot be read: the permission is lacking, or there is no programme."""


class SquareAccount(Rest):
    """The account, whatever is read of it."""

    base_url = "{self.url}"
    # The vendor tells no rate; ten a second from one connection stays far from what it refuses.
    limits = (Limit(requests=10, seconds=1.0, at_once=2),)

    token: Secret
    """Access token (developer.squareup.com, your application, Production) that may read locations,
    customers, items, orders and loyalty."""
    version: str = Field(default=VERSION, pattern=r"^\d{4}-\d{2}-\d{2}$")
    """Version of the API, a day from the vendor's release notes."""
    url: Address = "https://connect.squareup.com/v2"
    """Address of the API where it is not the vendor's own: a sandbox, a proxy."""

    def credential(self) -> Credential:
        """The token; the version goes along with every request."""
        return Credential({**bearer(self.token).headers, "Square-Version": self.version})

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer; a list without rows is left out of it."""
        try:
            return super().rows_of(response, declared)
        except Broken:
            body = response.json()
            if isinstance(body, dict) and body.keys() <= _AROUND_A_LIST:
                return []
            raise

    def meaning_of(self, answer: Response) -> HubError | None:
        """Errors by the codes of an answer, where somebody can do something about them."""
        if not answer.is_error:
            return None
        codes = {str(code) for code in answer.find("errors.*.code") or ()}
        if codes & _RETIRED:
            return Misconfigured(
                [
                    Mistake(
                        "version",
                        f"Square does not speak {self.version} (any more); write a version from "
                        f"its release notes, as {VERSION} is one",
                    )
                ]
            )
        said = f"{answer.where} answered {answer.status}"
        if "/loyalty/" in answer.where and (codes & _LACKING or answer.status == NOT_FOUND):
            return NoLoyalty(
                f"{said}: the account has no loyalty programme, or the token lacks the permission "
                f"LOYALTY_READ; grant it to your application at {_CONSOLE}, or write "
                "loyalty = false in the connection"
            )
        if codes & _LACKING:
            wanted = PERMISSIONS.get(answer.where.rpartition(" ")[2], "to read this")
            return Unauthorized(
                f"{said}: the token lacks the permission {wanted}; grant it to your application "
                f"at {_CONSOLE} and let the shop allow it again"
            )
        if codes & _ENDED:
            return Unauthorized(
                f"{said}: the token has expired or was revoked; make a new one at {_CONSOLE}"
            )
        if answer.status == UNAUTHORIZED:
            return Unauthorized(
                f"{said}: the token is refused; copy the one for Production (a sandbox has its "
                f"own) from {_CONSOLE}"
            )
        return None
