"""REST connections: transport is declared as values, meaning is one plain method per stream."""

import copy
import json
import re
import string
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, ClassVar

from connectors.kit.auth.account import Account
from connectors.kit.auth.credential import Credential
from connectors.kit.http.body import Response, TooLarge, dig
from connectors.kit.http.client import AGAIN, Client
from connectors.kit.http.limits import RateCosts, RateHeaders, limiter
from connectors.kit.lists.pages import Pages, SinglePage, Step, lay
from connectors.kit.lists.tracking import PageTracker, RawPage, Walked, gathered, rows
from connectors.kit.streams import Declared, Raw, declarations, filled_from, offered, parent_of
from connectors.kit.walks import newest_rows, read_by_ids, read_stream
from core.contract import Page, Source, Stream, Window
from core.errors import Broken, HubError, Misconfigured


class Rest(Account):
    """A connection to one REST API, source or destination or both."""

    learns: ClassVar[RateHeaders | RateCosts | None] = None
    """Parts of an answer that tell what is left of a limit."""
    again: ClassVar[Collection[int]] = AGAIN
    """Statuses that mean: later, please."""
    pages: ClassVar[Pages] = SinglePage()
    """How lists are paged unless a stream says otherwise."""
    asks_fields: ClassVar[str] = ""
    """Parameter that asks for the fields of a row's shape alone, joined by commas."""
    most_pages: ClassVar[int] = 100_000
    """More than this is taken for a pager without end."""

    def credential(self) -> Credential | None:
        """Return the credential of the next attempt; None where the API is open to all."""
        return self.session.credential() if self.session else None

    def renew(self) -> bool:
        """Fetch a new credential after the present one was refused; False where it cannot."""
        return self.session.renew() if self.session else False

    def meaning_of(self, answer: Response) -> HubError | None:  # noqa: ARG002 - for overriding
        """Return the error that an answer is to this vendor; None: what its status says.

        Asked of every answer, good ones too, before it is returned. Unauthorized and Misconfigured
        name the permission or the setting and where it is changed; Unavailable sends the request
        again later, not before the instant that it names; Expired renews the credential once and
        sends the request again; TooLarge asks for pages half as large.
        """
        return None

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer, for vendors who leave an empty list out; raises Broken."""
        return rows(response, declared.items, declared.shape, declared.reads)

    def fields_of(self, shape: type) -> Sequence[str]:
        """The fields that are asked for of a row, for settings that need fewer of a shape."""
        return [*shape.__annotations__]

    @cached_property
    def client(self) -> Client:
        """The guarded client of this connection."""
        return Client(
            self.address,
            credential=self.credential,
            network=self.network,
            limiter=limiter(self.kind, self.limit_key(), self.limits, self._clock),
            learns=self.learns,
            clock=self._clock,
            again=self.again,
            meaning=self.meaning_of,
            prepare=self.prepare,
            renew=self.renew,
        )

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """Yield the pages of a list as they come; no window: unbounded.

        `{names}` of the path stand for `fill` first, then for fields of the connection; what else
        `fill` holds are parameters. `position` is where the list's marker stood. Raises Broken
        where the pages do not belong together.
        """
        pages = declared.pages or self.pages
        if self._network.witness:
            # A witness is shown whole rows.
            declared = replace(declared, shape=None)
        asked = declared.parameters(fill or {})
        fill = self._filled(declared.path, fill or {})
        bounds = asked | (declared.cursor.bounds(window) if declared.cursor and window else {})
        if self.asks_fields and declared.shape is not None:
            bounds[self.asks_fields] = ",".join(self.fields_of(declared.shape))
        if declared.marker and position is not None:
            bounds[declared.marker.since] = declared.marker.asked(position)
        tracker = PageTracker(declared, pages, f"{self.kind} {declared.place}", self.most_pages)
        step: Step | None = pages.first()
        ask = partial(self._ask, declared, fill, bounds)
        while step is not None:
            try:
                response = ask(step)
            except TooLarge:
                smaller = pages.smaller(step)
                if smaller is None:
                    raise
                pages, step = smaller
                continue
            items = self.rows_of(response, declared)
            vanished = tracker.follow(step, items, pages.total(response), response.body)
            step = pages.back(step, vanished) if vanished else pages.after(step, response, items)
            ends = not (declared.ordered and window and self._ends(declared, window, items))
            step = step if ends else None
            items = tracker.new(items)
            if self._network.witness:
                filled = {**fill, **asked}
                items, more = self._network.witness(declared.place, filled, items)
                step, ends = (step, ends) if more else (None, False)
            told = declared.marker and declared.marker.told_by(response)
            page = tracker.page(
                items,
                last=step is None,
                ends=ends,
                look=lambda seen: self.rows_of(ask(seen), declared),
            )
            yield replace(page, told=told)

    def rows_in(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
    ) -> Iterator[Raw]:
        """Yield every row of a list that is an object; of a list with `each`, of all its lists."""
        if declared.each is None:
            for page in self.walk(declared, window, fill):
                yield from (row for row in page.items if isinstance(row, Mapping))
        else:
            for parent in self.rows_in(parent_of(declared, type(self)), window):
                if (own := filled_from(declared, parent)) is not None:
                    yield from self.rows_in(replace(declared, each=None), window, own)

    def every_row(self, declared: Declared, fill: Mapping[str, str] | None = None) -> Iterator[Raw]:
        """Yield every row of a list.

        Raises Unavailable where some may not have been shown, because the list changed meanwhile,
        and Broken where the vendor counts more rows than it shows to whoever asks again.
        """
        shown = Walked()
        for page in self.walk(declared, fill=fill):
            for row in page.items:
                if not isinstance(row, Mapping):
                    raise Broken(f"{self.kind} {declared.place} listed a row that is no object")
                yield row
            shown.add(page, declared.id)
        if shown.whole:
            return
        again = Walked()
        for page in self.walk(declared, fill=fill):
            again.add(page, declared.id)
        again.compare(shown, f"{self.kind} {self.place_of(declared, fill)}")

    def place_of(self, declared: Declared, fill: Mapping[str, str] | None = None) -> str:
        """Return the place of a list, its names filled as a request fills them."""
        filled = fill or {}
        return re.sub(
            r"\{([^}]*)\}",
            lambda name: filled[name[1]] if name[1] in filled else str(getattr(self, name[1])),
            declared.place,
        )

    def _ends(self, declared: Declared, window: Window, items: Sequence[Any]) -> bool:
        """Whether a sorted list has come to the end of the window."""
        cursor, last = declared.cursor, items[-1] if items else None
        return cursor is not None and isinstance(last, Mapping) and cursor.is_after(last, window)

    def _filled(self, path: str, fill: Mapping[str, str]) -> dict[str, str]:
        names = {name for _, name, _, _ in string.Formatter().parse(path) if name}
        return {name: fill[name] if name in fill else str(getattr(self, name)) for name in names}

    def _ask(
        self,
        declared: Declared,
        fill: Mapping[str, str],
        bounds: Mapping[str, str],
        step: Step,
    ) -> Response:
        headers = {"Accept": declared.reads.accept}
        asked: dict[str, Any] = {} if step.link else {**declared.params, **bounds, **step.params}
        if declared.body is None or step.link:
            params: Any = {
                name: value if isinstance(value, list) else str(value)
                for name, value in asked.items()
            }
            return self.client.request(
                "GET", declared.path, fill=fill, params=params, link=step.link, headers=headers
            )
        body = copy.deepcopy(dict(declared.body))
        for path, value in asked.items():
            lay(body, path, value)
        return self.post(declared.path, body, fill=fill, headers=headers)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        fill: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a search, which changes nothing, however often it is sent."""
        content, own = self.written(body)
        headers = dict(headers or {}) | own
        return self.client.request(
            "POST", path, fill=fill, content=content, headers=headers, idempotent=True
        )

    def written(self, body: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return the body of a search as it is sent, and the headers that say what it is."""
        return json.dumps(body).encode(), {"Content-Type": "application/json"}


class RestSource(Rest, Source):
    """A source whose streams are lists behind paths. For anything else override `read`."""

    @classmethod
    def declared(cls) -> dict[str, Declared]:
        """Every stream's transport by its name, in the order of the class."""
        return declarations(cls)

    def streams(self) -> Sequence[Stream]:
        """Every declared stream."""
        return [offered(name, type(self)) for name in self.declared()]

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:  # noqa: ARG002 - for overriding
        """Yield the lists that a stream is made of, one after the other: mostly the declared one.

        Override it where a request must name what only the connection knows.
        """
        yield declared

    def child_windows(
        self,
        declared: Declared,
        window: Window,
        last_look: str | None,  # noqa: ARG002 - for overriding
        *,
        due: bool,
    ) -> tuple[Window, Window]:
        """Return the windows of the parents and of the lists below them.

        Override it where children keep coming long after their parent changed. `due`: the daily
        look back is; `last_look` is the day of the one before.
        """
        if due and declared.looks_back and window.since is not None:
            window = replace(window, since=window.since - declared.looks_back)
        return window, window

    def look_up(self, declared: Declared, window: Window | None = None) -> dict[str, Raw]:
        """Return the rows of a small list by their ids; no window: all of them."""
        return {
            str(id_): row
            for row in self.rows_in(declared, window)
            if (id_ := dig(row, declared.id)) is not None
        }

    def notes(self, stream: str, raws: Sequence[Any]) -> Mapping[str, int]:  # noqa: ARG002 - for overriding
        """Return what there is to count of a page, by a name without anybody's values."""
        return {}

    def questions(self, stream: str, raws: Sequence[Any]) -> Iterable[str]:  # noqa: ARG002 - for overriding
        """Return settings that rows show to be missing, as questions with the line to write."""
        return ()

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read one stream, small pages together; raises Unauthorized, Unavailable or Broken."""
        declared = self.declared().get(stream)
        if declared is None:
            raise Misconfigured(f"{self.kind} has no stream {stream}")
        pages = read_stream(self, stream, declared, window, state)
        yield from gathered(pages, self._clock)

    def newest(self, stream: str, window: Window) -> Page | None:
        """Read the first of the rows that changed last; None where the list is not sorted so."""
        return newest_rows(self, stream, self.declared()[stream], window)

    def read_ids(self, stream: str, ids: Sequence[str], window: Window) -> Iterator[Page] | None:
        """Read the rows with these ids alone; None where the list cannot be asked for them."""
        return read_by_ids(self, stream, self.declared()[stream], ids, window)
