"""`segmenthub demo`: the hub at work between a made-up shop, its till and its lists."""

import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from core import log
from sync.cli.context import progress_bars
from sync.texts import Language, Texts


class Receiver(StrEnum):
    """Destinations of the demonstration."""

    heyloyalty = "heyloyalty"
    mailchimp = "mailchimp"
    woocommerce = "woocommerce"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    language: Annotated[
        Language, typer.Option(help="Language of the demonstration.")
    ] = Language.english,
    keep: Annotated[
        Path | None, typer.Option(help="Leave config and database in this folder.")
    ] = None,
    to: Annotated[
        Receiver | None, typer.Option(help="Write only to this one; by default to both lists.")
    ] = None,
    people: Annotated[int, typer.Option(min=200, help="Number of people.")] = 1200,
) -> None:
    """Show the hub at work on a made-up shop; nothing leaves this machine.

    It reads a webshop, a till, a newsletter and a customer club, and writes to the two lists.
    """
    # Slow to import, and no other command needs it.
    from sync.demo.play import play  # noqa: PLC0415
    from sync.demo.screens import WIDTH  # noqa: PLC0415

    # Log lines would break up the screens.
    log.configure(level=logging.WARNING)
    texts = Texts(language)
    console = Console(width=WIDTH, highlight=False)
    with _folder(keep) as folder, progress_bars() as progress:
        findings = play(folder, texts, console, people=people, to=to, progress=progress)
        if keep is not None:
            sentence = texts.say("demo.kept", folder=keep, file=keep / "config.toml")
            console.print(sentence, markup=False, soft_wrap=True)
    console.print(texts.say("demo.done"), markup=False)
    if not findings.is_well:
        sys.exit(1)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="segmenthub-") as folder:
        yield Path(folder)
