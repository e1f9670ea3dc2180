"""Exchange rates by day, and what a late one concerns: orders, and facts with own amounts."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from core import records
from core.store.bulk import Row, delete_where, insert_rows, rows_where, update_rows
from core.store.money import RATE_SCALE, convert
from core.store.shop import Shop
from core.store.tables import CARTS, DEALS, ORDERS, RATES, REFUNDS
from core.store.touched import mark_staff
from core.store.upsert.page_context import PageContext, RecordRejected

DAYS_BACK = 7
"""Oldest usable rate; without one the amount is unknown."""
_LARGEST_RATE = 2**62

PRICED: Mapping[Table, str] = {DEALS: "amount", CARTS: "total", REFUNDS: "goods"}
"""Tables of facts with a currency of their own (refunds: those without an order), and the column of
their amount; `<column>_shop` is the same in the shop's currency, unknown where the amount or its
rate is."""


class Rates:
    """Rates of some currencies around some days."""

    def __init__(self, own: str, rows: Iterable[tuple[str, int, int]]) -> None:
        """Take the shop's own currency, and (currency, day, billionths) in order of the days."""
        self._own = own
        self._days: dict[str, list[int]] = defaultdict(list)
        self._rates: dict[str, list[int]] = defaultdict(list)
        for currency, day, rate in rows:
            self._days[currency].append(day)
            self._rates[currency].append(rate)

    def on(self, currency: str | None, day: int) -> int | None:
        """Rate of a unit in billionths: the latest of that day and the seven before."""
        if currency is None or currency == self._own:
            return RATE_SCALE
        days = self._days.get(currency, [])
        place = bisect_right(days, day) - 1
        if place < 0 or day - days[place] > DAYS_BACK:
            return None
        return self._rates[currency][place]


def rates_for(transaction: Connection, own: str, wanted: Iterable[tuple[str, int]]) -> Rates:
    """Rates for pairs of (currency, day): one query, none where all are in `own`."""
    days: dict[str, list[int]] = defaultdict(list)
    for currency, day in wanted:
        if currency != own:
            days[currency].append(day)
    if not days:
        return Rates(own, ())
    near = or_(
        *(
            and_(
                RATES.c.currency == currency, RATES.c.day.between(min(each) - DAYS_BACK, max(each))
            )
            for currency, each in sorted(days.items())
        )
    )
    rows = transaction.execute(
        select(RATES.c.currency, RATES.c.day, RATES.c.rate).where(near).order_by(RATES.c.day)
    )
    return Rates(own, [(currency, day, rate) for currency, day, rate in rows])


def take_rates(context: PageContext, rates: Sequence[records.Rate]) -> Mapping[str, set[int]]:
    """Store rates, the last one wins; returns the days of changed ones, by currency."""
    wanted: dict[tuple[str, int], int] = {}
    for record in rates:
        place = (record.currency, record.day.toordinal())
        try:
            billionths = _billionths(record.rate)
        except RecordRejected as refused:
            context.reject(f"{record.currency} {record.day}", refused)
            continue
        if place in wanted:
            context.counts["unchanged"] += 1
        wanted[place] = billionths
    stored = _stored(context.transaction, wanted)
    changed: dict[str, set[int]] = defaultdict(set)
    for place, billionths in wanted.items():
        if stored.get(place) == billionths:
            context.counts["unchanged"] += 1
            continue
        context.counts["updated" if place in stored else "inserted"] += 1
        changed[place[0]].add(place[1])
    for currency, days in changed.items():
        # One statement per currency; there are few.
        delete_where(context.transaction, RATES, RATES.c.day, days, RATES.c.currency == currency)
    insert_rows(
        context.transaction,
        RATES,
        [
            {"currency": currency, "day": day, "rate": wanted[currency, day]}
            for currency, days in changed.items()
            for day in sorted(days)
        ],
    )
    return changed


def affected_orders(transaction: Connection, changed: Mapping[str, set[int]]) -> set[int]:
    """Numbers of the orders that a changed rate may concern."""
    if not changed:
        return set()
    return set(transaction.execute(select(ORDERS.c.id).where(days_near(ORDERS, changed))).scalars())


def days_near(table: Table, changed: Mapping[str, set[int]]) -> ColumnElement[bool]:
    """Rows in a currency, on a day, for which a changed rate may be used."""
    return or_(
        *(
            and_(
                table.c.currency == currency, table.c.day.between(min(days), max(days) + DAYS_BACK)
            )
            for currency, days in sorted(changed.items())
        )
    )


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
        named = ((row["connection_id"], row.get("company_external_id")) for row in rows)
        mark_staff(context.transaction, named)


def _stored(
    transaction: Connection, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    rows = rows_where(transaction, RATES, RATES.c.day, {day for _, day in wanted})
    return {(row["currency"], row["day"]): row["rate"] for row in rows}


def _billionths(rate: Decimal) -> int:
    with localcontext(prec=60):
        billionths = (rate * RATE_SCALE).to_integral_value() if rate < _LARGEST_RATE else 0
    if not 0 < billionths < _LARGEST_RATE:
        raise RecordRejected("rate", "the rate is smaller or larger than the store keeps")
    return int(billionths)
