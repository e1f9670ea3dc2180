"""Remedies: the line of a stanza by which values that could not be read would be."""

import re

from connectors.csv.kinds import Kind, kinds, rows_of
from connectors.csv.stanzas import Fields, Stanza
from connectors.kit import Record

_DATE = re.compile(r"(?P<first>9{1,4})(?P<mark>[-./ ])99?(?P=mark)(?P<last>9{1,4})(?P<time>\D.*)?")
_DATES = frozenset({Kind.DATE, Kind.MOMENT, Kind.MONTH_DAY})


def remedy(stanza: Stanza, noun: type[Record], field: str, shape: str) -> str:
    """The line for a field of a noun, or one of its parts as `lines.tax`; "" where none helps."""
    fields: Fields | None = stanza
    outer, _, inner = field.partition(".")
    if outer == "custom":
        value = stanza.custom_fields().get(inner)
        number, name, kind = bool(value and value.number), inner, Kind.CUSTOM
    else:
        if inner:
            fields, noun, name = stanza.nested(outer), rows_of(noun, outer), inner
        else:
            name = outer
        value = fields.mapped().get(name) if fields else None
        kind = kinds(noun).get(name, Kind.TEXT)
        number = kind is Kind.NUMBER
    if value is None or not value.named:
        return ""
    if number:
        comma = stanza.decimal != "," and re.fullmatch(r"[-+]?[9. ]*,9+", shape)
        return 'decimal = ","' if comma else ""
    column = f'{name} = {{ column = "{value.named[0]}"'
    if kind in _DATES or value.format:
        written = date_format(shape)
        return f'{column}, format = "{written}" }}' if written not in ("", value.format) else ""
    return ""


def date_format(shape: str) -> str:
    """The format of a date of this shape, the day before the month; "" where it is none."""
    found = _DATE.fullmatch(shape)
    if found is None:
        return ""
    mark = found["mark"]
    year = "%Y" if "9999" in (found["first"], found["last"]) else "%y"
    parts = (year, "%m", "%d") if found["first"] == "9999" else ("%d", "%m", year)
    times = {"": "", "99:99": "%H:%M", "99:99:99": "%H:%M:%S"}
    time = found["time"] or ""
    written = times.get(time[1:])
    return "" if written is None else mark.join(parts) + time[:1] + written
