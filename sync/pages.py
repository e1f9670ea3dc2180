"""Connectors' own words as pages in `docs/connectors` and a table of systems, by `make docs`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from core import plugins
from core.errors import Misconfigured
from core.records import NOUNS
from sync.connector_info import ConnectorInfo, Setting, describe, reading_mode

FOLDER: Final = Path("docs") / "connectors"
EXAMPLE: Final = Path("config.example.toml")
PACKAGE: Final = "segmenthub"
MADE: Final = "<!-- Made by `make docs` from the connectors' code: change what they say there. -->"
_HEADER = re.compile(r"^\[connections\.(\w+)[].]", re.MULTILINE)
README: Final = "README.md"
_FACT = re.compile(r"^- ([A-Z][^:\n]{1,30}):", re.MULTILINE)
_TABLE = re.compile(r"^<!-- table: (\w+) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL)
ENGAGEMENT: Final = "MessageEvent"


def pages(example: str) -> dict[str, str]:
    """Every page by its file name; the example config gives each connector's stanza.

    Raises Misconfigured where one of our own connectors cannot be used.
    """
    sheets = sorted(_ours(), key=lambda sheet: sheet.kind)
    made = {f"{sheet.kind}.md": _page(sheet, example) for sheet in sheets}
    return {README: _index(), **made}


def write(root: Path) -> None:
    """Write the pages below the project's folder, and take away those of no connector."""
    made = pages((root / EXAMPLE).read_text("utf-8"))
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")
    readme = root / README
    text = with_tables(readme.read_text("utf-8"), {"systems": systems(FOLDER.as_posix() + "/")})
    readme.write_text(text, "utf-8")


def systems(folder: str = "") -> str:
    """Return the table of systems; `folder` leads from its page to those of the connectors."""
    headings = ("system", "read", "written", "engagement", "proved against", "version and its end")
    return table(
        headings,
        (
            (
                f"[{each.kind}]({folder}{each.kind}.md)",
                _read(each),
                ", ".join(f"{kind}s" for kind in each.destination.targets)
                if each.destination
                else "",
                *(_headline(each, name) for name in ("Engagement", "Proved against", "Version")),
            )
            for each in sorted(_ours(), key=lambda sheet: sheet.kind)
        ),
    )


def with_tables(page: str, made: Mapping[str, str]) -> str:
    """Return a page with its tables as they are made now; KeyError for one that nobody makes."""
    return _TABLE.sub(
        lambda found: f"<!-- table: {found[1]} -->\n{made[found[1]]}\n<!-- end -->", page
    )


def fact(facts: str, name: str) -> str:
    """Return what a fact sheet says under a name, as one line; "" where it has no such line."""
    found = re.search(rf"^- {name}: (.*?)(?=\n- |\n\n|\Z)", facts, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _headline(sheet: ConnectorInfo, name: str) -> str:
    """Return the first sentence of a fact."""
    return re.split(r"\.(?=\s|$)", fact(sheet.facts, name))[0]


def _read(sheet: ConnectorInfo) -> str:
    """Name the nouns that a source delivers; engagement has a column of its own."""
    if sheet.streams is None:
        return "as the settings say"
    nouns = dict.fromkeys(noun for each in sheet.streams for noun in each.nouns)
    return ", ".join(NOUNS[noun].spoken for noun in nouns if noun not in (ENGAGEMENT, "Deleted"))


def _ours() -> Iterator[ConnectorInfo]:
    for each in plugins.installed():
        if each.package == PACKAGE:
            if each.connector is None:
                raise Misconfigured(each.error)
            yield describe(each, each.connector)


def _index() -> str:
    return _text(
        MADE,
        "# Connectors",
        "Each page says what a connector reads and writes, what it wants to know, and the facts "
        "of the vendor that it rests on.\n"
        "Those of other packages tell the same on the command line:",
        "```console\n$ segmenthub connectors\n$ segmenthub connectors mailchimp\n```",
        systems(),
        "How to write one more, in ten minutes: [the tutorial](../tutorial.md).",
    )


def _page(sheet: ConnectorInfo, example: str) -> str:
    summary, _, facts = sheet.facts.partition("\n\n")
    roles = (
        f"Its roles: {' and '.join(sheet.roles)}. Where the config gives no order of trust, it "
        f"counts as `{sheet.system}`."
    )
    parts = [
        MADE,
        f"# {sheet.kind}",
        summary,
        roles,
        "## Facts",
        _FACT.sub(r"- **\1**:", facts.replace(":\n- ", ":\n\n- ", 1)),
    ]
    if "source" in sheet.roles:
        parts += ["## Streams", _streams(sheet)]
    if sheet.destination:
        rows = table(("what", "here"), [*sheet.destination.labelled().items()])
        parts += ["## As a destination", rows]
    parts += ["## Settings", _settings(sheet.settings)]
    for nested in sheet.tables:
        parts += [f"### {nested.name}", nested.about, _settings(nested.settings)]
    parts += ["## In a config", *_stanzas(sheet.kind, example)]
    return _text(*parts)


def _streams(sheet: ConnectorInfo) -> str:
    if sheet.streams is None:
        return "They follow from the settings."
    rows = [
        (f"`{each.name}`", *reading_mode(each), ", ".join(each.nouns)) for each in sheet.streams
    ]
    return table(("stream", "what is read", "read again", "delivers"), rows)


def _settings(settings: Iterable[Setting]) -> str:
    rows = [
        (
            f"`{each.name}`",
            "yes" if each.needed else "",
            "yes" if each.secret else "",
            f"`{each.default}`" if each.default else "",
            " ".join([each.help, *(f"See [{name}](#{name.lower()})." for name in each.tables)]),
        )
        for each in settings
    ]
    return table(("setting", "needed", "secret", "without it", "what it is"), rows)


def _stanzas(kind: str, example: str) -> Iterator[str]:
    """Every connection of a kind as the example config shows it."""
    for name, stanza in _connections(example).items():
        if re.search(rf'^kind = "{re.escape(kind)}"', stanza, re.MULTILINE):
            yield f"As `{name}` in the example config:"
            yield f"```toml\n{stanza}\n```"


def _connections(example: str) -> Mapping[str, str]:
    """The connections of a config as they are written, by name."""
    found: dict[str, str] = {}
    # A stanza ends where the next table begins; titles between tables belong to none.
    for part in re.split(r"^(?=\[)", example, flags=re.MULTILINE):
        if header := _HEADER.match(part):
            found[header[1]] = found.get(header[1], "") + part
    return {name: re.sub(r"(\n#.*|\n)+\Z", "", text) for name, text in found.items()}


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; pipes in cells are escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def _text(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


if __name__ == "__main__":
    write(Path.cwd())
