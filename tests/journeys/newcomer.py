"""Shell of a newcomer: Python with pip, and nothing of segmenthub."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.house.project import ROOT

PATIENCE = 600


def environment() -> dict[str, str]:
    """Environment variables of this process, without those that lead to its own Python."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "SEGMENTHUB_CONFIG", "MAKEFLAGS", "MAKELEVEL", "PYTHON")
    theirs = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith(("COV_", "PYTEST_"))
    }
    own = str(Path(sys.executable).parent)
    theirs["PATH"] = os.pathsep.join(
        folder for folder in theirs["PATH"].split(os.pathsep) if folder != own
    )
    # The Makefile supposes `python3`; these tests may run on a Python of another name.
    theirs["PYTHON"] = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    return theirs


def run(
    command: str, folder: Path, variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command line in bash."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment() if variables is None else variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def copy_project(folder: Path) -> None:
    """Copy what a clone would hold if every present file were committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git checkout, so the content of a clone is unknown")
    for name in filter(None, listed.stdout.split("\0")):
        source, copy = ROOT / name, folder / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
            copy.chmod(source.stat().st_mode)
