"""The README's opening, followed word for word from a fresh clone to a tag."""

import re
from pathlib import Path

import pytest

from sync.texts import Language, Texts
from tests.house.project import ROOT
from tests.journeys.newcomer import copy_project, environment, run

README = (ROOT / "README.md").read_text("utf-8")


def opening() -> list[str]:
    """The commands of the first block that shows any."""
    block = re.search(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert block is not None
    return [line.removeprefix("$ ") for line in block[1].splitlines() if line.startswith("$ ")]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone with every present file, committed or not."""
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
    """Skip where pip cannot download packages at all."""
    pinned = (ROOT / "constraints.txt").read_text("utf-8").split()
    wanted = next(line for line in pinned if line.startswith("tzdata=="))
    python = environment()["PYTHON"]
    got = run(f"{python} -m pip download -q --no-deps --dest '{tmp_path}/one' {wanted}", tmp_path)
    if got.returncode:
        pytest.skip(f"pip cannot get {wanted} here, so nothing can be installed afresh")


@pytest.mark.usefixtures("registry")
def test_the_opening_leads_from_a_clone_to_a_tag(clone: Path) -> None:
    assert not (clone / ".venv").exists()
    assert opening() == ["make demo"]
    shown = ""
    for command in opening():
        done = run(command, clone)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        shown += done.stdout
    said = " ".join(shown.split())
    texts = Texts(Language.english)
    assert re.search(rf"\w+ \w+ has the tag {texts.say('demo.tags.loyal')}\.", said)
    assert said.count(texts.say("demo.again", requests=0)) == 2
    assert texts.say("demo.checked.nobody") in said
