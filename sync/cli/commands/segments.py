"""The commands that tell what there is: segments, members, quarantine."""

import json
import os
import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from core.config import Config, load
from core.contract import Source
from core.errors import Misconfigured
from core.segments.recipes import catalogue
from core.segments.recipes.recipe import Recipe
from core.store import history
from sync.cli.commands.pipeline import AsOf, day
from sync.cli.context import Settings, hub_of
from sync.cli.output import AsCsv, AsJson, Listing, say, show, write
from sync.evaluation import NEVER, member_ids, sizes, unevaluated


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    for command in (segments, members, quarantine):
        app.command()(command)


def segments(
    context: typer.Context,
    recipes: Annotated[bool, typer.Option("--recipes", help="The ready ones on offer.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the segments with their sizes, or the ready ones on offer."""
    if recipes:
        list_recipes(context, as_json=as_json, as_csv=as_csv)
        return
    with hub_of(context) as hub:
        found = sizes(hub)
        missing = unevaluated(hub, found)
    rows = [each.as_json() for each in found]
    if as_json or as_csv:
        write(rows, ("name", "title", "members", "reachable", "unknown", "as_of"), as_csv=as_csv)
    elif rows:
        columns = {
            "name": "Segment", "title": "Title", "members": "Members", "reachable": "Reachable",
            "unknown": "Unknown",
        }  # fmt: skip
        days = ", ".join(dict.fromkeys(str(row["as_of"]) for row in rows if row["as_of"]))
        show(Listing(f"Segments as of {days}", columns, rows))
    if missing and not found:
        say(NEVER, "yellow")
    elif missing:
        say(f"not evaluated yet: {', '.join(missing)}; run: segmenthub evaluate", "yellow")


def members(
    context: typer.Context,
    segment: Annotated[str, typer.Argument(help="Its name, as `segments` lists it.")],
    ids: Annotated[str, typer.Option("--ids", help="Ids as this connection knows them.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the members of a segment: their ids in one connection, one a line, sorted."""
    with hub_of(context) as hub:
        found = member_ids(hub, segment, ids, day(as_of))
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    elif as_csv:
        write([{"id": each} for each in found], ["id"], as_csv=True)
    else:
        sys.stdout.writelines(f"{each}\n" for each in found)


def quarantine(
    context: typer.Context,
    connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the rows that could not be loaded: where each stands, and why."""
    with hub_of(context) as hub:
        if connection is not None:
            hub.connection(connection)
        with hub.database.read() as transaction:
            found = history.quarantine(transaction, connection)
        zone = hub.config.hub.timezone
    rows = [
        {
            "connection": each.connection,
            "stream": each.stream,
            "row": each.row,
            "path": each.path,
            "reason": each.reason,
            "attempts": each.attempts,
            "first_at": each.first_at.isoformat(),
            "last_at": each.last_at.isoformat(),
        }
        for each in found
    ]
    if as_json or as_csv:
        keys = (
            "connection", "stream", "row", "path", "reason", "attempts", "first_at", "last_at",
        )  # fmt: skip
        write(rows, keys, as_csv=as_csv)
        return
    told = [
        {
            "where": f"{each.row} ({each.stream} of {each.connection})",
            "what": f"{each.path}: {each.reason}" if each.path else each.reason,
            "since": local(each.first_at, zone),
        }
        for each in found
    ]
    columns = {"since": "Since", "where": "Row", "what": "What is wrong"}
    show(Listing("Rows that could not be loaded", columns, told))


def local(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as a person in the shop's zone reads it."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


COLUMNS = ("recipe", "number", "titles", "parameters", "variations", "needs", "delivered")


def list_recipes(context: typer.Context, *, as_json: bool, as_csv: bool) -> None:
    """Every recipe: titles, parameters, the paper's variations, the data, and whether it comes."""
    config = _config(context)
    nouns = _nouns(config) if config else None
    recipes = sorted(catalogue().values(), key=lambda each: (each.number or 0, each.name))
    if as_json or as_csv:
        write([_row(each, nouns) for each in recipes], COLUMNS, as_csv=as_csv)
        return
    language = config.hub.language if config else "en"
    for each in recipes:
        _tell(each, language, nouns)


def _config(context: typer.Context) -> Config | None:
    """The config where there is a good one; who has none yet may look at what is on offer."""
    try:
        return load(context.ensure_object(Settings).config, os.environ)
    except Misconfigured:
        return None


def _nouns(config: Config) -> frozenset[str]:
    return frozenset(
        noun
        for each in config.connections.values()
        if isinstance(each.connector, Source)
        for stream in each.connector.streams()
        for noun in stream.nouns
    )


def _row(recipe: Recipe, nouns: frozenset[str] | None) -> dict[str, object]:
    return {
        "recipe": recipe.name,
        "number": recipe.number,
        "titles": dict(recipe.title),
        "parameters": list(recipe.parameters),
        "variations": [each.model_dump(exclude_none=True) for each in recipe.variations],
        "needs": list(recipe.needs),
        "delivered": None if nouns is None else [each for each in recipe.needs if each in nouns],
    }


def _tell(recipe: Recipe, language: str, nouns: frozenset[str] | None) -> None:
    output = Console(highlight=False)
    titles = " / ".join(dict.fromkeys(recipe.title.values()))
    output.print(f"[bold]{recipe.name}[/] {escape(titles)}")
    said = [f"parameters: {', '.join(recipe.parameters)}"]
    if recipe.variations:
        wordings = [
            each.da if language == "da" and each.da else each.en for each in recipe.variations
        ]
        said.append("variations: " + "; ".join(wordings))
    said.append(f"needs: {recipe.data.get(language) or ', '.join(recipe.needs)}")
    if nouns is not None and (missing := [each for each in recipe.needs if each not in nouns]):
        said.append(f"no connection delivers: {', '.join(missing)}")
    for each in said:
        output.print(Padding(escape(each), (0, 0, 0, 4)))
    output.print()
