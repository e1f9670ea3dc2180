"""Who should carry what at one destination, beside what the ledger says of each of them.

One SELECT per target; rows come one at a time, in no memory that grows with the shop.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import Join

from core.audience.binding import CARRIED, SEGMENTS, Binding, Bindings
from core.audience.ledger import LedgerState
from core.audience.values import Value, source_of
from core.audience.writable import writable
from core.contract import Destination
from core.store.tables import CONTACTS, LEDGER, PROFILES, STAYS

_ROWS = 1_000


@dataclass(frozen=True)
class Person:
    """One contact of the destination's connection, before one target."""

    key: str
    profile_id: int | None
    writable: bool
    standing: LedgerState | None
    """What the ledger says; None: nothing was delivered or found."""
    value: str | None = None
    """What the person should carry; None is nothing, or unknown."""
    by_time: bool = False
    """A tag: not to be carried any more because time passed, and for no other reason."""
    segments: frozenset[str] = frozenset()
    """The field value `segments`: what the person is pushed under."""
    outgrown: frozenset[str] = frozenset()
    """The field value `segments`: what the person left because time passed."""


@dataclass(frozen=True)
class Scope:
    """One destination as the store sees it now."""

    destination: Destination
    connection_id: int
    bindings: Bindings
    segments: Mapping[str, int]
    """Every evaluated segment's number by its name."""


def people(
    transaction: Connection, scope: Scope, binding: Binding, target_id: int
) -> Iterator[Person]:
    """Everybody who carries the target, should carry it, or has a row in its ledger.

    Of a tag, those who rightly carry it already are left out: there is nothing to do for them.
    """
    may = writable(scope.destination, scope.connection_id, binding.requires)
    base = _Base(scope.connection_id, target_id, may)
    if binding.value is None:
        for row in _rows(transaction, _tagged(base, _stays(scope, binding, per_segment=False))):
            yield _person(row, value=CARRIED if row.pushed else None, by_time=_by_time(row))
    elif binding.value == SEGMENTS:
        names = {scope.segments[name]: name for name in binding.segments if name in scope.segments}
        stays = _rows(transaction, _listed(base, _stays(scope, binding, per_segment=True)))
        for _, same in groupby(stays, key=attrgetter("id")):
            yield _listing(list(same), names)
    else:
        value = source_of(binding.value, scope.destination.date_format)
        for row in _rows(transaction, _valued(base, value)):
            yield _person(row, value=value.text(row))
    for row in _rows(transaction, _vanished(scope.connection_id, target_id)):
        yield _person(row)


def _rows(transaction: Connection, statement: Select[Any]) -> Iterator[Row[Any]]:
    yield from transaction.execute(statement.execution_options(yield_per=_ROWS))


@dataclass(frozen=True)
class _Base:
    """What every SELECT of this module begins with: the contacts, each with its ledger row."""

    connection_id: int
    target_id: int
    may: ColumnElement[bool]

    def joined(self, other: Subquery) -> Join:
        """Contacts, their ledger rows, and what another subquery says of their profiles."""
        return CONTACTS.outerjoin(
            LEDGER,
            and_(LEDGER.c.target_id == self.target_id, LEDGER.c.key == CONTACTS.c.external_id),
        ).outerjoin(other, other.c.profile_id == CONTACTS.c.profile_id)

    def select(self, other: Subquery) -> Select[Any]:
        """Who they are, how they stand, and the columns of the other subquery."""
        return (
            select(
                CONTACTS.c.id,
                CONTACTS.c.external_id.label("key"),
                CONTACTS.c.profile_id.label("profile"),
                case((self.may, 1), else_=0).label("writable"),
                LEDGER.c.state,
                LEDGER.c.value.label("delivered"),
                LEDGER.c.wanted,
                LEDGER.c.handle,
                *(column for column in other.c if column.name != "profile_id"),
            )
            .select_from(self.joined(other))
            .where(CONTACTS.c.connection_id == self.connection_id)
            .order_by(CONTACTS.c.id)
        )


