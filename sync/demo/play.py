"""The demonstration from its first screen to its last."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from rich.console import Console

from core.audience.report import PlanReport
from core.segments.definition import Segment
from core.segments.recipes import catalogue
from sync.demo.acts import Cast, chosen, pass_a_week
from sync.demo.checks import Checks, Findings, name_of
from sync.demo.movements import (
    BOUGHT,
    EXPLAINED,
    History,
    Movement,
    history,
    movements,
    profile_of,
    reason,
)
from sync.demo.overlap import known_from
from sync.demo.screens import Row, Screens
from sync.demo.stage import Stage, stage
from sync.demo.tools import BOTH_LISTS, Carriers
from sync.destinations import preview, push_destinations
from sync.evaluation import Size, evaluate, sizes
from sync.pull import Progress, pull
from sync.runs import Run, Step, running
from sync.texts import Texts

PARTS = {"often": range(1, 6), "much": range(6, 10), "who": range(10, 16), "reading": range(16, 21)}
"""Numbers of the recipes on each screen."""
MOST_NAMED = 6


def play(
    folder: Path,
    texts: Texts,
    console: Console,
    *,
    people: int,
    to: str | None = None,
    progress: Progress = lambda *_: None,
) -> Findings:
    """Run the whole demonstration; the findings are also written to the folder.

    `to` is the kind of the one tool that is written to; None: both lists.
    """
    with stage(folder, texts, people, [to] if to else BOTH_LISTS) as scene:
        findings = _Play(scene, Screens(console, texts), progress).run()
    written = json.dumps(asdict(findings), ensure_ascii=False, indent=2)
    (folder / "demo.json").write_text(written + "\n", encoding="utf-8")
    return findings


class _Play:
    def __init__(self, scene: Stage, screens: Screens, progress: Progress) -> None:
        self._sandbox = scene.sandbox
        self._hub = scene.hub
        self._tools = scene.tools
        self._checks = Checks(scene, screens)
        self._texts = scene.texts
        self._screens = screens
        self._progress = progress
        self._segments = {each.name: each for each in scene.hub.config.segments}

    def run(self) -> Findings:
        """Play both days, and check the result."""
        screens, texts = self._screens, self._texts
        screens.heading(texts.say("demo.title"))
        screens.say("opening", day=texts.date(self._today()))
        screens.pause()
        before = self._checks.carriers()
        self._read()
        people = self._known_from()
        for part, some in self._parts():
            screens.sizes(part, some)
        screens.say("sizes.legend")
        screens.pause()
        for tool, report in zip(self._tools, self._reports(), strict=True):
            screens.plan(tool, report)
        first, again = self._push(before, "sent_first"), self._push_again()
        cast = chosen(self._sandbox, self._tools)
        requests_before = self._checks.request_counts()
        screens.heading(texts.say("demo.week", day=self._a_week(cast)))
        self._show_acts(cast)
        self._read()
        self._show_movements(cast)
        then = self._checks.carriers()
        later, again_later = self._push(then, "sent"), self._push_again()
        requests = (first, again, later, again_later)
        findings = self._checks.findings(cast, before, requests_before, requests, people)
        self._checks.show(cast, findings, before)
        return findings

    def _reports(self) -> list[PlanReport]:
        reports = {report.connection: report for report in preview(self._hub)}
        return [reports[tool.connection] for tool in self._tools]

    def _known_from(self) -> dict[int, int]:
        with self._hub.database.read() as transaction:
            people = known_from(transaction)
        self._screens.known_from(people)
        self._screens.pause()
        return dict(people)

    def _show_acts(self, cast: Cast) -> None:
        say = self._screens.say
        say("happened")
        say("regular_bought", name=name_of(cast.regular.person))
        say("newcomer_bought", name=name_of(cast.newcomer))
        say("leaver_bought", name=name_of(cast.leaver.person), list=self._checks.called(cast.left))
        complained = self._checks.called(cast.complained)
        say("complainer_bought", name=name_of(cast.complainer.person), list=complained)
        self._screens.pause()

    def _today(self) -> date:
        return self._hub.now().astimezone(self._hub.config.hub.timezone).date()

    def _a_week(self, cast: Cast) -> str:
        pass_a_week(self._sandbox, cast)
        return self._texts.date(self._today())

    def _read(self) -> None:
        """Pull and evaluate, and show the new rows."""
        self._screens.say("reading")
        run = self._run("pull", lambda run: pull(run, progress=self._progress))
        self._screens.came_in(run.steps)
        self._screens.say("thinking")
        self._run("evaluate", evaluate)
        self._screens.pause()

    def _run(self, command: str, work: Callable[[Run], None]) -> Run:
        with running(self._hub, command) as run:
            work(run)
        # No step of the demonstration may fail.
        for error in run.errors:
            raise error
        return run

    def _push(self, before: Sequence[Carriers], sentence: str) -> int:
        names = [self._texts.say(f"demo.tools.{tool.connection}") for tool in self._tools]
        if len(names) > 1:
            names = [self._texts.say("demo.tools.both", first=names[0], second=names[1])]
        self._screens.say("writing", where=names[0])
        steps, requests = self._deliver()
        for tool, then, number in zip(self._tools, before, requests, strict=True):
            self._screens.written(tool, then, tool.carriers())
            self._screens.outcome(sentence, steps[tool.connection], number)
        return sum(requests)

    def _push_again(self) -> int:
        _, requests = self._deliver()
        self._screens.say("again", requests=sum(requests))
        self._screens.pause()
        return sum(requests)

    def _deliver(self) -> tuple[Mapping[str, Step], list[int]]:
        before = self._checks.request_counts()
        run = self._run("push", push_destinations)
        steps = {step.connection: step for step in run.steps if step.what == "push"}
        after = self._checks.request_counts()
        return steps, [now - then for now, then in zip(after, before, strict=True)]

    def _parts(self) -> Iterator[tuple[str, list[Size]]]:
        """The segments of each screen."""
        present = sizes(self._hub)
        for part, numbers in PARTS.items():
            yield part, [each for each in present if self._number(each.name) in numbers]
            if part == "much":
                yield "each", [each for each in present if ":" in each.name]

    def _number(self, name: str) -> int:
        segment = self._segments.get(name)
        return (catalogue()[segment.recipe].number or 0) if segment and segment.recipe else 0

    def _show_movements(self, cast: Cast) -> None:
        today = self._today()
        with self._hub.database.read() as transaction:
            moved = movements(transaction, today, EXPLAINED)
            followed = [
                profile_of(transaction, each.email)
                for each in (cast.regular.person, cast.leaver.person, cast.newcomer)
            ]
            rows = [
                self._row(each, history(transaction, each.profile_id, today), today)
                for each in _most_interesting(moved, followed)
            ]
        counts = {}
        for size in sizes(self._hub):
            mine = [each.entered for each in moved if each.segment == size.name]
            if size.name in EXPLAINED:
                counts[size.title] = (sum(mine), len(mine) - sum(mine), size.members)
        self._screens.moved(counts)
        self._screens.why(rows)

    def _row(self, moved: Movement, past: History, today: date) -> Row:
        segment = self._segments[moved.segment]
        why = reason(self._texts, segment, past, today, entered=moved.entered)
        return Row(past.name, _title(segment), moved.entered, why)


def _most_interesting(moved: list[Movement], followed: list[int | None]) -> Iterator[Movement]:
    """The cast's movements, then one of every other kind."""
    named = sorted(
        (each for each in moved if each.profile_id in followed and each.segment in BOUGHT),
        key=lambda each: followed.index(each.profile_id),
    )
    seen = {(each.segment, each.entered) for each in named}
    for each in moved:
        kind = (each.segment, each.entered)
        if kind not in seen and each.profile_id not in followed:
            seen.add(kind)
            named.append(each)
    yield from named[:MOST_NAMED]


def _title(segment: Segment) -> str:
    return segment.title.get("") or segment.name
