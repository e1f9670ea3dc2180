"""People as a platform without contacts of its own may know them: with consent, and hashed."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, select

from core.audience.identified.sent import as_text
from core.contract import Destination, Person
from core.plugins import broken_on_error
from core.records import Requires
from core.store.bulk import pieces, rows_where
from core.store.people.permission import permitted
from core.store.people.suppression import Name, contact_name, suppressed
from core.store.tables import CONTACTS, IDENTIFIERS, PROFILE_FIELDS, PROFILES

_FIELDS = ("postcode", "city")


def identifiers(
    transaction: Connection,
    destination: Destination,
    requires: Requires,
    profiles: Collection[int],
) -> dict[int, tuple[str, ...]]:
    """The identifiers of each profile that may be written to, each as JSON text, sorted.

    Profiles without any are left out. Raises Broken where the connector cannot tell them.
    """
    found: dict[int, tuple[str, ...]] = {}
    for profile, person in persons(transaction, requires, profiles).items():
        with broken_on_error(destination.kind, kind=destination.kind):
            texts = sorted({as_text(each) for each in destination.identifiers(person)})
        if texts:
            found[profile] = tuple(texts)
    return found


def persons(
    transaction: Connection, requires: Requires, profiles: Collection[int]
) -> dict[int, Person]:
    """The profiles with an address whose consent is given, with these addresses alone.

    Suppressed people are left out: a restored copy of the store may hold them.
    """
    addresses = _addresses(transaction, requires, profiles)
    rows = rows_where(transaction, PROFILES, PROFILES.c.id, addresses)
    fields: dict[int, dict[str, str]] = defaultdict(dict)
    for row in rows_where(
        transaction, PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id, addresses,
        PROFILE_FIELDS.c.field.in_(_FIELDS),
    ):  # fmt: skip
        fields[row["profile_id"]][row["field"]] = row["text"]
    return {
        row["id"]: Person(
            emails=tuple(sorted(addresses[row["id"]]["email"])),
            phones=tuple(sorted(addresses[row["id"]]["phone"])),
            first_name=row["first_name"],
            last_name=row["last_name"],
            country=row["country"],
            birthday=_birthday(row),
            gender=row["gender"],
            **fields[row["id"]],
        )
        for row in rows
    }


def _addresses(
    transaction: Connection, requires: Requires, profiles: Collection[int]
) -> dict[int, dict[str, set[str]]]:
    """Permitted emails and phones by profile and kind."""
    names: dict[int, set[Name]] = defaultdict(set)
    found: dict[int, dict[str, set[str]]] = {}
    may = case((permitted(IDENTIFIERS, requires), 1), else_=0).label("permitted")
    for piece in pieces(profiles):
        rows = transaction.execute(
            select(
                CONTACTS.c.profile_id,
                CONTACTS.c.connection_id,
                CONTACTS.c.external_id,
                IDENTIFIERS.c.kind,
                IDENTIFIERS.c.value,
                may,
            )
            .outerjoin(IDENTIFIERS, IDENTIFIERS.c.contact_id == CONTACTS.c.id)
            .where(CONTACTS.c.profile_id.in_(piece))
        )
        for row in rows:
            own = names[row.profile_id]
            own.add(contact_name(row.connection_id, row.external_id))
            if row.kind is not None:
                own.add((row.kind, row.value))
            if row.permitted:
                of_profile = found.setdefault(row.profile_id, {"email": set(), "phone": set()})
                of_profile[row.kind].add(row.value)
    erased = suppressed(transaction, (name for own in names.values() for name in own))
    return {profile: each for profile, each in found.items() if not names[profile] & erased}


def _birthday(profile: Mapping[str, Any]) -> date | None:
    parts = (profile["birth_year"], profile["birth_month"], profile["birth_day"])
    return None if None in parts else date(*parts)
