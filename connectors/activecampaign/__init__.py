"""ActiveCampaign: contacts, lists, tags and campaigns of one account, and tags and fields to them.

Fact sheet, from https://developers.activecampaign.com/reference/overview:
- API: version 3, at the address that the account shows (Settings, Developer) and `/api/3`.
- Version: 3; no end is announced.
- Auth: the header `Api-Token`, the key of a user, who may do with it what they may do there.
- Paging: `limit` (100 at most) and `offset`, `meta.total` as text. Contacts are asked for by
  `id_greater` in the order of their ids, as the vendor advises for many: no page pushes a row past
  another. `include` puts their lists, tags and values of fields beside a page of them.
- Cursor: contacts are read whole once per day, which also shows who is gone, and in between those
  that `filters[updated_after]` shows, because a tag or a list may change without moving `udate`.
  The filter takes a date and does not say in which zone, nor whether the day itself belongs to it:
  two days are read again, which is enough for every meaning.
- Limits: 5 requests a second for the whole account; 429 with `Retry-After`.
- Batch: none that is used. A tag is put on or taken off by one call for each contact, fields are
  written by one; a tag is taken off by the number of its place on the contact, which is looked up.
- Consent: a list's status 1 (active) grants mail of that list, 0 (unconfirmed) and any other
  nothing; 2 (unsubscribed) withdraws it, from every list where `unsubscribed_means` says so; an
  address that bounced (3) is written to nowhere.
- Engagement: bounces and unsubscribes. They drive none of the segments about opens and clicks; an
  unsubscribe comes with the campaign that led to it. Whether a bounce was hard is known where all
  bounces of the contact were of one kind.
- What it cannot do: tell who was reached, opened or clicked, except by webhooks, which are not
  received yet; campaigns tell totals, which name nobody (`/emailActivities` lists personal mail).
- Proved against: the vendor's description.
- Not proved: that a return to a list moves `sdate` (the later of `sdate` and `udate` stands for the
  consent); that every bounce and unsubscribe moves `udate` (one that does not is seen by the day's
  whole read, in the status of the lists); `DELETE /contacts/{id}/tags/{tag}`, which the reference
  names and does not describe, and which would save the look-up.
- What is never done: `POST /import/bulk_import` and `POST /contact/sync`, which know people by
  address and create those whom they do not know, and `POST /contactLists`, which subscribes.
- Stays outside: deals, accounts, orders of connected shops, scores, site tracking, SMS consent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.activecampaign.destination import CONTACTS, FIELDS, TAGS, TagsAndFields
from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Cursor,
    Declared,
    Deleted,
    EmailList,
    FieldNames,
    Form,
    GroupMember,
    ListMember,
    Message,
    MessageEvent,
    Newest,
    Raw,
    RestSource,
    contact_fields,
    custom_forms,
    dig,
    iso,
    readable,
    stream,
    utc,
)

__all__ = ["ActiveCampaign"]

STATUS: Any = dict(zip("0123", ("pending", "subscribed", "unsubscribed", "cleaned"), strict=True))
NONE = (None, "", "0")
"""Values in the place of an id that is not there."""
PERSON = ContactTable(
    {"updated_at": "udate?", "created": "cdate?", "first_name": "firstName?",
     "last_name": "lastName?"},
    alike=("id", "email", "phone"),
)  # fmt: skip
CHANGED = Cursor(
    "udate", since="filters[updated_after]", format=lambda at: iso(at)[: len("YYYY-MM-DD")],
    step=timedelta(days=1), overlap=timedelta(days=2),
)  # fmt: skip
"""Contacts that changed, by days of no known zone."""
BESIDE = {"lists": Declared("/lists", items="lists"), "tags": TAGS, "definitions": FIELDS}


class ActiveCampaign(EmailList, RestSource, TagsAndFields):
    """Contacts and campaigns of one ActiveCampaign account; tags and fields for them."""

    kind = "activecampaign"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the custom fields that hold them, by title or personalization tag:
    { birthday = "Born", postcode = "ZIP", "custom.size" = { name = "SIZE", number = true } }."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    @stream(
        CONTACTS.path, items=CONTACTS.items, params=CONTACTS.params, pages=CONTACTS.pages,
        between=Newest(CHANGED, include=""), beside=BESIDE,
    )  # fmt: skip
    def contacts(
        self, raw: Raw, lists: Raw, tags: Raw, definitions: Raw
    ) -> Iterator[Deleted | Contact | Consent | ListMember | GroupMember | MessageEvent]:
        """Everybody in whatever status, with their lists, consents and tags."""
        id_ = raw["id"]
        if raw.get("deleted") == "1":
            yield Deleted(noun="Contact", id=id_)
            return
        yield from PERSON.records(raw, **self._stated(raw["fieldValues"], definitions))
        for row in raw["contactLists"]:
            yield from self._on_list(id_, row, dig(lists, f"{row['list']}.name"))
        for row in raw["contactTags"]:
            title = dig(tags, f"{row['tag']}.tag")
            yield GroupMember(contact=id_, group=row["tag"], title=title, since=row.get("cdate"))

    @stream("/campaigns", items="campaigns", params={"orders[sdate]": "ASC"})
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """Campaigns and the letters of automations that were sent."""
        if raw["send_amt"] not in NONE:
            kind: Any = "campaign" if raw.get("seriesid") in NONE else "automation"
            yield Message(id=raw["id"], title=raw.get("name"), kind=kind, sent_at=raw.get("sdate"))

    @stream(
        "/contacts/{contact}/bounceLogs", items="bounceLogs", fill={"contact": "id"},
        each=replace(CONTACTS, cursor=CHANGED), when="bounced_date",
    )  # fmt: skip
    def bounces(self, raw: Raw, contact: Raw) -> Iterator[MessageEvent]:
        """Bounces of the letters of campaigns."""
        if raw["campaignid"] not in NONE:
            hard, soft = (contact.get(f"bounced_{how}") not in NONE for how in ("hard", "soft"))
            yield MessageEvent(
                id=f"bounce:{raw['id']}", message=raw["campaignid"], contact=contact["id"],
                kind="bounced", at=raw["tstamp"], hard=hard if hard != soft else None,
            )  # fmt: skip

    def _on_list(
        self, contact: str, row: Raw, title: str | None
    ) -> Iterator[Consent | ListMember | MessageEvent]:
        """Return the records of one contact on one list."""
        here, status = row["list"], STATUS.get(str(row["status"]), "none")
        instants: list[datetime] = [utc(at) for at in (row.get("sdate"), row.get("udate")) if at]
        at = max(instants, default=None)
        yield from self.stated(status, contact, here, granted=at, left=at, changed=at)
        yield ListMember(
            contact=contact, list=here, title=title, status=status,
            subscribed_at=row.get("sdate") if status == "subscribed" else None,
            unsubscribed_at=at if status == "unsubscribed" else None,
        )  # fmt: skip
        if status == "unsubscribed" and at and row.get("campaign") not in NONE:
            yield MessageEvent(message=row["campaign"], contact=contact, kind=status, at=at)

    def _stated(self, values: Sequence[Raw], definitions: Raw) -> dict[str, Any]:
        """Return values of custom fields as fields of a contact, None for one that has none."""
        by_field = {str(row["field"]): row.get("value") for row in values}
        named = {
            str(definition[name]).casefold(): _typed(by_field.get(id_), definition.get("type"))
            for id_, definition in definitions.items()
            for name in ("title", "perstag")
        }
        return contact_fields(self.fields, lambda field: named.get(field.name.casefold(), ABSENT))


def _typed(value: Any, kind: Any) -> Any:
    """Return a value as its type means it; several choices are joined, as `||a||b||`."""
    if not isinstance(value, str):
        return value
    if kind in ("date", "datetime") and isinstance(at := utc(value[:10]), datetime):
        return at.date()
    return ", ".join(filter(None, value.split("||")))
