"""Campaigns and their reports, read only."""

from sandbox.mailchimp.lists import instant, not_found, one_of, page
from sandbox.mailchimp.payloads import seen
from sandbox.mailchimp.report_payloads import (
    activity_payload,
    campaign_payload,
    clicked,
    clicker_payload,
    link_payload,
    open_payload,
    sent_to_payload,
    unsubscribe_payload,
)
from sandbox.server import Answer, Request
from sandbox.world.mailing import LINKS, Campaign, short_id
from sandbox.world.world import World


class Reports:
    """Campaigns and their reports up to the clock's present."""

    def __init__(self, world: World) -> None:
        """Report on the world's newsletter."""
        self._world = world

    def campaigns(self, request: Request) -> Answer:
        """Newsletters, newest first by default."""
        query, audience = request.query, self._world.list
        one_of(query, "sort_field", ("create_time", "send_time"))
        status = one_of(query, "status", ("save", "paused", "schedule", "sending", "sent"))
        since, before = instant(query, "since_send_time"), instant(query, "before_send_time")
        now = self._world.clock.now()
        rows = [
            campaign
            for campaign in [*audience.campaigns, audience.draft(now)]
            if status in (None, "sent" if campaign.sent_at else "save")
            and query.get("list_id", audience.id) == audience.id
            and (since is None or (campaign.sent_at is not None and campaign.sent_at > since))
            and (before is None or (campaign.sent_at is not None and campaign.sent_at < before))
        ]
        if one_of(query, "sort_dir", ("ASC", "DESC")) != "ASC":
            rows.reverse()
        return page(query, "campaigns", rows, lambda row: campaign_payload(row, audience, now))

    def _campaign(self, number: str) -> Campaign:
        for campaign in self._world.list.campaigns:
            if campaign.id == number:
                return campaign
        raise not_found()

    def sent_to(self, request: Request, number: str) -> Answer:
        """Recipients of a campaign."""
        campaign, audience, now = self._campaign(number), self._world.list, self._world.clock.now()
        return page(
            request.query,
            "sent_to",
            campaign.deliveries,
            lambda row: sent_to_payload(row, campaign, audience, now),
            campaign_id=number,
        )

    def activity(self, request: Request, number: str) -> Answer:
        """Opens and clicks by recipient."""
        campaign, audience, now = self._campaign(number), self._world.list, self._world.clock.now()
        since = instant(request.query, "since")
        rows = [
            activity_payload(each, campaign, audience, now, since) for each in campaign.deliveries
        ]
        if since is not None:
            rows = [row for row in rows if row["activity"]]
        return page(request.query, "emails", rows, dict, campaign_id=number)

    def opens(self, request: Request, number: str) -> Answer:
        """Recipients who opened, with their opens."""
        campaign, audience, now = self._campaign(number), self._world.list, self._world.clock.now()
        since = instant(request.query, "since")
        rows = [
            each
            for each in campaign.deliveries
            if any(since is None or at > since for at in seen(each.opens, now))
        ]
        return page(
            request.query,
            "members",
            rows,
            lambda row: open_payload(row, campaign, audience, now),
            campaign_id=number,
            total_opens=sum(len(seen(each.opens, now)) for each in campaign.deliveries),
        )

    def links(self, request: Request, number: str) -> Answer:
        """The links of a campaign."""
        campaign, now = self._campaign(number), self._world.clock.now()
        return page(
            request.query,
            "urls_clicked",
            LINKS,
            lambda url: link_payload(url, campaign, now),
            campaign_id=number,
        )

    def clickers(self, request: Request, number: str, link: str) -> Answer:
        """Recipients who clicked one link."""
        campaign, audience, now = self._campaign(number), self._world.list, self._world.clock.now()
        url = next((each for each in LINKS if short_id(campaign.id, each) == link), None)
        if url is None:
            raise not_found()
        rows = [each for each in campaign.deliveries if url in [u for _, u in clicked(each, now)]]
        return page(
            request.query,
            "members",
            rows,
            lambda row: clicker_payload(row, url, campaign, audience, now),
            campaign_id=number,
        )

    def unsubscribes(self, request: Request, number: str) -> Answer:
        """Recipients who unsubscribed by the campaign's link."""
        campaign, audience = self._campaign(number), self._world.list
        return page(
            request.query,
            "unsubscribes",
            campaign.unsubscribes,
            lambda row: unsubscribe_payload(row, campaign, audience),
            campaign_id=number,
        )
