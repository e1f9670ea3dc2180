"""The pages of one list, and what holds them together."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from connectors.kit.clock import Clock
from connectors.kit.formats import Format, Json
from connectors.kit.http.body import Response
from connectors.kit.lists.pages import Pages, Step
from core.contract import Page
from core.errors import Broken, Unavailable

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
    missing: int = 0
    """On the last page: rows that the vendor counts and has not shown."""
    told: Any = None
    """The position that the page itself names."""


@dataclass
class Walked:
    """The rows that one walk of a list showed; two walks of an unchanged list are equal."""

    rows: int = 0
    missing: int = 0
    whole: bool = False
    digest: int = 0
    """Of the rows' ids, in their order."""

    def add(self, page: RawPage, id: str) -> None:  # noqa: A002 - as a stream declares it
        """Take note of a page whose rows are told apart by their field `id`."""
        self.rows += len(page.items)
        self.missing, self.whole = page.missing, page.whole
        ids = (row.get(id) if isinstance(row, Mapping) else None for row in page.items)
        self.digest = hash((self.digest, *map(str, ids)))

    def compare(self, before: "Walked", where: str) -> None:
        """Raise Unavailable where the list has changed since, and Broken where it hides rows."""
        if self != before:
            raise Unavailable(
                f"the rows of {where} changed while they were read; the next run reads them again"
            )
        if self.missing:
            raise Broken(
                f"{where} counts {self.rows + self.missing:,} rows and shows {self.rows:,}, and so "
                "again when it was read once more; the rest is hidden there, so it is not known "
                "which rows they are; remove them in that system, or use another name"
            )


def rows(
    response: Response,
    path: str,
    shape: type | None = None,
    reads: Format = Json(),  # noqa: B008 - frozen
) -> list[Any]:
    """The list that a body holds; raises Broken where there is none."""
    items = reads.rows(response, path, shape)
    if not isinstance(items, list):
        named = f"{path} " if path else ""
        raise Broken(f"{response.where} answered without the list {named}that was agreed")
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
    """Pages that follow one another as one; where they lead to, the last ones tell."""
    notes: Counter[str] = Counter()
    for page in pages:
        notes.update(page.notes)
    states = [page.state for page in pages if page.state is not None]
    return replace(
        pages[-1],
        state=states[-1] if states else None,
        records=[record for page in pages for record in page.records],
        rejects=[reject for page in pages for reject in page.rejects],
        questions=list(dict.fromkeys(each for page in pages for each in page.questions)),
        missing=sum(page.missing for page in pages),
        notes=notes,
    )


class Listed(Protocol):
    """The part of a list's declaration that holds its pages together."""

    @property
    def id(self) -> str:
        """Field that tells rows apart."""


class PageTracker:
    """Holds the pages of one list together, and knows when all of it was shown."""

    def __init__(self, declared: Listed, pages: Pages, where: str, most_pages: int) -> None:
        """Begin before the first page."""
        self._id = declared.id
        self._pages = pages
        self._where = where
        self._left = most_pages
        self._before: tuple[Sequence[Any], bytes] = ((), b"")
        self._asked: set[tuple[str | None, ...]] = set()
        self._total: int | None = None
        self._sank = False
        self._ids: set[Any] = set()
        self._nameless = 0
        self._recent: deque[dict[Any, Any]] = deque(maxlen=2)
        self._shown = 0
        self._repeated = False
        self._ends: list[tuple[Step, int, Any]] = []
        self._last = (Step({}), 0)

    def follow(self, step: Step, items: Sequence[Any], total: int | None, body: bytes = b"") -> int:
        """Take note of a page, and return how many rows have vanished since the one before.

        Raises Broken when a page repeats the one before, or when there is no end to them.
        """
        asked = (step.link, *(f"{name}={value}" for name, value in sorted(step.params.items())))
        if self._repeats(items, total, body):
            raise Broken(
                f"{self._where} repeats the page before; its paging is not what was agreed"
            )
        if asked in self._asked or not self._left:
            raise Broken(f"{self._where} pages without end")
        vanished = 0
        if self._pages.drifts and total is not None and self._total is not None:
            vanished = max(0, self._total - total)
        self._sank = self._sank or vanished > 0
        if vanished:
            # Pages are asked for again from further back, and may show the same rows again.
            self._asked.clear()
            self._before = ((), b"")
        else:
            self._asked.add(asked)
            self._before = (items, body)
        self._total, self._last = total, (step, len(items))
        self._left -= 1
        self._shown += len(items)
        if self._pages.watched and items:
            self._ends.append((step, self._shown, self._id_of(items[-1])))
        return vanished

    def new(self, items: Sequence[Any]) -> Sequence[Any]:
        """Return the rows that the pages just before have not shown.

        A list that grows or shrinks while it is read shows the same row twice.
        """
        page: dict[Any, Any] = {}
        repeated = False
        for row in items:
            id_ = row.get(self._id) if type(row) is dict else None
            if type(id_) is not int and type(id_) is not str:
                self._nameless += 1
            elif id_ in self._ids:
                repeated = True
            else:
                self._ids.add(id_)
                page[id_] = row
        if repeated:
            self._repeated = True
            items = [row for row in items if not self._was_shown(row)]
        self._recent.append(page)
        return items

    def page(
        self,
        items: Sequence[Any],
        *,
        last: bool,
        ends: bool,
        look: Callable[[Step], Sequence[Any]],
    ) -> RawPage:
        """Return the page as it is handed on; `look` asks for rows that were shown once more.

        `ends` says whether the list itself ends with its last page, or only the window.
        """
        if not last:
            return RawPage(items)
        if self._pages.watched and self._total is None:
            whole = not self._repeated and self._stood_still(look)
            return RawPage(items, last=True, whole=whole)
        short = self._short() if ends else 0
        known = self._total is not None or not self._pages.drifts
        whole = known and short <= 0 and not self._sank
        return RawPage(items, last=True, whole=whole, missing=max(0, short))

    def _short(self) -> int:
        """How many rows the last total counts that no page has shown."""
        step, number = self._last
        before = self._pages.before(step)
        shown = len(self._ids) + self._nameless if before is None else before + number
        return (self._total or 0) - shown

    def _stood_still(self, look: Callable[[Step], Sequence[Any]]) -> bool:
        """Whether each page still ends where it did: nobody before its end has vanished."""
        # Rows of one instant may be sorted otherwise in a page of another size.
        return all(
            any(rows and self._id_of(rows[-1]) == id_
                for rows in map(look, (self._pages.only(shown), step)))
            for step, shown, id_ in self._ends[:-1]
        )  # fmt: skip

    def _id_of(self, row: Any) -> Any:
        return row.get(self._id) if isinstance(row, Mapping) else None

    def _was_shown(self, row: Any) -> bool:
        id_ = row.get(self._id) if type(row) is dict else None
        if type(id_) is not int and type(id_) is not str:
            return False
        return any(page.get(id_) == row for page in self._recent)

    def _repeats(self, items: Sequence[Any], total: int | None, body: bytes) -> bool:
        before, text = self._before
        if not items or total != self._total or items != before:
            return False
        # Rows of which only a shape is read may look alike and be others.
        named = type(items[0]) is dict and items[0].get(self._id) is not None
        return named or body == text
