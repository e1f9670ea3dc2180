"""The lists of one stream, walked in one read: its own, below another's rows, or in its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from connectors.kit.daily import by_ids, local_day, look_back, read_newest
from connectors.kit.http.body import dig
from connectors.kit.http.meaning import Absent
from connectors.kit.lists.tracking import RawPage
from connectors.kit.reading import ListSource, Reading
from connectors.kit.streams import Declared, Raw, filled_from, parent_of
from core.contract import Page, Window
from core.errors import Broken

TRIED_AGAIN = 20
"""Lists below a row that are read once more where an answer was broken."""
NEWEST = 10
"""Rows that are looked at where a stream has fallen silent."""


def read_stream(
    source: ListSource, name: str, declared: Declared, window: Window, state: str | None
) -> Iterator[Page]:
    """Yield the pages of a stream; where the vendor has not its list, of the one instead."""
    pages = _read(source, name, declared, window, state)
    if declared.instead is not None:
        try:
            yield next(pages)
        except Absent:
            pages = _read(source, name, declared.instead, window, state)
        except StopIteration:
            return
    yield from pages


def read_by_ids(
    source: ListSource, name: str, declared: Declared, ids: Sequence[str], window: Window
) -> Iterator[Page] | None:
    """The pages of the rows with these ids; None where the list cannot be asked for them."""
    asks = declared.daily or declared.between
    if asks is None or not asks.include:
        return None
    reading = Reading(source, name, window, replace(declared, cursor=None))
    written = declared.daily.named if declared.daily else ",".join
    return map(reading.page, by_ids(source, declared, asks.include, ids, written))


def newest_rows(source: ListSource, name: str, declared: Declared, window: Window) -> Page | None:
    """The rows that changed last, by no filter; None where the list cannot begin with them."""
    cursor = declared.cursor
    if cursor is None or cursor.newest is None or declared.each is not None:
        return None
    listed = replace(declared, params={**declared.params, **cursor.newest}, ordered=False)
    reading = Reading(source, name, replace(window, since=None), listed)
    for page in source.walk(listed):
        return replace(reading.page(replace(page, items=page.items[:NEWEST])), whole=False)
    return None


def _read(
    source: ListSource, name: str, declared: Declared, window: Window, state: str | None
) -> Iterator[Page]:
    reading = Reading(source, name, window, declared)
    if declared.each is not None:
        yield from _children(source, declared, reading, window, state)
        return
    if declared.between is not None:
        parts = [*source.parts_of(name, declared)]
        between = parts[0].between or declared.between
        yield from read_newest(source, parts, between, reading, window, state)
        return
    if declared.daily is not None:
        yield from look_back(source, declared, declared.daily, reading, window, state)
        state = None
    yield from _lists(source, name, declared, reading, window, state)


def _lists(
    source: ListSource,
    name: str,
    declared: Declared,
    reading: Reading,
    window: Window,
    state: str | None,
) -> Iterator[Page]:
    parts = list(source.parts_of(name, declared))
    whole = state is None or declared.marker is None
    marker, position = declared.marker, state
    for number, part in enumerate(parts, start=1):
        for listed in source.walk(part, window, position=state):
            if marker is not None:
                position = marker.after(position, listed)
            whole = whole and (listed.whole or not listed.last)
            ends = listed.last and number == len(parts)
            page = reading.page(
                replace(listed, whole=whole and ends),
                # Rows in no order may lie before the highest position.
                state=position if declared.ordered or ends else None,
            )
            # Sorted lists, one after the other, are not one sorted list.
            yield page if len(parts) == 1 else replace(page, cursor=None)


@dataclass
class _Parents:
    """The rows that lists lie below; those whose list was broken once come again at the end.

    Some answers are broken once, by a login page or a proxy, and no later read would ask for them.
    """

    source: ListSource
    declared: Declared
    of: Declared
    window: Window
    whole: bool = False
    broken: list[tuple[Raw, dict[str, str]]] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[Raw, dict[str, str], bool]]:
        """Each row, what it fills the path with, and whether its list may be broken now."""
        cursor = self.of.cursor
        for listed in self.source.walk(self.of, self.window):
            self.whole = listed.whole
            for parent in listed.items:
                fill = filled_from(self.declared, parent)
                if fill is not None and not (cursor and not cursor.holds(parent, self.window)):
                    yield parent, fill, len(self.broken) < TRIED_AGAIN
        yield from ((parent, fill, False) for parent, fill in self.broken)


def _children(
    source: ListSource, declared: Declared, reading: Reading, window: Window, state: str | None
) -> Iterator[Page]:
    """Read a list below each row of another; one that cannot be read is a reject."""
    today = local_day(window)
    above, window = source.child_windows(declared, window, state, due=state != today)
    of = parent_of(declared, type(source))
    if isinstance(declared.each, str):
        (of,) = source.parts_of(declared.each, of)
    parents, complete = _Parents(source, declared, of, above), True
    for parent, fill, may_be_broken in parents:
        try:
            for child in source.walk(declared, window, fill):
                complete = complete and (child.whole or not child.last)
                yield reading.page(replace(child, whole=False), parent=parent)
        except Broken as error:
            if may_be_broken:
                parents.broken.append((parent, fill))
            else:
                yield reading.reject(str(dig(parent, of.id)), error)
    end = RawPage((), last=True, whole=parents.whole and complete)
    yield reading.page(end, state=today if declared.looks_back else None)
