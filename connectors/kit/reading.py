"""One reading of one stream: raws become records, and rows that cannot become rejects."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from connectors.kit.daily import by_ids
from connectors.kit.http.body import dig
from connectors.kit.lists.tracking import RawPage
from connectors.kit.rejects import UNMAPPABLE, Unreadable, reject
from connectors.kit.streams import Declared, Parents, Raw, declarations, filled_from, narrowed_by
from core.contract import Page, Reject, Window
from core.errors import Broken
from core.records import LONGEST_ID, Record

NOT_LISTED = "counted by the vendor but not listed"


class ListSource(Protocol):
    """The source whose stream is read."""

    def look_up(self, declared: Declared, window: Window | None = None) -> dict[str, Raw]:
        """Rows of a small list by their ids."""

    def notes(self, stream: str, raws: Sequence[Any]) -> Mapping[str, int]:
        """Further things to count of a page."""

    def questions(self, stream: str, raws: Sequence[Any]) -> Iterable[str]:
        """Questions that a page leaves to a person."""

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """The pages of a list as they come."""

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """The lists that a stream is made of."""

    def child_windows(
        self, declared: Declared, window: Window, last_look: str | None, *, due: bool
    ) -> tuple[Window, Window]:
        """The windows of the parents and of the lists below them."""


class Reading:
    """Maps the pages of one stream to records, in one read."""

    def __init__(
        self, source: ListSource, name: str, window: Window, declared: Declared | None = None
    ) -> None:
        """Begin; the lists that stand beside the stream are read now.

        `declared`: the list that is read in the place of the stream's own.
        """
        self._source = source
        self._declared = declared or declarations(type(source))[name]
        self._cursor = narrowed_by(self._declared, type(source))
        beside = {
            key: source.look_up(each, window)
            if isinstance(each, Declared)
            else each(source, window)
            for key, each in self._declared.beside.items()
        }
        method: Callable[..., Iterable[Record]] = getattr(source, name)
        by = {
            key: each.by
            for key, each in self._declared.beside.items()
            if isinstance(each, Declared) and each.by
        }
        self.mapped = partial(method, **beside) if beside else method
        if by:
            self.mapped = partial(_with_own_rows, method, beside, by)
        self._notes = partial(source.notes, name)
        self._questions = partial(source.questions, name)
        self._window = window
        self._all_loaded = True
        self._shown = 0
        self._highest = window.since
        self._ascending = self._declared.ordered

    def page(
        self,
        listed: RawPage,
        state: str | None = None,
        parent: Raw | Callable[[Any], Raw] | None = None,
        *,
        any_time: bool = False,
    ) -> Page:
        """Map the rows of one page; rows that cannot be mapped become rejects.

        `parent`: the row that all of them lie below, or tells the one of each. `any_time`: whether
        rows belong to the window whenever they changed.
        """
        records: list[Record] = []
        rejects: list[Reject] = []
        if parent is None and self._declared.parents is not None:
            parent = self._parents(self._declared.parents, listed)
        good: list[Raw] = []
        mapped = self.mapped if parent is None else self._below(parent)
        items = enumerate(listed.items, self._shown)
        inside = [(place, raw) for place, raw in items if any_time or self._is_inside(raw)]
        self._shown += len(listed.items)
        for place, raw in inside:
            try:
                # All or nothing: half of a row's records would look like the whole row.
                records += self._records(mapped, raw)
                good.append(raw)
            except UNMAPPABLE as error:
                path, id_ = self._declared.place, self._declared.id
                rejects.append(
                    reject(path, place, raw, error, partial(self._records, mapped), id=id_)
                )
        self._all_loaded = self._all_loaded and not rejects
        raws = [raw for _, raw in inside]
        outside = len(listed.items) - len(inside)
        notes = {"outside the window": outside, NOT_LISTED: listed.missing}
        notes |= self._notes(good)
        return Page(
            records=records,
            rejects=rejects,
            cursor=None if any_time else self._advance(raws),
            questions=tuple(self._questions(raws)),
            whole=listed.whole and self._cursor is None and self._all_loaded,
            state=state,
            missing=listed.missing,
            notes={name: number for name, number in notes.items() if number},
        )

    def reject(self, parent: str, error: Exception) -> Page:
        """Return a page of one reject: the list below one parent cannot be read."""
        self._all_loaded = False
        path = self._declared.place
        return Page((), rejects=(Reject(f"{path}#{parent}", path, str(error)),))

    def _records(self, mapped: Callable[[Any], Iterable[Record]], raw: Any) -> list[Record]:
        """Map one row that has all its pages."""
        if self._declared.nested:
            self._complete(raw)
        return list(mapped(raw))

    def _complete(self, raw: Any) -> None:
        """Add the further pages of the connections inside a row; raises Unreadable."""
        for path, rest in self._declared.nested.items():
            above, _, name = path.rpartition(".")
            for holder in _objects(dig(raw, above)):
                page: Any = holder.get(name)
                fill = filled_from(rest, holder)
                if fill is None or not dig(page, "pageInfo.hasNextPage"):
                    continue
                end = dig(page, "pageInfo.endCursor")
                begin = {"variables.after": str(end)} if end else {}
                following = replace(rest, params={**rest.params, **begin})
                try:
                    for listed in self._source.walk(following, fill=fill):
                        page["nodes"] += listed.items
                except Broken as error:
                    raise Unreadable(str(error)) from None

    def _parents(self, parents: Parents, listed: RawPage) -> Callable[[Any], Raw]:
        """Return what tells the parent of a row; an empty one for a parent that is not shown."""
        named = (dig(raw, parents.named) for raw in listed.items)
        ids = dict.fromkeys(str(id_) for id_ in named if _can_be_asked_for(id_))
        pages = by_ids(self._source, parents.of, parents.include, [*ids], parents.written)
        rows: dict[str, Raw] = {
            str(dig(row, parents.of.id)): row for page in pages for row in page.items
        }
        return lambda raw: rows.get(str(dig(raw, parents.named)), {})

    def _below(self, parent: Raw | Callable[[Any], Raw]) -> Callable[[Any], Iterable[Record]]:
        return lambda raw: self.mapped(raw, parent(raw) if callable(parent) else parent)

    def _is_inside(self, raw: Any) -> bool:
        cursor = self._declared.cursor
        return cursor is None or not isinstance(raw, Mapping) or cursor.holds(raw, self._window)

    def _advance(self, items: Sequence[Any]) -> datetime | None:
        cursor = self._declared.cursor
        if cursor is None or not self._ascending:
            return None
        for raw in items:
            at = cursor.at(raw) if isinstance(raw, Mapping) else None
            if at is None or (self._highest is not None and at < self._highest):
                # A list that is not sorted after all would let the checkpoint jump over rows.
                self._ascending = False
                return None
            self._highest = at
        # A row from the future would move the checkpoint past those that are still to come.
        return self._highest and min(self._highest, self._window.until)


def _can_be_asked_for(id_: Any) -> bool:
    """Whether a request can carry an id; of any other there is no row."""
    if isinstance(id_, str):
        return 0 < len(id_) <= LONGEST_ID and id_.isprintable()
    return type(id_) is int and id_.bit_length() <= LONGEST_ID


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a value: itself, or those of a list, at any depth."""
    if isinstance(value, dict):
        yield value
    for each in value if isinstance(value, list) else ():
        yield from _objects(each)


def _with_own_rows(
    method: Callable[..., Iterable[Record]],
    beside: Mapping[str, Any],
    by: Mapping[str, str],
    raw: Raw,
    *parents: Raw,
) -> Iterable[Record]:
    """Map a row with its own rows of the lists beside its stream."""
    own = {key: beside[key].get(str(dig(raw, path)), {}) for key, path in by.items()}
    return method(raw, *parents, **{**beside, **own})
