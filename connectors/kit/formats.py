"""Formats of a body: JSON, XML, CSV and JSON lines, each read into rows.

XML is read without entities and document types, so that no answer can unfold without bound or
reach for files (https://docs.python.org/3/library/xml.html#xml-security).
"""

import abc
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from connectors.kit.http.body import NO_CONTENT, Response, dig, read_json
from core.errors import Broken

LONGEST_LINE = 16 * 2**20
"""Bytes of one row in a file of lines."""


class Format(abc.ABC):
    """One way of writing rows."""

    accept: ClassVar[str]
    """Value of the Accept header."""

    def rows(self, response: Response, path: str, shape: type | None) -> Any:
        """Return the rows of an answer; raises Broken."""
        if response.status == NO_CONTENT:
            return []
        del path, shape
        return list(self.records(io.BytesIO(response.body), response.where))

    @abc.abstractmethod
    def records(self, file: BinaryIO, where: str) -> Iterator[Any]:
        """Yield the rows of a file one by one; raises Broken where it is cut off or unreadable."""

    @abc.abstractmethod
    def fake(self, items: Sequence[Any]) -> bytes:
        """Write rows as a server would, for the contract suite."""


@dataclass(frozen=True)
class Json(Format):
    """A JSON body, the list at a path in it."""

    accept = "application/json"

    def rows(self, response: Response, path: str, shape: type | None) -> Any:
        """Return the list at the path; of its rows only what the shape names is read."""
        return response.rows(path, shape)

    def records(self, file: BinaryIO, where: str) -> Iterator[Any]:
        """Yield the items of one list that is the whole file."""
        found = read_json(file.read(), where)
        if not isinstance(found, list):
            raise Broken(f"{where} answered without the list that was agreed")
        yield from found

    def fake(self, items: Sequence[Any]) -> bytes:
        """Write one list."""
        return json.dumps(list(items)).encode()


@dataclass(frozen=True)
class JsonLines(Format):
    """A JSON value on each line."""

    accept = "application/x-ndjson, application/jsonl"

    def records(self, file: BinaryIO, where: str) -> Iterator[Any]:
        """Yield the value of each line."""
        while line := file.readline(LONGEST_LINE):
            if line.strip():
                yield read_json(line, where)

    def fake(self, items: Sequence[Any]) -> bytes:
        """Write a line for each row."""
        return b"".join(json.dumps(each).encode() + b"\n" for each in items)


@dataclass(frozen=True)
class Csv(Format):
    """Rows of columns, named by the first line."""

    delimiter: str = ","
    encoding: str = "utf-8-sig"
    accept = "text/csv"

    def records(self, file: BinaryIO, where: str) -> Iterator[Any]:
        """Yield a mapping of texts for each line."""
        text = io.TextIOWrapper(file, self.encoding, newline="")
        try:
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            header = next(reader, [])
            for row in reader:
                if len(row) != len(header):
                    raise Broken(
                        f"{where} answered with CSV whose line {reader.line_num} has {len(row)} "
                        f"columns where the first has {len(header)}"
                    )
                yield dict(zip(header, row, strict=True))
        except (csv.Error, UnicodeError):
            raise Broken(f"{where} answered with CSV that cannot be read") from None
        finally:
            text.detach()

    def fake(self, items: Sequence[Any]) -> bytes:
        """Write a header and a line for each row."""
        text = io.StringIO()
        writer = csv.DictWriter(text, [*items[0]] if items else [], delimiter=self.delimiter)
        writer.writeheader()
        writer.writerows(items)
        return text.getvalue().encode(self.encoding)


@dataclass(frozen=True)
class Xml(Format):
    """Elements of one name, wherever they stand.

    A row is the element's children by their names without namespace: texts, nested mappings, and
    lists where a name comes more than once; attributes are called `@name`, and the text beside them
    `#text`. Attributes of another namespace (`xlink:href`, `xsi:type`) say nothing of the row.
    """

    element: str
    accept = "application/xml, text/xml"

    def rows(self, response: Response, path: str, shape: type | None) -> Any:
        """Return every element of the name; raises Broken."""
        del shape
        if response.status == NO_CONTENT:
            return []
        root = parse_xml(response.body, response.where)
        found = [value_of(each) for each in root.iter() if _plain(each.tag) == self.element]
        return dig(found, path) if path else found

    def records(self, file: BinaryIO, where: str) -> Iterator[Any]:
        """Yield the elements one by one, and forget each."""
        try:
            for _, each in iterparse(file, forbid_dtd=True):
                if _plain(each.tag) == self.element:
                    yield value_of(each)
                    each.clear()
        except (ParseError, DefusedXmlException, ValueError):
            raise Broken(f"{where} answered with XML that cannot be read") from None

    def fake(self, items: Sequence[Any]) -> bytes:
        """Write the rows below one root."""
        return f"<rows>{''.join(xml_of(self.element, each) for each in items)}</rows>".encode()


def parse_xml(text: bytes, where: str) -> Element:
    """Parse XML that has neither entities nor a document type; raises Broken."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise Broken(f"{where} answered with XML that cannot be read, or may not be") from None
    return root


def value_of(element: Element) -> Any:
    """Return an element as a text, a mapping of its children, or None where it is empty."""
    found: dict[str, Any] = {
        f"@{name}": text for name, text in element.attrib.items() if not name.startswith("{")
    }
    for child in element:
        name, value = _plain(child.tag), value_of(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    text = (element.text or "").strip() or None
    if found and text and not len(element):
        found["#text"] = text
    return found or text


def xml_of(name: str, value: Any) -> str:
    """Write a value as elements of a name: mappings as children, lists as repetitions."""
    if isinstance(value, list | tuple):
        return "".join(xml_of(name, each) for each in value)
    attributes = ""
    if isinstance(value, Mapping):
        own = {each: said for each, said in value.items() if each[:1] not in ("@", "#")}
        attributes = "".join(
            f" {each[1:]}={quoteattr(str(said))}"
            for each, said in value.items()
            if each.startswith("@")
        )
        text = escape(str(value.get("#text", "")))
        text += "".join(xml_of(inner, each) for inner, each in own.items())
    else:
        text = "" if value is None else escape(str(value))
    return f"<{name}{attributes}>{text}</{name}>"


def _plain(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
