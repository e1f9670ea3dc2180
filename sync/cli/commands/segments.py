"""The commands that list segments, recipes and members."""

import os
import sys
from operator import attrgetter
from typing import Annotated

import typer
from rich.padding import Padding

from core.config import Config, load
from core.contract import Source
from core.errors import Misconfigured
from core.segments.recipes import catalogue
from core.segments.recipes.recipe import Recipe
from sync.cli.commands.pipeline import AsOf, day
from sync.cli.context import Settings, hub_of
from sync.cli.output import AsCsv, AsJson, Listing, console, say, show, styled, write, write_json
from sync.evaluation import NEVER, member_ids, sizes, unevaluated


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (segments, members):
        app.command()(command)


def segments(
    context: typer.Context,
    recipes: Annotated[bool, typer.Option("--recipes", help="List the ready segments.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the segments with their sizes, or the recipes for ready segments."""
    if recipes:
        _list_recipes(context, as_json=as_json, as_csv=as_csv)
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
    ids: Annotated[str, typer.Option("--ids", help="The connection whose ids are listed.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the members of a segment: their ids in one connection, one per line, sorted."""
    with hub_of(context) as hub:
        found = member_ids(hub, segment, ids, day(as_of))
    if as_json:
        write_json(found)
    elif as_csv:
        write([{"id": each} for each in found], ["id"], as_csv=True)
    else:
        sys.stdout.writelines(f"{each}\n" for each in found)


RECIPE_COLUMNS = ("recipe", "number", "titles", "parameters", "variations", "needs", "delivered")


def _list_recipes(context: typer.Context, *, as_json: bool, as_csv: bool) -> None:
    """List every recipe with its parameters, variations and the data that it needs."""
    config = _config(context)
    nouns = _nouns(config) if config else None
    recipes = sorted(catalogue().values(), key=attrgetter("place"))
    if as_json or as_csv:
        write([_row(each, nouns) for each in recipes], RECIPE_COLUMNS, as_csv=as_csv)
        return
    language = config.hub.language if config else "en"
    for each in recipes:
        _show_recipe(each, language, nouns)


def _config(context: typer.Context) -> Config | None:
    """The config, or None: recipes may be listed before there is a valid one."""
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


def _show_recipe(recipe: Recipe, language: str, nouns: frozenset[str] | None) -> None:
    output = console()
    titles = " / ".join(dict.fromkeys(recipe.title.values()))
    output.print(styled((recipe.name, "bold"), f" {titles}"))
    lines = [f"parameters: {', '.join(recipe.parameters)}"]
    if recipe.variations:
        wordings = [
            each.da if language == "da" and each.da else each.en for each in recipe.variations
        ]
        lines.append("variations: " + "; ".join(wordings))
    lines.append(f"needs: {recipe.data.get(language) or ', '.join(recipe.needs)}")
    if nouns is not None and (missing := [each for each in recipe.needs if each not in nouns]):
        lines.append(f"no connection delivers: {', '.join(missing)}")
    for each in lines:
        output.print(Padding(styled(each), (0, 0, 0, 4)))
    output.print()
