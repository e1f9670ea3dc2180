"""WooCommerce's JSON for customers, and the parts that payloads share.

Money is text; local times have no zone and come with a `_gmt` twin.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.world.people import Person, plain
from sandbox.world.simulation import ZONE
from sandbox.world.trade import Customer, vat_within

Json = dict[str, Any]
PLACES = 2
MONEY = re.compile(r"-?\d+\.\d\d")


def money(amount: int) -> str:
    """Format øre as kroner."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def with_places(payload: Any, places: int) -> Any:
    """Give every amount the number of decimals that the parameter `dp` asks for."""
    if places == PLACES:
        return payload
    if isinstance(payload, dict):
        return {name: with_places(value, places) for name, value in payload.items()}
    if isinstance(payload, list):
        return [with_places(each, places) for each in payload]
    if isinstance(payload, str) and MONEY.fullmatch(payload):
        return f"{Decimal(payload):.{places}f}"
    return payload


def times(name: str, instant: datetime | None) -> Json:
    """A time and its `_gmt` twin, neither with a zone."""
    if instant is None:
        return {name: None, f"{name}_gmt": None}
    return {
        name: instant.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S"),
        f"{name}_gmt": instant.strftime("%Y-%m-%dT%H:%M:%S"),
    }


def meta_data(values: Mapping[str, Any], owner: int) -> list[Json]:
    """Meta data of plugins, with stable ids."""
    return [
        {"id": owner * 100 + number, "key": key, "value": value}
        for number, (key, value) in enumerate(values.items(), start=1)
    ]


def links(site: str, path: str, collection: str) -> Json:
    """Links to the resource and to its list."""
    return {
        "self": [{"href": f"{site}/wp-json/wc/v3/{path}"}],
        "collection": [{"href": f"{site}/wp-json/wc/v3/{collection}"}],
    }


def address(person: Person | None) -> Json:
    """A postal address; empty without a person."""
    return {
        "first_name": person.first_name if person else "",
        "last_name": person.last_name if person else "",
        "company": "",
        "address_1": person.street if person else "",
        "address_2": "",
        "city": person.city if person else "",
        "state": "",
        "postcode": person.postcode if person else "",
        "country": person.country if person else "",
    }


def billing(person: Person | None) -> Json:
    """A postal address with email and phone."""
    return {
        **address(person),
        "email": person.email if person else "",
        "phone": person.phone if person else "",
    }


def customer_payload(customer: Customer, site: str, *, paying: bool) -> Json:
    """An account."""
    person = customer.person
    return {
        "id": customer.id,
        **times("date_created", customer.created_at),
        **times("date_modified", customer.changed_at),
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": customer.role,
        "username": plain(f"{person.first_name}.{person.last_name}{customer.id}"),
        "billing": billing(person),
        "shipping": {**address(person), "phone": ""},
        "is_paying_customer": paying,
        "avatar_url": "",
        "meta_data": meta_data(customer.meta, customer.id),
        "_links": links(site, f"customers/{customer.id}", "customers"),
    }


def without_vat(amount: int) -> int:
    """Remove the VAT from an amount."""
    return amount - vat_within(amount)
