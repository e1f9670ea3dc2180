"""The destination: tags and fields of members who are there, and nobody else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from connectors.kit import (
    Again,
    Batch,
    Broken,
    Change,
    Edit,
    KnownTarget,
    Names,
    Outcome,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Writing,
)
from connectors.mailchimp.account import (
    LONGEST,
    MEMBERS,
    OLDEST_FIRST,
    MailchimpAccount,
    listing,
)
from connectors.mailchimp.verdicts import address_of, verdict

MOST = 500
"""Members in one request, of a tag in each direction
(https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/)."""
NO_ADDRESS = "no address is known that belongs to this member"
AUDIENCE = "/lists/{audience}"
TAGS = "/lists/{audience}/segments"
TAG = "/lists/{audience}/segments/{tag}"
EVERY_STATUS = {
    "include_cleaned": "true",
    "include_transactional": "true",
    "include_unsubscribed": "true",
}
"""Of a tag's members only the subscribed are shown unless asked for the others."""
DONE = ("members_added", "members_removed", "updated_members")


def _create(news: "MailchimpDestination", name: str) -> Response:
    # People who were named here would be put on the tag.
    return news.send("POST", TAGS, json={"name": name, "static_segment": []}, accept=(400,))


def _other(row: Raw) -> str:
    kind = row.get("type", "static")
    return "" if kind == "static" else f"a {kind} segment"


class MailchimpDestination(MailchimpAccount, Writing):
    """Writes to members that are there, and to nobody else."""

    # A tag is a static segment.
    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(listing(TAGS, "segments", "id,name,type"), create=_create, other=_other),
        "field": Names(
            listing(f"{AUDIENCE}/merge-fields", "merge_fields", "tag,type"),
            name="tag",
            id="tag",
            noun="merge field",
            advice="create the field in Mailchimp (Audience, Settings, Audience fields)",
        ),
    }
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerTarget(MOST, both_ways=True),
        "field": PerPerson(MOST),
    }
    read_back = {  # noqa: RUF012 - declared once
        "tag": replace(
            listing(f"{TAG}/members", "members", "id", EVERY_STATUS), fill={"tag": "id"}
        ),
        "field": listing(MEMBERS, "members", "id,merge_fields", OLDEST_FIRST),
    }
    created = ("new_members", "total_created")
    request_seconds = 3.0
    longest_value: ClassVar[int | None] = 255

    def gating_lists(self) -> Sequence[str]:
        """The audience: who is not subscribed to it is not written to."""
        return (self.audience,)

    def gate(self) -> str:
        """The marketing permission that means email."""
        return self.email_permission or ""

    def skip_reason(self, change: Change) -> str:
        """Members are named by their addresses, and no other than their own is sent."""
        return "" if address_of(change) else NO_ADDRESS

    def value_of(self, change: Change, known: KnownTarget) -> str:
        """A value as its field takes it: birthdays have no year, an empty text clears."""
        value = change.value or ""
        if value and known.raw.get("type") == "birthday":
            try:
                return f"{date.fromisoformat(value):%m/%d}"
            except ValueError:
                return value
        return value

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Members of a tag, in any status, and what members have in a field."""
        is_tag = known.target.kind == "tag"
        return is_tag or (raw.get("merge_fields") or {}).get(known.id)

    def write(self, batch: Batch) -> Response:
        """Put one tag on members and take it off others, or write all fields of each."""
        body: dict[str, Any]
        if batch.kind == "tag":
            path, params = TAG, None
            ways = {"members_to_add": batch.adding, "members_to_remove": batch.removing}
            body = {way: [*map(_address, edits)] for way, edits in ways.items() if edits}
        else:
            # Required fields that we do not write may stay empty.
            path, params = AUDIENCE, {"skip_merge_validation": "true"}
            members = [
                {"email_address": _address(own[0]), "merge_fields": {e.id: e.value for e in own}}
                for own in batch.people.values()
            ]
            body = {"members": members, "update_existing": True}
        return self.send(
            "POST", path, fill={"tag": batch.id}, params=params, json=body, accept=(),
            deadline=LONGEST,
        )  # fmt: skip

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Errors come inside the 200; a field that is refused stops no other of the member."""
        body = answer.json()
        if not isinstance(body, Mapping):
            raise Broken(f"{answer.where} answered something else than was agreed")
        errors = {
            str(address).lower(): verdict(error)
            for error in body.get("errors") or ()
            for address in error.get("email_addresses") or [error.get("email_address")]
        }
        done = {row.get("id") for name in DONE for row in body.get(name) or ()}
        ids = {key: {each.id.casefold() for each in own} for key, own in batch.people.items()}
        again: list[Edit] = []
        for each in batch.edits:
            why = errors.get(_address(each).lower())
            at_fault = why.field.casefold() if why else ""
            if why and at_fault and at_fault != each.id.casefold() and at_fault in ids[each.key]:
                again.append(each)
            elif why:
                yield Outcome(each.change, why.result, why.reason)
            # A member who is not named and was to lose the tag does not carry it, or is gone.
            elif each.key in done or (batch.kind == "tag" and not each.adds):
                yield each.applied()
        if again:
            yield Again(again)


def _address(edit: Edit) -> str:
    return address_of(edit.change)
