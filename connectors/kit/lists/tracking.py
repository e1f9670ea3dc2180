"""Lists: the pages of one list, and what holds them together."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, is_typeddict

from connectors.kit.clock import Clock
from connectors.kit.http.body import Response
from connectors.kit.lists.cursor import Cursor
from connectors.kit.lists.pages import Pages, Step
from core.contract import Page
from core.errors import Broken

ROWS_AT_ONCE = 2_500
"""So many rows of small pages are handed on together: what a page costs the store hardly grows
with its rows."""
SECONDS_AT_ONCE = 2.0
"""Nor do rows wait for each other longer than this, where the other side is slow."""


@dataclass(frozen=True)
class RawPage:
    """One page of a list, as it came."""

    items: Sequence[Any]
    last: bool = False
    whole: bool = False
    """On the last page: whether the list was shown from first row to last."""


def shape_of(mapping: Callable[..., Any], cursor: Cursor | None) -> type | None:
    """The TypedDict that a mapping takes its raws as, if it does.

    Raises TypeError where the cursor could not be read from it.
    """
    hints = mapping.__annotations__.values()
    shape: type | None = next((hint for hint in hints if is_typeddict(hint)), None)
    if shape and cursor and cursor.field.split(".")[0] not in shape.__annotations__:
        raise TypeError(f"{shape.__name__} lacks {cursor.field}, by which its stream is narrowed")
    return shape


def rows(response: Response, path: str, shape: type | None = None) -> list[Any]:
    """The list that a body holds; raises Broken where there is none."""
    items = response.rows(path, shape)
    if not isinstance(items, list):
        raise Broken(f"{response.where} answered without the list that was agreed")
    return items


def gathered(pages: Iterable[Page], clock: Clock) -> Iterator[Page]:
    """Small pages that come quickly as larger ones; what came before an error comes before it."""
    several: list[Page] = []
    rows, begun = 0, clock.monotonic()
    try:
        for page in pages:
            several.append(page)
            rows += len(page.records) + len(page.rejects)
            if rows >= ROWS_AT_ONCE or clock.monotonic() - begun >= SECONDS_AT_ONCE:
                yield _joined(several)
                several, rows, begun = [], 0, clock.monotonic()
    except Exception:
        if several:
            yield _joined(several)
        raise
    if several:
        yield _joined(several)


def _joined(pages: Sequence[Page]) -> Page:
    """Pages that follow one another as one; where they lead to, the last one tells."""
    notes: Counter[str] = Counter()
    for page in pages:
        notes.update(page.notes)
    return replace(
        pages[-1],
        records=[record for page in pages for record in page.records],
        rejects=[reject for page in pages for reject in page.rejects],
        notes=notes,
    )


class PageTracker:
    """What holds the pages of one list together."""

    def __init__(self, pages: Pages, where: str, most_pages: int) -> None:
        """Begin before the first page."""
        self._pages = pages
        self._where = where
        self._left = most_pages
        self._before: Sequence[Any] = ()
        self._asked: set[tuple[str | None, ...]] = set()
        self._total: int | None = None
        self._steady = True
        self._shown = 0

    def follow(self, step: Step, items: Sequence[Any], total: int | None) -> int:
        """Take note of a page, and tell how many rows have vanished since the one before.

        Raises Broken when a page repeats the one before, or when there is no end to them.
        """
        asked = (step.link, *(f"{name}={value}" for name, value in sorted(step.params.items())))
        if items and items == self._before:
            raise Broken(
                f"{self._where} repeats the page before; its paging is not what was agreed"
            )
        if asked in self._asked or not self._left:
            raise Broken(f"{self._where} pages without end")
        vanished = max(0, (self._total or 0) - (total or 0)) if self._pages.drifts else 0
        self._steady = self._steady and self._total in {None, total}
        if vanished:
            # Pages are asked for again from further back.
            self._asked.clear()
        else:
            self._asked.add(asked)
        self._before, self._total = items, total
        self._left -= 1
        self._shown += len(items)
        return vanished

    def is_whole(self) -> bool:
        """Whether every row was shown.

        Where a vanishing row pushes others out of sight, only a steady total that agrees with
        what came can tell.
        """
        return not self._pages.drifts or (self._steady and self._total == self._shown)
