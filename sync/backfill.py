"""Backfill: read a range of past dates again, month by month, beside the scheduled pulls.

A window is fetched completely and then stored in one transaction that also marks it as done.
Checkpoints do not move, and no row is taken for deleted.
"""

import pickle
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import IO
from zoneinfo import ZoneInfo

from core.contract import Page, Source, Stream, Window
from core.errors import Misconfigured, Mistake, Unauthorized, Unavailable
from core.mistakes import unknown
from core.store import checkpoints, findings
from core.store.checkpoints import Edges
from core.store.connections import connection_id
from core.store.ingest import save
from sync.findings import sentence
from sync.hub import Hub
from sync.pull import pages_of
from sync.runs import Run, Step
from sync.shutdown import uninterrupted

EARLIEST = date(1970, 1, 1)
"""Earlier dates are mistakes: there was no webshop."""
_MEMORY = 8 * 1024 * 1024
"""Bytes of a window that are kept in memory; more goes to a file without a name."""


@dataclass(frozen=True)
class DateRange:
    """A calendar month or a part of one: shop-local dates, both inclusive."""

    first: date
    last: date

    def __str__(self) -> str:
        """In words."""
        return f"{self.first} to {self.last}"

    def window(self, zone: ZoneInfo, now: datetime) -> Window:
        """From the start of the first day to the end of the last, or to now."""
        end = _start_of(self.last + timedelta(days=1), zone)
        return Window(since=_start_of(self.first, zone), until=min(end, now), zone=zone)


@dataclass(frozen=True)
class BackfillWindow:
    """One window of one stream."""

    stream: Stream
    span: DateRange
    window: Window

    @property
    def edges(self) -> Edges:
        """Since and until, the key under which the store marks it as done."""
        since = self.window.since
        if since is None:
            raise ValueError("a backfill window has a beginning")
        return since, self.window.until


@dataclass(frozen=True)
class BackfillPlan:
    """The windows that a backfill has to read."""

    connection: str
    source: Source
    parts: Sequence[BackfillWindow]
    """Windows that are missing, by stream, oldest first."""
    done: int
    """Number of windows that earlier backfills have read."""
    whole: Sequence[str]
    """Streams without a cursor, which every pull reads completely."""


Progress = Callable[[BackfillWindow, int, int], None]
"""Called while a window is read and at its end, with the window, the number done, its rows."""


def months(first: date, last: date) -> list[DateRange]:
    """Split a range of dates into calendar months; the first and the last may be partial."""
    spans = []
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        spans.append(DateRange(first, min(last, following - timedelta(days=1))))
        first = following
    return spans


def plan(
    hub: Hub,
    connection: str,
    first: date,
    last: date,
    streams: Iterable[str] = (),
    *,
    again: bool = False,
) -> BackfillPlan:
    """Plan a backfill; `again` forgets which windows are done. Sends no request.

    Raises Misconfigured for a connection, a stream or dates that cannot be read.
    """
    source = hub.source(connection)
    source.check()
    zone, now = hub.config.hub.timezone, hub.now()
    wanted, whole = _chosen(connection, source, list(streams))
    if mistakes := _mistakes(connection, wanted, first, last, now.astimezone(zone).date()):
        raise Misconfigured(mistakes)
    spans = [(span, span.window(zone, now)) for span in months(first, last)]
    missing, done = [], 0
    with uninterrupted(), hub.database.transaction() as transaction:
        number = connection_id(transaction, connection, source.kind)
        for stream in wanted:
            parts = [BackfillWindow(stream, span, window) for span, window in spans]
            if again:
                edges = [part.edges for part in parts]
                checkpoints.forget_backfilled(transaction, number, stream.name, edges)
            known = checkpoints.backfilled(transaction, number, stream.name)
            missing += [part for part in parts if part.edges not in known]
            done += sum(part.edges in known for part in parts)
    return BackfillPlan(connection, source, missing, done, [each.name for each in whole])


