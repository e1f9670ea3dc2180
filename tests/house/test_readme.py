"""A stranger follows the README's opening word for word: from a clone to a tag."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import Held, Misconfigured, Unauthorized, Unavailable
from sync.journal import PARTLY
from sync.stopping import SIGNALS, Stopped
from sync.texts import Language, Texts
from tests.house.project import ROOT

README = (ROOT / "README.md").read_text("utf-8")
PATIENCE = 600


def opening() -> list[str]:
    """The commands of the first block that shows any."""
    block = re.search(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [line.removeprefix("$ ") for line in block[1].splitlines() if line.startswith("$ ")]


def environment() -> Mapping[str, str]:
    """That of somebody who has Python, and nothing of ours."""
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


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """What a person types, as a shell does it."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a repository that holds what is here now, committed or not."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("this is no git checkout, so nobody knows what a clone of it would hold")
    origin = tmp_path / "origin"
    for name in filter(None, listed.stdout.split("\0")):
        source, copy = ROOT / name, origin / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
            copy.chmod(source.stat().st_mode)
    who = "-c user.name=somebody -c user.email=somebody@example.com"
    made = run(
        f"git init -q && git add -A && git {who} commit -q -m now && git clone -q . ../clone",
        origin,
    )
    assert made.returncode == 0, made.stderr
    return tmp_path / "clone"


@pytest.fixture
def registry(tmp_path: Path) -> None:
    """Whether packages can be had at all here; it is not the project's fault where they cannot."""
    wanted = next(line for line in constraints() if line.startswith("tzdata=="))
    python = environment()["PYTHON"]
    got = run(f"{python} -m pip download -q --no-deps --dest '{tmp_path}/one' {wanted}", tmp_path)
    if got.returncode:
        pytest.skip(f"pip cannot get {wanted} here, so nothing can be installed afresh")


def constraints() -> list[str]:
    """The pinned packages."""
    return (ROOT / "constraints.txt").read_text("utf-8").split()


@pytest.mark.usefixtures("registry")
def test_the_opening_leads_from_a_clone_to_a_tag(clone: Path) -> None:
    assert not (clone / ".venv").exists()
    assert opening() == ["make demo"]
    shown = ""
    for command in opening():
        done = run(command, clone)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        shown += done.stdout
    told = " ".join(shown.split())
    texts = Texts(Language.english)
    assert re.search(rf"\w+ \w+ carries the tag {texts.say('demo.tags.loyal')}\.", told)
    assert told.count(texts.say("demo.again", requests=0)) == 2
    assert texts.say("demo.checked.nobody") in told


def test_the_exit_codes_are_those_of_the_program() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    errors = (Misconfigured, Unauthorized, Unavailable, Held)
    stopped = {Stopped(number).exit_code for number in SIGNALS}
    assert told == {0, 1, PARTLY, *(error.exit_code for error in errors), *stopped}


def test_it_says_which_python_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    version = project["requires-python"].removeprefix(">=")
    assert f"Python {version} or newer" in README
