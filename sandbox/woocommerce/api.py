"""WooCommerce's REST API v3 over the sandbox's shop.

API documentation: https://woocommerce.github.io/woocommerce-rest-api-docs/
"""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus

from sandbox.server import Answer, Credentials, Request
from sandbox.woocommerce.catalogue import Catalogue
from sandbox.woocommerce.lists import (
    POST_ORDER,
    InvalidParameter,
    dated,
    error_answer,
    included,
    invalid,
    number_between,
    one_of,
    ordered,
    page,
)
from sandbox.woocommerce.order_payloads import order_payload, refund_payload
from sandbox.woocommerce.payloads import PLACES, Json, customer_payload, with_places
from sandbox.woocommerce.writes import Writes
from sandbox.world.trade import Customer, Order, Refund
from sandbox.world.world import World

ROOT = "/wp-json/wc/v3"
ROLES = (
    "all", "administrator", "editor", "author", "contributor", "subscriber", "customer",
    "shop_manager",
)  # fmt: skip
CUSTOMER_ORDER = ("id", "include", "name", "registered_date")
STATUSES = (
    "any", "trash", "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled",
    "refunded", "failed", "checkout-draft",
)  # fmt: skip


class WooCommerce:
    """The API without its sockets. Reading is complete; of writing, only customers' notes."""

    most_at_once: int | None = None

    def __init__(
        self,
        world: World,
        violations: list[str],
        *,
        key: str,
        secret: str,
        brands: bool = True,
        tills_apart: bool = False,
        older: bool = False,
    ) -> None:
        """`brands`: products carry brands, as in newer shops.

        `tills_apart`: the tills write nothing into the shop. `older`: without the lists of all
        refunds (since WooCommerce 9.0) and of all variations (since 10.3).
        """
        self.world = world
        self.key = key
        self.secret = secret
        self.tills_apart = tills_apart
        self.may_write = True
        """Whether the key has the permission Read/Write."""
        self.site = "https://shop.example"
        """Base of the links in answers; the sandbox sets its own address."""
        self._violations = violations
        catalogue = Catalogue(world, self._known_orders, lambda: self.site, brands=brands)
        self._routes: Sequence[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
            ("GET", re.compile(f"{ROOT}/customers"), self._customers),
            ("GET", re.compile(f"{ROOT}/customers/(\\d+)"), self._customer),
            ("POST", re.compile(f"{ROOT}/customers/batch"), self._change_customers),
            ("GET", re.compile(f"{ROOT}/orders"), self._orders),
            ("GET", re.compile(f"{ROOT}/orders/(\\d+)"), self._order),
            ("GET", re.compile(f"{ROOT}/orders/(\\d+)/refunds"), self._refunds_of),
            ("GET", re.compile(f"{ROOT}/products"), catalogue.products),
            ("GET", re.compile(f"{ROOT}/products/categories"), catalogue.categories),
            ("GET", re.compile(f"{ROOT}/products/(\\d+)/variations"), catalogue.variations_of),
            ("GET", re.compile(f"{ROOT}/coupons"), catalogue.coupons),
        ]
        if not older:
            self._routes = [
                *self._routes,
                ("GET", re.compile(f"{ROOT}/refunds"), self._refunds),
                ("GET", re.compile(f"{ROOT}/variations"), catalogue.variations),
            ]

    def answer(self, request: Request, credentials: Credentials) -> Answer:
        """Answer a request or refuse it in WordPress's words."""
        refused = self._not_allowed(credentials)
        if refused:
            return refused
        for method, pattern, action in self._routes:
            match = pattern.fullmatch(request.path.rstrip("/"))
            if match and method == request.method:
                try:
                    with self.world.lock:
                        self.world.save_orders()
                        return action(request, *match.groups())
                except InvalidParameter as error:
                    return invalid(error)
        if request.method != "GET":
            self._violations.append(f"{request.method} {request.path}: nothing may be written here")
        return error_answer(
            404, "rest_no_route", "No route was found matching the URL and request method."
        )

    def refusal(self, status: int) -> Answer:
        """An error in WooCommerce's shape; a firewall's is no JSON."""
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return Answer(429, b"Too Many Requests", content_type="text/html")
        code, message = {
            401: ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
            403: ("rest_forbidden", "Sorry, you are not allowed to do that."),
        }.get(status, ("internal_server_error", "There has been a critical error on this website."))
        return error_answer(status, code, message)

    def _not_allowed(self, credentials: Credentials) -> Answer | None:
        if not credentials.user:
            return self.refusal(401)
        code = "woocommerce_rest_authentication_error"
        if credentials.user != self.key:
            return error_answer(401, code, "Consumer key is invalid.")
        if credentials.password != self.secret:
            return error_answer(401, code, "Consumer secret is invalid.")
        return None

    def _change_customers(self, request: Request) -> Answer:
        if not self.may_write:
            message = "Sorry, you are not allowed to batch manipulate this resource."
            return error_answer(401, "woocommerce_rest_cannot_batch", message)
        return Writes(self.world, self._violations, self._written).change_customers(request)

    def _customers(self, request: Request) -> Answer:
        # There is no date filter: every request returns every customer.
        query = request.query
        role = one_of(query, "role", ROLES, "customer")
        email = query.get("email", "").lower()
        known = [
            each
            for each in self.world.customers.values()
            if role in ("all", each.role) and email in ("", each.person.email.lower())
        ]
        rows = ordered(
            query,
            included(query, known),
            CUSTOMER_ORDER,
            {
                "registered_date": lambda row: (row.created_at, row.id),
                "name": lambda row: (row.person.first_name, row.person.last_name, row.id),
            },
            default=("name", "asc"),
        )
        paying = {order.customer_id for order in self._known_orders() if order.valid}
        return page(
            request,
            rows,
            lambda row: customer_payload(row, self.site, paying=row.id in paying),
            self.site,
        )

    def _written(self, customer: Customer) -> Json:
        return customer_payload(customer, self.site, paying=True)

    def _customer(self, _request: Request, number: str) -> Answer:
        customer = self.world.customers.get(int(number))
        if customer is None:
            return error_answer(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
        paying = any(each.customer_id == customer.id for each in self._known_orders())
        return Answer(body=customer_payload(customer, self.site, paying=paying))

    def _known_orders(self) -> Sequence[Order]:
        """Orders that the shop has."""
        orders = self.world.orders.values()
        return [each for each in orders if not (self.tills_apart and each.store)]

    def _find(self, number: str) -> Order | None:
        order = self.world.orders.get(int(number))
        return None if order is None or (self.tills_apart and order.store) else order

    def _orders(self, request: Request) -> Answer:
        query = request.query
        statuses = {each for each in query.get("status", "any").split(",") if each}
        if statuses - set(STATUSES):
            raise InvalidParameter("status", f"status[0] is not one of {', '.join(STATUSES)}.")
        customer = query.get("customer")
        known = [
            order
            for order in self._known_orders()
            # Whatever stands beside it, `any` leaves the trash out.
            if (order.status in statuses if "any" not in statuses else order.status != "trash")
            and customer in (None, str(order.customer_id))
        ]
        rows = ordered(
            query,
            included(query, dated(query, known, lambda o: o.placed_at, lambda o: o.changed_at)),
            (*POST_ORDER, "modified"),
            {
                "date": lambda order: (order.placed_at, order.id),
                "modified": lambda order: (order.changed_at, order.id),
            },
            default=("date", "desc"),
        )
        places = number_between(query, "dp", PLACES, 0, 8)
        return page(
            request,
            rows,
            lambda order: with_places(order_payload(order, self.site), places),
            self.site,
        )

    def _order(self, _request: Request, number: str) -> Answer:
        order = self._find(number)
        if order is None:
            return error_answer(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        return Answer(body=order_payload(order, self.site))

    def _refunds_of(self, request: Request, number: str) -> Answer:
        order = self._find(number)
        if order is None:
            return error_answer(404, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
        return self._refund_page(request, [order])

    def _refunds(self, request: Request) -> Answer:
        return self._refund_page(request, self._known_orders(), every=True)

    def _refund_page(
        self, request: Request, orders: Sequence[Order], *, every: bool = False
    ) -> Answer:
        order_of = {refund.id: order for order in orders for refund in order.refunds}
        refunds = [refund for order in orders for refund in order.refunds]
        rows = ordered(
            request.query,
            included(request.query, dated(request.query, refunds, lambda r: r.at, lambda r: r.at)),
            (*POST_ORDER, "modified"),
            dict.fromkeys(("date", "modified"), lambda refund: (refund.at, refund.id)),
            default=("date", "desc"),
        )
        places = number_between(request.query, "dp", PLACES, 0, 8)

        def payload(row: Refund) -> Json:
            order = order_of[row.id]
            told = with_places(refund_payload(order, row, self.site), places)
            return {**told, "parent_id": order.id} if every else told

        return page(request, rows, payload, self.site)
