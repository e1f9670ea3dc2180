"""Reading answers: bytes come in, whole and in bounds, or not at all; and what a refusal means.

The library would inflate without bound and take a cut gzip stream for a whole one
(reference: RFC 1952 ends a member with a checksum), so the raw bytes are decoded here.
"""

import codecs
import json
import zlib
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from core.errors import Broken, HubError, Unauthorized

LARGEST_BODY = 64 * 2**20
"""Bytes after decoding."""
RATIO_FREE = 2**20
"""Bytes after decoding that may come from however few; small texts pack well."""
LARGEST_RATIO = 200
_EXACT = msgspec.json.Decoder(float_hook=Decimal)


class Truncated(Exception):
    """The body ended before its end; asking again may help."""


def read_body(response: httpx.Response, where: str) -> bytes:
    """The decoded body of a streamed response; raises Truncated, Broken or httpx's own errors."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip", "deflate"}:
        raise Broken(f"{where} answered in an encoding that nobody asked for")
    inflate = None if encoding in {"identity", ""} else _Inflate(where)
    whole, taken = bytearray(), 0
    for chunk in response.iter_raw():
        taken += len(chunk)
        if inflate is None:
            whole += chunk
        else:
            inflate.feed(chunk, whole, min(LARGEST_BODY, max(RATIO_FREE, LARGEST_RATIO * taken)))
        if len(whole) > LARGEST_BODY:
            raise Broken(f"{where} answered with more than {LARGEST_BODY // 2**20} MiB")
    if inflate is not None and taken and not inflate.ended:
        raise Truncated
    return bytes(whole)


class _Inflate:
    """Gzip or deflate, one chunk at a time, never further than a bound."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._wbits = zlib.MAX_WBITS | 32  # gzip or zlib, told by the first bytes
        self._stream = zlib.decompressobj(self._wbits)
        self._begun = False

    @property
    def ended(self) -> bool:
        return self._stream.eof

    def feed(self, chunk: bytes, into: bytearray, most: int) -> None:
        while chunk:
            if self._stream.eof:  # gzip members may follow one another
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


def refused(said: str, status: int) -> HubError:
    """What a refusal means where its vendor says no more about it."""
    if status in {401, 403}:
        return Unauthorized(
            f"{said}: the credential is refused; renew it, or give it the rights that this "
            "connector needs"
        )
    if status == 410:  # noqa: PLR2004 - HTTP's own number
        return Broken(
            f"{said}: the vendor has taken this part of its API away, perhaps with its version; "
            "look for a newer version of the connector"
        )
    return Broken(f"{said}: the request was refused")


def refuse_web_page(content_type: str, where: str) -> None:
    """Raise Broken for a page for people: a login or a firewall stands before the API."""
    if "html" in content_type.lower():
        raise Broken(
            f"{where} answered with a web page (a login or a firewall?) where JSON was agreed"
        )


def parse_json(body: bytes, content_type: str, where: str) -> Any:
    """JSON as values, numbers with a point as exact decimals; raises Broken."""
    kind = content_type.partition(";")[0].strip().lower()
    if not (kind.endswith(("/json", "+json")) and kind):
        refuse_web_page(kind, where)
        raise Broken(f"{where} answered with something else where JSON was agreed")
    # WordPress plugins saved with a byte order mark put it before every answer.
    text = body.removeprefix(codecs.BOM_UTF8)
    try:
        return _EXACT.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _parse_slowly(text, where)


def _parse_slowly(text: bytes, where: str) -> Any:
    """As Python reads JSON, which takes a letter cut in half that stricter parsers refuse."""
    try:
        return json.loads(text.decode(), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # The parser's own error carries the whole text; it must not travel along.
        raise Broken(f"{where} answered with JSON that cannot be read") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
