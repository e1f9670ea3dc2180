"""Output of commands: data on standard output, messages on standard error."""

import csv
import io
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula."""

PIPE_CLOSED = 128 + signal.SIGPIPE
"""Exit code where the reader of standard output went away, as `head` does."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV and nothing else.")]
Colour = Literal["red", "yellow", ""]


@dataclass(frozen=True)
class Listing:
    """Rows to be shown, with the headings of their columns."""

    title: str
    columns: Mapping[str, str]
    """Key of a row -> heading. Only the last text column may wrap."""
    rows: Sequence[Mapping[str, object]]


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """A console that prints texts as they are: no markup, no emoji codes, no control codes."""
    return Console(
        stderr=stderr, width=width, soft_wrap=stderr, highlight=False, markup=False, emoji=False
    )


def styled(*parts: str | tuple[str, str]) -> Text:
    """A line of texts as they are, some with a style: `("shop", "bold")`."""
    pairs = ((each, "") if isinstance(each, str) else each for each in parts)
    return Text.assemble(*((plain(text), style) for text, style in pairs))


def say(sentence: str, colour: Colour = "") -> None:
    """Print a message to standard error."""
    console(stderr=True).print(Text(plain(sentence), style=colour))


def show(listing: Listing) -> None:
    """Print a table to standard output."""
    output = console()
    if not listing.rows:
        output.print(f"{listing.title}: none")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    numbers = {key for key in listing.columns if _are_numbers(row[key] for row in listing.rows)}
    texts = [key for key in listing.columns if key not in numbers]
    for key, heading in listing.columns.items():
        table.add_column(
            heading,
            justify="right" if key in numbers else "left",
            no_wrap=key not in texts[-1:],
            overflow="fold",
        )
    for row in listing.rows:
        table.add_row(*(Text(_text(row[key])) for key in listing.columns))
    output.print(Text(listing.title, style="bold"))
    output.print(table)
    output.print()


def show_sentences(title: str, sentences: Iterable[str]) -> None:
    """Print a list of sentences to standard output; nothing where there are none."""
    output = console()
    lines = list(sentences)
    if lines:
        output.print(Text(title, style="bold"))
        for sentence in lines:
            output.print(Padding(Text(f"- {plain(sentence)}"), (0, 0, 0, 2)))
        output.print()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines to standard output as they come."""
    for line in lines:
        sys.stdout.write(plain(line) + "\n")


def write(rows: Iterable[Mapping[str, object]], columns: Iterable[str], *, as_csv: bool) -> None:
    """Print rows as JSON or CSV to standard output, and nothing else.

    JSON has the rows unchanged. CSV has the given columns; lists and tables in a cell are JSON.
    """
    if not as_csv:
        _write_rows(rows)
        return
    keys = list(columns)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_cell(row.get(key)) for key in keys] for row in rows)


def _write_rows(rows: Iterable[Mapping[str, object]]) -> None:
    """Print rows as a JSON list, one after the other, so that memory does not grow with them."""
    before = "["
    for row in rows:
        sys.stdout.write(f"{before}\n  {_json(row, indent=2).replace(chr(10), chr(10) + '  ')}")
        before = ","
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")


def write_json(value: object, *, indent: int | None = None) -> None:
    """Print one JSON value to standard output; letters are escaped where it is not UTF-8."""
    sys.stdout.write(_json(value, indent=indent) + "\n")


def _json(value: object, *, indent: int | None) -> str:
    escaped = not (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, indent=indent, ensure_ascii=escaped, default=str)


def replace_unknown_letters() -> None:
    """Show `?` for letters that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def finish_output() -> None:
    """Write out what is buffered; raises SystemExit where the reader closed the pipe."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(PIPE_CLOSED) from None


def local(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as a person in the shop's zone reads it."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _are_numbers(values: Iterable[object]) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
    return plain(str(value))


def plain(text: str) -> str:
    """A text without control codes: customer data must not move the cursor of a terminal."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")


def _cell(value: object) -> object:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    if value is None or isinstance(value, int | float):
        return value
    text = plain(str(value))
    return f"'{text}" if text.startswith(RISKY) else text
