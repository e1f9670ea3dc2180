"""One list of one Heyloyalty account: how it is reached, and what both roles read there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from connectors.heyloyalty.fields import COUNTRIES, Definition, definition
from connectors.heyloyalty.signing import signed
from connectors.heyloyalty.standing import WORDS, Meaning, Standing, standing
from connectors.kit import (
    Address,
    Broken,
    Credential,
    Declared,
    HubError,
    Limit,
    Misconfigured,
    Mistake,
    NumberedPages,
    Raw,
    Response,
    Rest,
    Secret,
    Unauthorized,
    rows,
)

LIST = "/lists/{list}"
MEMBERS = "/lists/{list}/members"
MEMBER = "/lists/{list}/members/{member}"
OLDEST_FIRST = {"orderby": "created_at", "order": "1"}
"""An order of members that nothing changes while their pages are read."""
PAGES = NumberedPages(size=5000, per_page="perpage", until="empty", watched=True)
EVERYONE = Declared(MEMBERS, items="members", params=OLDEST_FIRST)
LOOK = replace(EVERYONE, pages=replace(PAGES, watched=False))
"""The same for a look at some members, whose absence is asked about one by one."""
NOT_FOUND = 404


class HeyloyaltyAccount(Rest):
    """Settings and answers that source and destination share."""

    base_url = "{self.url}"
    pages = PAGES

    api_key: Secret
    """API key (Heyloyalty, Account, API)."""
    api_secret: Secret
    """API secret that belongs to the key; it signs every request."""
    list: Annotated[int, Field(ge=1)]
    """Number of the list, as its address on Heyloyalty's pages shows it."""
    statuses: Mapping[str, Meaning] = Field(default_factory=dict)
    """Further words of a member's status and what they mean: { temporary = "pending" }. A word
    that is not known is no place on the list."""
    countries: Mapping[str, str] = Field(default_factory=dict)
    """Heyloyalty's own country numbers and their two letters: { 54 = "XX" }; 53 = "DK" is
    known."""
    requests_per_second: Annotated[int, Field(ge=1)] = 10
    """How many requests are sent in a second, one after the other; Heyloyalty publishes no limit,
    and may ask for less."""
    url: Address = "https://api.heyloyalty.com/loyalty/v1"
    """Address of the API where it is not the vendor's own: a sandbox, a proxy."""

    @property
    def limits(self) -> tuple[Limit, ...]:  # type: ignore[override] # a setting here, as nobody knows it
        """As the setting says."""
        return (Limit(requests=self.requests_per_second, seconds=1.0, at_once=1),)

    def credential(self) -> Credential:
        """The key, and the present time with its signature."""
        return signed(self.api_key, self.api_secret, self._clock.now())

    def meaning_of(self, answer: Response) -> HubError | None:
        """A key, a secret or a clock that is not right: the vendor does not say which."""
        if answer.status not in (401, 403):
            return None
        return Unauthorized(
            f"{answer.where} answered {answer.status}: key and secret are refused; copy both "
            "from Heyloyalty (Account, API), look whether their user may use the list, and set "
            "this machine's clock right: every request is signed with the time"
        )

    def country_codes(self) -> Mapping[str, str]:
        """Two letters by Heyloyalty's number."""
        return {**COUNTRIES, **self.countries}

    def standing(self, raw: Raw) -> Standing:
        """A member's place on the list."""
        told = {word.strip().lower(): meaning for word, meaning in self.statuses.items()}
        return standing(raw, {**WORDS, **told})

    def definition(self) -> Definition:
        """How the list is set up; raises Misconfigured where the account has no such list."""
        response = self.client.request(
            "GET", LIST, fill={"list": str(self.list)}, accept=(NOT_FOUND,)
        )
        if response.status == NOT_FOUND:
            there = [row for row in rows(self.client.request("GET", "/lists"), "") if row]
            named = ", ".join(f"{row.get('id')} ({row.get('name')})" for row in there)
            raise Misconfigured(
                [Mistake("list", f"the account has no list {self.list}; it has {named or 'none'}")]
            )
        body = response.json()
        if not isinstance(body, Mapping):
            raise Broken(f"{response.where} answered something else than was agreed")
        return definition(body)
