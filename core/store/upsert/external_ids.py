"""External ids of records, and hashes of their content."""

from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import BaseModel

from core.records import Record
from core.store.keys import SEPARATOR


def external_id(record: Record) -> str:
    """The id within connection and noun: as given, else made of the fields that name it."""
    given = getattr(record, "id", None)
    if given is not None:
        return str(given)
    return SEPARATOR.join(_text(getattr(record, name)) for name in record.named_by)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else value or ""


def row_name(record: Record) -> str:
    """A name by which a person finds the record, without an address in it."""
    given = getattr(record, "id", None)
    if given is not None and "@" not in str(given):
        return str(given)
    return f"{type(record).__name__} {content_hash(record)}"


def content_hash(record: Record) -> str:
    """A short hash of the fields that are set; equal for equal statements."""
    given = record.model_fields_set
    stated = {name: value for name, value in record.__dict__.items() if name in given}
    return blake2b(orjson.dumps(stated, default=_plain), digest_size=12).hexdigest()


def _plain(value: Any) -> Any:
    if value.__class__ is Decimal:
        return str(value)
    # A part of a record is replaced as a whole: not set there is the same as empty.
    return value.__dict__ if isinstance(value, BaseModel) else str(value)
