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
    options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    text = orjson.dumps(stated, default=_plain, option=options)
    return blake2b(text, digest_size=12).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, BaseModel):
        return {name: value.__dict__[name] for name in value.model_fields_set}
    return str(value)
