"""Every end of a command has an exit code, one clear line, and no traceback."""

import time
from collections.abc import Callable
from contextlib import closing

import pytest

from core.store.database import Database, engine
from tests.sync.cli.commands import CommandLine, sentences
from tests.sync.cli.till import HUB, SEGMENTS, TILL, Till


def test_all_well_is_0(segmenthub: CommandLine) -> None:
    for command in ("pull", "evaluate", "run", "push", "plan", "segments", "status", "runs"):
        assert segmenthub(command).code == 0, command


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("pull", "tll"), '"till"'),
        (("push", "till"), ""),
        (("push", "tll"), ""),
        (("members", "loyl", "--ids", "till"), '"loyal"'),
        (("members", "loyl", "--ids", "till", "--as-of", "2026-01-01"), ""),
        (("members", "loyal", "--ids", "tll"), '"till"'),
        (("members", "loyal"), ""),
        (("quarantine", "tll"), ""),
        (("evaluate", "--as-of", "yesterday"), ""),
        (("nonsense",), ""),
    ],
)
def test_a_wrong_command_is_2_and_names_the_nearest_known_word(
    segmenthub: CommandLine, words: tuple[str, ...], nearest: str
) -> None:
    segmenthub("run")
    answer = segmenthub(*words)
    assert answer.code == 2
    assert not answer.out
    assert answer.err
    if nearest:
        (sentence,) = sentences(answer.err)
        assert "there is no" in sentence
        assert f"did you mean {nearest}" in sentence


MISTAKES = {
    'hub.timezon: there is no key "timezon"; did you mean "timezone"': HUB.replace("zone", "zon"),
    'conections: there is no table "conections"': "[conections.x]\n",
    'connections.a.kind: there is no connector "woocomerce"': (
        '[connections.a]\nkind = "woocomerce"\n'
    ),
    'segments.a.recipe: there is no recipe "vipp"': '[segments.a]\nrecipe = "vipp"\n',
}
"""Sentence of the error -> a stanza with the mistake."""


@pytest.mark.parametrize("command", ["check", "pull", "serve", "status"])
def test_every_command_reports_all_mistakes_of_a_config_at_once(
    segmenthub: CommandLine, till: Till, command: str
) -> None:
    till.configure(*MISTAKES.values(), TILL, SEGMENTS)
    answer = segmenthub(command)
    assert answer.code == 2
    assert not answer.out
    assert [sentence for sentence in MISTAKES if sentence not in answer.err] == []
    assert "hub.timezone: " in answer.err
    assert not till.database.exists()


def no_config(till: Till) -> None:
    till.config.unlink()


def config_is_a_folder(till: Till) -> None:
    till.config.unlink()
    till.config.mkdir()


def database_in_no_folder(till: Till) -> None:
    till.configure(HUB + 'database = "sqlite:///nowhere/hub.db"\n', TILL)


def no_database(till: Till) -> None:
    till.database.write_bytes(b"something else entirely, " * 100)


def server_refuses(till: Till) -> None:
    till.configure(HUB + 'database = "postgresql+psycopg://me@127.0.0.1:1/hub"\n', TILL)


@pytest.mark.parametrize(
    ("prepare", "code", "words"),
    [
        (no_config, 2, "config.toml; `segmenthub init` writes one"),
        (config_is_a_folder, 2, "cannot be read"),
        (database_in_no_folder, 2, "cannot be created"),
        (no_database, 2, "is no SQLite file"),
        (server_refuses, 4, "does not answer"),
    ],
)
def test_without_config_or_database_there_is_one_clear_line(
    segmenthub: CommandLine, till: Till, prepare: Callable[[Till], None], code: int, words: str
) -> None:
    prepare(till)
    answer = segmenthub("pull")
    assert answer.code == code
    (sentence,) = sentences(answer.err)
    assert words in sentence


def test_a_database_that_somebody_writes_is_4_for_who_writes_and_open_to_who_looks(
    segmenthub: CommandLine, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenthub("run")
    with closing(Database(f"sqlite:///{till.database}")) as other, other.transaction():
        begun = time.monotonic()
        for command in ("status", "segments", "runs", "quarantine", "plan"):
            assert segmenthub(command).code == 0, command
        assert segmenthub("members", "loyal", "--ids", "till").out == "007\nZ9\n"
        assert time.monotonic() - begun < engine.BUSY_SECONDS
        monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
        answer = segmenthub("pull")
    assert answer.code == 4
    assert "is being written by another process" in answer.err


def test_a_file_that_is_gone_is_5_while_the_rest_is_read(
    segmenthub: CommandLine, till: Till
) -> None:
    (till.folder / "till" / "people.csv").unlink()
    answer = segmenthub("pull")
    assert answer.code == 5
    (sentence,) = sentences(answer.err)
    assert sentence.startswith("contacts of till: there is no file")
    (run,) = segmenthub("runs", "--json").json()
    assert run["result"] == "partial"
    assert [each["result"] for each in run["steps"]] == ["failed", "complete"]


def test_asking_before_anything_was_evaluated_is_6(segmenthub: CommandLine) -> None:
    answer = segmenthub("members", "loyal", "--ids", "till")
    assert answer.code == 6
    assert "run: segmenthub evaluate" in answer.err


def test_the_codes_stand_in_the_help(segmenthub: CommandLine) -> None:
    shown = " ".join(segmenthub("--help").out.split())
    for words in (
        "0 all well", "2 the config or the command", "3 a credential", "4 a system does not answer",
        "5 some steps failed", "6 something is held", "130 and 143",
    ):  # fmt: skip
        assert words in shown
