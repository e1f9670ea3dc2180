"""The same purchases on every platform: what was bought, and what it is worth to the hub.

Each purchase is written here once as the hub's records, with the answer that the store must derive
from it, worked out by hand. Each platform has the same purchases as payloads of its own, in a file
beside this one; one test reads them through the connector and compares the answers.

To add a platform, add one file, named as its kind, with a `PLATFORM`:

- For a REST API it is a `ServedPlatform`: the configured connector, the payloads by their lists,
  the vendor's id of each purchase, and the address where the vendor documents the payloads.
- Write payloads as the vendor sends them, with its own rounding and its own words; take nothing
  from the records here. The vendor's description is held against them where there is one.
- Name a purchase that the platform cannot express in `cannot`, with the reason.

The buyer is Ida, with an account, unless the purchase says otherwise. Every purchase is placed half
an hour past midnight in the shop's zone, which is still the day before in UTC. Tax is 25 %,
unless the platform says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from connectors.kit import Contact, Line, Order, OrderDiscount, Rate, Record, Refund, RefundLine

PLACED_AT = datetime(2024, 3, 1, 23, 30, tzinfo=UTC)
PLACED_ON = date(2024, 3, 2)
REFUNDED_AT = datetime(2024, 3, 4, 12, tzinfo=UTC)
IDA = "ida@example.com"
GUEST = "guest@example.net"
EURO = Rate(currency="EUR", day=PLACED_ON, rate=Decimal("7.46"))
"""The hub counts in Danish crowns."""


@dataclass(frozen=True)
class Answer:
    """The figures that the store derives, amounts and units in ten-thousandths: 250_0000 is 250."""

    net: int
    """In the order's currency."""
    net_shop: int
    """In the hub's currency."""
    units: int
    """Kept units of valid lines, as rules count them; gift cards are among them."""
    tax: int = 0
    """Tax that comes on top of the lines."""
    discount: int = 0
    """Taken off by codes, on the order or on its lines."""
    refunded: int = 0
    on_sale: int = 0
    """Units among them that were marked down."""
    valid: bool = True
    coupons: tuple[str, ...] = ()
    """Folded, sorted."""
    person: str | None = IDA
    """Address of the profile."""
    status: str = "fulfilled"
    channel: str = "web"
    currency: str = "DKK"
    day: date = PLACED_ON


@dataclass(frozen=True)
class Purchase:
    """A purchase in words and as the hub's records, and its answer."""

    bought: str
    order: Order
    answer: Answer
    refund: Refund | None = None


def _purchase(
    name: str,
    bought: str,
    answer: Answer,
    *lines: Line,
    code: str | None = None,
    discount: int | None = None,
    shipping: int | None = None,
    tax_included: bool = True,
    contact: str | None = "ida",
    given_back: str | None = None,
    returned: RefundLine | None = None,
) -> Purchase:
    order = Order(
        id=name,
        contact=contact,
        placed_at=PLACED_AT,
        status=answer.status,
        channel=answer.channel,
        currency=answer.currency,
        tax_included=tax_included,
        discount=discount,
        shipping=shipping,
        lines=lines,
        discounts=() if code is None else (OrderDiscount(code=code),),
    )
    if given_back is None:
        return Purchase(bought, order, answer)
    lines_back = () if returned is None else (returned,)
    refund = Refund(id=name, order=name, at=REFUNDED_AT, total=given_back, lines=lines_back)
    return Purchase(bought, order, answer, refund)


def _line(
    id_: str,
    quantity: int,
    total: str,
    *,
    tax: str | None = None,
    list_price: str | None = None,
    coupon: str | None = None,
    gift_card: bool = False,
) -> Line:
    return Line(
        id=id_,
        quantity=Decimal(quantity),
        total=total,
        tax=tax,
        list_price=list_price,
        coupon_discount=coupon,
        gift_card=gift_card,
    )


