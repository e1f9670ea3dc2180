"""Square's API over the tills of the sandbox's shop.

It has only sales in stores and the people who bought there.
API documentation: https://developer.squareup.com/reference/square
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from sandbox.server import Answer, Credentials, Request
from sandbox.square import order_payloads, payloads
from sandbox.square.searches import (
    Json,
    Refused,
    between,
    error,
    instant,
    known,
    limit,
    paged,
    part,
)
from sandbox.world.catalogue import CATEGORIES, STORES
from sandbox.world.people import Person
from sandbox.world.world import World

ROOT = "/v2"
VERSIONS = ("2024-01-18", "2025-08-20")
"""Oldest and newest supported version."""
MOST_LOCATIONS = 10
CUSTOMERS, ORDERS, CATALOG = (100, 100), (500, 1000), 1000
ACCOUNTS, EVENTS = (30, 200), (30, 30)
"""Rows of a page: by default, and at most."""
SCOPES = {
    f"{ROOT}/locations": "MERCHANT_PROFILE_READ",
    f"{ROOT}/customers/search": "CUSTOMERS_READ",
    f"{ROOT}/customers/groups": "CUSTOMERS_READ",
    f"{ROOT}/loyalty/accounts/search": "LOYALTY_READ",
    f"{ROOT}/loyalty/events/search": "LOYALTY_READ",
    f"{ROOT}/orders/search": "ORDERS_READ",
    f"{ROOT}/catalog/search": "ITEMS_READ",
}
SORTS = {"created_at": "CREATED_AT", "updated_at": "UPDATED_AT", "closed_at": "CLOSED_AT"}


@dataclass(frozen=True)
class Profile:
    """A person in the customer directory."""

    person: Person
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Entry:
    """An order or a catalog object, with its times to search by."""

    created_at: datetime
    updated_at: datetime
    payload: Json


class Square:
    """The API without its sockets; nothing may be written."""

    most_at_once: int | None = None

    def __init__(self, world: World, violations: list[str], *, token: str) -> None:
        """`violations` is the sandbox's list."""
        self.world = world
        self.token = token
        self.scopes = set(SCOPES.values())
        """Scopes of the token."""
        self.unsubscribed: dict[int, datetime] = {}
        """Number of a person -> when they unsubscribed from the till's mail."""
        self._violations = violations
        self._routes: Mapping[tuple[str, str], Callable[[Json], Answer]] = {
            ("GET", f"{ROOT}/locations"): self._locations,
            ("POST", f"{ROOT}/customers/search"): self._customers,
            ("GET", f"{ROOT}/customers/groups"): self._groups,
            ("POST", f"{ROOT}/loyalty/accounts/search"): self._accounts,
            ("POST", f"{ROOT}/loyalty/events/search"): self._events,
            ("POST", f"{ROOT}/orders/search"): self._orders,
            ("POST", f"{ROOT}/catalog/search"): self._catalog,
        }

    def unsubscribe(self, email: str) -> None:
        """Unsubscribe a person from the till's own mail."""
        with self.world.lock:
            self.unsubscribed[self.world.person(email).number] = self.world.clock.now()

    def answer(self, request: Request, credentials: Credentials) -> Answer:
        """Answer a request or refuse it in Square's words."""
        if credentials.bearer != self.token:
            return self.refusal(401)
        version = request.headers.get("square-version", VERSIONS[1])
        if not VERSIONS[0] <= version <= VERSIONS[1]:
            return Refused(
                "API_VERSION_INCOMPATIBLE", "Square-Version", "This version is not supported."
            ).answer()
        action = self._routes.get((request.method, request.path))
        if action is None:
            if request.method != "GET":
                self._violations.append(f"{request.method} {request.path}: nothing may be written")
            return error(404, "INVALID_REQUEST_ERROR", "NOT_FOUND", "Resource not found.")
        if SCOPES[request.path] not in self.scopes:
            return self.refusal(403)
        try:
            with self.world.lock:
                return action(request.body if isinstance(request.body, dict) else {})
        except Refused as refused:
            return refused.answer()

    def refusal(self, status: int) -> Answer:
        """An error in Square's shape."""
        category, code, detail = {
            HTTPStatus.UNAUTHORIZED: (
                "AUTHENTICATION_ERROR", "UNAUTHORIZED", "This request could not be authorized.",
            ),
            HTTPStatus.FORBIDDEN: (
                "AUTHENTICATION_ERROR", "INSUFFICIENT_SCOPES",
                "The merchant has not given your application sufficient permissions to do that.",
            ),
            HTTPStatus.TOO_MANY_REQUESTS: (
                "RATE_LIMIT_ERROR", "RATE_LIMITED", "Too many requests.",
            ),
        }.get(
            HTTPStatus(status),
            ("API_ERROR", "INTERNAL_SERVER_ERROR", "An internal error has occurred."),
        )  # fmt: skip
        return error(status, category, code, detail)

    def _locations(self, _body: Json) -> Answer:
        opened_at = self.world.list.opened_at
        return Answer(body={"locations": [payloads.location(each, opened_at) for each in STORES]})

    def _customers(self, body: Json) -> Answer:
        known(body, ("cursor", "limit", "query", "count"))
        narrowed, sort = part(body, "query.filter"), part(body, "query.sort")
        known(narrowed, ("created_at", "updated_at", "group_ids"), "query.filter.")
        rows: Sequence[Profile] = self._directory()
        if "any" in (groups := part(narrowed, "group_ids")):
            wanted = payloads.GROUP in groups["any"]
            rows = [row for row in rows if wanted and payloads.is_regular(row.person)]
        rows = between(part(narrowed, "created_at"), rows, lambda row: row.created_at)
        rows = between(part(narrowed, "updated_at"), rows, lambda row: row.updated_at)
        if sort.get("field") == "CREATED_AT":
            rows = sorted(rows, key=lambda row: (row.created_at, row.person.number))
        else:
            rows = sorted(
                rows,
                key=lambda row: (row.person.first_name, row.person.last_name, row.person.number),
            )
        if sort.get("order") == "DESC":
            rows = rows[::-1]
        return paged(body, "customers", rows, limit(body, *CUSTOMERS), self._customer)

    def _customer(self, row: Profile) -> Json:
        return payloads.customer(
            row.person,
            row.created_at,
            row.updated_at,
            unsubscribed=row.person.number in self.unsubscribed,
        )

    def _groups(self, _body: Json) -> Answer:
        opened_at = payloads.moment(self.world.list.opened_at)
        regulars = {"id": payloads.GROUP, "name": "Stamkunder"}
        times = {"created_at": opened_at, "updated_at": opened_at}
        return Answer(body={"groups": [{**regulars, **times}]})

    def _accounts(self, body: Json) -> Answer:
        known(body, ("cursor", "limit", "query"))
        points: dict[int, int] = {}
        for order in self.world.orders.values():
            if order.store and order.person:
                number = order.person.number
                points[number] = points.get(number, 0) + order_payloads.points_of(order)
        rows = [row for row in self._directory() if row.person.phone]

        def payload(row: Profile) -> Json:
            number = points[row.person.number]
            return payloads.loyalty_account(row.person, row.created_at, number)

        return paged(body, "loyalty_accounts", rows, limit(body, *ACCOUNTS), payload)

    def _events(self, body: Json) -> Answer:
        known(body, ("cursor", "limit", "query"))
        narrowed = part(body, "query.filter")
        known(narrowed, ("date_time_filter", "type_filter"), "query.filter.")
        rows: Sequence[Entry] = [
            Entry(each.placed_at, each.placed_at, order_payloads.points_for(each, each.person))
            for each in self.world.orders.values()
            if each.store and each.person and each.person.phone
        ]
        span = part(narrowed, "date_time_filter.created_at")
        rows = between(span, rows, lambda row: row.created_at)
        rows = sorted(rows, key=lambda row: (row.created_at, row.payload["id"]))
        return paged(body, "events", rows, limit(body, *EVENTS), lambda row: row.payload)

    def _directory(self) -> list[Profile]:
        """Customers who were identified at a till, since the first time."""
        found: dict[int, Profile] = {}
        for order in self.world.orders.values():
            person, at = order.person, order.placed_at
            if order.store and person and person.number not in found:
                left = self.unsubscribed.get(person.number, at)
                found[person.number] = Profile(person, at, max(at, left))
        return list(found.values())

    def _orders(self, body: Json) -> Answer:
        known(body, ("location_ids", "cursor", "query", "limit", "return_entries"))
        places = body.get("location_ids")
        if not isinstance(places, list) or not places:
            raise Refused("MISSING_REQUIRED_PARAMETER", "location_ids", "Name a location.")
        if len(places) > MOST_LOCATIONS:
            raise Refused(
                "ARRAY_LENGTH_TOO_LONG", "location_ids", f"At most {MOST_LOCATIONS} locations."
            )
        narrowed, sort = part(body, "query.filter"), part(body, "query.sort")
        spans = part(narrowed, "date_time_filter")
        field = sort.get("sort_field", "CREATED_AT")
        for name in spans:
            if SORTS.get(name) != field:
                raise Refused(
                    "BAD_REQUEST", "query.sort.sort_field",
                    "`sort_field` must be the field of `date_time_filter`.",
                )  # fmt: skip
        states = part(narrowed, "state_filter").get("states")
        rows: Sequence[Entry] = [
            row
            for row in self._sales_and_returns()
            if row.payload["location_id"] in places
            and (not states or row.payload["state"] in states)
        ]
        rows = between(part(spans, "created_at"), rows, lambda row: row.created_at)
        rows = between(part(spans, "updated_at"), rows, lambda row: row.updated_at)
        by_change = field == "UPDATED_AT"
        # A misspelt sort key is ignored: the newest come first.
        rows = sorted(
            rows,
            key=lambda row: (row.updated_at if by_change else row.created_at, row.payload["id"]),
            reverse=sort.get("sort_order") != "ASC",
        )
        return paged(body, "orders", rows, limit(body, *ORDERS), lambda row: row.payload)

    def _sales_and_returns(self) -> list[Entry]:
        """Sales and returns at the tills."""
        orders = [order for order in self.world.orders.values() if order.store]
        sales = [
            Entry(each.placed_at, each.changed_at, order_payloads.sale(each)) for each in orders
        ]
        return sales + [
            Entry(refund.at, refund.at, order_payloads.returned(order, refund))
            for order in orders
            for refund in order.refunds
        ]

    def _catalog(self, body: Json) -> Answer:
        known(
            body,
            (
                "cursor", "object_types", "include_deleted_objects", "include_related_objects",
                "begin_time", "query", "limit", "include_category_path_to_root",
            ),
        )  # fmt: skip
        types = body.get("object_types") or ("CATEGORY", "ITEM")
        since = instant(body, "begin_time")
        opened_at = self.world.list.opened_at
        every = [
            Entry(opened_at, opened_at, payloads.shelf(each, opened_at)) for each in CATEGORIES
        ]
        every += [
            Entry(each.created_at, each.changed_at, payloads.item(each))
            for each in self.world.products
        ]
        rows = [
            row
            for row in every
            if row.payload["type"] in types and (since is None or row.updated_at > since)
        ]
        size = body.get("limit")
        # The catalog ignores a limit out of bounds instead of refusing it.
        size = size if isinstance(size, int) and 1 <= size <= CATALOG else CATALOG
        return paged(body, "objects", rows, size, lambda row: row.payload)
