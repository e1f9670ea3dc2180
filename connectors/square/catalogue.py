"""The till's catalog: a line names a variation, so the variation is the product."""

from collections.abc import Iterator

from connectors.kit import Category, Product, Raw, utc
from connectors.square.money import amount


def offers(raw: Raw, brand_attribute: str) -> Iterator[Category | Product]:
    """One object of the catalog: a shelf, or an item with its variations."""
    if raw.get("is_deleted"):
        return
    match raw["type"]:
        case "CATEGORY":
            shelf = raw["category_data"]
            yield Category(
                id=raw["id"],
                title=shelf.get("name"),
                parent=(shelf.get("parent_category") or {}).get("id"),
                updated_at=utc(raw["updated_at"]),
            )
        case "ITEM":
            yield from _variations(raw, _brand(raw, brand_attribute.casefold()))


def _variations(raw: Raw, brand: str | None) -> Iterator[Product]:
    item = raw["item_data"]
    shelves = _shelves(item)
    variations = [each for each in item.get("variations") or () if not each.get("is_deleted")]
    for each in variations:
        own = each["item_variation_data"]
        changed = utc(raw["updated_at"])
        yield Product(
            id=each["id"],
            updated_at=max(changed, utc(each.get("updated_at") or raw["updated_at"])),
            sku=own.get("sku"),
            title=named(item.get("name"), own.get("name") if len(variations) > 1 else None),
            brand=brand,
            price=amount(own.get("price_money")),
            category=shelves[0] if shelves else None,
            categories=tuple(shelves[1:]),
            gift_card=item.get("product_type") == "GIFT_CARD",
        )


def named(item: str | None, variation: str | None) -> str | None:
    """An item with its variation, as a receipt names it."""
    return ", ".join(filter(None, (item, variation))) or None


def _shelves(item: Raw) -> list[str]:
    # The category that the shop counts by comes first; `category_id` is how it was before 2023.
    counted = (item.get("reporting_category") or {}).get("id")
    others = [each["id"] for each in item.get("categories") or ()]
    return list(dict.fromkeys(filter(None, (counted, *others, item.get("category_id")))))


def _brand(raw: Raw, wanted: str) -> str | None:
    for each in (raw.get("custom_attribute_values") or {}).values():
        if (each.get("name") or "").casefold() == wanted and each.get("string_value"):
            return str(each["string_value"])
    return None
