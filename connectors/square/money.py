"""Square's money: whole minor units and a currency.

https://developer.squareup.com/docs/build-basics/common-data-types/working-with-monetary-amounts
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.kit import minor_units


def amount(money: Mapping[str, Any] | None) -> Decimal | None:
    """Return an amount in units of its currency, None where none is stated; raises Unreadable."""
    if not money or money.get("amount") is None:
        return None
    return minor_units(money["amount"], money["currency"])


def or_nothing(money: Mapping[str, Any] | None) -> Decimal:
    """Return the same, and zero where none is stated."""
    return amount(money) or Decimal()
