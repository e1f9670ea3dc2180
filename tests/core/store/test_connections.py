"""The store remembers what connectors said of themselves, and follows a rename."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update

from core.contract import Stream
from core.errors import Misconfigured
from core.plugins import ConnectorSnapshot
from core.store.connections import (
    connection_id,
    connection_names,
    has_rows,
    remember,
    remembered,
    rename,
)
from core.store.database import Database
from core.store.history import begin_run, begin_step, latest_steps
from core.store.tables import CONNECTIONS, METADATA, SLOTS, WITH_CONNECTION
from core.store.tables.types import Instant
from tests.core.store.filled_store import FilledStore

TILL = ConnectorSnapshot(
    "till", (Stream("people", ("Contact",), every=timedelta(days=7)), Stream("sales", ("Order",)))
)
NEWS = ConnectorSnapshot("email", None)


def test_statements_are_remembered_by_connection(database: Database) -> None:
    with database.transaction() as transaction:
        for name in ("till", "news", "new"):
            connection_id(transaction, name, "acme")
        assert remembered(transaction) == {}
        remember(transaction, {"till": TILL, "news": NEWS})
    with database.read() as transaction:
        assert remembered(transaction) == {"till": TILL, "news": NEWS}


def test_a_new_statement_replaces_the_old_one(database: Database) -> None:
    with database.transaction() as transaction:
        connection_id(transaction, "till", "acme")
        remember(transaction, {"till": TILL})
        remember(transaction, {"till": NEWS})
        assert remembered(transaction) == {"till": NEWS}


def test_a_known_statement_is_not_written_again(database: Database) -> None:
    with database.transaction() as transaction:
        connection_id(transaction, "till", "acme")
        remember(transaction, {"till": TILL})
        statements: list[str] = []
        event.listen(
            transaction, "before_cursor_execute", lambda *heard: statements.append(str(heard[2]))
        )
        remember(transaction, {"till": TILL})
        remember(transaction, {})
    assert [each.split()[0] for each in statements] == ["SELECT", "SELECT"]


NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def fill_every_table(transaction: Connection) -> None:
    """One row in every table, all of one connection, which is the only one."""
    for table in METADATA.sorted_tables:
        if table.name != "alembic_version":
            row = {column.name: _cell(column) for column in table.columns}
            transaction.execute(insert(table).values(row))
    transaction.execute(update(CONNECTIONS).values(name="letters"))
    transaction.execute(update(SLOTS).values(job="push letters"))


def _cell(column: Any) -> Any:
    if isinstance(column.type, Instant):
        return NOW
    kind = getattr(column.type, "impl", column.type).python_type
    return kind(1)


def test_a_rename_takes_every_table_along(hub: FilledStore) -> None:
    fill_every_table(hub.transaction)
    rename(hub.transaction, "letters", "news")
    ((number, name),) = connection_names(hub.transaction).items()
    assert name == "news"
    for table in METADATA.sorted_tables:
        for row in hub.transaction.execute(select(table)).mappings():
            assert "letters" not in " ".join(map(str, row.values())), table.name
            assert row.get("connection_id", number) == number, table.name


def test_every_table_of_a_connection_is_known() -> None:
    naming = {
        each.parent.table.name
        for table in METADATA.sorted_tables
        for each in table.foreign_keys
        if each.column.table is CONNECTIONS
    }
    assert naming == {each.name for each in WITH_CONNECTION}
    assert len(naming) > 20


@pytest.mark.parametrize("table", WITH_CONNECTION, ids=lambda table: table.name)
def test_any_row_but_that_of_a_vain_attempt_stops_a_rename(hub: FilledStore, table: Any) -> None:
    fill_every_table(hub.transaction)
    number = 2
    hub.transaction.execute(
        insert(CONNECTIONS).values(id=number, name="news", kind="acme", said="")
    )
    hub.transaction.execute(update(table).values(connection_id=number))
    if table.name in {"finding", "quarantine", "run_step", "wait"}:
        assert not has_rows(hub.transaction, number)
        return
    with pytest.raises(Misconfigured, match=f"news has rows of its own .*{table.name}"):
        rename(hub.transaction, "letters", "news")


def test_the_steps_of_vain_attempts_stay_with_the_new_name(hub: FilledStore) -> None:
    for name in ("letters", "news"):
        connection_id(hub.transaction, name, "acme")
    run = begin_run(hub.transaction, "push", NOW)
    begin_step(hub.transaction, run, "push", "news", "", NOW)
    rename(hub.transaction, "letters", "news")
    assert {place[:2] for place in latest_steps(hub.transaction)} == {("push", "news")}
    with pytest.raises(Misconfigured, match="nothing is stored of letters"):
        rename(hub.transaction, "letters", "post")
