"""Read a stretch of the past again, month by month, beside the live read.

A window is fetched first and then stored whole, with the note that it is done, in one transaction,
or not at all. The checkpoint stays where it is, and nothing is taken for gone.
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
from core.store import checkpoints
from core.store.checkpoints import Edges
from core.store.connections import connection_id
from core.store.ingest import save
from core.words import unknown
from sync.hub import Hub
from sync.journal import Run
from sync.pull import pages_of
from sync.stopping import undivided

EARLIEST = date(1970, 1, 1)
"""No shop has sold anything over the internet before."""
_MEMORY = 8 * 1024 * 1024
"""Bytes of a window that are kept in memory; what is more goes to a file without a name."""


@dataclass(frozen=True)
class Span:
    """A calendar month, or the part of it that is wanted: shop-local dates, both of them in."""

    first: date
    last: date

    def __str__(self) -> str:
        """As a person says it."""
        return f"{self.first} to {self.last}"

    def window(self, zone: ZoneInfo, now: datetime) -> Window:
        """From the start of its first day to the end of its last, which may be now."""
        end = _start_of(self.last + timedelta(days=1), zone)
        return Window(since=_start_of(self.first, zone), until=min(end, now), zone=zone)


@dataclass(frozen=True)
class Part:
    """One window of one stream."""

    stream: Stream
    span: Span
    window: Window

    @property
    def edges(self) -> Edges:
        """Since and until, by which the store knows it."""
        since = self.window.since
        if since is None:
            raise ValueError("a window of the past has a beginning")
        return since, self.window.until


@dataclass(frozen=True)
class Plan:
    """What a backfill has before it."""

    connection: str
    source: Source
    parts: Sequence[Part]
    """What is missing, stream by stream, the oldest first."""
    done: int
    """How many windows an earlier command has read."""
    whole: Sequence[str]
    """Streams without a cursor: every pull reads them from the first row to the last."""


Progress = Callable[[Part, int, int], None]
"""Told while a window is read and when it ends: the window, how many have ended, its rows."""


def months(first: date, last: date) -> list[Span]:
    """The calendar months from one date to another, the first and the last perhaps in part."""
    spans = []
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        spans.append(Span(first, min(last, following - timedelta(days=1))))
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
) -> Plan:
    """What is to be read; `again` forgets what was read before. Asks nobody but the store.

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
    with undivided(), hub.database.transaction() as transaction:
        number = connection_id(transaction, connection, source.kind)
        for stream in wanted:
            parts = [Part(stream, span, window) for span, window in spans]
            if again:
                edges = [part.edges for part in parts]
                checkpoints.forget_backfilled(transaction, number, stream.name, edges)
            known = checkpoints.backfilled(transaction, number, stream.name)
            missing += [part for part in parts if part.edges not in known]
            done += sum(part.edges in known for part in parts)
    return Plan(connection, source, missing, done, [each.name for each in whole])


def backfill(run: Run, plan: Plan, progress: Progress = lambda *_: None) -> None:
    """Read what is missing; a window that fails stays missing, and the others go on."""
    for ended, part in enumerate(plan.parts):
        progress(part, ended, 0)
        name = part.stream.name
        with run.step("backfill", plan.connection, name, str(part.span)) as step:
            step.add(_read(run.hub, plan, part, partial(progress, part, ended)))
        progress(part, ended + 1, step.counts.get("fetched", 0))
        # The other side is away or refuses us: its other windows would only say so again.
        if isinstance(step.error, Misconfigured | Unauthorized | Unavailable):
            return


def _read(hub: Hub, plan: Plan, part: Part, tell: Callable[[int], None]) -> Counter[str]:
    """Fetch a window and then store it, so that no other writer waits for the other side."""
    rows = 0
    # Its file has no name and is gone with it, whatever happens.
    with tempfile.SpooledTemporaryFile(_MEMORY) as file:
        pages = pages_of(plan.connection, plan.source, part.stream, part.window)
        with closing(pages):
            for page in pages:
                pickle.dump(page, file, pickle.HIGHEST_PROTOCOL)
                rows += len(page.records) + len(page.rejects)
                tell(rows)
        end = file.tell()
        file.seek(0)
        return _store(hub, plan, part, _written(file, end))


def _store(hub: Hub, plan: Plan, part: Part, pages: Iterable[Page]) -> Counter[str]:
    counts: Counter[str] = Counter()
    now = hub.now()
    with hub.database.transaction() as transaction:
        number = connection_id(transaction, plan.connection, plan.source.kind)
        reading = checkpoints.beside(transaction, number, part.stream.name)
        for page in pages:
            # Between two pages it may be stopped, and then nothing of the window stays.
            with undivided():
                counts.update(save(transaction, hub.config.shop, reading, page, now))
        checkpoints.record_backfilled(transaction, number, part.stream.name, part.edges, now)
    return counts


def _written(file: IO[bytes], end: int) -> Iterator[Page]:
    while file.tell() < end:
        # Only this process has written there, and nobody else can.
        page: Page = pickle.load(file)  # noqa: S301 - our own, a moment ago
        yield page


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _chosen(
    connection: str, source: Source, names: Sequence[str]
) -> tuple[list[Stream], list[Stream]]:
    """The streams to be read, and those that cannot be."""
    offered = {each.name: each for each in source.streams()}
    for name in names:
        if name not in offered:
            raise Misconfigured([Mistake("", unknown(f"stream of {connection}", name, offered))])
    asked = [stream for name, stream in offered.items() if not names or name in names]
    wanted = [stream for stream in asked if stream.cursor]
    if not wanted:
        these = ", ".join(each.name for each in asked)
        raise Misconfigured(
            f"{these} of {connection} cannot be read in part: every pull reads all of it anyway; "
            f"run: segmenthub pull {connection}"
        )
    return wanted, [stream for stream in asked if not stream.cursor]


def _mistakes(
    connection: str, streams: Sequence[Stream], first: date, last: date, today: date
) -> list[Mistake]:
    """Everything that is wrong with the dates."""
    found = []
    if first > last:
        found.append(f"--from {first} lies after --to {last}")
    found += [
        f"{option} {day} lies in the future; today is {today}"
        for option, day in (("--from", first), ("--to", last))
        if day > today
    ]
    if first < EARLIEST:
        found.append(f"--from {first} lies before {EARLIEST}, and there was no shop to read")
    for stream in streams:
        # The day on which it begins is not whole any more.
        oldest = today - stream.keeps + timedelta(days=1) if stream.keeps else EARLIEST
        if EARLIEST <= first < oldest:
            found.append(
                f"--from {first} lies before what {connection} keeps of its {stream.name}; write "
                f"--from {oldest}, or name the other streams with --stream"
            )
    return [Mistake("", sentence) for sentence in found]
