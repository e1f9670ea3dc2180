"""The desired state at one destination, joined with the current state in the ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip
from sqlalchemy.sql.selectable import Join

from core.audience.binding import CARRIED, SEGMENT_NAMES, Binding
from core.audience.brake import Cause
from core.audience.brake.memory import pushed_day
from core.audience.ledger import LONGEST_PAUSE, LedgerState
from core.audience.reach import writable
from core.audience.scope import Scope
from core.audience.values import field_value
from core.audience.values.wording import FieldValue
from core.store.tables import BRIEF_STAYS, CONTACTS, LEDGER, PROFILES, STAYS

_ROWS = 1_000

_CAUSES: tuple[Cause, ...] = ("time", "new", "change")


@dataclass(frozen=True)
class PersonAtTarget:
    """One contact of the destination's connection, with its state at one target."""

    key: str
    profile_id: int | None
    writable: bool
    current: LedgerState | None
    """State in the ledger; None: nothing was delivered or found."""
    value: str | None = field(default=None, repr=False)
    """Value that the person should carry; None: nothing, or unknown."""
    left_because: Cause = "change"
    """Of a tag: why the membership ended."""
    is_expected: bool = False
    """Whether time, a definition or the target's first delivery explains that the person comes."""
    segments: frozenset[str] = frozenset()
    """Of the field value `segments`: the segments that the person is pushed under."""
    left_segments: Mapping[str, Cause] = field(default_factory=dict)
    """Of the field value `segments`: those that the person left, and why."""
    expected_segments: frozenset[str] = frozenset()
    """Of the field value `segments`: those for which the person is expected."""
    member: bool = False
    """Of an audience: in a segment that is pushed, reachable or not."""
    revocable: bool = False
    """Of an audience: whoever may no longer be written to is taken back, not released."""
    stale: bool = False
    """Of an audience: it may hold identifiers of theirs that it should not hold."""
    while_held: str | None = None
    """Of an audience: the value while leaving it is held."""
    expires: bool = False
    """Of an audience: the membership ends soon unless it is sent again."""


def people(
    transaction: Connection, scope: Scope, binding: Binding, target_id: int
) -> Iterator[PersonAtTarget]:
    """Read everybody who carries the target, should carry it, or has a row in its ledger.

    People who rightly carry a tag already are left out: they need no change.
    """
    writable_now = writable(scope.destination, scope.connection_id, binding.requires)
    contacts = _ContactQuery(scope.connection_id, target_id, writable_now, scope.wording.as_of)
    since = pushed_day(transaction, target_id)
    if binding.value is None:
        for row in read_rows(
            transaction, _tag_query(contacts, stays(scope, binding, since, per_segment=False))
        ):
            yield _person(
                row,
                value=CARRIED if row.pushed else None,
                left_because=left_because(row),
                is_expected=bool(row.expected),
            )
    elif binding.value == SEGMENT_NAMES:
        names = {scope.segments[name]: name for name in binding.segments if name in scope.segments}
        listed = _names_query(contacts, stays(scope, binding, since, per_segment=True))
        for _, same in groupby(read_rows(transaction, listed), key=attrgetter("id")):
            yield _person_with_names(list(same), names)
    else:
        value = field_value(binding.value, scope.wording)
        for row in read_rows(transaction, _value_query(contacts, value)):
            yield _person(row, value=value.text(row), is_expected=since is None)
    for row in read_rows(
        transaction, _vanished_query(scope.connection_id, target_id, scope.wording.as_of)
    ):
        yield _person(row)


def read_rows(transaction: Connection, statement: Select[Any]) -> Iterator[Row[Any]]:
    """Read rows one by one, so that memory does not grow with them."""
    yield from transaction.execute(statement.execution_options(yield_per=_ROWS))


@dataclass(frozen=True)
class _ContactQuery:
    """The common part of the SELECTs: contacts with their ledger rows."""

    connection_id: int
    target_id: int
    writable: ColumnElement[bool]
    now: datetime

    def joined(self, other: Subquery) -> Join:
        """Join contacts, their ledger rows, and a subquery keyed by profile."""
        return CONTACTS.outerjoin(
            LEDGER,
            and_(LEDGER.c.target_id == self.target_id, LEDGER.c.key == CONTACTS.c.external_id),
        ).outerjoin(other, other.c.profile_id == CONTACTS.c.profile_id)

    def select(self, other: Subquery) -> Select[Any]:
        """Select the contacts, their current state, and the columns of the subquery."""
        return (
            select(
                CONTACTS.c.id,
                CONTACTS.c.external_id.label("key"),
                CONTACTS.c.profile_id.label("profile"),
                case((self.writable, 1), else_=0).label("writable"),
                *ledger_columns(self.now),
                *(column for column in other.c if column.name != "profile_id"),
            )
            .select_from(self.joined(other))
            .where(CONTACTS.c.connection_id == self.connection_id)
            .order_by(CONTACTS.c.id)
        )


def _tag_query(contacts: _ContactQuery, stays: Subquery) -> Select[Any]:
    carries = and_(LEDGER.c.state == "delivered", LEDGER.c.value == CARRIED)
    pushed = func.coalesce(stays.c.pushed, 0) == 1
    return contacts.select(stays).where(
        or_(
            and_(LEDGER.c.key.is_(None), pushed),
            and_(LEDGER.c.key.is_not(None), ~and_(carries, pushed, contacts.writable)),
        )
    )


