"""Engagement: campaigns that went out, whom they reached, and what people did with them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from pydantic import Field

from connectors.kit import (
    Cursor,
    Declared,
    Message,
    MessageEvent,
    Raw,
    RestSource,
    Window,
    iso,
    iso_with_offset,
    stream,
    unescaped,
    utc,
)
from connectors.mailchimp.account import MailchimpAccount, only

LATE = timedelta(hours=48)
"""Reports are still being counted after a campaign went out."""
YOUNG = timedelta(days=30)
"""Older campaigns are seldom opened: their reports are read once a day."""
Mapped = TypeVar("Mapped", bound=Callable[..., Iterable[MessageEvent]])
Kind = Literal["delivered", "opened", "clicked", "bounced", "unsubscribed"]
ACTIONS: Mapping[str, Kind] = {"open": "opened", "click": "clicked", "bounce": "bounced"}

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


def _report(path: str, items: str, fields: str, **more: Any) -> Callable[[Mapped], Mapped]:
    """Declare a list below each campaign, with one row for each person."""
    return stream(
        f"/reports/{{campaign}}/{path}", items=items, params={"fields": only(items, fields)},
        id="email_id", each="campaigns", fill={"campaign": "id"}, **more,
    )  # fmt: skip


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
        if self._is_ours(raw):
            settings = raw.get("settings") or {}
            yield Message(
                id=raw["id"],
                title=unescaped(settings.get("title") or settings.get("subject_line")),
                sent_at=utc(raw["send_time"]),
            )

    @_report("sent-to", "sent_to", "email_id,status")
    def deliveries(self, raw: Raw, campaign: Raw) -> Iterator[MessageEvent]:
        """Deliveries of campaigns that went out lately."""
        if raw["status"] == "sent" and self._is_ours(campaign):
            yield _event(campaign, raw, "delivered", utc(campaign["send_time"]))

    @_report("email-activity", "emails", "email_id,activity", cursor=HAPPENED, looks_back=YOUNG)
    def activity(self, raw: Raw, campaign: Raw) -> Iterator[MessageEvent]:
        """Opens, clicks and bounces: a row holds all of one person's, or none."""
        for happened in raw["activity"] or ():
            kind = ACTIONS.get(happened["action"])
            if kind and self._is_ours(campaign):
                hard = {"hard": True, "soft": False}.get(happened.get("type"))
                at, url = utc(happened["timestamp"]), happened.get("url")
                yield _event(campaign, raw, kind, at, url, hard=hard)

    @_report(
        "unsubscribed", "unsubscribes", "email_id,timestamp",
        # The vendor cannot narrow it.
        cursor=replace(HAPPENED, since=None), looks_back=YOUNG,
    )  # fmt: skip
    def farewells(self, raw: Raw, campaign: Raw) -> Iterator[MessageEvent]:
        """Unsubscribes by the link of a campaign."""
        if self._is_ours(campaign):
            yield _event(campaign, raw, "unsubscribed", utc(raw["timestamp"]))

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Campaigns of the audience only."""
        ours = {"list_id": self.audience} if stream == "campaigns" else {}
        yield replace(declared, params={**declared.params, **ours})

    def child_windows(
        self, declared: Declared, window: Window, last_look: str | None, *, due: bool
    ) -> tuple[Window, Window]:
        """Return young campaigns with what is new, once a day older ones with what was missed."""
        oldest = window.until - timedelta(days=self.campaign_days)
        if window.since is None:
            return replace(window, since=oldest), window
        if declared.looks_back is None:
            return replace(window, since=max(oldest, window.since)), window
        if not due:
            young = min(window.since, window.until - YOUNG)
            return replace(window, since=max(oldest, young)), window
        missed = min(window.since, utc(last_look) - LATE) if last_look else window.since
        return replace(window, since=oldest), replace(window, since=missed)

    def _is_ours(self, campaign: Raw) -> bool:
        to = (campaign.get("recipients") or {}).get("list_id", self.audience)
        return campaign["status"] == "sent" and bool(to == self.audience)


def _event(
    campaign: Raw,
    row: Raw,
    kind: Kind,
    at: datetime,
    link: str | None = None,
    *,
    hard: bool | None = None,
) -> MessageEvent:
    # An event that happens once has one id, because reports may change its instant.
    parts = [campaign["id"], row["email_id"], kind]
    if kind in ("opened", "clicked"):
        parts.append(iso(at))
    if link:
        parts.append(hashlib.sha256(link.encode()).hexdigest()[:16])
    return MessageEvent(
        id=":".join(parts), message=campaign["id"], contact=row["email_id"], kind=kind, at=at,
        link=link, hard=hard,
    )  # fmt: skip
