"""Meta's codegen specifications, read as an OpenAPI document.

The form is that of https://github.com/facebook/facebook-business-sdk-codegen (`api_specs/specs`):
one entry per node with `apis` (method, endpoint, params, return) and `fields`, and a list of
enumerations. Several files may stand in one JSON object, keyed by file name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

ENUMERATIONS = "enum_types.json"
_PLAIN: Mapping[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "datetime": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "unsigned int": {"type": "integer", "minimum": 0},
    "float": {"type": "number"},
    "Object": {"type": "object"},
    "map": {"type": "object"},
    "list": {"type": "array"},
}
_LIST = re.compile(r"list<(.+)>")


def is_codegen(document: Mapping[str, Any]) -> bool:
    """Whether a document holds nodes in this form."""
    return isinstance(document.get(ENUMERATIONS), list)


def openapi(document: Mapping[str, Any]) -> dict[str, Any]:
    """The nodes as paths `/{id}/endpoint`, ad accounts as `/act_{id}/endpoint`."""
    nodes: dict[str, Mapping[str, Any]] = {
        key.removesuffix(".json"): node
        for key, node in document.items()
        if isinstance(node, Mapping)
    }
    schemas: dict[str, dict[str, Any]] = {
        each["name"]: {"enum": each["values"]} for each in document[ENUMERATIONS]
    }
    for name, node in nodes.items():
        fields = {each["name"]: _schema(each["type"], nodes, schemas) for each in node["fields"]}
        schemas[name] = {"type": "object", "properties": fields}
    paths: dict[str, dict[str, Any]] = {}
    for name, node in nodes.items():
        for path, method, operation in _operations(name, node, nodes, schemas):
            # Nodes without an edge share one path; the first that is listed describes it.
            paths.setdefault(path, {}).setdefault(method, operation)
    return {
        "openapi": "3.1.0",
        "servers": [{"url": "https://graph.facebook.com"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operations(
    name: str, node: Mapping[str, Any], nodes: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    begin = "/{version}/act_{id}" if name == "AdAccount" else "/{version}/{id}"
    for api in node["apis"]:
        method = api["method"].lower()
        endpoint = api.get("endpoint", "").strip("/")
        parameters = {each["name"]: _schema(each["type"], nodes, schemas) for each in api["params"]}
        required = [each["name"] for each in api["params"] if each["required"]]
        answer: dict[str, Any] = {"type": "object"}
        if method == "get" and endpoint and api["return"] in nodes:
            rows = {"type": "array", "items": _schema(api["return"], nodes, schemas)}
            answer = {"type": "object", "properties": {"data": rows}, "required": ["data"]}
        operation: dict[str, Any] = {
            "responses": {"200": _content(answer), "default": _content({"type": "object"})}
        }
        if method == "get":
            # `fields` goes with every node, though only some entries name it.
            parameters = {"fields": {"type": "string"}, "limit": {"type": "integer"}, **parameters}
            parameters |= {"after": {"type": "string"}}
            operation["parameters"] = [
                {"in": "query", "name": each, "schema": schema, "required": each in required}
                for each, schema in parameters.items()
            ]
        else:
            body = {"type": "object", "properties": parameters, "required": required}
            operation["requestBody"] = _content(body)
        yield "/".join(filter(None, (begin, endpoint))), method, operation


def _content(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _schema(kind: str, nodes: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of a type; one that the document does not explain allows anything."""
    if found := _LIST.fullmatch(kind):
        return {"type": "array", "items": _schema(found[1], nodes, schemas)}
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in nodes or kind in schemas:
        return {"$ref": f"#/components/schemas/{kind}"}
    return {}
