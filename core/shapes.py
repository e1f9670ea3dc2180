"""The types that a pydantic model expects at each place of a TOML table."""

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

Annotation = Any


def choices(annotation: Annotation) -> list[Annotation]:
    """The members of a union, None left out; anything else is its own only choice."""
    origin: Any = get_origin(annotation)
    if origin is Annotated:
        return choices(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [choice for member in get_args(annotation) for choice in choices(member)]
    return [] if annotation is type(None) else [annotation]


def fields(annotation: Annotation) -> dict[str, str]:
    """The keys that a table may have here, with their descriptions."""
    return {
        field.alias or name: field.description or ""
        for model in _models(annotation)
        for name, field in model.model_fields.items()
    }


def takes_table(annotation: Annotation) -> bool:
    """Whether a table is allowed here."""
    return bool(_models(annotation)) or any(
        choice in (Any, object, dict) or _is_mapping(choice) for choice in choices(annotation)
    )


def below(annotation: Annotation, step: str | int) -> list[Annotation]:
    """Types one step down: of a model's field, a mapping's values, or a list's items."""
    if isinstance(step, int):
        return [
            item
            for choice in choices(annotation)
            if not _is_mapping(choice)
            for item in get_args(choice)[:1]
        ]
    values = [
        value
        for choice in choices(annotation)
        if _is_mapping(choice)
        for value in get_args(choice)[1:]
    ]
    return values + [
        field.annotation
        for model in _models(annotation)
        for name, field in model.model_fields.items()
        if step == (field.alias or name)
    ]


def _models(annotation: Annotation) -> list[type[BaseModel]]:
    return [
        choice
        for choice in choices(annotation)
        if isinstance(choice, type) and issubclass(choice, BaseModel)
    ]


def _is_mapping(choice: Annotation) -> bool:
    origin = get_origin(choice)
    return isinstance(origin, type) and issubclass(origin, Mapping)
