"""Reads of a stream that are made once per local day, for what no date tells."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from connectors.kit.http.body import dig
from connectors.kit.lists.cursor import Cursor
from connectors.kit.lists.pages import Pages
from connectors.kit.lists.tracking import RawPage
from core.contract import Page, Window
from core.records import Deleted

if TYPE_CHECKING:
    from connectors.kit.reading import ListSource, Reading
    from connectors.kit.streams import Declared

AT_ONCE = 100
"""Rows that one request names by their ids."""
NIGHT = timedelta(hours=3)
LEAST_LOSS = 5
NOT_SWEPT = "not swept"


@dataclass(frozen=True)
class LookBack:
    """A look through the rows of the last days, once per local day.

    For what a vendor tells by no date: rows that were deleted, moved to a trash, or changed
    silently. Every row is listed with few fields; one that differs from the last look is read
    whole, one that two looks in a row do not show is deleted. The first look only takes notes,
    before the stream itself is read.
    """

    noun: str
    """Class name of the record that a vanished row was."""
    past: timedelta
    made: Cursor
    """When a row was made, by which the list is narrowed."""
    fields: Sequence[str]
    """Fields that are compared, beside the id and the date."""
    params: Sequence[Mapping[str, str]] = ({},)
    """Parameters of the lists that together show every row."""
    ask: str = ""
    """Parameter that asks for these fields alone."""
    include: str = "include"
    """Parameter that asks for rows by their ids."""
    named: Callable[[Sequence[str]], Any] = ",".join
    """Writes the ids as that parameter takes them."""
    pages: Pages | None = None
    """Absent: the source's."""
    query: str = ""
    """Of a GraphQL list: the document that lists its rows, at the same place, with few fields;
    paged as a connection unless `pages` says otherwise."""
    size: int = 250
    """Rows of a page of that document."""


@dataclass(frozen=True)
class Newest:
    """The part of a full scan that is read between two whole ones, one of which is due per day.

    For lists that cannot be narrowed by a date: the newest rows until a known one, and the rows
    that changes of another list name. For lists whose date does not tell every change: the rows
    that it narrows them to.
    """

    made: Cursor
    """When a row was made; one with a parameter narrows the list."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameters that sort the newest first; a narrowed list comes in any order."""
    changes: "Declared | None" = None
    """A list with a cursor whose changed rows name rows of this one."""
    names: str = ""
    """Path in its rows that names one."""
    include: str = "include"
    """Parameter that asks for rows by their ids, joined by commas; empty: there is none."""


def local_day(window: Window) -> str:
    """The day of the shop on which a read falls; it begins at three o'clock in the night."""
    return (window.until.astimezone(window.zone) - NIGHT).date().isoformat()


def look_back(
    source: "ListSource",
    declared: "Declared",
    look: LookBack,
    reading: "Reading",
    window: Window,
    state: str | None,
) -> Iterator[Page]:
    """Yield what differs from the last look, and at the end the state for the next one."""
    day = local_day(window)
    before = _Look.read(state)
    if not window.live or (before and before.day == day):
        return
    past = replace(window, since=window.until - look.past)
    seen: dict[str, list[str]] = {}
    is_whole = True
    for params in look.params:
        listed, changed = light_list(declared, look, params), list[str]()
        for page in source.walk(listed, past):
            is_whole = is_whole and (page.whole or not page.last)
            for raw in page.items:
                id_ = dig(raw, declared.id)
                if id_ is None or not look.made.holds(raw, past):
                    continue
                seen[str(id_)] = [_made(raw, look.made), _fingerprint(raw, look.fields)]
                if before and before.rows.get(str(id_)) != seen[str(id_)]:
                    changed.append(str(id_))
        whole_rows = replace(declared, params={**declared.params, **params})
        for page in by_ids(source, whole_rows, look.include, changed, look.named):
            yield reading.page(page, any_time=True)
    first = (window.until - look.past).isoformat()
    left = {
        id_: row
        for id_, row in (before.rows if before else {}).items()
        if id_ not in seen and row[0] >= first
    }
    if not is_whole or (len(left) >= LEAST_LOSS and len(left) > len(seen)):
        yield _note(left, seen, day)
        return
    gone = [id_ for id_, row in left.items() if row[1] == _MISSED]
    seen |= {id_: [row[0], _MISSED] for id_, row in left.items() if id_ not in gone}
    yield Page([Deleted(noun=look.noun, id=id_) for id_ in gone], state=_Look(day, seen).text())


