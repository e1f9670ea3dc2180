# ruff: noqa: ARG002 - all pagers have one shape, whether they need all of it or not
"""Pagers whose pages lead to the next one: by a cursor, by a link, or by their last row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from connectors.kit.http.body import Response
from connectors.kit.lists.cursor import Cursor
from connectors.kit.lists.pages import FakePage, Pages, Step, Until, halved, whole_number


@dataclass(frozen=True)
class CursorPages(Pages):
    """Each answer names the cursor of the next."""

    next_path: str
    """Where the body names the next cursor; nothing there: the last page."""
    cursor: str = "cursor"
    size: int | None = None
    limit: str = "limit"
    more: str | None = None
    """Where the body says whether more follows (true, or a link), for vendors who name a cursor on
    the last page too."""
    total_path: str | None = None
    """Where the body tells how many rows there are."""
    until: Until = "short"
    """"empty": only a page without rows is the last."""
    key: Cursor | None = None
    """The stream's cursor, of a list that is sorted by it and whose cursors lead only so far: each
    page asks from the last row's instant on, and rows of one instant alone are paged."""

    def first(self) -> Step:
        """Ask without a cursor."""
        return Step(self._limit())

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """Whatever the body names, while it says that more follows."""
        following = response.part(self.next_path)
        ends = self.more is not None and response.part(self.more) in (None, "", False, "false")
        if ends or (self.until == "empty" and not items) or following in (None, "", False):
            return None
        if self.key is None:
            return Step({**self._limit(), self.cursor: str(following)})
        first, last = (_at(items[place], self.key) for place in (0, -1)) if items else (None, None)
        if first is not None and last is not None and first != last:
            return Step({**self._limit(), **_bound(self.key, last)})
        return Step({**step.params, self.cursor: str(following)})

    def total(self, response: Response) -> int | None:
        """As the body tells."""
        return whole_number(response.part(self.total_path)) if self.total_path else None

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """One slice, and the name of the next: a cursor holds its place where rows vanish."""
        if self.key is not None:
            items = _from_bound(items, self.key, params)
        left = int(params.get(self.cursor, f"left-{len(items)}").removeprefix("left-"))
        begin = max(0, len(items) - left)
        end = begin + int(params.get(self.limit, str(self.size or 10)))
        around: dict[str, Any] = {self.total_path: len(items)} if self.total_path else {}
        if self.more is not None:
            around[self.more] = end < len(items)
        if end < len(items) or self.more is not None or (self.until == "empty" and begin < end):
            around[self.next_path] = f"left-{max(0, len(items) - end)}"
        return FakePage(items[begin:end], around)

    def smaller(self, step: Step) -> tuple[Pages, Step] | None:
        """Half the size, from the same cursor."""
        return halved(self, step, self.size, self.limit)

    def _limit(self) -> dict[str, str | int]:
        return {self.limit: self.size} if self.size else {}


@dataclass(frozen=True)
class LinkPages(Pages):
    """Each answer gives the whole address of the next, in its Link header or its body."""

    next_path: str | None = None
    """Where the body gives it; absent: the Link header."""
    size: int | None = None
    limit: str = "limit"

    def first(self) -> Step:
        """Ask for the first page."""
        return Step({self.limit: self.size} if self.size else {})

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """Whatever the answer gives; the client follows it within the origin only."""
        path = self.next_path
        link = response.part(path) if path else response.links.get("next")
        return Step(link=str(link)) if link else None

    def smaller(self, step: Step) -> tuple[Pages, Step] | None:
        """Half the size; only of the first page, for the other side gives the other addresses."""
        return None if step.link else halved(self, step, self.size, self.limit)

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """One slice, and the address of the next, which holds its place where rows vanish."""
        begin = max(0, len(items) - int(params.get("left", str(len(items)))))
        size = int(params.get(self.limit, str(self.size or 10)))
        end = begin + size
        if end >= len(items):
            return FakePage(items[begin:end])
        following = f"{address}?left={len(items) - end}&{self.limit}={size}"
        if self.next_path:
            return FakePage(items[begin:end], {self.next_path: following})
        return FakePage(items[begin:end], headers={"Link": f'<{following}>; rel="next"'})


