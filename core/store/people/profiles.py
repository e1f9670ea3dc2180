"""Profiles: each field chosen from the contacts, by precedence, then the newest."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import orjson
from sqlalchemy import Connection

from core.store.bulk import (
    Row,
    pieces,
    rows_where,
    update_rows,
    values_where,
)
from core.store.connections import connection_names
from core.store.keys import country_key, email_key, fold, phone_key
from core.store.people.gazetteer import add_places
from core.store.people.identifiers import addresses, is_blocked
from core.store.people.profile_fields import field_rows, fields_of, write_fields
from core.store.secrets.hashes import digest, holdout_salt
from core.store.shop import Shop
from core.store.tables import COMPANIES, CONTACTS, POSTCODES, PROFILE_FIELDS, PROFILES
from core.store.tables.rows import ContactRow, ProfileRow
from core.store.touched import mark_colleagues
from core.store.upsert.timestamps import newest_first

POSTCODE_FIELDS = ("city", "municipality", "region", "climate")
"""Fields that a postcode fills in where no contact states them."""
_HOME = frozenset({"postcode", "city"})
HOLDOUT_RANGE = 1_000_000


@dataclass(frozen=True)
class _Contact:
    """A contact, with the name of its connection and its stated fields parsed."""

    row: ContactRow
    connection: str
    stated: Mapping[str, Any]


def choose_fields(transaction: Connection, shop: Shop, profiles: Collection[int]) -> set[int]:
    """Choose the fields of profiles again; returns those that changed."""
    if not profiles:
        return set()
    contacts = _contacts(transaction, shop, profiles)
    companies = _companies(transaction, contacts)
    salt = holdout_salt(transaction)
    chosen = {
        profile: _chosen(shop, profile, of_profile, companies, salt)
        for profile, of_profile in contacts.items()
    }
    fields = {
        profile: fields_of(each.stated for each in of_profile)
        for profile, of_profile in contacts.items()
    }
    _place(transaction, shop, chosen, fields)
    stored = rows_where(transaction, PROFILES, PROFILES.c.id, profiles)
    changed = [
        chosen[row["id"]]
        for row in stored
        if row["id"] in chosen and chosen[row["id"]].items() - row.items()
    ]
    before = {row["id"]: row["company_id"] for row in stored}
    moved = [row["id"] for row in changed if before[row["id"]] not in (None, row["company_id"])]
    for piece in pieces(moved):
        mark_colleagues(transaction, piece)
    update_rows(transaction, PROFILES, changed)
    return {row["id"] for row in changed} | write_fields(transaction, fields)


def _contacts(
    transaction: Connection, shop: Shop, profiles: Collection[int]
) -> dict[int, list[_Contact]]:
    """The contacts of each profile, most trusted first."""
    names = connection_names(transaction)
    ranks = {name: rank for rank, name in enumerate(shop.precedence)}
    found: dict[int, list[_Contact]] = defaultdict(list)
    for row in rows_where(transaction, CONTACTS, CONTACTS.c.profile_id, profiles):
        stated = orjson.loads(row["stated"])
        contact = _Contact(cast("ContactRow", row), names[row["connection_id"]], stated)
        found[row["profile_id"]].append(contact)
    for each in found.values():
        each.sort(
            key=lambda contact: (
                ranks.get(contact.connection, len(ranks)),
                contact.row["merged_into"] is not None,
                newest_first(contact.row["updated_at"]),
                contact.connection,
                contact.row["external_id"],
            )
        )
    return found


def _companies(
    transaction: Connection, contacts: Mapping[int, Sequence[_Contact]]
) -> dict[tuple[int, str], int]:
    wanted = {
        company
        for of_profile in contacts.values()
        for contact in of_profile
        if (company := contact.row["company_external_id"])
    }
    rows = rows_where(transaction, COMPANIES, COMPANIES.c.external_id, wanted)
    return {(row["connection_id"], row["external_id"]): row["id"] for row in rows}


def _chosen(
    shop: Shop,
    profile: int,
    contacts: Sequence[_Contact],
    companies: Mapping[tuple[int, str], int],
    salt: bytes,
) -> ProfileRow:
    def first(name: str) -> Any:
        return next((each.stated[name] for each in contacts if name in each.stated), None)

    year, month, day = _birthday(contacts)
    born = next((each for each in contacts if each.row["created_at"] is not None), None)
    # The first known contact, so that one that joins later changes no holdout.
    oldest = min(contacts, key=lambda each: each.row["id"])
    return {
        "id": profile,
        "email": _email(shop, contacts),
        "phone": _phone(shop, contacts),
        "first_name": first("first_name"),
        "last_name": first("last_name"),
        "gender": first("gender"),
        "birth_year": year,
        "birth_month": month,
        "birth_day": day,
        "language": _language(first("language")),
        "country": _country(first("country")),
        "created_at": born.row["created_at"] if born else None,
        "created_day": born.stated.get("created_day") if born else None,
        "company_id": next(
            (
                companies[place]
                for each in contacts
                if (company := each.row["company_external_id"]) is not None
                and (place := (each.row["connection_id"], company)) in companies
            ),
            None,
        ),
        "holdout": int(digest(salt, "holdout", oldest.connection, oldest.row["external_id"]), 16)
        % HOLDOUT_RANGE,
    }


def _email(shop: Shop, contacts: Sequence[_Contact]) -> str | None:
    stated = (email_key(email) for each in contacts for email in addresses(each.stated, "email"))
    return next((email for email in stated if not is_blocked(shop, ("email", email))), None)


def _phone(shop: Shop, contacts: Sequence[_Contact]) -> str | None:
    for each in contacts:
        for phone in addresses(each.stated, "phone"):
            number = phone_key(phone, each.stated.get("country"), shop.country)
            if number and not is_blocked(shop, ("phone", number)):
                return number
    return None


def _birthday(contacts: Sequence[_Contact]) -> tuple[int | None, int | None, int | None]:
    """Year, month and day; a later contact fills what is missing, never what it contradicts."""
    year: int | None = None
    month_day: tuple[int, int] | None = None
    for each in contacts:
        other_year, other_month_day = _stated_birthday(each.stated)
        if year and other_year and year != other_year:
            continue
        if month_day and other_month_day and month_day != other_month_day:
            continue
        year, month_day = year or other_year, month_day or other_month_day
    return (year, *(month_day or (None, None)))


def _stated_birthday(stated: Mapping[str, Any]) -> tuple[int | None, tuple[int, int] | None]:
    if "birthday" in stated:
        day = date.fromisoformat(stated["birthday"]["date"])
        return day.year, (day.month, day.day)
    parts = str(stated.get("birth_day", "")).split("-")
    try:
        # A leap year, so that 29 February is a day.
        whole = date(2000, int(parts[0]), int(parts[1]))
    except (ValueError, IndexError):
        return stated.get("birth_year"), None
    return stated.get("birth_year"), (whole.month, whole.day)


def _language(stated: str | None) -> str | None:
    if stated is None:
        return None
    match = re.match(r"([a-z]{2})(?:[-_].*)?$", fold(stated))
    return match.group(1) if match else fold(stated)


def _country(stated: str | None) -> str | None:
    return None if stated is None else country_key(stated)


def _place(
    transaction: Connection,
    shop: Shop,
    chosen: Mapping[int, ProfileRow],
    fields: Mapping[int, dict[str, list[Row]]],
) -> None:
    """Fill in from the postcode where people live, where no contact states it."""
    if shop.places:
        living = (chosen[profile]["country"] for profile, each in fields.items() if _HOME & {*each})
        add_places(transaction, {country or shop.country or "" for country in living})
    homes = {
        profile: (chosen[profile]["country"] or shop.country or "", each["postcode"][0]["value"])
        for profile, each in fields.items()
        if "postcode" in each
    }
    places = {
        (row["country"], row["postcode"]): row
        for row in rows_where(
            transaction, POSTCODES, POSTCODES.c.postcode, {code for _, code in homes.values()}
        )
    }
    for profile, home in homes.items():
        for name in POSTCODE_FIELDS:
            known = places.get(home, {}).get(name)
            if known and name not in fields[profile]:
                fields[profile][name] = field_rows(name, known)


def living_at(transaction: Connection, postcodes: Collection[str]) -> set[int]:
    """Profiles that state one of these normalized postcodes."""
    return values_where(
        transaction, PROFILE_FIELDS.c.profile_id, PROFILE_FIELDS.c.value, postcodes,
        PROFILE_FIELDS.c.field == "postcode",
    )  # fmt: skip
