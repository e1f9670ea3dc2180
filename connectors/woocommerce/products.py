"""Products and categories of the shop."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from connectors.kit import Category, Declared, Product, Raw, RestSource, stream, unescaped
from connectors.woocommerce.account import (
    AS_SAVED,
    BY_ID,
    BY_MODIFIED,
    MODIFIED,
    SAVED_ORDERS,
    WooCommerceShop,
    moment,
    own_fields,
)
from connectors.woocommerce.orders import NOTHING, PAST
from connectors.woocommerce.raws import RawCategory, RawProduct, RawVariable, RawVariation

VARIABLE = replace(SAVED_ORDERS, path="/products", shape=RawVariable)


class Products(WooCommerceShop, RestSource):
    """Reads categories, products and their variations."""

    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    """Currency of the prices of products, like EUR, where it is not the hub's."""
    brand_attribute: str | None = None
    """Name of the product attribute that holds the brand, where the shop has no brands."""
    gift_card_types: tuple[str, ...] = ("gift-card", "gift_card", "pw-gift-card")
    """Product types that are gift cards."""
    product_fields: tuple[str, ...] = ()
    """Keys of the product's meta data that are read as fields of its own, as `order_fields`."""

    def fields_of(self, shape: type) -> Sequence[str]:
        """Without meta data where no setting reads any."""
        unread = shape is RawProduct and not self.product_fields
        return [each for each in super().fields_of(shape) if not (unread and each == "meta_data")]

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
            currency=self.currency,
            category=shelves[0] if shelves else None,
            categories=tuple(shelves[1:]),
            gift_card=raw.get("type") in self.gift_card_types,
            **own_fields(raw, self.product_fields),
        )

    @stream(
        "/variations",
        cursor=MODIFIED,
        pages=AS_SAVED,
        ordered=True,
        params=BY_MODIFIED,
        instead=Declared(
            "/products/{product}/variations",
            params=BY_ID,
            each=VARIABLE,
            when="variations",
            fill={"product": "id"},
            looks_back=PAST,
        ),
    )
    def variations(self, raw: RawVariation, product: Raw = NOTHING) -> Iterator[Product]:
        """Prices of the sizes and colours of products; all else is as the product has it."""
        yield Product(
            id=raw["id"],
            parent=raw.get("parent_id") or product["id"],
            updated_at=moment(raw, "date_modified_gmt"),
            sku=raw.get("sku"),
            price=raw.get("price"),
            list_price=raw.get("regular_price"),
            currency=self.currency,
        )

    def _brands(self, raw: Raw) -> tuple[Any, ...]:
        named = [brand["name"] for brand in raw.get("brands") or ()]
        if self.brand_attribute and not named:
            wanted = self.brand_attribute.casefold()
            for attribute in raw.get("attributes") or ():
                if str(unescaped(attribute["name"])).casefold() == wanted:
                    named += attribute.get("options") or ()
        return tuple(map(unescaped, named))
