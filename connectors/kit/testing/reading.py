"""What the suite reads a source with."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.kit.rest import RestSource
from core.contract import Page, Secret, Window
from core.records import Record

EVERYTHING = Window(until=datetime(2100, 1, 1, tzinfo=UTC), since=datetime(1990, 1, 1, tzinfo=UTC))
LONG_AGO = Window(until=datetime(1991, 1, 1, tzinfo=UTC), since=datetime(1990, 1, 1, tzinfo=UTC))


def records(source: RestSource, stream: str) -> list[Record]:
    """All records of one stream; nothing may be rejected."""
    pages: list[Page] = list(source.read(stream, EVERYTHING))
    assert [page.rejects for page in pages if page.rejects] == []
    return [record for page in pages for record in page.records]


def of_one_row(pages: Any) -> Any:
    """A pager whose pages hold one row, so that few samples fill many."""
    sized = any(field.name == "size" for field in dataclasses.fields(pages))
    return dataclasses.replace(pages, size=1) if sized else pages


def secrets(source: RestSource) -> list[str]:
    """Every secret of a connection."""
    values = [getattr(source, name) for name in type(source).model_fields]
    return [value.get_secret_value() for value in values if isinstance(value, Secret)]


def addresses(raws: Any) -> list[str]:
    """Every email address in raws."""
    if isinstance(raws, Mapping):
        return [each for value in raws.values() for each in addresses(value)]
    if isinstance(raws, list):
        return [each for value in raws for each in addresses(value)]
    return [raws] if isinstance(raws, str) and "@" in raws else []
