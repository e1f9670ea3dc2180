"""The goods and purchases of a random shop."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from core import records as r
from tests.laws.generators.vocabulary import (
    AMOUNTS,
    BRANDS,
    CATEGORIES,
    CITIES,
    CODES,
    CURRENCIES,
    POSTCODES,
    PRODUCTS,
    STORES,
    VARIANTS,
    Calendar,
)

_STATUSES = (None, "paid", "paid", "paid", "fulfilled", "pending", "cancelled", "refunded", "test")
_QUANTITIES = tuple(map(Decimal, ("1", "1", "2", "3", "0.5", "0")))


def goods(draw: random.Random) -> Iterator[r.Record]:
    """Categories, products and stores, some of them never told."""
    for name, parent in CATEGORIES.items():
        if draw.random() < 0.85:
            yield r.Category(id=name, title=name.upper(), parent=parent)
    for name in PRODUCTS[:-1]:
        shelves = draw.sample(list(CATEGORIES), draw.choice((0, 1, 1, 2, 3)))
        yield r.Product(
            id=name,
            sku=draw.choice((None, name.upper())),
            brand=draw.choice((None, *BRANDS)),
            brands=tuple(draw.sample(BRANDS, draw.choice((0, 0, 1, 2)))),
            currency=draw.choice((None, None, "EUR")),
            price=draw.choice((None, *AMOUNTS)),
            list_price=draw.choice((None, None, Decimal(100), Decimal("50.51"))),
            category=shelves[0] if shelves else None,
            categories=tuple(shelves[1:]),
            gift_card=draw.random() < 0.1,
            custom=own_fields(draw),
        )
    for name, postcode in zip(STORES[:2], POSTCODES, strict=False):
        yield r.Store(
            id=name,
            title=f"{name} C",
            city=draw.choice((None, name)),
            postcode=draw.choice((None, postcode)),
            country=draw.choice((None, "DK", "DK", "se")),
            postcodes=draw.choice(((), (), (postcode, "2100"))),
        )


def places() -> Iterator[r.Record]:
    """Where postcodes lie: along meridians of two countries; of one nobody knows where."""
    for number, postcode in enumerate(POSTCODES[:3]):
        yield r.Postcode(
            country="DK",
            postcode=postcode,
            city=("Aarhus", "Odense", "Ålborg")[number],
            region=("Midt", "Syd", "Nord")[number],
            latitude=Decimal("56.15") + Decimal(number) / 10,
            longitude=Decimal("10.2"),
        )
        # The same digits are another place in another country.
        yield r.Postcode(
            country="SE",
            postcode=postcode,
            latitude=Decimal("57.7") - Decimal(number) / 10,
            longitude=Decimal(12),
        )


def rates(draw: random.Random, calendar: Calendar) -> Iterator[r.Record]:
    """Rates of most currencies for stretches of the last years; some days stay without."""
    worth = {"EUR": "7.46", "JPY": "0.0475", "KWD": "22.51", "CLF": "270.1234"}
    for currency, rate in worth.items():
        for back in range(0, 820, draw.choice((7, 5, 9))):
            if draw.random() < 0.93:
                day = calendar.day - timedelta(days=back)
                yield r.Rate(currency=currency, day=day, rate=Decimal(rate) + Decimal(back) / 1000)


def orders(
    draw: random.Random, calendar: Calendar, people: Sequence[str], prefix: str
) -> Iterator[r.Record]:
    """Orders with lines or without, of people and of nobody, with coupons and refunds."""
    moments: list[object] = []
    for number in range(draw.randrange(2, 3 * len(people) + 3)):
        name = f"{prefix}{number}"
        at = draw.choice(moments) if moments and draw.random() < 0.1 else calendar.moment(draw)
        moments.append(at)
        lines = tuple(_line(draw, each) for each in range(draw.choice((0, 0, 1, 1, 2, 3))))
        yield r.Order.model_validate(
            {
                "id": name,
                "contact": draw.choice((*people, *people, None, None)),
                "buyer": _buyer(draw),
                "placed_at": at,
                "status": draw.choice(_STATUSES),
                "channel": draw.choice((None, "web", "web", "pos")),
                "store": draw.choice((None, *STORES, "aarhus")),
                "ship_country": draw.choice((None, "DK", "se", "Sweden")),
                "source": draw.choice((None, "google", "Newsletter")),
                "campaign": draw.choice((None, "Autumn", "spring")),
                "subscription": draw.choice((None, "first", "renewal")),
                "gift_card_paid": draw.choice((None, Decimal(0), Decimal(20))),
                "currency": draw.choice((None, "DKK", "DKK", *CURRENCIES)),
                "total": draw.choice(AMOUNTS) if not lines or draw.random() < 0.1 else None,
                "tax_included": draw.random() < 0.8,
                "tax": draw.choice((None, Decimal(5))),
                "discount": draw.choice((None, None, None, Decimal(10))),
                "shipping": draw.choice((None, Decimal(29))),
                "refunded": draw.choice((None, None, None, None, Decimal(10), Decimal(500))),
                "lines": lines,
                "custom": own_fields(draw),
                "discounts": tuple(
                    r.OrderDiscount(code=draw.choice((None, *CODES)), amount=Decimal(1))
                    for _ in range(draw.choice((0, 0, 0, 1, 2)))
                ),
            }
        )
        if draw.random() < 0.15:
            yield _refund(draw, calendar, name, lines)
    if draw.random() < 0.5:
        yield r.Refund(
            id=f"{prefix}orphan", order="nowhere", at=calendar.moment(draw), total=Decimal(7)
        )
    for number in range(draw.randrange(4)):
        yield r.Refund.model_validate(
            {
                "id": f"{prefix}alone{number}",
                "contact": draw.choice((*people, None, None)),
                "buyer": _buyer(draw),
                "at": calendar.moment(draw),
                "total": draw.choice(AMOUNTS),
                "currency": draw.choice((None, "DKK", *CURRENCIES)),
                **_circumstances(draw),
            }
        )


def _buyer(draw: random.Random) -> dict[str, str | None] | None:
    """A buyer with an address or phone that contacts state as well, or one that is nobody's."""
    if draw.random() < 0.4:
        return None
    return {
        "email": draw.choice((None, None, f"{draw.randrange(6)}@y.dk", "deleted@site.invalid")),
        "phone": draw.choice((None, f"+452030405{draw.randrange(10)}", "+4511111111")),
        "first_name": draw.choice((None, "Ana", "Bob", "Cai", "Dea", "Eli")),
        "city": draw.choice((None, *CITIES)),
        "postcode": draw.choice((None, *POSTCODES)),
    }