def read_newest(
    source: "ListSource",
    parts: Sequence["Declared"],
    newest: Newest,
    reading: "Reading",
    window: Window,
    state: str | None,
) -> Iterator[Page]:
    """Yield all lists of a stream whole where that is due, else what may have changed of each."""
    day, _, until = (state or "").partition(" ")
    due = f"{local_day(window)} {window.until.isoformat()}"
    if not window.live or day != local_day(window):
        whole = True
        for number, part in enumerate(parts, start=1):
            for listed in source.walk(part):
                whole = whole and (listed.whole or not listed.last)
                ends = whole and listed.last and number == len(parts)
                # Lists that were not shown whole are due again.
                state = due if window.live and ends else None
                yield reading.page(replace(listed, whole=ends), state=state)
        return
    since = datetime.fromisoformat(until) - newest.made.overlap
    recent = replace(window, since=since)
    narrowed = newest.made if newest.made.bounds(recent) else None
    for part in parts:
        params = {**part.params, **newest.params}
        for listed in source.walk(replace(part, cursor=narrowed, params=params), recent):
            yield reading.page(replace(listed, last=False, whole=False))
            if not narrowed and any(not newest.made.holds(raw, recent) for raw in listed.items):
                break
    named: dict[str, None] = {}
    if newest.changes is not None:
        for listed in source.walk(newest.changes, recent):
            named |= dict.fromkeys(
                str(id_) for raw in listed.items if (id_ := dig(raw, newest.names))
            )
    for listed in by_ids(source, parts[0], newest.include, [*named]):
        yield reading.page(listed)
    yield Page((), state=due)


def by_ids(
    source: "ListSource",
    declared: "Declared",
    include: str,
    ids: Sequence[str],
    written: Callable[[Sequence[str]], Any] = ",".join,
) -> Iterator[RawPage]:
    """Yield the rows of these ids; they say nothing about others."""
    for begin in range(0, len(ids), AT_ONCE):
        named = written(ids[begin : begin + AT_ONCE])
        asked = replace(
            declared, cursor=None, pages=None, ordered=False,
            params={**declared.params, include: named},
        )  # fmt: skip
        for page in source.walk(asked):
            yield replace(page, last=False, whole=False, missing=0)


_MISSED = ""
"""Fingerprint of a row that the last look did not show."""


@dataclass(frozen=True)
class _Look:
    """The notes that a look leaves for the next one."""

    day: str
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Id -> when it was made, and its fingerprint."""

    @classmethod
    def read(cls, state: str | None) -> "_Look | None":
        """The look that a state holds; an older version of the vendor may have left another."""
        return cls(**json.loads(state)) if state and state.startswith("{") else None

    def text(self) -> str:
        return json.dumps({"day": self.day, "rows": self.rows}, separators=(",", ":"))


def _note(left: Mapping[str, Sequence[str]], seen: Mapping[str, Sequence[str]], day: str) -> Page:
    """A look that shows too little proves nothing to be gone."""
    notes = {NOT_SWEPT: len(left)} if left else {}
    return Page((), state=_Look(day, {**left, **seen}).text(), notes=notes)


def light_list(
    declared: "Declared", look: LookBack, params: Mapping[str, str] = MappingProxyType({})
) -> "Declared":
    """The list as a look reads it, with few fields."""
    asked = {**declared.params, **params}
    if look.ask:
        asked[look.ask] = ",".join((declared.id, look.made.field, *look.fields))
    listed = replace(
        declared, cursor=look.made, pages=look.pages, ordered=False, params=asked, shape=None
    )
    return replace(listed, query=look.query, body=None, size=look.size) if look.query else listed


def _made(raw: Any, made: Cursor) -> str:
    at = made.at(raw)
    return at.isoformat() if at else ""


def _fingerprint(raw: Any, fields: Sequence[str]) -> str:
    text = json.dumps([dig(raw, name) for name in fields], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
