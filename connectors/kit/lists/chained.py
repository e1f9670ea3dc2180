# ruff: noqa: ARG002 - all pagers have one shape, whether they need all of it or not
"""Pagers whose pages lead to the next one: by a cursor, by a link, or by their last row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """Where the body says whether more follows, for vendors who name a cursor on the last page."""
    total_path: str | None = None
    """Where the body tells how many rows there are."""
    until: Until = "short"
    """"empty": only a page without rows is the last."""

    def first(self) -> Step:
        """Ask without a cursor."""
        return Step(self._limit())

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """Whatever the body names, while it says that more follows."""
        following = response.part(self.next_path)
        ends = self.more is not None and response.part(self.more) is not True
        if ends or (self.until == "empty" and not items) or following in (None, "", False):
            return None
        return Step({**self._limit(), self.cursor: str(following)})

    def total(self, response: Response) -> int | None:
        """As the body tells."""
        return whole_number(response.part(self.total_path)) if self.total_path else None

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """One slice, and the name of the next."""
        begin = int(params.get(self.cursor, "after-0").removeprefix("after-"))
        end = begin + int(params.get(self.limit, str(self.size or 10)))
        around: dict[str, Any] = {self.total_path: len(items)} if self.total_path else {}
        if self.more is not None:
            around[self.more] = end < len(items)
        if end < len(items) or self.more is not None or (self.until == "empty" and begin < end):
            around[self.next_path] = f"after-{end}"
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
        """One slice, and the address of the next."""
        begin, size = (
            int(params.get("from", "0")),
            int(params.get(self.limit, str(self.size or 10))),
        )
        end = begin + size
        if end >= len(items):
            return FakePage(items[begin:end])
        following = f"{address}?from={end}&{self.limit}={size}"
        if self.next_path:
            return FakePage(items[begin:end], {self.next_path: following})
        return FakePage(items[begin:end], headers={"Link": f'<{following}>; rel="next"'})


@dataclass(frozen=True)
class KeysetPages(Pages):
    """The next page begins after the last row of the one before: `since_id=100`."""

    key: str | Cursor
    """Field that rows are sorted by, or the stream's cursor."""
    since: str = ""
    """Parameter of the lower bound; of a cursor it is the cursor's own."""
    size: int = 100
    limit: str = "limit"
    until: Until = "short"
    """"empty": only a page without rows is the last."""

    def first(self) -> Step:
        """Ask from the beginning, or from where the window begins."""
        return Step({self.limit: self.size})

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """Ask from the last row on; a short or an empty page is the last."""
        if len(items) < (int(step.params[self.limit]) if self.until == "short" else 1):
            return None
        bound = self._bound(items[-1])
        return Step({self.limit: step.params[self.limit], **bound}) if bound else None

    def smaller(self, step: Step) -> tuple[Pages, Step] | None:
        """Half the size, from the same row."""
        return halved(self, step, self.size, self.limit)

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:
        """The rows from the bound on."""
        size = int(params.get(self.limit, str(self.size)))
        if isinstance(self.key, str):
            asked = params.get(self.since)
            rows = [row for row in items if asked is None or self._is_after(row, asked)]
        else:
            asked = params.get(self.key.since or "")
            at = self.key.at
            rows = [
                row
                for row in items
                if asked is None or (moment := at(row)) is None or self.key.format(moment) >= asked
            ]
        return FakePage(rows[:size])

    def _is_after(self, row: Any, asked: str) -> bool:
        value = row.get(self.key) if isinstance(row, Mapping) else None
        if value is None:
            # A row without a key lies on the first page.
            return False
        return value > int(asked) if isinstance(value, int) else str(value) > asked

    def _bound(self, row: Any) -> dict[str, str]:
        if not isinstance(row, Mapping):
            return {}
        if isinstance(self.key, str):
            value = row.get(self.key)
            return {} if value is None else {self.since: str(value)}
        at = self.key.at(row)
        if at is None or self.key.since is None:
            return {}
        return {self.key.since: self.key.format(at)}
