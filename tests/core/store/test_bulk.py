"""Many rows in few statements, the same on each engine."""

from datetime import UTC, datetime

from sqlalchemy import text

from core.store import bulk
from core.store.bulk import blank, delete_where, insert_rows, rows_where, table_of, values_where
from core.store.database import Database
from core.store.tables.coupons import Discount
from core.store.tables.operations import Tombstone
from core.store.tables.people import Connection

CONNECTION = table_of(Connection)
TOMBSTONE = table_of(Tombstone)
DISCOUNT = table_of(Discount)
AT = datetime(2024, 6, 1, 12, tzinfo=UTC)
ODD = ("plain", "it's", '"quoted"', "back\\slash", "{a,b}", "NULL", "", "ÆØÅ", "🧸", "17")


def _bury(database: Database, names: list[str]) -> None:
    with database.transaction() as transaction:
        insert_rows(transaction, CONNECTION, [{"name": "shop", "kind": "plain"}])
        graves = [
            {"connection_id": 1, "noun": "Order", "external_id": name, "at": AT} for name in names
        ]
        insert_rows(transaction, TOMBSTONE, graves)


def test_rows_are_found_and_removed_by_values_of_any_letters(database: Database) -> None:
    _bury(database, [*ODD, "another"])
    column = TOMBSTONE.c.external_id
    with database.transaction() as transaction:
        rows = rows_where(transaction, TOMBSTONE, column, set(ODD), TOMBSTONE.c.noun == "Order")
        assert {row["external_id"] for row in rows} == set(ODD)
        assert {row["at"] for row in rows} == {AT}
        assert values_where(transaction, column, column, ODD) == set(ODD)
        delete_where(transaction, TOMBSTONE, column, ODD, TOMBSTONE.c.noun == "Order")
        left = rows_where(transaction, TOMBSTONE, TOMBSTONE.c.connection_id, [1, 2])
    assert [row["external_id"] for row in left] == ["another"]


def test_a_condition_holds_beside_the_values(database: Database) -> None:
    _bury(database, ["1"])
    column, other = TOMBSTONE.c.external_id, TOMBSTONE.c.noun == "Refund"
    with database.transaction() as transaction:
        assert rows_where(transaction, TOMBSTONE, column, ["1"], other) == []
        assert values_where(transaction, column, column, ["1"], other) == set()
        delete_where(transaction, TOMBSTONE, column, ["1"], other)
        assert len(rows_where(transaction, TOMBSTONE, column, ["1"])) == 1


def test_no_values_are_no_rows_and_remove_none(database: Database) -> None:
    _bury(database, ["1"])
    column = TOMBSTONE.c.external_id
    with database.transaction() as transaction:
        assert rows_where(transaction, TOMBSTONE, column, []) == []
        assert values_where(transaction, column, column, []) == set()
        delete_where(transaction, TOMBSTONE, column, [])
        assert len(rows_where(transaction, TOMBSTONE, column, ["1"])) == 1


def test_more_values_than_one_statement_carries_take_several(database: Database) -> None:
    names = [str(number) for number in range(bulk.LONGEST_LIST + 1)]
    _bury(database, ["0", names[-1], "x"])
    column = TOMBSTONE.c.external_id
    with database.transaction() as transaction:
        assert values_where(transaction, column, column, names) == {"0", names[-1]}


def test_a_column_that_only_some_rows_fill_is_empty_in_the_others(database: Database) -> None:
    known = {
        **blank(Discount), "connection_id": 1, "stream": "s", "at": AT, "day": 7,
    }  # fmt: skip
    rows = [
        {**known, "external_id": "a", "updated_at": None, "order_external_id": "9"},
        {**known, "external_id": "b", "updated_at": AT, "order_external_id": None},
    ]
    with database.transaction() as transaction:
        insert_rows(transaction, CONNECTION, [{"name": "shop", "kind": "plain"}])
        insert_rows(transaction, DISCOUNT, rows)
        found = rows_where(transaction, DISCOUNT, DISCOUNT.c.external_id, ["a", "b"])
    shown = [{name: row[name] for name in rows[0]} for row in found]
    assert sorted(shown, key=lambda row: row["external_id"]) == rows


def test_discounts_that_wait_for_an_order_are_found_by_its_id(database: Database) -> None:
    """Else every page of orders would read all the discounts of its connection."""
    if database.address.startswith("postgresql"):
        index = text("SELECT indexdef FROM pg_indexes WHERE tablename = 'discount'")
        wanted = "(connection_id, order_external_id)"
    else:
        index = text(
            "EXPLAIN QUERY PLAN SELECT * FROM discount WHERE connection_id = 1 AND "
            "order_external_id IN (SELECT value FROM json_each('[]'))"
        )
        wanted = "(connection_id=? AND order_external_id=?)"
    with database.read() as transaction:
        shown = [" ".join(map(str, row)) for row in transaction.execute(index)]
    assert any(wanted in each for each in shown)
