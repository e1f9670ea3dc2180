"""Ready segments with parameters: one TOML file each, for users to copy and change."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from core.errors import Misconfigured, Mistake
from core.mistakes import mistakes, unknown
from core.segments.recipes.recipe import Recipe

__all__ = ["catalogue", "expand"]


def catalogue(folder: Path | None = None) -> Mapping[str, Recipe]:
    """All recipes by name; those of `folder` replace built-in ones of the same name.

    Raises Misconfigured with the name of a file that cannot be read.
    """
    if folder is None:
        return _built_in()
    return {**_built_in(), **_read_all(folder)}


def expand(
    name: str, parameters: Mapping[str, object], recipes: Mapping[str, Recipe] | None = None
) -> dict[str, object]:
    """The rules of a recipe with these parameters.

    Raises Misconfigured with every mistake at once; the path of a mistake is the parameter's name.
    """
    known = _built_in() if recipes is None else recipes
    if name not in known:
        raise Misconfigured([Mistake("recipe", unknown("recipe", name, known))])
    return known[name].expand(parameters)


@cache
def _built_in() -> Mapping[str, Recipe]:
    return _read_all(files(__name__))


def _read_all(folder: Traversable) -> Mapping[str, Recipe]:
    read = (
        _read(file)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    )
    return {recipe.name: recipe for recipe in read}


def _read(file: Traversable) -> Recipe:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured([Mistake("", f"is no TOML: {error}")], where=str(file)) from None
    try:
        return Recipe.model_validate({**table, "name": file.name.removesuffix(".toml")})
    except ValidationError as error:
        raise Misconfigured(mistakes(error, Recipe, table), where=str(file)) from None
