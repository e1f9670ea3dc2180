"""The tables of `docs/segments.md`, made from the rules and recipes by `make docs`."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Final, get_args

from core.audience.values import VALUES
from core.segments.compile.profile_fields import FIELDS
from core.segments.recipes import catalogue
from core.segments.recipes.recipe import Recipe
from core.segments.rules import Measured, Rule
from core.segments.rules.rule_union import KINDS
from sync.pages import table, with_tables

PAGE: Final = Path("docs") / "segments.md"


def tables() -> Mapping[str, str]:
    """Every table by its name: subjects, fields, values, recipes, and one per subject."""
    subjects = {word: kind for word, kind in KINDS.items() if issubclass(kind, Measured)}
    return {
        "subjects": table(("rule", "about", "measures"), _subjects()),
        "fields": table(
            ("field", "meaning"),
            [
                *((f"`{name}`", meaning) for name, meaning in FIELDS.items()),
                ("`custom.<name>`", "a field of the source's own, or several texts"),
                ("`company.custom.<name>`", "the same of the company"),
            ],
        ),
        "values": table(
            ("value", "meaning"),
            [(f"`{name}`", value.meaning) for name, value in VALUES.items()],
        ),
        "recipes": table(("", "recipe", "title", "parameters"), _recipes()),
        **{word: _subject(word, kind) for word, kind in subjects.items()},
    }


def where_keys(kind: type[Rule]) -> Mapping[str, str]:
    """The filters that a rule may have in `where`, with the meaning of each; none without it."""
    if "where" not in kind.model_fields:
        return {}
    (where,) = (
        each for each in get_args(kind.model_fields["where"].annotation) if each is not type(None)
    )
    return {
        "custom.<name>" if name == "custom" else name: field.description or ""
        for name, field in where.model_fields.items()
    }


def _subjects() -> Iterator[tuple[str, str, str]]:
    for word, kind in KINDS.items():
        if issubclass(kind, Measured):
            measures = ", ".join(f"`{each}`" for each in kind.measures)
            yield f"`{word}`", _summary(kind), measures
        elif word not in {"all", "any", "not"}:
            yield f"`{word}`", _summary(kind), ""


def _subject(word: str, kind: type[Measured]) -> str:
    measures = [(f'`{word} = "{name}"`', meaning) for name, meaning in kind.measures.items()]
    keys = [(f"`{name}`", meaning) for name, meaning in where_keys(kind).items()]
    return table(("measure", "meaning"), measures) + "\n\n" + table(("in `where`", "meaning"), keys)


def _recipes() -> Iterator[tuple[str, str, str, str]]:
    for recipe in sorted(catalogue().values(), key=attrgetter("place")):
        number = str(recipe.number) if recipe.number else ""
        yield number, f"`{recipe.name}`", recipe.title["en"], ", ".join(_parameters(recipe))


def _parameters(recipe: Recipe) -> Iterator[str]:
    for name, parameter in recipe.parameters.items():
        if parameter.required:
            yield f"`{name}` (required)"
        elif parameter.default is not None:
            yield f"`{name}` [{str(parameter.default).lower()}]"
        else:
            yield f"`{name}`"


def _summary(kind: type[Rule]) -> str:
    return (kind.__doc__ or "").partition("\n")[0].rstrip(".")


def write(root: Path) -> None:
    """Write the page with its tables below the project's folder."""
    file = root / PAGE
    file.write_text(with_tables(file.read_text("utf-8"), tables()), "utf-8")


if __name__ == "__main__":
    write(Path.cwd())