def _tagged(base: _Base, stays: Subquery) -> Select[Any]:
    carries = and_(LEDGER.c.state == "delivered", LEDGER.c.value == CARRIED)
    pushed = func.coalesce(stays.c.pushed, 0) == 1
    return base.select(stays).where(
        or_(
            and_(LEDGER.c.key.is_(None), pushed),
            and_(LEDGER.c.key.is_not(None), ~and_(carries, pushed, base.may)),
        )
    )


def _listed(base: _Base, stays: Subquery) -> Select[Any]:
    return base.select(stays).where(or_(LEDGER.c.key.is_not(None), stays.c.pushed == 1))


def _valued(base: _Base, value: Value) -> Select[Any]:
    return base.select(value.rows)


def _vanished(connection_id: int, target_id: int) -> Select[Any]:
    """Rows of the ledger whose person the destination's connection no longer knows."""
    known = exists().where(
        CONTACTS.c.connection_id == connection_id, CONTACTS.c.external_id == LEDGER.c.key
    )
    return select(
        LEDGER.c.key,
        null().label("profile"),
        literal(0).label("writable"),
        LEDGER.c.state,
        LEDGER.c.value.label("delivered"),
        LEDGER.c.wanted,
        LEDGER.c.handle,
    ).where(
        LEDGER.c.target_id == target_id,
        LEDGER.c.state.not_in(("found", "released")),
        ~known,
    )


def _stays(scope: Scope, binding: Binding, *, per_segment: bool) -> Subquery:
    """Per profile (and segment): whether it is pushed, whether it is in, and how it left last."""
    numbers = [scope.segments[name] for name in binding.segments if name in scope.segments]
    stay = STAYS
    open_stay = stay.c.left_day.is_(None)
    pushed = and_(open_stay, _pushed(scope, binding))
    by_change = case((stay.c.left_reason == "time", 0), else_=1)
    keys = [stay.c.profile_id, stay.c.segment_id] if per_segment else [stay.c.profile_id]
    return (
        select(
            *keys,
            func.max(case((pushed, 1), else_=0)).label("pushed"),
            func.max(case((open_stay, 1), else_=0)).label("inside"),
            # Odd: of the stays that ended last, one did not end by time alone.
            func.max(stay.c.left_day * 2 + by_change).label("last_left"),
        )
        .where(stay.c.segment_id.in_(numbers))
        .group_by(*keys)
        .subquery("stays")
    )


def _pushed(scope: Scope, binding: Binding) -> ColumnElement[bool]:
    """Whether a stay counts: not held out, and not beside one that comes first in its ladder."""
    barred: list[ColumnElement[bool]] = []
    for name in binding.segments:
        terms = scope.bindings.terms_of(name)
        if name not in scope.segments:
            continue
        of_segment = STAYS.c.segment_id == scope.segments[name]
        if terms.holdout:
            held_out = exists().where(
                PROFILES.c.id == STAYS.c.profile_id, PROFILES.c.holdout < terms.holdout
            )
            barred.append(and_(of_segment, held_out))
        first = [
            number
            for other, number in scope.segments.items()
            if other in terms.yields_to or other.partition(":")[0] in terms.yields_to
        ]
        if first:
            other_stay = STAYS.alias()
            comes_first = exists().where(
                other_stay.c.profile_id == STAYS.c.profile_id,
                other_stay.c.segment_id.in_(first),
                other_stay.c.left_day.is_(None),
            )
            barred.append(and_(of_segment, comes_first))
    return ~or_(*barred) if barred else true()


def _listing(rows: Sequence[Row[Any]], names: Mapping[int, str]) -> Person:
    stays = [row for row in rows if row.segment_id is not None]
    return _person(
        rows[0],
        segments=frozenset(names[row.segment_id] for row in stays if row.pushed),
        outgrown=frozenset(names[row.segment_id] for row in stays if _by_time(row)),
    )


def _by_time(row: Row[Any]) -> bool:
    return not row.inside and row.last_left is not None and row.last_left % 2 == 0


def _person(
    row: Row[Any],
    *,
    value: str | None = None,
    by_time: bool = False,
    segments: frozenset[str] = frozenset(),
    outgrown: frozenset[str] = frozenset(),
) -> Person:
    standing = (
        None if row.state is None else LedgerState(row.state, row.delivered, row.wanted, row.handle)
    )
    return Person(
        row.key, row.profile, bool(row.writable), standing, value, by_time, segments, outgrown
    )
