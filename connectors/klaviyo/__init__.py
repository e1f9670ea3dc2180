"""Klaviyo: profiles, consents, lists, segments and engagement of one account.

As a destination: properties of its profiles, and its lists.

Fact sheet, from https://developers.klaviyo.com/en/reference/api_overview:
- API: revision 2026-10-15 at `https://a.klaviyo.com/api`, sent in the header `revision`;
  the setting `revision` names another one.
- Version: 2026-10-15, stable until October 2027 and gone a year later.
- Auth: a private API key with the scopes campaigns:read, events:read, flows:read, lists:read,
  metrics:read, profiles:read and segments:read; to write, lists:write and profiles:write.
- Paging: `links.next` of the body; 100 profiles, 1000 events, 10 lists.
- Cursor: `updated` of a profile, which only `greater-than` narrows: rows of the very second of the
  checkpoint would be lost, so the second before it is asked for. `datetime` of an event. Lists,
  segments, campaigns and flows are read whole.
- Limits: 75 requests a second and 750 a minute; campaigns and metrics 10 and 150, flows 3 and 60.
  A 429 says how long to wait.
- Batch: bulk import jobs of 10,000 profiles and 5 MB, asked about later; lists 1000 profiles a
  request. A tag is a property that is true; null clears. An import creates whom it is told by
  address, so only ids are sent. `profile-subscription-bulk-create-jobs` and all other requests
  that subscribe, suppress or create are never sent.
- Consent: `consent` of each channel. NEVER_SUBSCRIBED says nothing. A suppression withdraws email
  whatever the consent says; a suppression of a list withdraws that list.
- Lists: being on a list is no consent; the status on it is the person's own consent to email.
- Engagement: deliveries, opens, clicks, bounces, complaints and unsubscribes. They drive
  `inactive`, `active_clickers`, `opened_recently` and `clicked_recently`. An open with Apple's
  privacy flag may be a machine's.
- What it cannot do: tell which profiles were deleted or merged, when a message of a flow was
  written, or orders (the shop tells them).
- Proved against: the vendor's description.
- Not proved: that a change of consent counts as one of the profile; that `machine_open` is the name
  of the flag in every account; that the metric of farewells is called Unsubscribed in old accounts
  and Unsubscribed from Email Marketing in new ones; which
  words `Bounce Type` holds beside Hard and Soft; how late events may arrive (six hours are read
  again); how an import answers for a profile that was deleted meanwhile (by the code not_found).
- Stays outside: predictions, push tokens, events of shops and websites, conversations.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Cursor,
    Declared,
    FieldNames,
    GroupMember,
    LinkPages,
    ListMember,
    Message,
    MessageEvent,
    Raw,
    RestSource,
    amount_of,
    contact_fields,
    dig,
    iso,
    readable,
    stream,
    utc,
)
from connectors.klaviyo.destination import ALL, LISTS, KlaviyoDestination

# Names of metrics: https://help.klaviyo.com/hc/en-us/articles/360036974872
METRICS: dict[str, Any] = {
    "Received Email": "delivered", "Opened Email": "opened", "Clicked Email": "clicked",
    "Bounced Email": "bounced", "Marked Email as Spam": "complained",
    "Unsubscribed": "unsubscribed", "Unsubscribed from Email Marketing": "unsubscribed",
    "Received SMS": "delivered", "Clicked SMS": "clicked",
}  # fmt: skip
# Apple's flag: https://help.klaviyo.com/hc/en-us/articles/4416791883163
EVIDENCE: dict[Any, Any] = {True: "machine", False: "human"}
HARD: dict[Any, bool] = {"Hard": True, "Soft": False}
WENT_OUT = frozenset({"Sending", "Sending Segments", "Sent", "Variations Sent"})
CONSENTS: dict[Any, str] = {
    "email": "email.marketing", "sms": "sms.marketing", "push": "mobile_push.marketing",
    "whatsapp": "whatsapp.marketing", "tracking": "email.open_tracking",
}  # fmt: skip
"""Channel -> where its consent lies."""
GRANTED: dict[Any, bool] = {"SUBSCRIBED": True, "UNSUBSCRIBED": False}
METHODS: dict[Any, Any] = {True: "double", False: "single"}
# The gravest first; https://developers.klaviyo.com/en/reference/get_profiles
REASONS: dict[str, Any] = {
    "SPAM_COMPLAINT": "complaint", "HARD_BOUNCE": "bounce", "INVALID_EMAIL": "bounce",
    "UNSUBSCRIBE": "asked", "USER_SUPPRESSED": "asked",
}  # fmt: skip
NAMES = {
    "updated_at": "updated", "created": "created", "email": "email", "phone": "phone_number",
    "first_name": "first_name", "last_name": "last_name", "job_role": "title",
    "language": "locale", "country": "location.country", "region": "location.region",
    "city": "location.city", "postcode": "location.zip",
}  # fmt: skip
PERSON = ContactTable({ours: f"attributes.{theirs}" for ours, theirs in NAMES.items()})
WITH_CONSENTS = {"additional-fields[profile]": "subscriptions"}
SEGMENTS = Declared("/api/segments", items="data", pages=ALL)
BESIDE = Declared("/api/metrics", items="data", pages=ALL, by="relationships.metric.data.id")


def _since(name: str, operator: str, **more: Any) -> Cursor:
    """Declare a cursor whose bound is a filter."""
    filtered: Any = {"since": "filter", "format": lambda at: f"{operator}({name},{iso(at)})"}
    return Cursor(f"attributes.{name}", **filtered, **more)


def _sent_by(channel: str) -> dict[str, str]:
    """Parameters without which the vendor lists no campaigns."""
    return {"filter": f"equals(messages.channel,'{channel}')", "include": "campaign-messages"}


class Klaviyo(KlaviyoDestination, RestSource):
    """Profiles, lists and engagement of one Klaviyo account; properties and lists for them."""

    kind = "klaviyo"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the properties that hold them: { gender = "Gender" }."""

    @stream(
        "/api/profiles", items="data", params={**WITH_CONSENTS, "sort": "updated"}, ordered=True,
        cursor=_since("updated", "greater-than", exclusive=True),
    )  # fmt: skip
    def profiles(self, raw: Raw) -> Iterator[Contact | Consent]:
        """Everybody, with what they allow on each channel."""
        properties = raw["attributes"].get("properties") or {}
        custom = {
            name: amount_of(value) if type(value) in {int, float} else value
            for name, value in properties.items() if name[:1] != "$" and type(value) is not dict
        }  # fmt: skip
        mapped = contact_fields(self.fields, lambda said: properties.get(said.name, ABSENT))
        custom |= mapped.pop("custom", {})
        yield from PERSON.records(raw, custom=custom, **mapped)
        for channel, path in CONSENTS.items():
            yield from _consents(raw, channel, dig(raw, f"attributes.subscriptions.{path}") or {})

    @stream(
        "/api/lists/{joined}/profiles", items="data", params=WITH_CONSENTS, each=LISTS,
        fill={"joined": "id"}, every=timedelta(hours=6),
    )  # fmt: skip
    def list_members(self, raw: Raw, joined: Raw) -> Iterator[ListMember]:
        """The people on each list, by their own consent to email."""
        yield ListMember(
            contact=raw["id"], list=joined["id"], title=joined["attributes"]["name"],
            status=_status(raw, joined["id"]),
            subscribed_at=utc(raw["attributes"]["joined_group_at"]),
        )  # fmt: skip

    @stream(
        "/api/segments/{segment}/profiles", items="data", each=SEGMENTS, fill={"segment": "id"},
        params={"fields[profile]": "joined_group_at"}, every=timedelta(days=1),
    )  # fmt: skip
    def group_members(self, raw: Raw, segment: Raw) -> Iterator[GroupMember]:
        """The people in each segment of Klaviyo's own."""
        yield GroupMember(
            contact=raw["id"], group=segment["id"], title=segment["attributes"]["name"],
            since=utc(raw["attributes"]["joined_group_at"]),
        )  # fmt: skip

    @stream("/api/campaigns", items="data", pages=ALL, params=_sent_by("email"))
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """Emails of the campaigns that went out; a test of two is two messages."""
        return _messages(raw, "email")

    @stream("/api/campaigns", items="data", pages=ALL, params=_sent_by("sms"))
    def sms_campaigns(self, raw: Raw) -> Iterator[Message]:
        """Text messages of the campaigns that went out."""
        return _messages(raw, "sms")

    @stream("/api/flows", items="data", pages=LinkPages("links.next", size=50, limit="page[size]"))
    def flows(self, raw: Raw) -> Iterator[Message]:
        """Flows, each as one message: events name the flow and not when it was written."""
        own = raw["attributes"]
        yield Message(id=raw["id"], title=own["name"], kind="automation", updated_at=own["updated"])

    @stream(
        "/api/events", items="data", params={"sort": "datetime"}, ordered=True,
        pages=LinkPages("links.next", size=1000, limit="page[size]"), beside={"metric": BESIDE},
        cursor=_since("datetime", "greater-or-equal", overlap=timedelta(hours=6)),
    )  # fmt: skip
    def events(self, raw: Raw, metric: Raw) -> Iterator[MessageEvent]:
        """Deliveries, opens, clicks, bounces, complaints and farewells."""
        of = raw["attributes"].get("event_properties") or {}
        kind = METRICS.get(str(dig(metric, "attributes.name")))
        if kind and (message := of.get("$flow") or of.get("$message")):
            flag = of.get("machine_open", of.get("Apple Privacy Open"))
            yield MessageEvent(
                id=raw["id"], message=message, contact=dig(raw, "relationships.profile.data.id"),
                kind=kind, at=utc(raw["attributes"]["datetime"]),
                evidence=EVIDENCE.get(flag, "probable"),
                link=of.get("URL"), hard=HARD.get(of.get("Bounce Type")),
            )  # fmt: skip


