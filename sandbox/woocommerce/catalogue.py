"""Products, variations, categories and coupons of the sandbox's WooCommerce."""

from collections import Counter
from collections.abc import Callable, Sequence

from sandbox.server import Answer, Request
from sandbox.woocommerce.lists import POST_ORDER, dated, error_answer, included, ordered, page
from sandbox.woocommerce.product_payloads import (
    category_payload,
    coupon_payload,
    product_payload,
    variation_payload,
)
from sandbox.world.catalogue import CATEGORIES, COUPONS, Product, Variation
from sandbox.world.trade import Order
from sandbox.world.world import World

PRODUCT_ORDER = (*POST_ORDER, "price", "popularity", "rating", "modified")
CATEGORY_ORDER = ("id", "include", "name", "slug", "term_group", "description", "count")


class Catalogue:
    """The lists of what the shop sells."""

    def __init__(
        self,
        world: World,
        orders: Callable[[], Sequence[Order]],
        site: Callable[[], str],
        *,
        brands: bool,
    ) -> None:
        """`orders` are those that the shop has; `brands`: products carry them."""
        self._world = world
        self._orders = orders
        self._site = site
        self._brands = brands

    def products(self, request: Request) -> Answer:
        """Every product."""
        query = request.query
        products = [each for each in self._world.products if query.get("sku", each.sku) == each.sku]
        rows = ordered(
            query,
            included(query, dated(query, products, lambda p: p.created_at, lambda p: p.changed_at)),
            PRODUCT_ORDER,
            {
                "date": lambda product: (product.created_at, product.id),
                "modified": lambda product: (product.changed_at, product.id),
            },
            default=("date", "desc"),
        )
        sold = self._units_sold()
        return page(
            request,
            rows,
            lambda row: product_payload(row, sold[row.id], self._site(), brands=self._brands),
            self._site(),
        )

    def _units_sold(self) -> Counter[int]:
        sold = Counter[int]()
        for order in self._orders():
            if order.valid:
                for line in order.lines:
                    sold[line.product.id] += line.quantity
        return sold

    def categories(self, request: Request) -> Answer:
        """Every category."""
        query = request.query
        parent = query.get("parent")
        rows = ordered(
            query,
            included(query, [row for row in CATEGORIES if parent in (None, str(row.parent))]),
            CATEGORY_ORDER,
            {"name": lambda row: (row.name, row.id), "slug": lambda row: row.slug},
            default=("name", "asc"),
        )
        held = Counter(shelf.id for each in self._world.products for shelf in each.categories)
        return page(
            request,
            rows,
            lambda row: category_payload(row, held[row.id], self._site()),
            self._site(),
        )

    def coupons(self, request: Request) -> Answer:
        """Every coupon."""
        query, opened_at = request.query, self._world.list.opened_at
        code = query.get("code", "").lower()
        rows = ordered(
            query,
            included(
                query,
                dated(
                    query,
                    [row for row in COUPONS if code in ("", row.code)],
                    lambda _: opened_at,
                    lambda _: opened_at,
                ),
            ),
            POST_ORDER,
            {},
            default=("date", "desc"),
        )
        used = Counter(order.coupon.code for order in self._orders() if order.coupon)
        return page(
            request,
            rows,
            lambda row: coupon_payload(row, used[row.code], opened_at, self._site()),
            self._site(),
        )

    def variations(self, request: Request) -> Answer:
        """Every variation of every product."""
        return self._variation_page(request, self._world.products)

    def variations_of(self, request: Request, number: str) -> Answer:
        """The variations of one product."""
        products = [each for each in self._world.products if str(each.id) == number]
        if not products:
            return error_answer(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        return self._variation_page(request, products)

    def _variation_page(self, request: Request, products: Sequence[Product]) -> Answer:
        query = request.query
        variations = [each for product in products for each in product.variations]
        rows = ordered(
            query,
            included(
                query,
                dated(query, variations, lambda v: v.changed_at, lambda v: v.changed_at),
            ),
            PRODUCT_ORDER,
            {"modified": lambda row: (row.changed_at, row.id)},
            default=("date", "desc"),
        )
        parents: dict[int, Product] = {
            each.id: product for product in products for each in product.variations
        }

        def payload(row: Variation) -> dict[str, object]:
            return variation_payload(row, parents[row.id], self._site())

        return page(request, rows, payload, self._site())
