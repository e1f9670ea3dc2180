"""Heyloyalty's API v1 over the sandbox's club.

API documentation: https://github.com/Heyloyalty/developer/wiki
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from sandbox.heyloyalty.lists import Setup
from sandbox.heyloyalty.payloads import list_payload, member_payload, summary_payload
from sandbox.heyloyalty.writes import Writes, problem
from sandbox.server import Answer, Credentials, Request
from sandbox.world.mailing import Member
from sandbox.world.world import World

ROOT = "/loyalty/v1"
GUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
PER_PAGE, MOST = 50, 5000
REFUSALS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    429: "Too many requests",
    500: "Internal server error",
}
ORDERS: Mapping[str, Callable[[Member], Any]] = {
    "created_at": lambda member: member.signed_up_at,
    "updated_at": lambda member: member.changed_at,
    "email": lambda member: member.email,
}

Action = Callable[..., Answer]


class Heyloyalty:
    """The API without its sockets: one list, its fields and its members."""

    most_at_once: int | None = None

    def __init__(
        self, world: World, violations: list[str], *, api_key: str, api_secret: str
    ) -> None:
        """Serve the world's club; `violations` collects forbidden requests."""
        self.world = world
        self.setup = Setup(world.club)
        self._key = api_key
        self._secret = api_secret
        self._violations = violations
        writes = Writes(world, self.setup, violations)
        here = f"/lists/{self.setup.number}"
        self._routes: Sequence[tuple[str, str, Action]] = [
            ("GET", "/lists", self._lists),
            ("GET", here, self._list),
            ("GET", f"{here}/members", self._members),
            ("GET", f"{here}/members/{GUID}", self._member),
            ("PATCH", f"{here}/members/{GUID}", writes.change_member),
        ]

    def answer(self, request: Request, credentials: Credentials) -> Answer:
        """Answer a request or refuse it."""
        if not self._is_signed(request, credentials):
            return self.refusal(401)
        for method, pattern, action in self._routes:
            match = re.fullmatch(ROOT + pattern, request.path)
            if match and method == request.method:
                with self.world.lock:
                    return action(request, *match.groups())
        if request.method != "GET":
            self._violations.append(f"{request.method} {request.path}: nothing may be written so")
        return self.refusal(404)

    def refusal(self, status: int) -> Answer:
        """An error; the vendor documents no shape."""
        return problem(status, REFUSALS[status])

    def _is_signed(self, request: Request, credentials: Credentials) -> bool:
        timestamp = request.headers.get("x-request-timestamp", "")
        try:
            parsedate_to_datetime(timestamp)
        except ValueError:
            return False
        digest = hmac.new(self._secret.encode(), timestamp.encode(), hashlib.sha256).hexdigest()
        password = base64.b64encode(digest.encode()).decode()
        return timestamp.endswith(" GMT") and (credentials.user, credentials.password) == (
            self._key,
            password,
        )

    def _lists(self, _: Request) -> Answer:
        return Answer(body=[summary_payload(self.setup)])

    def _list(self, _: Request) -> Answer:
        return Answer(body=list_payload(self.setup))

    def _members(self, request: Request) -> Answer:
        query = request.query
        number, size = _whole(query, "page", 1), _whole(query, "perpage", PER_PAGE)
        order = ORDERS.get(query.get("orderby", "created_at"))
        if not number or not size or size > MOST:
            return problem(400, f"page begins at 1, and perpage is at most {MOST}")
        if order is None or query.get("order", "1") not in ("1", "-1"):
            return problem(400, "Unknown order")
        if any(name.startswith("filter") for name in query):
            return problem(400, "The sandbox filters nothing")
        members = sorted(
            self.setup.audience.members.values(), key=order, reverse=query.get("order") == "-1"
        )
        shown = members[(number - 1) * size : number * size]
        return Answer(body={"members": [member_payload(each, self.setup) for each in shown]})

    def _member(self, _: Request, number: str) -> Answer:
        member = self.setup.find(number)
        if member is None:
            return problem(404, "Member not found")
        return Answer(body=member_payload(member, self.setup))


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    return int(text) if text.isascii() and text.isdigit() else 0
