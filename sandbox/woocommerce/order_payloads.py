"""WooCommerce's JSON for orders and refunds, with VAT apart from lines and coupons."""

from sandbox.woocommerce.payloads import (
    Json,
    address,
    billing,
    links,
    meta_data,
    money,
    times,
    without_vat,
)
from sandbox.world.catalogue import VAT_PERCENT, Coupon
from sandbox.world.trade import Line, Order, Refund, ReturnedLine, vat_within

VAT_RATE_ID = 7
STORE_META = "_store"
"""The meta data of an order that names the store of the till."""
POS_CREATED_VIA = "pos"


def _taxes(total: int, subtotal: int) -> list[Json]:
    return [
        {
            "id": VAT_RATE_ID,
            "total": money(vat_within(total)),
            "subtotal": money(vat_within(subtotal)),
        }
    ]


def _sold(line: Line) -> Json:
    """The product of a line; its sizes are sold by turns."""
    product = line.product
    sizes = product.variations
    size = sizes[line.id % len(sizes)] if sizes else None
    return {
        "name": product.name,
        "product_id": product.id,
        "variation_id": size.id if size else 0,
        "sku": size.sku if size else product.sku,
    }


def line_payload(line: Line) -> Json:
    """A line: `subtotal` before the coupon, `total` after it, `price` per unit after it."""
    return {
        "id": line.id,
        **_sold(line),
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": money(without_vat(line.subtotal)),
        "subtotal_tax": money(vat_within(line.subtotal)),
        "total": money(without_vat(line.total)),
        "total_tax": money(vat_within(line.total)),
        "taxes": _taxes(line.total, line.subtotal),
        "meta_data": [],
        # A number, although the vendor documents text.
        "price": round(without_vat(line.total) / line.quantity / 100, 4),
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def coupon_line_payload(order: Order, coupon: Coupon) -> Json:
    """The entered code and its discount."""
    off = [(without_vat(each.subtotal), without_vat(each.total)) for each in order.lines]
    gross = sum(line.coupon_discount for line in order.lines)
    net = sum(before - after for before, after in off)
    return {
        "id": order.lines[0].id + 5_000_000,
        "code": coupon.code,
        "discount": money(net),
        "discount_tax": money(gross - net),
        "meta_data": [],
        "discount_type": "percent",
        "nominal_amount": coupon.percent,
        "free_shipping": coupon.free_shipping,
    }


def shipping_line_payload(order: Order) -> Json:
    """The shipping of an order."""
    return {
        "id": order.lines[0].id + 6_000_000,
        "method_title": "Pakkeshop",
        "method_id": "flat_rate",
        "instance_id": "1",
        "total": money(without_vat(order.shipping)),
        "total_tax": money(vat_within(order.shipping)),
        "taxes": [{"id": VAT_RATE_ID, "total": money(vat_within(order.shipping)), "subtotal": ""}],
        "meta_data": [],
    }


def order_payload(order: Order, site: str) -> Json:
    """An order."""
    coupon_lines = [coupon_line_payload(order, order.coupon)] if order.coupon else []
    goods_tax = sum(vat_within(line.total) for line in order.lines)
    shipping_tax = vat_within(order.shipping)
    off = sum(without_vat(line.subtotal) - without_vat(line.total) for line in order.lines)
    off_gross = sum(line.coupon_discount for line in order.lines)
    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": "DKK",
        "version": "9.4.2",
        "prices_include_tax": True,
        **times("date_created", order.placed_at),
        **times("date_modified", order.changed_at),
        "discount_total": money(off),
        "discount_tax": money(off_gross - off),
        "shipping_total": money(without_vat(order.shipping)),
        "shipping_tax": money(shipping_tax),
        "cart_tax": money(goods_tax),
        "total": money(order.total),
        "total_tax": money(goods_tax + shipping_tax),
        "customer_id": order.customer_id,
        "order_key": order.key,
        "billing": billing(order.person),
        "shipping": {**address(order.person if order.store is None else None), "phone": ""},
        "payment_method": "cod" if order.store else "card",
        "payment_method_title": "Kasse" if order.store else "Kort",
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": POS_CREATED_VIA if order.store else "checkout",
        "customer_note": "",
        **times("date_completed", order.completed_at),
        **times("date_paid", order.paid_at),
        "cart_hash": "",
        "number": str(order.id),
        "meta_data": meta_data({STORE_META: order.store} if order.store else {}, order.id),
        "line_items": [line_payload(line) for line in order.lines],
        "tax_lines": [
            {
                "id": order.lines[0].id + 7_000_000,
                "rate_code": "DK-MOMS-1",
                "rate_id": VAT_RATE_ID,
                "label": "Moms",
                "compound": False,
                "tax_total": money(goods_tax),
                "shipping_tax_total": money(shipping_tax),
                "rate_percent": VAT_PERCENT,
                "meta_data": [],
            }
        ],
        "shipping_lines": [] if order.store else [shipping_line_payload(order)],
        "fee_lines": [],
        "coupon_lines": coupon_lines,
        "refunds": [
            {"id": each.id, "reason": each.reason, "total": money(-each.amount)}
            for each in order.refunds
        ],
        "currency_symbol": "kr.",
        "_links": links(site, f"orders/{order.id}", "orders"),
    }


def returned_line_payload(returned: ReturnedLine) -> Json:
    """The refunded part of a line; quantities and amounts are negative."""
    line, amount = returned.line, -returned.amount
    return {
        "id": returned.id,
        **_sold(line),
        "quantity": -returned.quantity,
        "tax_class": "",
        "subtotal": money(without_vat(amount)),
        "subtotal_tax": money(vat_within(amount)),
        "total": money(without_vat(amount)),
        "total_tax": money(vat_within(amount)),
        "taxes": _taxes(amount, amount),
        "meta_data": [{"id": returned.id, "key": "_refunded_item_id", "value": str(line.id)}],
        "price": round(without_vat(returned.amount) / returned.quantity / 100, 4),
    }


def refund_payload(order: Order, refund: Refund, site: str) -> Json:
    """A refund; `amount` is positive, its lines are negative."""
    path = f"orders/{order.id}/refunds"
    return {
        "id": refund.id,
        **times("date_created", refund.at),
        "amount": money(refund.amount),
        "reason": refund.reason,
        "refunded_by": 1,
        "refunded_payment": True,
        "meta_data": [],
        "line_items": [returned_line_payload(each) for each in refund.lines],
        "_links": {
            **links(site, f"{path}/{refund.id}", path),
            "up": [{"href": f"{site}/wp-json/wc/v3/orders/{order.id}"}],
        },
    }
