"""The command that reads past dates again."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

from sync.backfill import BackfillPlan, BackfillWindow, Progress, plan
from sync.backfill import backfill as backfill_all
from sync.cli.context import hub_of, is_interactive
from sync.cli.output import say
from sync.cli.summaries import counts_summary, say_losses
from sync.runs import Run, running

DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backfill)


def backfill(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(help="Its name in the config.")],
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="The first local date.")],
    last: Annotated[datetime, typer.Option("--to", formats=DAY, help="The last local date.")],
    stream: Annotated[
        list[str] | None, typer.Option("--stream", help="Only this stream; may be repeated.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also what an earlier backfill has read.")
    ] = False,
) -> None:
    """Read past dates again, month by month; the next pull is not affected."""
    with hub_of(context) as hub:
        work = plan(hub, connection, first.date(), last.date(), stream or (), again=again)
        _announce(work)
        if not work.parts:
            return
        begun = hub.now()
        with running(hub, "backfill") as run, _bar(work) as progress:
            backfill_all(run, work, progress)
        say_losses(hub, begun)
    for step in run.steps:
        if step.error is not None:
            say(f"{step.place}: {step.message}", "red")
    if is_interactive():
        # Elsewhere the log has it.
        _sum_up(run)
    if run.exit_code:
        raise typer.Exit(run.exit_code)


def _announce(work: BackfillPlan) -> None:
    if work.whole:
        say(
            f"{', '.join(work.whole)} of {work.connection}: left out, because every pull "
            "reads all of it"
        )
    if work.done and work.parts:
        say(f"{work.done:,} of {work.done + len(work.parts):,} windows were already read")
    elif work.done:
        say("everything was already read; --again reads it anew")


def _sum_up(run: Run) -> None:
    streams: dict[str, Counter[str]] = {}
    for step in run.steps:
        streams.setdefault(f"{step.stream} of {step.connection}", Counter()).update(step.counts)
    for place, counts in streams.items():
        say(f"{place}: {counts_summary('backfill', counts)}")


@contextmanager
def _bar(work: BackfillPlan) -> Iterator[Progress]:
    """Show progress and the time left on a terminal; elsewhere nothing, since the log has it."""
    if not is_interactive():
        yield lambda *_: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TextColumn("windows"),
        _TimeLeft(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(work.connection, total=len(work.parts))

        def show_progress(part: BackfillWindow, ended: int, rows: int) -> None:
            description = (
                f"{work.connection} {part.stream.name} {part.span.first:%Y-%m}, {rows:,} rows"
            )
            bars.update(task, description=description, completed=ended)

        yield show_progress


class _TimeLeft(ProgressColumn):
    """Estimate of the time left, from the windows so far."""

    def render(self, task: Task) -> Text:
        """`about 3 min left`; empty before the first window has ended."""
        if not task.completed or task.elapsed is None or task.total is None:
            return Text()
        seconds = task.elapsed / task.completed * (task.total - task.completed)
        about = f"{seconds / 60:.0f} min" if seconds >= 100 else f"{seconds:.0f} s"  # noqa: PLR2004 - a minute and a half
        return Text(f"about {about} left")
