"""Customers of the till's directory: consents, groups and loyalty accounts."""

from collections.abc import Iterator

from connectors.kit import Consent, Contact, GroupMember, Loyalty, Raw, utc

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
        signup_source=raw.get("creation_source"),
        custom={"reference_id": raw.get("reference_id")},
    )
    if (raw.get("preferences") or {}).get("email_unsubscribed") is True:
        # When it was is not told; the profile's last change is the latest that it can have been.
        yield Consent(
            contact=raw["id"],
            channel="email",
            granted=False,
            at=changed or utc(raw["created_at"]),
        )


def member(raw: Raw, group: Raw) -> GroupMember:
    """A customer in a group; since when is not told."""
    return GroupMember(contact=raw["id"], group=group["id"], title=group.get("name"))


def account(raw: Raw) -> Iterator[Contact | Loyalty]:
    """A loyalty account; without a customer it is a person of its own, with a phone."""
    since = utc(raw.get("enrolled_at") or raw["created_at"])
    if not raw.get("customer_id"):
        phone = (raw.get("mapping") or {}).get("phone_number")
        yield Contact(id=raw["id"], created=since, phone=phone, signup_source="LOYALTY")
    yield Loyalty(
        id=raw["id"],
        contact=owner(raw),
        programme=raw.get("program_id"),
        points=raw.get("balance"),
        since=since,
        updated_at=utc(raw["updated_at"]) if raw.get("updated_at") else None,
    )


def owner(account: Raw) -> str:
    """The contact whose loyalty account it is."""
    return str(account.get("customer_id") or account["id"])


def order_of(event: Raw) -> str | None:
    """The order that moved the points of an account."""
    for name in ("accumulate_points", "accumulate_promotion_points", "redeem_reward"):
        if order := (event.get(name) or {}).get("order_id"):
            return str(order)
    return None
