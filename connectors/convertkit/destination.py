"""One account: how it is reached, and tags and fields of subscribers who are there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Address,
    Again,
    Batch,
    Change,
    CursorPages,
    Declared,
    Edit,
    HubError,
    KnownTarget,
    Limit,
    Names,
    OAuth,
    Outcome,
    PerTarget,
    Raw,
    Response,
    Secret,
    Unauthorized,
    Writing,
    dig,
)

ACCOUNT = "subscribers"
"""The one list of an account."""
PAGES = CursorPages(
    "pagination.end_cursor", cursor="after", size=1000, limit="per_page",
    more="pagination.has_next_page",
)  # fmt: skip
TAGS = Declared("/tags", items="tags")
FIELDS = Declared("/custom_fields", items="custom_fields")
SUBSCRIBERS = Declared(
    "/subscribers", items="subscribers",
    params={"status": "all", "include": "attribution,tags", "sort_order": "asc"},
)  # fmt: skip
UNAUTHORIZED, QUEUE_FULL = 401, 413
NOBODY = "subscriber does not exist"


def _create_tag(account: "ConvertKitDestination", name: str) -> Response:
    return account.send("POST", "/tags", json={"name": name})


def _create_field(account: "ConvertKitDestination", name: str) -> Response:
    return account.send("POST", "/custom_fields", json={"label": name})


class ConvertKitDestination(Writing):
    """Writes to subscribers who are there by their numbers, and to nobody else.

    It never calls `POST /subscribers` or `/bulk/subscribers`, which create people and make them
    active, `PUT /subscribers/{id}`, which changes addresses, `/forms/{id}/subscribers` or
    `/sequences/{id}/subscribers`, which subscribe, nor `/unsubscribe`.
    """

    base_url = "{self.url}"
    oauth = OAuth(
        "{self.url}/oauth/token", rotates=True, authorize_url="https://api.kit.com/v4/oauth/authorize",
        scope="read write",
    )  # fmt: skip
    pages = PAGES
    limits = (Limit(600, 60),)

    client_id: str
    """Client id of your app (Kit, Settings, Developer)."""
    client_secret: Secret
    """Client secret of your app."""
    url: Address = "https://api.kit.com/v4"
    """Address of the API where it is not the vendor's own: a proxy."""

    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(TAGS, create=_create_tag, created="tag.id"),
        "field": Names(
            FIELDS, name="label", create=_create_field, created="custom_field.id",
            noun="custom field",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerTarget]] = {"tag": PerTarget(100), "field": PerTarget(100)}
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": SUBSCRIBERS, "field": SUBSCRIBERS}
    reasons: ClassVar[Sequence[str]] = ("errors.0",)

    @property
    def vendor(self) -> str:
        """The vendor as messages name it."""
        return "Kit"

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say what an access that ended needs."""
        if answer.status != UNAUTHORIZED:
            return None
        return Unauthorized(
            f"{answer.where} answered 401: {self.reason_of(answer)}; sign in again with "
            "`segmenthub connect`, and look whether the plan of the account allows apps"
        )

    def gating_lists(self) -> Sequence[str]:
        """The account: who is not active is not written to."""
        return (ACCOUNT,)

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """Fields hold texts, and an empty one clears them."""
        return change.value or "" if known.target.kind == "field" else change.value

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Tags that a subscriber has, and what one has in a field."""
        if known.target.kind == "tag":
            return any(str(tag["id"]) == known.id for tag in raw["tags"])
        return (raw.get("fields") or {}).get(known.raw.get("key"))

    def write(self, batch: Batch) -> Response:
        """Put a tag on people or take it off, or write one field of each: done when answered."""
        people = [int(each.key) for each in batch.edits]
        if batch.kind == "tag":
            tags = [{"tag_id": int(batch.id), "subscriber_id": person} for person in people]
            method = "POST" if batch.adding else "DELETE"
            return self.send(method, "/bulk/tags/subscribers", json={"taggings": tags})
        values = [
            {"subscriber_id": person, "subscriber_custom_field_id": int(each.id),
             "value": each.value}
            for person, each in zip(people, batch.edits, strict=True)
        ]  # fmt: skip
        return self.send(
            "POST", "/bulk/custom_fields/subscribers", json={"custom_field_values": values}
        )

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Yield the outcomes: whoever was written to is named, and people who do not exist are not.

        What no verdict is told of, also because it became a job, is looked up.
        """
        failures = answer.part("failures") or ()
        removing = batch.kind == "tag" and not batch.adding
        if removing and failures and len(batch.edits) > 1:
            yield from batch.halves()
            return
        named = answer.part("subscribers" if batch.kind == "tag" else "custom_field_values")
        done = {str(each.get("subscriber_id", each.get("id"))) for each in named or ()}
        if removing and answer.part("failures") is not None and not failures:
            done = {*batch.people}
        reasons = [str(dig(each, "errors.0")) for each in failures]
        for each in batch.edits:
            if each.key in done:
                yield each.applied()
            elif reasons:
                yield _failed(each, failures, reasons)

    def refused(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """A queue that is full passes by itself."""
        if answer.status != QUEUE_FULL:
            return super().refused(answer, batch)
        return (each.rejected(self.reason_of(answer), passing=True) for each in batch.edits)


def _failed(edit: Edit, failures: Sequence[Raw], reasons: Sequence[str]) -> Outcome:
    """Return the outcome of somebody who was not written to: the own reason, else the others'."""
    about = ("tagging.subscriber_id", "custom_field_value.subscriber_id")
    own = [
        reason for each, reason in zip(failures, reasons, strict=True)
        if edit.key in {str(dig(each, path)) for path in about}
    ]  # fmt: skip
    said = next(iter(own), reasons[0])
    if said.casefold() == NOBODY:
        return edit.skipped()
    return edit.rejected(f"Kit refuses it: {said}")
