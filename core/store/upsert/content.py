"""A short hash of what a record states, so that seeing it again costs no write."""

from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import BaseModel

from core.records import Record


def content_hash(record: Record) -> str:
    """The same for equal statements; a field that is not set states nothing."""
    given = record.model_fields_set
    stated = {name: value for name, value in record.__dict__.items() if name in given}
    return blake2b(orjson.dumps(stated, default=_plain), digest_size=12).hexdigest()


def _plain(value: Any) -> Any:
    if value.__class__ is Decimal:
        return str(value)
    # What belongs to a record is replaced as a whole: not set there is the same as empty.
    return value.__dict__ if isinstance(value, BaseModel) else str(value)
