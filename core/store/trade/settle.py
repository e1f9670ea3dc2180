"""Orders with all that belongs to them: derived from what is stated, and written where changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from core.store.bulk import Row, add, change, pieces, remove, rows_where, table_of
from core.store.people.reassign import ORDERS
from core.store.tables.trade import DailyOrders, Refund
from core.store.trade.amounts import derive
from core.store.trade.categories import LINE_CATEGORY, known_categories
from core.store.trade.products import LINE, meet, shelves, take_over
from core.store.trade.rates import rates_for
from core.store.upsert.page_context import PageContext
from core.store.upsert.rejected import RecordRejected

REFUND = table_of(Refund)
DAILY = table_of(DailyOrders)
ORDERS_AT_ONCE = 5_000


@dataclass
class Purchase:
    """One order with its lines and refunds, as rows."""

    order: Row
    lines: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)


def settle(intake: PageContext, orders: Collection[int]) -> None:
    """Derive stored orders anew, because a product, a refund or a rate came for them."""
    for piece in pieces(sorted(orders), ORDERS_AT_ONCE):
        _settle(intake, piece)


def derive_all(intake: PageContext, purchases: Iterable[Purchase]) -> dict[int, RecordRejected]:
    """Derive every amount; returns by order number what does not fit the store."""
    every = list(purchases)
    rates = rates_for(
        intake.transaction,
        intake.shop.currency,
        {(each.order["currency"], each.order["day"]) for each in every},
    )
    refused: dict[int, RecordRejected] = {}
    for each in every:
        rate = rates.on(each.order["currency"], each.order["day"])
        try:
            differs = derive(each.order, each.lines, each.refunds, rate)
        except RecordRejected as error:
            refused[each.order["id"]] = error
            continue
        if differs:
            intake.note("total differs from lines")
        if rate is None:
            intake.note(f"no rate for {each.order['currency']}")
    return refused


def refunds_of(intake: PageContext, orders: Mapping[str, int]) -> dict[int, list[Row]]:
    """Refunds by order number, of orders that are given as id -> number."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows_where(
        intake.transaction,
        REFUND,
        REFUND.c.order_external_id,
        orders.keys(),
        REFUND.c.connection_id == intake.connection_id,
    ):
        found[orders[row["order_external_id"]]].append(row)
    return found


def write_refunds(intake: PageContext, refunds: Iterable[Row]) -> None:
    """Write what orders decide about their refunds."""
    names = ("id", "order_id", "profile_id", "goods", "goods_shop")
    change(intake.transaction, REFUND, [{name: row[name] for name in names} for row in refunds])


def shelve(intake: PageContext, lines: Iterable[Row]) -> None:
    """Write under which categories lines were sold; they have none yet."""
    named = [(line["id"], name) for line in lines for name in shelves(line)]
    if not named:
        return
    categories = known_categories(intake, dict.fromkeys(name for _, name in named))
    add(
        intake.transaction,
        LINE_CATEGORY,
        [{"line_id": line, "category_id": categories[name]} for line, name in dict.fromkeys(named)],
    )


def count_days(intake: PageContext, changes: Iterable[tuple[Row | None, Row | None]]) -> None:
    """Keep the sums of valid orders per day; `changes` are orders before and after."""
    counted: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for before, after in changes:
        for sign, row in ((-1, before), (1, after)):
            if row is not None and row["valid"] and row["net_shop"] is not None:
                sums = counted[row["connection_id"], row["day"]]
                sums[0] += sign
                sums[1] += sign * row["net_shop"]
    for connection in sorted({connection for connection, _ in counted}):
        days = [day for (whose, day), sums in counted.items() if whose == connection and any(sums)]
        mine = DAILY.c.connection_id == connection
        for row in rows_where(intake.transaction, DAILY, DAILY.c.day, days, mine):
            counted[connection, row["day"]][0] += row["orders"]
            counted[connection, row["day"]][1] += row["net_shop"]
        remove(intake.transaction, DAILY, DAILY.c.day, days, mine)
        due = [(day, *counted[connection, day]) for day in sorted(days)]
        add(
            intake.transaction,
            DAILY,
            [
                {"connection_id": connection, "day": day, "orders": orders, "net_shop": net}
                for day, orders, net in due
                if orders
            ],
        )


def _settle(intake: PageContext, orders: list[int]) -> None:
    transaction = intake.transaction
    purchases = {
        row["id"]: Purchase(row) for row in rows_where(transaction, ORDERS, ORDERS.c.id, orders)
    }
    before = {number: dict(each.order) for number, each in purchases.items()}
    lines = rows_where(transaction, LINE, LINE.c.order_id, orders)
    lines_before = {line["id"]: dict(line) for line in lines}
    for line in lines:
        purchases[line["order_id"]].lines.append(line)
    # Rates know no connection, and with them orders of every connection are settled.
    for row in rows_where(transaction, REFUND, REFUND.c.order_id, orders):
        purchases[row["order_id"]].refunds.append(row)
    refunds_before = {row["id"]: dict(row) for each in purchases.values() for row in each.refunds}
    met = meet(intake, lines)
    for line in met:
        take_over(intake.shop, line)
    refused = derive_all(intake, purchases.values())
    for number, error in refused.items():
        # The order stands as it was; a person sees why the later arrival did not count.
        intake.refuse(before[number]["external_id"], error, counted=False)
    good = [each for number, each in purchases.items() if number not in refused]
    unlike = [each.order for each in good if each.order != before[each.order["id"]]]
    change(transaction, ORDERS, unlike)
    change(
        transaction,
        LINE,
        [line for each in good for line in each.lines if line != lines_before[line["id"]]],
    )
    write_refunds(
        intake,
        [row for each in good for row in each.refunds if row != refunds_before[row["id"]]],
    )
    shelve(intake, [line for line in met if line["order_id"] not in refused
                    and line["stated_category"] is None])  # fmt: skip
    count_days(intake, ((before[row["id"]], row) for row in unlike))
    intake.touched |= {row["profile_id"] for row in before.values()}
