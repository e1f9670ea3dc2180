"""The documents' examples work: configs load, Python runs, commands exist, links lead on."""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGPIPE
from typing import Any

import pytest
from typer.testing import CliRunner

from core.config import load
from core.errors import Held, Misconfigured, Unauthorized, Unavailable
from sync.runs import PARTLY
from sync.shutdown import SIGNALS, Stopped
from tests.house.project import ROOT, shown

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
FOLLOWED = {
    "tutorial.md": "tests/journeys/test_tutorial.py",
    "tutorial-any-source.md": "tests/sync/scaffold/test_tutorials.py",
    "tutorial-destination.md": "tests/sync/scaffold/test_tutorials.py",
}
"""Pages whose configs name what the page itself builds -> the test that follows them."""
NEED_EACH_OTHER = {"tutorial-any-source.md", "tutorial-destination.md"}
"""Pages whose Python imports what the page itself builds, which only that test can run."""
SMALLEST_HUB = '[hub]\ntimezone = "Europe/Copenhagen"\ncurrency = "DKK"\n'


@dataclass(frozen=True)
class Example:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Page and line."""
        return f"{shown(self.page)}:{self.line}"


def examples(page: Path) -> Iterator[Example]:
    """Every fenced block of a page."""
    written = page.read_text("utf-8")
    for found in FENCE.finditer(written):
        line = written.count("\n", 0, found.start()) + 1
        yield Example(page, line, found["language"], found["text"])


ALL = [example for page in PAGES for example in examples(page)]


def of(language: str) -> list[Example]:
    """The blocks in one language."""
    return [example for example in ALL if example.language == language]


def commands(example: Example) -> Iterator[list[str]]:
    """Commands typed at a prompt, with continued and chained lines split as a shell does."""
    typed = re.sub(r"\\\n\s*(?:> )?", " ", example.text)
    for line in typed.splitlines():
        if line.startswith("$ "):
            for part in line[2:].split("&&"):
                words = shlex.split(part, comments=True)
                while words and re.fullmatch(r"\w+=.*", words[0]):
                    del words[0]
                if words:
                    yield words


TYPED = [
    pytest.param(command, id=f"{example}: {shlex.join(command)}")
    for example in of("console")
    for command in commands(example)
]


def references(value: object) -> Iterator[tuple[str, str]]:
    """Every `{ env = "…" }` and `{ file = "…" }` of a config."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in ("env", "file"):
            ((kind, name),) = value.items()
            yield kind, str(name)
        else:
            for each in value.values():
                yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def loads(text: str, folder: Path) -> None:
    """Load a config with every secret that it refers to set."""
    document: dict[str, Any] = tomllib.loads(text)
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    environment = {}
    for kind, name in references(document):
        if kind == "env":
            environment[name] = f"made-up-{name}-us1"
        else:
            secret = folder / name
            secret.parent.mkdir(parents=True, exist_ok=True)
            secret.write_text("made-up-secret-us1", "utf-8")
            secret.chmod(0o600)
    load(file, environment)


def test_there_is_something_to_look_at() -> None:
    assert {"README.md", "CHANGELOG.md"} <= {page.name for page in PAGES}
    assert of("toml")
    assert of("python")
    assert TYPED


@pytest.mark.parametrize(
    "example", [each for each in of("toml") if each.page.name not in FOLLOWED], ids=str
)
def test_a_config_that_is_shown_loads(example: Example, tmp_path: Path) -> None:
    tables = set(tomllib.loads(example.text))
    if "hub" in tables:
        loads(example.text, tmp_path)
    elif tables == {"segments"}:
        loads(SMALLEST_HUB + example.text, tmp_path)


def test_a_page_that_builds_its_own_connector_is_followed() -> None:
    for page, test in FOLLOWED.items():
        assert page in (ROOT / test).read_text("utf-8")
    assert NEED_EACH_OTHER <= FOLLOWED.keys() <= {page.name for page in PAGES}


def test_the_example_config_loads(tmp_path: Path) -> None:
    loads((ROOT / "config.example.toml").read_text("utf-8"), tmp_path)


@pytest.mark.parametrize(
    "example", [each for each in of("python") if each.page.name not in NEED_EACH_OTHER], ids=str
)
def test_python_that_is_shown_runs(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = compile("\n" * example.line + example.text, str(example), "exec")
    exec(code, {"__name__": "example"})  # noqa: S102 - our own pages


@pytest.mark.parametrize("command", TYPED)
def test_a_command_that_is_shown_exists(command: list[str]) -> None:
    match command:
        case ["segmenthub", *words]:
            from sync.cli import app  # noqa: PLC0415 - the command line is slow to import

            result = CliRunner().invoke(app, [*words, "--help"])
            assert result.exit_code == 0, result.output
        case ["make", *targets]:
            rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
            assert set(targets) <= set(rules)
        case [program, *_]:
            plain = {"cd", "cp", "echo", "export", "git", "mv", "pip", "pytest", "python3"}
            assert program in plain


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_a_link_leads_somewhere(page: Path) -> None:
    missing = [
        link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_a_block_says_what_language_it_is_in(page: Path) -> None:
    known = {"console", "python", "text", "toml"}
    assert {example.language for example in examples(page)} <= known


def test_typed_lines_are_read_as_a_shell_reads_them() -> None:
    example = Example(
        ROOT / "README.md",
        1,
        "console",
        "$ KEY=1 segmenthub pull shop \\\n>   --json  # all\nread 3\n$ cd x && make demo\n",
    )
    assert list(commands(example)) == [
        ["segmenthub", "pull", "shop", "--json"],
        ["cd", "x"],
        ["make", "demo"],
    ]


def test_the_readme_documents_every_exit_code() -> None:
    documented = {
        int(code)
        for code in re.findall(
            r"^\| (\d+) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
        )
    }
    errors = (Misconfigured, Unauthorized, Unavailable, Held)
    stopped = {Stopped(number).exit_code for number in (*SIGNALS, SIGPIPE)}
    assert documented == {0, 1, PARTLY, *(error.exit_code for error in errors), *stopped}


def test_the_readme_says_which_python_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    version = project["requires-python"].removeprefix(">=")
    assert f"Python {version} or newer" in README


PROMISES = re.search(
    r"^## What it promises$(.*?)^(?=## |It keeps)", README, re.MULTILINE | re.DOTALL
)
KEPT = re.compile(r"\[`(test_\w+)`\]\(([^)]+)\)")


def test_every_promise_names_the_test_that_keeps_it() -> None:
    assert PROMISES is not None
    promises = re.findall(r"^- .*$", PROMISES[1], re.MULTILINE)
    assert promises
    assert [promise for promise in promises if not KEPT.search(promise)] == []
    assert [
        name
        for name, file in KEPT.findall(PROMISES[1])
        if f"def {name}(" not in (ROOT / file).read_text("utf-8")
    ] == []
