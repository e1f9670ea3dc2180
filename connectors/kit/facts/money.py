"""Amounts of money as vendors write them: minor units, blank texts, discounts of a whole order."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.kit.rejects import Unreadable

# Decimals of each currency as ISO 4217 has them (https://www.iso.org/iso-4217-currency-codes.html),
# by which vendors count minor units; former currencies that they still name stand beside. The
# decimals that babel knows are those that CLDR shows: none for HUF, IDR and seventeen others.
_NONE = "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR
LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK
NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP
STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN USS UYU UZS VEF VES WST XCD YER
ZAR ZMK ZMW
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
PLACES: Mapping[str, int] = {
    code: places
    for places, codes in ((0, _NONE), (2, _TWO), (3, _THREE), (4, _FOUR))
    for code in codes.split()
}
"""Decimals of each currency. The unit of any other is not guessed."""
ZERO = Decimal()


def minor_units(amount: int | str | Decimal | None, currency: str) -> Decimal | None:
    """Return minor units (cents) in units of their currency; None where none are stated.

    Raises Unreadable where the currency's decimals are not known.
    """
    if amount is None:
        return None
    units = amount if isinstance(amount, Decimal) else Decimal(int(amount))
    places = PLACES.get(currency)
    if places is None:
        raise Unreadable("is a currency whose decimals are not known; the amount says nothing")
    return units.scaleb(-places)


def amount_of(value: Any) -> Decimal:
    """Return an amount as an exact decimal; zero where it is absent or blank."""
    return Decimal(str(value)) if value else ZERO


def rounded(amount: Decimal) -> Decimal:
    """Return an amount of minor units without fractions, a half away from zero."""
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


def distributed(whole: Decimal, over: Sequence[Decimal]) -> list[Decimal]:
    """Return whole minor units in proportion to other amounts, which sum up to `whole`.

    Rounding goes along from part to part: 100 over three equal ones is 33, 34 and 33.
    """
    parts: list[Decimal] = []
    total, so_far, given = sum(over, ZERO), ZERO, ZERO
    for each in over:
        so_far += each
        parts.append(rounded(so_far * whole / total) - given if total else ZERO)
        given += parts[-1]
    return parts
