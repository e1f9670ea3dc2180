"""Delimited files, plain or gzipped, row by row; a broken row never hides the next ones."""

import codecs
import csv
import hashlib
import io
import os
import re
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO

from connectors.csv.stanzas import DELIMITERS, Table
from connectors.csv.words import one_of
from connectors.kit import Broken

LONGEST_LINE = 1024 * 1024
"""Letters; a longer line is no row of a table and would fill the memory."""
LARGEST = 1_000_000_000
"""Bytes of a gzip file's content, or ..."""
LARGEST_RATIO = 100
"""... so many times its own size, whichever is more: no table packs better."""
TOO_LONG = f"the line is longer than {LONGEST_LINE:,} letters"
UNDECODABLE = "\udcff"
"""Stands where bytes are no letters; no well-formed text holds it."""
OVERLONG = "\udcfe\n"
"""Stands for a line that is too long to be looked at."""
_GZIP = b"\x1f\x8b"
_GZIP_ONLY = zlib.MAX_WBITS | 16
_SEPARATOR = re.compile(r'"?sep=([^\r\n])"?[\r\n]*', re.IGNORECASE)
"""First line of a file written for Excel; it names the delimiter and is no header."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return UNDECODABLE, error.end
    raise error


codecs.register_error("segmenthub.mark", _mark)


@dataclass(frozen=True)
class Fault:
    """Fault of a row: the column, and why."""

    column: str
    reason: str


Row = tuple[int, Sequence[str], Fault | None]
"""The line on which a row begins, its cells, and what is wrong with it. A faulty row's cells are
as many as could be told apart."""


class Rows:
    """An open file: its columns, and its rows one at a time."""

    def __init__(self, name: str, text: TextIO, table: Table, notes: Counter[str]) -> None:
        """Take the file's name for messages, and read its header line where it has one.

        What was skipped at the file's end stands in `notes` once every row is read.
        """
        self.name = name
        self.notes = notes
        self._encoding = table.encoding.removesuffix("-sig")
        self._lines = _Lines(text)
        delimiter = self._lines.take_separator()
        if delimiter is not None and "delimiter" not in table.model_fields_set:
            table = table.model_copy(update={"delimiter": delimiter})
        self._table = table
        self.columns: Sequence[str] = table.columns or self._header()

    def position(self, column: str) -> int:
        """Where a column stands; raises Broken where it does not, or more than once."""
        if column not in self.columns:
            raise Broken(f'{self.name} has no column "{column}"; {one_of(column, self.columns)}')
        if self.columns.count(column) > 1:
            raise Broken(f'{self.name} has more than one column "{column}"; rename one of them')
        return self.columns.index(column)

    def __iter__(self) -> Iterator[Row]:
        """Every row that is not blank."""
        width = len(self.columns)
        lines = self._lines
        for line, cells, reason in self._parsed():
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            if lines.too_long:
                yield line, cells[:1], Fault(self.columns[0], TOO_LONG)
            elif reason is None and len(cells) == width and not lines.undecodable:
                yield line, cells, None
            elif len(lines.taken) > 1:
                # A quote that nobody closed has swallowed rows: only the first line is to blame.
                first = _split(lines.only_first(), self._table)
                yield line, first, self._fault(first, "a quote is opened and not closed")
            else:
                yield line, cells, self._fault(cells, reason)

    def _parsed(self) -> Iterator[tuple[int, list[str], str | None]]:
        for line, cells, reason in self._read():
            if reason is not None or any(cells):
                yield line, cells, reason

    def _read(self) -> Iterator[tuple[int, list[str], str | None]]:
        lines = self._lines
        if self._table.delimiter == "whitespace":
            lines.forget()
            for text in lines:
                yield lines.number, text.split(), None
                lines.forget()
            return
        reader = _reader(lines, self._table)
        while True:
            lines.forget()
            line = lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                # The parser has no other name for its errors.
                large = "field larger" in str(error)
                reason = "a field is too long" if large else "the quotes do not match"
                yield line, _split(lines.taken[0], self._table), reason
            else:
                yield line, cells, None

    def _header(self) -> Sequence[str]:
        for _, cells, reason in self._parsed():
            if reason is not None or self._lines.undecodable or self._lines.too_long:
                raise Broken(f"the header line of {self.name} cannot be read; check the encoding")
            return [cell.strip() for cell in cells]
        raise Broken(f"{self.name} is empty: not even a header line; was it written to the end?")

    def _fault(self, cells: Sequence[str], reason: str | None) -> Fault:
        for column, cell in zip(self.columns, cells, strict=False):
            if UNDECODABLE in cell:
                return Fault(column, f"holds bytes that are no {self._encoding}")
        if reason is None:
            reason = f"{len(cells)} fields where there should be {len(self.columns)}"
        return Fault(self.columns[min(len(cells), len(self.columns) - 1)], reason)


class _Lines:
    """The lines of a file, counted, remembered until the row is whole, and given back on demand."""

    def __init__(self, text: TextIO) -> None:
        self.number = 0
        self.taken: list[str] = []
        self.undecodable = False
        self.too_long = False
        self._text = text
        self._returned: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST_LINE:
            while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                pass
            line = OVERLONG
        self.undecodable = self.undecodable or UNDECODABLE in line
        self.too_long = self.too_long or line == OVERLONG
        self.taken.append(line)
        return line

    def take_separator(self) -> str | None:
        """Skip byte order marks and a line `sep=;` at the head; return the delimiter it names."""
        first = next(self, "").lstrip("\ufeff")
        if (found := _SEPARATOR.fullmatch(first)) is not None:
            return found[1]
        if first:
            self._returned.append(first)
            self.number -= 1
        return None

    def forget(self) -> None:
        """A new row begins."""
        self.taken.clear()
        self.undecodable = False
        self.too_long = False

    def only_first(self) -> str:
        """Give back all lines of this row but the first, which is returned."""
        first, *others = self.taken
        self._returned.extendleft(reversed(others))
        self.number -= len(others)
        return first


@contextmanager
def opened(path: Path, name: str, table: Table) -> Iterator[Rows]:
    """A file's rows; raises Broken where it cannot be read, ends too early or is no table."""
    try:
        with path.open("rb") as packed:
            notes: Counter[str] = Counter()
            raw = _unpacked(packed, name, notes)
            text = io.TextIOWrapper(raw, table.encoding, errors="segmenthub.mark", newline="")
            yield Rows(name, text, table, notes)
    except (EOFError, zlib.error) as error:
        raise Broken(f"{name} is cut off or damaged: {error}; fetch it again") from error
    except UnicodeError as error:
        raise Broken(f"{name} is no {table.encoding} text; set its encoding") from error
    except OSError as error:
        raise Broken(f"{name} cannot be read: {error.strerror or error}") from error


