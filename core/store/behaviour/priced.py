"""Facts with an amount of their own: deals, and carts with their lines."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from sqlalchemy import Table

from core import records
from core.store.behaviour.facts import folded
from core.store.bulk import Row, delete_ids, delete_where, insert_rows
from core.store.keys import fold
from core.store.money import stated_amount
from core.store.people.contacts import assign_contacts
from core.store.shop import Shop
from core.store.tables import CART_LINES, CARTS, DEALS, behaviour
from core.store.touched import mark_staff
from core.store.trade.rates import convert_amounts
from core.store.trade.snapshots import brand_key
from core.store.upsert import RowChange, compare, store
from core.store.upsert.page_context import PageContext, RecordRejected
from core.store.upsert.timestamps import placed, placed_columns


def take_deals(context: PageContext, deals: Sequence[records.Deal]) -> None:
    """Store deals with their amounts in the shop's currency."""
    changes = compare(context, behaviour.Deal, deals, partial(_deal, context))
    _store(context, behaviour.Deal, DEALS, changes)
    rows = [row for change in changes for row in (change.before, change.after) if row is not None]
    _mark_staff(context, rows)


def delete_deals(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete deals, and touch the people of the companies that they name."""
    delete_ids(context.transaction, DEALS, [row["id"] for row in rows])
    _mark_staff(context, rows)


def _mark_staff(context: PageContext, deals: Sequence[Row]) -> None:
    mark_staff(
        context.transaction, ((row["connection_id"], row["company_external_id"]) for row in deals)
    )


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
    columns = _priced(context, record, "amount", known)
    for name in ("closed", "expected"):
        field = f"{name}_at"
        if field in record.model_fields_set:
            at, day = _placed_or_lost(context, field, getattr(record, field))
            columns |= {field: at, f"{name}_day": day}
    if "company" in record.model_fields_set:
        columns["company_external_id"] = record.company
    return columns | folded(record, owner="owner", stage="stage", status="status")


def _placed_or_lost(
    context: PageContext, field: str, stated: datetime | date | None
) -> tuple[datetime | None, int | None]:
    """An optional date; one beyond the calendar is left empty and counted."""
    try:
        return (None, None) if stated is None else placed(stated, context.shop.zone, field)
    except RecordRejected:
        context.lose("emptied", field, str(stated))
        return None, None


def _cart(context: PageContext, record: records.Cart, known: Row) -> Row:
    columns = _priced(context, record, "total", known) | folded(record, url="url_key")
    given = record.model_fields_set
    if "url" in given:
        columns["url"] = record.url
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
        columns[column] = stated_amount(getattr(record, column))
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
