"""Brevo: contacts, lists, segments and campaigns of one account, and lists and attributes to them.

Fact sheet, from https://developers.brevo.com/reference:
- API: version 3 at `https://api.brevo.com/v3`.
- Version: 3; no end is announced.
- Auth: the header `api-key`. A key may be bound to addresses of machines, which is told.
- Paging: `limit` (1000 contacts, 500 of a list, 100 campaigns, 50 lists and segments) and `offset`,
  `count` in the body, from the first created to the last, an order that no change moves.
- Cursor: contacts are read whole once per day, which also shows who is gone, and in between those
  that `modifiedSince` shows, because a list or a segment may change without moving `modifiedAt`.
  It shows what was modified after an instant and not at it: the second before is asked for.
- Limits: 10 requests a second and 36,000 an hour; `x-sib-ratelimit-remaining` and `-reset` tell
  what is left, and the seconds until it is full again.
- Batch: attributes of 100 contacts in one request, all or none; 150 contacts of a list in one
  request, of whom the answer names those that it moved. The others were there already, or are
  nobody: who is on the list is looked up.
- Consent: being on the list that `list` names, neither blacklisted nor unsubscribed from it, grants
  mail of that list from the contact's last change on; being on any other list grants nothing,
  because segments are written to lists. `listUnsubscribed` withdraws a list, `emailBlacklisted`,
  `smsBlacklisted` and `whatsappBlacklisted` the channel. `DOUBLE_OPT-IN` narrows it, where a
  contact has that attribute: anything but a yes is a confirmation that is still to come.
- Engagement: deliveries, opens, clicks, bounces, complaints and unsubscribes, where `engagement` is
  true. They drive `inactive`, `active_clickers`, `opened_recently` and `clicked_recently`, from the
  last 90 days before the first read on: one request per subscriber of the list and day.
- What it cannot do: tell since when somebody is on a list (the day on which the contact was created
  stands for it), why somebody was blacklisted, which opens were made by machines, or what
  automations did at people.
- Proved against: the vendor's description.
- Not proved: how many contacts a batch of attributes may have; that `DOUBLE_OPT-IN` is 1 for a yes;
  that an empty text clears an attribute; that being added to a list by its number leaves a
  contact's unsubscribing from it as it is (the list that `list` names is never written to);
  whether `eventTime` of an open is the first one or the last.
- What is never done: `POST /contacts`, `/contacts/import` and `/contacts/doubleOptinConfirmation`,
  which create people or subscribe them, and `emailBlacklisted`, with which they would come back.
- Stays outside: transactional mail, SMS and WhatsApp campaigns, companies and deals, orders.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.brevo.destination import ATTRIBUTES, CONTACTS, FEW, LISTS, BrevoDestination
from connectors.kit import (
    ABSENT,
    Broken,
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
    Newest,
    OffsetPages,
    Raw,
    Response,
    RestSource,
    SinglePage,
    Stream,
    Window,
    contact_fields,
    custom_forms,
    dig,
    readable,
    stream,
)

__all__ = ["Brevo"]

PERSON = ContactTable(
    {"updated_at": "modifiedAt", "created": "createdAt"}, alike=("id",),
    opt_outs={
        "emailBlacklisted": "email", "smsBlacklisted": "sms", "whatsappBlacklisted": "whatsapp",
    },
)  # fmt: skip
USUAL: FieldNames = {"first_name": "FIRSTNAME", "last_name": "LASTNAME", "phone": "SMS"}
"""Attributes that Brevo gives every account."""
CHANGED = Cursor("modifiedAt", since="modifiedSince", exclusive=True)
ALL_DAYS = timedelta(days=90)
"""Between the first and the last day of one question about engagement."""
WITHOUT_EMAIL = "@mailin-sms.com"
"""End of the address that Brevo makes up for a contact of whom only a phone is known."""
DOUBLE = "DOUBLE_OPT-IN"
CONFIRMED = 1
WENT_OUT = frozenset({"sent", "archive"})
STATISTICS = "/contacts/{contact}/campaignStats"
EVENTS: Mapping[str, Any] = {
    "delivered": "delivered", "opened": "opened", "clicked": "clicked", "hardBounces": "bounced",
    "softBounces": "bounced", "complaints": "complained",
    "unsubscriptions.userUnsubscription": "unsubscribed",
}  # fmt: skip
"""Part of a contact's statistics -> the kind of its events."""
STATED = {"messagesSent", "transacAttributes", *(part.partition(".")[0] for part in EVENTS)}
HARD = {"hardBounces": True, "softBounces": False}


def _days(window: Window) -> Mapping[str, str]:
    """Write a window as whole days."""
    since = max(window.since or window.until - ALL_DAYS, window.until - ALL_DAYS)
    return {"startDate": f"{since:%Y-%m-%d}", "endDate": f"{window.until:%Y-%m-%d}"}


HAPPENED = Cursor("eventTime", ask=_days, overlap=timedelta(days=3))


