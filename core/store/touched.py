"""Marks on profiles that must be evaluated again."""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, Select, insert, select

from core.store.bulk import add, table_of
from core.store.tables.people import Profile
from core.store.tables.segments import Touched

_TOUCHED = table_of(Touched)
_PROFILE = table_of(Profile)


def mark(transaction: Connection, profiles: Iterable[int | None]) -> None:
    """Mark each profile once. A mark is a new row, because an evaluation may be reading the old."""
    every = sorted({each for each in profiles if each is not None})
    add(transaction, _TOUCHED, [{"profile_id": each} for each in every])


def mark_found(transaction: Connection, profiles: Select[tuple[int]]) -> None:
    """Mark the profiles that a query names, without carrying them through here."""
    found = profiles.distinct().subquery()
    column = found.c[0]
    transaction.execute(
        insert(_TOUCHED).from_select(["profile_id"], select(column).where(column.is_not(None)))
    )


def mark_colleagues(transaction: Connection, profiles: Collection[int]) -> None:
    """Mark who works at the present companies of some profiles, which are about to leave them."""
    companies = select(_PROFILE.c.company_id).where(
        _PROFILE.c.id.in_(profiles), _PROFILE.c.company_id.is_not(None)
    )
    mark_found(transaction, select(_PROFILE.c.id).where(_PROFILE.c.company_id.in_(companies)))


def mark_everybody(transaction: Connection) -> None:
    """Mark every profile: something changed that anybody may depend on."""
    mark_found(transaction, select(_PROFILE.c.id))
