"""`segmenthub check`: show all mistakes of a config, or how it is read."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.config import Config, ConnectionConfig, load
from core.config.values import duration_text
from core.contract import Destination, Source, Window
from core.errors import HubError, Misconfigured, Mistake
from core.hub_key import find_key
from core.mistakes import dotted
from core.segments.validate.unknown_values import unknown_values
from core.store import waits
from core.store.database import Database
from sync.access.store_key import folder_of, hub_key
from sync.access.tokens import forget_tokens, hand_tokens, token_needs
from sync.cli.output import console, styled
from sync.repair.renaming import possible_renames


def check(path: Path, *, live: bool = False) -> int:
    """Print the mistakes of a config to standard error, or an overview; returns the exit code.

    `live` also opens the database, reads one page of every source and asks destinations whether
    the credential may write, where they can be asked without writing.
    """
    try:
        config = load(path, os.environ)
        if wrong := list(_wrong_connections(config)):
            raise Misconfigured(wrong)
        find_key(folder_of(path), os.environ)
    except Misconfigured as error:
        show_mistakes(error, path)
        return error.exit_code
    output = console()
    output.print(_connections(config.connections.values()))
    output.print(_segments(config))
    now = datetime.now(UTC)
    today = now.astimezone(config.hub.timezone).date()
    show_warnings([*config.warnings, *_stale(config, today), *_from_the_store(config)])
    return _check_live(config, now, output) if live else 0


def show_mistakes(error: Misconfigured, path: Path) -> None:
    """Print every mistake to standard error, one per line, path first."""
    count = len(error.mistakes)
    title = f"{count} mistake{'s' if count > 1 else ''}"
    output = console(stderr=True)
    output.print(styled((title, "bold red"), f" in {path}"))
    for mistake in error.mistakes:
        output.print(_line(mistake, "red"))


def show_warnings(warnings: Iterable[Mistake]) -> None:
    """Print warnings to standard error, one per line."""
    output = console(stderr=True)
    for warning in warnings:
        output.print(_line(warning, "yellow"))


def _line(mistake: Mistake, colour: str) -> Text:
    colon = ": " if mistake.path else ""
    return styled("  ", (mistake.path, colour), colon, mistake.message)


def _wrong_connections(config: Config) -> Iterator[Mistake]:
    """Mistakes that the connectors find, such as missing files and columns."""
    for name, each in config.connections.items():
        try:
            each.connector.check()
        except Misconfigured as error:
            for mistake in error.mistakes:
                path = dotted("connections", [name])
                yield Mistake(".".join(filter(None, [path, mistake.path])), mistake.message)


def _stale(config: Config, today: date) -> Iterator[Mistake]:
    for segment in config.segments:
        if segment.review_by is not None and segment.review_by < today:
            owner = f"; ask {segment.owner}" if segment.owner else ""
            yield Mistake(
                dotted("segments", [segment.name, "review_by"]),
                f"{segment.review_by} is past; is the segment still needed?{owner}",
            )


def _from_the_store(config: Config) -> Iterator[Mistake]:
    """Unknown values in rules, and renamed connections; an unreadable store is reported once."""
    segments, shop = config.segments, config.shop
    with closing(Database(config.hub.database)) as database:
        try:
            if database.is_there() and database.is_migrated():
                with database.read() as transaction:
                    yield from unknown_values(segments, shop, transaction)
                    for sentence in possible_renames(transaction, config):
                        yield Mistake("connections", sentence)
                return
        except HubError as error:
            yield Mistake("hub.database", f"values in rules are not compared with it: {error}")
    yield from unknown_values(segments, shop, None)


def _connections(connections: Iterable[ConnectionConfig]) -> Table:
    table = Table("Connection", "Kind", "Read", "Written to", title="Connections")
    for each in connections:
        lines = (
            [f"{one.target.kind} {one.source}" for one in each.push.bindings] if each.push else []
        )
        table.add_row(
            each.name,
            each.kind,
            f"every {duration_text(each.pull.every)}" if each.pull else "",
            styled(", ".join(dict.fromkeys(lines))),
        )
    return table


def _segments(config: Config) -> Table:
    bound: dict[str, list[str]] = {}
    for connection in config.connections.values():
        for name in connection.push.segments if connection.push else ():
            bound.setdefault(name, []).append(connection.name)
    table = Table("Segment", "Title", "Goes to", title="Segments")
    for segment in config.segments:
        title = segment.title.get(config.hub.language) or segment.title.get("", "")
        table.add_row(segment.name, styled(title), ", ".join(bound.get(segment.name, ())))
    return table


def _check_live(config: Config, now: datetime, output: Console) -> int:
    """Open the database and read one page of every source; returns the exit code."""
    window = Window(until=now, zone=config.hub.timezone)
    database = Database(config.hub.database)
    ask: Callable[[], None]
    checks: dict[str, Callable[[], None]] = {"hub.database": partial(_open, config, database, now)}
    not_tried: list[str] = []
    for name, each in config.connections.items():
        if isinstance(each.connector, Source):
            ask = partial(_ask, each.connector, window)
            checks[dotted("connections", [name])] = partial(_unless_waiting, database, name, ask)
        if each.push and isinstance(each.connector, Destination):
            path = dotted("connections", [name, "push"])
            if type(each.connector).check_write is Destination.check_write:
                not_tried.append(path)
            else:
                ask = each.connector.check_write
                checks[path] = partial(_unless_waiting, database, name, ask)
    code = 0
    with closing(database):
        for path, ask in checks.items():
            try:
                ask()
            except HubError as error:
                code = code or error.exit_code
                show_warnings([Mistake(path, str(error))])
            else:
                output.print(styled(("reached", "green"), f" {path}"))
    for path in not_tried:
        why = "nothing shows whether it may write but a push"
        output.print(styled(("not tried", "yellow"), f" {path}: {why}"))
    return code


def _open(config: Config, database: Database, now: datetime) -> None:
    """Ask the database for its version; where it was used, connectors get their tokens from it."""
    forget_tokens(config)
    if database.is_migrated():
        key = hub_key(database, folder_of(config.path), os.environ)
        hand_tokens(config, database, key, lambda: now)
        with database.read() as transaction:
            show_warnings([Mistake("", each) for each in token_needs(transaction, config, now)])


def _unless_waiting(database: Database, name: str, ask: Callable[[], None]) -> None:
    """Ask a system, unless it is to be left alone; raises Unavailable then."""
    if database.is_migrated():
        with database.read() as transaction:
            waits.check(transaction, name, datetime.now(UTC))
    ask()


def _ask(source: Source, window: Window) -> None:
    for stream in source.streams()[:1]:
        next(iter(source.read(stream.name, window)), None)
