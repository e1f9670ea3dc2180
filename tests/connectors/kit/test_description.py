"""The reader of vendors' descriptions: what it lets pass, and what it does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.kit.testing import Description
from tests.counting import Held

PERSON: dict[str, Any] = {
    "type": "object",
    "required": ["id", "mail"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "mail": {"type": "string", "format": "email"},
        "born": {"type": "string", "format": "date"},
        "seen": {"type": "string", "format": "date-time"},
        "place": {"type": "object", "properties": {"city": {"type": "string"}}},
        "free": {"type": "object", "additionalProperties": True},
    },
}
QUERY: list[dict[str, Any]] = [
    {"name": "page", "type": "integer", "maximum": 9},
    {"name": "since", "type": "string", "format": "date-time"},
    {"name": "deep", "type": "boolean"},
    {"name": "kind", "type": "array", "items": {"enum": ["a", "b"]}},
]
OPENAPI = {
    "openapi": "3.0.3",
    "servers": [{"url": "https://api.test/v1"}],
    "paths": {
        "/people": {
            "parameters": [{"$ref": "#/components/parameters/key"}],
            "get": {
                "parameters": [
                    {
                        "in": "query",
                        "name": each["name"],
                        "schema": {name: each[name] for name in each if name != "name"},
                    }
                    for each in QUERY
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Person"},
                                }
                            }
                        }
                    }
                },
            },
        },
        "/people/{id}": {
            "put": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Person"}}
                    }
                },
                "responses": {"204": {"description": "done"}, "4XX": {"description": "no"}},
            }
        },
        "/people/search": {"get": {"responses": {"200": {"description": "found"}}}},
    },
    "components": {
        "parameters": {
            "key": {"in": "query", "name": "key", "required": True, "schema": {"type": "string"}}
        },
        "schemas": {
            "Person": {
                **PERSON,
                "properties": {
                    **PERSON["properties"],
                    "born": {"type": "string", "format": "date", "nullable": True},
                },
            }
        },
    },
}
SWAGGER = {
    "swagger": "2.0",
    "basePath": "/v1",
    "paths": {
        "/people": {
            "get": {
                "parameters": [
                    {"in": "query", "name": "key", "required": True, "type": "string"},
                    *({"in": "query", **each} for each in QUERY),
                ],
                "responses": {
                    "200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/Person"}}}
                },
            }
        },
        "/people/{id}": {
            "put": {
                "parameters": [
                    {"in": "body", "name": "body", "schema": {"$ref": "#/definitions/Person"}}
                ],
                "responses": {"204": {"description": "done"}, "default": {"description": "no"}},
            }
        },
        "/people/search": {"get": {"responses": {"200": {"description": "found"}}}},
    },
    "definitions": {
        "Person": {
            **PERSON,
            "properties": {
                **PERSON["properties"],
                "born": {"type": "string", "format": "date", "x-nullable": True},
            },
        }
    },
}
DISCOVERY = {
    "discoveryVersion": "v1",
    "servicePath": "v1/",
    "parameters": {"key": {"location": "query", "type": "string", "required": True}},
    "schemas": {
        "Person": {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "mail": {"type": "string"},
                "born": {"type": "any"},
                "place": {"$ref": "Place"},
            },
        },
        "Place": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
    "resources": {
        "people": {
            "methods": {
                "put": {
                    "httpMethod": "PUT",
                    "path": "people/{+id}",
                    "request": {"$ref": "Person"},
                    "response": {"$ref": "Person"},
                    "parameters": {"id": {"location": "path", "required": True, "type": "string"}},
                }
            }
        }
    },
}
GOOD = {"id": 1, "mail": "a@b.test", "born": None, "seen": "2024-05-01T10:00:00Z"}


@pytest.fixture(params=["openapi", "swagger"])
def description(request: pytest.FixtureRequest, tmp_path: Path) -> Description:
    return written({"openapi": OPENAPI, "swagger": SWAGGER}[request.param], tmp_path)


def written(document: Any, folder: Path) -> Description:
    file = folder / "description.json"
    file.write_text(json.dumps(document))
    return Description.load(file)


@pytest.mark.parametrize("path", ["/people", "/v1/people"])
def test_what_is_described_passes(description: Description, path: str) -> None:
    query = {"key": "k", "page": "3", "since": "2024-05-01", "deep": "true", "kind": "a,b"}
    description.check_request("GET", path, query)
    description.check_response("GET", path, 200, [GOOD])
    description.check_request("GET", "/people/search")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"key": "k", "pgae": "3"}, r"query pgae: is not described"),
        ({}, r"query key: is required"),
        ({"key": "k", "page": "three"}, r"query page.*integer"),
        ({"key": "k", "page": "10"}, r"query page.*maximum"),
        ({"key": "k", "deep": "yes"}, r"query deep.*boolean"),
        ({"key": "k", "kind": "a,c"}, r"query kind\[1\]"),
        ({"key": "k", "since": "yesterday"}, r"query since.*date-time"),
    ],
)
def test_a_query_that_is_not_described_fails(
    description: Description, query: dict[str, str], reason: str
) -> None:
    with pytest.raises(AssertionError, match=f"GET /people: {reason}"):
        description.check_request("GET", "/people", query)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"id": 1}, "'mail' is a required"),
        ({**GOOD, "id": "1"}, r"\[0\]\['id'\]: '1' is not of type"),
        ({**GOOD, "mail": "nobody"}, "is not a 'email'"),
        ({**GOOD, "born": "1.2.1990"}, "under any of|not valid|is not a"),
        ({**GOOD, "place": {"city": 1}}, r"\['place'\]\['city'\]"),
    ],
)
def test_an_answer_that_is_not_described_fails(
    description: Description, person: dict[str, Any], reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):
        description.check_response("GET", "/people", 200, [person])


def test_an_answer_may_hold_more_and_a_request_may_not(description: Description) -> None:
    more = {**GOOD, "place": {"city": "Ribe", "zip": "6760"}}
    description.check_response("GET", "/people", 200, [more])
    with pytest.raises(AssertionError, match=r"body\['place'\]\['zip'\]: is not described"):
        description.check_request("PUT", "/people/1", None, more)
    description.check_request("PUT", "/people/1", None, {**GOOD, "free": {"any": "thing"}})


def test_what_is_for_reading_need_not_be_sent(description: Description) -> None:
    description.check_request("PUT", "/people/1", None, {"mail": "a@b.test"})
    with pytest.raises(AssertionError, match="'mail' is a required"):
        description.check_request("PUT", "/people/1", None, {"id": 1})


def test_what_is_not_described_at_all_fails(description: Description) -> None:
    with pytest.raises(AssertionError, match="POST /people: is not described"):
        description.check_request("POST", "/people")
    with pytest.raises(AssertionError, match="GET /pets: is not described"):
        description.check_request("GET", "/pets")
    with pytest.raises(AssertionError, match="status 302: is not described"):
        description.check_response("GET", "/people", 302)
    description.check_response("PUT", "/people/1", 404)


def test_a_discovery_document_is_read(tmp_path: Path) -> None:
    description = written(DISCOVERY, tmp_path)
    description.check_request("PUT", "/people/a/b", {"key": "k"}, {"place": {"city": "Ribe"}})
    description.check_response("PUT", "/v1/people/1", 200, {"id": 1, "born": 7})
    with pytest.raises(AssertionError, match=r"body\['place'\]\['zip'\]"):
        description.check_request("PUT", "/people/1", {"key": "k"}, {"place": {"zip": "6760"}})
    with pytest.raises(AssertionError, match="is not of type"):
        description.check_response("PUT", "/people/1", 200, {"id": "one"})


SDL = """
scalar Date
type Query { person(id: ID!, first: Int): Person }
interface Named { name: String! }
type Person implements Named { name: String!, born: Date, friends: [Person!]! }
"""


def test_a_graphql_schema_is_read(tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(SDL)
    description = Description.load(file)
    asked = {
        "query": "query Q($id: ID!) { who: person(id: $id) { name born friends { name } } }",
        "variables": {"id": "1"},
    }
    description.check_request("POST", "/graphql", None, asked)
    ida = {"name": "Ida", "born": "1990-01-02", "friends": [{"name": "Bo"}]}
    description.check_response("POST", "/graphql", 200, {"data": {"who": ida}})
    for wrong in ({**ida, "name": None}, {**ida, "friends": None}, {**ida, "age": 3}):
        with pytest.raises(AssertionError):
            description.check_response("POST", "/graphql", 200, {"data": {"who": wrong}})
    with pytest.raises(AssertionError, match="Cannot query field"):
        description.check_request("POST", "/graphql", None, {"query": "{ pet { name } }"})
    with pytest.raises(AssertionError, match="variables"):
        description.check_request("POST", "/graphql", None, {**asked, "variables": {}})


@pytest.mark.parametrize(
    "file",
    [
        "woocommerce/openapi.derived-from-docs.json",
        "mailchimp/marketing-swagger2.json",
        "google-ads/datamanager.v1.discovery.json",
        "activecampaign/openapi.json",
        "shopify/admin-2026-10.graphql",
    ],
)
def test_vendors_descriptions_can_be_read(shared: Path, held: Held, file: str) -> None:
    description = Description.load(shared / "api-specs" / file)
    with pytest.raises(Exception, match=r"not described|'NoneType'"):
        description.check_request("GET", "/nobody/has/this/path")
    held.description(file.partition("/")[0])
