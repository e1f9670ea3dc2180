"""The one person: each field chosen from the contacts, by precedence, then the newest."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection

from core.records import LARGEST_AMOUNT
from core.store.bulk import Row, add, change, pieces, remove, rows_where, table_of, values_where
from core.store.connections import connection_names
from core.store.keys import email_key, fold, phone_key, postcode_key
from core.store.money import ten_thousandths
from core.store.people.contacts import CONTACT, PROFILE
from core.store.people.identity import is_blocked
from core.store.secrets.hashes import digest, holdout_salt
from core.store.shop import Shop
from core.store.tables.people import Company, ProfileField
from core.store.tables.trade import Postcode
from core.store.touched import mark_colleagues
from core.store.upsert.timestamps import newest_first

FIELDS = (
    "region", "municipality", "city", "postcode", "climate", "store", "income", "education",
    "occupation", "marital_status", "signup_source", "job_role",
)  # fmt: skip
"""Built-in fields that are kept as rows; `custom.<name>` stand beside them."""
PLACES = ("city", "municipality", "region", "climate")
"""What a postcode tells where nobody stated it."""
HOLDOUT_RANGE = 1_000_000
_FIELD = table_of(ProfileField)
_COMPANY = table_of(Company)
_POSTCODE = table_of(Postcode)


def choose(transaction: Connection, shop: Shop, profiles: Collection[int]) -> set[int]:
    """Choose the fields of profiles anew; returns those that changed."""
    if not profiles:
        return set()
    contacts = _contacts(transaction, shop, profiles)
    companies = _companies(transaction, contacts)
    salt = holdout_salt(transaction)
    chosen = {profile: _chosen(shop, rows, companies, salt) for profile, rows in contacts.items()}
    fields = {profile: _fields(rows) for profile, rows in contacts.items()}
    _place(transaction, shop, chosen, fields)
    stored = rows_where(transaction, PROFILE, PROFILE.c.id, profiles)
    unlike = [
        {"id": row["id"], **chosen[row["id"]]}
        for row in stored
        if row["id"] in chosen and chosen[row["id"]].items() - row.items()
    ]
    before = {row["id"]: row["company_id"] for row in stored}
    moved = [row["id"] for row in unlike if before[row["id"]] not in (None, row["company_id"])]
    for piece in pieces(moved):
        mark_colleagues(transaction, piece)
    change(transaction, PROFILE, unlike)
    return {row["id"] for row in unlike} | _write_fields(transaction, fields)


def _contacts(
    transaction: Connection, shop: Shop, profiles: Collection[int]
) -> dict[int, list[Row]]:
    """Per profile its contacts, the one to believe first first."""
    names = connection_names(transaction)
    ranks = {name: rank for rank, name in enumerate(shop.precedence)}
    rows = rows_where(transaction, CONTACT, CONTACT.c.profile_id, profiles)
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        row["stated"] = orjson.loads(row["stated"])
        row["connection"] = names[row["connection_id"]]
        found[row["profile_id"]].append(row)
    for each in found.values():
        each.sort(
            key=lambda row: (
                ranks.get(row["connection"], len(ranks)),
                newest_first(row["updated_at"]),
                row["connection"],
                row["external_id"],
            )
        )
    return found


def _companies(
    transaction: Connection, contacts: Mapping[int, Sequence[Row]]
) -> dict[tuple[int, str], int]:
    wanted = {
        row["company_external_id"]
        for rows in contacts.values()
        for row in rows
        if row["company_external_id"]
    }
    rows = rows_where(transaction, _COMPANY, _COMPANY.c.external_id, wanted)
    return {(row["connection_id"], row["external_id"]): row["id"] for row in rows}


def _chosen(
    shop: Shop, rows: Sequence[Row], companies: Mapping[tuple[int, str], int], salt: bytes
) -> Row:
    """The columns of one profile."""

    def first(name: str) -> Any:
        return next((row["stated"][name] for row in rows if name in row["stated"]), None)

    year, month, day = _birthday(rows)
    born = next((row for row in rows if row["created_at"] is not None), None)
    # The one that was known first; who joins later redraws nobody.
    _, *oldest = min((row["id"], row["connection"], row["external_id"]) for row in rows)
    return {
        "email": _email(shop, rows),
        "phone": _phone(shop, rows),
        "first_name": first("first_name"),
        "last_name": first("last_name"),
        "gender": first("gender"),
        "birth_year": year,
        "birth_month": month,
        "birth_day": day,
        "language": _language(first("language")),
        "country": _country(first("country")),
        "created_at": born["created_at"] if born else None,
        "created_day": born["stated"].get("created_day") if born else None,
        "company_id": next(
            (
                companies[place]
                for row in rows
                if (place := (row["connection_id"], row["company_external_id"])) in companies
            ),
            None,
        ),
        "holdout": int(digest(salt, "holdout", *oldest), 16) % HOLDOUT_RANGE,
    }


def _email(shop: Shop, rows: Sequence[Row]) -> str | None:
    stated = (email_key(row["stated"]["email"]) for row in rows if "email" in row["stated"])
    return next((each for each in stated if not is_blocked(shop, ("email", each))), None)


def _phone(shop: Shop, rows: Sequence[Row]) -> str | None:
    for row in rows:
        if phone := row["stated"].get("phone"):
            number = phone_key(phone, row["stated"].get("country") or shop.country)
            if number:
                return number
    return None


def _birthday(rows: Sequence[Row]) -> tuple[int | None, int | None, int | None]:
    """Year, month and day; a later contact fills what is missing, never what it contradicts."""
    year: int | None = None
    month_day: tuple[int, int] | None = None
    for row in rows:
        other_year, other_month_day = _stated_birthday(row["stated"])
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
    return None if stated is None else stated.upper()


def _fields(rows: Sequence[Row]) -> dict[str, Row]:
    """Field -> text, folded value, number and day, of what is no column."""
    found: dict[str, Row] = {}
    for row in rows:
        for name, value in row["stated"].items():
            if name not in found and (name in FIELDS or name.startswith("custom.")):
                found[name] = _field(name, value)
    return found


def _field(name: str, value: Any) -> Row:
    number: int | None = None
    day: int | None = None
    text = str(value)
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        if kind == "number" and abs(Decimal(text)) <= LARGEST_AMOUNT:
            number = ten_thousandths(Decimal(text))
        if kind == "date":
            day = date.fromisoformat(text).toordinal()
    key = postcode_key(text) if name == "postcode" else fold(text)
    return {"text": text, "value": key, "number": number, "day": day}


def _place(
    transaction: Connection,
    shop: Shop,
    chosen: Mapping[int, Row],
    fields: Mapping[int, dict[str, Row]],
) -> None:
    """Let the postcode say where people live, where they do not say it themselves."""
    homes = {
        profile: (chosen[profile]["country"] or shop.country or "", each["postcode"]["value"])
        for profile, each in fields.items()
        if "postcode" in each
    }
    places = {
        (row["country"], row["postcode"]): row
        for row in rows_where(
            transaction, _POSTCODE, _POSTCODE.c.postcode, {code for _, code in homes.values()}
        )
    }
    for profile, home in homes.items():
        for name in PLACES:
            known = places.get(home, {}).get(name)
            if known and name not in fields[profile]:
                fields[profile][name] = _field(name, known)


def _write_fields(transaction: Connection, fields: Mapping[int, Mapping[str, Row]]) -> set[int]:
    stored: dict[tuple[int, str], Row] = {
        (row["profile_id"], row["field"]): row
        for row in rows_where(transaction, _FIELD, _FIELD.c.profile_id, fields.keys())
    }
    due = {
        (profile, name): {"profile_id": profile, "field": name, **row}
        for profile, each in fields.items()
        for name, row in each.items()
    }
    changed = {
        place[0] for place in stored.keys() | due.keys() if stored.get(place) != due.get(place)
    }
    filled = {profile for profile, _ in stored}
    remove(transaction, _FIELD, _FIELD.c.profile_id, changed & filled)
    add(transaction, _FIELD, [row for place, row in due.items() if place[0] in changed])
    return changed


def living_at(transaction: Connection, postcodes: Collection[str]) -> set[int]:
    """Profiles that state one of these normalized postcodes."""
    return values_where(
        transaction,
        _FIELD.c.profile_id,
        _FIELD.c.value,
        postcodes,
        _FIELD.c.field == "postcode",
    )
