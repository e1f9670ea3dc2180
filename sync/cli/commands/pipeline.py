"""The commands of the pipeline: pull, evaluate, push, run, plan, reconcile and serve."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from core.audience.reach import empty_targets
from core.audience.report import PlanReport
from core.errors import Held, Misconfigured
from sync.cli.context import hub_of, is_interactive, progress_bars
from sync.cli.output import AsCsv, AsJson, Listing, say, show, write
from sync.cli.summaries import say_losses, step_summary
from sync.destinations import (
    preview,
    push_destinations,
    reconcile_daily,
    reconcile_destinations,
)
from sync.evaluation import evaluate as evaluate_all
from sync.hub import Hub
from sync.pull import Progress
from sync.pull import pull as pull_all
from sync.repair.renaming import possible_renames
from sync.runs import PARTIAL, SUSPECT, Run, Step, running
from sync.schedule.serving import serve as serve_hub

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The end of this local date."),
]
Connections = Annotated[list[str] | None, typer.Argument(help="Only these; none: all.")]
Approve = Annotated[
    bool, typer.Option("--approve", help="Let go what waits for approval, as it was shown.")
]
NOTHING_BOUND = "nothing is written to any connection; write a [connections.NAME.push]"
SHOWN = 10
"""People that are named per target and direction; --json names more."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (pull, evaluate, push, run, plan, reconcile, serve):
        app.command()(command)


def pull(
    context: typer.Context,
    connections: Connections = None,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Read everything anew and accept it even if much is gone."),
    ] = False,
) -> None:
    """Read new and changed rows from the sources."""
    if accept and not connections:
        raise Misconfigured("--accept needs a connection; run: segmenthub pull NAME --accept")

    def work(run: Run, progress: Progress) -> None:
        pull_all(run, connections or (), progress, accept=accept)

    with hub_of(context) as hub:
        _work(hub, "pull", work)


def evaluate(
    context: typer.Context,
    as_of: AsOf = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Evaluate everybody, not only the people that were touched."),
    ] = False,
) -> None:
    """Evaluate the segments as of now, or of the end of a date."""
    with hub_of(context) as hub:
        _work(hub, "evaluate", lambda run, _: evaluate_all(run, day(as_of), full=full))


def push(
    context: typer.Context,
    connections: Connections = None,
    approve: Approve = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Also send again what was rejected or skipped before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen and send nothing.")
    ] = False,
) -> None:
    """Write entered and left members to the destinations."""

    def work(run: Run, progress: Progress) -> None:
        push_destinations(run, connections or (), approve=approve, retry=retry, progress=progress)
        if not run.steps:
            say(NOTHING_BOUND)

    with hub_of(context) as hub:
        if dry_run:
            _show_reports(hub, preview(hub, connections or (), approve=approve))
        else:
            _work(hub, "push", work)


def run(context: typer.Context, approve: Approve = False) -> None:
    """Pull, evaluate and push once."""

    def work(run: Run, progress: Progress) -> None:
        run_once(run, approve=approve, progress=progress)

    with hub_of(context) as hub:
        _work(hub, "run", work)


def run_once(run: Run, *, approve: bool = False, progress: Progress = lambda *_: None) -> None:
    """Pull, evaluate and push; a source that fails holds only what rests on it."""
    pull_all(run, progress=progress)
    evaluate_all(run)
    reconcile_daily(run)
    push_destinations(run, approve=approve, progress=progress)


