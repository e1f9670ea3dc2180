"""The account that a vendor counts requests by: its address, its secrets, its limits."""

import hashlib
from datetime import timedelta
from typing import ClassVar

from connectors.kit.auth.session import WithOAuth
from connectors.kit.http.limits import Limit
from core.contract import Secret
from core.errors import Unavailable
from core.tokens import Quota


class Account(WithOAuth):
    """A connection as an account at one address."""

    base_url: ClassVar[str]
    """Address below which every path lies; `{self.url}` and the like are filled in."""
    limits: ClassVar[tuple[Limit, ...]] = ()
    """The vendor's limits; none where none is known."""

    def limit_key(self) -> str:
        """Return what the vendor counts its limits by: the address and the configured secrets.

        Two accounts at one address are two, and a token that is renewed stays one account.
        """
        values = [getattr(self, name) for name in type(self).model_fields]
        secrets = [each.get_secret_value() for each in values if isinstance(each, Secret)]
        return hashlib.sha256("\n".join([self.address, *secrets]).encode()).hexdigest()

    @property
    def address(self) -> str:
        """The base address, filled in."""
        return self.base_url.format(self=self).rstrip("/")

    def prepare(self, path: str) -> None:
        """Have a token, and count a request to a path against its quotas; raises Unavailable."""
        if self.session:
            self.session.prepare()
        for each in self.limits:
            if each.is_quota and path.startswith(each.of):
                self._spend(each)

    def _spend(self, limit: Limit) -> None:
        quota = Quota(f"{self.kind} {self.limit_key()} {limit.of}", limit.requests, limit.seconds)
        if again := self.keeper.spend(quota):
            raise Unavailable(
                f"the {limit.requests} requests that {self.kind} grants in "
                f"{timedelta(seconds=limit.seconds)} are spent; the next run goes on from "
                f"{again:%Y-%m-%d %H:%M} UTC",
                not_before=again,
            )
