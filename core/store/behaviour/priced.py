"""Facts with an amount of their own: deals, carts with their lines, refunds without an order."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, Table, select

from core import records
from core.store.behaviour.facts import folded
from core.store.bulk import Row, delete_ids, delete_where, insert_rows, rows_where, update_rows
from core.store.keys import fold
from core.store.money import convert, ten_thousandths
from core.store.people.contacts import assign_contacts
from core.store.shop import Shop
from core.store.tables import CART_LINES, CARTS, DEALS, REFUNDS, behaviour
from core.store.trade.rates import days_near, rates_for
from core.store.trade.snapshots import brand_key
from core.store.upsert import RowChange, compare, store
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import placed_columns

PRICED: Mapping[Table, str] = {DEALS: "amount", CARTS: "total", REFUNDS: "goods"}
"""Tables of such facts, and the column of their amount; `<column>_shop` is the same in the shop's
currency, unknown where the amount or its rate is."""


def take_deals(context: PageContext, deals: Sequence[records.Deal]) -> None:
    """Store deals with their amounts in the shop's currency."""
    changes = compare(context, behaviour.Deal, deals, partial(_deal, context))
    _store(context, behaviour.Deal, DEALS, changes)


def take_carts(context: PageContext, carts: Sequence[records.Cart]) -> None:
    """Store carts with their totals in the shop's currency; a cart replaces all its lines."""
    changes = compare(context, behaviour.Cart, carts, partial(_cart, context))
    stated: dict[int, Sequence[records.CartLine]] = {}
    for change in changes:
        stating = change.last_record_with("lines")
        if isinstance(stating, records.Cart):
            stated[id(change)] = stating.lines
            change.differs = True
    _store(context, behaviour.Cart, CARTS, changes)
    numbers = {change.after["id"]: stated[id(change)] for change in changes if id(change) in stated}
    delete_where(context.transaction, CART_LINES, CART_LINES.c.cart_id, numbers.keys())
    rows = [
        _line(context.shop, number, place, line)
        for number, lines in numbers.items()
        for place, line in enumerate(lines)
    ]
    insert_rows(context.transaction, CART_LINES, rows)


def delete_carts(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete carts with their lines."""
    ids = [row["id"] for row in rows]
    delete_where(context.transaction, CART_LINES, CART_LINES.c.cart_id, ids)
    delete_ids(context.transaction, CARTS, ids)


def convert_amounts(
    transaction: Connection, shop: Shop, table: Table, changed: Iterable[Row]
) -> None:
    """Write the amounts in the shop's currency into rows of a table of priced facts."""
    rows, column = list(changed), PRICED[table]
    rates = rates_for(transaction, shop.currency, {(row["currency"], row["day"]) for row in rows})
    for row in rows:
        rate = rates.on(row["currency"], row["day"])
        known = row[column] is not None and rate is not None
        row[f"{column}_shop"] = convert(row[column], rate or 0) if known else None


def reconvert(context: PageContext, changed: Mapping[str, set[int]]) -> None:
    """Convert the facts again whose rate changed; `changed` is currency -> day numbers."""
    if not changed:
        return
    for table in PRICED:
        found = select(table.c.id).where(days_near(table, changed))
        ids = set(context.transaction.execute(found).scalars())
        rows = rows_where(context.transaction, table, table.c.id, ids)
        convert_amounts(context.transaction, context.shop, table, rows)
        update_rows(context.transaction, table, rows)
        context.touched |= {row["profile_id"] for row in rows}


def _store(
    context: PageContext,
    model: type[behaviour.PersonFact],
    table: Table,
    changes: list[RowChange],
) -> None:
    assign_contacts(context, changes)
    convert_amounts(context.transaction, context.shop, table, [change.after for change in changes])
    store(context, model, changes)


def _deal(context: PageContext, record: records.Deal, known: Row) -> Row:
    return _priced(context, record, "amount", known) | folded(
        record, stage="stage", status="status"
    )


def _cart(context: PageContext, record: records.Cart, known: Row) -> Row:
    columns = _priced(context, record, "total", known) | folded(record, url="url")
    given = record.model_fields_set
    if "order" in given:
        columns["order_external_id"] = record.order
    # A cart that became an order needs no status that says so.
    order = columns.get("order_external_id", known.get("order_external_id"))
    if record.status is not None:
        columns["status"] = record.status
    elif order is not None:
        columns["status"] = "ordered"
    elif "status" in given or "id" not in known:
        columns["status"] = "open"
    return columns


def _priced(
    context: PageContext, record: records.Deal | records.Cart, column: str, known: Row
) -> Row:
    columns = placed_columns(record.at, context.shop.zone)
    if column in record.model_fields_set:
        amount = getattr(record, column)
        columns[column] = None if amount is None else ten_thousandths(amount)
    if "currency" in record.model_fields_set or "id" not in known:
        columns["currency"] = record.currency or context.shop.currency
    return columns


def _line(shop: Shop, cart: int, place: int, line: records.CartLine) -> Row:
    return {
        "cart_id": cart,
        "place": place,
        "product_key": None if line.product is None else fold(line.product),
        "category_key": None if line.category is None else fold(line.category),
        "brand": line.brand,
        "brand_key": brand_key(shop, line.brand),
    }
