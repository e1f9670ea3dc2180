"""The shop: accounts, orders, refunds and prices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sandbox.world.catalogue import Coupon, Product, make_products
from sandbox.world.people import Person, make_person
from sandbox.world.trade import (
    PAID,
    Customer,
    Item,
    Order,
    Refund,
    make_lines,
    make_refund,
    shipping_for,
)

FIRST_ORDER_ID = 10_001


class Shop:
    """One webshop with tills in a few stores, all in kroner."""

    def __init__(self, seed: int, opened_at: datetime) -> None:
        """Open a shop with products and staff, without customers."""
        self.products = make_products(seed, opened_at)
        self.customers: dict[int, Customer] = {}
        self.orders: dict[int, Order] = {}
        self._accounts: dict[int, Customer] = {}
        self._next_post_id = FIRST_ORDER_ID
        self._next_line_id = 1
        for number, role in enumerate(("administrator", "shop_manager"), start=1):
            model = make_person(seed, -number, opened_at)
            address = f"{role.replace('_', '.')}@shop.example"
            self.open_account(replace(model, email=address, tells_shop=False), opened_at, role)

    def open_account(self, person: Person, now: datetime, role: str = "customer") -> Customer:
        """Register a person."""
        customer = Customer(len(self.customers) + 1, person, role, now, now)
        if person.tells_shop and person.gender:
            customer.meta["gender"] = person.gender
        if person.tells_shop and person.born and person.tells_year:
            customer.meta["birthday"] = person.born.isoformat()
        self.customers[customer.id] = customer
        self._accounts[person.number] = customer
        return customer

    def account(self, person: Person) -> Customer | None:
        """The person's account, if they have one."""
        return self._accounts.get(person.number)

    def place(
        self,
        now: datetime,
        person: Person | None,
        items: Sequence[Item],
        *,
        coupon: Coupon | None = None,
        store: str | None = None,
        as_guest: bool = False,
        status: str = "processing",
    ) -> Order:
        """Place an order at present prices."""
        if not items:
            raise ValueError("an order needs at least one (product, quantity)")
        account = self.account(person) if person and not as_guest else None
        lines = make_lines(items, coupon, self._line_ids(len(items)))
        number = self._post_id()
        order = Order(
            id=number,
            key=f"wc_order_{number:x}",
            person=person,
            customer_id=account.id if account else 0,
            placed_at=now,
            changed_at=now,
            status=status,
            store=store,
            coupon=coupon,
            shipping=shipping_for(sum(line.total for line in lines), coupon, store),
            lines=lines,
            paid_at=now if status in PAID else None,
        )
        self.orders[order.id] = order
        return order

    def complete(self, now: datetime, order: Order) -> None:
        """Complete an order that is still processing."""
        if order.status == "processing":
            order.status, order.completed_at, order.changed_at = "completed", now, now

    def refund(
        self, now: datetime, order: Order, quantities: Mapping[int, int] | None, reason: str
    ) -> Refund:
        """Refund units by line id; None: everything that is left."""
        left = {line.id: line.kept for line in order.lines}
        return make_refund(
            order,
            left if quantities is None else quantities,
            now,
            refund_id=self._post_id(),
            first_line_id=self._line_ids(len(order.lines)),
            reason=reason,
        )

    def change_price(self, now: datetime, product: Product, regular: int, sale: int | None) -> None:
        """Give a product other prices."""
        product.regular_price, product.sale_price, product.changed_at = regular, sale, now
        for size in product.variations:
            size.regular_price, size.sale_price, size.changed_at = regular, sale, now

    def _post_id(self) -> int:
        # WooCommerce numbers orders and refunds from one sequence.
        self._next_post_id += 1
        return self._next_post_id - 1

    def _line_ids(self, count: int) -> int:
        first = self._next_line_id
        self._next_line_id += count
        return first
