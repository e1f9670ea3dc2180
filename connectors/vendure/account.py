"""One Vendure server: how it is reached, its documents, and what its answers mean."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, PrivateAttr

from connectors.kit import (
    Address,
    Broken,
    Client,
    Credential,
    Cursor,
    Expired,
    GraphQL,
    HubError,
    KeysetPages,
    Misconfigured,
    Mistake,
    OffsetPages,
    Pages,
    Response,
    Secret,
    Unauthorized,
    bearer,
    header,
)

KEY_HEADER, SESSION_HEADER = "vendure-api-key", "vendure-auth-token"


def to_the_millisecond(instant: datetime) -> str:
    """`2024-05-01T10:00:00.000Z`: rows of one import differ by no more."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


MODIFIED = Cursor(
    "updatedAt", since="variables.filter.updatedAt.after", format=to_the_millisecond,
    step=timedelta(milliseconds=1), exclusive=True,
)  # fmt: skip
SIGN_IN = """mutation ($user: String!, $password: String!) {
  login(username: $user, password: $password, rememberMe: true) { __typename } }"""
# The server says of what it was asked to write why it does not, inside a 200.
VERDICTS = {"ENTITY_NOT_FOUND", "USER_INPUT_ERROR", "BAD_USER_INPUT"}
ROLES = "Settings, Roles"


def listed(noun: str, name: str, rows: str, sort: str = "updatedAt") -> str:
    """Return the document of one list; Vendure sorts by several fields in an order of its own."""
    return (
        f"query ($take: Int, $skip: Int, $filter: {noun}FilterParameter) {{ "
        f"{name}(options: {{ take: $take, skip: $skip, filter: $filter, sort: {{ {sort}: ASC }} }})"
        f" {{ totalItems items {{ {rows} }} }} }}"
    )


def counted(at: str, size: int = 100) -> Pages:
    """Pages of a list by offset, with its total."""
    total = f"{at}.totalItems"
    return OffsetPages(size, offset="variables.skip", limit="variables.take", total_path=total)


def saved(at: str) -> Pages:
    """Pages of a list that is sorted by change."""
    total = f"{at}.totalItems"
    return KeysetPages(MODIFIED, limit="variables.take", skip="variables.skip", total_path=total)


class VendureShop(GraphQL):
    """The server, whatever is read of it or written to it."""

    base_url = "{self.url}/{self.path}"

    url: Address
    """Address of the server, like https://shop.example."""
    api_key: Secret | None = None
    """API key of a role that may read (Settings, API keys; since Vendure 3.6, where the server
    takes keys)."""
    username: str = ""
    """Name of an administrator, in the place of an API key."""
    password: Secret | None = None
    """Password of that administrator."""
    channel: Secret | None = None
    """Token of the channel that is read and written, where it is not the default one."""
    path: str = "admin-api"
    """Path of the Admin API below the address of the server."""
    decimals: int = Field(default=2, ge=0, le=6)
    """Decimals of amounts, where the server's `MoneyStrategy` has not two."""

    _session: str = PrivateAttr(default="")

    def check(self) -> None:
        """Ask for a key, or for name and password; raises Misconfigured."""
        super().check()
        if not self.api_key and not (self.username and self.password):
            message = "Vendure needs api_key, or username and password of an administrator"
            raise Misconfigured([Mistake("api_key", message)])

    def credential(self) -> Credential:
        """The key, or a session that is begun with name and password; and the channel."""
        if self.api_key:
            proof = header(KEY_HEADER, self.api_key)
        else:
            self._session = self._session or self._signed_in()
            proof = bearer(self._session)
        chosen = header("vendure-token", self.channel).headers if self.channel else {}
        return Credential({**proof.headers, **chosen})

    def renew(self) -> bool:
        """Forget a session that has ended."""
        self._session = ""
        return not self.api_key

    def _signed_in(self) -> str:
        client = Client(
            self.address, credential=lambda: None, network=self.network, clock=self._clock
        )
        secret = self.password.get_secret_value() if self.password else ""
        body = {
            "query": SIGN_IN,
            "variables": {"user": self.username, "password": secret},
        }
        answer = client.request("POST", "", json=body, idempotent=True)
        if answer.find("data.login.__typename") != "CurrentUser":
            raise Unauthorized(
                f"{answer.where} refuses username and password; correct them in the connection"
            )
        if token := answer.headers.get(SESSION_HEADER):
            return str(token)
        raise Broken(
            f"{answer.where} gave no {SESSION_HEADER}; the server must take bearer tokens "
            "(authOptions.tokenMethod)"
        )

    def meaning_of(self, answer: Response) -> HubError | None:
        """Errors inside good answers; a session that ended looks like a permission that lacks."""
        codes = {str(code) for code in answer.find("errors.*.extensions.code") or ()}
        if "FORBIDDEN" not in codes:
            return None if codes and codes <= VERDICTS else super().meaning_of(answer)
        said = (
            f"{answer.where} answered {answer.status}: the credential is refused, or its role "
            f"lacks a permission; give it ReadCustomer, ReadCustomerGroup, ReadOrder and "
            f"ReadCatalog, and to push UpdateCustomer, CreateCustomerGroup and "
            f"UpdateCustomerGroup ({ROLES})"
        )
        return Unauthorized(said) if self.api_key else Expired(said)

    def rows_of(self, response: Response, declared: Any) -> Any:
        """The rows of an answer; raises Broken with the server's words where it has none."""
        if errors := response.find("errors.0.message"):
            raise Broken(f"{response.where} answered {response.status}: {errors}")
        return super().rows_of(response, declared)
