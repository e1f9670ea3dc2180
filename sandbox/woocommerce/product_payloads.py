"""WooCommerce's JSON for products, categories and coupons."""

from datetime import datetime

from sandbox.woocommerce.payloads import Json, links, money, times
from sandbox.world.catalogue import Category, Coupon, Product, Variation

BRAND_ATTRIBUTE = "Mærke"


def product_payload(product: Product, sold: int, site: str, *, brands: bool) -> Json:
    """A product. `brands` is newer than the vendor's description; older shops lack it."""
    named = [{"id": c.id, "name": c.name, "slug": c.slug} for c in product.categories]
    brand = product.brand
    payload = {
        "id": product.id,
        "name": product.name,
        "slug": product.slug,
        "permalink": f"{site}/vare/{product.slug}/",
        **times("date_created", product.created_at),
        **times("date_modified", product.changed_at),
        "type": "variable" if product.variations else "simple",
        "status": "publish",
        "featured": False,
        "catalog_visibility": "visible",
        "description": "",
        "short_description": "",
        "sku": product.sku,
        "price": money(product.price),
        "regular_price": money(product.regular_price),
        "sale_price": "" if product.sale_price is None else money(product.sale_price),
        **times("date_on_sale_from", None),
        **times("date_on_sale_to", None),
        "price_html": "",
        "on_sale": product.sale_price is not None,
        "purchasable": True,
        "total_sales": sold,
        "virtual": False,
        "downloadable": False,
        "downloads": [],
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": False,
        "stock_quantity": None,
        "stock_status": "instock",
        "backorders": "no",
        "parent_id": 0,
        "categories": named,
        "tags": [],
        "images": [],
        "attributes": [
            {
                "id": 1,
                "name": BRAND_ATTRIBUTE,
                "position": 0,
                "visible": True,
                "variation": False,
                "options": [brand.name],
            }
        ],
        "variations": [each.id for each in product.variations],
        "meta_data": [],
        "_links": links(site, f"products/{product.id}", "products"),
    }
    if product.variations:
        # Its price is the lowest of its variations; the regular and sale prices are theirs alone.
        payload |= {"regular_price": "", "sale_price": ""}
    if brands:
        payload["brands"] = [{"id": brand.id, "name": brand.name, "slug": brand.slug}]
    return payload


def variation_payload(variation: Variation, product: Product, site: str) -> Json:
    """A variation of a product; it has neither brands nor categories of its own."""
    return {
        "id": variation.id,
        "parent_id": product.id,
        "type": "variation",
        "name": variation.name,
        **times("date_created", product.created_at),
        **times("date_modified", variation.changed_at),
        "status": "publish",
        "sku": variation.sku,
        "price": money(variation.price),
        "regular_price": money(variation.regular_price),
        "sale_price": "" if variation.sale_price is None else money(variation.sale_price),
        "on_sale": variation.sale_price is not None,
        "attributes": [{"id": 2, "name": "Størrelse", "option": variation.name}],
        "meta_data": [],
        "_links": links(site, f"products/{product.id}/variations/{variation.id}", "products"),
    }


def category_payload(category: Category, count: int, site: str) -> Json:
    """A category."""
    path = "products/categories"
    return {
        "id": category.id,
        "name": category.name,
        "slug": category.slug,
        "parent": category.parent,
        "description": "",
        "display": "default",
        "image": {
            "id": 9000 + category.id,
            "src": f"{site}/billeder/{category.slug}.jpg",
            "name": category.name,
            "alt": "",
        },
        "menu_order": 0,
        "count": count,
        "_links": links(site, f"{path}/{category.id}", path),
    }


def coupon_payload(coupon: Coupon, used: int, opened_at: datetime, site: str) -> Json:
    """A coupon."""
    return {
        "id": coupon.id,
        "code": coupon.code,
        "amount": f"{coupon.percent}.00",
        **times("date_created", opened_at),
        **times("date_modified", opened_at),
        "discount_type": "percent",
        "description": "",
        **times("date_expires", None),
        "usage_count": used,
        "individual_use": True,
        "product_ids": [],
        "excluded_product_ids": [],
        "usage_limit": None,
        "usage_limit_per_user": None,
        "limit_usage_to_x_items": None,
        "free_shipping": coupon.free_shipping,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": "0.00",
        "maximum_amount": "0.00",
        "email_restrictions": [],
        "used_by": [],
        "meta_data": [],
        "_links": links(site, f"coupons/{coupon.id}", "coupons"),
    }
