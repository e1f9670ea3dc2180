"""From a row's cells to one field's value, prepared once per file."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.csv.files import opened
from connectors.csv.kinds import Kind
from connectors.csv.stanzas import Lookup, Value, tells_time
from connectors.kit import Broken, Loss, shape_of

Getter = Callable[[Sequence[str]], object]
"""Cells of a row, its place last, to a value: None where there is none."""
Step = Callable[[str], object]

_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?")
_GROUPING = {".": ", '\u00a0\u202f", ",": ". '\u00a0\u202f"}
"""Decimal mark -> what may stand between thousands."""
_SCIENTIFIC = re.compile(r"(?<![\w.,])\d(?:[.,]\d+)?[eE]\+(?:1[1-9]|[2-9]\d)(?!\w)")
"""A number of twelve digits or more as spreadsheets write it."""
REMEMBERED_DATES = 20_000
"""So many spellings of dates are parsed once; a file of twenty years has 7,300 days."""


@dataclass(frozen=True)
class Unreadable:
    """Stands where a value could not be read; no record takes it. Never holds the value."""

    reason: str
    shape: str = ""

    def __str__(self) -> str:
        """Return the shape of the value, for a record that empties its field."""
        return self.shape


SPOILT = Unreadable(
    "was turned into 4.57E+12 by a spreadsheet and no longer says which one it is; make the column "
    "a text there, fill it anew from the system, and export the file again"
)
"""Stands where an id was; its row is rejected, or two things would become one."""


@dataclass
class Context:
    """Settings that all values of one read share."""

    folder: Path
    zone: ZoneInfo
    decimal: str | None = None
    notes: Counter[str] = field(default_factory=Counter)
    """Things worth counting."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """Words of an order's status, and their meaning."""
    losses: list[Loss] = field(default_factory=list)
    """Values that could not be read, and ids that are not fit to be one."""
    _loaded: dict[Lookup, Mapping[str, str]] = field(default_factory=dict)

    def looked_up(self, lookup: Lookup) -> Mapping[str, str]:
        """A lookup's file as key -> value, read once; raises Broken."""
        if lookup not in self._loaded:
            self._loaded[lookup] = _load(self.folder / lookup.file, lookup)
        return self._loaded[lookup]


def getter(value: Value, kind: Kind, layout: Mapping[str, int], context: Context) -> Getter:
    """Return a reader of a value from rows whose columns stand where `layout` says."""
    step = _step(value, kind, context)
    if value.value is not None:
        constant = _constant(value, kind, step, context.zone)
        return lambda _: constant
    if kind is Kind.TEXTS or value.split is not None:
        return _several(value, layout, step)
    read = _text(value, kind, layout)
    if kind in (Kind.ID, Kind.CODE):
        return _unspoilt(read, step)
    if step is None:
        return lambda row: read(row) or None
    return lambda row: step(read(row))


def _unspoilt(read: Callable[[Sequence[str]], str], step: Step | None) -> Getter:
    def get(row: Sequence[str]) -> object:
        text = read(row)
        if "+" in text and _SCIENTIFIC.search(text):
            return SPOILT
        return (step(text) if step else text) or None

    return get


def _text(value: Value, kind: Kind, layout: Mapping[str, int]) -> Callable[[Sequence[str]], str]:
    if value.row:
        return itemgetter(-1)
    if value.columns is None:
        place = layout[value.named[0]]
        return lambda row: row[place].strip()
    places = [layout[name] for name in value.columns]
    joiner = value.joiner
    if kind is not Kind.ID:
        return lambda row: joiner.join(
            part for part in (row[place].strip() for place in places) if part
        )

    def joined(row: Sequence[str]) -> str:
        # ("a", "b c") and ("a b", "c") must not become the same id, nor an id lack a part.
        parts = [row[place].strip() for place in places]
        if not all(parts):
            return ""
        return joiner.join(
            part.replace("\\", "\\\\").replace(joiner, f"\\{joiner}") if joiner else part
            for part in parts
        )

    return joined


def _several(value: Value, layout: Mapping[str, int], step: Step | None) -> Getter:
    places = [layout[name] for name in value.named]

    def read(row: Sequence[str]) -> object:
        cells = [row[place] for place in places]
        if value.split is not None:
            cells = [part for cell in cells for part in cell.split(value.split)]
        texts = [cell.strip() for cell in cells]
        found = [step(text) if step else text for text in texts if text]
        return tuple(each for each in found if each is not None) or None

    return read


def _step(value: Value, kind: Kind, context: Context) -> Step | None:
    steps: list[Step] = []
    if value.map is not None:
        words = value.map
        steps.append(lambda text: words.get(text, text))
    steps += [_find(lookup, context) for lookup in value.lookups]
    if (parse := _parse(value, kind, context)) is not None:
        steps.append(parse)
    if len(steps) == 1 and value.map is None:
        return steps[0]
    return _chain(steps) if steps else None


