"""Reading answers: bytes come in, whole and in bounds, or not at all.

The library would inflate without bound and take a cut gzip stream for a whole one
(reference: RFC 1952 ends a member with a checksum), so the raw bytes are decoded here.
"""

import codecs
import io
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO, Self

import httpx
import msgspec

from connectors.kit.shapes import Unread, as_list, as_shaped, exact, exact_list
from core.errors import Broken
from core.log import shape_of

NO_CONTENT = 204
LARGEST_BODY = 64 * 2**20
"""Bytes after decoding."""
RATIO_FREE = 2**20
"""Bytes after decoding that may come from however few; small texts pack well."""
LARGEST_RATIO = 200
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""Errors of the JSON reader for a text that it cannot read, or of another shape."""


_BEFORE_JSON = codecs.BOM_UTF8 + b" \t\r\n"
"""Bytes that plugins and themes leave before an answer; no JSON begins with one of them."""
_PHP_MESSAGES = ("Deprecated", "Fatal error", "Notice", "Parse error", "Warning")
"""Words that PHP begins its messages with
(https://www.php.net/manual/en/errorfunc.constants.php)."""
_GZIP = b"\x1f\x8b"
_ANYTHING = exact(Any)
_OBJECT = exact(dict[str, msgspec.Raw])


class TooLarge(Broken):
    """More was asked for at once than is allowed: a list is asked for in pages half as large."""


class Truncated(Exception):
    """The body ended before its end; asking again may help."""


@dataclass(frozen=True)
class Response:
    """An answer: status, headers and the whole body."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)
    where: str
    """Method, host and path template, for messages."""
    links: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Addresses of the Link header by their relation."""

    @classmethod
    def of(cls, response: httpx.Response, body: bytes, where: str) -> Self:
        """The response to a request that `where` names, with its body as it was read."""
        links = {rel: link["url"] for rel, link in response.links.items() if rel and "url" in link}
        return cls(response.status_code, response.headers, body, where, links)

    @property
    def is_error(self) -> bool:
        """Whether the status says that the request was refused or failed."""
        return self.status >= 400  # noqa: PLR2004 - HTTP's own number

    def json(self) -> Any:
        """The body as values, None for 204 (No Content); raises Broken where it is no JSON."""
        return read_json(self._text, self.where)

    def part(self, path: str) -> Any:
        """The value at a dotted path of the body, None where there is none; raises Broken."""
        return part_at(self._text, path, self.where)

    def find(self, path: str) -> Any:
        """The same, for errors: None also where the body is no JSON."""
        try:
            return self.part(path)
        except Broken:
            return None

    def rows(self, path: str, shape: type | None = None) -> Any:
        """The same of a list, of whose rows only what the shape names is read."""
        return [] if self.status == NO_CONTENT else rows_at(self._text, path, self.where, shape)

    @property
    def _text(self) -> bytes:
        if self.status == NO_CONTENT:
            return b"null"
        return agreed_json(self.body, self.headers.get("content-type", ""), self.where)


def read_body(response: httpx.Response, where: str) -> bytes:
    """The decoded body of a streamed response; raises Truncated, Broken or httpx's own errors."""
    whole = io.BytesIO()
    _decode(response, where, whole, LARGEST_BODY)
    return whole.getvalue()


def spool(response: httpx.Response, where: str, *, file: BinaryIO, largest: int) -> bytes:
    """Write the decoded body of a good response to a file, anew; return that of any other."""
    if response.is_error:
        return read_body(response, where)
    file.seek(0)
    file.truncate()
    _decode(response, where, file, largest)
    return b""


def _decode(response: httpx.Response, where: str, into: BinaryIO, largest: int) -> None:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip", "deflate"}:
        raise Broken(f"{where} answered in an encoding that nobody asked for")
    inflate = None if encoding in {"identity", ""} else _Inflate(where)
    taken = written = 0
    for chunk in response.iter_raw():
        taken += len(chunk)
        piece = bytearray(chunk if inflate is None else b"")
        if inflate is not None:
            most = min(largest, max(RATIO_FREE, LARGEST_RATIO * taken))
            inflate.feed(chunk, piece, most - written)
        written += into.write(piece)
        if written > largest:
            raise TooLarge(f"{where} answered with more than {largest // 2**20} MiB")
    if inflate is not None and taken and not inflate.ended:
        raise Truncated


class _Inflate:
    """Gzip or deflate, one chunk at a time, never further than a bound."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._wbits = zlib.MAX_WBITS | 32  # gzip or zlib, told by the first bytes
        self._stream = zlib.decompressobj(self._wbits)
        self._begun = False
        self._behind = b""

    @property
    def ended(self) -> bool:
        return self._stream.eof

    def feed(self, chunk: bytes, into: bytearray, most: int) -> None:
        while chunk:
            if self._stream.eof:
                # Another gzip member may follow; anything else is skipped, as gunzip does.
                self._behind += chunk
                if not self._behind.startswith(_GZIP):
                    self._behind = self._behind[: len(_GZIP)]
                    return
                chunk, self._behind = self._behind, b""
                self._stream = zlib.decompressobj(self._wbits)
            try:
                into += self._inflate(chunk, most - len(into) + 1)
            except zlib.error:
                raise Broken(f"{self._where} answered with a body that does not unpack") from None
            if len(into) > most:
                raise Broken(f"{self._where} answered with a body that unpacks without bound")
            chunk = self._stream.unconsumed_tail or self._stream.unused_data

    def _inflate(self, chunk: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(chunk, max(1, most))
        except zlib.error:
            if self._begun:
                raise
            # Some servers call it deflate and leave the zlib header out.
            self._wbits = -zlib.MAX_WBITS
            self._stream = zlib.decompressobj(self._wbits)
            return self._stream.decompress(chunk, max(1, most))
        finally:
            self._begun = True


def agreed_json(body: bytes, content_type: str, where: str) -> bytes:
    """The text of a body that says it is JSON; raises Broken."""
    kind = content_type.partition(";")[0].strip().lower()
    # WordPress plugins saved with a byte order mark put it before every answer, each its own.
    text = body.lstrip(_BEFORE_JSON)
    if kind.endswith(("/json", "+json")):
        return text
    # A program that prints before the headers are sent also makes the answer text/html.
    is_hidden = text.rstrip().endswith((b"]", b"}")) and not text.startswith((b"{", b"["))
    what = _unreadable(text) if is_hidden else "something else where JSON was agreed"
    raise Broken(f"{where} answered with {what}")


def read_json(text: bytes | msgspec.Raw, where: str) -> Any:
    """JSON as values, numbers with a point as exact decimals; raises Broken."""
    try:
        return _ANYTHING.decode(text)
    except UNREADABLE:
        return _read_slowly(bytes(text), where)


def part_at(text: bytes, path: str, where: str) -> Any:
    """The value at a dotted path of a JSON text, None where there is none; raises Broken."""
    try:
        part = _within(text, path)
    except UNREADABLE:
        return dig(read_json(text, where), path)
    return None if part is None else read_json(part, where)


def rows_at(text: bytes, path: str, where: str, shape: type | None) -> Any:
    """The same of a list, of whose rows only what the shape names is read; none: everything.

    Where a row is of another shape, everything of all of them is, with lists where the shape has
    lists.
    """
    if shape is None:
        return part_at(text, path, where)
    try:
        return exact_list(shape).decode(_within(text, path) or b"")
    except UNREADABLE:
        return as_shaped(part_at(text, path, where), list[shape])  # type: ignore[valid-type]


def part_of(raw: Mapping[str, Any], name: str) -> Any:
    """A part of a row that its shape leaves unread, `as_list`; None where there is none.

    Raises Broken.
    """
    part = raw.get(name)
    return as_list(read_json(part, f"the part {name}") if isinstance(part, Unread) else part)


def dig(body: Any, path: str) -> Any:
    """The value at a dotted path of a body; the body itself for an empty path, else None.

    In a list a number names one item, and `*` collects from every item: `errors.*.code`.
    """
    name, _, rest = path.partition(".")
    if not path or body is None:
        return body
    if isinstance(body, Mapping):
        return dig(body.get(name), rest)
    if not isinstance(body, list):
        return None
    if name == "*":
        return [dig(each, rest) for each in body]
    return dig(body[int(name)], rest) if name.isdecimal() and int(name) < len(body) else None


def _within(text: bytes, path: str) -> bytes | msgspec.Raw | None:
    part: bytes | msgspec.Raw | None = text
    for name in path.split(".") if path else ():
        part = None if part is None else _OBJECT.decode(part).get(name)
    return part


def _read_slowly(text: bytes, where: str) -> Any:
    """As Python reads JSON, which takes a letter cut in half that stricter parsers refuse."""
    text = text.lstrip(_BEFORE_JSON)
    try:
        return json.loads(text.decode(), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # The parser's own error carries the whole text; it must not travel along.
        raise Broken(f"{where} answered with {_unreadable(text)}") from None


def _unreadable(text: bytes) -> str:
    """Describe a text that is no JSON: never its content, only the shape of its beginning."""
    if text.startswith((b"{", b"[", b'"')) or not re.search(rb"[\[{]", text):
        return "JSON that cannot be read"
    start = text[:1024].decode(errors="replace")
    tagless = re.sub(r"<[^>]*>", "", start).lstrip()
    message = next((each for each in _PHP_MESSAGES if tagless.startswith(f"{each}:")), None)
    begins = f"a PHP {message}" if message else f"the shape {shape_of(start)}"
    return (
        f"text before its JSON, which begins with {begins}; a program on the server prints it, "
        "in WordPress a plugin or a theme: look in the server's error log"
    )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