def digest(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpacked(packed: BinaryIO, name: str, notes: Counter[str]) -> IO[bytes]:
    start = packed.read(len(_GZIP))
    packed.seek(0)
    if start == _GZIP:
        most = max(LARGEST, LARGEST_RATIO * os.fstat(packed.fileno()).st_size)
        return io.BufferedReader(_Gunzip(packed, notes, most))
    if name.endswith(".gz"):
        raise Broken(f"{name} is called .gz and is no gzip file; fetch it again")
    return packed


class _Gunzip(io.RawIOBase):
    """A gzip file's content; bytes after its last member are skipped, as gunzip does, and noted."""

    def __init__(self, packed: BinaryIO, notes: Counter[str], most: int) -> None:
        self._packed = packed
        self._left = most
        self._notes = notes
        self._member = zlib.decompressobj(_GZIP_ONLY)
        self._ahead = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any, /) -> int:
        with memoryview(into).cast("B") as room:
            piece = self._piece(len(room))
            room[: len(piece)] = piece
            self._left -= len(piece)
        if self._left < 0:
            raise OSError(
                f"its content is more than {LARGEST_RATIO} times its size and "
                f"{LARGEST // 10**9} GB; unpack it yourself if that is right"
            )
        return len(piece)

    def _piece(self, most: int) -> bytes:
        while True:
            if self._member.eof and not self._next_member():
                return b""
            ahead = self._ahead or self._packed.read(io.DEFAULT_BUFFER_SIZE)
            piece = self._member.decompress(ahead, most)
            self._ahead = self._member.unconsumed_tail or self._member.unused_data
            if piece:
                return piece
            if not ahead and not self._member.eof:
                raise EOFError("it ends within its gzip data")

    def _next_member(self) -> bool:
        while len(self._ahead) < len(_GZIP) and (more := self._packed.read(len(_GZIP))):
            self._ahead += more
        if self._ahead.startswith(_GZIP):
            self._member = zlib.decompressobj(_GZIP_ONLY)
            return True
        if self._ahead.strip(b"\0"):
            self._notes["files with bytes after the end of their gzip data, skipped"] = 1
        return False


def _reader(lines: Iterator[str], table: Table) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=DELIMITERS.get(table.delimiter, table.delimiter),
        quotechar=table.quote or None,
        quoting=csv.QUOTE_MINIMAL if table.quote else csv.QUOTE_NONE,
        strict=True,
    )


def _split(line: str, table: Table) -> list[str]:
    delimiter = DELIMITERS.get(table.delimiter, table.delimiter)
    return [cell.strip(f"{table.quote} \r\n") for cell in line.split(delimiter)]
