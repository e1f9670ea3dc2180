"""A stranger follows the README's opening word for word: from a clone to a tag."""

import re
import tomllib
from pathlib import Path

import pytest

from core.errors import Held, Misconfigured, Unauthorized, Unavailable
from sync.runs import PARTLY
from sync.shutdown import SIGNALS, Stopped
from sync.texts import Language, Texts
from tests.house.project import ROOT
from tests.house.stranger import copy_project, environment, run

README = (ROOT / "README.md").read_text("utf-8")


def opening() -> list[str]:
    """The commands of the first block that shows any."""
    block = re.search(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [line.removeprefix("$ ") for line in block[1].splitlines() if line.startswith("$ ")]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a repository that holds what is here now, committed or not."""
    origin = tmp_path / "origin"
    copy_project(origin)
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
    assert re.search(rf"\w+ \w+ has the tag {texts.say('demo.tags.loyal')}\.", told)
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
