"""Columns that many tables share, each spelt once."""

from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from core.store.tables.types import Instant, Key


def row_id() -> Any:
    """A number given by the database."""
    return Field(default=None, primary_key=True, sa_type=Key)


def reference(target: str, *, index: bool = False) -> Any:
    """A row of another table, always there."""
    return Field(sa_type=Key, foreign_key=target, index=index)


def maybe_reference(target: str, *, index: bool = False) -> Any:
    """A row of another table, or none."""
    return Field(default=None, sa_type=Key, foreign_key=target, index=index, nullable=True)


def instant() -> Any:
    """An aware UTC instant, always there."""
    return Field(sa_type=Instant)


def maybe_instant() -> Any:
    """An aware UTC instant, or none."""
    return Field(default=None, sa_type=Instant, nullable=True)


def amount() -> Any:
    """Ten-thousandths, 0 unless given."""
    return Field(default=0, sa_type=BigInteger)


def maybe_amount() -> Any:
    """Ten-thousandths, or none where nobody said."""
    return Field(default=None, sa_type=BigInteger, nullable=True)
