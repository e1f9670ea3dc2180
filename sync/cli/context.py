"""The context of a command: its config, and its progress bars."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from sync.hub import Hub, open_hub
from sync.pull import Progress

DEFAULT = Path("config.toml")


@dataclass
class Settings:
    """The global options."""

    config: Path = DEFAULT


@contextmanager
def hub_of(context: typer.Context) -> Iterator[Hub]:
    """The hub of the command's config."""
    with open_hub(context.ensure_object(Settings).config) as hub:
        yield hub


def is_interactive() -> bool:
    """Whether standard error is a terminal."""
    return Console(stderr=True).is_terminal


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show one line per stream on a terminal; elsewhere nothing, since the log has it."""
    if not is_interactive():
        yield lambda *_: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TextColumn("{task.completed:,} rows"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        # Connections are pulled in parallel, the streams of each one after another.
        present: dict[str, tuple[str, TaskID]] = {}

        def show_progress(connection: str, stream: str, rows: int) -> None:
            before, task = present.get(connection, ("", None))
            if task is None or before != stream:
                if task is not None:
                    bars.stop_task(task)
                task = bars.add_task(f"{connection} {stream}", total=None)
                present[connection] = (stream, task)
            bars.update(task, completed=rows)

        yield show_progress
