"""Customers of the till's directory: opt-outs, groups and loyalty accounts."""

from collections.abc import Iterator

from connectors.kit import Contact, ContactTable, Loyalty, Raw

NO_YEAR = "0000-"
"""Begins a birthday whose year nobody told."""


def _birthday(raw: Raw) -> str:
    return (raw.get("birthday") or "")[: len("YYYY-MM-DD")]


PERSON = ContactTable(
    contact={
        "updated_at": "updated_at?",
        "created": "created_at?",
        "email": "email_address?",
        "phone": "phone_number?",
        "first_name": "given_name?",
        "last_name": "family_name?",
        "birthday": lambda raw: None if _birthday(raw).startswith(NO_YEAR) else _birthday(raw),
        "birth_day": lambda raw: (
            _birthday(raw)[len(NO_YEAR) :] if _birthday(raw).startswith(NO_YEAR) else None
        ),
        "country": "address.country",
        "region": "address.administrative_district_level_1",
        "city": "address.locality",
        "postcode": "address.postal_code",
        "signup_source": "creation_source?",
    },
    custom=("reference_id",),
    # Who did not unsubscribe has granted nothing.
    opt_outs={"preferences.email_unsubscribed": "email"},
)


def account(raw: Raw) -> Iterator[Contact | Loyalty]:
    """A loyalty account; without a customer it is a person of its own, with a phone."""
    since = raw.get("enrolled_at") or raw["created_at"]
    if not raw.get("customer_id"):
        phone = (raw.get("mapping") or {}).get("phone_number")
        yield Contact(id=raw["id"], created=since, phone=phone, signup_source="LOYALTY")
    yield Loyalty(
        id=raw["id"],
        contact=owner(raw),
        programme=raw.get("program_id"),
        points=raw.get("balance"),
        since=since,
        updated_at=raw.get("updated_at"),
    )


def owner(account: Raw) -> str:
    """The contact whose loyalty account it is."""
    return str(account.get("customer_id") or account["id"])


def order_of(event: Raw) -> str | None:
    """The order that moved the points of an account."""
    moved = ("accumulate_points", "accumulate_promotion_points", "redeem_reward")
    orders = ((event.get(name) or {}).get("order_id") for name in moved)
    return next(filter(None, orders), None)
