"""The commands that tell what happened and what needs a person: status and runs."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from core.store import history
from sync.cli.commands.segments import local
from sync.cli.context import hub_of
from sync.cli.output import AsCsv, AsJson, Listing, show, show_sentences, write
from sync.cli.summaries import RESULTS, step_summary
from sync.evaluation import sizes
from sync.runs import RUNNING
from sync.status import HubStatus, StreamState, hub_status, stream_states

Most = Annotated[int, typer.Option("--last", min=1, help="How many.")]
NOTHING = "nothing; all is well"


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    for command in (status, runs):
        app.command()(command)


def status(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Say how far every stream has been read, and what needs a person."""
    with hub_of(context) as hub:
        if as_json or as_csv:
            columns = ("connection", "stream", "configured", "checkpoint", "last_run", "orders")
            write([each.as_json() for each in stream_states(hub)], columns, as_csv=as_csv)
            return
        zone = hub.config.hub.timezone
        segments = sizes(hub)
        found = hub_status(hub, segments)
    show(_streams(found.streams, zone))
    if found.pushes:
        show(_pushes(found, zone))
    show_sentences("Good to know", found.notes)
    show_sentences("Needs you", found.needs or [NOTHING])


def _streams(states: Sequence[StreamState], zone: ZoneInfo) -> Listing:
    columns = {
        "connection": "Connection", "stream": "Stream", "read": "Read to its end",
        "last": "Last read",
    }  # fmt: skip
    rows = [
        {
            "connection": each.connection,
            "stream": each.stream,
            "read": local(mark.completed_at, zone) if mark and mark.completed_at else "never",
            "last": _in_short(each.last),
        }
        for each in states
        for mark in [each.mark]
    ]
    return Listing("What is read", columns, rows)


def _pushes(found: HubStatus, zone: ZoneInfo) -> Listing:
    columns = {"connection": "Connection", "at": "Last push", "what": "What it did"}
    rows = [
        {
            "connection": name,
            "at": local(step.started_at, zone) if step else "never",
            "what": _in_short(step),
        }
        for name, step in found.pushes.items()
    ]
    return Listing("What is written to", columns, rows)


def _in_short(step: history.StepRow | None) -> str:
    """What a step did; why it failed stands among what needs somebody."""
    if step is None:
        return ""
    message = "" if step.result in RESULTS else step.message
    return step_summary(step.step, step.result, message, step.counts)


def runs(
    context: typer.Context, last: Most = 20, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """List the latest runs and what each did, the newest first."""
    with hub_of(context) as hub:
        with hub.database.read() as transaction:
            found = history.runs(transaction, last)
        zone = hub.config.hub.timezone
    if as_json or as_csv:
        keys = ("run", "command", "started_at", "ended_at", "result", "message", "steps")
        write([_run(each) for each in found], keys, as_csv=as_csv)
        return
    columns = {"run": "Run", "began": "Began", "what": "What", "said": "What came of it"}
    show(Listing("Runs", columns, [row for each in found for row in _told(each, zone)]))


def _run(run: history.RunRow) -> dict[str, object]:
    return {
        "run": run.id,
        "command": run.command,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "result": run.result,
        "message": run.message,
        "steps": [
            {
                "step": each.step,
                "connection": each.connection,
                "stream": each.stream,
                "started_at": each.started_at.isoformat(),
                "ended_at": each.ended_at.isoformat() if each.ended_at else None,
                "result": each.result,
                "message": each.message,
                "counts": dict(each.counts),
            }
            for each in run.steps
        ],
    }


def _told(run: history.RunRow, zone: ZoneInfo) -> Iterator[dict[str, object]]:
    """A row for the run, and one for each of its steps."""
    took = f" in {_duration(run.ended_at - run.started_at)}" if run.ended_at else ""
    said = RESULTS[RUNNING] if run.result == RUNNING else f"{run.result}{took}"
    if run.message:
        said = f"{said}; {run.message}"
    yield {
        "run": str(run.id), "began": local(run.started_at, zone), "what": run.command, "said": said
    }  # fmt: skip
    for each in run.steps:
        place = " ".join(filter(None, [each.connection, each.stream])) or "segments"
        what = f"  {each.step} {place}" if each.step != run.command else f"  {place}"
        yield {
            "run": "", "began": "", "what": what,
            "said": step_summary(each.step, each.result, each.message, each.counts),
        }  # fmt: skip


def _duration(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"  # noqa: PLR2004 - a minute
