"""GraphQL: documents and answers held against a vendor's schema, and a system that answers them."""

import abc
import json
from collections.abc import Mapping
from typing import Any

import graphql
import httpx

from connectors.kit.testing.server import Written
from connectors.kit.testing.system import FakeSystem


class Schema:
    """One vendor's types."""

    def __init__(self, text: str) -> None:
        """Take a schema in its own language."""
        self._schema = graphql.build_schema(text, assume_valid=True)

    def check_request(self, body: Mapping[str, Any]) -> None:
        """Hold a document and its variables against the schema."""
        document = graphql.parse(body["query"])
        for error in graphql.validate(self._schema, document):
            raise AssertionError(f"the document: {error.message}")
        for definition in document.definitions:
            if isinstance(definition, graphql.OperationDefinitionNode):
                values = graphql.get_variable_values(
                    self._schema,
                    definition.variable_definitions or (),
                    dict(body.get("variables") or {}),
                )
                for error in values if isinstance(values, list) else ():
                    raise AssertionError(f"the variables: {error.message}")

    def check_response(self, asked: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        """Hold an answer against what was asked: it is answered anew from the answer itself."""
        if body.get("data") is None:
            return
        answer = graphql.execute_sync(
            self._schema,
            graphql.parse(asked["query"]),
            root_value=body["data"],
            variable_values=dict(asked.get("variables") or {}),
            field_resolver=_as_answered,
            type_resolver=lambda value, *_: value.get("__typename"),
        )
        for error in answer.errors or ():
            raise AssertionError(f"{'.'.join(map(str, error.path or ()))}: {error.message}")
        if answer.data != body["data"]:
            raise AssertionError("the answer holds something that was not asked for")


def _as_answered(source: Mapping[str, Any], info: graphql.GraphQLResolveInfo[Any], **_: Any) -> Any:
    return source.get(str(info.path.key))


class FakeGraphQL(FakeSystem):
    """A system of people behind GraphQL: documents that only look up write nothing, nor fail."""

    @abc.abstractmethod
    def resolve(self, field: str, alias: str, said: Mapping[str, Any]) -> Any:
        """Return the answer of one field of a document; `said` are its arguments' variables."""

    def written(self) -> list[Written]:
        """Requests that write: the mutations."""
        return [each for each in super().written() if each.body["query"].startswith("mutation")]

    def _fault(self, request: httpx.Request) -> httpx.Response | None:
        is_mutation = json.loads(request.content)["query"].startswith("mutation")
        return super()._fault(request) if is_mutation else None

    def _serve(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        operation: Any = graphql.parse(body["query"]).definitions[0]
        data = {}
        for field in operation.selection_set.selections:
            said = {
                each.name.value: body["variables"].get(each.value.name.value)
                for each in field.arguments or ()
                if isinstance(each.value, graphql.VariableNode)
            }
            alias = field.alias.value if field.alias else field.name.value
            data[alias] = self.resolve(field.name.value, alias, said)
        return httpx.Response(200, json={"data": data})
