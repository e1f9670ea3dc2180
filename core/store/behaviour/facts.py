"""Facts about people of one row each: visits, interests, support cases, ..."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlmodel import SQLModel

from core import records
from core.store.bulk import Row
from core.store.keys import fold
from core.store.money import stated_amount
from core.store.people.contacts import assign_contacts
from core.store.tables import behaviour
from core.store.upsert import RowChange, compare, store
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import placed, placed_columns

Fill = Callable[[PageContext, Any, Row], Row]
"""The columns of the fields that a record sets."""


def take_facts(
    context: PageContext, model: type[SQLModel], facts: Sequence[records.Record], fill: Fill
) -> list[RowChange]:
    """Store facts with contact and profile; returns the changes."""
    changes = compare(context, model, facts, partial(fill, context))
    assign_contacts(context, changes)
    return store(context, model, changes)


def visit(context: PageContext, record: records.Visit, _known: Row) -> Row:
    """A visit as a row."""
    columns = placed_columns(record.at, context.shop.zone) | folded(
        record, url="url", category="category_key", product="product_key", query="query",
        source="source", campaign="campaign", device="device", event="event",
    )  # fmt: skip
    if "value" in record.model_fields_set:
        columns["value"] = stated_amount(record.value)
    if "product" in record.model_fields_set:
        columns["product_external_id"] = record.product
    return {**columns, "kind": record.kind}


def list_member(context: PageContext, record: records.ListMember, _known: Row) -> Row:
    """A place on a list as a row; only a subscribed person has a present stay."""
    columns: Row = {"list": record.list, "list_key": fold(record.list), "status": record.status}
    columns |= folded(record, title="title_key")
    if record.status != "subscribed":
        columns |= {"at": None, "day": None}
    elif "subscribed_at" in record.model_fields_set:
        start = record.subscribed_at
        at, day = (None, None) if start is None else placed(start, context.shop.zone)
        columns |= {"at": at, "day": day}
    return columns


def group_member(context: PageContext, record: records.GroupMember, known: Row) -> Row:
    """A place in a group as a row; a group without a title is called by its id."""
    columns: Row = {"group": record.group, "group_key": fold(record.group)}
    if "title" in record.model_fields_set or "id" not in known:
        title = record.title or record.group
        columns |= {"title": title, "title_key": fold(title)}
    return columns | _since(context, record)


def loyalty(context: PageContext, record: records.Loyalty, _known: Row) -> Row:
    """A loyalty account as a row."""
    columns: Row = {"programme": fold(record.programme or "")}
    if "points" in record.model_fields_set:
        columns["points"] = stated_amount(record.points)
    if "tier" in record.model_fields_set:
        columns["tier"] = record.tier
    return columns | folded(record, tier="tier_key") | _since(context, record)


def interest(_intake: PageContext, record: records.Interest, known: Row) -> Row:
    """An interest as a row; no topic states that there is none."""
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


def answer(context: PageContext, record: records.Answer, _known: Row) -> Row:
    """An answer as a row."""
    columns: Row = {"question": fold(record.question)}
    if "value" in record.model_fields_set:
        columns["text"] = record.value
        columns["value"] = None if record.value is None else fold(record.value)
    if record.at is not None:
        columns["at"] = placed(record.at, context.shop.zone)[0]
    return columns


def support(context: PageContext, record: records.Support, _known: Row) -> Row:
    """A case at the support desk as a row."""
    return placed_columns(record.at, context.shop.zone) | folded(
        record, status="status", topic="topic"
    )


def _since(context: PageContext, record: records.GroupMember | records.Loyalty) -> Row:
    """The columns `at` and `day` of a beginning that need not be known."""
    if "since" not in record.model_fields_set:
        return {}
    if record.since is None:
        return {"at": None, "day": None}
    return placed_columns(record.since, context.shop.zone)


def folded(record: records.Record, **names: str) -> Row:
    """Texts as rules compare them; `names` maps fields of the record to columns."""
    given = record.model_fields_set
    texts: Mapping[str, str | None] = {
        column: getattr(record, name) for name, column in names.items() if name in given
    }
    return {column: None if text is None else fold(text) for column, text in texts.items()}


FACT_COLUMNS: Mapping[type[records.Record], tuple[type[SQLModel], Fill]] = {
    records.ListMember: (behaviour.ListMember, list_member),
    records.GroupMember: (behaviour.GroupMember, group_member),
    records.Loyalty: (behaviour.Loyalty, loyalty),
    records.Visit: (behaviour.Visit, visit),
    records.Interest: (behaviour.Interest, interest),
    records.Child: (behaviour.Child, child),
    records.Answer: (behaviour.Answer, answer),
    records.Support: (behaviour.Support, support),
}
"""Nouns that need no more than a row, with their columns."""
