"""On a terminal a person is shown what happens, in place of the log."""

import os
import pty
import subprocess

from tests.sync.cli.commands import PROGRAM, ROOT
from tests.sync.cli.till import Till


def on_a_terminal(till: Till, *words: str) -> tuple[int, str]:
    """The exit code of a command, and what a terminal shows of its standard error."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "--config", str(till.config), *words],
        cwd=till.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
        os.close(ours)
        return process.wait(30), shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        # Nobody writes there any more.
        return b""


def test_a_person_sees_what_came_in_and_no_log(till: Till) -> None:
    code, shown = on_a_terminal(till, "run")
    assert code == 0
    assert "till contacts" in shown
    assert "4 rows" in shown
    assert "contacts of till: 4 new" in shown
    assert "the segments: first evaluation: 4 entered" in shown
    assert "event=" not in shown
    assert "pull " not in shown.replace("segmenthub pull", "")


def test_the_log_is_shown_with_verbose(till: Till) -> None:
    _, shown = on_a_terminal(till, "--verbose", "pull")
    assert "stream" in shown
    assert "result" in shown
