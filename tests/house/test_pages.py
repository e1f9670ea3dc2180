"""Connectors state the facts that they rest on, and their pages are what they say today."""

import inspect
import re
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from connectors.kit import Connector, RestSource
from core import plugins
from sync.pages import (
    ENGAGEMENT,
    EXAMPLE,
    FOLDER,
    README,
    fact,
    pages,
    systems,
    with_tables,
    write,
)
from tests.house.project import ROOT

FACTS = (
    "API", "Version", "Auth", "Paging", "Cursor", "Limits", "Batch", "What it cannot do",
    "Proved against",
)  # fmt: skip
WITHOUT_VENDOR = {"csv"}
"""Kinds without a vendor, and so without a version of an API."""
SOURCE = re.compile(r"https://[\w./-]+\w/?")

OURS = sorted(
    offer.name
    for offer in entry_points(group=plugins.GROUP)
    if offer.dist is not None and offer.dist.name == "segmenthub"
)
each_connector = pytest.mark.parametrize("kind", OURS)


def facts(kind: str) -> str:
    """The docstring of a connector's own module."""
    plugins.find(kind)
    return inspect.cleandoc(sys.modules[f"connectors.{kind}"].__doc__ or "")


def nouns_of(connector: type[Connector]) -> set[str]:
    """The nouns that a connector reads, where they do not follow from its settings."""
    if not issubclass(connector, RestSource):
        return set()
    return {noun for each in connector.model_construct().streams() for noun in each.nouns}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The pages as they would be made now."""
    return pages((ROOT / EXAMPLE).read_text("utf-8"))


@each_connector
def test_a_fact_sheet_has_every_fact_in_one_order(kind: str) -> None:
    stated = re.findall(r"^- ([^:\n]+): +\S", facts(kind), re.MULTILINE)
    missing = [fact for fact in FACTS if fact not in stated]
    assert missing == [], f"the docstring of connectors.{kind} lacks lines like `- Auth: …`"
    assert [fact for fact in stated if fact in FACTS] == list(FACTS)


@each_connector
def test_a_source_of_events_says_what_they_are(kind: str) -> None:
    connector = plugins.find(kind)
    if connector.system == "email" or ENGAGEMENT in nouns_of(connector):
        assert fact(facts(kind), "Engagement")


@each_connector
def test_a_fact_sheet_names_its_source(kind: str) -> None:
    (begin,) = re.findall(r"^Fact sheet, from .*?\n- ", facts(kind), re.MULTILINE | re.DOTALL)
    assert bool(SOURCE.findall(begin)) is (kind not in WITHOUT_VENDOR)


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind not in WITHOUT_VENDOR])
def test_a_fact_sheet_names_the_version_of_the_api(kind: str) -> None:
    (interface,) = re.findall(r"^- API: (.*?)\n- ", facts(kind), re.MULTILINE | re.DOTALL)
    assert re.search(r"\bv?\d+(\.\d+)?\b", interface.partition(" at ")[0])


def test_the_readme_has_the_systems_of_today() -> None:
    page = (ROOT / README).read_text("utf-8")
    assert page == with_tables(page, {"systems": systems("docs/connectors/")}), "run: make docs"
    assert all(f"| [{kind}](docs/connectors/{kind}.md) |" in page for kind in OURS)


@pytest.mark.parametrize("kind", [*OURS, "README"])
def test_a_page_says_what_the_code_says(kind: str, made: dict[str, str]) -> None:
    file = ROOT / FOLDER / f"{kind}.md"
    written = file.read_text("utf-8") if file.exists() else ""
    assert written == made[file.name], f"{FOLDER}/{file.name} is not of today; run: make docs"


def test_there_is_a_page_for_each_connector_and_no_other(made: dict[str, str]) -> None:
    there = {file.name for file in (ROOT / FOLDER).iterdir()}
    assert there == made.keys() == {*(f"{kind}.md" for kind in OURS), "README.md"}


@each_connector
def test_a_page_shows_an_example_that_is_toml(kind: str, made: dict[str, str]) -> None:
    shown = re.findall(r"^```toml\n(.*?)^```$", made[f"{kind}.md"], re.MULTILINE | re.DOTALL)
    kinds = [
        connection["kind"]
        for text in shown
        for connection in tomllib.loads(text)["connections"].values()
    ]
    assert kinds == [kind]


@each_connector
def test_a_page_names_each_setting_and_says_which_are_secret(
    kind: str, made: dict[str, str]
) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:yes)? \| (yes)? \|", made[f"{kind}.md"], re.MULTILINE)
    stated = {name for name, _ in rows}
    fields = plugins.find(kind).model_fields
    assert {field.alias or name for name, field in fields.items()} <= stated
    secrets = {name for name, secret in rows if secret}
    assert secrets == {n for n, f in fields.items() if "SecretStr" in str(f.annotation)}


def test_writing_pages_takes_those_of_no_connector_away(tmp_path: Path) -> None:
    for name in (EXAMPLE, README):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    (folder / "gone.md").write_text("of long ago")
    write(tmp_path)
    assert {file.name for file in folder.iterdir()} == {*(f"{k}.md" for k in OURS), "README.md"}


def test_a_stanza_ends_where_the_next_table_begins() -> None:
    example = (
        '[hub]\nlanguage = "da"\n\n[connections.a]\nkind = "csv"\nlist = [\n  1,\n]\n'
        '[connections.a.orders]\nfiles = ["x"]\n\n# -- Title --\n# of more lines\n\n'
        '[connections.b]\nkind = "square"\n\n[segments.c]\nrecipe = "vip"\n'
    )
    page = pages(example)["csv.md"]
    assert (
        '```toml\n[connections.a]\nkind = "csv"\nlist = [\n  1,\n]\n[connections.a.orders]\n'
        in page
    )
    assert page.endswith('files = ["x"]\n```\n')
    assert '```toml\n[connections.b]\nkind = "square"\n```\n' in pages(example)["square.md"]
