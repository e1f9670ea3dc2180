"""Facts about people that need no more than a row: visits, carts, interests, cases, ..."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlmodel import SQLModel

from core import records
from core.store.bulk import Row
from core.store.keys import fold
from core.store.money import convert, ten_thousandths
from core.store.people.contacts import people
from core.store.shop import Shop
from core.store.tables import behaviour
from core.store.trade.rates import Rates, rates_for
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import placed
from core.store.upsert.upsert import RowChange, compare, store

Fill = Callable[[PageContext, Any, Row], Row]
"""What a record says, as columns, of the fields that it sets."""


def take_facts(
    intake: PageContext, model: type[SQLModel], facts: Sequence[records.Record], fill: Fill
) -> list[RowChange]:
    """Store facts with contact and profile; returns those that changed."""

    def columns(record: records.Record, known: Row) -> Row:
        return fill(intake, record, known) | contact_of(record)

    arrivals = compare(intake, model, facts, columns)
    assign(intake, arrivals)
    return store(intake, model, arrivals)


def contact_of(record: records.Record) -> Row:
    """The contact's id as the source names it, where the record says."""
    if "contact" in record.model_fields_set:
        return {"contact": getattr(record, "contact", None)}
    return {}


def assign(intake: PageContext, arrivals: Sequence[RowChange]) -> None:
    """Put the numbers of contact and profile where ids were named, and mark who is concerned."""
    named = {arrival.after.get("contact") for arrival in arrivals} - {None}
    known = people(intake, (str(name) for name in named)) if named else {}
    for arrival in arrivals:
        row = arrival.after
        if "contact" in row:
            name = row.pop("contact")
            person = known[name] if name is not None else (None, None)
            row["contact_id"], row["profile_id"] = person
        intake.touched.add(row["profile_id"])
        if arrival.before is not None:
            intake.touched.add(arrival.before["profile_id"])
            if arrival.before["contact_id"] not in (None, row["contact_id"]):
                intake.left.add(arrival.before["contact_id"])


def visit(intake: PageContext, record: records.Visit, _known: Row) -> Row:
    """A visit as a row."""
    columns = when(intake, record) | folded(
        record, url="url", category="category_key", product="product_key", query="query",
        source="source", campaign="campaign", device="device",
    )  # fmt: skip
    if "product" in record.model_fields_set:
        columns["product_external_id"] = record.product
    return {**columns, "kind": record.kind}


def cart(intake: PageContext, record: records.Cart, _known: Row) -> Row:
    """A cart as a row."""
    columns = when(intake, record)
    if "total" in record.model_fields_set:
        columns["total"] = None if record.total is None else ten_thousandths(record.total)
    if "currency" in record.model_fields_set:
        columns["currency"] = record.currency
    if "order" in record.model_fields_set:
        columns["order_external_id"] = record.order
    return columns


def list_member(intake: PageContext, record: records.ListMember, _known: Row) -> Row:
    """A place on a list as a row; who is not subscribed has no present stay."""
    columns: Row = {"list": record.list, "list_key": fold(record.list), "status": record.status}
    columns |= folded(record, title="title_key")
    if record.status != "subscribed":
        columns |= {"at": None, "day": None}
    elif "subscribed_at" in record.model_fields_set:
        start = record.subscribed_at
        at, day = (None, None) if start is None else placed(start, intake.shop.zone)
        columns |= {"at": at, "day": day}
    return columns


def interest(_intake: PageContext, record: records.Interest, known: Row) -> Row:
    """An interest as a row; no topic is the statement that there is none."""
    columns: Row = {"source": record.source}
    if "topic" in record.model_fields_set or "id" not in known:
        columns |= {"topic": fold(record.topic or ""), "title": record.topic}
    return columns


def child(_intake: PageContext, record: records.Child, _known: Row) -> Row:
    """A child as a row."""
    columns: Row = {"none": record.none}
    if "gender" in record.model_fields_set:
        columns["gender"] = record.gender
    if "birthday" in record.model_fields_set:
        born = record.birthday
        columns |= {
            "birth_day_number": born.toordinal() if born else None,
            "birth_date": born.year * 10_000 + born.month * 100 + born.day if born else None,
            "birth_month": born.month if born else None,
            "birth_day": born.day if born else None,
        }
    return columns


def answer(intake: PageContext, record: records.Answer, _known: Row) -> Row:
    """An answer as a row."""
    columns: Row = {"question": fold(record.question)}
    if "value" in record.model_fields_set:
        columns["text"] = record.value
        columns["value"] = None if record.value is None else fold(record.value)
    if record.at is not None:
        columns["at"] = placed(record.at, intake.shop.zone)[0]
    return columns


def deal(intake: PageContext, record: records.Deal, known: Row) -> Row:
    """A deal as a row; its worth in shop currency is filled in afterwards."""
    columns = when(intake, record) | folded(record, stage="stage", status="status")
    if "amount" in record.model_fields_set:
        columns["amount"] = None if record.amount is None else ten_thousandths(record.amount)
    if "currency" in record.model_fields_set or "id" not in known:
        columns["currency"] = record.currency or intake.shop.currency
    return columns


def support(intake: PageContext, record: records.Support, _known: Row) -> Row:
    """A case at the support desk as a row."""
    return when(intake, record) | folded(record, status="status", topic="topic")


def take_deals(intake: PageContext, deals: Sequence[records.Deal]) -> None:
    """Store deals with what they are worth in the shop's currency."""

    def columns(record: records.Record, known: Row) -> Row:
        return deal(intake, record, known) | contact_of(record)  # type: ignore[arg-type]

    arrivals = compare(intake, behaviour.Deal, deals, columns)
    assign(intake, arrivals)
    worth(intake.transaction, intake.shop, [arrival.after for arrival in arrivals])
    store(intake, behaviour.Deal, arrivals)


def worth(transaction: Connection, shop: Shop, deals: Iterable[Row]) -> None:
    """Write into rows of deals what they are worth in the shop's currency."""
    rows = list(deals)
    rates: Rates = rates_for(
        transaction, shop.currency, {(row["currency"], row["day"]) for row in rows}
    )
    for row in rows:
        rate = rates.on(row["currency"], row["day"])
        known = row["amount"] is not None and rate is not None
        row["amount_shop"] = convert(row["amount"], rate or 0) if known else None


def when(intake: PageContext, record: Any) -> Row:
    """Instant and shop-local day of a fact."""
    at, day = placed(record.at, intake.shop.zone)
    return {"at": at, "day": day}


def folded(record: records.Record, **names: str) -> Row:
    """Texts as rules compare them: field of the record -> column."""
    given = record.model_fields_set
    texts: Mapping[str, str | None] = {
        column: getattr(record, name) for name, column in names.items() if name in given
    }
    return {column: None if text is None else fold(text) for column, text in texts.items()}


SIMPLE: Mapping[type[records.Record], tuple[type[SQLModel], Fill]] = {
    records.ListMember: (behaviour.ListMember, list_member),
    records.Visit: (behaviour.Visit, visit),
    records.Cart: (behaviour.Cart, cart),
    records.Interest: (behaviour.Interest, interest),
    records.Child: (behaviour.Child, child),
    records.Answer: (behaviour.Answer, answer),
    records.Support: (behaviour.Support, support),
}
"""Nouns that are stored as they come."""
