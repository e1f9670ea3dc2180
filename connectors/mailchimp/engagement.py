"""Engagement: campaigns that went out, whom they reached, and what people did with them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from connectors.kit import (
    Cursor,
    Declared,
    Message,
    MessageEvent,
    Page,
    Raw,
    RawPage,
    Reading,
    RestSource,
    Window,
    iso,
    iso_with_offset,
    stream,
    unescaped,
    utc,
)
from connectors.mailchimp.account import MailchimpAccount, listing, only

LATE = timedelta(hours=48)
"""Reports are still being counted after a campaign went out."""
YOUNG = timedelta(days=30)
"""Older campaigns are seldom opened: their reports are read once a day."""
Kind = Literal["delivered", "opened", "clicked", "bounced", "unsubscribed"]
ACTIONS: Mapping[str, Kind] = {
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
}

SENT = Cursor(
    "send_time",
    since="since_send_time",
    until="before_send_time",
    format=iso_with_offset,
    exclusive=True,
    overlap=LATE,
)
HAPPENED = Cursor("timestamp", since="since", format=iso_with_offset, exclusive=True, overlap=LATE)

STATUS_FILTER = "status"
"""Narrows the list of campaigns; no status of a member is ever written."""
OF_CAMPAIGNS = "id,status,send_time,settings.title,settings.subject_line,recipients.list_id"


RECIPIENTS = listing("/reports/{campaign}/sent-to", "sent_to", "email_id,status")
FAREWELLS = listing("/reports/{campaign}/unsubscribed", "unsubscribes", "email_id,timestamp")


class Engagement(MailchimpAccount, RestSource):
    """Reads campaigns and their reports."""

    campaign_days: int = Field(default=400, ge=1)
    """How many days back campaigns are looked at for opens, clicks and unsubscribes."""

    @stream(
        "/campaigns",
        cursor=SENT,
        items="campaigns",
        params={
            STATUS_FILTER: "sent",
            "sort_field": "send_time",
            "sort_dir": "ASC",
            "fields": only("campaigns", OF_CAMPAIGNS),
        },
    )
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """The campaigns that went out to the audience."""
        id_ = raw["id"]
        if self._is_ours(raw):
            settings = raw.get("settings") or {}
            yield Message(
                id=id_,
                title=unescaped(settings.get("title") or settings.get("subject_line")),
                sent_at=utc(raw["send_time"]),
            )

    @stream(
        "/reports/{campaign}/email-activity",
        cursor=HAPPENED,
        items="emails",
        params={"fields": only("emails", "email_id,activity")},
        each="campaigns",
        fill={"campaign": "id"},
    )
    def events(self, raw: Raw) -> Iterator[MessageEvent]:
        """Deliveries, opens, clicks, bounces and unsubscribes: one row of a campaign's reports."""
        message, contact = raw["campaign"], raw["email_id"]
        at = utc(raw["timestamp"])
        match raw["report"]:
            case "sent-to":
                if raw["status"] == "sent":
                    yield _event(message, contact, "delivered", at)
            case "unsubscribed":
                yield _event(message, contact, "unsubscribed", at)
            case _:
                if kind := ACTIONS.get(raw["action"]):
                    yield _event(message, contact, kind, at, raw.get("url"))

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read one stream; the events' state is when older campaigns were looked through last."""
        match stream:
            case "events":
                yield from self._read_events(window, state)
            case _:
                yield from super().read(stream, window, state)

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Campaigns of the audience only."""
        ours = {"list_id": self.audience} if stream == "campaigns" else {}
        yield replace(declared, params={**declared.params, **ours})

    def _is_ours(self, campaign: Raw) -> bool:
        to = (campaign.get("recipients") or {}).get("list_id", self.audience)
        return campaign["status"] == "sent" and bool(to == self.audience)

    def _read_events(self, window: Window, state: str | None) -> Iterator[Page]:
        """Reports of every campaign that may have something new, one campaign after the other."""
        looked = utc(state) if state else None
        look = looked is None or looked.date() != window.until.date()
        since = min(filter(None, (window.since, looked and looked - LATE)), default=None)
        young = Reading(self, "events", window)
        wide = replace(window, since=since if window.since else None)
        old = Reading(self, "events", wide)
        oldest = window.until - timedelta(days=self.campaign_days)
        sent = replace(window, since=min(oldest, window.since or oldest))
        (campaigns,) = self.parts_of("campaigns", self.declared()["campaigns"])
        for raw in self.rows_in(campaigns, sent):
            # A broken campaign is a reject of the stream of campaigns.
            at = SENT.at(raw) if raw.get("id") else None
            if at is None or not (SENT.holds(raw, sent) and self._is_ours(raw)):
                continue
            if at >= window.until - YOUNG:
                yield from self._read_reports(raw, at, window, young)
            elif look:
                yield from self._read_reports(raw, at, wide, old)
        yield Page(records=(), state=iso_with_offset(window.until) if look else None)

    def _read_reports(
        self, campaign: Raw, at: datetime, window: Window, reading: Reading
    ) -> Iterator[Page]:
        """One campaign's reports, their rows in one shape."""
        id_ = str(campaign["id"])
        reports = [("email-activity", self.declared()["events"]), ("unsubscribed", FAREWELLS)]
        if window.since is None or at >= window.since:
            reports.insert(0, ("sent-to", RECIPIENTS))
        for report, declared in reports:
            for listed in self.walk(declared, window, {"campaign": id_}):
                said = {"report": report, "campaign": id_}
                if declared is RECIPIENTS:
                    said["timestamp"] = campaign["send_time"]
                rows = [row for each in listed.items for row in _rows(each, said)]
                yield reading.page(RawPage(rows))


def _rows(row: Any, said: Raw) -> Iterator[Any]:
    """A row of a report as one thing that happened; a row of activity is many, or none."""
    if not isinstance(row, dict):
        yield row
    elif said["report"] != "email-activity":
        yield {**said, **row}
    else:
        for happened in row.get("activity") or ():
            known = {**said, "email_id": row.get("email_id")}
            yield {**known, **happened} if isinstance(happened, dict) else happened


def _event(
    message: str, contact: str, kind: Kind, at: datetime, link: str | None = None
) -> MessageEvent:
    # An event that happens once has one id, because reports may change its instant.
    parts = [message, contact, kind]
    if kind in ("opened", "clicked"):
        parts.append(iso(at))
    if link:
        parts.append(hashlib.sha256(link.encode()).hexdigest()[:16])
    return MessageEvent(
        id=":".join(parts), message=message, contact=contact, kind=kind, at=at, link=link
    )
