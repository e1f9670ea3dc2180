"""The demonstration from its first screen to its last."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from core.segments.definition import Segment
from core.segments.movements import History, Movement, history, movements, profile_of
from core.segments.recipes import catalogue
from sandbox.world.mailing import Member
from sync.deliveries import deliver, preview
from sync.demo.acts import Cast, chosen, pass_a_week
from sync.demo.newsletter import Carriers, Place, carriers, naming
from sync.demo.reasons import BOUGHT, EXPLAINED, reason
from sync.demo.screens import Row, Screens
from sync.demo.stage import Stage, stage
from sync.evaluation import Size, evaluate, member_ids, sizes
from sync.journal import Run, Step, running
from sync.pull import Progress, pull
from sync.texts import Texts

BY_HAND = Place("tag", "Fødselsdagsklub")
PARTS = {"often": range(1, 6), "much": range(6, 10), "who": range(10, 16), "reading": range(16, 21)}
"""Numbers of the recipes on each screen."""
MOST_NAMED = 6


@dataclass(frozen=True)
class Told:
    """What the demonstration found, for programs."""

    tag: str
    carries_tag: bool
    """Whether the newsletter tool itself says that the regular carries it."""
    requests: tuple[int, int, int, int]
    """To the newsletter tool, of each push: the first, its repetition, a week later, repeated."""
    leaver_is_member: bool
    """Whether who left the newsletter is in the segment all the same."""
    requests_about_leaver: int
    by_hand_kept: bool
    violations: tuple[str, ...]
    sizes: dict[str, int]

    @property
    def is_well(self) -> bool:
        """Whether everything happened that was promised."""
        quiet = self.requests[1] == self.requests[3] == self.requests_about_leaver == 0
        kept = self.by_hand_kept and not self.violations
        return self.carries_tag and self.leaver_is_member and quiet and kept


def play(
    folder: Path,
    texts: Texts,
    console: Console,
    *,
    people: int,
    progress: Progress = lambda *_: None,
) -> Told:
    """Run the whole demonstration; what it found is also written to the folder."""
    with stage(folder, texts, people) as scene:
        told = _Play(scene, Screens(console, texts), progress).run()
    written = json.dumps(asdict(told), ensure_ascii=False, indent=2)
    (folder / "demo.json").write_text(written + "\n", encoding="utf-8")
    return told


class _Play:
    def __init__(self, scene: Stage, screens: Screens, progress: Progress) -> None:
        self._sandbox = scene.sandbox
        self._hub = scene.hub
        self._texts = scene.texts
        self._screens = screens
        self._progress = progress
        self._segments = {each.name: each for each in scene.hub.config.segments}

    def run(self) -> Told:
        """Both days, and what was true in the end."""
        screens, texts = self._screens, self._texts
        screens.heading(texts.say("demo.title"))
        screens.say("opening", day=texts.date(self._today()))
        screens.pause()
        before = carriers(self._sandbox)
        self._read()
        for part, some in self._parts():
            screens.sizes(part, some)
        screens.say("sizes.legend")
        screens.pause()
        screens.plan(preview(self._hub))
        first, again = self._push(before, "sent_first"), self._push_again()
        cast = chosen(self._sandbox)
        asked = len(self._sandbox.mailchimp.requests)
        screens.heading(texts.say("demo.week", day=self._a_week(cast)))
        screens.say("happened")
        for role in ("regular", "newcomer", "leaver"):
            screens.say(f"{role}_bought", name=_name(getattr(cast, role)))
        screens.pause()
        self._read()
        self._tell_movements(cast)
        then = carriers(self._sandbox)
        later, again_later = self._push(then, "sent"), self._push_again()
        told = self._told(cast, before, asked, (first, again, later, again_later))
        self._check(cast, told, len(before[BY_HAND]))
        return told

    def _today(self) -> date:
        return self._hub.now().astimezone(self._hub.config.hub.timezone).date()

    def _a_week(self, cast: Cast) -> str:
        pass_a_week(self._sandbox, cast)
        return self._texts.date(self._today())

    def _read(self) -> None:
        """Pull and evaluate, and show what came in."""
        self._screens.say("reading")
        run = self._run("pull", lambda run: pull(run, progress=self._progress))
        self._screens.came_in(run.steps)
        self._screens.say("thinking")
        self._run("evaluate", evaluate)
        self._screens.pause()

    def _run(self, command: str, work: Callable[[Run], None]) -> Run:
        with running(self._hub, command) as run:
            work(run)
        # The demonstration has nothing to say of a step that failed: it should not have.
        for error in run.errors:
            raise error
        return run

    def _push(self, before: Carriers, sentence: str) -> int:
        self._screens.say("writing")
        step, requests = self._deliver()
        self._screens.written(before, carriers(self._sandbox))
        self._screens.outcome(sentence, step, requests)
        return requests

    def _push_again(self) -> int:
        _, requests = self._deliver()
        self._screens.say("again", requests=requests)
        self._screens.pause()
        return requests

    def _deliver(self) -> tuple[Step, int]:
        asked = len(self._sandbox.mailchimp.requests)
        run = self._run("push", deliver)
        return run.steps[-1], len(self._sandbox.mailchimp.requests) - asked

    def _parts(self) -> Iterator[tuple[str, list[Size]]]:
        """The segments, screen by screen."""
        found = sizes(self._hub)
        for part, numbers in PARTS.items():
            yield part, [each for each in found if self._number(each.name) in numbers]
            if part == "much":
                yield "each", [each for each in found if ":" in each.name]

    def _number(self, name: str) -> int:
        segment = self._segments.get(name)
        return (catalogue()[segment.recipe].number or 0) if segment and segment.recipe else 0

    def _tell_movements(self, cast: Cast) -> None:
        today = self._today()
        with self._hub.database.read() as transaction:
            moved = movements(transaction, today, EXPLAINED)
            followed = [
                profile_of(transaction, each.email)
                for each in (cast.regular, cast.leaver, cast.newcomer)
            ]
            rows = [
                self._row(each, history(transaction, each.profile_id, today), today)
                for each in _most_telling(moved, followed)
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

    def _told(
        self, cast: Cast, before: Carriers, asked: int, requests: tuple[int, int, int, int]
    ) -> Told:
        after = carriers(self._sandbox)
        tag = self._texts.say("demo.tags.loyal")
        return Told(
            tag=tag,
            carries_tag=cast.regular.id in after.get(Place("tag", tag), ()),
            requests=requests,
            leaver_is_member=cast.leaver.id in member_ids(self._hub, "loyal", "news"),
            requests_about_leaver=naming(self._sandbox, cast.leaver, asked),
            by_hand_kept=before[BY_HAND] == after[BY_HAND],
            violations=tuple(self._sandbox.violations),
            sizes={each.name: each.members for each in sizes(self._hub)},
        )

    def _check(self, cast: Cast, told: Told, by_hand: int) -> None:
        say = self._screens.say
        self._screens.heading(self._texts.say("demo.checked.title"))
        carries = "carries" if told.carries_tag else "carries_not"
        say(f"checked.{carries}", name=_name(cast.regular), tag=told.tag)
        touched = "touched" if told.requests_about_leaver else "untouched"
        say(f"checked.{touched}", name=_name(cast.leaver), requests=told.requests_about_leaver)
        kept = "by_hand" if told.by_hand_kept else "by_hand_lost"
        say(f"checked.{kept}", count=by_hand, tag=BY_HAND.name)
        say("checked.somebody" if told.violations else "checked.nobody", what=told.violations)
        self._screens.pause()


def _most_telling(moved: list[Movement], followed: list[int | None]) -> Iterator[Movement]:
    """Those whom the story follows, and then one of each kind of movement."""
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


def _name(member: Member) -> str:
    return f"{member.person.first_name} {member.person.last_name}"
