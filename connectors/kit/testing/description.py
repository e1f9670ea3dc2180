# ruff: noqa: ARG002 - REST and GraphQL are asked in one shape
"""Vendors' own descriptions of their APIs, held against what is sent and what is fed.

`Description.load` reads Swagger 2, OpenAPI 3, Google's discovery documents, Meta's codegen form,
GraphQL schemas and WSDL; both checks raise AssertionError naming the operation, the place and the
reason. A file is read once per process, however many tests ask for it.
"""

import abc
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from connectors.kit.lists.pages import lay
from connectors.kit.testing import schemas
from connectors.kit.testing.codegen import is_codegen, openapi
from connectors.kit.testing.graphql import Schema
from connectors.kit.testing.schemas import Schemas
from connectors.kit.testing.wsdl import Wsdl

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


class Description(abc.ABC):
    """A vendor's description of its API."""

    @staticmethod
    def load(path: Path, corrections: Mapping[str, Any] | None = None) -> "Description":
        """Read one file, whichever kind it is.

        `corrections` are laid over a JSON document at their dotted paths, where it is known to be
        wrong: say beside each how that is known.
        """
        return _load(path.resolve(), path.stat().st_mtime_ns, json.dumps(corrections or {}))

    def check(self, request: httpx.Request, response: httpx.Response) -> None:
        """Hold a request and its answer against the description."""
        method, path = request.method, request.url.path
        body = json.loads(request.content) if request.content else None
        self.check_request(method, path, dict(request.url.params), body)
        told = json.loads(response.content) if response.content else None
        self.check_response(method, path, response.status_code, told)

    @abc.abstractmethod
    def check_request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> None:
        """Hold a request against the description; unknown parameters and properties fail."""

    @abc.abstractmethod
    def check_response(self, method: str, path: str, status: int, body: Any = None) -> None:
        """Hold an answer against the description."""


@cache
def _load(path: Path, _changed: int, corrections: str) -> Description:
    text = path.read_text("utf-8")
    if path.suffix in {".graphql", ".graphqls"}:
        return GraphQLDescription(text)
    if path.suffix == ".wsdl":
        return SoapDescription(text)
    document = json.loads(text)
    for place, value in json.loads(corrections).items():
        lay(document, place, value)
    return RestDescription(openapi(document) if is_codegen(document) else document)


@dataclass(frozen=True)
class _Operation:
    method: str
    template: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Query parameters by name: whether required, and their schema."""
    body: Any = None
    responses: Mapping[str, Any] = field(default_factory=dict)
    """Schemas by status; None: no body is described."""

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.template}"

    def matches(self, method: str, path: str) -> bool:
        parts = re.split(r"(\{[^}]*\})", self.template)
        pattern = "".join(
            re.escape(part) if not part.startswith("{") else ".+" if part[1] == "+" else "[^/]+"
            for part in parts
        )
        return method.lower() == self.method and re.fullmatch(pattern, path) is not None


class RestDescription(Description):
    """A description made of paths and schemas."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Take a whole document."""
        self._schemas = Schemas(document)
        self._operations = list(_operations(self._schemas.document))
        # /members/search is no member called search.
        self._operations.sort(key=lambda each: each.template.count("{"))
        self._base = _base(document)

    def check_request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> None:
        """Hold a request against its operation."""
        operation = self._find(method, path)
        query = query or {}
        for name, value in query.items():
            parameter = operation.parameters.get(name) or operation.parameters.get(
                name.partition("[")[0]
            )
            if parameter is None:
                raise AssertionError(f"{operation.name}: query {name}: is not described")
            self._schemas.check(
                schemas.from_text(value, parameter["schema"]),
                parameter["schema"],
                f"{operation.name}: query {name}",
            )
        for name, parameter in operation.parameters.items():
            if parameter["required"] and name not in query:
                raise AssertionError(f"{operation.name}: query {name}: is required")
        if body is not None:
            if operation.body is None:
                raise AssertionError(f"{operation.name}: body: none is described")
            self._schemas.check(body, operation.body, f"{operation.name}: body", request=True)

    def check_response(self, method: str, path: str, status: int, body: Any = None) -> None:
        """Hold an answer against its operation."""
        operation = self._find(method, path)
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in operation.responses:
                break
        else:
            raise AssertionError(f"{operation.name}: status {status}: is not described")
        if operation.responses[key] is not None:
            self._schemas.check(body, operation.responses[key], f"{operation.name}: {status}")

    def _find(self, method: str, path: str) -> _Operation:
        path = path.partition("?")[0]
        for shortened in (path, path.removeprefix(self._base)):
            for operation in self._operations:
                if operation.matches(method, shortened):
                    return operation
        raise AssertionError(f"{method.upper()} {path}: is not described")


