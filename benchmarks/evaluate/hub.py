"""The hub's evaluation of a made-up shop.

Run as `python -m benchmarks.evaluate.hub FILE WHAT AT`: `evaluate`, `full`, `edited` and
`medians` evaluate; `apart` evaluates one segment at a time, from nothing.
`again CUSTOMERS CHOSEN ROUND` evaluates as a running hub does: it evaluated a minute before, and
then so many of the customers did something.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.evaluate.segments import EDITED, MEDIANS, evaluation_context, segments
from benchmarks.evaluate.shop import settings
from benchmarks.evaluate.shop.writing import write_news
from benchmarks.measure import measured
from core.segments.definition import Segment
from core.segments.evaluate import EvaluationResult, evaluate
from core.segments.incremental.trait_values import store_trait_values
from core.segments.memberships.diff import Causes, write_initial
from core.segments.memberships.registry import register_segments
from core.segments.verdicts import compute_verdicts
from core.store.database import Database
from core.store.tables import PROFILES
from sync.hub import collect_seldom


def run(file: Path, what: str, at: datetime, *news: int) -> None:
    """Measure one step."""
    others: dict[str, dict[str, Any]] = {"edited": {"loyal": EDITED}, "medians": MEDIANS}
    chosen = segments(**others.get(what, {}))
    database = Database(f"sqlite:///{file}")
    collect_seldom()
    if what == "again":
        customers, few, round_ = news
        with database.transaction() as transaction:
            evaluated(transaction, chosen, at - settings.A_MINUTE, full=False)
        database.close()
        _write_apart(file, customers, few, round_)
    with measured() as cost, database.transaction() as transaction:
        if what == "apart":
            one_by_one(transaction, chosen, at)
        else:
            found = evaluated(transaction, chosen, at, full=what == "full")
            cost.counts["entered"] = sum(found.entered.values())
            cost.counts["left"] = sum(found.left.values())
            cost.counts["looked at"] = found.looked_at
    database.close()


def _write_apart(file: Path, customers: int, chosen: int, round_: int) -> None:
    """Write news in another process, whose memory is not measured."""
    news = file, customers, chosen, round_, settings.NOW - settings.AN_HOUR
    writer = get_context("spawn").Process(target=write_news, args=news)
    writer.start()
    writer.join()
    if writer.exitcode:
        raise RuntimeError("the news could not be written")


def evaluated(
    transaction: sa.Connection, chosen: Sequence[Segment], at: datetime, *, full: bool
) -> EvaluationResult:
    """One evaluation, incremental or full."""
    return evaluate(transaction, evaluation_context(at), chosen, at, full=full)


def one_by_one(transaction: sa.Connection, chosen: Sequence[Segment], at: datetime) -> None:
    """One query per segment, sharing nothing between segments."""
    ids = {name: each.id for name, each in register_segments(transaction, chosen).items()}
    for each in chosen:
        frame = evaluation_context(at)
        with compute_verdicts(transaction, frame, chosen, only={each.name}) as (verdicts, run):
            store_trait_values(transaction, run.compiler.person_baselines.traits(), None)
            causes = Causes(redefined=ids.values(), marked=sa.select(PROFILES.c.id))
            write_initial(transaction, verdicts, ids, causes, frame.clock.day.toordinal())


if __name__ == "__main__":
    run(
        Path(sys.argv[1]),
        sys.argv[2],
        datetime.fromisoformat(sys.argv[3]),
        *map(int, sys.argv[4:]),
    )
