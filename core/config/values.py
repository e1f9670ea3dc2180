"""Single values of a config, each read from the text that a person writes."""

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from sqlalchemy import make_url

from core.errors import Misconfigured
from core.mistakes import shown, unknown
from core.store.database import Database

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF
    KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a list would be a page of quotation marks
)
"""Currencies that a shop can charge in; metals, funds and test codes are left out."""

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
    ZW
    """.split()  # noqa: SIM905 - a list would be a page of quotation marks
)
"""Two letters each."""
UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
"""Units of schedules; months are left out because their length varies."""
_DURATION = re.compile(r"\s*([0-9]{1,9})\s+(\w+)\s*")
_SHARE = re.compile(r"\s*([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%\s*")
YEAR = timedelta(days=366)
TEN_YEARS = timedelta(days=3653)


def duration(text: object) -> timedelta:
    """`"15 minutes"` as a length of time; raises ValueError with the nearest unit."""
    return _length(text, YEAR, "a year")


def age(text: object) -> timedelta:
    """`"400 days"` as the age from which something is old; raises ValueError like `duration`."""
    return _length(text, TEN_YEARS, "ten years")


def _length(text: object, longest: timedelta, in_words: str) -> timedelta:
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'read {shown(text)}; write a number and a unit, as in "15 minutes"')
    unit = match[2].casefold().removesuffix("s")
    if unit in {"month", "year"}:
        raise ValueError(f"read {shown(text)}; {unit}s differ in length, write days or weeks")
    if unit not in UNITS:
        words = [f"{each}s" for each in UNITS]
        raise ValueError(f"read {shown(text)}; {unknown('unit of time', match[2], words)}")
    number = int(match[1])
    if not 0 < number <= longest // UNITS[unit]:
        raise ValueError(f"read {shown(text)}; write one minute or more, and at most {in_words}")
    return number * UNITS[unit]


def duration_text(length: timedelta) -> str:
    """A length of time in words: `15 minutes`."""
    unit = next(unit for unit in reversed(UNITS) if not length % UNITS[unit])
    count = length // UNITS[unit]
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def zone(name: object) -> ZoneInfo:
    """A time zone by its name; raises ValueError with the nearest names."""
    names = _zones()
    if not isinstance(name, str) or name not in names:
        raise ValueError(_unknown_code("time zone", name, names, "Europe/Copenhagen"))
    return ZoneInfo(name)


def currency(code: object) -> str:
    """A currency by its three letters; raises ValueError with the nearest codes."""
    if not isinstance(code, str) or code not in CURRENCIES:
        raise ValueError(_unknown_code("currency", code, CURRENCIES, "DKK"))
    return code


def country(code: object) -> str:
    """A country by its two letters; raises ValueError with the nearest codes."""
    if not isinstance(code, str) or code not in COUNTRIES:
        raise ValueError(_unknown_code("country", code, COUNTRIES, "DK"))
    return code


def share(text: object) -> Fraction:
    """`"10%"` as an exact share of one; raises ValueError."""
    match = _SHARE.fullmatch(text) if isinstance(text, str) else None
    if match is None or (value := Fraction(match[1]) / 100) > 1:
        raise ValueError(f'read {shown(text)}; write a share from "0%" to "100%"')
    return value


def database(url: object) -> str:
    """The address of a database; raises ValueError. A password in it is not shown."""
    if not isinstance(url, str):
        raise ValueError(f'read {shown(url)}; write an address, as in "sqlite:///segmenthub.db"')  # noqa: TRY004 - pydantic gathers ValueErrors
    try:
        Database(url)
    except Misconfigured as error:
        raise ValueError(str(error)) from None
    return url


def absolute(url: str, folder: Path) -> str:
    """The address of a database, with a relative path made absolute from `folder`."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database is None:
        return url
    path = from_folder(folder, address.database)
    return address.set(database=str(path)).render_as_string(hide_password=False)


def from_folder(folder: Path, path: str) -> Path:
    """A path of a config, made absolute from the folder of the config."""
    with suppress(RuntimeError):  # an unknown `~name` is a plain name
        return (folder / Path(path).expanduser()).absolute()
    return (folder / path).absolute()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _unknown_code(what: str, read: object, known: Collection[str], example: str) -> str:
    if isinstance(read, str):
        return unknown(what, read, known)
    return f'read {shown(read)}; write a {what}, as in "{example}"'


_LENGTH = WithJsonSchema(
    {"type": "string", "pattern": r"^\s*[0-9]+\s+(minute|hour|day|week)s?\s*$"}
)
Duration = Annotated[timedelta, BeforeValidator(duration), _LENGTH]
Age = Annotated[timedelta, BeforeValidator(age), _LENGTH]
Zone = Annotated[
    ZoneInfo,
    BeforeValidator(zone),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "enum": sorted(_zones())}),
]
Currency = Annotated[
    str, BeforeValidator(currency), WithJsonSchema({"type": "string", "enum": sorted(CURRENCIES)})
]
Country = Annotated[
    str, BeforeValidator(country), WithJsonSchema({"type": "string", "enum": sorted(COUNTRIES)})
]
Share = Annotated[
    Fraction,
    BeforeValidator(share),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9]{1,3}(\.[0-9]+)?\s*%\s*$"}),
]
DatabaseAddress = Annotated[str, BeforeValidator(database), WithJsonSchema({"type": "string"})]
