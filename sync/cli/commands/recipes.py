"""`segmenthub segments --recipes`: the ready segments on offer, and whether the data is there."""

import os

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from core.config import Config, load
from core.contract import Source
from core.errors import Misconfigured
from core.segments.recipes import catalogue
from core.segments.recipes.recipe import Recipe
from sync.cli.context import Settings
from sync.cli.output import write

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
