"""One read of one stream: which files to take in, and the pages that they make."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.csv.building import Builder, Cells, OrderBuilder, Refused
from connectors.csv.files import UNDECODABLE, Fault, Rows, opened
from connectors.csv.kinds import Kind
from connectors.csv.scratch import Kept, Scratch, scratch
from connectors.csv.stanzas import Stanza
from connectors.csv.taken import Absent, Print, Taken, fingerprint, found
from connectors.csv.values import SPOILT, Context, getter
from connectors.kit import Broken, Contact, Loss, Page, Record, Reject, Window

PAGE = 1_000
"""Records and rejects of one page."""
MOST_ROWS = 10_000
"""Rows of one order; where more share an id, the id's column is the wrong one."""
_KEPT_BEFORE_CELLS = 3


def layout(rows: Rows, stanza: Stanza) -> Mapping[str, int]:
    """Where the columns that a stanza needs stand in a file; raises Broken."""
    return {column: rows.position(column) for column in stanza.needed()}


@dataclass
class _Batch:
    """The page that is being filled."""

    context: Context
    origin: str = ""
    records: list[Record] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    any_record: bool = False
    any_reject: bool = False

    def add(self, outcome: Record | Reject) -> bool:
        """Take one more; whether the page is full."""
        if isinstance(outcome, Reject):
            self.rejects.append(outcome)
        else:
            self.records.append(outcome)
        return len(self.records) + len(self.rejects) >= PAGE

    def page(self, state: str | None = None) -> Page:
        """Page of the records since the last one; with `state`, the last page of its origin."""
        self.any_record = self.any_record or bool(self.records)
        self.any_reject = self.any_reject or bool(self.rejects)
        page = Page(
            records=self.records,
            rejects=self.rejects,
            origin=self.origin,
            # Where not one row could be read, it is not the rows that are gone.
            whole=state is not None and (self.any_record or not self.any_reject),
            state=state,
            notes=dict(self.context.notes),
            losses=tuple(self.context.losses),
        )
        self.records, self.rejects = [], []
        self.context.notes.clear()
        self.context.losses.clear()
        return page