def plan(
    context: typer.Context,
    connections: Connections = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what a push would do now: its changes, their cost, and what is held."""
    with hub_of(context) as hub:
        reports = preview(hub, connections or ())
        if as_json or as_csv:
            columns = ("connection", "enter", "update", "leave", "requests", "seconds", "held")
            write([each.as_json() for each in reports], columns, as_csv=as_csv)
        else:
            _show_reports(hub, reports)


def reconcile(
    context: typer.Context,
    connections: Annotated[
        list[str], typer.Argument(metavar="CONNECTION...", help="The destinations to look at.")
    ],
) -> None:
    """Look for deliveries that were removed at a destination, or never arrived there."""
    with hub_of(context) as hub:
        _work(hub, "reconcile", lambda run, _: reconcile_destinations(run, connections))


def serve(context: typer.Context) -> None:
    """Pull, evaluate and push on schedule, until stopped."""
    with hub_of(context) as hub:
        serve_hub(hub, say)


def day(as_of: datetime | None) -> date | None:
    """The date of an option, if it was given."""
    return as_of.date() if as_of else None


def _work(hub: Hub, command: str, work: Callable[[Run, Progress], None]) -> None:
    """Run the work, and exit with the code of the run."""
    if code := work_on(hub, command, work):
        raise typer.Exit(code)


def work_on(hub: Hub, command: str, work: Callable[[Run, Progress], None]) -> int:
    """Run the work and show the result of each step; returns the exit code of the run."""
    begun = hub.now()
    with running(hub, command) as run, progress_bars() as progress:
        work(run, progress)
    for step in run.steps:
        if step.result == PARTIAL and step.error is None:
            # Its losses are told one by one below.
            continue
        if step.error is not None or step.result == SUSPECT:
            held = isinstance(step.error, Held) or step.result == SUSPECT
            say(_message(step, step.message), "yellow" if held else "red")
        elif is_interactive():
            # Elsewhere the log has it.
            say(_message(step, step_summary(step.what, step.result, step.message, step.counts)))
    say_losses(hub, begun)
    return run.exit_code


def _message(step: Step, sentence: str) -> str:
    place = step.place or "the segments"
    return f"push to {place}: {sentence}" if step.what == "push" else f"{place}: {sentence}"


def _show_reports(hub: Hub, reports: Sequence[PlanReport]) -> None:
    for report in reports:
        _show_report(report)
    shown = {each.connection: hub.config.connections[each.connection] for each in reports}
    with hub.database.read() as transaction:
        for sentence in (
            *possible_renames(transaction, hub.config),
            *empty_targets(transaction, shown, "key"),
        ):
            say(sentence)
    if not reports:
        say(NOTHING_BOUND)


def _show_report(report: PlanReport) -> None:
    columns = {"target": "Target", "in": "In", "changed": "Changed", "out": "Out"}
    rows = [
        {
            "target": f"{each.target.kind} {each.target.name}",
            "in": each.enter,
            "changed": each.update,
            "out": each.leave,
            "released": each.release,
        }
        for each in report.targets
    ]
    requests = "1 request" if report.requests == 1 else f"{report.requests:,} requests"
    title = f"{report.connection}: {requests}, about {report.seconds / 60:.1f} minutes"
    # People are rarely released; a column of zeros would only raise questions.
    released = {"released": "Released"} if any(row["released"] for row in rows) else {}
    show(Listing(title, {**columns, **released}, rows))
    for each in report.targets:
        if each.unreachable:
            are = "member has" if each.unreachable == 1 else "members have"
            say(
                f"{report.connection}: {each.unreachable:,} {are} no consent that the "
                f"{each.target.kind} {each.target.name} requires, or no address that it takes"
            )
    samples = [
        {"target": each.target.name, "people": _named(sign, keys, count)}
        for each in report.targets
        for sign, keys, count in (
            ("in", each.entering, each.enter),
            ("out", each.leaving, each.leave),
        )
        if count
    ]
    if samples:
        show(Listing("People", {"target": "Target", "people": "People"}, samples))
    if report.unbound:
        names = ", ".join(f"{each.kind} {each.name}" for each in report.unbound)
        say(f"{report.connection}: no longer in the config, and left as it is: {names}")
    if report.held:
        held = [
            {"target": hold.target.name, "reason": hold.reason}
            for hold in dict.fromkeys(report.held)
        ]
        show(Listing("Held", {"target": "Target", "reason": "Why"}, held))
        if any(hold.approvable for hold in report.held):
            say(
                "`segmenthub push --approve` lets go what waits for approval now; "
                "what is added later waits again"
            )


def _named(sign: str, keys: Sequence[str], count: int) -> str:
    more = f" and {count - SHOWN:,} more" if count > SHOWN else ""
    return f"{sign}: {', '.join(keys[:SHOWN])}{more}"
