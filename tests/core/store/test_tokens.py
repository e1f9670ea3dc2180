"""Tokens in the store: sealed, renewed by one process, stored before they are used."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import text

from connectors.kit import Network, Unauthorized, Unavailable, Window
from core.hub_key import HubKey
from core.store.database import Database
from core.store.secrets import tokens
from core.store.secrets.tokens import LEASE, StoredToken, TokenState, token_states
from core.tokens import Quota, Token
from tests.token_server import Members, TokenServer

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
KEY = HubKey(bytes(32))
FIRST = Token("access 0", "refresh 0", renew_at=NOW, ends_at=NOW + timedelta(days=30))


@pytest.fixture
def server() -> Iterator[TokenServer]:
    server = TokenServer()
    yield server
    server.close()


def keeper(database: Database, now: datetime = NOW, key: HubKey = KEY) -> StoredToken:
    return StoredToken(database, key, "crm", "members", lambda: now)


def members(server: TokenServer, kept: StoredToken) -> Members:
    local = Network(allow_local=frozenset({"127.0.0.1"}))
    return Members(url=server.address).through(local).with_tokens(kept)


def read(source: Members) -> int:
    pages = source.read("people", Window(until=NOW))
    return sum(len(page.records) for page in pages)


def states(database: Database) -> list[TokenState]:
    with database.read() as transaction:
        return list(token_states(transaction))


def test_a_token_is_found_again_and_lies_sealed(database: Database) -> None:
    assert keeper(database).current() is None
    keeper(database).store(FIRST)
    assert keeper(database).current() == FIRST
    with database.read() as transaction:
        sealed = str(transaction.execute(text("SELECT sealed FROM access_token")).scalar_one())
    assert "access" not in sealed
    assert "refresh" not in sealed
    assert states(database) == [TokenState("crm", FIRST.ends_at, "")]


def test_another_key_opens_nothing(database: Database) -> None:
    keeper(database).store(FIRST)
    assert keeper(database, key=HubKey.random()).current() is None


def test_a_renewed_token_is_stored_before_it_is_used(
    database: Database, server: TokenServer
) -> None:
    keeper(database).store(FIRST)
    source = members(server, keeper(database))
    assert read(source) == 1
    stored = keeper(database).current()
    assert stored is not None
    assert (stored.access, stored.refresh) == ("access 1", "refresh 1")
    assert server.reads == ["access 1"]


def test_a_token_that_nobody_could_store_is_not_used(
    database: Database, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper(database).store(FIRST)

    def fails(*_: object) -> bool:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(StoredToken, "_write", fails)
    with pytest.raises(Unavailable, match="the disk is full"):
        read(members(server, keeper(database)))
    assert server.reads == []


def test_a_refusal_is_kept_until_a_token_is_stored(database: Database, server: TokenServer) -> None:
    keeper(database).store(FIRST)
    server.refresh = "spent elsewhere"
    with pytest.raises(Unauthorized, match="run: segmenthub connect crm"):
        read(members(server, keeper(database)))
    (state,) = states(database)
    assert state.refused.endswith("run: segmenthub connect crm")
    keeper(database).store(Token("new"))
    assert states(database) == [TokenState("crm", None, "")]


def test_a_renewal_that_fails_lets_the_next_one_begin_at_once(
    database: Database, server: TokenServer
) -> None:
    keeper(database).store(FIRST)
    server.error = (503, {})
    with pytest.raises(Unavailable):
        read(members(server, keeper(database)))
    server.error = None
    assert read(members(server, keeper(database))) == 1


def test_a_sign_in_during_a_renewal_wins(database: Database) -> None:
    kept = keeper(database)
    kept.store(FIRST)

    def ask(_: Token | None) -> Token:
        keeper(database).store(Token("signed in"))
        return Token("renewed")

    assert kept.renew(FIRST, ask) == Token("signed in")
    assert kept.current() == Token("signed in")


def test_one_that_is_refused_takes_the_token_that_was_stored_meanwhile(database: Database) -> None:
    kept = keeper(database)
    kept.store(FIRST)

    def ask(_: Token | None) -> Token:
        keeper(database).store(Token("signed in"))
        raise Unauthorized("spent")

    assert kept.renew(FIRST, ask) == Token("signed in")


def test_a_wait_for_another_process_has_an_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LONGEST_WAIT", 0.2)
    kept = keeper(database)
    kept.store(FIRST)
    with database.transaction() as transaction:
        transaction.execute(
            text("UPDATE access_token SET lease = 'other', leased_until = :until"),
            {"until": int((NOW + LEASE).timestamp() * 1_000_000)},
        )
    with pytest.raises(Unavailable, match="another process is renewing the token of crm"):
        kept.renew(FIRST, lambda _: Token("never"))


def test_one_thread_asks_and_the_others_take_its_answer(
    database: Database, server: TokenServer
) -> None:
    keeper(database).store(FIRST)
    done: list[int] = []

    def go() -> None:
        done.append(read(members(server, keeper(database))))

    threads = [threading.Thread(target=go) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert (done, len(server.forms)) == ([1, 1, 1, 1], 1)


def race(url: str, server: TokenServer, ready: Barrier) -> None:
    """A process that finds the same token at its end."""
    database = Database(url)
    source = members(server, keeper(database))
    ready.wait(60)
    assert read(source) == 1
    database.close()


# Newer Pythons warn of threads at a fork; the child touches none of its parent's.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_of_several_processes_one_asks_for_a_new_token(
    database: Database, database_url: str, server: TokenServer
) -> None:
    keeper(database).store(FIRST)
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(3)
    racers = [context.Process(target=race, args=(database_url, server, ready)) for _ in range(3)]
    for each in racers:
        each.start()
    for each in racers:
        each.join(60)
    assert [each.exitcode for each in racers] == [0, 0, 0]
    assert [form["refresh_token"] for form in server.forms] == ["refresh 0"]
    assert server.reads == ["access 1"] * 3


class KilledAtCommit(StoredToken):
    """Dies when the answer is there and nothing of it stored."""

    def _write(self, *_: object) -> bool:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def die(url: str, server: TokenServer) -> None:
    """A process that is killed between answer and commit."""
    database = Database(url)
    read(members(server, KilledAtCommit(database, KEY, "crm", "members", lambda: NOW)))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_kill_between_answer_and_commit_is_told_with_what_to_do(
    database: Database, database_url: str, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper(database).store(FIRST)
    process = multiprocessing.get_context("fork").Process(target=die, args=(database_url, server))
    process.start()
    process.join(60)
    assert (process.exitcode, len(server.forms)) == (-signal.SIGKILL, 1)
    monkeypatch.setattr(tokens, "LONGEST_WAIT", 0.2)
    # While its lease lasts it may be at work.
    with pytest.raises(Unavailable, match="another process is renewing"):
        read(members(server, keeper(database)))
    assert len(server.forms) == 1
    with pytest.raises(Unauthorized) as refusal:
        read(members(server, keeper(database, NOW + LEASE)))
    assert str(refusal.value) == (
        "POST 127.0.0.1 /token answered 400 (invalid_grant): the refresh token of crm was spent "
        "elsewhere, has ended, or the access was withdrawn; run: segmenthub connect crm (the "
        "answer to a renewal of 2026-11-30 12:00:00 UTC was never stored: if it brought a new "
        "token, that token is lost)"
    )
    assert [each.refused for each in states(database)] == [str(refusal.value)]
    assert server.reads == []


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_after_a_kill_the_next_process_goes_on_where_the_token_is_still_good(
    database: Database, database_url: str, server: TokenServer
) -> None:
    keeper(database).store(FIRST)
    process = multiprocessing.get_context("fork").Process(target=die, args=(database_url, server))
    process.start()
    process.join(60)
    # The vendor lets a token be used again for a while, for just such a case.
    server.refresh = "refresh 0"
    assert read(members(server, keeper(database, NOW + LEASE))) == 1
    assert states(database)[0].refused == ""


DAILY = Quota("an account to look for", requests=3, seconds=86_400)


def test_a_quota_outlasts_a_restart_and_is_given_back_after_its_time(database: Database) -> None:
    hours = (0, 0.5, 10, 20, 24.5, 25, 25.5, 26)
    sent = [keeper(database, NOW + timedelta(hours=hour)).spend(DAILY) for hour in hours]
    again = [NOW + timedelta(hours=hour) for hour in (25, 25, 35)]
    assert sent == [None, None, None, again[0], again[1], None, None, again[2]]
    with database.read() as transaction:
        assert "look for" not in str(transaction.execute(text("SELECT * FROM quota")).all())


def test_accounts_and_limits_have_quotas_of_their_own(database: Database) -> None:
    one, other = Quota("one", 1, 86_400), Quota("one", 1, 3_600)
    kept = keeper(database)
    assert [kept.spend(each) for each in (one, other, Quota("two", 1, 86_400))] == [None] * 3
    assert (kept.spend(one), kept.spend(other)) == (
        NOW + timedelta(hours=25), NOW + timedelta(minutes=62.5),
    )  # fmt: skip


def test_threads_never_spend_more_than_a_quota(database: Database) -> None:
    answers: list[datetime | None] = []
    many = Quota("crowded", requests=5, seconds=86_400)
    threads = [
        threading.Thread(target=lambda: answers.append(keeper(database).spend(many)))
        for _ in range(12)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers.count(None) == 5