_ALL = (
    _purchase(
        "tax_included",
        "Two at 125 with tax in it.",
        Answer(net=250_0000, net_shop=250_0000, units=2_0000),
        _line("1", 2, "250", tax="50"),
    ),
    _purchase(
        "tax_on_top",
        "Two at 100, and 50 of tax on top.",
        Answer(net=250_0000, net_shop=250_0000, units=2_0000, tax=50_0000),
        _line("1", 2, "200", tax="50"),
        tax_included=False,
    ),
    _purchase(
        "coupon_on_order",
        "300 and 100, and a tenth off everything.",
        Answer(
            net=360_0000, net_shop=360_0000, units=2_0000, discount=40_0000, coupons=("spring10",)
        ),
        _line("1", 1, "300"),
        _line("2", 1, "100"),
        discount=40,
        code="Spring10",
    ),
    _purchase(
        "coupon_on_line",
        "300 and 100, and 50 off the first.",
        Answer(
            net=350_0000, net_shop=350_0000, units=2_0000, discount=50_0000, coupons=("jacket50",)
        ),
        _line("1", 1, "250", coupon="50"),
        _line("2", 1, "100"),
        code="Jacket50",
    ),
    _purchase(
        "sale_price",
        "One at 200 that costs 250 otherwise, and one at its full price of 100.",
        Answer(net=300_0000, net_shop=300_0000, units=2_0000, on_sale=1_0000),
        _line("1", 1, "200", list_price="250"),
        _line("2", 1, "100", list_price="100"),
    ),
    _purchase(
        "partial_refund",
        "Two at 100 with 25 of tax on top of each; one of them comes back.",
        Answer(net=125_0000, net_shop=125_0000, units=1_0000, tax=50_0000, refunded=125_0000),
        _line("1", 2, "200", tax="50"),
        tax_included=False,
        given_back="125",
        returned=RefundLine(line="1", quantity=Decimal(1), total=Decimal(100), tax=Decimal(25)),
    ),
    _purchase(
        "amount_only_refund",
        "One at 200; 30 are paid back for a scratch, and nothing is returned.",
        Answer(net=170_0000, net_shop=170_0000, units=1_0000, refunded=30_0000),
        _line("1", 1, "200"),
        given_back="30",
    ),
    _purchase(
        "full_refund",
        "One at 100, and it comes back.",
        Answer(net=0, net_shop=0, units=0, refunded=100_0000, valid=False),
        _line("1", 1, "100"),
        given_back="100",
        returned=RefundLine(line="1", quantity=Decimal(1), total=Decimal(100)),
    ),
    _purchase(
        "gift_card",
        "One at 100, and a gift card of 500, which is no goods.",
        Answer(net=100_0000, net_shop=100_0000, units=2_0000),
        _line("1", 1, "100"),
        _line("2", 1, "500", gift_card=True),
    ),
    _purchase(
        "guest",
        "One at 100, to somebody without an account who left an address.",
        Answer(net=100_0000, net_shop=100_0000, units=1_0000, person=GUEST),
        _line("1", 1, "100"),
        contact="guest",
    ),
    _purchase(
        "nobody",
        "One at 100, at the till and to nobody in particular.",
        Answer(net=100_0000, net_shop=100_0000, units=1_0000, person=None, channel="pos"),
        _line("1", 1, "100"),
        contact=None,
    ),
    _purchase(
        "second_currency",
        "One at 20 euros, which are 149.20 crowns at 7.46.",
        Answer(net=20_0000, net_shop=149_2000, units=1_0000, currency="EUR"),
        _line("1", 1, "20"),
    ),
    _purchase(
        "free_order",
        "One at 100 with a code that takes all of it.",
        Answer(net=0, net_shop=0, units=1_0000, discount=100_0000, coupons=("gratis",)),
        _line("1", 1, "0", coupon="100"),
        code="gratis",
    ),
    _purchase(
        "store_credit",
        "One at 200, of which 50 are paid with points, which takes them off the price.",
        Answer(net=150_0000, net_shop=150_0000, units=1_0000, discount=50_0000),
        _line("1", 1, "200"),
        discount=50,
    ),
    _purchase(
        "odd_cents",
        "Three at 33.33 and seven at 0.07.",
        Answer(net=100_4800, net_shop=100_4800, units=10_0000),
        _line("1", 3, "99.99"),
        _line("2", 7, "0.49"),
    ),
    _purchase(
        "cancelled",
        "One at 100 that was never paid; its net is what it would have been.",
        Answer(net=100_0000, net_shop=100_0000, units=0, valid=False, status="cancelled"),
        _line("1", 1, "100"),
    ),
    _purchase(
        "shipping_and_fee",
        "One at 200, 49 for the freight and 15 for wrapping it.",
        Answer(net=200_0000, net_shop=200_0000, units=1_0000),
        _line("1", 1, "200"),
        shipping=49,
    ),
)
PURCHASES: Mapping[str, Purchase] = {each.order.id: each for each in _ALL}
"""The purchases by name."""


def records() -> tuple[Record, ...]:
    """Everything that a source of the hub's own records would yield."""
    contacts = (Contact(id="ida", email=IDA), Contact(id="guest", email=GUEST))
    refunds = (each.refund for each in _ALL if each.refund is not None)
    return (*contacts, *(each.order for each in _ALL), *refunds)
