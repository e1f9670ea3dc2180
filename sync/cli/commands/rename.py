"""`segmenthub rename`: let the store follow a connection that has another name."""

from typing import Annotated

import typer

from sync.cli.context import hub_of
from sync.cli.output import say
from sync.repair.renaming import rename as rename_connection


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rename)


def rename(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="The name that the store knows.")],
    new: Annotated[str, typer.Argument(help="The name that the config has now.")],
) -> None:
    """Move all that is stored of a connection to the name that the config gives it now."""
    with hub_of(context) as hub:
        rename_connection(hub, old, new)
    say(f"all that was stored of {old} belongs to {new} now")