def _chain(steps: Sequence[Step]) -> Step:
    def chained(text: str) -> object:
        found: object = text
        for step in steps:
            if not isinstance(found, str):
                break
            found = step(found)
        return None if found == "" else found

    return chained


def _find(lookup: Lookup, context: Context) -> Step:
    table = context.looked_up(lookup)
    missing = f"not in {lookup.file}: {lookup.key}"

    def find(key: str) -> object:
        if not key:
            return None
        found = table.get(key)
        if found is None:
            context.notes[missing] += 1
        return found or None

    return find


def _load(path: Path, lookup: Lookup) -> Mapping[str, str]:
    table: dict[str, str] = {}
    with opened(path, lookup.file, lookup) as rows:
        key, value = rows.position(lookup.key), rows.position(lookup.value)
        for line, cells, fault in rows:
            if fault is not None:
                # A table that only translates must be whole: whom a gap would hit, nobody sees.
                raise Broken(f"{lookup.file}:{line}, {fault.column}: {fault.reason}")
            table.setdefault(cells[key].strip(), cells[value].strip())
    return table


def _parse(value: Value, kind: Kind, context: Context) -> Step | None:
    if kind is Kind.NUMBER or value.number:
        return _numbers(context.decimal)
    if kind is Kind.MOMENT:
        return _moments(value.format, context.zone)
    if kind is Kind.MONTH_DAY and value.format is not None:
        return _month_days(value.format)
    if kind is Kind.DATE or value.format is not None:
        moment = _moments(value.format, context.zone)
        return lambda text: _day(moment(text))
    return None


def _day(found: object) -> object:
    return found.date() if isinstance(found, datetime) else found


def _constant(value: Value, kind: Kind, step: Step | None, zone: ZoneInfo) -> object:
    constant = value.value
    match constant:
        case bool() if kind is Kind.OTHER:
            return constant
        case int() | Decimal() if kind is Kind.NUMBER or value.number:
            return Decimal(constant)
        case datetime() if kind is Kind.MOMENT:
            return constant if constant.tzinfo else constant.replace(tzinfo=zone)
        case date() if kind in (Kind.MOMENT, Kind.DATE, Kind.CUSTOM):
            return _day(constant) if kind is not Kind.MOMENT else constant
    text = str(constant).strip()
    return (step(text) if step else text) or None


def _numbers(mark: str | None) -> Step:
    pattern = _PLAIN
    plain: dict[int, int | None] = {}
    if mark is not None:
        between = _GROUPING[mark]
        whole = f"(?:[0-9]{{1,30}}|[0-9]{{1,3}}(?:[{between}][0-9]{{3}})+)"
        pattern = re.compile(f"[+-]?{whole}(?:[{mark}][0-9]{{1,30}})?")
        plain = {**dict.fromkeys(map(ord, between)), ord(mark): ord(".")}

    def number(text: str) -> object:
        if not text:
            return None
        if pattern.fullmatch(text) is None:
            return Unreadable("is no number", shape_of(text))
        return Decimal(text.translate(plain))

    return number


def _moments(layout: str | None, zone: ZoneInfo) -> Step:
    """A date, or an instant made aware; a date has no zone and stays one."""
    timeless = layout is not None and not tells_time(layout)
    wrong = f"is no date of the form {layout}" if layout else "is no ISO date; give it a format"

    def parsed(text: str) -> date | datetime:
        if layout is not None:
            found = datetime.strptime(text, layout)  # noqa: DTZ007 - made aware below
            return found.date() if timeless else found
        # What is no longer than YYYY-MM-DD has no time of day.
        read = date if len(text) <= len("YYYY-MM-DD") else datetime
        return read.fromisoformat(text)

    @lru_cache(REMEMBERED_DATES)
    def moment(text: str) -> object:
        if not text:
            return None
        try:
            found = parsed(text)
            if not isinstance(found, datetime) or found.tzinfo is not None:
                return found
            return found.replace(tzinfo=zone)
        except (ValueError, OverflowError):
            return Unreadable(wrong, shape_of(text))

    return moment


def _month_days(layout: str) -> Step:
    def month_day(text: str) -> object:
        if not text:
            return None
        try:
            # Without a year 29 February would be no date; 2000 has one.
            found = datetime.strptime(f"2000 {text}", f"%Y {layout}")  # noqa: DTZ007 - has no time
        except ValueError:
            return Unreadable(f"is no month and day of the form {layout}", shape_of(text))
        return f"{found:%m-%d}"

    return month_day


def earliest(moments: Sequence[date | datetime], zone: ZoneInfo) -> date | datetime:
    """The first of several dates and instants; a date counts from its midnight in `zone`."""

    def instant(moment: date | datetime) -> datetime:
        if isinstance(moment, datetime):
            return moment
        return datetime.combine(moment, time.min, zone)

    return min(moments, key=instant)
