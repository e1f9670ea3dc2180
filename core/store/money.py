"""Amounts in whole ten-thousandths, never floats."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from core.records import LARGEST_AMOUNT

SCALE = 10_000
"""Ten-thousandths in one unit, of money and of quantities."""
LARGEST = int(LARGEST_AMOUNT) * SCALE
"""Above this an amount does not fit the store."""
RATE_SCALE = 10**9
"""Billionths in one unit of an exchange rate."""

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_UNIT = Decimal(SCALE)


# Prices repeat.
@lru_cache(maxsize=8192)
def ten_thousandths(amount: Decimal) -> int:
    """An exact decimal as whole ten-thousandths, rounded half to even."""
    return round(_EXACT.multiply(amount, _UNIT))


@lru_cache(maxsize=8192)
def stated_amount(amount: Decimal | None) -> int | None:
    """Whole ten-thousandths of an amount that may be absent."""
    return None if amount is None else ten_thousandths(amount)


def units(amount: int) -> Decimal:
    """Ten-thousandths as an exact decimal."""
    return Decimal(amount) / SCALE


def convert(amount: int, rate: int) -> int:
    """Ten-thousandths of one currency in another, at `rate` billionths, half rounded up."""
    if rate == RATE_SCALE:
        return amount
    product = amount * rate
    sign = -1 if product < 0 else 1
    return sign * ((abs(product) + RATE_SCALE // 2) // RATE_SCALE)
