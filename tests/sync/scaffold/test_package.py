"""`connectors new` writes a package that works as it is, and never over anything."""

import ast
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core import plugins
from core.config import load
from core.errors import Misconfigured
from sync.scaffold.package import folder_of, write_package
from tests.sync.cli.commands import ROOT, CommandLine
from tests.sync.scaffold.register import register

FILES = {
    "README.md", "pyproject.toml", "segmenthub_my_bikes.py", "tests/test_my_bikes.py",
    "samples/my_bikes.json", "config.toml", "token.txt", ".gitignore",
}  # fmt: skip
CHOICES = [("graphql",), ("oauth",), ("graphql", "oauth"), ("writing", "oauth"), ("audience",)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the package is written."""
    return tmp_path / "new"


def make_known(folder: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package in this process: its entry point is found, and its module imported."""
    module = register(folder, site / "site")
    monkeypatch.syspath_prepend(str(site / "site"))
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, module, raising=False)


@pytest.fixture
def installed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package, as pip would make it known."""
    write_package("my_bikes", folder)
    make_known(folder, tmp_path, monkeypatch)
    return folder


def test_all_that_a_package_needs_is_written(folder: Path) -> None:
    written = write_package("my_bikes", folder)
    assert {file.as_posix() for file in written} == FILES
    assert {
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
    } == FILES
    for file in folder.rglob("*.py"):
        ast.parse(file.read_text("utf-8"))
    assert [
        file.name for file in folder.rglob("*") if file.is_file() and "$" in file.read_text("utf-8")
    ] == ["README.md"]  # what stands after a prompt


def test_the_token_is_for_its_owner_alone_and_not_for_git(folder: Path) -> None:
    write_package("my_bikes", folder)
    assert stat.S_IMODE((folder / "token.txt").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "token.txt" in (folder / ".gitignore").read_text("utf-8").splitlines()


def test_its_config_loads_and_finds_it(installed: Path) -> None:
    config = load(installed / "config.toml", {})
    source = config.connections["my_bikes"].connector
    assert plugins.find("my_bikes") is type(source)
    samples = json.loads((installed / "samples/my_bikes.json").read_text("utf-8"))
    assert samples.keys() == {"customers"}
    assert [segment.name for segment in config.segments] == ["in_aarhus"]


def test_the_list_tells_of_it(installed: Path, segmenthub: CommandLine) -> None:
    (one,) = segmenthub("connectors", "my_bikes", "--json").json()
    assert (one["package"], one["version"]) == ("segmenthub-my-bikes", "0.1.0")
    assert [stream["name"] for stream in one["streams"]] == ["customers"]
    again = segmenthub("connectors", "new", "my_bikes", "--into", "elsewhere")
    assert again.code == 2
    assert "segmenthub-my-bikes" in again.err


def passed(folder: Path) -> int:
    """Number of tests of a package that pass; fails where one does not."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    number = re.search(r"(\d+) passed", done.stdout)
    assert number is not None
    return int(number[1])


def test_one_that_is_written_to_as_well_passes_its_own_tests(folder: Path) -> None:
    write_package("my_bikes", folder, writing=True)
    # Both suites, of which each has more than a dozen tests.
    assert passed(folder) > 40


@pytest.mark.parametrize("choices", CHOICES, ids=" ".join)
def test_every_choice_passes_its_own_tests(choices: tuple[str, ...], folder: Path) -> None:
    write_package("my_bikes", folder, **dict.fromkeys(choices, True))
    assert passed(folder) > (20 if "audience" in choices else 30)


