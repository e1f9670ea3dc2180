"""Mailchimp's Marketing API 3.0 over the sandbox's list.

API documentation: https://mailchimp.com/developer/marketing/api/
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.mailchimp.lists import Refused, instant, not_found, one_of, page, problem, trimmed
from sandbox.mailchimp.payloads import (
    complaint_payload,
    list_payload,
    member_payload,
    merge_field_payload,
    stamp,
    tag_payload,
)
from sandbox.mailchimp.reports import Reports
from sandbox.mailchimp.writes import Writes
from sandbox.server import Answer, Credentials, Request
from sandbox.world.mailing import Member, Tag
from sandbox.world.world import World

ROOT = "/3.0"
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
REFUSALS = {
    401: (
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
    ),
    403: ("Forbidden", "You are not permitted to access this resource."),
    429: ("Too Many Requests", "You have exceeded the limit of 10 simultaneous connections."),
    500: ("Internal Server Error", "An unexpected internal error has occurred."),
}

Action = Callable[..., Answer]


class Mailchimp:
    """The API without its sockets: one audience, its campaigns and its reports."""

    most_at_once: int | None = 10

    def __init__(self, world: World, violations: list[str], *, api_key: str) -> None:
        """`violations` collects forbidden requests."""
        self.world = world
        self.api_key = api_key
        self._violations = violations
        writes, reports = Writes(world, violations), Reports(world)
        members, report = f"/lists/{world.list.id}/members", "/reports/([0-9a-f]+)"
        tag, audience = f"/lists/{world.list.id}/segments/(\\d+)", f"/lists/{world.list.id}"
        topics = f"{audience}/interest-categories"
        self._routes: Sequence[tuple[str, str, Action]] = [
            ("GET", "/ping", self._ping),
            ("GET", "/lists", self._lists),
            ("GET", audience, self._list),
            ("POST", audience, writes.change_members),
            ("GET", members, self._members),
            ("GET", f"{members}/([0-9a-f]{{32}})", self._member),
            ("GET", f"{audience}/abuse-reports", self._complaints),
            ("GET", f"{audience}/merge-fields", self._merge_fields),
            ("POST", f"{audience}/merge-fields", writes.create_merge_field),
            ("GET", topics, self._topic_groups),
            ("GET", f"{topics}/{world.list.topics_id}/interests", self._topics),
            ("GET", f"{audience}/segments", self._tags),
            ("POST", f"{audience}/segments", writes.create_tag),
            ("GET", tag, self._tag),
            ("POST", tag, writes.change_tag),
            ("GET", f"{tag}/members", self._tag_members),
            ("GET", "/campaigns", reports.campaigns),
            ("GET", f"{report}/sent-to", reports.sent_to),
            ("GET", f"{report}/email-activity", reports.activity),
            ("GET", f"{report}/open-details", reports.opens),
            ("GET", f"{report}/click-details", reports.links),
            ("GET", f"{report}/click-details/([0-9a-f]+)/members", reports.clickers),
            ("GET", f"{report}/unsubscribed", reports.unsubscribes),
        ]

    def answer(self, request: Request, credentials: Credentials) -> Answer:
        """Answer a request or refuse it in Mailchimp's words."""
        if self.api_key not in (credentials.password, credentials.bearer):
            return self.refusal(401)
        for method, pattern, action in self._routes:
            match = re.fullmatch(ROOT + pattern, request.path)
            if match and method == request.method:
                try:
                    with self.world.lock:
                        return action(request, *match.groups())
                except Refused as refused:
                    return refused.answer
        if request.method != "GET":
            self._violations.append(f"{request.method} {request.path}: nothing may be written here")
        return not_found().answer

    def refusal(self, status: int) -> Answer:
        """An error in Mailchimp's shape, without a Retry-After."""
        return problem(status, *REFUSALS[status])

    def _ping(self, request: Request) -> Answer:
        return trimmed(request.query, {"health_status": "Everything's Chimpy!"})

    def _lists(self, request: Request) -> Answer:
        now = self.world.clock.now()
        allowed = {"may_create": False, "max_instances": 1, "current_total_instances": 1}
        return page(
            request.query,
            "lists",
            [self.world.list],
            lambda row: list_payload(row, now),
            constraints=allowed,
        )

    def _list(self, request: Request) -> Answer:
        return trimmed(request.query, list_payload(self.world.list, self.world.clock.now()))

    def _members(self, request: Request) -> Answer:
        query, audience = request.query, self.world.list
        status = one_of(query, "status", STATUSES)
        since, before = instant(query, "since_last_changed"), instant(query, "before_last_changed")
        rows = [
            member
            for member in audience.members.values()
            if (status is None or member.status == status)
            and (since is None or member.changed_at > since)
            and (before is None or member.changed_at < before)
        ]
        return page(
            query,
            "members",
            self._sorted_members(query, rows),
            lambda row: member_payload(row, audience, audience.tags.values()),
            list_id=audience.id,
        )

    def _sorted_members(self, query: Mapping[str, str], rows: list[Member]) -> list[Member]:
        keys: Mapping[str, Callable[[Member], Any]] = {
            "last_changed": lambda member: stamp(member.changed_at),
            "timestamp_opt": lambda member: stamp(member.opted_in_at),
            "timestamp_signup": lambda member: stamp(member.signed_up_at),
        }
        field = one_of(query, "sort_field", tuple(keys))
        descending = one_of(query, "sort_dir", ("ASC", "DESC")) == "DESC"
        return sorted(rows, key=keys[field], reverse=descending) if field else rows

    def _member(self, request: Request, number: str) -> Answer:
        audience = self.world.list
        member = audience.members.get(number)
        if member is None:
            raise not_found()
        return trimmed(request.query, member_payload(member, audience, audience.tags.values()))

    def _complaints(self, request: Request) -> Answer:
        audience = self.world.list
        rows = [each for each in audience.members.values() if each.complained_at]
        return page(
            request.query,
            "abuse_reports",
            rows,
            lambda row: complaint_payload(row, audience),
            list_id=audience.id,
        )

    def _merge_fields(self, request: Request) -> Answer:
        audience = self.world.list
        return page(
            request.query,
            "merge_fields",
            audience.merge_fields,
            lambda row: merge_field_payload(row, audience),
            list_id=audience.id,
        )

    def _topic_groups(self, request: Request) -> Answer:
        audience = self.world.list
        group = {
            "list_id": audience.id,
            "id": audience.topics_id,
            "title": "Emner",
            "display_order": 0,
            "type": "checkboxes",
        }
        return page(request.query, "categories", [group], dict, list_id=audience.id)

    def _topics(self, request: Request) -> Answer:
        audience = self.world.list
        rows = [
            {
                "category_id": audience.topics_id,
                "list_id": audience.id,
                "id": key,
                "name": topic,
                "subscriber_count": str(sum(m.interests[key] for m in audience.members.values())),
                "display_order": number,
            }
            for number, (topic, key) in enumerate(audience.topic_ids.items(), start=1)
        ]
        return page(
            request.query,
            "interests",
            rows,
            dict,
            list_id=audience.id,
            category_id=audience.topics_id,
        )

    def _tags(self, request: Request) -> Answer:
        query, audience = request.query, self.world.list
        kind = query.get("type", "static")
        rows = list(audience.tags.values()) if kind == "static" else []
        return page(
            query, "segments", rows, lambda row: tag_payload(row, audience), list_id=audience.id
        )

    def _tag(self, request: Request, number: str) -> Answer:
        return trimmed(request.query, tag_payload(self._tag_of(number), self.world.list))

    def _tag_members(self, request: Request, number: str) -> Answer:
        query, audience = request.query, self.world.list
        wanted = {"subscribed"} | {
            status
            for status in ("unsubscribed", "cleaned")
            if query.get(f"include_{status}", "").lower() == "true"
        }
        rows = [each for each in self._tag_of(number).members.values() if each.status in wanted]
        return page(
            query,
            "members",
            rows,
            lambda row: member_payload(row, audience, audience.tags.values()),
        )

    def _tag_of(self, number: str) -> Tag:
        tag = self.world.list.tags.get(int(number))
        if tag is None:
            raise not_found()
        return tag
