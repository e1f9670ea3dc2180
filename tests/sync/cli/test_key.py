"""The key file: made for a new store, demanded by a used one, replaced only when asked."""

import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.hub_key import FILE, VARIABLE, HubKey, find_key, write_key
from core.store.database import Database
from core.store.people.suppression import suppress, suppressed
from core.store.secrets.tokens import StoredToken
from core.tokens import Token
from sync.access.store_key import hub_key
from tests.sync.cli.commands import CommandLine, finish, sentences, start
from tests.sync.cli.till import Till

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ANN = ("email", "ann@example.com")
MISCONFIGURED = 2


def key_file(till: Till) -> Path:
    return till.folder / FILE


def known_suppressions(till: Till, key: HubKey) -> set[tuple[str, ...]]:
    database = Database(f"sqlite:///{till.database}").with_key(key)
    with database.transaction() as transaction:
        found = suppressed(transaction, [ANN])
    database.close()
    return found


def leave_secrets(till: Till) -> None:
    """Store a token and a suppression under the till's key."""
    key = find_key(till.folder, {})
    assert key is not None
    database = Database(f"sqlite:///{till.database}").with_key(key)
    StoredToken(database, key, "till", "csv", lambda: NOW).store(Token("access", "refresh"))
    with database.transaction() as transaction:
        suppress(transaction, [ANN], "erased", NOW)
    database.close()


def test_the_first_command_makes_a_key_for_its_owner_alone(
    till: Till, segmenthub: CommandLine
) -> None:
    assert segmenthub("pull").code == 0
    assert stat.S_IMODE(key_file(till).stat().st_mode) == 0o600
    written = key_file(till).read_text()
    assert segmenthub("pull").code == 0
    assert key_file(till).read_text() == written
    assert [each.name for each in till.folder.iterdir() if FILE in each.name] == [FILE]


def test_neither_the_key_nor_what_derives_from_it_lies_in_the_store(
    till: Till, segmenthub: CommandLine
) -> None:
    segmenthub("pull")
    key = find_key(till.folder, {})
    assert key is not None
    stored = b"".join(each.read_bytes() for each in till.folder.glob("segmenthub.db*"))
    for secret in (key.text.encode(), key.hashes, key.hashes.hex().encode()):
        assert secret not in stored


def test_a_used_store_without_its_key_starts_nothing(till: Till, segmenthub: CommandLine) -> None:
    segmenthub("pull")
    key_file(till).unlink()
    for command in (["pull"], ["status"], ["serve"], ["run"], ["check", "--live"]):
        answer = segmenthub(*command)
        assert answer.code == MISCONFIGURED
        assert f"no {key_file(till)}, and no SEGMENTHUB_KEY" in answer.err
        assert "`segmenthub key new`" in answer.err
    assert not key_file(till).exists()


def test_a_key_of_another_store_is_refused(till: Till, segmenthub: CommandLine) -> None:
    segmenthub("pull")
    key_file(till).unlink()
    write_key(till.folder, HubKey.random())
    answer = segmenthub("status")
    assert answer.code == MISCONFIGURED
    assert f"{key_file(till)} is not the key of this store" in answer.err


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused_with_what_to_type(
    till: Till, segmenthub: CommandLine, mode: int
) -> None:
    segmenthub("pull")
    key_file(till).chmod(mode)
    for command in ("status", "check"):
        answer = segmenthub(command)
        assert answer.code == MISCONFIGURED
        assert f"chmod 600 {key_file(till)}" in answer.err.replace("\n", " ")
    key_file(till).chmod(0o600)
    assert segmenthub("status").code == 0


@pytest.mark.parametrize("text", ["", "short", "ø" * 44, "A" * 43 + "=="])
def test_a_file_that_holds_no_key_is_refused_and_not_shown(
    till: Till, segmenthub: CommandLine, text: str
) -> None:
    key_file(till).write_text(text)
    key_file(till).chmod(0o600)
    answer = segmenthub("pull")
    assert answer.code == MISCONFIGURED
    assert "holds no key" in answer.err
    assert len(text) < 10 or text not in answer.err


def test_the_key_may_come_from_the_environment(
    till: Till, segmenthub: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, HubKey.random().text)
    assert segmenthub("pull").code == 0
    assert not key_file(till).exists()
    monkeypatch.setenv(VARIABLE, HubKey.random().text)
    answer = segmenthub("status")
    assert (answer.code, "SEGMENTHUB_KEY is not the key" in answer.err) == (MISCONFIGURED, True)


def test_a_new_key_says_what_is_lost_and_asks(
    till: Till, segmenthub: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenthub("pull")
    leave_secrets(till)
    before = key_file(till).read_text()
    process = start(till.config, "key", "new")
    assert process.stdin is None
    answer = finish(process)
    said = " ".join(sentences(answer.err))
    assert "tokens of connections (1 stored)" in said
    assert "the ids of guests" in said
    assert "suppressions by hash (1 stored)" in said
    # Nobody answered.
    assert answer.code == 1
    assert key_file(till).read_text() == before
    assert segmenthub("status").code == 0


def test_a_new_key_replaces_the_lost_one(till: Till, segmenthub: CommandLine) -> None:
    segmenthub("pull")
    leave_secrets(till)
    key_file(till).unlink()
    assert segmenthub("key", "new", "--yes").code == 0
    assert stat.S_IMODE(key_file(till).stat().st_mode) == 0o600
    assert segmenthub("status").code == 0
    key = find_key(till.folder, {})
    assert key is not None
    assert known_suppressions(till, key) == set()
    answer = segmenthub("key", "new", "--yes")
    assert "(0 stored)" in answer.err


def test_the_key_file_of_before_is_put_aside(till: Till, segmenthub: CommandLine) -> None:
    segmenthub("pull")
    before = key_file(till).read_text()
    assert segmenthub("key", "new", "--yes").code == 0
    (aside,) = till.folder.glob(f"{FILE}.*")
    assert aside.read_text() == before
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600


def test_a_new_key_may_come_from_the_environment(
    till: Till, segmenthub: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenthub("pull")
    monkeypatch.setenv(VARIABLE, HubKey.random().text)
    assert segmenthub("status").code == MISCONFIGURED
    assert segmenthub("key", "new", "--yes").code == 0
    assert segmenthub("status").code == 0


def test_suppressions_hold_under_the_same_key_alone(till: Till, segmenthub: CommandLine) -> None:
    segmenthub("pull")
    leave_secrets(till)
    key = find_key(till.folder, {})
    assert key is not None
    assert known_suppressions(till, key) == {ANN}
    assert known_suppressions(till, HubKey.random()) == set()


def test_hubs_that_begin_at_once_agree_on_one_key(sqlite_url: str, tmp_path: Path) -> None:
    keys: list[str] = []

    def begin() -> None:
        database = Database(sqlite_url)
        keys.append(hub_key(database, tmp_path, {}).text)
        database.close()

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert keys == [(tmp_path / FILE).read_text().strip()] * 6


def test_a_folder_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(Exception, match="cannot be written: Permission denied"):
        write_key(tmp_path, HubKey.random())


def test_a_key_is_recognized_by_its_fingerprint() -> None:
    key = HubKey(bytes(32))
    assert len(key.hashes) == 32
    assert key.hashes != HubKey(bytes(31) + b"\x01").hashes
    assert key.fingerprint == HubKey.from_text(key.text, "here").fingerprint
    assert len(key.fingerprint) == 16
