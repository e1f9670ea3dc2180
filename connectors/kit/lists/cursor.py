"""Cursors: the field that says when a row changed, and how a window is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contract import Window


def utc(text: Any) -> Any:
    """An ISO instant as aware UTC; one without a zone is UTC already, as in `*_gmt` fields.

    Anything else (`0000-00-00T00:00:00`) stays as it is, for the record to empty or to refuse.
    """
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return text


def iso(instant: datetime) -> str:
    """`2024-05-01T10:00:00Z`."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def iso_without_zone(instant: datetime) -> str:
    """`2024-05-01T10:00:00`, in UTC, for systems that refuse a zone."""
    return iso(instant).removesuffix("Z")


def iso_with_offset(instant: datetime) -> str:
    """`2024-05-01T10:00:00+00:00`."""
    return iso_without_zone(instant) + "+00:00"


def epoch(instant: datetime) -> str:
    """Whole seconds since 1970."""
    return str(int(instant.timestamp()))


@dataclass(frozen=True)
class Cursor:
    """The field that a stream is narrowed by.

    The hub's window has its overlap in it already; the cursor only writes it down.
    """

    field: str
    """Where a row says when it changed; dots lead into objects."""
    since: str | None = None
    """Query parameter of the lower bound; None where the vendor has none."""
    until: str | None = None
    """Query parameter of the upper bound."""
    format: Callable[[datetime], str] = iso
    step: timedelta = timedelta(seconds=1)
    """The step that the vendor writes instants in; bounds are widened to it."""
    parse: Callable[[Any], Any] = utc
    """Reads the field; anything but an aware instant says nothing."""
    exclusive: bool = False
    """Whether the vendor leaves out rows of exactly the lower bound."""
    overlap: timedelta = timedelta(minutes=10)
    """Time before the checkpoint that is read again on purpose, because rows may show up late."""
    ask: Callable[[Window], Mapping[str, str]] | None = None
    """Writes the window down as parameters where it is more than two instants: a search query, a
    filter language. It replaces `since`, `until` and `format`."""

    newest: Mapping[str, str] | None = None
    """Parameters with which the list begins with the row that changed last; None where the vendor
    cannot sort so. The hub looks there when a stream falls silent."""

    def bounds(self, window: Window) -> dict[str, str]:
        """The window as query parameters, widened to what the format can write."""
        since, until = window.since, _floor(window.until, self.step)
        if since is not None:
            since = _floor(since - self.step if self.exclusive else since, self.step)
        if until != window.until:
            until += self.step
        if self.ask is not None:
            return dict(self.ask(replace(window, since=since, until=until)))
        bounds = {}
        if self.since and since is not None:
            bounds[self.since] = self.format(since)
        if self.until:
            bounds[self.until] = self.format(until)
        return bounds

    def at(self, raw: Mapping[str, Any]) -> datetime | None:
        """When the row changed; None where it does not say so in a form that is known."""
        value: Any = raw
        for name in self.field.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        try:
            at = None if value is None else self.parse(value)
        except (ValueError, TypeError, OverflowError):
            return None
        return at if isinstance(at, datetime) else None

    def holds(self, raw: Mapping[str, Any], window: Window) -> bool:
        """Whether the row lies in the window: vendors drop filters silently.

        A row that does not say when it changed is taken: once too often is no loss.
        """
        if window.since is None and window.live:
            return True
        at = self.at(raw)
        if at is None:
            return True
        return (window.since is None or at >= window.since) and (window.live or at < window.until)

    def is_after(self, raw: Mapping[str, Any], window: Window) -> bool:
        """Whether the row changed after the window; a live one has no end."""
        if window.live:
            return False
        at = self.at(raw)
        return at is not None and at >= window.until


def _floor(instant: datetime, step: timedelta) -> datetime:
    return instant - (instant - datetime.min.replace(tzinfo=UTC)) % step