@dataclass(frozen=True)
class KeysetPages(Pages):
    """The next page begins after the last row of the one before: `since_id=100`.

    Of a list sorted by a cursor the rows of the last instant are asked for again, since more of
    them may follow. Rows that are saved while the list is read move to its end and push no other
    row out of sight.
    """

    key: str | Cursor
    """Field that rows are sorted by, or the stream's cursor."""
    since: str = ""
    """Parameter of the lower bound; of a cursor it is the cursor's own."""
    size: int = 100
    limit: str = "limit"
    until: Until = "short"
    """"empty": only a page without rows is the last."""
    skip: str = ""
    """Parameter that skips so many rows, for more rows of one instant than a page holds. Half a
    page is shown again each time, in case rows move meanwhile."""
    page: str = ""
    """Parameter that counts the pages from one bound on, for servers that know no `skip`; where
    they know both, `skip` must be the one that they follow."""
    total_header: str | None = None
    """Header that says how many rows there are from the bound on."""
    total_path: str | None = None
    """Where the body says so."""

    def first(self) -> Step:
        """Ask from the beginning, or from where the window begins."""
        return self._from(Step({self.limit: self.size}), {})

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """Ask from the last row on; a short or an empty page is the last."""
        if len(items) < (int(step.params[self.limit]) if self.until == "short" else 1):
            return None
        if isinstance(self.key, str):
            value = items[-1].get(self.key) if isinstance(items[-1], Mapping) else None
            return self._from(step, {self.since: str(value)}) if value is not None else None
        cursor = self.key
        last = next((at for row in reversed(items) if (at := _at(row, cursor))), None)
        # Rows that do not say when they changed come first.
        if last is None or (self.skip and _at(items[0], cursor) == last):
            return self._further(step) if self.skip else None
        bound = _bound(cursor, last)
        return self._from(step, bound) if bound else None

    def total(self, response: Response) -> int | None:
        """As the body or the header says it."""
        if self.total_path:
            return whole_number(response.part(self.total_path))
        return whole_number(response.headers.get(self.total_header or "", ""))

    def before(self, step: Step) -> int | None:
        """Those that are skipped, from the bound on, or fill the pages before."""
        pages = int(step.params.get(self.page, 1)) - 1
        return max(int(step.params.get(self.skip, 0)), pages * int(step.params[self.limit]))

    def smaller(self, step: Step) -> tuple[Pages, Step] | None:
        """Half the size, from the same row."""
        less = halved(self, step, self.size, self.limit)
        if less is None or not self.page:
            return less
        pages, asked = less
        # So many rows were shown before it as before the larger page.
        number = 2 * int(asked.params[self.page]) - 1
        return pages, Step({**asked.params, self.page: number})

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """The rows from the bound on."""
        size, skipped = int(params.get(self.limit, self.size)), int(params.get(self.skip, 0))
        if isinstance(self.key, str):
            asked = params.get(self.since)
            rows = [row for row in items if asked is None or self._is_after(row, asked)]
            return FakePage(rows[:size])
        rows = _from_bound(items, self.key, params)
        headers = {self.total_header: str(len(rows))} if self.total_header else {}
        around = {self.total_path: len(rows)} if self.total_path else {}
        return FakePage(rows[skipped : skipped + size], around, headers)

    def _is_after(self, row: Any, asked: str) -> bool:
        value = row.get(self.key) if isinstance(row, Mapping) else None
        if value is None:
            # A row without a key lies on the first page.
            return False
        return value > int(asked) if isinstance(value, int) else str(value) > asked

    def _from(self, step: Step, bound: Mapping[str, str]) -> Step:
        first = {self.page: 1} if self.page else {}
        return Step({self.limit: step.params[self.limit], **first, **bound})

    def _further(self, step: Step) -> Step:
        skipped = int(step.params.get(self.skip, 0)) + max(1, int(step.params[self.limit]) // 2)
        following = {self.page: int(step.params[self.page]) + 1} if self.page else {}
        return Step({**step.params, self.skip: skipped, **following})


def _at(row: Any, cursor: Cursor) -> datetime | None:
    return cursor.at(row) if isinstance(row, Mapping) else None


def _bound(cursor: Cursor, at: datetime) -> dict[str, str]:
    """The lower bound that asks for the rows from an instant on."""
    if cursor.since is None:
        return {}
    return {cursor.since: cursor.format(at - cursor.step if cursor.exclusive else at)}


def _from_bound(items: Sequence[Any], cursor: Cursor, params: Mapping[str, str]) -> list[Any]:
    """The rows that a server shows from the bound of a request on, sorted by the cursor."""

    def bound_of(at: datetime) -> str:
        return next(iter(_bound(cursor, at).values()), "")

    asked = params.get(cursor.since or "", "")
    dated = sorted(((at, row) for row in items if (at := _at(row, cursor))), key=itemgetter(0))
    rows = [row for at, row in dated if bound_of(at + cursor.step) > asked]
    if not dated or bound_of(dated[0][0]) > asked:
        # Rows without an instant come before all others.
        rows = [*(row for row in items if _at(row, cursor) is None), *rows]
    return rows
