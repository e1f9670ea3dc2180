"""One evaluation from beginning to end, of everybody or of touched profiles only."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from core.segments.compile.sql.baselines import MeasuredBaseline
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import Segment
from core.segments.evaluate.exit_reasons import set_exit_reasons
from core.segments.incremental.touched import (
    TouchedProfiles,
    delete_marks,
    marked_profiles,
    passed_by_thresholds,
    previous_thresholds,
    read_marks,
    vanished_profiles,
    write_thresholds,
)
from core.segments.incremental.trait_values import (
    delete_unused_traits,
    store_trait_values,
    stored_values,
)
from core.segments.memberships.diff import (
    Causes,
    MembershipChanges,
    Scope,
    apply_changes,
    current_verdicts,
    drop_brief_stays,
    is_initial,
    write_initial,
)
from core.segments.memberships.registry import (
    Departures,
    PreviousEvaluation,
    StoredSegment,
    count_all,
    count_changes,
    fingerprint,
    previous_evaluation,
    register_segments,
    retire_others,
    rewind,
    take_departures,
    write_evaluation,
)
from core.segments.rules import counts_colleagues, is_relative
from core.segments.verdicts import VerdictRun, compute_verdicts, verdict_run
from core.segments.verdicts.for_each import expand
from core.store.people.reassign import delete_profiles
from core.store.rederive import apply_settings
from core.store.tables import PROFILES

ONE_BY_ONE = 1_000
"""Touched profiles that are looked up one by one whatever the size of the store. If there are
more, up to half of all profiles are: beyond that, a scan of everything costs less."""


@dataclass(frozen=True)
class EvaluationResult:
    """The figures and changes of one evaluation."""

    segments: tuple[Segment, ...]
    """With `for_each` segments expanded."""
    baselines: tuple[MeasuredBaseline, ...]
    entered: Mapping[str, int]
    left: Mapping[str, int]
    looked_at: int
    """Profiles computed for all segments; new and changed segments are computed for everybody."""
    full_because: str
    """Why it was a full evaluation; empty where only touched profiles were computed."""


def evaluate(
    transaction: sa.Connection,
    context: EvaluationContext,
    segments: Sequence[Segment],
    now: datetime,
    *,
    full: bool = False,
) -> EvaluationResult:
    """Bring the stored memberships to what holds at the context's clock.

    Everything happens in the caller's transaction; `now`, in UTC, is recorded as the time of the
    evaluation. `full` computes everybody, with the same result. Changed settings are applied to
    the stored facts first. Raises Misconfigured where a `for_each` segment has too many values.
    """
    apply_settings(transaction, context.shop)
    previous = previous_evaluation(transaction)
    expanded = expand(transaction, context.shop, segments)
    read_marks(transaction)
    # The previous evaluation may have written rows of profiles that were merged meanwhile.
    delete_profiles(transaction, vanished_profiles(transaction), {})
    stored = register_segments(transaction, expanded)
    departed = take_departures(transaction)
    evaluation = _Evaluation(transaction, context, expanded, stored, previous, departed)
    day = context.clock.day.toordinal()
    because = _full_because(context, previous, full=full)
    if because or previous is None:
        rewind(transaction, day)
        evaluation.evaluate_everybody([each.name for each in expanded])
        evaluation.looked_at = _profile_count(transaction)
    else:
        evaluation.evaluate_everybody([name for name, each in stored.items() if each.changed])
        unchanged = [name for name, each in stored.items() if not each.changed]
        because = evaluation.evaluate_touched(unchanged, previous.clock)
    retire_others(transaction, {each.id for each in stored.values()}, day)
    delete_unused_traits(transaction, evaluation.traits)
    write_thresholds(transaction, evaluation.thresholds)
    write_evaluation(transaction, context, evaluation.baselines, now)
    delete_marks(transaction)
    return EvaluationResult(
        tuple(expanded),
        tuple(evaluation.baselines),
        {name: evaluation.entered[each.id] for name, each in stored.items()},
        {name: evaluation.left[each.id] for name, each in stored.items()},
        evaluation.looked_at,
        because,
    )


def _full_because(
    context: EvaluationContext, previous: PreviousEvaluation | None, *, full: bool
) -> str:
    if previous is None:
        return "first evaluation"
    if full:
        return "full evaluation: requested"
    if previous.fingerprint != fingerprint(context):
        return "full evaluation: settings changed"
    if context.clock.instant < previous.clock.instant or context.clock.day < previous.clock.day:
        return "full evaluation: the clock moved backwards"
    return ""


def _profile_count(transaction: sa.Connection) -> int:
    return int(transaction.execute(sa.select(sa.func.count()).select_from(PROFILES)).scalar_one())


@dataclass
class _Evaluation:
    """One evaluation under way, and what it has found so far."""

    transaction: sa.Connection
    context: EvaluationContext
    segments: Sequence[Segment]
    stored: Mapping[str, StoredSegment]
    previous: PreviousEvaluation | None
    departed: Departures
    baselines: list[MeasuredBaseline] = field(default_factory=list)
    thresholds: dict[str, int | None] = field(default_factory=dict)
    traits: set[str] = field(default_factory=set)
    entered: Counter[int] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)
    looked_at: int = 0

    def __post_init__(self) -> None:
        """Look up what is used all along."""
        self._ids = {name: each.id for name, each in self.stored.items()}
        self._day = self.context.clock.day.toordinal()

    def evaluate_everybody(self, names: Collection[str]) -> None:
        """Compute some segments for everybody; the others cost nothing."""
        if not names:
            return
        ids = [self._ids[name] for name in names]
        with compute_verdicts(self.transaction, self.context, self.segments, only=set(names)) as (
            verdicts,
            run,
        ):
            store_trait_values(self.transaction, run.compiler.person_baselines.traits(), None)
            self._note(run)
            initial = is_initial(self.transaction, ids)
            if initial:
                causes = self._causes(names)
                write_initial(self.transaction, verdicts, self._ids, causes, self._day)
            else:
                with current_verdicts(self.transaction, verdicts, self._ids):
                    self._apply_changes(names, None)
            members = count_all(self.transaction, ids, self._day)
            if initial:
                self.entered.update(members)

    def evaluate_touched(self, names: Collection[str], previous: Clock) -> str:
        """Compute some segments for touched profiles only.

        Where these are so many that a full evaluation costs less, make one, and return why.
        """
        if not names:
            return ""
        touched = TouchedProfiles(self.transaction)
        few = self._evaluate_if_few(touched, names, previous)
        touched.drop()
        if few:
            return ""
        self.evaluate_everybody(names)
        self.looked_at = _profile_count(self.transaction)
        return "full evaluation: too many profiles were touched"

    def _evaluate_if_few(
        self, touched: TouchedProfiles, names: Collection[str], previous: Clock
    ) -> bool:
        """Find the profiles touched by facts, time and baselines, and compute them if few."""
        context = self.context.at(self.context.clock, before=previous, people=touched.people())
        earlier_thresholds = previous_thresholds(self.transaction)
        with verdict_run(self.transaction, context, self.segments, set(names)) as run:
            run.measure_rows()
            rows, persons = run.compiler.row_baselines, run.compiler.person_baselines
            passed = passed_by_thresholds(rows, earlier_thresholds)
            touched.add([marked_profiles(), *context.window_edges.all(), *passed], 1)
            size = touched.size()
            if size > ONE_BY_ONE and size > _profile_count(self.transaction) // 2:
                return False
            if size:
                self._run_queries(run, touched, 1)
                store_trait_values(self.transaction, persons.traits(), touched.people())
            run.measure_persons(stored_values)
            # Profiles that a threshold alone has passed have the same trait values as before.
            touched.add(passed_by_thresholds(persons, earlier_thresholds), 2)
            if touched.size(2):
                self._run_queries(run, touched, 2)
            self._note(run)
            self.looked_at = touched.size()
            changes = MembershipChanges()
            if self.looked_at:
                verdicts = run.compute(touched.people())
                with current_verdicts(self.transaction, verdicts, self._ids):
                    changes = self._apply_changes(names, touched.people())
            ids = [self._ids[name] for name in names]
            count_changes(self.transaction, ids, changes, self.departed, self._day)
        return True

    def _run_queries(self, run: VerdictRun, touched: TouchedProfiles, number: int) -> None:
        if any(each.by_company for each in run.compiler.queries.all()):
            touched.add_colleagues(number)
        run.run_queries(touched.people(number))

    def _apply_changes(
        self, names: Collection[str], people: sa.Select[tuple[int]] | None
    ) -> MembershipChanges:
        scope = Scope([self._ids[name] for name in names], people)
        causes = self._causes(names)
        changes = apply_changes(self.transaction, scope, causes, self._day)
        self.entered.update(changes.entered)
        self.left.update(changes.left)
        by_facts = changes.left.keys() - set(causes.changed)
        if self.previous is not None and by_facts:
            set_exit_reasons(
                self.transaction, self.context, self.segments, self.stored,
                self.previous.clock, people,
            )  # fmt: skip
        if changes.left:
            drop_brief_stays(self.transaction, self._day)
        return changes

    def _causes(self, names: Collection[str]) -> Causes:
        """Why people may enter or leave some segments."""
        before = self.previous
        new_settings = before is None or before.fingerprint != fingerprint(self.context)
        named = {each.name: each.rule for each in self.segments if each.rule is not None}
        redefined = {self._ids[name] for name in names if self.stored[name].changed}
        moved_by_others = {
            self._ids[name]
            for name in names
            if (rule := named.get(name)) is not None
            and (is_relative(rule, named) or counts_colleagues(rule, named))
        }
        everybody = {self._ids[name] for name in names} if new_settings else set()
        return Causes(
            marked_profiles(), redefined | everybody, redefined, moved_by_others | everybody
        )

    def _note(self, run: VerdictRun) -> None:
        self.baselines += run.measured()
        self.thresholds |= run.thresholds()
        self.traits |= {each.key for each in run.compiler.person_baselines.traits()}
