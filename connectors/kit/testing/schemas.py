"""Vendors' schemas in one dialect, and values held against them."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

_HOME = "urn:description"
_LONGEST_REASON = 300

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    # Vendors write an empty text where there is no moment.
    return not isinstance(value, str) or not value or bool(datetime.fromisoformat(value))


@formats.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or not value or bool(date.fromisoformat(value))


@formats.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or not value or "@" in value


@formats.checks("uri")
def _is_uri(value: object) -> bool:
    return (
        not isinstance(value, str)
        or not value
        or re.match(r"[a-z][a-z0-9+.-]*:", value) is not None
    )


class Schemas:
    """All schemas of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Translate a whole document into today's JSON Schema."""
        self.document = _translated(document, discovered="discoveryVersion" in document)
        resource = DRAFT202012.create_resource(self.document)
        self._registry: Registry[Any] = Registry().with_resource(_HOME, resource)
        self._validators: dict[str, Draft202012Validator] = {}

    def check(self, value: Any, schema: Any, where: str, *, request: bool = False) -> None:
        """Hold a value against a schema; in requests, unknown properties fail too."""
        for error in self._validator(schema).iter_errors(value):
            if request and error.validator == "required" and self._is_for_reading(error):
                continue
            place = "".join(f"[{part!r}]" for part in error.absolute_path)
            raise AssertionError(f"{where}{place}: {error.message[:_LONGEST_REASON]}")
        if request:
            for place in self._unknown(value, schema, ""):
                raise AssertionError(f"{where}{place}: is not described")

    def _validator(self, schema: Any) -> Draft202012Validator:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(
                schema, registry=self._registry, format_checker=formats
            )
        return self._validators[key]

    def _is_for_reading(self, error: Any) -> bool:
        missing = set(error.validator_value) - set(error.instance)
        properties = error.schema.get("properties", {})
        return all(properties.get(name, {}).get("readOnly") for name in missing)

    def _unknown(self, value: Any, schema: Any, place: str) -> Iterable[str]:
        """Places in `value` of which no part of `schema` knows; empty where it lists nothing."""
        parts = list(self.parts(schema))
        if isinstance(value, list):
            items = [part["items"] for part in parts if isinstance(part.get("items"), dict)]
            for number, each in enumerate(value):
                for inner in items[:1]:
                    yield from self._unknown(each, inner, f"{place}[{number}]")
        if not isinstance(value, dict):
            return
        known = [part["properties"] for part in parts if part.get("properties")]
        if not known or any(part.get("additionalProperties") for part in parts):
            return
        for name, each in value.items():
            described = [properties[name] for properties in known if name in properties]
            if not described:
                yield f"{place}[{name!r}]"
            elif len(described) == 1:
                yield from self._unknown(each, described[0], f"{place}[{name!r}]")

    def parts(self, schema: Any) -> Iterable[Mapping[str, Any]]:
        """A schema and all that it is composed of, references resolved."""
        if not isinstance(schema, Mapping):
            return
        schema = resolved(self.document, schema)
        yield schema
        for name in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(name, ()):
                yield from self.parts(part)


def resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """Resolve a part that only refers to another."""
    while "$ref" in part:
        target: Any = document
        for name in str(part["$ref"]).removeprefix(f"{_HOME}#/").split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        part = target
    return part


def from_text(text: str, schema: Any) -> Any:
    """The value that a query parameter's text stands for."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    kinds = kind if isinstance(kind, list) else [kind]
    if "integer" in kinds and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "number" in kinds and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if "boolean" in kinds and text in {"true", "false"}:
        return text == "true"
    if "array" in kinds:
        return [from_text(each, schema.get("items", {})) for each in text.split(",")]
    return text


def _translated(part: Any, *, discovered: bool) -> Any:
    if isinstance(part, list):
        return [_translated(each, discovered=discovered) for each in part]
    if not isinstance(part, Mapping):
        return part
    schema = {
        name: _translated(value, discovered=discovered)
        for name, value in part.items()
        if name not in {"example", "examples"} or isinstance(value, Mapping)
    }
    if isinstance(schema.get("$ref"), str):
        target = schema["$ref"]
        schema["$ref"] = _HOME + (f"#/schemas/{target}" if discovered else target)
    if schema.get("type") in ("any", "file"):
        del schema["type"]
    if discovered and schema.get("required") in (True, False) and "location" not in schema:
        del schema["required"]
    for name, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        # Older dialects say with a switch that the bound itself is outside.
        if schema.get(name) is True and bound in schema:
            schema[name] = schema.pop(bound)
        elif isinstance(schema.get(name), bool):
            del schema[name]
    if schema.get("nullable") is True or schema.get("x-nullable") is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