def _consents(raw: Raw, channel: Any, state: Raw) -> Iterator[Consent]:
    """Yield what a profile states of one channel, and of each list that it is suppressed on."""
    granted = GRANTED.get(state.get("consent"))
    at = state.get("consent_timestamp") or state.get("last_updated")
    found = {each["reason"]: each for each in state.get("suppression") or ()}
    gravest = [found[each] for each in (*REASONS, *found) if each in found][:1]
    # A withdrawal stands without its instant: the last change is the latest that it can be.
    if not gravest and (granted is False or (granted and at)):
        yield Consent(
            contact=raw["id"], channel=channel, granted=granted,
            method=METHODS.get(state.get("double_optin")),
            origin=state.get("method_detail") or state.get("method"),
            at=utc(at or dig(raw, "attributes.updated")),
        )  # fmt: skip
    for each in (*gravest, *(state.get("list_suppressions") or ())):
        yield Consent(
            contact=raw["id"], channel=channel, list=each.get("list_id"), granted=False,
            reason=REASONS.get(each["reason"], "asked"), at=utc(each["timestamp"]),
        )  # fmt: skip


def _status(raw: Raw, joined: str) -> Literal["subscribed", "unsubscribed", "cleaned", "none"]:
    """Return what being on a list means for a person: their own consent to email, or none."""
    state = dig(raw, "attributes.subscriptions.email.marketing") or {}
    stated = {each.list: each for each in _consents(raw, "email", state)}
    here = stated.get(joined) or stated.get(None)
    if here is None or here.granted:
        return "subscribed" if here else "none"
    return "cleaned" if here.reason == "bounce" else "unsubscribed"


def _messages(raw: Raw, channel: Any) -> Iterator[Message]:
    own = raw["attributes"]
    if own["status"] in WENT_OUT:
        at = utc(own["send_time"])
        for each in dig(raw, "relationships.campaign-messages.data") or ():
            yield Message(id=each["id"], title=own["name"], channel=channel, sent_at=at)
