"""Kit (ConvertKit): subscribers, tags and broadcasts of one account, and tags and fields to them.

The kind is `convertkit`, the name that the product had until 2024.

Fact sheet, from https://developers.kit.com/api-reference/overview:
- API: version 4 at `https://api.kit.com/v4`.
- Version: 4; no end is announced. Version 3 is deprecated and not used.
- Auth: OAuth 2.0, authorization code, with an app of your own (Kit, Settings, Developer): its
  redirect address must be the one that `segmenthub connect` names. An API key does not do: requests
  of many people are refused with it. A free plan allows no apps, and Kit answers 401.
- Paging: cursors, in the order of the ids; 1000 subscribers, tags, fields and broadcasts, 100
  people of a broadcast.
- Cursor: `updated_after`, which takes a day and does not say in which zone, nor whether the day
  itself belongs to it: two days are read again. Subscribers do not tell when they changed, so they
  are read whole once per day besides, which also shows who is gone and tags that moved no date.
- Limits: 600 requests a minute for each access token; 429 with a plain text and no `Retry-After`.
- Batch: 100 taggings or values in one request, done when it is answered. More would become a job
  whose result is told to a callback address only.
- Consent: one for the whole account, `subscribers` in rules and bindings: active grants email since
  the subscriber was created; inactive (unconfirmed) and any other word nothing; cancelled withdraws
  it at the instant that Kit tells, from every list where `unsubscribed_means` says so; an address
  that bounced or complained is written to nowhere, and Kit does not tell since when. Tags permit
  nothing.
- Engagement: deliveries, opens and clicks of broadcasts. They drive `inactive`, `active_clickers`,
  `opened_recently` and `clicked_recently` by the days on which broadcasts were sent: the filter for
  subscribers tells who opened one and not when, so each counts at the earliest that it can be. A
  broadcast of the last 30 days is asked about once a day.
- What it cannot do: tell when and by what link somebody opened or clicked, since when somebody has
  a tag, when and how an address bounced, and what sequences sent.
- Proved against: the vendor's description, and its pages for what is newer.
- Not proved: that the filter shows people who have left since; that tags and fields move
  `updated_at` (the daily read sees what does not); that somebody who comes back gets a new
  `created_at` (until then the withdrawal stands); how many values of fields a request may have to
  be done at once (100 are sent, as many as taggings); that a refresh token is spent by its use.
- What is never done: see the destination; nobody is created, subscribed or unsubscribed.
- Stays outside: forms, sequences, segments of Kit's own, purchases, places guessed from addresses
  of machines.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.convertkit.destination import (
    ACCOUNT,
    FIELDS,
    PAGES,
    SUBSCRIBERS,
    ConvertKitDestination,
)
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
    Newest,
    Raw,
    RestSource,
    Window,
    contact_fields,
    custom_forms,
    dig,
    iso,
    readable,
    stream,
    utc,
)

__all__ = ["ConvertKit"]

STATUS: dict[str, Any] = {
    "active": "subscribed", "inactive": "pending", "cancelled": "unsubscribed",
    "bounced": "cleaned", "complained": "complained",
}  # fmt: skip
PERSON = ContactTable(
    {"created": "created_at", "email": "email_address", "first_name": "first_name?"}, alike=("id",)
)
CHANGED = Cursor(
    "updated_at", since="updated_after", format=lambda at: iso(at)[: len("YYYY-MM-DD")],
    step=timedelta(days=1), overlap=timedelta(days=2),
)  # fmt: skip
"""Subscribers who changed, by days of no known zone."""
SENT = Cursor("send_at", overlap=timedelta(days=2))
YOUNG = timedelta(days=30)
"""Older broadcasts are seldom opened: they are not asked about again."""
BROADCAST = "all.0.any.0.ids.0"
"""Where the filter for subscribers names a broadcast."""


def _until(source: Any, window: Window) -> datetime:  # noqa: ARG001 - as it is called
    return window.until


def _did(kind: str) -> Callable[[Any], Any]:
    """Declare the list of those who did something with a broadcast."""
    return stream(
        "/subscribers/filter", items="subscribers", at=kind, each="broadcasts", when="send_at",
        fill={BROADCAST: "id"}, every=timedelta(days=1), pages=replace(PAGES, size=100),
        params={"all.0.type": kind},
        body={"all": [{"count_greater_than": 0, "any": [{"type": "broadcasts", "ids": []}]}]},
    )  # fmt: skip


class ConvertKit(EmailList, RestSource, ConvertKitDestination):
    """Subscribers, tags and broadcasts of one Kit account; tags and fields for them."""

    kind = "convertkit"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the custom fields that hold them, by label or key:
    { last_name = "Last name", "custom.size" = { name = "size", number = true } }."""
    broadcast_days: int = Field(default=400, ge=1)
    """How many days back the first read looks for broadcasts."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; fields of Kit hold texts."""
        return custom_forms(self.fields, "text")

    @stream(
        SUBSCRIBERS.path, items=SUBSCRIBERS.items, params=SUBSCRIBERS.params,
        between=Newest(CHANGED, include=""), beside={"definitions": FIELDS},
    )  # fmt: skip
    def subscribers(
        self, raw: Raw, definitions: Raw
    ) -> Iterator[Contact | Consent | ListMember | GroupMember]:
        """Everybody in whatever state, with what they allow and their tags."""
        id_, status = raw["id"], STATUS.get(raw["state"], "none")
        origin, joined = dig(raw, "attribution.source_name"), utc(raw["created_at"])
        stated = self._stated(raw.get("fields") or {}, definitions)
        yield from PERSON.records(raw, **{"signup_source": origin, **stated})
        if status != "unsubscribed":
            yield from self.stated(
                status, id_, ACCOUNT, granted=joined, left=joined, changed=joined, origin=origin
            )
        here: Any = "unsubscribed" if status == "complained" else status
        yield ListMember(
            contact=id_, list=ACCOUNT, title="Kit", status=here,
            subscribed_at=joined if here == "subscribed" else None,
        )  # fmt: skip
        for tag in raw["tags"]:
            yield GroupMember(contact=id_, group=tag["id"], title=tag["name"])

    @stream(
        "/subscribers", items="subscribers", at="cancelled", between=Newest(CHANGED, include=""),
        params={"status": "cancelled", "include": "canceled_at", "sort_order": "asc"},
    )  # fmt: skip
    def cancelled(self, raw: Raw) -> Iterator[Consent]:
        """Those who left, and when."""
        left = utc(raw["canceled_at"])
        yield from self.stated(
            "unsubscribed", raw["id"], ACCOUNT, granted=None, left=left, changed=left
        )

    @stream("/broadcasts", items="broadcasts", cursor=SENT, beside={"until": _until})
    def broadcasts(self, raw: Raw, until: datetime) -> Iterator[Message]:
        """Broadcasts that were sent."""
        sent = utc(raw["send_at"])
        if sent and sent <= until:
            yield Message(id=raw["id"], title=raw["subject"], sent_at=sent)

    @_did("delivered")
    def delivered(self, raw: Raw, broadcast: Raw) -> Iterator[MessageEvent]:
        """Those whom a broadcast reached."""
        yield _event("delivered", raw, broadcast)

    @_did("opens")
    def opens(self, raw: Raw, broadcast: Raw) -> Iterator[MessageEvent]:
        """Those who opened a broadcast."""
        yield _event("opened", raw, broadcast)

    @_did("clicks")
    def clicks(self, raw: Raw, broadcast: Raw) -> Iterator[MessageEvent]:
        """Those who clicked in a broadcast."""
        yield _event("clicked", raw, broadcast)

    def child_windows(
        self,
        declared: Declared,  # noqa: ARG002 - as it is called
        window: Window,
        last_look: str | None,  # noqa: ARG002 - as it is called
        *,
        due: bool,  # noqa: ARG002 - as it is called
    ) -> tuple[Window, Window]:
        """Return the broadcasts that are asked about: the young ones, at first all that count."""
        oldest = window.until - timedelta(days=self.broadcast_days)
        since = oldest if window.since is None else max(oldest, window.since - YOUNG)
        return replace(window, since=since), window

    def written(self, body: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return a filter as it is sent: it names broadcasts by numbers."""
        for condition in body["all"]:
            for some in condition["any"]:
                some["ids"] = [int(each) for each in some["ids"]]
        return super().written(body)

    def _stated(self, values: Raw, definitions: Raw) -> dict[str, Any]:
        """Return values as fields of a contact; a field is named by its key, or by its label."""
        keys = {str(each["label"]).casefold(): each["key"] for each in definitions.values()}
        return contact_fields(
            self.fields,
            lambda field: values.get(keys.get(field.name.casefold(), field.name), ABSENT),
        )


def _event(kind: Any, raw: Raw, broadcast: Raw) -> MessageEvent:
    at = utc(broadcast["send_at"])
    return MessageEvent(message=broadcast["id"], contact=raw["id"], kind=kind, at=at)
