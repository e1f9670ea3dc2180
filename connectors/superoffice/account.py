"""One tenant: where it is today, how it is reached, and how its archives are paged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from connectors.kit import (
    Address,
    Broken,
    FakePage,
    HubError,
    Limit,
    OAuth,
    Pages,
    Response,
    Rest,
    Secret,
    Step,
    Unauthorized,
    Unavailable,
)

HOST = ".superoffice.com"
GONE = ("Deleted", "Deleting", "DeleteFailed", "Suspended")
MOVED = 421


@dataclass(frozen=True)
class AfterPages(Pages):
    """The rows after the last id, in the order of the ids; `where` narrows them further."""

    key: str
    size: int = 500
    where: str = ""

    def first(self) -> Step:
        """Ask from the first id on."""
        return self._after(0)

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:  # noqa: ARG002 - as all pagers
        """Ask from the last row on; a short page is the last."""
        last = items[-1].get(self.key) if items and isinstance(items[-1], Mapping) else None
        return None if last is None or len(items) < self.size else self._after(last)

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:  # noqa: ARG002 - as all pagers
        """The rows from an id on."""
        _, _, rest = params.get("$filter", "").partition(f"{self.key} gt ")
        bound = int(rest.split()[0]) if rest else 0
        # A row without an id lies on the first page.
        rows = [row for row in items if int(row.get(self.key) or (0 if bound else 1)) > bound]
        return FakePage(rows[: int(params.get("$top", self.size))])

    def _after(self, last: Any) -> Step:
        narrowed = f"{self.where} and " if self.where else ""
        return Step({"$top": self.size, "$filter": f"{narrowed}{self.key} gt {last}"})


class TenantState(Rest):
    """The vendor's word on where a tenant is; asked without a credential."""

    kind = "superoffice state"
    base_url = "https://{self.environment}.superoffice.com/api/state"

    environment: str
    """Environment of the app."""

    def endpoint(self, tenant: str) -> str:
        """Return the address of a tenant's API; raises Unavailable, Unauthorized and Broken."""
        state = self.client.request("GET", "/{tenant}", fill={"tenant": tenant})
        name = state.part("State")
        if name in GONE:
            raise Unauthorized(
                f"SuperOffice says that the tenant {tenant} is {name}; correct `tenant`, or renew "
                "the subscription"
            )
        if not state.part("IsRunning"):
            raise Unavailable(f"the tenant {tenant} is in {name}; the next run asks again")
        address = str(state.part("Api"))
        there = urlsplit(address)
        if there.scheme != "https" or not str(there.hostname).endswith(HOST):
            raise Broken(f"SuperOffice says that the tenant {tenant} is at a host of another owner")
        return address


class SuperOfficeTenant(Rest):
    """How one tenant is reached."""

    base_url = "{self.endpoint}"
    oauth: ClassVar[OAuth | None] = OAuth(
        "https://{self.environment}.superoffice.com/login/common/oauth/tokens",
        authorize_url="https://{self.environment}.superoffice.com/login/common/oauth/authorize",
        scope="openid",
    )
    # No rate is published, and traffic is watched.
    limits = (Limit(4, 1, at_once=3),)

    tenant: str
    """Identifier of the tenant, like Cust12345."""
    client_id: str
    """Client id of your app, which SuperOffice has registered, and approved for this tenant."""
    client_secret: Secret
    """Client secret of the app."""
    environment: Literal["online", "sod", "qaonline"] = "online"
    """Environment of the app: production, development or stage."""
    url: Address | None = None
    """Address of the API where it is not to be asked of SuperOffice: a proxy, or your own server,
    like https://crm.example/api."""

    @cached_property
    def endpoint(self) -> str:
        """The address of the API today; the vendor moves tenants without notice."""
        if self.url:
            return self.url
        state = TenantState(environment=self.environment).through(self.network)
        state._clock = self._clock  # noqa: SLF001 - one clock for both
        return state.endpoint(self.tenant)

    def meaning_of(self, answer: Response) -> HubError | None:
        """A tenant that was moved, and an app that was not approved."""
        if answer.status == MOVED:
            return Unavailable(
                "SuperOffice has moved the tenant; the next run asks where it is",
                not_before=self._clock.now() + timedelta(minutes=5),
            )
        return None
