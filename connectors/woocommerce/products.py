"""Products and categories of the shop."""

from collections.abc import Iterator
from typing import Any

from connectors.kit import Category, Product, Raw, RestSource, stream, unescaped
from connectors.woocommerce.account import (
    AS_SAVED,
    BY_ID,
    BY_MODIFIED,
    MODIFIED,
    WooCommerceShop,
    moment,
)
from connectors.woocommerce.raws import RawCategory, RawProduct


class Products(WooCommerceShop, RestSource):
    """Reads categories and products."""

    brand_attribute: str | None = None
    """Name of the product attribute that holds the brand, where the shop has no brands."""
    gift_card_types: tuple[str, ...] = ("gift-card", "gift_card", "pw-gift-card")
    """Product types that are gift cards."""

    @stream("/products/categories", params=BY_ID)
    def categories(self, raw: RawCategory) -> Iterator[Category]:
        """The shelves."""
        yield Category(id=raw["id"], title=unescaped(raw["name"]), parent=raw.get("parent") or None)

    @stream("/products", cursor=MODIFIED, pages=AS_SAVED, ordered=True, params=BY_MODIFIED)
    def products(self, raw: RawProduct) -> Iterator[Product]:
        """Products; the first of a product's categories is its own."""
        shelves = [each["id"] for each in raw.get("categories") or ()]
        brands = self._brands(raw)
        yield Product(
            id=raw["id"],
            updated_at=moment(raw, "date_modified_gmt"),
            sku=raw.get("sku"),
            title=unescaped(raw["name"]),
            brand=brands[0] if brands else None,
            brands=brands[1:],
            price=raw.get("price"),
            list_price=raw.get("regular_price"),
            category=shelves[0] if shelves else None,
            categories=tuple(shelves[1:]),
            gift_card=raw.get("type") in self.gift_card_types,
        )

    def _brands(self, raw: Raw) -> tuple[Any, ...]:
        named = [brand["name"] for brand in raw.get("brands") or ()]
        if self.brand_attribute and not named:
            wanted = self.brand_attribute.casefold()
            for attribute in raw.get("attributes") or ():
                if str(unescaped(attribute["name"])).casefold() == wanted:
                    named += attribute.get("options") or ()
        return tuple(map(unescaped, named))
