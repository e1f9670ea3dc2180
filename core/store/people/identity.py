"""Identity resolution: profiles are the connected components of contacts over shared identifiers.

The rules, none of which looks at the order of arrival:

* A contact that was split off by hand, and an identifier that belongs to no single person (on
  the block list, held by more than five contacts of one connection, or a phone that stands beside
  more than three names), join nobody.
* A guest of whom only such a phone is known is nobody, and has no profile.
* An equal email joins. These groups never change in what follows.
* A contact that its source merged into another joins it, over any number of steps.
* Then loyalty numbers, then phones, each in the order of their values: one joins all its groups
  where at most one of these states emails; else only those of its groups that state none.
* A component's profile has the number of its smallest contact.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, func, insert, or_, select

from core.store.bulk import Row, pieces, rows_where, update_rows, values_where
from core.store.keys import SEPARATOR, Identified
from core.store.people.identifiers import MOST_NAMES, ORDER, Name, is_blocked
from core.store.shop import Shop
from core.store.tables import CONTACTS, IDENTIFIERS, ORDERS, SPLITS

MERGED = "merged"
"""Kind that stands for a merge by the source among the identifiers that join."""
_ORDER = (MERGED, *ORDER)
MOST_HOLDERS = 5
"""Contacts of one connection that may share an identifier before it joins nobody."""


class Usability(NamedTuple):
    """Reasons for which an identifier joins nobody."""

    is_common: bool = False
    """More contacts of one connection hold it than may."""
    is_crowded: bool = False
    """More names stand beside it than may: a guest of whom no more is known is nobody."""


@dataclass
class IdentityCluster:
    """Contacts that could be one person, with everything that decides whether they are."""

    profiles: dict[int, int | None]
    """Contact -> the profile it has now."""
    names: dict[Name, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Usable identifier -> its holders in the cluster; a merge -> the two contacts."""
    split: set[int] = field(default_factory=set)
    nobody: set[int] = field(default_factory=set)
    """Guests who are no person."""


def components(cluster: IdentityCluster) -> dict[int, int | None]:
    """Contact -> the profile that it should have."""
    leader = {contact: contact for contact in cluster.profiles}
    emails: dict[int, str] = {}

    def find(contact: int) -> int:
        while leader[contact] != contact:
            leader[contact] = leader[leader[contact]]
            contact = leader[contact]
        return contact

    def join(groups: Iterable[int]) -> None:
        ordered = sorted(groups)
        for other in ordered[1:]:
            leader[other] = ordered[0]
            if other in emails:
                emails[ordered[0]] = emails[other]

    for kind, value in sorted(cluster.names, key=lambda name: (_ORDER.index(name[0]), name[1])):
        groups = {find(contact) for contact in cluster.names[kind, value] - cluster.split}
        if kind in {MERGED, "email"}:
            join(groups)
            if groups and kind == "email":
                emails[min(groups)] = value
        elif len({emails[group] for group in groups if group in emails}) <= 1:
            join(groups)
        else:
            join(group for group in groups if group not in emails)
    return {
        contact: None if contact in cluster.nobody else find(contact)
        for contact in cluster.profiles
    }


def rejoin(
    transaction: Connection, shop: Shop, contacts: Collection[int], crossed: Collection[Name] = ()
) -> dict[int, tuple[int | None, int | None]]:
    """Recompute the components around some contacts; returns contact -> (old, new) profile.

    `crossed` are identifiers that began or ceased to be usable: all their holders are concerned.
    Writes nothing: `core.store.people.reassign` moves contacts, facts and profiles.
    """
    affected = set(contacts)
    if crossed:
        affected |= _holders(transaction, crossed)
    cluster = _gather(transaction, shop, affected)
    return {
        contact: (cluster.profiles[contact], profile)
        for contact, profile in components(cluster).items()
        if cluster.profiles[contact] != profile
    }


def write_profiles(
    transaction: Connection, moved: Mapping[int, tuple[int | None, int | None]]
) -> None:
    """Write the new profiles into the contacts' rows."""
    update_rows(
        transaction,
        CONTACTS,
        [{"id": contact, "profile_id": new} for contact, (_, new) in sorted(moved.items())],
    )