def backfill(run: Run, plan: BackfillPlan, progress: Progress = lambda *_: None) -> None:
    """Read the missing windows; one that fails stays missing, and the others go on."""
    for ended, part in enumerate(plan.parts):
        progress(part, ended, 0)
        name = part.stream.name
        with run.step("backfill", plan.connection, name, str(part.span)) as step:
            run.check_wait(plan.connection)
            _read(run.hub, plan, part, step, partial(progress, part, ended))
        progress(part, ended + 1, step.counts.get("fetched", 0))
        # The other system is down or refuses the credential: further windows would fail alike.
        if isinstance(step.error, Misconfigured | Unauthorized | Unavailable):
            return


def _read(
    hub: Hub, plan: BackfillPlan, part: BackfillWindow, step: Step, report: Callable[[int], None]
) -> None:
    """Fetch a window and then store it, so that no writer waits for the other system."""
    rows = 0
    # Its file has no name and vanishes with the process.
    with tempfile.SpooledTemporaryFile(_MEMORY) as file:
        pages = pages_of(plan.connection, plan.source, part.stream, part.window)
        with closing(pages):
            for page in pages:
                pickle.dump(page, file, pickle.HIGHEST_PROTOCOL)
                rows += len(page.records) + len(page.rejects)
                report(rows)
        end = file.tell()
        file.seek(0)
        _store(hub, plan, part, step, _spooled(file, end))


def _store(
    hub: Hub, plan: BackfillPlan, part: BackfillWindow, step: Step, pages: Iterable[Page]
) -> None:
    counts: Counter[str] = Counter()
    now = hub.now()
    with hub.database.transaction() as transaction:
        number = connection_id(transaction, plan.connection, plan.source.kind)
        reading = checkpoints.beside(transaction, number, part.stream.name)
        for page in pages:
            # A stop between two pages rolls the whole window back.
            with uninterrupted():
                counts.update(save(transaction, hub.config.shop, reading, page, now))
        checkpoints.record_backfilled(transaction, number, part.stream.name, part.edges, now)
        bad = findings.conclude(
            transaction, number, part.stream.name, reading.tally, now, full=False
        )
    step.add(counts)
    step.add_losses(sentence(each, plan.connection) for each in bad)


def _spooled(file: IO[bytes], end: int) -> Iterator[Page]:
    while file.tell() < end:
        # Only this process can write there.
        page: Page = pickle.load(file)  # noqa: S301 - written by this process
        yield page


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _chosen(
    connection: str, source: Source, names: Sequence[str]
) -> tuple[list[Stream], list[Stream]]:
    """The streams to be read, and those without a cursor."""
    offered = {each.name: each for each in source.streams()}
    for name in names:
        if name not in offered:
            raise Misconfigured([Mistake("", unknown(f"stream of {connection}", name, offered))])
    selected = [stream for name, stream in offered.items() if not names or name in names]
    wanted = [stream for stream in selected if stream.cursor]
    if not wanted:
        these = ", ".join(each.name for each in selected)
        raise Misconfigured(
            f"{these} of {connection} cannot be read in part; every pull reads all of it; "
            f"run: segmenthub pull {connection}"
        )
    return wanted, [stream for stream in selected if not stream.cursor]


def _mistakes(
    connection: str, streams: Sequence[Stream], first: date, last: date, today: date
) -> list[Mistake]:
    """All mistakes in the dates."""
    found = []
    if first > last:
        found.append(f"--from {first} is after --to {last}")
    found += [
        f"{option} {day} is in the future; today is {today}"
        for option, day in (("--from", first), ("--to", last))
        if day > today
    ]
    if first < EARLIEST:
        found.append(f"--from {first} is before {EARLIEST}; write a later date")
    for stream in streams:
        # The first day that it keeps is incomplete.
        oldest = today - stream.keeps + timedelta(days=1) if stream.keeps else EARLIEST
        if EARLIEST <= first < oldest:
            found.append(
                f"--from {first} is before the oldest {stream.name} that {connection} keeps; write "
                f"--from {oldest}, or name the other streams with --stream"
            )
    return [Mistake("", sentence) for sentence in found]
