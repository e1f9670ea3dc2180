"""Pull sources in parallel, each stream by stream: a page and its checkpoint in one transaction.

While a page is stored the next one is fetched, and no more; pages are stored in their order.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial

from core.audience.ledger import known_connection_id
from core.contract import Page, Source, Stream, Window
from core.errors import Misconfigured, Unauthorized, Unavailable
from core.plugins import BrokenConnector, broken_on_error, only
from core.records import Record
from core.store import checkpoints, findings, history, silence
from core.store.connections import connection_id
from core.store.ingest import quarantine, save
from sync.concurrency.prefetch import prefetch
from sync.concurrency.workers import run_in_parallel
from sync.findings import sentence
from sync.hub import Hub
from sync.pull.quiet import doubt
from sync.runs import SUSPECT, Run, Step
from sync.shutdown import uninterrupted

Progress = Callable[[str, str, int], None]
"""Called after each page, from several threads: connection, stream, rows so far."""
IsDue = Callable[[str, Stream], bool]
"""Whether a stream of a connection is due."""


def pull(
    run: Run,
    names: Iterable[str] = (),
    progress: Progress = lambda *_: None,
    *,
    accept: bool = False,
    anew: bool = False,
    is_due: IsDue = lambda *_: True,
) -> None:
    """Pull these connections in parallel, or all; failures are recorded and the others go on.

    `anew` reads everything again, and `accept` also accepts it however much has vanished. Streams
    that are not due are left out. Raises Misconfigured, before anything is read, for a connection
    that is not a source.
    """
    sources = {name: run.hub.source(name) for name in names} or run.hub.sources()
    begun = len(run.steps)
    run_in_parallel(
        partial(_read_all, run, name, source, progress, accept=accept, anew=anew, is_due=is_due)
        for name, source in sources.items()
    )
    # Recorded as they started, the steps of all connections would be mixed.
    order = {name: number for number, name in enumerate(sources)}
    run.steps[begun:] = sorted(run.steps[begun:], key=lambda step: order[step.connection])


def retry(run: Run, connection: str | None, progress: Progress) -> None:
    """Read rows in quarantine again: by their ids, else with all of their stream.

    Rows that load leave quarantine, and so do those that the source no longer shows.
    """
    with run.hub.database.read() as transaction:
        places = set(history.quarantine_counts(transaction))
    affected = {name for name, _ in places} & run.hub.sources().keys()
    names = sorted(affected if connection is None else affected & {connection})
    for name in names:
        source = run.hub.source(name)
        for stream in source.streams():
            if (name, stream.name) in places and _retry_by_ids(run, name, source, stream):
                places.remove((name, stream.name))

    def is_left(name: str, stream: Stream) -> bool:
        return (name, stream.name) in places

    if left := [name for name in names if any(name == each for each, _ in places)]:
        pull(run, left, progress, anew=True, is_due=is_left)


def _retry_by_ids(run: Run, name: str, source: Source, stream: Stream) -> bool:
    """Read the rows of one stream by their ids; returns whether that is possible."""
    hub, now = run.hub, run.hub.now()
    with hub.database.read() as transaction:
        number = known_connection_id(transaction, name)
        keys = quarantine.keys_of(transaction, number, stream.name)
    window = Window(until=now, zone=hub.config.hub.timezone)
    with broken_on_error(source.kind, connection=name, stream=stream.name):
        pages = source.read_ids(stream.name, keys, window) if keys else None
    if pages is None:
        return False
    with run.step("retry", name, stream.name) as step:
        run.check_wait(name)
        for page in _checked(name, source, stream, lambda: pages):
            with uninterrupted(), hub.database.transaction() as transaction:
                reading = checkpoints.beside(transaction, number, stream.name)
                step.add(save(transaction, hub.config.shop, reading, page, now))
        with uninterrupted(), hub.database.transaction() as transaction:
            quarantine.release_unmet(transaction, number, stream.name, now)
            if not quarantine.keys_of(transaction, number, stream.name):
                findings.lift(transaction, number, stream.name, "quarantined")
    return True


def _read_all(
    run: Run,
    name: str,
    source: Source,
    progress: Progress,
    *,
    accept: bool,
    anew: bool,
    is_due: IsDue,
) -> None:
    if isinstance(source, BrokenConnector):
        with run.step("pull", name):
            source.check()
        return
    for stream in source.streams():
        if not is_due(name, stream):
            continue
        with run.step("pull", name, stream.name) as step:
            run.check_wait(name)
            _read(run.hub, name, source, stream, step, progress, accept=accept, anew=anew)
        # The other system is down or refuses the credential: further streams would fail alike.
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
    anew: bool,
) -> None:
    now = hub.now()
    with uninterrupted(), hub.database.transaction() as transaction:
        number = connection_id(transaction, name, source.kind)
        reading = checkpoints.begin(
            transaction, number, stream.name, now, accepted=accept, anew=anew
        )
    window = _window(hub, stream, reading.cursor, now)
    full = window.since is None and reading.state is None
    rows = missing = 0
    # A dictionary keeps their order.
    questions: dict[str, None] = {}
    progress(name, stream.name, rows)
    with closing(prefetch(pages_of(name, source, stream, window, reading.state))) as pages:
        for page in pages:
            with uninterrupted(), hub.database.transaction() as transaction:
                counts = save(transaction, hub.config.shop, reading, page, now)
            step.add(counts)
            rows += counts["fetched"]
            missing += page.missing
            questions |= dict.fromkeys(page.questions)
            progress(name, stream.name, rows)
    with uninterrupted(), hub.database.transaction() as transaction:
        if rows:
            checkpoints.believe(transaction, reading, silence.ORIGIN)
        suspicion = checkpoints.complete(
            transaction,
            reading,
            now,
            rows=rows,
            full=full,
            # A silence is read again when it ends.
            cursor=window.until if stream.cursor and (full or rows) else None,
            loaded=rows - reading.tally.quarantined,
            missing=missing,
            questions=questions,
        )
        if full and not missing:
            quarantine.release_unmet(transaction, reading.connection_id, stream.name, now)
        bad = findings.conclude(
            transaction,
            reading.connection_id,
            stream.name,
            reading.tally,
            now,
            full=full,
            missing=missing,
        )
    if stream.cursor and not full and not rows:
        suspicion = doubt(hub, name, source, stream, reading, window)
    if suspicion:
        step.result, step.message = SUSPECT, f"{suspicion}; what rests on it is held"
    step.add_losses(sentence(each, name) for each in bad)


def pages_of(
    name: str, source: Source, stream: Stream, window: Window, state: str | None = None
) -> Generator[Page, None, None]:
    """The pages of a source; a fault in the connector stops its stream and not the run."""
    yield from _checked(name, source, stream, partial(source.read, stream.name, window, state))


def _checked(
    name: str, source: Source, stream: Stream, read: Callable[[], Iterable[Page]]
) -> Generator[Page, None, None]:
    with broken_on_error(source.kind, connection=name, stream=stream.name):
        for page in only(Page, read()):
            yield replace(page, records=list(only(Record, page.records)))


def _window(hub: Hub, stream: Stream, cursor: datetime | None, now: datetime) -> Window:
    """From the cursor, less the overlap, until now; from the beginning on the first read."""
    since = cursor - stream.overlap if stream.cursor and cursor is not None else None
    return Window(until=now, since=since, zone=hub.config.hub.timezone, live=True)
