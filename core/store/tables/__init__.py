"""Every table of the store."""

from sqlmodel import SQLModel

from core.store.tables import behaviour, operations, people, segments, trade

METADATA = SQLModel.metadata

__all__ = ["METADATA", "behaviour", "operations", "people", "segments", "trade"]