class Reading:
    """One stanza's files, read once."""

    def __init__(
        self,
        noun: type[Record],
        stanza: Stanza,
        folder: Path,
        window: Window,
        statuses: Mapping[str, str],
    ) -> None:
        """Take the noun, what the config says of it, and the window for its zone and end."""
        self._noun = noun
        self._stanza = stanza
        self._folder = folder
        self._window = window
        self._context = Context(
            folder, stanza.timezone or window.zone, stanza.decimal, statuses=statuses
        )
        mapped = stanza.mapped()
        named_by_row = "id" in mapped and mapped["id"].row
        self._is_order = "lines" in noun.model_fields
        self._grouped = self._is_order and not named_by_row
        self._first_row_wins = (
            not self._is_order
            and "id" in mapped
            and not named_by_row
            and "updated_at" not in mapped
            and "noun" not in mapped
        )

    def pages(self, state: str | None) -> Iterator[Page]:
        """Pages of what changed since `state`; raises Broken and Unavailable."""
        before = Taken.read(state)
        try:
            files = found(self._folder, self._stanza.files)
            mapping = fingerprint(self._stanza, self._context)
            prints = {
                name: Print.of(path, self._window.until, before.files.get(name))
                for name, path in files.items()
            }
        except Absent as error:
            raise Broken(f"{error}; nothing is taken back for that") from error
        except OSError as error:
            raise Broken(f"{error.filename} cannot be read: {error.strerror}") from error
        known = before.files if before.mapping == mapping else {}
        same = {
            name: seen
            for name, seen in prints.items()
            if name in known and known[name].sha256 == seen.sha256
        }
        after = Taken(mapping, same, list(before.origins))
        saved = state
        for page in self._changed(files, prints, after, gone=known.keys() - files.keys()):
            saved = page.state or saved
            yield page
        if after.saved() != saved:
            yield Page(records=(), state=after.saved())

    def _changed(
        self,
        files: Mapping[str, Path],
        prints: Mapping[str, Print],
        after: Taken,
        gone: Collection[str],
    ) -> Iterator[Page]:
        new = [name for name in files if name not in after.files]
        if not self._grouped:
            for name in new:
                yield from self._file(name, files[name], prints[name], after)
        elif new or gone:
            yield from self._together(files, prints, after)
        parts = [""] if self._grouped else list(files)
        for origin in [each for each in after.origins if each not in parts]:
            after.origins.remove(origin)
            yield Page(records=(), origin=origin, whole=True, state=after.saved())

    def _file(self, name: str, path: Path, seen: Print, after: Taken) -> Iterator[Page]:
        batch = _Batch(self._context, origin=name)
        with scratch() as memory, opened(path, name, self._stanza) as rows:
            for outcome in self._outcomes(rows, memory):
                if batch.add(outcome):
                    yield batch.page()
        yield self._last(batch, {name: path}, {name: seen}, after)

    def _outcomes(self, rows: Rows, memory: Scratch) -> Iterator[Record | Reject]:
        places = layout(rows, self._stanza)
        if self._is_order:
            orders = OrderBuilder.of(self._noun, self._stanza, places, self._context)
        else:
            single = Builder(self._noun, self._stanza, places, self._context)
        for line, cells, fault in rows:
            place = f"{rows.name}:{line}"
            if fault is not None:
                yield Reject(place, fault.column, fault.reason)
                continue
            row = [*cells, place]
            try:
                record: Any = orders.record([row]) if self._is_order else single.record(row)
            except Refused as refused:
                yield refused.reject
                continue
            if self._first_row_wins:
                person = _person(record)
                first = memory.first(record.id, person)
                if first is not None:
                    self._context.notes["rows that repeat an id"] += 1
                    if first and person and first != person:
                        self._context.losses.append(
                            Loss("ambiguous", single.column("id"), place=place)
                        )
                    continue
            yield record
        self._context.notes.update(rows.notes)

    def _together(
        self, files: Mapping[str, Path], prints: Mapping[str, Print], after: Taken
    ) -> Iterator[Page]:
        """The lines of one order may stand anywhere in its files, so all files are one part."""
        batch = _Batch(self._context)
        with scratch() as memory:
            memory.new(_KEPT_BEFORE_CELLS + len(self._stanza.needed()) + 1)
            for name, path in files.items():
                with opened(path, name, self._stanza) as rows:
                    for reject in self._put_away(rows, memory):
                        if batch.add(reject):
                            yield batch.page()
            for outcome in self._orders(memory):
                if batch.add(outcome):
                    yield batch.page()
        yield self._last(batch, files, prints, after)

    def _put_away(self, rows: Rows, memory: Scratch) -> Iterator[Reject]:
        """Put every row of a file away under its order's id; a row without one is rejected."""
        places = layout(rows, self._stanza)
        value = self._stanza.mapped()["id"]
        key_of = getter(value, Kind.ID, places, self._context)
        kept: list[Kept] = []
        for line, cells, fault in rows:
            place = f"{rows.name}:{line}"
            try:
                key = key_of([*cells, place])
            except IndexError:
                key = None
            if key is SPOILT:
                column = " + ".join(value.named)
                self._context.losses.append(Loss("spoilt", column, place=place))
                yield Reject(place, column, SPOILT.reason)
                continue
            if key is None or UNDECODABLE in str(key):
                missing = fault or Fault(" + ".join(value.named), "is missing")
                yield Reject(place, missing.column, missing.reason)
                continue
            if fault is not None:
                kept.append((str(key), fault.column, fault.reason, *[None] * len(places), place))
            else:
                picked = [cells[position] for position in places.values()]
                kept.append((str(key), None, None, *picked, place))
            if len(kept) == PAGE:
                memory.keep(kept)
                kept.clear()
        memory.keep(kept)
        self._context.notes.update(rows.notes)

    def _orders(self, memory: Scratch) -> Iterator[Record | Reject]:
        places = {
            column: position
            for position, column in enumerate(self._stanza.needed(), _KEPT_BEFORE_CELLS)
        }
        orders = OrderBuilder.of(self._noun, self._stanza, places, self._context)
        for group in memory.groups(MOST_ROWS):
            try:
                yield self._order(orders, group)
            except Refused as refused:
                yield refused.reject

    def _order(self, orders: OrderBuilder, group: Sequence[Kept]) -> Record:
        if len(group) > MOST_ROWS:
            column = orders.head.column("id")
            raise Refused(str(group[0][-1]), column, f"more than {MOST_ROWS} rows share this id")
        for row in group:
            at_fault, reason = row[1], row[2]
            if reason is not None:
                raise Refused(str(row[-1]), str(at_fault), reason)
        return orders.record([_cells(row) for row in group])

    def _last(
        self,
        batch: _Batch,
        files: Mapping[str, Path],
        prints: Mapping[str, Print],
        after: Taken,
    ) -> Page:
        for name, path in files.items():
            prints[name].check(path, name)
            after.files[name] = prints[name]
        if batch.origin not in after.origins:
            after.origins.append(batch.origin)
        return batch.page(after.saved())


def _person(record: Any) -> str:
    """Words that tell one person from another of the same id; empty where there are none."""
    if not isinstance(record, Contact):
        return ""
    name = f"{record.first_name or ''} {record.last_name or ''}"
    return (record.email or name).casefold().strip()


def _cells(row: Kept) -> Cells:
    return [cell or "" for cell in row]
