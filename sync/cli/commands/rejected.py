"""`segmenthub rejected`: the changes that destinations refused, by target and reason."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from core.audience import ledger
from core.audience.delivery.rejected import (
    RejectedChange,
    RejectedGroup,
    rejected_changes,
    rejected_groups,
)
from core.errors import Misconfigured
from core.store.connections import connection_names
from sync.cli.context import hub_of
from sync.cli.output import AsCsv, AsJson, Listing, local, print_lines, say, show, write
from sync.hub import Hub

GROUP_KEYS = ("connection", "kind", "target", "reason", "changes", "last_at", "again_at")
CHANGE_KEYS = ("connection", "kind", "target", "key", "reason", "at", "again_at")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rejected)


def rejected(
    context: typer.Context,
    connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None,
    people: Annotated[
        bool, typer.Option("--people", help="List every person by the key at the destination.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Send them again with the next push.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the changes that destinations refused: at which target, why, and how many."""
    if retry and (people or as_json or as_csv):
        raise Misconfigured("write --retry without --people, --json or --csv")
    with hub_of(context) as hub:
        if connection is not None:
            hub.connection(connection)
        zone = hub.config.hub.timezone
        if retry:
            _retry(hub, connection)
        elif as_json or as_csv:
            keys, found = (CHANGE_KEYS, _changes(hub, connection)) if people else (
                GROUP_KEYS, iter(_groups(hub, connection))
            )  # fmt: skip
            write(map(_row, found), keys, as_csv=as_csv)
        elif people:
            print_lines(_line(each, zone) for each in _changes(hub, connection))
        else:
            _show(_groups(hub, connection), zone)


def _groups(hub: Hub, connection: str | None) -> Sequence[RejectedGroup]:
    with hub.database.read() as transaction:
        return rejected_groups(transaction, connection)


def _changes(hub: Hub, connection: str | None) -> Iterator[RejectedChange]:
    with hub.database.read() as transaction:
        yield from rejected_changes(transaction, connection)


def _retry(hub: Hub, connection: str | None) -> None:
    with hub.database.transaction() as transaction:
        number = sum(each.changes for each in rejected_groups(transaction, connection))
        for connection_id, name in connection_names(transaction).items():
            if connection in (None, name):
                ledger.retry(transaction, connection_id)
    changes = "1 change is" if number == 1 else f"{number:,} changes are"
    say(f"{changes} sent again with the next push; run: segmenthub push")


def _row(each: RejectedGroup | RejectedChange) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(each).items()
    }


def _line(each: RejectedChange, zone: ZoneInfo) -> str:
    return (
        f"{each.key} ({each.kind} {each.target} of {each.connection}): {each.reason or 'no reason'}"
        f"; {_next(each, zone)}"
    )


def _next(each: RejectedGroup | RejectedChange, zone: ZoneInfo) -> str:
    return f"after {local(each.again_at, zone)}" if each.again_at else "with --retry"


def _show(groups: Sequence[RejectedGroup], zone: ZoneInfo) -> None:
    lines = [
        {
            "changes": each.changes,
            "target": f"{each.kind} {each.target} of {each.connection}",
            "again": _next(each, zone),
            "reason": each.reason,
        }
        for each in groups
    ]
    columns = {"changes": "Changes", "target": "Target", "again": "Sent again", "reason": "Why"}
    show(Listing("Changes that were refused", columns, lines))
    if groups:
        say(
            "`segmenthub rejected --people` lists each person's key; once the cause is gone, "
            "`segmenthub rejected --retry` sends them again with the next push"
        )
