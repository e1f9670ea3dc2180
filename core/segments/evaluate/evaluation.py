"""One evaluation: of everybody, or of those alone about whom something may have changed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from core.segments.compile.sql.baselines import MeasuredBaseline
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.tables import PROFILES
from core.segments.definition import Segment
from core.segments.evaluate.exit_reasons import set_exit_reasons
from core.segments.incremental.marks import (
    delete_marks,
    marked_profiles,
    read_marks,
    vanished_profiles,
)
from core.segments.incremental.thresholds import (
    crossed_by_thresholds,
    previous_thresholds,
    write_thresholds,
)
from core.segments.incremental.touched_profiles import TouchedProfiles
from core.segments.incremental.trait_values import (
    delete_unused_traits,
    store_trait_values,
    stored_values,
)
from core.segments.memberships import diff
from core.segments.memberships.counts import count_all, count_moves, departed
from core.segments.memberships.current_verdicts import current_verdicts
from core.segments.memberships.diff import Scope
from core.segments.memberships.evaluations import (
    PreviousEvaluation,
    fingerprint,
    go_back,
    previous_evaluation,
    write_evaluation,
)
from core.segments.memberships.initial import is_initial, write_initial
from core.segments.memberships.registry import StoredSegment, retire, segment_ids, stored_segments
from core.segments.verdicts.for_each import expand
from core.segments.verdicts.run import AnyVerdicts, VerdictRun, compute_verdicts, verdict_run
from core.store.people.reassign import delete_profiles
from core.store.rederive.apply_settings import apply_settings

ONE_BY_ONE = 1_000
"""So many people are looked up one by one, however few there are. Of more, at most half of
everybody: to read everything once costs less than to look so many up."""


@dataclass(frozen=True)
class EvaluationResult:
    """What one evaluation found."""

    segments: tuple[Segment, ...]
    """With families replaced by their members."""
    baselines: tuple[MeasuredBaseline, ...]
    entered: Mapping[str, int]
    left: Mapping[str, int]
    looked_at: int
    """Profiles that were judged by all segments; new and changed segments judge everybody."""
    full_because: str
    """Why everybody was judged by every segment; empty: only those whom something touched."""


def evaluate(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    now: datetime,
    *,
    full: bool = False,
) -> EvaluationResult:
    """Bring the stored memberships to what holds at the world's clock.

    Everything happens in the caller's transaction; `now` is when it is done, for the record.
    `full` judges everybody, whatever has changed; the result is the same. Where a setting changed,
    what is stored is first put where it wants it.
    """
    apply_settings(transaction, context.shop)
    before = previous_evaluation(transaction)
    every = expand(transaction, context.shop, segments)
    read_marks(transaction)
    # The evaluation before may have written of people whom somebody joined to others meanwhile.
    delete_profiles(transaction, vanished_profiles(transaction), {})
    known = stored_segments(transaction, every)
    work = _Evaluation(transaction, context, every, known, before, departed(transaction))
    reason = (
        "everybody anew: it was asked for" if full and before else _full_because(context, before)
    )
    if reason or before is None:
        go_back(transaction, context.clock.day.toordinal())
        work.evaluate_everybody([each.name for each in every])
        work.looked_at = _everybody(transaction)
    else:
        work.evaluate_everybody([name for name, each in known.items() if each.changed])
        reason = work.evaluate_touched([n for n, each in known.items() if not each.changed])
    retire(transaction, known, context.clock.day.toordinal())
    delete_unused_traits(transaction, work.traits)
    write_thresholds(transaction, work.thresholds)
    write_evaluation(transaction, context, work.measured, now)
    delete_marks(transaction)
    names = {each.id: name for name, each in known.items()}
    return EvaluationResult(
        tuple(every),
        tuple(work.measured),
        {name: work.entered[number] for number, name in names.items()},
        {name: work.left[number] for number, name in names.items()},
        work.looked_at,
        reason,
    )


def _full_because(context: EvaluationContext, before: PreviousEvaluation | None) -> str:
    if before is None:
        return "for the first time"
    if before.fingerprint != fingerprint(context):
        return "everybody anew: settings changed"
    if context.clock.instant < before.clock.instant or context.clock.day < before.clock.day:
        return "everybody anew: the clock went back"
    return ""


def _everybody(transaction: sa.Connection) -> int:
    return int(transaction.execute(sa.select(sa.func.count()).select_from(PROFILES)).scalar_one())


@dataclass
class _Evaluation:
    """What one evaluation has come to so far."""

    transaction: sa.Connection
    context: EvaluationContext
    every: Sequence[Segment]
    known: Mapping[str, StoredSegment]
    before: PreviousEvaluation | None
    departed: Counter[tuple[int, bool]]
    measured: list[MeasuredBaseline] = field(default_factory=list)
    thresholds: dict[str, int | None] = field(default_factory=dict)
    traits: set[str] = field(default_factory=set)
    entered: Counter[int] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)
    looked_at: int = 0

    def evaluate_everybody(self, names: Collection[str]) -> None:
        """Judge everybody by some segments, at the cost of what these ask for."""
        if not names:
            return
        with compute_verdicts(self.transaction, self.context, self.every, only=set(names)) as (
            verdicts,
            work,
        ):
            kept_traits = work.compiler.person_baselines.traits()
            store_trait_values(self.transaction, kept_traits, None)
            self._note(work)
            segments = segment_ids(self.known, names)
            beginning = is_initial(self.transaction, segments)
            if beginning:
                write_initial(self.transaction, verdicts, self.known, self._day)
            else:
                with current_verdicts(self.transaction, verdicts, self.known):
                    self._move(names, None)
            members = count_all(self.transaction, segments, self._day)
            if beginning:
                self.entered.update(members)

    def evaluate_touched(self, names: Collection[str]) -> str:
        """Judge by some segments those alone whose verdicts may differ.

        Where they are so many that to judge everybody costs less, returns that this was done.
        """
        if self.before is None or not names:
            return ""
        touched = TouchedProfiles(self.transaction)
        with self._of_touched(touched, names) as verdicts:
            self.looked_at = touched.size()
            if verdicts is not None:
                self._move_touched(names, verdicts, touched)
        touched.drop()
        if verdicts is not None:
            return ""
        self.evaluate_everybody(names)
        self.looked_at = _everybody(self.transaction)
        return "everybody: too many were touched to look each of them up"

    def _move_touched(
        self, names: Collection[str], verdicts: Sequence[AnyVerdicts], touched: TouchedProfiles
    ) -> None:
        found = diff.MembershipChanges()
        if verdicts:
            with current_verdicts(self.transaction, verdicts, self.known):
                found = self._move(names, touched.people())
        count_moves(
            self.transaction, segment_ids(self.known, names), found, self.departed, self._day
        )

    @contextmanager
    def _of_touched(
        self, touched: TouchedProfiles, names: Collection[str]
    ) -> Iterator[list[AnyVerdicts] | None]:
        """Find whom time, facts and figures have touched, and judge them; of nobody, nothing.

        None where they are too many to be looked up one by one.
        """
        before = None if self.before is None else self.before.clock
        context = self.context.at(self.context.clock, before=before, people=touched.people())
        earlier_thresholds = previous_thresholds(self.transaction)
        with verdict_run(self.transaction, context, self.every, set(names)) as work:
            work.measure_rows()
            rows, persons = work.compiler.row_baselines, work.compiler.person_baselines
            passed = crossed_by_thresholds(rows, earlier_thresholds)
            touched.add([marked_profiles(), *context.window_edges.all(), *passed], 1)
            size = touched.size()
            if size > ONE_BY_ONE and size > _everybody(self.transaction) // 2:
                yield None
                return
            if size:
                self._run(work, touched, 1)
                store_trait_values(self.transaction, persons.traits(), touched.people())
            work.measure_persons(stored_values)
            # Whom a figure alone has passed over has the same traits as before.
            touched.add(crossed_by_thresholds(persons, earlier_thresholds), 2)
            if touched.size(2):
                self._run(work, touched, 2)
            self._note(work)
            yield work.judge(touched.people()) if touched.size() else []

    def _run(self, work: VerdictRun, touched: TouchedProfiles, number: int) -> None:
        if any(each.by_company for each in work.compiler.queries.all()):
            touched.add_colleagues(number)
        work.run_queries(touched.people(number))

    def _move(
        self, names: Collection[str], people: sa.Select[tuple[int]] | None
    ) -> diff.MembershipChanges:
        is_new = self.before is None or self.before.fingerprint != fingerprint(self.context)
        changed = {self.known[name].id for name in names if is_new or self.known[name].changed}
        scope = Scope(segment_ids(self.known, names), people)
        found = diff.apply_changes(self.transaction, scope, changed, self._day)
        self.entered.update(found.entered)
        self.left.update(found.left)
        if self.before is not None and found.left and not changed.issuperset(found.left):
            set_exit_reasons(
                self.transaction, self.context, self.every, self.known, self.before.clock, people
            )
        return found

    def _note(self, work: VerdictRun) -> None:
        self.measured += work.measured()
        self.thresholds |= work.thresholds()
        self.traits |= {each.key for each in work.compiler.person_baselines.traits()}

    @property
    def _day(self) -> int:
        return self.context.clock.day.toordinal()
