"""Read sources side by side, each stream by stream: a page and its checkpoint in one transaction.

While a page is stored the next one is fetched, and no further; they are stored in their order.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial

from core.broken_connector import BrokenConnector
from core.contract import Page, Source, Stream, Window
from core.errors import Misconfigured, Unauthorized, Unavailable
from core.plugin_faults import broken_on_error, only
from core.records import Record
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.ingest import save
from core.store.rederive import apply_settings
from sync.concurrency.ahead import ahead
from sync.concurrency.crew import side_by_side
from sync.hub import Hub
from sync.journal import SUSPECT, Run, Step
from sync.stopping import undivided

Progress = Callable[[str, str, int], None]
"""Told after each page: connection, stream, rows so far. Several threads tell."""
IsDue = Callable[[str, Stream], bool]
"""Whether a stream of a connection is to be read now."""


def pull(
    run: Run,
    names: Iterable[str] = (),
    progress: Progress = lambda *_: None,
    *,
    accept: bool = False,
    is_due: IsDue = lambda *_: True,
) -> None:
    """Read these connections side by side, or all; what fails is written down, the others go on.

    `accept` reads everything anew and believes it, however much is gone; streams that are not
    due are left out.

    Raises Misconfigured, before anything is read, for a connection that cannot be read.
    """
    sources = {name: run.hub.source(name) for name in names} or run.hub.sources()
    begun = len(run.steps)
    side_by_side(
        partial(_read_all, run, name, source, progress, accept=accept, is_due=is_due)
        for name, source in sources.items()
    )
    # As they began they would tell of all connections at once.
    place = {name: number for number, name in enumerate(sources)}
    run.steps[begun:] = sorted(run.steps[begun:], key=lambda step: place[step.connection])


def _read_all(
    run: Run, name: str, source: Source, progress: Progress, *, accept: bool, is_due: IsDue
) -> None:
    if isinstance(source, BrokenConnector):
        with run.step("pull", name):
            source.check()
        return
    for stream in source.streams():
        if not is_due(name, stream):
            continue
        with run.step("pull", name, stream.name) as step:
            _read(run.hub, name, source, stream, step, progress, accept=accept)
        # The other side is away or refuses us: its other streams would only say so again.
        if isinstance(step.error, Misconfigured | Unauthorized | Unavailable):
            return


def _read(
    hub: Hub,
    name: str,
    source: Source,
    stream: Stream,
    step: Step,
    progress: Progress,
    *,
    accept: bool,
) -> None:
    now = hub.now()
    with undivided(), hub.database.transaction() as transaction:
        apply_settings(transaction, hub.config.shop)
        number = connection_id(transaction, name, source.kind)
        reading = checkpoints.begin(transaction, number, stream.name, now, accepted=accept)
    window = _window(hub, stream, reading.cursor, now)
    rows = 0
    progress(name, stream.name, rows)
    with closing(ahead(pages_of(name, source, stream, window, reading.state))) as pages:
        for page in pages:
            with undivided(), hub.database.transaction() as transaction:
                counts = save(transaction, hub.config.shop, reading, page, now)
            step.add(counts)
            rows += counts["fetched"]
            progress(name, stream.name, rows)
    with undivided(), hub.database.transaction() as transaction:
        suspicion = checkpoints.complete(
            transaction,
            reading,
            now,
            rows=rows,
            full=window.since is None and reading.state is None,
            cursor=window.until if stream.cursor else None,
        )
    if suspicion:
        step.result, step.message = SUSPECT, f"{suspicion}; what rests on it is held"


def pages_of(
    name: str, source: Source, stream: Stream, window: Window, state: str | None = None
) -> Generator[Page, None, None]:
    """What the source yields; a fault of its own stops its stream and not the run."""
    with broken_on_error(source.kind, connection=name, stream=stream.name):
        for page in only(Page, source.read(stream.name, window, state)):
            yield replace(page, records=list(only(Record, page.records)))


def _window(hub: Hub, stream: Stream, cursor: datetime | None, now: datetime) -> Window:
    """What changed since the last read, and a little more; everything where it is the first."""
    since = cursor - stream.overlap if stream.cursor and cursor is not None else None
    return Window(until=now, since=since, zone=hub.config.hub.timezone)
