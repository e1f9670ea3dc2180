"""Transactions keep everything or nothing, and a database that does not answer says so."""

import contextlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.errors import Misconfigured, Unauthorized, Unavailable
from core.store.database import Database, engine, store_alone, turns
from core.store.database.turns import must_take_turns

INSERT = text("INSERT INTO setting (name, value) VALUES (:name, :value)")
COUNT = text("SELECT count(*) FROM setting")


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.scalar(COUNT) or 0)


def test_a_transaction_that_ends_is_stored(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(INSERT, {"name": "a", "value": "1"})
    assert count(database) == 1


def test_a_transaction_that_raises_is_undone(database: Database) -> None:
    with pytest.raises(KeyboardInterrupt), database.transaction() as connection:
        connection.execute(INSERT, {"name": "a", "value": "1"})
        raise KeyboardInterrupt
    assert count(database) == 0


def test_a_created_table_is_undone_too(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise ZeroDivisionError
    with pytest.raises(SQLAlchemyError), database.read() as connection:
        connection.execute(text("SELECT * FROM half"))


def test_part_of_a_transaction_can_be_undone(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(INSERT, {"name": "a", "value": "1"})
        with pytest.raises(ZeroDivisionError), connection.begin_nested():
            connection.execute(INSERT, {"name": "b", "value": "2"})
            raise ZeroDivisionError
    assert count(database) == 1


def test_a_read_sees_one_state_whatever_others_write(database: Database) -> None:
    with database.read() as reader:
        assert reader.scalar(COUNT) == 0
        with database.transaction() as writer:
            writer.execute(INSERT, {"name": "a", "value": "1"})
        assert reader.scalar(COUNT) == 0
    assert count(database) == 1


def test_a_read_keeps_nothing(database: Database) -> None:
    # PostgreSQL refuses at once, SQLite forgets at the end.
    with contextlib.suppress(DBAPIError), database.read() as connection:
        connection.execute(INSERT, {"name": "a", "value": "1"})
    assert count(database) == 0


def test_writers_wait_for_each_other(database: Database) -> None:
    def add(number: int) -> None:
        with database.transaction() as connection:
            present = connection.scalar(COUNT)
            time.sleep(0.01)
            connection.execute(INSERT, {"name": f"{number}", "value": f"{present}"})

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 12


@pytest.fixture
def server(postgres_url: str) -> Iterator[Database]:
    """A database with several writers at once, and a row that all of them want."""
    database = Database(postgres_url)
    with database.transaction() as connection:
        connection.execute(INSERT, {"name": "a", "value": "1"})
    yield database
    database.close()


def raise_by_one(connection: Connection) -> None:
    connection.execute(text("UPDATE setting SET value = CAST(value AS integer) + 1"))


def value(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT value FROM setting WHERE name = 'a'")))


def test_a_transaction_that_is_frozen_on_the_server_is_ended_there(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that is stopped in the middle of its work holds the others up for a minute at most."""
    with contextlib.closing(Database(postgres_url)) as usual, usual.read() as connection:
        for setting in ("lock_timeout", "idle_in_transaction_session_timeout"):
            assert connection.scalar(text(f"SHOW {setting}")) == "1min"
    short = {"options": "-c lock_timeout=500ms -c idle_in_transaction_session_timeout=1s"}
    monkeypatch.setattr(engine, "_SERVER", short)
    with (
        contextlib.closing(Database(postgres_url)) as frozen,
        contextlib.closing(Database(postgres_url)) as other,
    ):
        with other.transaction() as connection:
            connection.execute(INSERT, {"name": "a", "value": "1"})
        with pytest.raises(Unavailable, match="silent for too long"), frozen.transaction() as held:
            raise_by_one(held)
            with (
                pytest.raises(Unavailable, match="is being written by another run"),
                other.transaction() as connection,
            ):
                raise_by_one(connection)
            time.sleep(1)
            with other.transaction() as connection:
                raise_by_one(connection)
            value(held)
        with other.read() as connection:
            assert value(connection) == "2"


def test_an_act_is_stored_as_a_whole_or_undone(database: Database) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(INSERT, {"name": "b", "value": "1"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.undisturbed(fail)
    assert count(database) == 0
    database.undisturbed(lambda kept: kept.execute(INSERT, {"name": "b", "value": "1"}))
    assert count(database) == 1


def test_an_act_sees_nothing_that_others_keep_meanwhile(server: Database) -> None:
    def act(connection: Connection) -> tuple[str, str]:
        before = value(connection)
        with server.transaction() as other:
            raise_by_one(other)
        return before, value(connection)

    assert server.undisturbed(act) == ("1", "1")


@pytest.mark.parametrize("times", [1, 2])
def test_an_act_that_was_disturbed_is_done_again(server: Database, times: int) -> None:
    seen: list[str] = []

    def act(connection: Connection) -> None:
        seen.append(value(connection))
        if len(seen) <= times:
            with server.transaction() as other:
                raise_by_one(other)
        raise_by_one(connection)

    server.undisturbed(act)
    assert seen == ["1", "2", "3"][: times + 1]
    with server.read() as connection:
        assert value(connection) == str(times + 2)


def test_an_act_that_is_always_disturbed_ends(server: Database) -> None:
    def act(connection: Connection) -> None:
        value(connection)
        with server.transaction() as other:
            raise_by_one(other)
        raise_by_one(connection)

    with pytest.raises(Unavailable, match="in the same moment"):
        server.undisturbed(act)
    with server.read() as connection:
        assert value(connection) == "4"


def test_an_error_of_another_kind_is_not_tried_again(server: Database) -> None:
    seen: list[int] = []

    def act(connection: Connection) -> None:
        seen.append(1)
        connection.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(DBAPIError):
        server.undisturbed(act)
    assert seen == [1]


def test_a_condition_of_an_act_sees_the_present(server: Database) -> None:
    seen: list[str] = []

    def holds(connection: Connection) -> None:
        # As a lease that was renewed while the act went on.
        raise_by_one(connection)
        seen.append(value(connection))

    def act(connection: Connection) -> None:
        value(connection)
        with server.transaction() as other:
            raise_by_one(other)
        connection.execute(text("INSERT INTO setting (name, value) VALUES ('b', '1')"))

    server.under(holds).undisturbed(act)
    assert seen == ["3"]
    assert count(server) == 2


def test_an_act_is_undone_where_a_condition_no_longer_holds(database: Database) -> None:
    def fails(_: Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.under(fails).undisturbed(
            lambda kept: kept.execute(INSERT, {"name": "b", "value": "1"})
        )
    assert count(database) == 0


def test_a_failed_statement_does_not_print_its_values(database: Database) -> None:
    wrong = text("INSERT INTO setting (name, nothing) VALUES (:name, 1)")
    with pytest.raises(DBAPIError) as caught, database.transaction() as connection:
        connection.execute(wrong, {"name": "asa@shop.example"})
    assert "asa@shop.example" not in str(caught.value)


def test_sqlite_is_set_up_to_lose_nothing(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.transaction() as connection:
        kept = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in (
                "journal_mode", "foreign_keys", "synchronous", "secure_delete", "busy_timeout",
            )
        }  # fmt: skip
    database.close()
    assert kept == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "secure_delete": 1,
        "busy_timeout": 30_000,
    }


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_new_files_belong_to_their_owner_alone(tmp_path: Path, mask: int) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    before = os.umask(mask)
    try:
        database.migrate()
        with database.transaction() as connection:
            connection.execute(INSERT, {"name": "a", "value": "1"})
            modes = {
                file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("new.db*")
            }
    finally:
        os.umask(before)
    database.close()
    ends = ("", "-wal", "-shm", *([".lock"] if must_take_turns() else []))
    assert modes == {f"new.db{end}": 0o600 for end in ends}


def test_a_writer_that_never_ends_is_named(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    first, second = Database(sqlite_url), Database(sqlite_url)
    with (
        first.transaction(),
        pytest.raises(Unavailable, match="written by another process"),
        second.transaction(),
    ):
        pass
    first.close()
    second.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'new.db'}")
    with pytest.raises(Misconfigured, match=r"nowhere.*folder"):
        database.migrate()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear shop, " * 500)
    with pytest.raises(Misconfigured, match="no SQLite file"):
        Database(f"sqlite:///{file}").migrate()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql+psycopg://hub:hidden-word@127.0.0.1:9/hub")
    with pytest.raises(Unavailable, match="does not answer") as caught:
        database.migrate()
    assert "127.0.0.1:9" in str(caught.value)
    assert "hidden-word" not in str(caught.value)


def test_a_database_that_the_server_does_not_have_is_named(postgres_url: str) -> None:
    database = Database(postgres_url.replace("/test_", "/tset_"))
    with pytest.raises(Misconfigured, match="create it"):
        database.migrate()


def test_a_user_that_the_server_does_not_know_is_named(postgres_url: str) -> None:
    database = Database(postgres_url.replace("postgres:", "stranger:"))
    with pytest.raises(Unauthorized, match="user or password"):
        database.migrate()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlit:///hub.db", 'did you mean "sqlite"'),
        ("postgres://hub@db/hub", 'did you mean "postgresql"'),
        ("mysql://hub@db/hub", "known: "),
        ("hub.db", "cannot be read"),
        ("sqlite://", "path of a file"),
        ("sqlite:///:memory:", "path of a file"),
        ("sqlite:///hub.db?mode=ro", "path of a file"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        Database(url)


def test_a_password_is_never_printed() -> None:
    database = Database("postgresql://hub:hidden-word@db.example/hub")
    assert "hidden-word" not in repr(database) + database.address


def test_an_old_sqlite_is_noted(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(sqlite_url)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    assert len(database.notes()) == 1
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert database.notes() == ()


def test_writers_of_an_old_sqlite_take_turns_across_processes(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The damage that versions before 3.51.3 can do needs two that write or merge at once."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    one, other = Database(sqlite_url), Database(sqlite_url)
    with contextlib.closing(one), contextlib.closing(other):
        one.migrate()
        with one.transaction():
            with pytest.raises(Unavailable, match="another process"), other.transaction():
                pass
            assert count(other) == 0  # who only reads waits for nobody
            monkeypatch.setattr(turns, "SILENT_SECONDS", 0.0)
            with pytest.raises(Unavailable), other.transaction():
                pass
            assert "another process writes to the database" in "".join(capsys.readouterr())
            other.close()
        with other.transaction() as connection:
            connection.execute(INSERT, {"name": "a", "value": "1"})
        lock = Path(f"{sqlite_url.removeprefix('sqlite:///')}.lock")
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
        lock.unlink()
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
        with one.transaction():
            pass
        assert not lock.exists()


def test_pages_are_stored_one_at_a_time(database: Database) -> None:
    order: list[str] = []

    def store() -> None:
        with database.transaction() as transaction:
            store_alone(transaction)
            order.append("second")

    later = threading.Thread(target=store)
    with database.transaction() as transaction:
        store_alone(transaction)
        later.start()
        later.join(0.2)
        order.append("first")
    later.join(30)
    assert order == ["first", "second"]
