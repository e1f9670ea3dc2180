"""Every way in which a command can end has a code, a clear line, and no traceback."""

import sqlite3
from pathlib import Path

import pytest

from core.store import database
from tests.sync.cli.commands import Typist, sentences
from tests.sync.cli.till import HUB, SEGMENTS, TILL, Till


def test_all_well_is_0(segmenthub: Typist) -> None:
    for command in ("pull", "evaluate", "run", "push", "plan", "segments", "status", "runs"):
        assert segmenthub(command).code == 0, command


@pytest.mark.parametrize(
    "words",
    [
        ("pull", "tll"),
        ("push", "till"),
        ("push", "tll"),
        ("members", "loyl", "--ids", "till"),
        ("members", "loyl", "--ids", "till", "--as-of", "2026-01-01"),
        ("members", "loyal", "--ids", "tll"),
        ("members", "loyal"),
        ("quarantine", "tll"),
        ("evaluate", "--as-of", "yesterday"),
        ("nonsense",),
    ],
)
def test_a_command_that_is_wrong_is_2(segmenthub: Typist, words: tuple[str, ...]) -> None:
    segmenthub("run")
    answer = segmenthub(*words)
    assert answer.code == 2
    assert not answer.out
    assert answer.err


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("pull", "tll"), '"till"'),
        (("members", "loyl", "--ids", "till"), '"loyal"'),
        (("members", "loyal", "--ids", "tll"), '"till"'),
    ],
)
def test_a_name_that_nobody_knows_is_answered_with_the_nearest(
    segmenthub: Typist, words: tuple[str, ...], nearest: str
) -> None:
    segmenthub("run")
    (sentence,) = sentences(segmenthub(*words).err)
    assert "there is no" in sentence
    assert f"did you mean {nearest}" in sentence


def test_a_config_that_is_not_there_is_2(segmenthub: Typist, till: Till) -> None:
    till.config.unlink()
    answer = segmenthub("status")
    assert answer.code == 2
    assert sentences(answer.err) == [
        f"there is no file {till.config}; `segmenthub init` writes one"
    ]


def test_a_config_that_cannot_be_read_is_2(segmenthub: Typist, till: Till) -> None:
    till.config.unlink()
    till.config.mkdir()
    answer = segmenthub("status")
    assert answer.code == 2
    assert "cannot be read" in answer.err


def test_a_database_in_a_folder_that_is_not_there_is_2(segmenthub: Typist, till: Till) -> None:
    till.configure(HUB + 'database = "sqlite:///nowhere/hub.db"\n', TILL)
    answer = segmenthub("pull")
    assert answer.code == 2
    assert "cannot be created" in answer.err


def test_a_file_that_is_no_database_is_2(segmenthub: Typist, till: Till) -> None:
    till.database.write_bytes(b"something else entirely, " * 100)
    answer = segmenthub("pull")
    assert answer.code == 2
    assert "is no SQLite file" in answer.err


def test_a_database_server_that_refuses_is_4(segmenthub: Typist, till: Till) -> None:
    till.configure(HUB + 'database = "postgresql+psycopg://me@127.0.0.1:1/hub"\n', TILL)
    answer = segmenthub("pull")
    assert answer.code == 4
    assert len(sentences(answer.err)) == 1
    assert "does not answer" in answer.err


def test_a_database_that_somebody_writes_is_4_for_who_writes_and_open_to_who_looks(
    segmenthub: Typist, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenthub("run")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    other = sqlite3.connect(till.database, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        for command in ("status", "segments", "runs", "quarantine", "plan"):
            assert segmenthub(command).code == 0, command
        assert segmenthub("members", "loyal", "--ids", "till").out == "007\nZ9\n"
        answer = segmenthub("pull")
    finally:
        other.close()
    assert answer.code == 4
    assert "is being written by another process" in answer.err


def test_a_file_that_is_gone_is_5_while_the_rest_is_read(segmenthub: Typist, till: Till) -> None:
    (till.folder / "till" / "people.csv").unlink()
    answer = segmenthub("pull")
    assert answer.code == 5
    (sentence,) = sentences(answer.err)
    assert sentence.startswith("contacts of till: there is no file")
    (run,) = segmenthub("runs", "--json").json()
    assert run["result"] == "partial"
    assert [each["result"] for each in run["steps"]] == ["failed", "complete"]


def test_a_second_connection_is_read_though_the_first_fails(segmenthub: Typist, till: Till) -> None:
    other = TILL.replace("connections.till", "connections.other").replace("people", "nobody")
    till.configure(HUB, other, TILL, SEGMENTS)
    assert segmenthub("pull").code == 5
    results = {
        (each["connection"], each["stream"]): each["last_run"]["result"]
        for each in segmenthub("status", "--json").json()
    }
    assert results == {
        ("other", "contacts"): "failed",
        ("other", "orders"): "complete",
        ("till", "contacts"): "complete",
        ("till", "orders"): "complete",
    }


def test_asking_before_anything_was_evaluated_is_6(segmenthub: Typist) -> None:
    answer = segmenthub("members", "loyal", "--ids", "till")
    assert answer.code == 6
    assert "run: segmenthub evaluate" in answer.err


def test_the_codes_stand_in_the_help(segmenthub: Typist) -> None:
    said = " ".join(segmenthub("--help").out.split())
    for words in (
        "0 all well", "2 the config or the command", "3 a credential", "4 a system does not answer",
        "5 some steps failed", "6 something is held", "130 and 143",
    ):  # fmt: skip
        assert words in said


def test_the_codes_stand_in_the_readme() -> None:
    page = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    for code in ("0", "1", "2", "3", "4", "5", "6", "130", "143"):
        assert f"| {code} |" in page
