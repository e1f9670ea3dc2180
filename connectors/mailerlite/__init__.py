"""MailerLite: subscribers, groups and campaigns of one account, and groups and fields to them.

The vendor publishes no machine-readable description: requests and answers are held against one
that was derived from its own clients.

Fact sheet, from https://developers.mailerlite.com/docs/:
- API: the newer one, not the classic v2, at `https://connect.mailerlite.com/api`.
- Version: not named; no end is announced.
- Auth: a bearer token. It belongs to the user who made it, and ends with that user's access.
- Paging: `cursor` and `meta.next_cursor` for subscribers, `page` and `meta.total` for all else. How
  many rows a page may have is not documented: 1000 subscribers are asked for, and half as many
  wherever that is refused.
- Cursor: none; no list can be narrowed by a date. Subscribers are read whole every time, with their
  groups, which also shows who is gone. Campaigns are listed whole; what people did with one is read
  once a day in the 30 days after it was sent.
- Limits: 120 requests a minute for the whole account; `X-RateLimit-Remaining` tells what is left.
- Batch: 50 calls in one request, each with an answer of its own, in their order. A subscriber is
  put into a group or taken out of it by one call, fields of one are written by one.
- Consent: one for the whole account, `subscribers` in rules and bindings: active grants email since
  the sign-up, unconfirmed and any other word nothing; unsubscribed withdraws it, from every list
  where `unsubscribed_means` says so; a bounced address and a complaint (junk) are written to
  nowhere. Being in a group permits nothing.
- Engagement: deliveries, opens and clicks. They drive `inactive`, `active_clickers`,
  `opened_recently` and `clicked_recently` by the days on which campaigns were sent: a report tells
  how often somebody opened one and not when, so each counts at the earliest that it can be.
- What it cannot do: tell when and by what link somebody opened or clicked, since when somebody is
  in a group, and what automations sent.
- Proved against: a description derived from the vendor's clients.
- Not proved: that instants are in UTC; that a report without a filter shows everybody to whom the
  campaign went; that its paging may stand in the body; that null clears a field; what is answered
  for somebody who was not in a group that is left (not there is taken for not on the list).
- What is never done: `POST /subscribers` and `POST /groups/{id}/import-subscribers`, which create
  people and bring them back, and `status` and `groups` in a `PUT`, which change a subscription and
  replace all groups.
- Stays outside: segments of MailerLite's own, automations, forms, the campaign that a bounce or an
  unsubscribe followed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Cursor,
    Declared,
    EmailList,
    FieldNames,
    Form,
    GroupMember,
    ListMember,
    Message,
    MessageEvent,
    NumberedPages,
    Raw,
    RestSource,
    Window,
    contact_fields,
    custom_forms,
    readable,
    stream,
    utc,
)
from connectors.mailerlite.destination import ACCOUNT, FIELDS, SUBSCRIBERS, MailerLiteDestination

__all__ = ["MailerLite"]

STATUS: dict[str, Any] = {
    "active": "subscribed", "unsubscribed": "unsubscribed", "unconfirmed": "pending",
    "bounced": "cleaned", "junk": "complained",
}  # fmt: skip
PERSON = ContactTable({"updated_at": "updated_at", "created": "created_at"}, alike=("id", "email"))
USUAL: FieldNames = {
    "first_name": "name", "last_name": "last_name", "phone": "phone", "city": "city",
    "country": "country", "region": "state", "postcode": "z_i_p",
}  # fmt: skip
"""Fields that MailerLite gives every account."""
SENT = Cursor("finished_at", overlap=timedelta(days=2))
YOUNG = timedelta(days=30)
"""Older campaigns are seldom opened: their reports are not read again."""


class MailerLite(EmailList, RestSource, MailerLiteDestination):
    """Subscribers, groups and campaigns of one MailerLite account; groups and fields for them."""

    kind = "mailerlite"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the fields that hold them, by name or key: { birthday = "Born",
    "custom.size" = "size" }. Name, phone, city, state, zip and country are known already."""
    campaign_days: int = Field(default=400, ge=1)
    """How many days back the first read looks for campaigns."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    @stream(
        SUBSCRIBERS.path, items=SUBSCRIBERS.items, params=SUBSCRIBERS.params,
        pages=SUBSCRIBERS.pages, beside={"definitions": FIELDS},
    )  # fmt: skip
    def subscribers(
        self, raw: Raw, definitions: Raw
    ) -> Iterator[Contact | Consent | ListMember | GroupMember]:
        """Everybody in whatever status, with what they allow and their groups."""
        id_, status = raw["id"], STATUS.get(raw["status"], "none")
        joined, left, changed = (_instant(raw, name) for name in INSTANTS)
        stated = self._stated(raw.get("fields") or {}, definitions)
        yield from PERSON.records(raw, signup_source=raw.get("source"), **stated)
        yield from self.stated(
            status, id_, ACCOUNT, granted=joined, left=left, changed=changed,
            origin=raw.get("source"),
        )  # fmt: skip
        here: Any = "unsubscribed" if status == "complained" else status
        yield ListMember(
            contact=id_, list=ACCOUNT, title="MailerLite", status=here,
            subscribed_at=joined if here == "subscribed" else None,
            unsubscribed_at=left if here == "unsubscribed" else None, updated_at=changed,
        )  # fmt: skip
        for group in raw["groups"]:
            yield GroupMember(contact=id_, group=group["id"], title=group["name"])

    @stream(
        "/campaigns", items="data", params={"filter[status]": "sent"}, cursor=SENT,
        pages=NumberedPages(size=25, per_page="limit", total_path="meta.total"),
    )  # fmt: skip
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """Campaigns that were sent."""
        yield Message(id=raw["id"], title=raw["name"], sent_at=utc(raw["finished_at"]))

    @stream(
        "/campaigns/{campaign}/reports/subscriber-activity", items="data", body={},
        each="campaigns", fill={"campaign": "id"}, every=timedelta(days=1),
        pages=NumberedPages(size=100, per_page="limit", total_path="meta.total"),
    )  # fmt: skip
    def activity(self, raw: Raw, campaign: Raw) -> Iterator[MessageEvent]:
        """Deliveries of campaigns, opens and clicks, at the instant that the campaign was sent."""
        person = raw["subscriber"]
        if person["status"] == "bounced":
            return
        told = {"delivered": 1, "opened": raw["opens_count"], "clicked": raw["clicks_count"]}
        kinds: Any = [kind for kind, count in told.items() if count]
        for kind in kinds:
            yield MessageEvent(
                message=campaign["id"], contact=person["id"], kind=kind,
                at=utc(campaign["finished_at"]),
            )  # fmt: skip

    def child_windows(
        self,
        declared: Declared,  # noqa: ARG002 - as it is called
        window: Window,
        last_look: str | None,  # noqa: ARG002 - as it is called
        *,
        due: bool,  # noqa: ARG002 - as it is called
    ) -> tuple[Window, Window]:
        """Return the campaigns whose reports are read: the young ones, at first all that count."""
        oldest = window.until - timedelta(days=self.campaign_days)
        since = oldest if window.since is None else max(oldest, window.since - YOUNG)
        return replace(window, since=since), window

    def _stated(self, values: Raw, definitions: Raw) -> dict[str, Any]:
        """Return values as fields of a contact; a field is named by its key, or by its name."""
        keys = {str(each["name"]).casefold(): each["key"] for each in definitions.values()}
        return contact_fields(
            {**USUAL, **self.fields},
            lambda field: values.get(keys.get(field.name.casefold(), field.name), ABSENT),
        )


INSTANTS = (
    ("opted_in_at", "subscribed_at", "created_at"), ("unsubscribed_at", "updated_at"),
    ("updated_at",),
)  # fmt: skip
"""Where the sign-up, the leaving and the last change stand, the best first."""


def _instant(raw: Raw, names: tuple[str, ...]) -> datetime | None:
    found = (utc(raw[name]) for name in names if raw.get(name))
    return next((each for each in found if isinstance(each, datetime)), None)