class Brevo(EmailList, RestSource, BrevoDestination):
    """Contacts, lists and campaigns of one Brevo account; lists and attributes for them."""

    kind = "brevo"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the attributes that hold them: { birthday = "BORN",
    "custom.size" = "SIZE" }. FIRSTNAME, LASTNAME and SMS are known already."""
    engagement: bool = False
    """Whether to ask once a day what each subscriber of the list did with campaigns: one request
    for each of them."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; an attribute's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    def streams(self) -> Sequence[Stream]:
        """Every stream, engagement where it is asked for."""
        return [each for each in super().streams() if self.engagement or each.name != "statistics"]

    @stream(
        CONTACTS.path, items=CONTACTS.items, params=CONTACTS.params, pages=CONTACTS.pages,
        between=Newest(CHANGED, include=""), beside={"lists": LISTS, "attributes": ATTRIBUTES},
    )  # fmt: skip
    def contacts(
        self, raw: Raw, lists: Raw, attributes: Raw
    ) -> Iterator[Contact | Consent | ListMember]:
        """Everybody, with what they allow and the lists that they are on."""
        email = raw.get("email") or ""
        stated = contact_fields({**USUAL, **self.fields}, _Attributes(raw, attributes))
        yield from PERSON.records(
            raw, email=None if email.endswith(WITHOUT_EMAIL) else email or None, **stated
        )
        id_, changed = str(raw["id"]), raw["modifiedAt"]
        left = {str(each) for each in raw.get("listUnsubscribed") or ()}
        for here in sorted({*left, *map(str, raw["listIds"])}):
            out = here in left or raw["emailBlacklisted"]
            status: Any = "unsubscribed" if out else _status(raw, attributes)
            if here in left or here == str(self.list):
                yield from self.stated(
                    status, id_, here, granted=changed, left=changed, changed=changed
                )
            yield ListMember(
                contact=id_, list=here, title=lists.get(here, {}).get("name"), status=status,
                subscribed_at=raw["createdAt"] if status == "subscribed" else None,
                updated_at=changed,
            )  # fmt: skip

    @stream(
        "/contacts", items="contacts", params=CONTACTS.params, pages=CONTACTS.pages,
        each=Declared("/contacts/segments", items="segments", pages=FEW),
        fill={"segmentId": "id"}, every=timedelta(days=1),
    )  # fmt: skip
    def group_members(self, raw: Raw, segment: Raw) -> Iterator[GroupMember]:
        """The people in each segment of Brevo's own."""
        title = segment["segmentName"]
        yield GroupMember(contact=raw["id"], group=segment["id"], title=title)

    @stream(
        "/emailCampaigns", items="campaigns", pages=OffsetPages(size=100, total_path="count"),
        params={"sort": "asc", "excludeHtmlContent": "true"},
    )  # fmt: skip
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """Campaigns that were sent."""
        if raw["status"] in WENT_OUT:
            kind: Any = "automation" if raw["type"] == "trigger" else "campaign"
            sent = raw.get("sentDate")
            yield Message(id=raw["id"], title=raw["name"], kind=kind, sent_at=sent)

    @stream(
        STATISTICS, cursor=HAPPENED, pages=SinglePage(), fill={"contact": "id"},
        every=timedelta(days=1),
        each=replace(CONTACTS, path="/contacts/lists/{list}/contacts",
                     pages=OffsetPages(size=500, total_path="count")),
    )  # fmt: skip
    def statistics(self, raw: Raw, contact: Raw) -> Iterator[MessageEvent]:
        """Deliveries of campaigns to subscribers of the list, and their responses."""
        yield MessageEvent(
            message=raw["campaignId"], contact=contact["id"], kind=EVENTS[raw["part"]],
            at=raw["eventTime"], hard=HARD.get(raw["part"]), link=raw.get("url"),
        )  # fmt: skip

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer; an empty list is left out, statistics are an object of lists."""
        if declared.path == STATISTICS:
            return _events(response)
        if declared.items and response.part("count") == 0 and response.part(declared.items) is None:
            return []
        return super().rows_of(response, declared)


def _status(raw: Raw, attributes: Raw) -> str:
    """Return the status of somebody on a list who did not leave it."""
    options = attributes.get(DOUBLE, {}).get("enumeration") or ()
    numbers = {each["label"]: each["value"] for each in options}
    said = raw["attributes"].get(DOUBLE)
    # Nothing there: nobody was asked to confirm.
    confirmed = said in (None, "") or str(numbers.get(said, said)) == str(CONFIRMED)
    return "subscribed" if confirmed else "pending"


class _Attributes:
    """The attributes of one contact by their names, in whatever case, as their types mean them."""

    def __init__(self, raw: Raw, attributes: Raw) -> None:
        self._values = {name.casefold(): value for name, value in raw["attributes"].items()}
        self._known = {name.casefold(): each for name, each in attributes.items()}

    def __call__(self, field: Any) -> Any:
        name = field.name.casefold()
        value, known = self._values.get(name, ABSENT), self._known.get(name, {})
        if name == "sms" and isinstance(value, str) and value.isdigit():
            # Numbers have their country code, and no plus before it.
            return f"+{value}"
        labels = {each["value"]: each["label"] for each in known.get("enumeration") or ()}
        if isinstance(value, list):
            return tuple(value)
        return labels.get(value, value) if labels else value


def _events(response: Response) -> Sequence[Raw]:
    """Return the events of a contact's statistics; raises Broken for anything else."""
    body = response.json()
    if not isinstance(body, Mapping) or (body and body.keys().isdisjoint(STATED)):
        raise Broken(f"{response.where} answered without the statistics that were agreed")
    clicks = [
        {**link, "campaignId": each["campaignId"], "part": "clicked"}
        for each in body.get("clicked") or () for link in each["links"]
    ]  # fmt: skip
    others = [
        {**each, "part": part}
        for part in EVENTS if part != "clicked" for each in dig(body, part) or ()
    ]  # fmt: skip
    return others + clicks
