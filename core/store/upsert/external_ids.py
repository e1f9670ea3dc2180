"""The id under which a record is stored, also where the source gives it none."""

from core.records import (
    Answer,
    Consent,
    Interest,
    ListMember,
    MessageEvent,
    Postcode,
    Rate,
    Record,
)
from core.store.upsert.content import content_hash

_BETWEEN = "\x1f"


def external_id(record: Record) -> str:
    """The id within connection and noun: as given, else made of what names the record."""
    given = getattr(record, "id", None)
    if given is not None:
        return str(given)
    match record:
        case ListMember():
            return _joined(record.contact, record.list)
        case MessageEvent():
            return _joined(record.message, record.contact, record.kind, record.at.isoformat())
        case Interest():
            return _joined(record.contact, record.source, record.topic)
        case Answer():
            return _joined(record.contact, record.question)
        case Consent():
            return _joined(record.contact, record.email, record.phone, record.channel, record.list)
        case Rate():
            return _joined(record.currency, record.day.isoformat())
        case Postcode():
            return _joined(record.country, record.postcode)
        case _:
            return ""


def _joined(*parts: str | None) -> str:
    return _BETWEEN.join(part or "" for part in parts)


def row_name(record: Record) -> str:
    """Where a person finds the record, without showing an address."""
    given = getattr(record, "id", None)
    if given is not None and "@" not in str(given):
        return str(given)
    return f"{type(record).__name__} {content_hash(record)}"
