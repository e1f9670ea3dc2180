"""One account: how it is reached, and groups and fields of subscribers who are there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Address,
    Again,
    Batch,
    Broken,
    Change,
    Credential,
    CursorPages,
    Declared,
    Edit,
    HubError,
    KnownTarget,
    Limit,
    Names,
    NumberedPages,
    Outcome,
    PerPerson,
    PerTarget,
    RateHeaders,
    Raw,
    Response,
    Secret,
    TooLarge,
    Unauthorized,
    Writing,
    bearer,
    dig,
    number_of,
)

ACCOUNT = "subscribers"
"""The one list of an account."""
NUMBERED = NumberedPages(size=100, per_page="limit", total_path="meta.total")
GROUPS = Declared("/groups", items="data", pages=NUMBERED)
FIELDS = Declared("/fields", items="data", pages=NUMBERED)
SUBSCRIBERS = Declared(
    "/subscribers", items="data", params={"include": "groups"},
    pages=CursorPages("meta.next_cursor", size=1000),
)  # fmt: skip
GOOD, UNAUTHORIZED, NOT_THERE, REFUSED, TOO_MANY, FAILS = 300, 401, 404, 422, 429, 500


def _create(account: "MailerLiteDestination", name: str) -> Response:
    return account.send("POST", "/groups", json={"name": name})


class MailerLiteDestination(Writing):
    """Writes to subscribers who are there by their ids, and to nobody else.

    A tag is a group. It never calls `POST subscribers` or `import-subscribers`, which create people
    and bring them back, and never sends `status`, `resubscribe` or `groups`.
    """

    base_url = "{self.url}"
    pages = NUMBERED
    limits = (Limit(120, 60),)
    learns = RateHeaders("X-RateLimit-Remaining")

    api_key: Secret
    """API token (MailerLite, Integrations, API)."""
    url: Address = "https://connect.mailerlite.com/api"
    """Address of the API where it is not the vendor's own: a proxy."""

    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(GROUPS, create=_create, created="data.id", noun="group"),
        "field": Names(FIELDS, id="key", advice="create it in MailerLite (Subscribers, Fields)"),
    }
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerTarget(50), "field": PerPerson(50),
    }  # fmt: skip
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": SUBSCRIBERS, "field": SUBSCRIBERS}

    def credential(self) -> Credential:
        """Sent with every request."""
        return bearer(self.api_key)

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say what a key that ended needs, and that a page was too large."""
        if answer.status == UNAUTHORIZED:
            return Unauthorized(
                f"{answer.where} answered 401: the key is refused; it ends with the user who made "
                "it, so make a new one as a user who stays (MailerLite, Integrations, API)"
            )
        if answer.status == REFUSED and answer.find("errors.limit"):
            return TooLarge(f"{answer.where} refuses so many rows in a page")
        return None

    def gating_lists(self) -> Sequence[str]:
        """The account: who is not active is not written to."""
        return (ACCOUNT,)

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A value as its field takes it; raises Unwritable for a text where it holds numbers."""
        if change.value is None or known.raw.get("type") != "number":
            return change.value
        return number_of(change.value, known)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Groups that a subscriber is in, and what one has in a field."""
        if known.target.kind == "tag":
            return any(group["id"] == known.id for group in raw["groups"])
        return (raw.get("fields") or {}).get(known.id)

    def write(self, batch: Batch) -> Response:
        """Put people into one group or take them out, or write all fields of each."""
        calls: list[Raw]
        if batch.kind == "tag":
            method, below = "POST" if batch.adding else "DELETE", f"groups/{batch.id}"
            calls = [
                {"method": method, "path": f"api/subscribers/{key}/{below}"} for key in batch.people
            ]
        else:
            calls = [
                {"method": "PUT", "path": f"api/subscribers/{key}",
                 "body": {"fields": {each.id: each.value for each in own}}}
                for key, own in batch.people.items()
            ]  # fmt: skip
        return self.send("POST", "/batch", json={"requests": calls})

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """One answer for each person; raises Broken where they do not belong together."""
        told, people = answer.part("responses"), batch.people.values()
        if not isinstance(told, list) or len(told) != len(people):
            raise Broken(f"{answer.where} does not answer each of the {len(people)} calls")
        codes = [dig(each, "code") for each in told]
        if NOT_THERE in codes:
            self.check_there(batch)
        for own, code, each in zip(people, codes, told, strict=True):
            yield from _verdict(own, code, each)


def _verdict(own: Sequence[Edit], code: Any, told: Raw) -> Iterator[Outcome | Again]:
    """Yield the verdict on one person's edits; of several that are refused each is sent alone."""
    passing = not isinstance(code, int) or code == TOO_MANY or code >= FAILS
    if not passing and code < GOOD:
        yield from (each.applied() for each in own)
    elif code == NOT_THERE:
        yield from (each.skipped() for each in own)
    elif len(own) > 1:
        yield from (Again([each]) for each in own)
    else:
        reason = f"MailerLite refuses it ({code}): {dig(told, 'body.message')}"
        yield from (each.rejected(reason, passing=passing) for each in own)