@pytest.mark.parametrize("choices", [(), ("writing",), *CHOICES], ids=" ".join)
def test_every_choice_is_formatted(choices: tuple[str, ...], folder: Path) -> None:
    write_package("my_bikes", folder, **dict.fromkeys(choices, True))
    ruff = [sys.executable, "-m", "ruff"]
    rules = ["--isolated", "--no-cache", "--line-length", "100"]
    for command in (["format", "--check"], ["check", "--select", "E,F,I,UP"]):
        done = subprocess.run(
            [*ruff, *command, *rules, "."], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("choices", CHOICES, ids=" ".join)
def test_the_config_of_every_choice_loads(
    choices: tuple[str, ...], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package("my_bikes", folder, **dict.fromkeys(choices, True))
    make_known(folder, tmp_path, monkeypatch)
    config = load(folder / "config.toml", {})
    assert config.connections["my_bikes"].connector.kind == "my_bikes"


def test_a_client_secret_is_for_its_owner_alone_and_not_for_git(folder: Path) -> None:
    write_package("my_bikes", folder, oauth=True)
    assert stat.S_IMODE((folder / "client_secret.txt").stat().st_mode) == 0o600
    assert "client_secret.txt" in (folder / ".gitignore").read_text("utf-8").splitlines()
    assert not (folder / "token.txt").exists()


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        (["--graphql", "--destination"], "without --graphql"),
        (["--audience", "--oauth"], "--audience goes with no other choice"),
    ],
)
def test_choices_that_do_not_go_together_are_refused(
    choices: list[str], told: str, segmenthub: CommandLine
) -> None:
    answer = segmenthub("connectors", "new", "club", *choices)
    assert answer.code == 2
    assert told in answer.err
    assert not folder_of("club").exists()


def test_its_config_says_what_goes_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package("my_bikes", folder, writing=True)
    make_known(folder, tmp_path, monkeypatch)
    config = load(folder / "config.toml", {})
    push = config.connections["my_bikes"].push
    assert push is not None
    assert [each.target.name for each in push.bindings] == ["Aarhus"]


@pytest.mark.parametrize("kind", ["contact", "cursor", "raw", "rest_source", "writing", "names"])
def test_a_class_is_never_called_as_what_it_uses(
    kind: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(kind, folder, writing=True)
    make_known(folder, tmp_path, monkeypatch)
    assert plugins.find(kind).__name__.endswith("Connector")


def test_the_command_says_what_it_wrote(
    segmenthub: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = segmenthub("connectors", "new", "club")
    assert answer.code == 0
    folder = folder_of("club")
    assert "wrote segmenthub-club/segmenthub_club.py" in answer.err
    assert (folder / "segmenthub_club.py").exists()
    assert "segmenthub-club/README.md" in answer.err


@pytest.mark.parametrize(
    "kind", ["", "Bikes", "my-bikes", "1st", "my bikes", "_x", "x_", "../x", "x" * 41, "a__b", "ø"]
)
def test_a_kind_that_is_no_name_is_refused(kind: str, folder: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be the name of a connector"):
        write_package(kind, folder)
    assert not folder.exists()


def test_a_word_of_python_is_refused(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="my_class"):
        write_package("class", folder)


def test_a_kind_that_is_taken_is_refused_with_its_package(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="'square' exists already, in the package segmenthub"):
        write_package("square", folder)
    assert not folder.exists()


def test_a_folder_in_which_there_is_something_stays_as_it_is(folder: Path) -> None:
    folder.mkdir()
    (folder / "mine").write_text("mine", "utf-8")
    with pytest.raises(Misconfigured, match="--into"):
        write_package("my_bikes", folder)
    assert [file.name for file in folder.iterdir()] == ["mine"]


def test_a_file_in_the_place_of_the_folder_stays_as_it_is(folder: Path) -> None:
    folder.write_text("mine", "utf-8")
    with pytest.raises(Misconfigured, match="--into"):
        write_package("my_bikes", folder)
    assert folder.read_text("utf-8") == "mine"


def test_an_empty_folder_may_be_there(folder: Path) -> None:
    folder.mkdir()
    assert write_package("my_bikes", folder)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(Misconfigured, match="cannot be written: Not a directory"):
        write_package("my_bikes", tmp_path / "file" / "new")
