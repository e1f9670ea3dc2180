"""Square's money: whole minor units and a currency.

https://developer.squareup.com/docs/build-basics/common-data-types/working-with-monetary-amounts
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.kit import Unreadable

# Decimals of each currency as ISO 4217 has them; those that Square names beside.
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
"""How many decimals a currency has. What a unit of any other is worth nobody guesses."""


def amount(money: Mapping[str, Any] | None) -> Decimal | None:
    """An amount in units of its currency; None where none is stated.

    Raises Unreadable where the currency is not known.
    """
    if not money or money.get("amount") is None:
        return None
    units, places = Decimal(int(money["amount"])), PLACES.get(money["currency"])
    if places is None:
        raise Unreadable("is a currency whose decimals are not known; the amount says nothing")
    return units.scaleb(-places)


def or_nothing(money: Mapping[str, Any] | None) -> Decimal:
    """The same, and zero where none is stated."""
    return amount(money) or Decimal()
