"""Omnisend: contacts, tags and segments of one brand, and tags and properties to them.

Requests and answers are held against a description that was transcribed from the vendor's own.

Fact sheet, from https://api-docs.omnisend.com/v2026-03-15/reference/contacts:
- API: version 2026-03-15 at `https://api.omnisend.com/api`, sent in the header `Omnisend-Version`;
  the setting `version` names another one. A retired version is refused with 410, which is told.
- Version: 2026-03-15; no end is announced.
- Auth: the header `Authorization` with the word Omnisend-API-Key before the key.
- Paging: `after` with `paging.cursors.after`, while `paging.hasMore`; 250 contacts, 50 segments.
- Cursor: contacts are read whole once per day, which also shows who is gone, and in between those
  that `updatedAtFrom` shows, sorted by `updatedAt`, because nothing says that a tag or a segment
  moves it. It cannot stand beside a filter by status, tag or segment, so none is sent.
- Limits: 400 requests a minute, 60 of tags, 100 of segments; a 429 tells the seconds in its body.
- Batch: a tag on 250 contacts in one request, which is taken and done later, and leaves contacts
  out in silence that are not there: whoever carries the tag is looked up once for all of a push.
  Properties are written one contact at a time: read, joined with ours, and sent back, because
  nothing says that a change leaves the others as they are.
- Consent: the status of each channel since its instant: subscribed grants, unsubscribed withdraws,
  from every list where `unsubscribed_means` says so for email; nonSubscribed and any other word say
  nothing. Email is the list `contacts` in rules and bindings, the only one.
- Engagement: none. Opens and clicks are told to segments and automations only: make a segment there
  of those who opened lately, and use it here as a group.
- What it cannot do: tell since when somebody has a tag or is in a segment, whether a sign-up was
  confirmed, bounces and complaints, and what was sent.
- Proved against: a description that was transcribed from the vendor's.
- Not proved: that a tag is on every contact a quarter of an hour after it was sent (who is without
  it then is taken for not on the list); that null clears a property; that tags are told from one
  another by the case of their letters.
- What is never done: `POST /contacts` and `POST /batches`, which create people; `channels` and
  `consent`, which subscribe; `POST /events`, which starts automations.
- Stays outside: campaigns, products, orders (the shop tells them), events.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Cursor,
    CursorPages,
    Declared,
    EmailList,
    FieldNames,
    GroupMember,
    ListMember,
    Newest,
    Raw,
    RestSource,
    amount_of,
    contact_fields,
    dig,
    readable,
    stream,
    utc,
)
from connectors.omnisend.destination import ACCOUNT, CONTACTS, OmnisendDestination

__all__ = ["Omnisend"]

PERSON = ContactTable(
    {
        "created": "createdAt?", "first_name": "firstName?", "last_name": "lastName?",
        "gender": "gender?", "birthday": "birthdate?", "country": ("countryCode?", "country?"),
        "region": "state?", "city": "city?", "postcode": "postalCode?", "updated_at": "updatedAt",
    },
    alike=("id", "email"),
    codes={"gender": {"m": "male", "f": "female"}},
)  # fmt: skip
CHANGED = Cursor("updatedAt", since="updatedAtFrom")
LATEST = {"sort": "updatedAt", "direction": "asc"}
GRANTED: dict[Any, bool] = {"subscribed": True, "unsubscribed": False}
BY_PHONE: dict[str, Any] = {"sms": "sms", "push": "push"}
"""Channels beside email -> our words for them."""
SEGMENTS = Declared(
    "/segments", items="segments",
    pages=CursorPages("paging.cursors.after", "after", size=50, more="paging.hasMore"),
)  # fmt: skip


class Omnisend(EmailList, RestSource, OmnisendDestination):
    """Contacts, tags and segments of one Omnisend brand; tags and properties for them."""

    kind = "omnisend"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the custom properties that hold them: { language = "lang" }."""

    @stream(
        CONTACTS.path, items=CONTACTS.items, params=CONTACTS.params, pages=CONTACTS.pages,
        between=Newest(CHANGED, params=LATEST, include=""), beside={"segments": SEGMENTS},
    )  # fmt: skip
    def contacts(
        self, raw: Raw, segments: Raw
    ) -> Iterator[Contact | Consent | ListMember | GroupMember]:
        """Everybody, with what they allow on each channel, their tags and their segments."""
        phones = raw.get("phone") or [None]
        yield from PERSON.records(
            raw, phone=phones[0], phones=tuple(phones[1:]), **self._stated(raw)
        )
        yield from self._consents(raw)
        for tag in raw.get("tags") or ():
            yield GroupMember(contact=raw["id"], group=tag)
        for segment in raw.get("segments") or ():
            title = segments.get(segment, {}).get("name")
            yield GroupMember(contact=raw["id"], group=segment, title=title)

    def _consents(self, raw: Raw) -> Iterator[Consent | ListMember]:
        """Yield what a contact states of each channel, and its place on the one list."""
        id_, changed = raw["id"], _instant(raw["updatedAt"])
        for identifier in raw.get("identifiers") or ():
            for channel, state in (identifier.get("channels") or {}).items():
                status, granted = state.get("status"), GRANTED.get(state.get("status"))
                # A statement without its instant is no newer than the last change.
                at = _instant(state.get("statusChangedAt")) or changed
                if channel == "email":
                    yield from self.stated(
                        status, id_, ACCOUNT, granted=at, left=at, changed=at,
                        origin=_origin(raw, channel),
                    )  # fmt: skip
                    yield ListMember(
                        contact=id_, list=ACCOUNT, title="Omnisend", updated_at=changed,
                        status=status if granted is not None else "none",
                        subscribed_at=at if granted else None,
                        unsubscribed_at=at if granted is False else None,
                    )  # fmt: skip
                elif granted is not None and channel in BY_PHONE:
                    phone = identifier["id"] if identifier["type"] == "phone" else None
                    yield Consent(
                        contact=id_, phone=phone, channel=BY_PHONE[channel], granted=granted,
                        origin=_origin(raw, channel), at=at,
                    )  # fmt: skip

    def _stated(self, raw: Raw) -> dict[str, Any]:
        """Return custom properties as fields of a contact; objects are left out."""
        properties = raw.get("customProperties") or {}
        custom = {
            name: amount_of(value) if type(value) in {int, float} else value
            for name, value in properties.items() if type(value) is not dict
        }  # fmt: skip
        mapped = contact_fields(self.fields, lambda field: properties.get(field.name, ABSENT))
        return {"custom": custom | mapped.pop("custom", {}), **mapped}


def _instant(text: Any) -> datetime | None:
    at = utc(text)
    return at if isinstance(at, datetime) else None


def _origin(raw: Raw, channel: str) -> str | None:
    """Where a contact said yes to a channel."""
    return next(
        (dig(each, "source") for each in raw.get("consents") or () if each["channel"] == channel),
        None,
    ) or None  # fmt: skip
