"""Fields of a source's own: as JSON text beside their row, and as the rows that rules ask for."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection, Table

from core.records import LARGEST_AMOUNT, Custom
from core.store.bulk import Row, delete_where, insert_rows
from core.store.keys import fold
from core.store.money import ten_thousandths
from core.store.tables import CUSTOM_VALUES
from core.store.upsert import RowChange
from core.store.upsert.page_context import PageContext

Changed = tuple[int, str | None, str | None]
"""Number of a row, and the JSON text of its own fields before and after."""


def plain(value: object) -> object:
    """A value as JSON; numbers and dates stay recognizable."""
    if isinstance(value, bool):
        return {"text": "true" if value else "false"}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def state(stated: dict[str, Any], name: str, value: object) -> None:
    """Set a field, or remove it where the value is none."""
    if value in (None, ()):
        stated.pop(name, None)
    else:
        stated[name] = value


def named(context: PageContext, custom: Custom) -> Iterator[tuple[str, object]]:
    """Names of fields and their plain values."""
    for name, value in custom.items():
        # PostgreSQL cannot store such a name, and nobody can write it in a rule.
        if "\x00" in name or not name.isprintable():
            context.lose("emptied", "custom field with an unprintable name", name)
        else:
            yield name, plain(value)


def merged(context: PageContext, custom: Custom, known: str | None) -> str | None:
    """The fields of a row after a record that states some of them; None where there are none."""
    stated: dict[str, Any] = {} if known is None else orjson.loads(known)
    for name, value in named(context, custom):
        state(stated, name, value)
    return orjson.dumps(stated, option=orjson.OPT_SORT_KEYS).decode() if stated else None


def value_rows(value: Any) -> list[Row]:
    """Text, folded value, number and day of a plain value; of several texts one row each."""
    if not isinstance(value, list | tuple):
        return [_row(value)]
    return list({row["value"]: row for row in map(_row, reversed(value))}.values())


def _row(value: Any) -> Row:
    number: int | None = None
    day: int | None = None
    text = str(value)
    if isinstance(value, Mapping):
        ((kind, text),) = value.items()
        if kind == "number" and abs(Decimal(text)) <= LARGEST_AMOUNT:
            number = ten_thousandths(Decimal(text))
        if kind == "date":
            day = date.fromisoformat(text).toordinal()
    return {"text": text, "value": fold(text), "number": number, "day": day}


def write_custom(transaction: Connection, owner: Table, rows: Iterable[Changed]) -> None:
    """Write the fields of those rows of a table that state others than before."""
    changed = [(number, before, after) for number, before, after in rows if before != after]
    delete_custom(transaction, owner, [number for number, before, _ in changed if before])
    insert_rows(
        transaction,
        CUSTOM_VALUES,
        [
            {"owner": owner.name, "owner_id": number, "field": name, **row}
            for number, _, after in changed
            if after is not None
            for name, value in orjson.loads(after).items()
            for row in value_rows(value)
        ],
    )


def custom_changes(changes: Iterable[RowChange]) -> Iterator[Changed]:
    """The fields of changed rows before and after."""
    for change in changes:
        before = None if change.before is None else change.before["custom"]
        yield change.after["id"], before, change.after["custom"]


def with_custom(rows: Iterable[Mapping[str, Any]]) -> list[int]:
    """Numbers of the rows that have fields of their own."""
    return [row["id"] for row in rows if row["custom"] is not None]


def delete_custom(transaction: Connection, owner: Table, ids: Collection[int]) -> None:
    """Delete the fields of some rows of a table."""
    mine = CUSTOM_VALUES.c.owner == owner.name
    delete_where(transaction, CUSTOM_VALUES, CUSTOM_VALUES.c.owner_id, ids, mine)
