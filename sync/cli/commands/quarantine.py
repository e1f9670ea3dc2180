"""`segmenthub quarantine`: the rows that could not be loaded, in groups or one by one."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from core.errors import Misconfigured
from core.store import history
from core.store.history import QuarantineGroup, QuarantineRow
from sync.cli.commands.pipeline import work_on
from sync.cli.context import hub_of
from sync.cli.output import AsCsv, AsJson, Listing, print_lines, say, show, write
from sync.findings import remedy
from sync.hub import Hub
from sync.pull import retry as retry_rows

GROUP_KEYS = (
    "connection", "stream", "path", "reason", "rows", "places", "shapes", "first_at", "last_at",
)  # fmt: skip
ROW_KEYS = (
    "connection", "stream", "row", "path", "reason", "shape", "attempts", "first_at", "last_at",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(quarantine)


def quarantine(
    context: typer.Context,
    connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None,
    rows: Annotated[bool, typer.Option("--rows", help="List every row.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Read these rows at the source again.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the rows that could not be loaded: what is wrong with them, how many, and where."""
    if rows and retry:
        raise Misconfigured("write --rows or --retry, not both")
    with hub_of(context) as hub:
        if connection is not None:
            hub.connection(connection)
        code = _retry(hub, connection) if retry else 0
        if as_json or as_csv:
            keys, found = (ROW_KEYS, _rows(hub, connection)) if rows else (
                GROUP_KEYS, iter([_group(each) for each in _groups(hub, connection)])
            )  # fmt: skip
            write(found, keys, as_csv=as_csv)
        elif rows:
            print_lines(_line(row) for row in _rows(hub, connection))
        else:
            _show(hub, _groups(hub, connection))
    if code:
        raise typer.Exit(code)


def _retry(hub: Hub, connection: str | None) -> int:
    """Read the rows again; returns the exit code."""
    before = _count(hub, connection)
    if not before:
        return 0
    code = work_on(hub, "retry", lambda run, progress: retry_rows(run, connection, progress))
    left = _count(hub, connection)
    say(f"{before - left:,} of {before:,} rows left quarantine")
    return code


def _count(hub: Hub, connection: str | None) -> int:
    with hub.database.read() as transaction:
        counts = history.quarantine_counts(transaction)
    return sum(
        number for (name, _), number in counts.items() if connection is None or name == connection
    )


def _groups(hub: Hub, connection: str | None) -> Sequence[QuarantineGroup]:
    with hub.database.read() as transaction:
        return history.quarantine_groups(transaction, connection)


def _rows(hub: Hub, connection: str | None) -> Iterator[dict[str, Any]]:
    with hub.database.read() as transaction:
        for row in history.quarantine_rows(transaction, connection):
            yield _row(row)


def _row(row: QuarantineRow) -> dict[str, Any]:
    instants = {"first_at": row.first_at.isoformat(), "last_at": row.last_at.isoformat()}
    return {name: value for name, value in {**vars(row), **instants}.items() if name in ROW_KEYS}


def _group(group: QuarantineGroup) -> dict[str, Any]:
    first, last = group.first_at.isoformat(), group.last_at.isoformat()
    listed = {"places": list(group.places), "shapes": list(group.shapes)}
    return {**vars(group), **listed, "first_at": first, "last_at": last}


def _line(row: dict[str, Any]) -> str:
    looks = f"; it looks like {row['shape']}" if row["shape"] else ""
    wrong = f"{row['path']}: {row['reason']}" if row["path"] else row["reason"]
    return f"{row['row']} ({row['stream']} of {row['connection']}): {wrong}{looks}"


def _show(hub: Hub, groups: Sequence[QuarantineGroup]) -> None:
    lines = [
        {
            "rows": each.rows,
            "stream": f"{each.stream} of {each.connection}",
            "wrong": _wrong(hub, each),
        }
        for each in groups
    ]
    columns = {"rows": "Rows", "stream": "Stream", "wrong": "What is wrong, and where"}
    show(Listing("Rows that could not be loaded", columns, lines))
    if groups:
        say(
            "`segmenthub quarantine --rows` lists each of them; after a change at the source or in "
            "the config, `segmenthub quarantine --retry` reads them again"
        )


def _wrong(hub: Hub, group: QuarantineGroup) -> str:
    wrong = f"{group.path}: {group.reason}" if group.path else group.reason
    looks = f"; it looks like {' or '.join(group.shapes)}" if group.shapes else ""
    more = group.rows - len(group.places)
    others = f" and {more:,} more" if more else ""
    lines = dict.fromkeys(
        remedy(hub.config, group.connection, group.stream, group.path, shape)
        for shape in group.shapes
    )
    line = next(filter(None, lines), "")
    write_it = f"; write in its stanza: {line}" if line else ""
    return f"{wrong}{looks} ({', '.join(group.places)}{others}){write_it}"
