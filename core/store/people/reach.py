"""Who may be written to: addresses and people, as queries for others to join.

An address is blocked on a channel where, for some connection, a channel-wide withdrawal, complaint,
bounce or erasure is the newest word about the channel and no list of the same connection has had
a newer grant. Without any statement nobody is reachable.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, false, or_, select

from core.store.people.consent import CONSENT, KINDS
from core.store.people.contacts import CONTACT, IDENTIFIER

Lists = Mapping[int, Sequence[str]]
"""Connection number -> ids of its lists."""


def permitted_addresses(channel: str, lists: Lists | None = None) -> Select[tuple[str, str]]:
    """Kind and normalized value of the addresses that may be used on a channel.

    With `lists`, on at least one of them: its own newest word grants, or it has none and the
    newest word about the whole channel grants.
    """
    word = CONSENT.alias("word")
    query = select(word.c.kind, word.c.value).where(
        word.c.channel == channel, word.c.kind.in_(KINDS[channel]), word.c.granted.is_(True)
    )
    if lists is not None:
        granted = [_granted_on(word, connection, each) for connection, each in lists.items()]
        query = query.where(or_(*granted, _granted_on_channel(word, lists)))
    return query.where(~_is_blocked(word)).distinct()


def reachable_profiles(channel: str, lists: Lists | None = None) -> Select[tuple[int | None]]:
    """Numbers of the profiles that have at least one permitted address."""
    permitted = permitted_addresses(channel, lists).subquery()
    return (
        select(CONTACT.c.profile_id)
        .join(IDENTIFIER, IDENTIFIER.c.contact_id == CONTACT.c.id)
        .join(
            permitted,
            and_(permitted.c.kind == IDENTIFIER.c.kind, permitted.c.value == IDENTIFIER.c.value),
        )
        .where(CONTACT.c.profile_id.is_not(None))
        .distinct()
    )


def stands(withdrawn: FromClause) -> ColumnElement[bool]:
    """No newer grant of the same connection, to the channel or a list, lifts this withdrawal."""
    granted = CONSENT.alias("granted")
    # Compared with the withdrawal itself: SQLAlchemy would not see that a table stands two
    # selects further out, and would look for a grant to anybody.
    return ~exists().where(
        *_about_the_same(granted, withdrawn),
        granted.c.connection_id == withdrawn.c.connection_id,
        granted.c.granted.is_(True),
        granted.c.at > withdrawn.c.at,
    )


def _is_blocked(word: FromClause) -> ColumnElement[bool]:
    """Some connection's newest word about the whole channel is a withdrawal, and it stands."""
    withdrawn = CONSENT.alias("withdrawn")
    return exists().where(
        *_about_the_same(withdrawn, word),
        withdrawn.c.list == "",
        withdrawn.c.granted.is_(False),
        stands(withdrawn),
    )


def _granted_on(word: FromClause, connection: int, lists: Sequence[str]) -> ColumnElement[bool]:
    return and_(word.c.connection_id == connection, word.c.list.in_(lists))


def _granted_on_channel(word: FromClause, lists: Lists) -> ColumnElement[bool]:
    """The newest word about the channel grants, and one of the lists has no word of its own."""
    later = CONSENT.alias("later")
    silent = [
        ~_has_word(word, connection, name) for connection, names in lists.items() for name in names
    ]
    overruled = exists().where(
        *_about_the_same(later, word),
        later.c.list == "",
        later.c.granted.is_(False),
        later.c.at >= word.c.at,
    )
    return and_(word.c.list == "", or_(*silent) if silent else false(), ~overruled)


def _has_word(word: FromClause, connection: int, name: str) -> ColumnElement[bool]:
    said = CONSENT.alias("said")
    return exists().where(
        *_about_the_same(said, word), said.c.connection_id == connection, said.c.list == name
    )


def _about_the_same(said: FromClause, word: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        said.c.kind == word.c.kind,
        said.c.value == word.c.value,
        said.c.channel == word.c.channel,
    )
