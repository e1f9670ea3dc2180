"""The same purchases in the receipts of Zettle's Purchase API, in whole øre with 25 % of tax in it.

https://github.com/iZettle/api-documentation/blob/master/purchase.adoc

A receipt names no buyer, so only one purchase is the same in every respect. `ANONYMOUS` has
those that are the same at a till but for the buyer, with tax in every price.
"""

from typing import Any

from connectors.zettle import Zettle
from tests.connectors.same_purchases.reading import ServedPlatform

Raw = dict[str, Any]
PLACED, REFUNDED = "2024-03-01T23:30:00.000+0000", "2024-03-04T12:00:00.000+0000"


def uuid(number: int) -> str:
    """An identifier; receipts, payments and articles have their own numbers."""
    return f"6a7d7a9c-d7a0-11ee-b0ff-{number:012}"


def row(
    article: int, quantity: int, each: int, *, tax: int = 25, off: int = 0, **fields: Any
) -> Raw:
    """An article of the library at its price of one; `off` is the discount of the whole row."""
    discount = {"discount": {"amount": off, "quantity": 1}, "discountValue": off} if off else {}
    return {
        "quantity": f"{quantity}", "productUuid": uuid(100 + article),
        "variantUuid": uuid(200 + article), "vatPercentage": tax, "unitPrice": each,
        "rowTaxableAmount": round((quantity * each - off) * 100 / (100 + tax)),
        "name": "A thing", "variantName": "", "type": "PRODUCT", "libraryProduct": True,
        **discount, **fields,
    }  # fmt: skip


def receipt(number: int, amount: int, *rows: Raw, **fields: Any) -> Raw:
    """A receipt of the till, unless `fields` say otherwise.

    It has no list of discounts: the vendor's table calls it an object, and its examples a list.
    """
    return {
        "source": "POS", "purchaseUUID1": uuid(number), "amount": amount,
        "country": "DK", "currency": "DKK", "timestamp": PLACED, "created": PLACED,
        "purchaseNumber": number, "globalPurchaseNumber": number, "userDisplayName": "A shop",
        "userId": 11111, "organizationId": 22222, "products": list(rows),
        "payments": [
            {"uuid": uuid(300 + number), "amount": amount, "type": "MOBILE_PAY", "attributes": {}},
        ],
        "receiptCopyAllowed": True, "refund": False, "refunded": False, **fields,
    }  # fmt: skip


def refund(number: int, of: int, amount: int, *rows: Raw) -> Raw:
    """A refund: a receipt with negative amounts and quantities that names the sale."""
    paid_back = {
        "uuid": uuid(300 + number), "amount": amount, "type": "MOBILE_PAY", "attributes": {},
        "references": {"refundsPayment": uuid(300 + of)},
    }  # fmt: skip
    return receipt(
        number, amount, *rows, timestamp=REFUNDED, created=REFUNDED, payments=[paid_back],
        refund=True, refundsPurchaseUUID1=uuid(of),
    )  # fmt: skip


def refunded_by(number: int) -> Raw:
    """Mark of a sale that was refunded, in whole or in part."""
    return {"refunded": True, "refundedByPurchaseUUIDs1": [uuid(number)]}


def served(*refunds: Raw, **sales: Raw) -> ServedPlatform:
    """An account with these receipts, oldest first."""
    return ServedPlatform(
        orders={name: sale["purchaseUUID1"] for name, sale in sales.items()},
        source=Zettle.model_validate({"client_id": "a client", "api_key": "made up"}),
        raws={"/purchases/v2": [*sales.values(), *refunds]},
    )


ANONYMOUS = served(
    refund(21, 3, -12500, row(4, -1, 12500)),
    refund(22, 4, -10000, row(5, -1, 10000)),
    tax_included=receipt(1, 25000, row(1, 2, 12500), vatAmount=5000),
    sale_price=receipt(
        2, 30000, row(2, 1, 25000, off=5000), row(3, 1, 10000), vatAmount=6000
    ),
    partial_refund=receipt(3, 25000, row(4, 2, 12500), vatAmount=5000, **refunded_by(21)),
    full_refund=receipt(4, 10000, row(5, 1, 10000), vatAmount=2000, **refunded_by(22)),
    gift_card=receipt(
        5,
        60000,
        row(6, 1, 10000),
        row(7, 1, 50000, tax=0, name="Gavekort", type="GIFTCARD", libraryProduct=False,
            productUuid=None, variantUuid=None, details={"giftcardUuid": uuid(400)}),
        vatAmount=2000,
    ),
    odd_cents=receipt(6, 10048, row(8, 3, 3333), row(9, 7, 7), vatAmount=2010),
    # A receipt has one service charge, which holds both.
    shipping_and_fee=receipt(
        7,
        26400,
        row(10, 1, 20000),
        vatAmount=5280,
        serviceCharge={"amount": 6400, "title": "Levering, indpakket", "vatPercentage": 25.0,
                       "quantity": "1"},
    ),
)  # fmt: skip
PLATFORM = ServedPlatform(
    orders={"nobody": uuid(8)},
    cannot={
        **dict.fromkeys(ANONYMOUS.orders, "A receipt names no buyer."),
        "partial_refund": "A receipt names no buyer, and its prices have their tax in them.",
        "tax_on_top": "Every amount is documented with its tax in it.",
        "coupon_on_order": "A discount is a lower price: nothing tells that a code was entered.",
        "coupon_on_line": "A discount is a lower price: nothing tells that a code was entered.",
        "free_order": "A discount is a lower price: nothing tells that a code was entered.",
        "amount_only_refund": "A refund is of articles: one of an amount alone is not documented.",
        "guest": "A receipt names no buyer and no address.",
        "second_currency": "An account sells in the one currency of its country.",
        "store_credit": "Store credit is a payment, STORE_CREDIT, and leaves the price as it was.",
        "cancelled": "A receipt is of a sale that was paid; there are no others.",
    },
    source=ANONYMOUS.source,
    raws={
        "/purchases/v2": [receipt(8, 10000, row(11, 1, 10000), vatAmount=2000)],
    },
)