class GraphQLDescription(Description):
    """A description made of types."""

    def __init__(self, text: str) -> None:
        """Take a schema in its own language."""
        self._schema = Schema(text)
        self._asked: Any = None

    def check_request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> None:
        """Hold a document and its variables against the schema."""
        self._schema.check_request(body)
        self._asked = body

    def check_response(self, method: str, path: str, status: int, body: Any = None) -> None:
        """Hold an answer against the document that was checked last."""
        self._schema.check_response(self._asked, body)


class SoapDescription(Description):
    """A description made of messages."""

    def __init__(self, text: str) -> None:
        """Take a WSDL document."""
        self._wsdl = Wsdl(text)
        self._operation = ""

    def check(self, request: httpx.Request, response: httpx.Response) -> None:
        """Hold an envelope and its answer against the description."""
        self.check_request(request.method, request.url.path, body=request.content.decode("utf-8"))
        text = response.content.decode("utf-8")
        self.check_response(request.method, request.url.path, response.status_code, text)

    def check_request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> None:
        """Hold an envelope, as text, against its operation."""
        self._operation = self._wsdl.check_request(body)

    def check_response(self, method: str, path: str, status: int, body: Any = None) -> None:
        """Hold an answer, as text, against the operation that was checked last."""
        self._wsdl.check_response(self._operation, body)


def _base(document: Mapping[str, Any]) -> str:
    if "servers" in document:
        address = str(document["servers"][0]["url"]) if document["servers"] else ""
        return re.sub(r"^https?://[^/]*", "", address).rstrip("/")
    path = str(document.get("basePath") or document.get("servicePath") or "").strip("/")
    return f"/{path}" if path else ""


def _operations(document: Mapping[str, Any]) -> Iterator[_Operation]:
    if "discoveryVersion" in document:
        yield from _discovered(document, document)
    for template, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield _described(document, template, method, item)


def _described(
    document: Mapping[str, Any], template: str, method: str, item: Mapping[str, Any]
) -> _Operation:
    operation = item[method]
    given = [
        schemas.resolved(document, each)
        for each in [*item.get("parameters", ()), *operation.get("parameters", ())]
    ]
    bodies = [each["schema"] for each in given if each["in"] == "body"]
    request = schemas.resolved(document, operation.get("requestBody") or {})
    return _Operation(
        method,
        template,
        {
            each["name"]: {
                "required": each.get("required", False),
                "schema": each.get("schema") or _without_words(each),
            }
            for each in given
            if each["in"] == "query"
        },
        bodies[0] if bodies else _json_schema(request),
        {
            str(status): _json_schema(schemas.resolved(document, response))
            for status, response in operation.get("responses", {}).items()
        },
    )


def _without_words(parameter: Mapping[str, Any]) -> dict[str, Any]:
    # Swagger 2 writes a parameter's schema into the parameter itself.
    return {
        name: value
        for name, value in parameter.items()
        if name not in {"name", "in", "required", "description"}
    }


def _json_schema(described: Mapping[str, Any]) -> Any:
    for kind, content in described.get("content", {}).items():
        if "json" in kind:
            return content.get("schema")
    return described.get("schema")


def _discovered(document: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[_Operation]:
    for method in part.get("methods", {}).values():
        parameters = {**document.get("parameters", {}), **method.get("parameters", {})}
        yield _Operation(
            method["httpMethod"].lower(),
            f"/{method['path']}",
            {
                name: {
                    "required": each.get("required", False) is True,
                    "schema": {"type": "array", "items": each} if each.get("repeated") else each,
                }
                for name, each in parameters.items()
                if each.get("location") == "query"
            },
            method.get("request"),
            {"200": method.get("response")},
        )
    for inner in part.get("resources", {}).values():
        yield from _discovered(document, inner)