def _names_query(contacts: _ContactQuery, stays: Subquery) -> Select[Any]:
    return contacts.select(stays).where(or_(LEDGER.c.key.is_not(None), stays.c.pushed == 1))


def _value_query(contacts: _ContactQuery, value: FieldValue) -> Select[Any]:
    return contacts.select(value.rows)


def _vanished_query(connection_id: int, target_id: int, now: datetime) -> Select[Any]:
    """Ledger rows of people who have vanished from the destination's connection."""
    present = exists().where(
        CONTACTS.c.connection_id == connection_id, CONTACTS.c.external_id == LEDGER.c.key
    )
    return select(
        LEDGER.c.key,
        null().label("profile"),
        literal(0).label("writable"),
        *ledger_columns(now),
    ).where(LEDGER.c.target_id == target_id, LEDGER.c.state.not_in(("found", "released")), ~present)


def stays(scope: Scope, binding: Binding, since: int | None, *, per_segment: bool) -> Subquery:
    """Per profile (and segment): whether it is pushed, expected and in, and how it last left.

    Everybody is expected at a first delivery, where `since` is None; later those are whom time or a
    definition brought in on that local day or after it.
    """
    numbers = [scope.segments[name] for name in binding.segments if name in scope.segments]
    keys = ["profile_id", "segment_id"] if per_segment else ["profile_id"]
    open_stay = STAYS.c.left_day.is_(None)
    pushed = and_(open_stay, _pushed(scope, binding))
    explained = and_(STAYS.c.entered_reason.is_not(None), STAYS.c.entered_day >= (since or 0))
    expected = pushed if since is None else and_(pushed, explained)
    lasting = select(
        *(STAYS.c[name] for name in keys),
        case((pushed, 1), else_=0).label("pushed"),
        case((expected, 1), else_=0).label("expected"),
        case((open_stay, 1), else_=0).label("inside"),
        _last_left(STAYS).label("last_left"),
    ).where(STAYS.c.segment_id.in_(numbers))
    brief = select(
        *(BRIEF_STAYS.c[name] for name in keys), literal(0), literal(0), literal(0),
        _last_left(BRIEF_STAYS),
    ).where(BRIEF_STAYS.c.segment_id.in_(numbers))  # fmt: skip
    both = union_all(lasting, brief).subquery("every_stay")
    grouped = [both.c[name] for name in keys]
    names = ("pushed", "expected", "inside", "last_left")
    return (
        select(*grouped, *(func.max(both.c[name]).label(name) for name in names))
        .group_by(*grouped)
        .subquery("stays")
    )


def _last_left(stay: Table) -> ColumnElement[int]:
    """The day a stay ended, and its cause as the last digit: of one day the gravest counts."""
    causes = {cause: place for place, cause in enumerate(_CAUSES)}
    return stay.c.left_day * 10 + case(causes, value=stay.c.left_reason, else_=len(causes) - 1)


def _pushed(scope: Scope, binding: Binding) -> ColumnElement[bool]:
    """Whether a stay is pushed: not held out, and no earlier segment of its ladder holds."""
    excluded: list[ColumnElement[bool]] = []
    for name in binding.segments:
        terms = scope.bindings.terms_of(name)
        if name not in scope.segments:
            continue
        in_segment = STAYS.c.segment_id == scope.segments[name]
        if terms.holdout:
            held_out = exists().where(
                PROFILES.c.id == STAYS.c.profile_id, PROFILES.c.holdout < terms.holdout
            )
            excluded.append(and_(in_segment, held_out))
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
            excluded.append(and_(in_segment, comes_first))
    return ~or_(*excluded) if excluded else true()


def _person_with_names(rows: Sequence[Row[Any]], names: Mapping[int, str]) -> PersonAtTarget:
    stays = [row for row in rows if row.segment_id is not None]
    return _person(
        rows[0],
        segments=frozenset(names[row.segment_id] for row in stays if row.pushed),
        left_segments={names[row.segment_id]: left_because(row) for row in stays},
        expected_segments=frozenset(names[row.segment_id] for row in stays if row.expected),
    )


def left_because(row: Row[Any]) -> Cause:
    """Why the profile of a row of `stays` is out; "change" where its stay explains nothing."""
    if row.inside or row.last_left is None:
        return "change"
    return _CAUSES[int(row.last_left) % 10]


def _person(
    row: Row[Any],
    *,
    value: str | None = None,
    **more: Any,
) -> PersonAtTarget:
    return PersonAtTarget(
        row.key, row.profile, bool(row.writable), ledger_state(row), value, **more
    )


def ledger_columns(now: datetime) -> tuple[ColumnElement[Any], ...]:
    """The columns of the ledger that `ledger_state` reads."""
    return (
        LEDGER.c.state,
        LEDGER.c.value.label("delivered"),
        LEDGER.c.wanted,
        LEDGER.c.handle,
        LEDGER.c.reason,
        LEDGER.c.tries,
        case(
            (or_(LEDGER.c.due_at <= now, LEDGER.c.due_at > now + LONGEST_PAUSE), 1), else_=0
        ).label("is_due"),  # later than any pause: the clock was ahead
    )


def ledger_state(row: Row[Any]) -> LedgerState | None:
    """The ledger's part of a row; None where the ledger has none."""
    if row.state is None:
        return None
    return LedgerState(
        row.state, row.delivered, row.wanted, row.handle, row.reason, row.tries, bool(row.is_due)
    )
