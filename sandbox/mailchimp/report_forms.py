"""Campaigns, and what people did with them, in Mailchimp's JSON."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.mailchimp.forms import Json, number_of, rate, seen, stamp
from sandbox.world.mailing import Campaign, Delivery, Farewell, MailingList, Member, short_id


def campaign_form(campaign: Campaign, audience: MailingList, now: datetime) -> Json:
    """A campaign, sent or still a draft."""
    sent = campaign.sent_at is not None
    form: Json = {
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
        form["report_summary"] = {
            "opens": sum(opens),
            "unique_opens": sum(map(bool, opens)),
            "open_rate": rate(sum(map(bool, opens)), len(opens)),
            "clicks": sum(clicks),
            "subscriber_clicks": sum(map(bool, clicks)),
            "click_rate": rate(sum(map(bool, clicks)), len(clicks)),
        }
    return form


def clicked(delivery: Delivery, now: datetime) -> list[tuple[datetime, str]]:
    """Clicks that have happened by now, with their links."""
    return [(instant, url) for instant, url in delivery.clicks if instant <= now]


def reader_form(member: Member, campaign: Campaign, audience: MailingList) -> Json:
    """What every row of a report says of its person."""
    return {
        "email_id": member.id,
        "email_address": member.email,
        "campaign_id": campaign.id,
        "list_id": audience.id,
        "list_is_active": True,
    }


def sent_to_form(
    delivery: Delivery, campaign: Campaign, audience: MailingList, now: datetime
) -> Json:
    """One recipient."""
    opens = seen(delivery.opens, now)
    form = {
        **reader_form(delivery.member, campaign, audience),
        "merge_fields": dict(delivery.member.merge_fields),
        "vip": False,
        "status": delivery.result,
        "open_count": len(opens),
        "gmt_offset": 0,
    }
    # An address that never opened has no last open at all.
    return form | ({"last_open": stamp(opens[-1])} if opens else {})


def activity_form(
    delivery: Delivery,
    campaign: Campaign,
    audience: MailingList,
    now: datetime,
    since: datetime | None,
) -> Json:
    """What one recipient did, oldest first."""
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
        **reader_form(delivery.member, campaign, audience),
        "activity": sorted(
            (each for each in done if each["timestamp"] > oldest),
            key=lambda each: each["timestamp"],
        ),
    }


def open_form(delivery: Delivery, campaign: Campaign, audience: MailingList, now: datetime) -> Json:
    """Somebody who opened."""
    opens = seen(delivery.opens, now)
    return {
        **reader_form(delivery.member, campaign, audience),
        "contact_status": delivery.member.status,
        "merge_fields": dict(delivery.member.merge_fields),
        "vip": False,
        "opens_count": len(opens),
        "opens": [{"timestamp": stamp(instant)} for instant in opens],
    }


def link_form(url: str, campaign: Campaign, now: datetime) -> Json:
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


def clicker_form(
    delivery: Delivery, url: str, campaign: Campaign, audience: MailingList, now: datetime
) -> Json:
    """Somebody who clicked one link."""
    return {
        **reader_form(delivery.member, campaign, audience),
        "merge_fields": dict(delivery.member.merge_fields),
        "vip": False,
        "clicks": sum(each == url for _, each in clicked(delivery, now)),
        "url_id": short_id(campaign.id, url),
        "contact_status": delivery.member.status,
    }


def farewell_form(farewell: Farewell, campaign: Campaign, audience: MailingList) -> Json:
    """Somebody who left by a campaign's link."""
    return {
        **reader_form(farewell.member, campaign, audience),
        "merge_fields": dict(farewell.member.merge_fields),
        "vip": False,
        "timestamp": stamp(farewell.at),
        "reason": farewell.reason,
    }
