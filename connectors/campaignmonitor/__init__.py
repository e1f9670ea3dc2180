"""Campaign Monitor: subscribers of one list, campaigns and engagement, and fields to them.

The vendor publishes no machine-readable description: requests and answers are held against one
that was derived from its own client.

Fact sheet, from https://www.campaignmonitor.com/api/v3-3/getting-started/:
- API: version 3.3 at `https://api.createsend.com/api/v3.3`.
- Version: 3.3; no end is announced.
- Auth: HTTP basic with the API key as user.
- Paging: `page` and `pagesize` (1000 at most), `TotalNumberOfRecords`. Subscribers are sorted by
  their addresses: by date, whoever changes while the pages are read would move to the end, and
  push another one out of sight.
- Cursor: `date`, in the client's zone, read as the shop's: a day is read again, which is enough for
  every zone. A change of a field alone does not move it, so all five lists of a list (active,
  unconfirmed, unsubscribed, bounced and deleted) are read whole once per day, which also shows who
  is gone, and what `date` shows of each in between. Reports of campaigns are narrowed by it, and
  read again until 30 days after the campaign was sent.
- Limits: not published; a 429 tells the seconds in `X-RateLimit-Reset`. We ask five times a second.
- Batch: none that is used; fields of one subscriber are written by one request. A tag is a field
  that holds yes. A field of several options is written as a whole set, and the options must be
  there already.
- People have no id of their own: the hash of the address in lower case stands for one, so that
  another address is another person.
- Consent: Active grants mail of the list since `Date`, Unconfirmed and any other word nothing;
  Unsubscribed withdraws it, from every list where `unsubscribed_means` says so; an address that
  bounced, and whoever reports a campaign as spam, is written to nowhere. `ConsentToTrack` and
  `ConsentToSendSms` are consents to be watched and to text messages.
- Engagement: deliveries, opens, clicks, bounces, complaints and unsubscribes. They drive
  `inactive`, `active_clickers`, `opened_recently` and `clicked_recently`, by the campaigns that
  were sent.
- What it cannot do: tell which opens were made by machines, how somebody confirmed a sign-up, and
  what journeys sent; join a subscriber who changed the address with whom it was before.
- Proved against: a description derived from the vendor's client.
- Not proved: that a field that changes does not move `Date`; the words of a bounce (Hard and Soft
  are looked for in its type and its reason); that `PUT` leaves alone whoever was deleted; the
  headers that tell a limit.
- What is never done: `POST /subscribers/{list}.json` and `import.json`, which add people, and
  `Resubscribe` with anything but false.
- Stays outside: the client's suppression list, segments, journeys, transactional mail.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from connectors.campaignmonitor.destination import (
    FIELDS,
    PAGES,
    SUBSCRIBERS,
    CampaignMonitorDestination,
    key_of,
    plain,
    values_of,
)
from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    Cursor,
    Declared,
    Deleted,
    EmailList,
    FieldNames,
    Form,
    ListMember,
    Message,
    MessageEvent,
    Newest,
    Raw,
    RestSource,
    Window,
    contact_fields,
    custom_forms,
    readable,
    stream,
)

__all__ = ["CampaignMonitor"]

STATES = ("deleted", "bounced", "unsubscribed", "unconfirmed", "active")
STATUS: dict[str, Any] = {
    "Active": "subscribed", "Unsubscribed": "unsubscribed", "Unconfirmed": "pending",
    "Bounced": "cleaned",
}  # fmt: skip
STATED: dict[str, Any] = {"ConsentToSendSms": "sms", "ConsentToTrack": "tracking"}
SAID = {"Yes": True, "No": False}
YOUNG = timedelta(days=30)
"""Older campaigns are seldom opened: their reports are not read again."""


def _since(window: Window) -> dict[str, str]:
    """Write the lower bound of a window in the zone of the shop."""
    if window.since is None:
        return {}
    return {"date": f"{window.since.astimezone(window.zone):%Y-%m-%d %H:%M}"}


def _zone(source: Any, window: Window) -> tzinfo:  # noqa: ARG001 - as it is called
    return window.zone


CHANGED = Cursor("Date", ask=_since, overlap=timedelta(days=1))
SENT = Cursor("SentDate", overlap=timedelta(days=2))
ZONE: dict[str, Any] = {"zone": _zone}


def _report(name: str, **more: Any) -> Callable[[Any], Any]:
    """Declare a list below each campaign."""
    return stream(
        f"/campaigns/{{campaign}}/{name}.json", items="Results", id="event", pages=PAGES,
        each="campaigns", fill={"campaign": "CampaignID"}, beside=ZONE,
        **{"cursor": CHANGED, "looks_back": YOUNG, **more},
    )  # fmt: skip


class CampaignMonitor(EmailList, RestSource, CampaignMonitorDestination):
    """Subscribers of one Campaign Monitor list, campaigns and engagement; fields for them."""

    kind = "campaignmonitor"
    system = "email"
    state: ClassVar[str] = STATES[-1]

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the custom fields that hold them, by name: { birthday = "Born",
    "custom.size" = "Shoe size", "custom.name" = "Name" }; the name is the whole one."""
    campaign_days: int = Field(default=400, ge=1)
    """How many days back the first read looks for campaigns."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    @stream(
        "/lists/{list}/{state}.json", items="Results", id="key", pages=PAGES,
        params=SUBSCRIBERS.params, between=Newest(CHANGED, include=""),
        beside={"definitions": FIELDS, **ZONE},
    )  # fmt: skip
    def subscribers(
        self, raw: Raw, definitions: Raw, zone: tzinfo
    ) -> Iterator[Deleted | Contact | Consent | ListMember]:
        """Everybody on the list in whatever state, with what they allow."""
        id_, at = key_of(raw["EmailAddress"]), _instant(raw["Date"], zone)
        if raw["State"] == "Deleted":
            yield Deleted(noun="Contact", id=id_)
            return
        joined = _instant(raw.get("ListJoinedDate") or raw["Date"], zone)
        yield Contact(
            id=id_, email=raw["EmailAddress"], created=joined, updated_at=at,
            phone=raw.get("MobileNumber") or None, **self._stated(raw, definitions),
        )  # fmt: skip
        status = STATUS.get(raw["State"], "none")
        yield from self.stated(status, id_, self.list, granted=at, left=at, changed=at)
        for name, channel in STATED.items():
            if (granted := SAID.get(raw.get(name) or "")) is not None:
                yield Consent(contact=id_, channel=channel, granted=granted, at=at)
        yield ListMember(
            contact=id_, list=self.list, title=None, status=status, updated_at=at,
            subscribed_at=joined if status == "subscribed" else None,
            unsubscribed_at=at if status == "unsubscribed" else None,
        )  # fmt: skip

    @stream(
        "/clients/{client_id}/campaigns.json", items="Results", id="CampaignID", pages=PAGES,
        params={"orderdirection": "asc"}, cursor=SENT, beside=ZONE,
    )  # fmt: skip
    def campaigns(self, raw: Raw, zone: tzinfo) -> Iterator[Message]:
        """Campaigns that were sent, to whatever list."""
        sent = _instant(raw["SentDate"], zone)
        yield Message(id=raw["CampaignID"], title=raw["Name"], sent_at=sent)

    @_report("recipients", cursor=None, looks_back=None)
    def deliveries(self, raw: Raw, campaign: Raw, zone: tzinfo) -> Iterator[MessageEvent]:
        """Deliveries of campaigns to the list, at the instant that they were sent."""
        return self._event(raw, campaign, "delivered", _instant(campaign["SentDate"], zone))

    @_report("opens")
    def opens(self, raw: Raw, campaign: Raw, zone: tzinfo) -> Iterator[MessageEvent]:
        """Opens of campaigns."""
        return self._event(raw, campaign, "opened", _instant(raw["Date"], zone))

    @_report("clicks")
    def clicks(self, raw: Raw, campaign: Raw, zone: tzinfo) -> Iterator[MessageEvent]:
        """Clicks on links of campaigns."""
        at = _instant(raw["Date"], zone)
        return self._event(raw, campaign, "clicked", at, link=raw["URL"])

    @_report("unsubscribes")
    def unsubscribes(self, raw: Raw, campaign: Raw, zone: tzinfo) -> Iterator[MessageEvent]:
        """Unsubscribes by the link of a campaign."""
        return self._event(raw, campaign, "unsubscribed", _instant(raw["Date"], zone))

    @_report("spam")
    def complaints(self, raw: Raw, campaign: Raw, zone: tzinfo) -> Iterator[MessageEvent]:
        """Reports of campaigns as spam."""
        return self._event(raw, campaign, "complained", _instant(raw["Date"], zone))

    @_report("bounces")
    def bounces(self, raw: Raw, campaign: Raw, zone: tzinfo) -> Iterator[MessageEvent]:
        """Campaigns that came back."""
        said = f"{raw.get('BounceType')} {raw.get('Reason')}".casefold()
        hard = next((word == "hard" for word in ("hard", "soft") if word in said), None)
        return self._event(raw, campaign, "bounced", _instant(raw["Date"], zone), hard=hard)

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """One list of subscribers for each state; whoever came back is active at the end."""
        for state in STATES if stream == "subscribers" else ("",):
            yield replace(declared, path=declared.path.replace("{state}", state))

    def child_windows(
        self,
        declared: Declared,
        window: Window,
        last_look: str | None,  # noqa: ARG002 - as it is called
        *,
        due: bool,  # noqa: ARG002 - as it is called
    ) -> tuple[Window, Window]:
        """Return the campaigns whose reports are read: the young ones, at first all that count."""
        oldest = window.until - timedelta(days=self.campaign_days)
        since = oldest
        if window.since is not None:
            since = max(oldest, window.since - (declared.looks_back or timedelta()))
        return replace(window, since=since), window

    def _event(
        self, raw: Raw, campaign: Raw, kind: Any, at: Any, **more: Any
    ) -> Iterator[MessageEvent]:
        """Yield an event of the list; a campaign may go to several."""
        if raw["ListID"] == self.list:
            yield MessageEvent(
                message=campaign["CampaignID"], contact=key_of(raw["EmailAddress"]), kind=kind,
                at=at, **more,
            )  # fmt: skip

    def _stated(self, raw: Raw, definitions: Raw) -> dict[str, Any]:
        """Return custom fields as fields of a contact, as their types mean them."""
        held = values_of(raw)
        named = {"name": raw.get("Name")}
        for each in definitions.values():
            key = plain(each["FieldName"])
            named[key] = _typed(held.get(key, ()), each["DataType"])
        return contact_fields(self.fields, lambda field: named.get(plain(field.name), ABSENT))


def _instant(text: Any, zone: tzinfo) -> Any:
    """Return a local time as an instant; anything else stays as it is, for the record to refuse."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except (ValueError, TypeError):
        return text


def _typed(values: Any, kind: str) -> Any:
    """Return what a field holds: several texts, a number, a text; None for nothing."""
    if kind == "MultiSelectMany":
        return tuple(values) or None
    value = values[0] if values else None
    try:
        return Decimal(value) if kind == "Number" and value else value
    except InvalidOperation:
        return value
