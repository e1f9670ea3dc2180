"""Permission to write to people: one condition over the consent of their addresses.

The store keeps the newest statement per address, channel, list and connection. Without any grant
nothing is permitted. A withdrawal of the whole channel blocks everywhere, and so does a complaint,
a bounce or an erasure on any list, until the same connection states a newer grant of the channel
or of any list. A plain withdrawal from one list counts for that list alone.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, or_, select, true

from core.store.people.consent import KINDS
from core.store.tables import CONSENTS, CONTACTS, IDENTIFIERS

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
    blocks = and_(or_(withdrawn.c.list == "", withdrawn.c.reason != "asked"), _stands(withdrawn))
    if lists is not None:
        counts = or_(granted.c.list == "", _on(granted, lists))
        blocks = or_(_on(withdrawn, lists), blocks)
    return and_(
        address.c.kind.in_(KINDS[channel]),
        exists().where(_about(granted, address, channel), granted.c.granted.is_(True), counts),
        ~exists().where(
            _about(withdrawn, address, channel), withdrawn.c.granted.is_(False), blocks
        ),
    )


def reachable_profiles(channel: str) -> Select[tuple[int | None]]:
    """Numbers of the profiles that have at least one permitted address."""
    address = IDENTIFIERS.alias()
    return (
        select(CONTACTS.c.profile_id)
        .join(address, address.c.contact_id == CONTACTS.c.id)
        .where(CONTACTS.c.profile_id.is_not(None), permitted(address, channel))
        .distinct()
    )


def _stands(withdrawn: FromClause) -> ColumnElement[bool]:
    """No newer grant of the same connection, to the channel or a list, lifts this withdrawal."""
    lifting = CONSENTS.alias()
    # Compared with the withdrawal itself: SQLAlchemy would not see that a table stands two
    # selects further out, and would look for a grant to anybody.
    return ~exists().where(
        lifting.c.kind == withdrawn.c.kind,
        lifting.c.value == withdrawn.c.value,
        lifting.c.channel == withdrawn.c.channel,
        lifting.c.connection_id == withdrawn.c.connection_id,
        lifting.c.granted.is_(True),
        lifting.c.at > withdrawn.c.at,
    )


def _about(statement: FromClause, address: FromClause, channel: str) -> ColumnElement[bool]:
    return and_(
        statement.c.kind == address.c.kind,
        statement.c.value == address.c.value,
        statement.c.channel == channel,
    )


def _on(statement: FromClause, lists: Lists) -> ColumnElement[bool]:
    connection, names = lists
    return and_(statement.c.connection_id == connection, statement.c.list.in_(names))
