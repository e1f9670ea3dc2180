"""`segmenthub key new`: a new key for a store whose key is lost."""

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.config import load
from core.hub_key import FILE, VARIABLE, HubKey, find_key, write_key
from core.store.database import Database
from core.store.secrets.key_check import Losses, losses, replace_key
from sync.access.store_key import folder_of
from sync.cli.context import Settings
from sync.cli.output import say

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
group = typer.Typer(no_args_is_help=True, help="The key file, from which all other keys derive.")


def register(app: typer.Typer) -> None:
    """Make the command known."""
    app.add_typer(group, name="key")


@group.callback()
def about() -> None:
    """Take the options that stand before the command."""


@group.command()
def new(context: typer.Context, yes: Yes = False) -> None:
    """Make a new key where the old one is lost; says first what is lost with it."""
    path = context.ensure_object(Settings).config
    folder = folder_of(path)
    database = Database(load(path, os.environ).hub.database)
    try:
        database.migrate()
        with database.read() as transaction:
            lost = losses(transaction)
        say(consequences(lost))
        if not yes:
            typer.confirm("Make a new key?", abort=True, err=True)
        is_given = VARIABLE in os.environ
        key = (find_key(folder, os.environ) if is_given else None) or HubKey.random()
        if not is_given:
            # A key that fits another store must not be lost by a mistake.
            aside = folder / f"{FILE}.{datetime.now(UTC):%Y%m%d-%H%M%S}"
            if (folder / FILE).exists():
                (folder / FILE).rename(aside)
                say(f"the key file of before is now {aside}")
            write_key(folder, key)
        with database.transaction() as transaction:
            replace_key(transaction, key)
    finally:
        database.close()
    where = VARIABLE if is_given else folder / FILE
    say(f"{where} is the key of this store now; keep a copy apart from the database")


def consequences(lost: Losses) -> str:
    """The consequences of a new key, with the store's own numbers."""
    return (
        "With a new key these are lost:\n"
        f"- tokens of connections ({lost.tokens:,} stored): each is connected again with "
        "`segmenthub connect NAME`\n"
        "- the ids of guests: people who buy without an account get a new one with their next "
        "order; an equal email, loyalty number or phone still joins all their orders\n"
        f"- suppressions by hash ({lost.suppressions:,} stored): people who were erased, and "
        "whom a source still delivers, come in again"
    )
