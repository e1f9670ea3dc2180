"""The JSON Schema of a config, with which an editor completes and checks the file."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from core import plugins
from core.config.stanzas import NAME, AliasesStanza, HubStanza, PullStanza, PushStanza
from core.contract import Connector, Destination, Source
from core.segments.definition import SegmentOptions
from core.segments.recipes import catalogue
from core.segments.recipes.parameters import Parameter
from core.segments.recipes.recipe import Recipe
from core.segments.rules import AnyRule

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE: Schema = {
    "description": "Where the value is: in an environment variable, or in a file of its own.",
    "oneOf": [
        {
            "type": "object",
            "properties": {key: {"type": "string"}},
            "required": [key],
            "additionalProperties": False,
        }
        for key in ("env", "file")
    ],
}
_TO_REFERENCE = {"$ref": "#/$defs/reference"}
_TEXT = {"type": ["string", "integer"]}
_PERCENT = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"}
_SPAN = {"type": "string", "pattern": r"^\s*\d+ (hour|day|week|month|year)s?\s*$"}
_PARAMETERS: Mapping[str, Schema] = {
    "ages": {"type": ["integer", "array"], "items": {"type": "integer"}},
    "amount": {"type": ["number", "string"]},
    "comparison": {"type": ["string", "object"]},
    "count": {"type": "integer", "minimum": 1},
    "date": {},
    "decade": _TEXT,
    "flag": {"type": "boolean"},
    "month": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 12}, {"type": "string"}]},
    "number": {"type": ["number", "string"]},
    "percent": _PERCENT,
    "share": _PERCENT,
    "span": _SPAN,
    "text": _TEXT,
    "texts": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
    "window": {"anyOf": [_SPAN, {"const": "ever"}]},
}
"""Type of a recipe's parameter -> its schema; a date may be a TOML date or a text."""


def schema(named: Collection[str] = ()) -> Schema:
    """The schema of a config, with all recipes and installed connectors.

    Of other packages the connectors in `named` are described; the settings of the rest are open.
    """
    definitions: Schema = {"reference": REFERENCE}
    kinds = [
        {"type": "object", "properties": {"kind": {"const": each.kind}}, "required": ["kind"]}
        if each.connector is None
        else _connection(each.connector, definitions)
        for each in plugins.installed(named)
        if each.connector is not None or not each.loaded
    ]
    return {
        "$schema": DIALECT,
        "title": "segmenthub",
        "type": "object",
        "properties": {
            "hub": _stanza(HubStanza, "hub", definitions),
            "connections": _named({"type": "object", "oneOf": kinds}),
            "segments": _named(_segment(definitions)),
            "aliases": _stanza(AliasesStanza, "aliases", definitions),
        },
        "required": ["hub"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _named(each: Schema) -> Schema:
    return {"type": "object", "patternProperties": {NAME: each}, "additionalProperties": False}


def _connection(connector: type[Connector], definitions: Schema) -> Schema:
    own = _stanza(connector, connector.kind, definitions)
    properties = {"kind": {"const": connector.kind}, **own.get("properties", {})}
    if issubclass(connector, Source):
        properties["pull"] = _stanza(PullStanza, "pull", definitions)
    if issubclass(connector, Destination):
        properties["push"] = _stanza(PushStanza, "push", definitions)
    return {
        **own,
        "title": connector.kind,
        "properties": properties,
        "required": ["kind", *own.get("required", [])],
        "additionalProperties": False,
    }


def _stanza(model: type[BaseModel], prefix: str, definitions: Schema) -> Schema:
    """A model's schema; its definitions are moved to `definitions`, under the prefix."""
    found: Schema = model.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    for name, definition in found.pop("$defs", {}).items():
        definitions[f"{prefix}.{name}"] = _each(definition, _secrets_by_reference)
    found = _each(found, _secrets_by_reference)
    # Any single value may be a reference, to the environment for example.
    found["properties"] = {
        name: _or_reference(field) for name, field in found.get("properties", {}).items()
    }
    return found


def _secrets_by_reference(part: Schema) -> Schema:
    if part.get("format") != "password":
        return part
    return {**_only(part, "title", "description"), **_TO_REFERENCE}


def _or_reference(field: Schema) -> Schema:
    kinds = [field, *field.get("anyOf", ())]
    if any(kind.get("type") == "object" or "$ref" in kind for kind in kinds):
        return field
    described = _only(field, "title", "description", "default")
    return {**described, "anyOf": [field, _TO_REFERENCE]}


def _only(part: Schema, *keys: str) -> Schema:
    return {key: part[key] for key in keys if key in part}


def _each(part: Any, change: Callable[[Schema], Schema]) -> Any:
    """Apply `change` to every part of a schema, inner parts first."""
    if isinstance(part, dict):
        return change({key: _each(value, change) for key, value in part.items()})
    if isinstance(part, list):
        return [_each(value, change) for value in part]
    return part


def _segment(definitions: Schema) -> Schema:
    rules = TypeAdapter(AnyRule).json_schema(ref_template="#/$defs/rule.{model}")
    for name, definition in rules.pop("$defs").items():
        definitions[f"rule.{name}"] = definition
    about = _about(definitions)
    written_out = [
        _with(definitions[reference["$ref"].removeprefix("#/$defs/")], about)
        for reference in rules["oneOf"]
    ]
    recipes = [_recipe(recipe, about) for recipe in catalogue().values()]
    return {"type": "object", "oneOf": [*recipes, *written_out]}


def _with(rule: Schema, properties: Schema) -> Schema:
    return {**rule, "properties": {**properties, **rule["properties"]}}


def _about(definitions: Schema) -> Schema:
    found = _stanza(SegmentOptions, "segment", definitions)["properties"]
    # TOML has its own dates, which an editor passes on as texts.
    return {**found, "review_by": {}, "recipe": False}


def _recipe(recipe: Recipe, about: Schema) -> Schema:
    return {
        "title": recipe.name,
        "description": recipe.title.get("en", recipe.name),
        "type": "object",
        "properties": {
            **about,
            "recipe": {"const": recipe.name},
            "band": {"type": "boolean", "description": "Without the members of narrower bands."},
            **{name: _parameter(each) for name, each in recipe.parameters.items()},
        },
        "required": ["recipe"],
        "additionalProperties": False,
    }


def _parameter(parameter: Parameter) -> Schema:
    kind = _PARAMETERS.get(parameter.type, {})
    if parameter.type == "choice":
        kind = {"enum": list(parameter.choices)}
    if parameter.type != "flag" and (parameter.default, parameter.named) != (None, None):
        # `true` takes the default.
        kind = {"anyOf": [kind, {"const": True}]}
    return {**kind, **({} if parameter.default is None else {"default": parameter.default})}