def discounts(
    draw: random.Random, calendar: Calendar, people: Sequence[str], prefix: str
) -> Iterator[r.Record]:
    """Coupons that stand by themselves, with and without an order."""
    for number in range(draw.randrange(5)):
        yield r.Discount(
            id=f"{prefix}{number}",
            contact=draw.choice((*people, None)),
            order=draw.choice((None, None, f"{prefix}0", "nowhere")),
            code=draw.choice((None, *CODES)),
            at=calendar.moment(draw),
        )


def _line(draw: random.Random, number: int) -> r.Line:
    return r.Line.model_validate(
        {
            "id": str(number),
            "product": draw.choice((None, *PRODUCTS)),
            "variant": draw.choice((None, *VARIANTS)),
            "sku": draw.choice((None, "SKU-1", "sku-1", "Å  7")),
            "category": draw.choice((None, None, None, "boots", "Hats")),
            "brand": draw.choice((None, None, *BRANDS)),
            "quantity": draw.choice(_QUANTITIES),
            "total": draw.choice((None, *AMOUNTS)),
            "unit_price": draw.choice((None, *AMOUNTS)),
            "list_price": draw.choice((None, None, Decimal(100), Decimal("101.01"))),
            "discount": draw.choice((None, None, Decimal(1), Decimal("0.5"))),
            "coupon_discount": draw.choice((None, None, Decimal(2))),
            "tax": draw.choice((None, Decimal("1.25"))),
            "on_sale": draw.choice((None, None, True, False)),
            "custom": own_fields(draw),
        }
    )


def own_fields(draw: random.Random) -> dict[str, object]:
    """Fields of a source's own, seldom: a yes or no, a number, several texts."""
    values: dict[str, object] = {
        "gift": draw.choice((True, False)),
        "weight": draw.choice((Decimal(2), Decimal("2.50"), Decimal(0))),
        "tags": draw.choice((("Red", "soft"), ("soft",), "red", ("a",) * 2, ())),
    }
    return {name: value for name, value in values.items() if draw.random() < 0.25}


def _refund(
    draw: random.Random, calendar: Calendar, order: str, lines: Sequence[r.Line]
) -> r.Refund:
    given = tuple(
        r.RefundLine(line=each.id, quantity=draw.choice((Decimal(1), each.quantity)))
        for each in lines
        if draw.random() < 0.6
    )
    return r.Refund.model_validate(
        {
            "id": f"{order}-refund",
            "order": order,
            "at": calendar.moment(draw),
            "total": draw.choice(AMOUNTS),
            "goods": draw.choice((None, Decimal(10))),
            "lines": given,
            **_circumstances(draw),
        }
    )


def _circumstances(draw: random.Random) -> dict[str, str | None]:
    """Why, where and through which channel a refund was given."""
    return {
        "reason": draw.choice((None, "Too small", "broken")),
        "store": draw.choice((None, None, *STORES)),
        "channel": draw.choice((None, None, "web", "pos")),
    }


def birthday(draw: random.Random, calendar: Calendar, ages: range) -> date:
    """A birthday beside the clock's date, on a leap day, or anywhere."""
    year = calendar.day.year - draw.choice(ages)
    match draw.randrange(4):
        case 0:
            return date(year - year % 4, 2, 29) if (year - year % 4) % 100 else date(year, 2, 28)
        case 1:
            return date(year, draw.randrange(1, 13), draw.randrange(1, 29))
        case _:
            near = calendar.day + timedelta(days=draw.choice((-1, 0, 1, 13, 14, 30)))
            return date(year, near.month, min(near.day, 28))
