"""The program and its options; the commands register themselves here."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from core import log
from core.errors import Held, Misconfigured, Unauthorized, Unavailable
from sync.cli.commands import (
    backfill,
    connect,
    connectors,
    demo,
    key,
    listing,
    serve,
    telling,
    work,
)
from sync.cli.commands.check import check as check_config
from sync.cli.commands.init import begin_config
from sync.cli.commands.schema import print_schema
from sync.cli.context import DEFAULT, Settings, is_watched
from sync.cli.output import say
from sync.journal import PARTLY

EXIT_CODES = f"""Exit codes: 0 all well, 1 an error of the program itself,
{Misconfigured.exit_code} the config or the command is wrong, {Unauthorized.exit_code} a credential
is refused, {Unavailable.exit_code} a system does not answer, {PARTLY} some of it failed or an
answer cannot be trusted, {Held.exit_code} something is held until a person has looked, 130 and 143
stopped by Ctrl-C or by the system."""
REQUESTS = "segmenthub.http"
"""The logger that tells every single request."""

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
        bool, typer.Option("--verbose", "-v", help="Also write down every request.")
    ] = False,
) -> None:
    """Take the options that stand before the command."""
    context.ensure_object(Settings).config = config
    # On a terminal the progress bars say what happens, and lines between would tear them.
    log.configure(level=logging.WARNING if is_watched() and not verbose else logging.INFO)
    logging.getLogger(REQUESTS).setLevel(logging.INFO if verbose else logging.WARNING)


@app.command()
def init(context: typer.Context) -> None:
    """Write a small config to begin with."""
    path = context.ensure_object(Settings).config
    begin_config(path)
    say(f"wrote {path}; fill it in, and then: segmenthub check")


@app.command()
def check(
    context: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Also open the database and ask every source.")
    ] = False,
) -> None:
    """Say everything that is wrong with the config, or what was understood."""
    raise typer.Exit(check_config(context.ensure_object(Settings).config, live=live))


@app.command()
def schema() -> None:
    """Print the JSON Schema of a config, for editors."""
    print_schema()


for each in (work, serve, backfill, telling, listing, connectors, connect, key, demo):
    each.register(app)
