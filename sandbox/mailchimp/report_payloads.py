"""Mailchimp's JSON for campaigns and their reports."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.mailchimp.payloads import Json, number_of, rate, seen, stamp
from sandbox.world.mailing import Campaign, Delivery, MailingList, Member, Unsubscribe, short_id


def campaign_payload(campaign: Campaign, audience: MailingList, now: datetime) -> Json:
    """A campaign, sent or still a draft."""
    sent = campaign.sent_at is not None
    payload: Json = {
        "id": campaign.id,
        "web_id": number_of(campaign.id),
        "type": "regular",
        "create_time": stamp(campaign.created_at),
        "archive_url": f"https://shop.example/nyhedsbreve/{campaign.number}",
        "long_archive_url": f"https://shop.example/nyhedsbreve/{campaign.number}",
        "status": "sent" if sent else "save",
        "emails_sent": len(campaign.deliveries),
        "send_time": stamp(campaign.sent_at),
        "content_type": "template",
        "needs_block_refresh": False,
        "resendable": sent,
        "recipients": {
            "list_id": audience.id,
            "list_is_active": True,
            "list_name": audience.name,
            "segment_text": "",
            "recipient_count": len(campaign.deliveries),
        },
        "settings": {
            "subject_line": campaign.subject,
            "preview_text": "",
            "title": campaign.title,
            "from_name": "Nordens Varehus",
            "reply_to": "hej@shop.example",
            "use_conversation": False,
            "to_name": "*|FNAME|*",
            "folder_id": "",
            "authenticate": True,
            "auto_footer": False,
            "inline_css": False,
            "auto_tweet": False,
            "fb_comments": False,
            "timewarp": False,
            "template_id": 0,
            "drag_and_drop": True,
        },
        "tracking": {
            "opens": True,
            "html_clicks": True,
            "text_clicks": False,
            "goal_tracking": False,
            "ecomm360": False,
            "google_analytics": "",
            "clicktale": "",
        },
        "delivery_status": {"enabled": False},
    }
    if sent:
        opens = [len(seen(each.opens, now)) for each in campaign.deliveries]
        clicks = [len(clicked(each, now)) for each in campaign.deliveries]
        payload["report_summary"] = {
            "opens": sum(opens),
            "unique_opens": sum(map(bool, opens)),
            "open_rate": rate(sum(map(bool, opens)), len(opens)),
            "clicks": sum(clicks),
            "subscriber_clicks": sum(map(bool, clicks)),
            "click_rate": rate(sum(map(bool, clicks)), len(clicks)),
        }
    return payload


def clicked(delivery: Delivery, now: datetime) -> list[tuple[datetime, str]]:
    """Clicks up to now, with their links."""
    return [(instant, url) for instant, url in delivery.clicks if instant <= now]


def reader_payload(member: Member, campaign: Campaign, audience: MailingList) -> Json:
    """The member's part of every row of a report."""
    return {
        "email_id": member.id,
        "email_address": member.email,
        "campaign_id": campaign.id,
        "list_id": audience.id,
        "list_is_active": True,
    }


def sent_to_payload(
    delivery: Delivery, campaign: Campaign, audience: MailingList, now: datetime
) -> Json:
    """One recipient."""
    opens = seen(delivery.opens, now)
    payload = {
        **reader_payload(delivery.member, campaign, audience),
        "merge_fields": dict(delivery.member.merge_fields),
        "vip": False,
        "status": delivery.result,
        "open_count": len(opens),
        "gmt_offset": 0,
    }
    # An address that never opened has no last open at all.
    return payload | ({"last_open": stamp(opens[-1])} if opens else {})


def activity_payload(
    delivery: Delivery,
    campaign: Campaign,
    audience: MailingList,
    now: datetime,
    since: datetime | None,
) -> Json:
    """One recipient's opens and clicks, oldest first."""
    done: list[Mapping[str, str]] = [
        {"action": "open", "timestamp": stamp(at), "ip": "192.0.2.1"}
        for at in seen(delivery.opens, now)
    ]
    done += [
        {"action": "click", "timestamp": stamp(at), "url": url, "ip": "192.0.2.1"}
        for at, url in clicked(delivery, now)
    ]
    if delivery.result != "sent":
        bounce = {"action": "bounce", "type": delivery.result, "timestamp": stamp(campaign.sent_at)}
        done.append(bounce)
    oldest = stamp(since)
    return {
        **reader_payload(delivery.member, campaign, audience),
        "activity": sorted(
            (each for each in done if each["timestamp"] > oldest),
            key=lambda each: each["timestamp"],
        ),
    }


def open_payload(
    delivery: Delivery, campaign: Campaign, audience: MailingList, now: datetime
) -> Json:
    """A recipient who opened the campaign."""
    opens = seen(delivery.opens, now)
    return {
        **reader_payload(delivery.member, campaign, audience),
        "contact_status": delivery.member.status,
        "merge_fields": dict(delivery.member.merge_fields),
        "vip": False,
        "opens_count": len(opens),
        "opens": [{"timestamp": stamp(instant)} for instant in opens],
    }


def link_payload(url: str, campaign: Campaign, now: datetime) -> Json:
    """A link of a campaign."""
    every = [
        (d.member.id, at) for d in campaign.deliveries for at, u in clicked(d, now) if u == url
    ]
    people = {who for who, _ in every}
    total = sum(len(clicked(each, now)) for each in campaign.deliveries)
    return {
        "id": short_id(campaign.id, url),
        "url": url,
        "total_clicks": len(every),
        "click_percentage": rate(len(every), total),
        "unique_clicks": len(people),
        "unique_click_percentage": rate(len(people), total),
        "last_click": stamp(max((at for _, at in every), default=None)),
        "campaign_id": campaign.id,
    }


def clicker_payload(
    delivery: Delivery, url: str, campaign: Campaign, audience: MailingList, now: datetime
) -> Json:
    """A recipient who clicked a link."""
    return {
        **reader_payload(delivery.member, campaign, audience),
        "merge_fields": dict(delivery.member.merge_fields),
        "vip": False,
        "clicks": sum(each == url for _, each in clicked(delivery, now)),
        "url_id": short_id(campaign.id, url),
        "contact_status": delivery.member.status,
    }


def unsubscribe_payload(farewell: Unsubscribe, campaign: Campaign, audience: MailingList) -> Json:
    """A recipient who unsubscribed by the campaign's link."""
    return {
        **reader_payload(farewell.member, campaign, audience),
        "merge_fields": dict(farewell.member.merge_fields),
        "vip": False,
        "timestamp": stamp(farewell.at),
        "reason": farewell.reason,
    }
