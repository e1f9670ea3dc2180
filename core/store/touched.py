"""Marks on profiles that must be evaluated again."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, Select, false, insert, select

from core.store.bulk import insert_rows, pieces
from core.store.tables import COMPANIES, PROFILES, TOUCHED


def mark(
    transaction: Connection,
    profiles: Iterable[int | None],
    new_rows: Collection[int | None] = frozenset(),
) -> None:
    """Mark each profile; `new_rows` are those of them that new rows explain.

    A mark is a row of its own, because an evaluation may be reading the old ones.
    """
    numbers = sorted({each for each in profiles if each is not None})
    rows = [{"profile_id": each, "new_rows": each in new_rows} for each in numbers]
    insert_rows(transaction, TOUCHED, rows)


def mark_found(transaction: Connection, profiles: Select[tuple[int]]) -> None:
    """Mark the profiles that a query selects, inside the database."""
    column = profiles.distinct().subquery().c[0]
    transaction.execute(
        insert(TOUCHED).from_select(
            ["profile_id", "new_rows"], select(column, false()).where(column.is_not(None))
        )
    )


def mark_colleagues(transaction: Connection, profiles: Collection[int]) -> None:
    """Mark everybody at the companies of some profiles that are about to leave them."""
    companies = select(PROFILES.c.company_id).where(
        PROFILES.c.id.in_(profiles), PROFILES.c.company_id.is_not(None)
    )
    mark_found(transaction, select(PROFILES.c.id).where(PROFILES.c.company_id.in_(companies)))


def mark_staff(transaction: Connection, companies: Iterable[tuple[int, str | None]]) -> None:
    """Mark everybody at some companies, each given by its connection and its id there."""
    names: dict[int, set[str]] = defaultdict(set)
    for connection, name in companies:
        if name is not None:
            names[connection].add(name)
    for connection, of_connection in sorted(names.items()):
        for piece in pieces(of_connection):
            named = select(COMPANIES.c.id).where(
                COMPANIES.c.connection_id == connection, COMPANIES.c.external_id.in_(piece)
            )
            mark_found(transaction, select(PROFILES.c.id).where(PROFILES.c.company_id.in_(named)))


def mark_everybody(transaction: Connection) -> None:
    """Mark every profile."""
    mark_found(transaction, select(PROFILES.c.id))
