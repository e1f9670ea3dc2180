"""The command line application: global options, and registration of the commands."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from core import log
from core.config import named_kinds
from core.config import schema as config_schema
from core.errors import Held, Misconfigured, Unauthorized, Unavailable
from sync.cli.commands import (
    backfill,
    connect,
    connectors,
    demo,
    key,
    pipeline,
    quarantine,
    rejected,
    rename,
    segments,
    status,
)
from sync.cli.commands.check import check as check_config
from sync.cli.commands.init import write_starter_config
from sync.cli.context import DEFAULT, Settings, is_interactive
from sync.cli.output import PIPE_CLOSED, say, write_json
from sync.runs import PARTLY

EXIT_CODES = f"""Exit codes: 0 all well, 1 an error in segmenthub itself,
{Misconfigured.exit_code} the config or the command is wrong, {Unauthorized.exit_code} a credential
is refused, {Unavailable.exit_code} a system does not answer, {PARTLY} some steps failed, lost most
of something, or an answer cannot be trusted, {Held.exit_code} something is held until a person
approves, 130 and 143 stopped by Ctrl-C or by the system, {PIPE_CLOSED} the reader of the output
went away."""
REQUESTS = "segmenthub.http"
"""The logger that logs every request."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The self-hosted hub that keeps segments of customers true in the tools of marketing.",
    epilog=EXIT_CODES,
)


@app.callback()
def begin(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="The config file.", envvar="SEGMENTHUB_CONFIG")
    ] = DEFAULT,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also log every request.")
    ] = False,
) -> None:
    """Take the global options."""
    context.ensure_object(Settings).config = config
    # On a terminal progress bars show what happens; log lines would break them up.
    log.configure(level=logging.WARNING if is_interactive() and not verbose else logging.INFO)
    logging.getLogger(REQUESTS).setLevel(logging.INFO if verbose else logging.WARNING)


@app.command()
def init(context: typer.Context) -> None:
    """Write a small config to start from."""
    path = context.ensure_object(Settings).config
    write_starter_config(path)
    say(f"wrote {path}; fill it in, then run: segmenthub check")


@app.command()
def check(
    context: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Also open the database and contact every source.")
    ] = False,
) -> None:
    """Check the config: show all its mistakes, or how it is read."""
    raise typer.Exit(check_config(context.ensure_object(Settings).config, live=live))


@app.command()
def schema(context: typer.Context) -> None:
    """Print the JSON Schema of a config, for editors.

    Connectors of other packages are described where the config names them.
    """
    kinds = named_kinds(context.ensure_object(Settings).config)
    write_json(config_schema(kinds), indent=2)


for commands in (
    pipeline,
    backfill,
    status,
    quarantine,
    rejected,
    rename,
    segments,
    connectors,
    connect,
    key,
    demo,
):
    commands.register(app)
