"""Buyers: what bills say of people whom no stream has delivered.

A bare contact, whether its source named it or the hub made it as a guest, is what the buyers of
its orders, and of its refunds without an order, state: each field as the newest bill that gives it
has it. Delivery replaces all of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, select

from core.records import Buyer
from core.store.bulk import Row, rows_where, update_rows
from core.store.keys import Identified, phone_key
from core.store.people.contacts import of_several
from core.store.people.identifiers import change_identifiers, full_name, identifiers
from core.store.shop import Shop
from core.store.tables import CONTACTS, ORDERS, REFUNDS
from core.store.upsert import RowChange
from core.store.upsert.page_context import PageContext

BILLS: Mapping[Table, str] = {ORDERS: "placed_at", REFUNDS: "at"}
"""Tables whose rows have a buyer, and the column of their instant."""


def buyer_text(buyer: Buyer | None) -> str | None:
    """A buyer as JSON text, without empty fields; None where nothing is known."""
    if buyer is None:
        return None
    stated = {
        name: value for name in Buyer.model_fields if (value := getattr(buyer, name)) is not None
    }
    return orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode() if stated else None


def mark_billed(context: PageContext, table: Table, bills: Iterable[RowChange]) -> None:
    """Remember the contacts of whom rows of a table say something else now."""
    columns = ("contact_id", "buyer", BILLS[table])
    for bill in bills:
        before, after = bill.before, bill.after
        is_stated = after["buyer"] or (before and before["buyer"])
        # A contact that the bill has left is remembered as such.
        if (
            is_stated
            and after["contact_id"] is not None
            and (before is None or any(before[name] != after[name] for name in columns))
        ):
            context.billed.add(after["contact_id"])


def fill_bare(context: PageContext, contacts: Collection[int]) -> None:
    """Fill those of the contacts that are bare; their profiles must be chosen again."""
    stale, wanted = fill(context.transaction, context.shop, contacts)
    context.stale |= stale
    if wanted:
        change_identifiers(context, wanted)


def fill(
    transaction: Connection, shop: Shop, contacts: Collection[int]
) -> tuple[set[int], dict[int, set[Identified]]]:
    """Write the fields of bare contacts.

    Returns the profiles whose fields may have changed, and the identifiers of every bare one.
    """
    bare = rows_where(transaction, CONTACTS, CONTACTS.c.id, contacts, CONTACTS.c.bare.is_(True))
    bills: dict[int, list[Row]] = defaultdict(list)
    for table, at in BILLS.items():
        place = table.c.contact_id
        for bill in rows_where(
            transaction, table, place, [row["id"] for row in bare], table.c.buyer.is_not(None),
            columns=(place, table.c[at].label("at"), table.c.external_id, table.c.buyer),
        ):  # fmt: skip
            bills[bill["contact_id"]].append(bill)
    filled = []
    wanted = {}
    changed: set[int] = set()
    newer: set[int] = set()
    for row in bare:
        mine = sorted(
            bills[row["id"]], key=lambda bill: (bill["at"], bill["external_id"]), reverse=True
        )
        buyers = [orjson.loads(bill["buyer"]) for bill in mine]
        stated = _merged(shop, buyers)
        wanted[row["id"]] = identifiers(stated, shop.country, _names(stated, buyers))
        after = {
            **row,
            "stated": orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode(),
            "updated_at": mine[0]["at"] if mine else None,
        }
        if after != row:
            filled.append(after)
            # A guest who is nobody has no profile.
            if (profile := row["profile_id"]) is not None:
                (newer if after["stated"] == row["stated"] else changed).add(profile)
    columns = ("id", "stated", "updated_at")
    update_rows(transaction, CONTACTS, [{name: row[name] for name in columns} for row in filled])
    return changed | of_several(transaction, newer), wanted


def orders_without_data(transaction: Connection) -> dict[int, int]:
    """Connection number -> orders of contacts that no stream and no bill describes."""
    unknown = select(CONTACTS.c.id).where(CONTACTS.c.bare.is_(True), CONTACTS.c.stated == "{}")
    rows = transaction.execute(
        select(ORDERS.c.connection_id, func.count())
        .where(ORDERS.c.contact_id.in_(unknown))
        .group_by(ORDERS.c.connection_id)
    )
    return {row[0]: row[1] for row in rows}


def _merged(shop: Shop, buyers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Each field as the first buyer that states it has it."""
    stated: dict[str, Any] = {}
    for buyer in buyers:
        # The country beside the number may be stated by no later buyer.
        if (phone := buyer.get("phone")) and "phone" not in stated:
            stated["phone"] = phone_key(phone, buyer.get("country"), shop.country) or phone
        stated = {**buyer, **stated}
    return stated


def _names(
    stated: Mapping[str, Any], buyers: Sequence[Mapping[str, Any]]
) -> Collection[str] | None:
    """Every name of the buyers where a phone is all that says who they are."""
    if "email" in stated or "loyalty" in stated:
        return None
    return {full_name(buyer) for buyer in buyers}
