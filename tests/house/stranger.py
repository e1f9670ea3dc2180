"""What somebody types who has Python, and nothing of ours."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.house.project import ROOT

PATIENCE = 600


def environment() -> dict[str, str]:
    """Theirs: that of this process, without what leads to our own Python."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "SEGMENTHUB_CONFIG", "MAKEFLAGS", "MAKELEVEL", "PYTHON")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith(("COV_", "PYTEST_"))
    }
    own = str(Path(sys.executable).parent)
    kept["PATH"] = os.pathsep.join(
        folder for folder in kept["PATH"].split(os.pathsep) if folder != own
    )
    # The Python that these tests run on, where it is called otherwise than the Makefile supposes.
    kept["PYTHON"] = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    return kept


def run(
    command: str, folder: Path, variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """What a person types, as a shell does it."""
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
    """Lay down what a clone would hold if all that is here now were committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git checkout, so nobody knows what a clone of it would hold")
    for name in filter(None, listed.stdout.split("\0")):
        source, copy = ROOT / name, folder / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
            copy.chmod(source.stat().st_mode)
