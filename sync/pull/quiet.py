"""Ask about the silence of an incremental stream before it is believed."""

from dataclasses import replace
from datetime import timedelta

from core.contract import Source, Stream, Window
from core.plugins import broken_on_error
from core.store import checkpoints, silence
from core.store.checkpoints import Reading
from core.store.ingest import save
from core.store.silence import Silence
from sync.hub import Hub
from sync.shutdown import uninterrupted

WORTH_A_QUESTION = 3
"""Rows that were to be expected: from then on the newest row is asked for."""
TOO_MANY = 20
"""Rows to be expected on whole days: more of them do not stay away by chance or for a holiday."""


def doubt(
    hub: Hub, name: str, source: Source, stream: Stream, reading: Reading, window: Window
) -> str:
    """Weigh a read that brought nothing; returns why the stream is suspect, "" where it is not.

    Raises what the source raises.
    """
    _weigh(hub, name, source, stream, reading, window)
    with hub.database.read() as transaction:
        return checkpoints.suspicion(transaction, reading)


def _weigh(
    hub: Hub, name: str, source: Source, stream: Stream, reading: Reading, window: Window
) -> None:
    now, zone = hub.now(), hub.config.hub.timezone
    with hub.database.read() as transaction:
        quiet = silence.weighed(transaction, reading, stream.nouns, now, zone)
    if quiet.likely < WORTH_A_QUESTION:
        return
    if reason := _reason(hub, name, source, stream, reading, window, quiet):
        with uninterrupted(), hub.database.transaction() as transaction:
            checkpoints.suspect(transaction, reading, reason, silence.ORIGIN)


def _reason(
    hub: Hub,
    name: str,
    source: Source,
    stream: Stream,
    reading: Reading,
    window: Window,
    quiet: Silence,
) -> str:
    since = f"{quiet.since.astimezone(hub.config.hub.timezone):%Y-%m-%d %H:%M}"
    accept = f"if that is right, run: segmenthub pull {name} --accept"
    with broken_on_error(source.kind, connection=name, stream=stream.name):
        newest = source.newest(stream.name, window)
    if newest is None:
        if quiet.certain < TOO_MANY or _shows_known_rows(name, source, stream, window, quiet):
            return ""
        return (
            f"brings nothing since {since}, where some {quiet.certain:.0f} rows were to be "
            f"expected; {accept}"
        )
    with uninterrupted(), hub.database.transaction() as transaction:
        beside = checkpoints.beside(transaction, reading.connection_id, stream.name)
        counts = save(transaction, hub.config.shop, beside, newest, hub.now())
        if counts["unchanged"] and not counts["inserted"] + counts["updated"]:
            silence.confirm(transaction, reading, window.until)
            return ""
    if counts["inserted"] + counts["updated"]:
        return (
            f"says since {since} that nothing changed, and shows newer rows when it is asked for "
            "all; all since then is read again when it speaks"
        )
    if counts["outside the window"]:
        return ""
    return f"shows nothing since {since}, not even the rows that it had; {accept}"


def _shows_known_rows(
    name: str, source: Source, stream: Stream, window: Window, quiet: Silence
) -> bool:
    """Whether the stream still shows rows from before its silence."""
    known = replace(window, since=quiet.since - timedelta(weeks=silence.WEEKS), live=False)
    with broken_on_error(source.kind, connection=name, stream=stream.name):
        return any(page.records for page in source.read(stream.name, known))
