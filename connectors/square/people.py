"""Customers of the till's directory, and what they said about mail."""

from collections.abc import Iterator

from connectors.kit import Consent, Contact, Raw, utc

NO_YEAR = "0000"
"""The year of a birthday whose year nobody told."""


def person(raw: Raw) -> Iterator[Contact | Consent]:
    """A customer; who unsubscribed has withdrawn, and who did not has granted nothing."""
    changed = utc(raw["updated_at"]) if raw.get("updated_at") else None
    address = raw.get("address") or {}
    year, _, day = (raw.get("birthday") or "")[: len("YYYY-MM-DD")].partition("-")
    yield Contact(
        id=raw["id"],
        updated_at=changed,
        created=utc(raw["created_at"]) if raw.get("created_at") else None,
        email=raw.get("email_address"),
        phone=raw.get("phone_number"),
        first_name=raw.get("given_name"),
        last_name=raw.get("family_name"),
        birthday=f"{year}-{day}" if day and year != NO_YEAR else None,
        birth_day=day if year == NO_YEAR else None,
        country=address.get("country"),
        region=address.get("administrative_district_level_1"),
        city=address.get("locality"),
        postcode=address.get("postal_code"),
    )
    if (raw.get("preferences") or {}).get("email_unsubscribed") is True:
        # When it was is not told; the profile's last change is the latest that it can have been.
        yield Consent(
            contact=raw["id"],
            channel="email",
            granted=False,
            at=changed or utc(raw["created_at"]),
        )
