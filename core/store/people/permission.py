"""The one condition that decides whom to write to, from the stored statements of consent.

Without any grant nothing is permitted, nor by a grant without the permission that its source asks
for beside it. A withdrawal of the whole channel blocks everywhere, and so does a complaint, a
bounce or an erasure on any list, until the same connection states a newer grant of the channel or
of any list. A plain withdrawal from one list counts for that list alone.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from core.store.tables import CONSENTS, CONTACTS, IDENTIFIERS, PENDING_CONSENTS

KINDS: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "sms": ("phone",),
    "ads": ("email", "phone"),
    "post": ("email", "phone"),
    "push": ("email", "phone"),
    "whatsapp": ("phone",),
    "tracking": ("email", "phone"),
}
"""Channel -> the kinds of address that it uses, or that a person is known by there."""
_TRACKING = literal("tracking", literal_execute=True)
"""As a literal, because the index of these statements is a partial one."""
Lists = tuple[int, Sequence[str]]
"""Connection number and ids of its lists."""


def permitted(address: FromClause, channel: str, lists: Lists | None = None) -> ColumnElement[bool]:
    """A condition on an address (columns `kind` and `value`): the channel may be used for it.

    With `lists`, on these lists: a grant of another list does not count, and a withdrawal from
    one of them blocks.
    """
    # Aliases: a statement around this condition may name the table itself.
    granted, withdrawn = CONSENTS.alias(), CONSENTS.alias()
    counts: ColumnElement[bool] = true()
    blocks = and_(
        or_(withdrawn.c.list == "", withdrawn.c.reason != "asked"), _is_in_force(withdrawn)
    )
    if lists is not None:
        counts = or_(granted.c.list == "", _is_on(granted, lists))
        blocks = or_(_is_on(withdrawn, lists), blocks)
    return and_(
        address.c.kind.in_(KINDS[channel]),
        exists().where(_is_about(granted, address, channel), _grants(granted), counts),
        ~exists().where(
            _is_about(withdrawn, address, channel), withdrawn.c.granted.is_(False), blocks
        ),
    )


def reachable_profiles(channel: str) -> Select[tuple[int | None]]:
    """Numbers of the profiles that have at least one permitted main address."""
    address = IDENTIFIERS.alias()
    return (
        select(CONTACTS.c.profile_id)
        .join(address, address.c.contact_id == CONTACTS.c.id)
        .where(CONTACTS.c.profile_id.is_not(None), address.c.main, permitted(address, channel))
        .distinct()
    )


def may_have_refused_tracking(transaction: Connection) -> bool:
    """Whether anybody stated whether their opens may be watched; in most stores nobody did."""
    return any(
        transaction.execute(select(table.c.id).where(table.c.channel == _TRACKING).limit(1)).first()
        for table in (CONSENTS, PENDING_CONSENTS)
    )


def untracked_profiles() -> Select[tuple[int | None]]:
    """Profiles whose newest statement of the channel tracking is a withdrawal.

    Statements of every connection and list count; of equally old ones the withdrawal.
    """
    profile = CONTACTS.c.profile_id
    at_address = (
        select(profile, CONSENTS.c.at, CONSENTS.c.granted, CONSENTS.c.permission)
        .join(IDENTIFIERS, IDENTIFIERS.c.contact_id == CONTACTS.c.id)
        .join(
            CONSENTS,
            and_(CONSENTS.c.kind == IDENTIFIERS.c.kind, CONSENTS.c.value == IDENTIFIERS.c.value),
        )
        .where(CONSENTS.c.channel == _TRACKING)
    )
    pending = PENDING_CONSENTS.c
    by_contact = (
        select(profile, pending.at, pending.granted, pending.permission)
        .join(PENDING_CONSENTS, pending.contact_id == CONTACTS.c.id)
        .where(pending.channel == _TRACKING)
    )
    stated = union_all(at_address, by_contact).subquery("tracking")
    withdrawn = func.max(case((stated.c.granted.is_(False), stated.c.at)))
    granted = func.max(case((_grants(stated), stated.c.at)))
    return (
        select(stated.c.profile_id)
        .where(stated.c.profile_id.is_not(None))
        .group_by(stated.c.profile_id)
        .having(and_(withdrawn.is_not(None), or_(granted.is_(None), withdrawn >= granted)))
    )


def _is_in_force(withdrawn: FromClause) -> ColumnElement[bool]:
    """No newer grant of the same connection, to the channel or a list, lifts this withdrawal."""
    lifting = CONSENTS.alias()
    # Compared with the withdrawal itself: SQLAlchemy would not see that a table stands two
    # selects further out, and would look for a grant to anybody.
    return ~exists().where(
        lifting.c.kind == withdrawn.c.kind,
        lifting.c.value == withdrawn.c.value,
        lifting.c.channel == withdrawn.c.channel,
        lifting.c.connection_id == withdrawn.c.connection_id,
        _grants(lifting),
        lifting.c.at > withdrawn.c.at,
    )


def _grants(statement: FromClause) -> ColumnElement[bool]:
    return and_(statement.c.granted.is_(True), statement.c.permission.is_not(False))


def _is_about(statement: FromClause, address: FromClause, channel: str) -> ColumnElement[bool]:
    return and_(
        statement.c.kind == address.c.kind,
        statement.c.value == address.c.value,
        statement.c.channel == channel,
    )


def _is_on(statement: FromClause, lists: Lists) -> ColumnElement[bool]:
    connection, names = lists
    return and_(statement.c.connection_id == connection, statement.c.list.in_(names))


def asks_permission(
    transaction: Connection, channel: str, connection: int, lists: Sequence[str]
) -> bool:
    """Whether a connection's grants, of these lists or of all, need a permission beside them."""
    asked = exists().where(
        CONSENTS.c.connection_id == connection,
        CONSENTS.c.list.in_(["", *lists]),
        CONSENTS.c.channel == channel,
        CONSENTS.c.permission.is_not(None),
    )
    return bool(transaction.scalar(select(asked)))
