"""The commands that tell what there is: segments, members, quarantine."""

import json
import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from core.store import history
from sync.cli.commands.recipes import list_recipes
from sync.cli.commands.work import AsOf, day
from sync.cli.context import hub_of
from sync.cli.output import AsCsv, AsJson, Listing, say, show, write
from sync.evaluation import NEVER, member_ids, sizes, unevaluated


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    for command in (segments, members, quarantine):
        app.command()(command)


def segments(
    context: typer.Context,
    recipes: Annotated[bool, typer.Option("--recipes", help="The ready ones on offer.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the segments with their sizes, or the ready ones on offer."""
    if recipes:
        list_recipes(context, as_json=as_json, as_csv=as_csv)
        return
    with hub_of(context) as hub:
        found = sizes(hub)
        missing = unevaluated(hub, found)
    rows = [each.as_json() for each in found]
    if as_json or as_csv:
        write(rows, ("name", "title", "members", "reachable", "unknown", "as_of"), as_csv=as_csv)
    elif rows:
        columns = {
            "name": "Segment", "title": "Title", "members": "Members", "reachable": "Reachable",
            "unknown": "Unknown",
        }  # fmt: skip
        days = ", ".join(dict.fromkeys(str(row["as_of"]) for row in rows if row["as_of"]))
        show(Listing(f"Segments as of {days}", columns, rows))
    if missing and not found:
        say(NEVER, "yellow")
    elif missing:
        say(f"not evaluated yet: {', '.join(missing)}; run: segmenthub evaluate", "yellow")


def members(
    context: typer.Context,
    segment: Annotated[str, typer.Argument(help="Its name, as `segments` lists it.")],
    ids: Annotated[str, typer.Option("--ids", help="Ids as this connection knows them.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the members of a segment: their ids in one connection, one a line, sorted."""
    with hub_of(context) as hub:
        found = member_ids(hub, segment, ids, day(as_of))
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    elif as_csv:
        write([{"id": each} for each in found], ["id"], as_csv=True)
    else:
        sys.stdout.writelines(f"{each}\n" for each in found)


def quarantine(
    context: typer.Context,
    connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the rows that could not be loaded: where each stands, and why."""
    with hub_of(context) as hub:
        if connection is not None:
            hub.connection(connection)
        with hub.database.read() as transaction:
            found = history.quarantine(transaction, connection)
        zone = hub.config.hub.timezone
    rows = [
        {
            "connection": each.connection,
            "stream": each.stream,
            "row": each.row,
            "path": each.path,
            "reason": each.reason,
            "attempts": each.attempts,
            "first_at": each.first_at.isoformat(),
            "last_at": each.last_at.isoformat(),
        }
        for each in found
    ]
    if as_json or as_csv:
        keys = (
            "connection", "stream", "row", "path", "reason", "attempts", "first_at", "last_at",
        )  # fmt: skip
        write(rows, keys, as_csv=as_csv)
        return
    told = [
        {
            "where": f"{each.row} ({each.stream} of {each.connection})",
            "what": f"{each.path}: {each.reason}" if each.path else each.reason,
            "since": local(each.first_at, zone),
        }
        for each in found
    ]
    columns = {"since": "Since", "where": "Row", "what": "What is wrong"}
    show(Listing("Rows that could not be loaded", columns, told))


def local(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as a person in the shop's zone reads it."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
