"""One evaluation: of everybody, or of those alone about whom something may have changed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from core.segments.definition import Segment
from core.segments.families import expanded
from core.segments.judge import Judged, Judging, judged, judging
from core.segments.kept import moves
from core.segments.kept.beginning import begin, is_beginning
from core.segments.kept.known import Known, known_segments, numbers, retire
from core.segments.kept.moves import Scope
from core.segments.kept.past import (
    Earlier,
    earlier,
    fingerprint,
    go_back,
    write_evaluation,
)
from core.segments.kept.sizes import count_all, count_moves, departed
from core.segments.kept.standing import standing
from core.segments.leaving import tell_why
from core.segments.sql.baselines import Measured
from core.segments.sql.tables import PROFILES
from core.segments.sql.world import World
from core.segments.touch.crowd import Crowd
from core.segments.touch.kept_traits import forget_traits, keep_traits, kept
from core.segments.touch.marks import forget_marks, marked, read_marks, vanished
from core.segments.touch.thresholds import passed_over, thresholds, write_thresholds
from core.store.people.follow import vanish
from core.store.renewal.settings import renew

ONE_BY_ONE = 1_000
"""So many people are looked up one by one, however few there are. Of more, at most half of
everybody: to read everything once costs less than to look so many up."""


@dataclass(frozen=True)
class Evaluated:
    """What one evaluation found."""

    segments: tuple[Segment, ...]
    """With families replaced by their members."""
    baselines: tuple[Measured, ...]
    entered: Mapping[str, int]
    left: Mapping[str, int]
    looked_at: int
    """Profiles that were judged by all segments; new and changed segments judge everybody."""
    full_because: str
    """Why everybody was judged by every segment; empty: only those whom something touched."""


def evaluate(
    transaction: sa.Connection,
    world: World,
    segments: Sequence[Segment],
    now: datetime,
    *,
    full: bool = False,
) -> Evaluated:
    """Bring the stored memberships to what holds at the world's clock.

    Everything happens in the caller's transaction; `now` is when it is done, for the record.
    `full` judges everybody, whatever has changed; the result is the same. Where a setting changed,
    what is stored is first put where it wants it.
    """
    renew(transaction, world.shop)
    before = earlier(transaction)
    every = expanded(transaction, world.shop, segments)
    read_marks(transaction)
    # The evaluation before may have written of people whom somebody joined to others meanwhile.
    vanish(transaction, vanished(transaction), {})
    known = known_segments(transaction, every)
    work = _Evaluation(transaction, world, every, known, before, departed(transaction))
    reason = "everybody anew: it was asked for" if full and before else _full_because(world, before)
    if reason or before is None:
        go_back(transaction, world.clock.day.toordinal())
        work.judge_everybody([each.name for each in every])
        work.looked_at = _everybody(transaction)
    else:
        work.judge_everybody([name for name, each in known.items() if each.changed])
        reason = work.judge_touched([n for n, each in known.items() if not each.changed])
    retire(transaction, known, world.clock.day.toordinal())
    forget_traits(transaction, work.traits)
    write_thresholds(transaction, work.thresholds)
    write_evaluation(transaction, world, work.measured, now)
    forget_marks(transaction)
    names = {each.id: name for name, each in known.items()}
    return Evaluated(
        tuple(every),
        tuple(work.measured),
        {name: work.entered[number] for number, name in names.items()},
        {name: work.left[number] for number, name in names.items()},
        work.looked_at,
        reason,
    )


def _full_because(world: World, before: Earlier | None) -> str:
    if before is None:
        return "for the first time"
    if before.fingerprint != fingerprint(world):
        return "everybody anew: settings changed"
    if world.clock.instant < before.clock.instant or world.clock.day < before.clock.day:
        return "everybody anew: the clock went back"
    return ""


def _everybody(transaction: sa.Connection) -> int:
    return int(transaction.execute(sa.select(sa.func.count()).select_from(PROFILES)).scalar_one())


@dataclass
class _Evaluation:
    """What one evaluation has come to so far."""

    transaction: sa.Connection
    world: World
    every: Sequence[Segment]
    known: Mapping[str, Known]
    before: Earlier | None
    departed: Counter[tuple[int, bool]]
    measured: list[Measured] = field(default_factory=list)
    thresholds: dict[str, int | None] = field(default_factory=dict)
    traits: set[str] = field(default_factory=set)
    entered: Counter[int] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)
    looked_at: int = 0

    def judge_everybody(self, names: Collection[str]) -> None:
        """Judge everybody by some segments, at the cost of what these ask for."""
        if not names:
            return
        with judged(self.transaction, self.world, self.every, only=set(names)) as (verdicts, work):
            kept_traits = work.compiler.person_baselines.traits()
            keep_traits(self.transaction, kept_traits, None)
            self._note(work)
            segments = numbers(self.known, names)
            beginning = is_beginning(self.transaction, segments)
            if beginning:
                begin(self.transaction, verdicts, self.known, self._day)
            else:
                with standing(self.transaction, verdicts, self.known):
                    self._move(names, None)
            members = count_all(self.transaction, segments, self._day)
            if beginning:
                self.entered.update(members)

    def judge_touched(self, names: Collection[str]) -> str:
        """Judge by some segments those alone whose verdicts may differ.

        Where they are so many that to judge everybody costs less, returns that this was done.
        """
        if self.before is None or not names:
            return ""
        crowd = Crowd(self.transaction)
        with self._of_crowd(crowd, names) as verdicts:
            self.looked_at = crowd.size()
            if verdicts is not None:
                self._move_crowd(names, verdicts, crowd)
        crowd.drop()
        if verdicts is not None:
            return ""
        self.judge_everybody(names)
        self.looked_at = _everybody(self.transaction)
        return "everybody: too many were touched to look each of them up"

    def _move_crowd(self, names: Collection[str], verdicts: Sequence[Judged], crowd: Crowd) -> None:
        found = moves.Moves()
        if verdicts:
            with standing(self.transaction, verdicts, self.known):
                found = self._move(names, crowd.people())
        count_moves(self.transaction, numbers(self.known, names), found, self.departed, self._day)

    @contextmanager
    def _of_crowd(self, crowd: Crowd, names: Collection[str]) -> Iterator[list[Judged] | None]:
        """Find whom time, facts and figures have touched, and judge them; of nobody, nothing.

        None where they are too many to be looked up one by one.
        """
        before = None if self.before is None else self.before.clock
        world = self.world.seen(self.world.clock, before=before, people=crowd.people())
        earlier_thresholds = thresholds(self.transaction)
        with judging(self.transaction, world, self.every, set(names)) as work:
            work.measure_rows()
            rows, persons = work.compiler.row_baselines, work.compiler.person_baselines
            passed = passed_over(rows, earlier_thresholds)
            crowd.add([marked(), *world.crossings.all(), *passed], 1)
            size = crowd.size()
            if size > ONE_BY_ONE and size > _everybody(self.transaction) // 2:
                yield None
                return
            if size:
                self._run(work, crowd, 1)
                keep_traits(self.transaction, persons.traits(), crowd.people())
            work.measure_persons(kept)
            # Whom a figure alone has passed over has the same traits as before.
            crowd.add(passed_over(persons, earlier_thresholds), 2)
            if crowd.size(2):
                self._run(work, crowd, 2)
            self._note(work)
            yield work.judge(crowd.people()) if crowd.size() else []

    def _run(self, work: Judging, crowd: Crowd, number: int) -> None:
        if any(each.by_company for each in work.compiler.passes.all()):
            crowd.add_colleagues(number)
        work.run_passes(crowd.people(number))

    def _move(self, names: Collection[str], people: sa.Select[tuple[int]] | None) -> moves.Moves:
        is_new = self.before is None or self.before.fingerprint != fingerprint(self.world)
        changed = {self.known[name].id for name in names if is_new or self.known[name].changed}
        scope = Scope(numbers(self.known, names), people)
        found = moves.move(self.transaction, scope, changed, self._day)
        self.entered.update(found.entered)
        self.left.update(found.left)
        if self.before is not None and found.left and not changed.issuperset(found.left):
            tell_why(
                self.transaction, self.world, self.every, self.known, self.before.clock, people
            )
        return found

    def _note(self, work: Judging) -> None:
        self.measured += work.measured()
        self.thresholds |= work.thresholds()
        self.traits |= {each.key for each in work.compiler.person_baselines.traits()}

    @property
    def _day(self) -> int:
        return self.world.clock.day.toordinal()
