"""Identifiers: the normalized emails, loyalty numbers and phones by which contacts join."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from sqlalchemy import Connection

from core.store.bulk import delete_where, insert_rows, rows_where
from core.store.keys import (
    SEPARATOR,
    Identified,
    email_key,
    fold,
    is_placeholder,
    loyalty_key,
    phone_key,
)
from core.store.secrets.hashes import digest, hash_key
from core.store.shop import Shop
from core.store.tables import IDENTIFIERS
from core.store.upsert.page_context import PageContext

ORDER = ("email", "loyalty", "phone")
"""Kinds of identifiers, the one that says most of a person first."""
MOST_NAMES = 3
"""Different names that may stand beside a phone before it belongs to nobody."""
_NOBODYS = frozenset({"noreply", "no-reply", "deleted"})
"""Local parts of addresses that belong to nobody; erasers leave the last one behind."""
_NOWHERE = ".invalid"
"""Ending of domains that exist nowhere (RFC 6761)."""

Name = tuple[str, str]
"""Kind and normalized value."""


def identifiers(
    stated: Mapping[str, Any], country: str | None, names: Collection[str] | None = None
) -> set[Identified]:
    """Identifiers that join a contact to others.

    `names` are the names that stand beside the phone; without them, the stated one.
    """
    found: dict[Name, Identified] = {}

    def add(kind: str, value: str | None, text: str = "", *, main: bool = True) -> None:
        if value:
            found.setdefault((kind, value), Identified(kind, value, text, main))

    for number, email in enumerate(addresses(stated, "email")):
        add("email", email_key(email), main=number == 0)
    phones = addresses(stated, "phone")
    if phones:
        beside = sorted({full_name(stated)} if names is None else {*names})
        # With one more than may stand there, the phone is nobody's, however many follow.
        text = SEPARATOR.join([each for each in beside if each][: MOST_NAMES + 1])
        for number, phone in enumerate(phones):
            add("phone", phone_key(phone, stated.get("country"), country), text, main=number == 0)
    if loyalty := stated.get("loyalty"):
        add("loyalty", loyalty_key(loyalty))
    return set(found.values())


def addresses(stated: Mapping[str, Any], kind: Literal["email", "phone"]) -> list[str]:
    """The emails or phones that a contact states, the main one first."""
    main = stated.get(kind)
    return [*([main] if main else ()), *stated.get(f"{kind}s", ())]


def main_email(stated: Mapping[str, Any]) -> str | None:
    """The email that is written to, as it was stated."""
    return next(iter(addresses(stated, "email")), None)


def full_name(stated: Mapping[str, Any]) -> str:
    """First and last name, folded; empty where neither is known."""
    return fold(f"{stated.get('first_name') or ''} {stated.get('last_name') or ''}")


def is_blocked(shop: Shop, name: Name) -> bool:
    """Whether an identifier belongs to nobody, whatever is known of its holders.

    Those that the settings list, addresses that nobody reads or that an eraser left behind, and
    phones that a form was filled with.
    """
    kind, value = name
    if kind == "phone":
        return is_placeholder(value) or any(
            phone_key(each, shop.country) == value for each in shop.joins_nobody if "@" not in each
        )
    if kind != "email":
        return False
    address, _, domain = value.partition("@")
    return (
        address in _NOBODYS
        or domain.endswith(_NOWHERE)
        or any(each.casefold() in (value, f"@{domain}") for each in shop.joins_nobody)
    )


def guest_id(transaction: Connection, shop: Shop, buyer: Mapping[str, Any]) -> str | None:
    """The id of the guest that a buyer is: a keyed hash of the first identifier that may serve.

    None where the buyer states none: the order belongs to nobody.
    """
    usable = {
        each.kind: each.value
        for each in identifiers(buyer, shop.country)
        if not is_blocked(shop, (each.kind, each.value))
    }
    for kind in ORDER:
        if kind in usable:
            return f"guest:{digest(hash_key(transaction), 'guest', kind, usable[kind])[:32]}"
    return None


def change_identifiers(context: PageContext, wanted: Mapping[int, set[Identified]]) -> None:
    """Make the stored identifiers of contacts (by number) what they should be."""
    removed, added = write_identifiers(context.transaction, wanted)
    for tally, which in ((context.lost, removed), (context.gained, added)):
        for contact, identified in which:
            tally[identified] = tally.get(identified, 0) + 1
            context.rejoin.add(contact)


def write_identifiers(
    transaction: Connection, wanted: Mapping[int, set[Identified]]
) -> tuple[set[tuple[int, Identified]], set[tuple[int, Identified]]]:
    """Make them so, and nothing else; returns those that are gone and new, with their contact."""
    stored: dict[tuple[int, Identified], int] = {
        (row["contact_id"], Identified(*(row[name] for name in Identified._fields))): row["id"]
        for row in rows_where(transaction, IDENTIFIERS, IDENTIFIERS.c.contact_id, wanted.keys())
    }
    due = {(contact, each) for contact, due_names in wanted.items() for each in due_names}
    removed, added = stored.keys() - due, due - stored.keys()
    delete_where(transaction, IDENTIFIERS, IDENTIFIERS.c.id, [stored[each] for each in removed])
    new = [{"contact_id": contact, **each._asdict()} for contact, each in sorted(added)]
    insert_rows(transaction, IDENTIFIERS, new)
    return removed, added
