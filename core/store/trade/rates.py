"""Exchange rates: the one of a day, and what follows when one arrives late."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext

from sqlalchemy import ColumnElement, Connection, Table, and_, or_, select

from core import records
from core.store.bulk import Row, add, remove, rows_where, table_of
from core.store.money import RATE_SCALE
from core.store.tables.behaviour import Deal
from core.store.tables.trade import Order, Rate
from core.store.upsert.page_context import PageContext
from core.store.upsert.rejected import RecordRejected

DAYS_BACK = 7
"""How old a rate may be; none newer: unknown."""
_LARGEST_RATE = 2**62
_RATE = table_of(Rate)
_ORDER = table_of(Order)
DEAL = table_of(Deal)


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
        """What one unit was worth, in billionths: the latest of that day and seven before."""
        if currency is None or currency == self._own:
            return RATE_SCALE
        days = self._days.get(currency, [])
        place = bisect_right(days, day) - 1
        if place < 0 or day - days[place] > DAYS_BACK:
            return None
        return self._rates[currency][place]


def rates_for(transaction: Connection, own: str, wanted: Iterable[tuple[str, int]]) -> Rates:
    """The rates that these (currency, day) need: one query, none where all is in `own`."""
    days: dict[str, list[int]] = defaultdict(list)
    for currency, day in wanted:
        if currency != own:
            days[currency].append(day)
    if not days:
        return Rates(own, ())
    near = or_(
        *(
            and_(
                _RATE.c.currency == currency,
                _RATE.c.day.between(min(each) - DAYS_BACK, max(each)),
            )
            for currency, each in sorted(days.items())
        )
    )
    rows = transaction.execute(
        select(_RATE.c.currency, _RATE.c.day, _RATE.c.rate).where(near).order_by(_RATE.c.day)
    )
    return Rates(own, [(currency, day, rate) for currency, day, rate in rows])


def take_rates(intake: PageContext, rates: Sequence[records.Rate]) -> Mapping[str, set[int]]:
    """Store rates, the later arrival wins; returns the days of those that changed, by currency."""
    wanted: dict[tuple[str, int], int] = {}
    for record in rates:
        place = (record.currency, record.day.toordinal())
        try:
            billionths = _billionths(record.rate)
        except RecordRejected as refused:
            intake.refuse(f"{record.currency} {record.day}", refused)
            continue
        if place in wanted:
            intake.counts["unchanged"] += 1
        wanted[place] = billionths
    stored = _stored(intake.transaction, wanted)
    changed: dict[str, set[int]] = defaultdict(set)
    for place, billionths in wanted.items():
        if stored.get(place) == billionths:
            intake.counts["unchanged"] += 1
            continue
        intake.counts["updated" if place in stored else "inserted"] += 1
        changed[place[0]].add(place[1])
    for currency, days in changed.items():
        # One statement per currency; there are few.
        remove(intake.transaction, _RATE, _RATE.c.day, days, _RATE.c.currency == currency)
    add(
        intake.transaction,
        _RATE,
        [
            {"currency": currency, "day": day, "rate": wanted[currency, day]}
            for currency, days in changed.items()
            for day in sorted(days)
        ],
    )
    return changed


def orders_concerned(transaction: Connection, changed: Mapping[str, set[int]]) -> set[int]:
    """Numbers of the orders whose worth a changed rate may change."""
    if not changed:
        return set()
    return set(transaction.execute(select(_ORDER.c.id).where(_near(_ORDER, changed))).scalars())


def deals_concerned(transaction: Connection, changed: Mapping[str, set[int]]) -> list[Row]:
    """Deals whose worth a changed rate may change."""
    if not changed:
        return []
    ids = set(transaction.execute(select(DEAL.c.id).where(_near(DEAL, changed))).scalars())
    return rows_where(transaction, DEAL, DEAL.c.id, ids)


def _near(table: Table, changed: Mapping[str, set[int]]) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                table.c.currency == currency,
                table.c.day.between(min(days), max(days) + DAYS_BACK),
            )
            for currency, days in sorted(changed.items())
        )
    )


def _stored(
    transaction: Connection, wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    rows = rows_where(transaction, _RATE, _RATE.c.day, {day for _, day in wanted})
    return {(row["currency"], row["day"]): row["rate"] for row in rows}


def _billionths(rate: Decimal) -> int:
    with localcontext(prec=60):
        billionths = (rate * RATE_SCALE).to_integral_value() if rate < _LARGEST_RATE else 0
    if not 0 < billionths < _LARGEST_RATE:
        raise RecordRejected("rate", "the rate is smaller or larger than the store keeps")
    return int(billionths)
