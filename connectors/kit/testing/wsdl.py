"""WSDL 1.1 descriptions of document/literal services (https://www.w3.org/TR/wsdl).

Elements and types become JSON schemas, and the XML of a message becomes values by the same
schemas, so that SOAP is held against its description as JSON is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from connectors.kit.testing.schemas import Schemas

_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_ENVELOPES = (
    "{http://schemas.xmlsoap.org/soap/envelope/}",
    "{http://www.w3.org/2003/05/soap-envelope}",
)
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NUMBER = re.compile(r"-?\d+")
_PLAIN: Mapping[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "dateTime": {"type": "string"},
    "date": {"type": "string"},
    "boolean": {"type": "boolean"},
    "int": {"type": "integer"},
    "integer": {"type": "integer"},
    "long": {"type": "integer"},
    "short": {"type": "integer"},
    "double": {"type": "number"},
    "float": {"type": "number"},
    "decimal": {"type": "number"},
    "anyType": {},
}


class Wsdl:
    """The messages of one service."""

    def __init__(self, text: str) -> None:
        """Read a whole document."""
        root = fromstring(text)
        self._types = {
            each.attrib["name"]: each
            for each in root.iter(f"{_XSD}complexType")
            if each.get("name")
        }
        elements = {
            each.attrib["name"]: each
            for schema in root.iter(f"{_XSD}schema")
            for each in schema.findall(f"{_XSD}element")
        }
        definitions = {name: self._complex(each) for name, each in self._types.items()}
        self._messages = {name: self._schema(each) for name, each in elements.items()}
        self._schemas = Schemas({"definitions": definitions, "messages": self._messages})
        operations = root.iter(f"{_WSDL}operation")
        self._operations = {each.attrib["name"] for each in operations} & elements.keys()

    def check_request(self, text: str) -> str:
        """Hold an envelope against its operation, and return the operation's name."""
        message = self._body(text)
        name = _local(message.tag)
        if name not in self._operations:
            raise AssertionError(f"{name}: is no operation of the service")
        self._check(message, name, request=True)
        return name

    def check_response(self, operation: str, text: str) -> None:
        """Hold the answer to an operation; a fault answers any of them."""
        message = self._body(text)
        name = _local(message.tag)
        if name == "Fault":
            return
        if name != f"{operation}Response" or name not in self._messages:
            raise AssertionError(f"{operation}: answered with {name}")
        self._check(message, name)

    def _check(self, message: Element, name: str, *, request: bool = False) -> None:
        # The schema as `Schemas` has it: its references lead into that one document.
        schema = self._schemas.document["messages"][name]
        self._schemas.check(self._value(message, schema), schema, name, request=request)

    @staticmethod
    def _body(text: str) -> Element:
        envelope = fromstring(text)
        for namespace in _ENVELOPES:
            body = envelope.find(f"{namespace}Body")
            if body is not None and len(body):
                return body[0]
        raise AssertionError("the text is no SOAP envelope with a message in its body")

    def _schema(self, element: Element) -> dict[str, Any]:
        kind = element.get("type")
        if kind is None:
            inner = element.find(f"{_XSD}complexType")
            return self._complex(inner) if inner is not None else {}
        local = kind.rpartition(":")[2]
        if local in self._types:
            return {"$ref": f"#/definitions/{local}"}
        return _PLAIN.get(local, {})

    def _complex(self, kind: Element) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        required = []
        for each in kind.iter(f"{_XSD}element"):
            schema = self._schema(each)
            name = each.attrib["name"]
            if each.get("maxOccurs", "1") != "1":
                schema = {"type": "array", "items": schema}
            if each.get("nillable") == "true":
                schema = {"anyOf": [schema, {"type": "null"}]}
            properties[name] = schema
            if each.get("minOccurs", "1") != "0":
                required.append(name)
        found: dict[str, Any] = {"type": "object", "properties": properties}
        if not any(True for _ in kind.iter(f"{_XSD}any")):
            found["additionalProperties"] = False
        return found | ({"required": required} if required else {})

    def _value(self, element: Element, schema: Mapping[str, Any]) -> Any:
        if element.get(_NIL) == "true":
            return None
        parts = [part for part in self._schemas.parts(schema) if part.get("type")]
        part = parts[0] if parts else {}
        if part.get("type") == "object":
            return dict(self._children(element, part["properties"]))
        text = element.text or ""
        return _READ.get(str(part.get("type")), str)(text)

    def _children(
        self, element: Element, properties: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        lists: dict[str, list[Any]] = {
            name: [] for name, schema in properties.items() if schema.get("type") == "array"
        }
        for child in element:
            name = _local(child.tag)
            if name in lists:
                lists[name].append(self._value(child, properties[name]["items"]))
            else:
                yield name, self._value(child, properties.get(name, {}))
        yield from lists.items()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _integer(text: str) -> Any:
    return int(text) if _NUMBER.fullmatch(text) else text


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _boolean(text: str) -> Any:
    return {"true": True, "1": True, "false": False, "0": False}.get(text, text)


_READ: Mapping[str, Callable[[str], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
"""A text that is no value of its type stays a text, which the schema then refuses."""
