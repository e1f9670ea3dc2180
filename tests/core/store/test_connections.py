"""The store remembers what connectors said of themselves."""

from datetime import timedelta

from sqlalchemy import event

from core.contract import Stream
from core.plugins import ConnectorSnapshot
from core.store.connections import connection_id, remember, remembered
from core.store.database import Database

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
