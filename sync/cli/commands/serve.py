"""The command that keeps running."""

import typer

from sync.cli.context import hub_of
from sync.cli.output import say
from sync.schedule.serving import serve as serve_hub


def register(app: typer.Typer) -> None:
    """Make the command known."""
    app.command()(serve)


def serve(context: typer.Context) -> None:
    """Pull, evaluate and push at the times that the config says, until it is stopped."""
    with hub_of(context) as hub:
        serve_hub(hub, say)
