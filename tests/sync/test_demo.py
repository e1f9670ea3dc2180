"""The demonstration keeps its promises, in every language."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from core.errors import Misconfigured
from core.segments.recipes import catalogue
from sync.demo.checks import Findings
from sync.demo.play import play
from sync.demo.screens import WIDTH
from sync.demo.stage import stage
from sync.demo.tools import BOTH_LISTS
from sync.texts import Language, Texts

FEW = 300
TALLEST = 24 - 3
"""Lines of a terminal, less the title of a table and the blank lines around it."""
INTERNAL = re.compile(
    r"\b(?:profil\w*|verdict\w*|ledger\w*|checkpoint\w*|quarantin\w*|karant\w+|binding\w*|"
    r"trait\w*|upsert\w*|diff|brake|baseline\w*|cursor\w*|touched|backfill|stream\w*|"
    r"destination\w*|bare contact\w*|released|None|True|False)\b",
    re.IGNORECASE,
)
TABLES = (
    "came_in.title", "known.title", "sizes.often", "sizes.much", "sizes.each", "sizes.who",
    "sizes.reading", "plan.title", "written.title", "moved.title", "why.title", "checked.title",
)  # fmt: skip
CONNECTIONS = {"mailchimp": "news", "heyloyalty": "club", "woocommerce": "shop"}


def played(folder: Path, language: Language, to: str | None = None) -> tuple[Findings, str]:
    """Findings of the demonstration, and everything that it showed."""
    shown = StringIO()
    console = Console(file=shown, width=WIDTH, highlight=False)
    findings = play(folder, Texts(language), console, people=FEW, to=to)
    return findings, shown.getvalue()


def written_to(texts: Texts, kind: str) -> str:
    """The title above what was written to a tool."""
    where = texts.say(f"demo.sources.{CONNECTIONS[kind]}")
    return texts.say("demo.written.title", where=where)


def titles(texts: Texts, findings: Findings) -> set[str]:
    """Titles of the tables, those about a tool once for each tool."""
    names = [texts.say(f"demo.sources.{CONNECTIONS[kind]}") for kind in findings.written_to]
    return {texts.say(f"demo.{key}", where=name) for key in TABLES for name in names}


def check(findings: Findings) -> None:
    """Tags were written, a second push made no request, and unsubscribed people were left alone."""
    assert findings.carries_tag
    assert findings.tag_keeps_to_consent
    assert findings.both_are_members
    assert findings.requests[0] > 0
    assert findings.requests[1] == 0
    assert findings.requests[2] > 0
    assert findings.requests[3] == 0
    assert findings.requests_about_leaver == 0
    assert findings.requests_about_complainer == 0
    assert findings.by_hand_kept
    assert findings.violations == ()
    assert findings.is_well
    everybody = sum(findings.people.values())
    assert [name for name, count in findings.sizes.items() if not 0 < count < everybody] == []


@pytest.mark.parametrize(
    ("language", "to"),
    [
        (Language.english, None),
        (Language.danish, "heyloyalty"),
        pytest.param(Language.norwegian, "mailchimp", marks=pytest.mark.thorough),
        pytest.param(Language.swedish, "woocommerce", marks=pytest.mark.thorough),
    ],
)
def test_it_does_and_shows_what_it_promises_in_every_language_and_to_every_tool(
    language: Language, to: str | None, tmp_path: Path
) -> None:
    findings, shown = played(tmp_path / "kept", language, to)
    texts = Texts(language)

    check(findings)
    assert findings.written_to == ((to,) if to else ("mailchimp", "heyloyalty"))
    assert min(findings.people) == 1
    assert max(findings.people) == 5
    assert sum(findings.people.values()) > FEW
    assert json.loads((tmp_path / "kept" / "demo.json").read_text("utf-8"))["carries_tag"]

    # Every screen is there, fits, and speaks the language; nothing else was written to.
    assert [title for title in titles(texts, findings) if title not in shown] == []
    for kind in CONNECTIONS.keys() - set(findings.written_to):
        assert written_to(texts, kind) not in shown
    lines = shown.splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []
    assert [screen for screen in screens(lines) if len(screen) > TALLEST] == []
    assert re.findall(r"demo\.\w+|\{\w*\}|…", shown) == []
    assert INTERNAL.findall(shown) == []
    assert "a guest has no account" not in shown


def screens(lines: list[str]) -> list[list[str]]:
    """The blocks between blank lines."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        else:
            found.append([])
    return found


def test_all_twenty_recipes_are_on_show(tmp_path: Path) -> None:
    with stage(tmp_path, Texts(Language.english), 50, BOTH_LISTS) as scene:
        used = {each.recipe for each in scene.hub.config.segments}
    assert used == {name for name, recipe in catalogue().items() if recipe.number}


def test_a_folder_that_holds_a_config_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("# mine\n", "utf-8")
    with (
        pytest.raises(Misconfigured, match="already holds a config"),
        stage(tmp_path, Texts(Language.english), FEW, BOTH_LISTS),
    ):
        pass
    assert (tmp_path / "config.toml").read_text("utf-8") == "# mine\n"


def test_secrets_are_for_nobody_else_to_read(tmp_path: Path) -> None:
    with stage(tmp_path, Texts(Language.english), 50, BOTH_LISTS):
        files = [*(tmp_path / "secrets").iterdir()]
        assert len(files) == 6
        assert {file.stat().st_mode & 0o077 for file in files} == {0}
        config = (tmp_path / "config.toml").read_text("utf-8")
        assert not any(file.read_text("utf-8") in config for file in files)
