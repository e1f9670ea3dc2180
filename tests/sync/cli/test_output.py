"""Output on terminals that are not UTF-8, and into pipes that close."""

import json
import os
import subprocess

import pytest

from tests.sync.cli.commands import PROGRAM, ROOT
from tests.sync.cli.till import Till

TITLE = "Åbne — kunder"
OPEN = f"""
[segments.open]
title = {{ en = "{TITLE}" }}
all = [{{ field = "email", known = true }}]
"""


def run(till: Till, *words: str, encoding: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command whose output has an encoding."""
    return subprocess.run(
        [*PROGRAM, "--config", str(till.config), *words],
        cwd=till.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("encoding", "title"), [("ascii", "?bne ? kunder"), ("latin-1", "Åbne ? kunder")]
)
def test_letters_that_a_terminal_cannot_show_are_replaced(
    till: Till, encoding: str, title: str
) -> None:
    till.config.write_text(till.config.read_text() + OPEN)
    assert run(till, "run", encoding=encoding).returncode == 0
    shown = run(till, "segments", encoding=encoding)
    assert (shown.returncode, title in shown.stdout.decode(encoding)) == (0, True)


def test_json_on_a_terminal_without_utf8_loses_no_letter(till: Till) -> None:
    till.config.write_text(till.config.read_text() + OPEN)
    run(till, "run", encoding="ascii")
    shown = run(till, "segments", "--json", encoding="ascii")
    assert TITLE in json.dumps(json.loads(shown.stdout), ensure_ascii=False)


@pytest.mark.parametrize("words", [("schema",), ("segments", "--recipes")])
def test_a_reader_that_goes_away_ends_a_command_without_a_traceback(
    till: Till, words: tuple[str, ...]
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with subprocess.Popen(
        [*PROGRAM, "--config", str(till.config), *words],
        cwd=till.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(theirs)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (141, b"")