def usability_changes(
    transaction: Connection,
    connection_id: int,
    gained: Mapping[Identified, int],
    lost: Mapping[Identified, int],
) -> set[Name]:
    """Identifiers that this connection's change made unusable, or usable again."""
    changed = gained.keys() | lost.keys()
    now = _holding(transaction, {(each.kind, each.value) for each in changed})
    before = {name: Counter(holders) for name, holders in now.items()}
    for tally, sign in ((gained, -1), (lost, 1)):
        for each, times in tally.items():
            holders = before.setdefault((each.kind, each.value), Counter())
            holders[connection_id, each.names] += sign * times
    return {
        name
        for name, holders in before.items()
        if _usability(holders) != _usability(now.get(name, Counter()))
    }


def _usability(holders: Mapping[tuple[int, str], int]) -> Usability:
    """The usability of an identifier; `holders` is (connection, names) -> contacts."""
    held: Counter[int] = Counter()
    beside: set[str] = set()
    for (connection, names), number in holders.items():
        if number > 0:
            held[connection] += number
            beside.update(names.split(SEPARATOR) if names else ())
    return Usability(max(held.values(), default=0) > MOST_HOLDERS, len(beside) > MOST_NAMES)


def too_common(transaction: Connection) -> list[tuple[str, str, int, int]]:
    """Identifiers that join nobody: kind, value, connection number, holders there."""
    rows = transaction.execute(
        select(IDENTIFIERS.c.kind, IDENTIFIERS.c.value, CONTACTS.c.connection_id, func.count())
        .join(CONTACTS, CONTACTS.c.id == IDENTIFIERS.c.contact_id)
        .group_by(IDENTIFIERS.c.kind, IDENTIFIERS.c.value, CONTACTS.c.connection_id)
        .having(func.count() > MOST_HOLDERS)
        .order_by(IDENTIFIERS.c.kind, IDENTIFIERS.c.value, CONTACTS.c.connection_id)
    )
    return [tuple(row) for row in rows]


def crowded_phones(transaction: Connection) -> set[str]:
    """Phones that stand beside more names than those of one person may."""
    phone = IDENTIFIERS.c.kind == "phone"
    several = (
        select(IDENTIFIERS.c.value).where(phone).group_by(IDENTIFIERS.c.value)
        .having(or_(func.count() > 1, func.max(IDENTIFIERS.c.names).contains(SEPARATOR)))
    )  # fmt: skip
    names: dict[str, set[str]] = defaultdict(set)
    rows = select(IDENTIFIERS.c.value, IDENTIFIERS.c.names)
    for value, beside in transaction.execute(rows.where(phone, IDENTIFIERS.c.value.in_(several))):
        names[value].update(beside.split(SEPARATOR) if beside else ())
    return {value for value, each in names.items() if len(each) > MOST_NAMES}


def orders_of_nobody(transaction: Connection) -> dict[tuple[int, str], tuple[int, int]]:
    """Connection number and stream -> number of orders, and of those without a profile."""
    nobody = func.sum(case((ORDERS.c.profile_id.is_(None), 1), else_=0))
    rows = transaction.execute(
        select(ORDERS.c.connection_id, ORDERS.c.stream, func.count(), nobody).group_by(
            ORDERS.c.connection_id, ORDERS.c.stream
        )
    )
    return {(number, stream): (every, int(none)) for number, stream, every, none in rows}


def remember_split(transaction: Connection, contact_id: int, now: datetime) -> None:
    """Record that this contact was split from its profile by hand."""
    known = select(SPLITS.c.contact_id).where(SPLITS.c.contact_id == contact_id)
    if transaction.execute(known).first() is None:
        transaction.execute(insert(SPLITS).values(contact_id=contact_id, at=now))


