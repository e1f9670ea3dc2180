"""The commands that report on the hub: status and runs."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from core.store import history
from sync.cli.context import hub_of
from sync.cli.output import AsCsv, AsJson, Listing, local, show, show_sentences, write
from sync.cli.summaries import RESULTS, step_summary
from sync.evaluation import sizes
from sync.runs import RUNNING
from sync.status import HubStatus, StreamState, hub_status, stream_states

Most = Annotated[int, typer.Option("--last", min=1, help="How many.")]
NOTHING = "nothing; all is well"
BUT_LOSSES = "nothing else than what was left empty or not understood, see above"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, runs):
        app.command()(command)


def status(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Show how far every stream was read, and what needs you."""
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
    show_sentences("Left empty or not understood", found.losses)
    show_sentences("Needs you", found.needs or [BUT_LOSSES if found.losses else NOTHING])


def _streams(states: Sequence[StreamState], zone: ZoneInfo) -> Listing:
    columns = {
        "connection": "Connection", "stream": "Stream", "read": "Read to its end",
        "last": "Last read",
    }  # fmt: skip
    rows = [
        {
            "connection": each.connection,
            "stream": each.stream,
            "read": local(checkpoint.completed_at, zone)
            if checkpoint and checkpoint.completed_at
            else "never",
            "last": _summary(each.last),
        }
        for each in states
        for checkpoint in [each.checkpoint]
    ]
    return Listing("Sources", columns, rows)


def _pushes(found: HubStatus, zone: ZoneInfo) -> Listing:
    columns = {"connection": "Connection", "at": "Last push", "what": "Result"}
    rows = [
        {
            "connection": name,
            "at": local(step.started_at, zone) if step else "never",
            "what": _summary(step),
        }
        for name, step in found.pushes.items()
    ]
    return Listing("Destinations", columns, rows)


def _summary(step: history.StepRow | None) -> str:
    """Summary of a step; the reason of a failure is listed under "Needs you"."""
    if step is None:
        return ""
    message = "" if step.result in RESULTS else step.message
    return step_summary(step.step, step.result, message, step.counts)


def runs(
    context: typer.Context, last: Most = 20, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """List the latest runs and their steps, the newest first."""
    with hub_of(context) as hub:
        with hub.database.read() as transaction:
            found = history.runs(transaction, last)
        zone = hub.config.hub.timezone
    if as_json or as_csv:
        keys = ("run", "command", "started_at", "ended_at", "result", "message", "steps")
        write([_run(each) for each in found], keys, as_csv=as_csv)
        return
    columns = {"run": "Run", "began": "Began", "what": "Step", "result": "Result"}
    show(Listing("Runs", columns, [row for each in found for row in _rows(each, zone)]))


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


def _rows(run: history.RunRow, zone: ZoneInfo) -> Iterator[dict[str, object]]:
    """A row for the run, and one for each of its steps."""
    took = f" in {_duration(run.ended_at - run.started_at)}" if run.ended_at else ""
    result = RESULTS[RUNNING] if run.result == RUNNING else f"{run.result}{took}"
    if run.message:
        result = f"{result}; {run.message}"
    began = local(run.started_at, zone)
    yield {"run": str(run.id), "began": began, "what": run.command, "result": result}
    for each in run.steps:
        place = " ".join(filter(None, [each.connection, each.stream])) or "segments"
        what = f"  {each.step} {place}" if each.step != run.command else f"  {place}"
        yield {
            "run": "", "began": "", "what": what,
            "result": step_summary(each.step, each.result, each.message, each.counts),
        }  # fmt: skip


def _duration(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"  # noqa: PLR2004 - a minute
