"""Windows, records and names by which the suites look at a source."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.kit.lists.chained import KeysetPages
from connectors.kit.lists.cursor import Cursor
from connectors.kit.rest import RestSource
from core.contract import Connector, Page, Secret, Window
from core.records import Record

EVERYTHING = Window(until=datetime(2100, 1, 1, tzinfo=UTC), since=datetime(1990, 1, 1, tzinfo=UTC))
LONG_AGO = Window(until=datetime(1991, 1, 1, tzinfo=UTC), since=datetime(1990, 1, 1, tzinfo=UTC))

Name = tuple[str, str | None]
"""The noun of a record, and its own id or its contact's."""


def records(source: RestSource, stream: str) -> list[Record]:
    """All records of one stream; nothing may be rejected."""
    pages: list[Page] = list(source.read(stream, EVERYTHING))
    assert [page.rejects for page in pages if page.rejects] == []
    return [record for page in pages for record in page.records]


def names(source: RestSource, stream: str) -> list[Name]:
    """The same by name, for tests that are not about what the records hold."""
    return [_name(record) for record in records(source, stream)]


def anew(source: RestSource) -> RestSource:
    """The same connection with a client of its own: the patience of one test is not another's."""
    fresh = source.model_copy()
    fresh.__dict__.pop("client", None)
    return fresh


def of_one_row(pages: Any) -> Any:
    """A pager whose pages hold one row, so that few samples fill many."""
    sized = any(field.name == "size" for field in dataclasses.fields(pages))
    # From an instant on, the row of that instant comes again.
    from_an_instant = isinstance(pages, KeysetPages) and isinstance(pages.key, Cursor)
    return dataclasses.replace(pages, size=2 if from_an_instant else 1) if sized else pages


def small_pages(source: RestSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every list of a source have pages of one row."""
    monkeypatch.setattr(type(source), "pages", of_one_row(type(source).pages))
    for name, declared in source.declared().items():
        if declared.pages is not None:
            small = dataclasses.replace(declared, pages=of_one_row(declared.pages))
            monkeypatch.setattr(getattr(type(source), name), "declared", small)


def secrets(connection: Connector) -> list[str]:
    """Every secret of a connection."""
    values = [getattr(connection, name) for name in type(connection).model_fields]
    return [value.get_secret_value() for value in values if isinstance(value, Secret)]


def addresses(raws: Any) -> list[str]:
    """Every email address in raws."""
    if isinstance(raws, Mapping):
        return [each for value in raws.values() for each in addresses(value)]
    if isinstance(raws, list):
        return [each for value in raws for each in addresses(value)]
    return [raws] if isinstance(raws, str) and "@" in raws else []


def _name(record: Record) -> Name:
    id_ = getattr(record, "id", None) or getattr(record, "contact", None)
    return type(record).__name__, id_