def _gather(transaction: Connection, shop: Shop, contacts: Collection[int]) -> IdentityCluster:
    """All contacts that identifiers, a merge or a present profile tie to the given ones."""
    cluster = IdentityCluster(profiles={})
    usable: dict[Name, bool] = {}
    crowded: set[Name] = set()
    guests: dict[int, list[Name]] = {}
    profiles: set[int] = set()
    frontier = set(contacts)
    columns = (
        CONTACTS.c.id, CONTACTS.c.profile_id, CONTACTS.c.guest, CONTACTS.c.connection_id,
        CONTACTS.c.merged_into,
    )  # fmt: skip
    while frontier:
        reached = rows_where(transaction, CONTACTS, CONTACTS.c.id, frontier, columns=columns)
        before = {row["profile_id"] for row in reached} - profiles - {None}
        profiles |= before
        rows = rows_where(transaction, CONTACTS, CONTACTS.c.profile_id, before, columns=columns)
        rows += [row for row in reached if row["profile_id"] is None]
        new = {row["id"] for row in rows} - cluster.profiles.keys()
        cluster.profiles |= {row["id"]: row["profile_id"] for row in rows}
        guests |= {row["id"]: [] for row in rows if row["guest"] and row["id"] in new}
        merged = _merged(transaction, [row for row in rows if row["id"] in new])
        cluster.names |= {(MERGED, str(each)): {each, into} for each, into in merged.items()}
        held = _names_of(transaction, new)
        crowded |= _decide_usable(transaction, shop, {name for _, name in held}, usable)
        for contact, name in held:
            if usable[name]:
                cluster.names[name].add(contact)
            if contact in guests:
                guests[contact].append(name)
        fresh = {name for _, name in held if usable[name]}
        frontier = (_holders(transaction, fresh) | {*merged.values()}) - cluster.profiles.keys()
    cluster.split = values_where(
        transaction, SPLITS.c.contact_id, SPLITS.c.contact_id, cluster.profiles
    )
    cluster.nobody = {contact for contact, names in guests.items() if names and crowded >= {*names}}
    return cluster


def _merged(transaction: Connection, contacts: Iterable[Row]) -> dict[int, int]:
    """Contact -> the one that its source merged it into."""
    places = {
        row["id"]: (row["connection_id"], row["merged_into"])
        for row in contacts
        if row["merged_into"] is not None
    }
    columns = (CONTACTS.c.id, CONTACTS.c.connection_id, CONTACTS.c.external_id)
    names = {name for _, name in places.values()}
    numbers = {
        (row["connection_id"], row["external_id"]): row["id"]
        for row in rows_where(transaction, CONTACTS, CONTACTS.c.external_id, names, columns=columns)
    }
    return {contact: numbers[place] for contact, place in places.items() if place in numbers}


def _decide_usable(
    transaction: Connection, shop: Shop, names: Collection[Name], usable: dict[Name, bool]
) -> set[Name]:
    """Decide which identifiers may join people; returns the crowded ones of them."""
    unknown = [name for name in names if name not in usable]
    found = {name: _usability(holders) for name, holders in _holding(transaction, unknown).items()}
    for name in unknown:
        usable[name] = not any(found.get(name, ())) and not is_blocked(shop, name)
    return {name for name, each in found.items() if each.is_crowded}


def _names_of(transaction: Connection, contacts: Collection[int]) -> list[tuple[int, Name]]:
    return [
        (row["contact_id"], (row["kind"], row["value"]))
        for row in rows_where(transaction, IDENTIFIERS, IDENTIFIERS.c.contact_id, contacts)
    ]


def _holding(
    transaction: Connection, names: Collection[Name]
) -> dict[Name, Counter[tuple[int, str]]]:
    """Identifier -> (connection number, names beside it) -> contacts that hold it."""
    found: dict[Name, Counter[tuple[int, str]]] = defaultdict(Counter)
    place = (IDENTIFIERS.c.kind, IDENTIFIERS.c.value, CONTACTS.c.connection_id, IDENTIFIERS.c.names)
    for piece in pieces({value for _, value in names}):
        rows = transaction.execute(
            select(*place, func.count())
            .join(CONTACTS, CONTACTS.c.id == IDENTIFIERS.c.contact_id)
            .where(IDENTIFIERS.c.kind.in_(ORDER), IDENTIFIERS.c.value.in_(piece))
            .group_by(*place)
        )
        for kind, value, connection, beside, held in rows:
            found[kind, value][connection, beside] += held
    return found


def _holders(transaction: Connection, names: Collection[Name]) -> set[int]:
    wanted = set(names)
    return {
        row["contact_id"]
        for row in rows_where(
            transaction, IDENTIFIERS, IDENTIFIERS.c.value, {value for _, value in wanted},
            IDENTIFIERS.c.kind.in_(ORDER),
        )
        if (row["kind"], row["value"]) in wanted
    }  # fmt: skip
