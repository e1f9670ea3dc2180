"""Engagement: campaigns and flows, and what people did with their messages."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

from connectors.kit import (
    Cursor,
    Declared,
    LinkPages,
    Message,
    MessageEvent,
    Raw,
    RestSource,
    dig,
    iso,
    stream,
    utc,
)
from connectors.klaviyo.account import KlaviyoAccount

Mapped = TypeVar("Mapped", bound=Callable[..., Iterable[Message]])
# https://help.klaviyo.com/hc/en-us/articles/360036974872
METRICS: dict[str, Any] = {
    "Received Email": "delivered",
    "Opened Email": "opened",
    "Clicked Email": "clicked",
    "Bounced Email": "bounced",
    "Marked Email as Spam": "complained",
    "Unsubscribed": "unsubscribed",
    "Unsubscribed from Email Marketing": "unsubscribed",
    "Received SMS": "delivered",
    "Clicked SMS": "clicked",
}
SENT = frozenset({"Sending", "Sending Segments", "Sent", "Variations Sent"})
# https://help.klaviyo.com/hc/en-us/articles/4416791883163
EVIDENCE: dict[Any, Any] = {True: "machine", False: "human"}
HARD = {"hard": True, "soft": False}


def _campaigns(channel: str) -> Callable[[Mapped], Mapped]:
    """Declare the campaigns of one channel, without which the vendor lists none."""
    asked = {"filter": f"equals(messages.channel,'{channel}')", "include": "campaign-messages"}
    return stream("/api/campaigns", items="data", params=asked, pages=LinkPages("links.next"))


class Engagement(KlaviyoAccount, RestSource):
    """Reads campaigns, flows and events."""

    @_campaigns("email")
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """Emails of the campaigns that went out; a test of two is two messages."""
        return _messages(raw, "email")

    @_campaigns("sms")
    def sms_campaigns(self, raw: Raw) -> Iterator[Message]:
        """Text messages of the campaigns that went out."""
        return _messages(raw, "sms")

    @_campaigns("mobile_push")
    def push_campaigns(self, raw: Raw) -> Iterator[Message]:
        """Notifications of the campaigns that went out."""
        return _messages(raw, "push")

    @stream("/api/flows", items="data", pages=LinkPages("links.next", size=50, limit="page[size]"))
    def flows(self, raw: Raw) -> Iterator[Message]:
        """Flows, each as one message: events name the flow and not when it was written."""
        own = raw["attributes"]
        yield Message(id=raw["id"], title=own["name"], kind="automation", updated_at=own["updated"])

    @stream(
        "/api/events",
        items="data",
        params={"sort": "datetime"},
        pages=LinkPages("links.next", size=1000, limit="page[size]"),
        cursor=Cursor(
            "attributes.datetime",
            since="filter",
            format=lambda at: f"greater-or-equal(datetime,{iso(at)})",
            overlap=timedelta(hours=6),
        ),
        ordered=True,
        beside={
            "metric": Declared(
                "/api/metrics",
                items="data",
                pages=LinkPages("links.next"),
                by="relationships.metric.data.id",
            )
        },
    )
    def events(self, raw: Raw, metric: Raw) -> Iterator[MessageEvent]:
        """Deliveries, opens, clicks, bounces, complaints and farewells."""
        own = raw["attributes"]
        of = own.get("event_properties") or {}
        kind = METRICS.get(str(dig(metric, "attributes.name")))
        message = of.get("$flow") or of.get("$message")
        if kind and message:
            flag = of.get("machine_open", of.get("Apple Privacy Open"))
            yield MessageEvent(
                id=raw["id"],
                message=message,
                contact=raw["relationships"]["profile"]["data"]["id"],
                kind=kind,
                at=utc(own["datetime"]),
                evidence=EVIDENCE.get(flag, "probable"),
                hard=HARD.get(str(of.get("Bounce Type")).lower()),
                link=of.get("URL"),
            )


def _messages(raw: Raw, channel: Any) -> Iterator[Message]:
    own = raw["attributes"]
    for each in dig(raw, "relationships.campaign-messages.data") or ():
        if own["status"] in SENT:
            yield Message(
                id=each["id"], title=own["name"], channel=channel,
                sent_at=utc(own.get("send_time")), updated_at=utc(own["updated_at"]),
            )  # fmt: skip
