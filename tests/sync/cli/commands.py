"""Run commands in this process or in one of their own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from sync.cli import main

PROGRAM = (sys.executable, "-c", "from sync.cli import main; main()")
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Answer:
    """Output and exit code of a command."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as values."""
        return orjson.loads(self.out)


@dataclass
class CommandLine:
    """Command line runner for one config, in this process."""

    config: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Answer:
        """Run a command; returns its output and exit code."""
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["segmenthub", "--config", str(self.config), *words])
        with pytest.raises(SystemExit) as ending:
            main()
        code = ending.value.code
        assert isinstance(code, int | None)
        printed = self.capsys.readouterr()
        assert "Traceback" not in printed.err
        return Answer(code or 0, printed.out, printed.err)


def start(config: Path, *words: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, "--config", str(config), *words],
        cwd=config.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Answer:
    """Wait for a command to end."""
    out, err = process.communicate(timeout=60)
    return Answer(process.returncode, out, err)


def sentences(err: str) -> Sequence[str]:
    """Standard error without the log."""
    return [line for line in err.splitlines() if line and not line.startswith("timestamp=")]
