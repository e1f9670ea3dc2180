"""Identity resolution: profiles are the connected components of contacts over shared identifiers.

The rules, none of which looks at the order of arrival:

* A contact that was split off by hand, and an identifier that belongs to no single person (on
  the block list, or held by more than five contacts of one connection), join nobody.
* An equal email joins. These groups never change in what follows.
* Then loyalty numbers, then phones, each in the order of their values: one joins all its groups
  where these state at most one email between them; else only those of its groups that state none.
* A component's profile has the number of its smallest contact.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, select

from core.store.bulk import pieces, rows_where, update_rows, values_where
from core.store.shop import Shop
from core.store.tables import CONTACTS, IDENTIFIERS, ORDERS, SPLITS

MOST_HOLDERS = 5
"""Contacts of one connection that may share an identifier before it joins nobody."""
_ORDER = ("email", "loyalty", "phone")
Name = tuple[str, str]
"""(kind, normalized value)."""


@dataclass
class IdentityCluster:
    """Contacts that could be one person, with everything that decides whether they are."""

    profiles: dict[int, int]
    """Contact -> the profile it has now."""
    names: dict[Name, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Usable identifier -> its holders in the cluster."""
    split: set[int] = field(default_factory=set)


def components(cluster: IdentityCluster) -> dict[int, int]:
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
        if kind == "email":
            join(groups)
            if groups:
                emails[min(groups)] = value
        elif len({emails[group] for group in groups if group in emails}) <= 1:
            join(groups)
        else:
            join(group for group in groups if group not in emails)
    return {contact: find(contact) for contact in cluster.profiles}


def rejoin(
    transaction: Connection, shop: Shop, contacts: Collection[int], crossed: Collection[Name] = ()
) -> dict[int, tuple[int, int]]:
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


def write_profiles(transaction: Connection, moved: Mapping[int, tuple[int, int]]) -> None:
    """Write the new profiles into the contacts' rows."""
    update_rows(
        transaction,
        CONTACTS,
        [{"id": contact, "profile_id": new} for contact, (_, new) in sorted(moved.items())],
    )


def usability_changes(
    transaction: Connection,
    connection_id: int,
    gained: Mapping[Name, int],
    lost: Mapping[Name, int],
) -> set[Name]:
    """Identifiers that this connection's change made too common, or no longer too common."""
    names = gained.keys() | lost.keys()
    counts = _holding(transaction, names)
    return {
        name
        for name in names
        if (counts.get((name, connection_id), 0) > MOST_HOLDERS)
        != (
            counts.get((name, connection_id), 0) - gained.get(name, 0) + lost.get(name, 0)
            > MOST_HOLDERS
        )
    }


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


def orders_of_nobody(transaction: Connection) -> dict[tuple[int, str], tuple[int, int]]:
    """Connection number and stream -> number of orders, and of those without a profile."""
    nobody = func.sum(case((ORDERS.c.profile_id.is_(None), 1), else_=0))
    rows = transaction.execute(
        select(ORDERS.c.connection_id, ORDERS.c.stream, func.count(), nobody).group_by(
            ORDERS.c.connection_id, ORDERS.c.stream
        )
    )
    return {(number, stream): (every, int(none)) for number, stream, every, none in rows}


def is_blocked(shop: Shop, name: Name) -> bool:
    """Whether an address, or its domain, is on the list of those that belong to nobody."""
    kind, value = name
    if kind != "email":
        return False
    address, _, domain = value.partition("@")
    return address in ("noreply", "no-reply") or any(
        each.casefold() in (value, f"@{domain}") for each in shop.joins_nobody
    )


def remember_split(transaction: Connection, contact_id: int, now: datetime) -> None:
    """Record that this contact was split from its profile by hand."""
    known = select(SPLITS.c.contact_id).where(SPLITS.c.contact_id == contact_id)
    if transaction.execute(known).first() is None:
        transaction.execute(insert(SPLITS).values(contact_id=contact_id, at=now))


def why(transaction: Connection, profile_id: int) -> list[tuple[int, int, str, list[Name]]]:
    """The contacts of a profile: number, connection number, id, identifiers shared with others."""
    contacts = rows_where(transaction, CONTACTS, CONTACTS.c.profile_id, [profile_id])
    names: dict[Name, set[int]] = defaultdict(set)
    for row in rows_where(
        transaction, IDENTIFIERS, IDENTIFIERS.c.contact_id, [row["id"] for row in contacts]
    ):
        names[row["kind"], row["value"]].add(row["contact_id"])
    return [
        (
            row["id"],
            row["connection_id"],
            row["external_id"],
            sorted(name for name, who in names.items() if row["id"] in who and len(who) > 1),
        )
        for row in sorted(contacts, key=lambda row: row["id"])
    ]


def _gather(transaction: Connection, shop: Shop, contacts: Collection[int]) -> IdentityCluster:
    """All contacts that usable identifiers, or a present profile, tie to the given ones."""
    cluster = IdentityCluster(profiles={})
    usable: dict[Name, bool] = {}
    profiles: set[int] = set()
    frontier = set(contacts)
    while frontier:
        before = (
            values_where(transaction, CONTACTS.c.profile_id, CONTACTS.c.id, frontier) - profiles
        )
        profiles |= before
        rows = rows_where(
            transaction, CONTACTS, CONTACTS.c.profile_id, before,
            columns=(CONTACTS.c.id, CONTACTS.c.profile_id),
        )  # fmt: skip
        new = {row["id"] for row in rows} - cluster.profiles.keys()
        cluster.profiles |= {row["id"]: row["profile_id"] for row in rows}
        held = _names_of(transaction, new)
        _decide_usable(transaction, shop, {name for _, name in held}, usable)
        for contact, name in held:
            if usable[name]:
                cluster.names[name].add(contact)
        fresh = {name for _, name in held if usable[name]}
        frontier = _holders(transaction, fresh) - cluster.profiles.keys()
    cluster.split = values_where(
        transaction, SPLITS.c.contact_id, SPLITS.c.contact_id, cluster.profiles
    )
    return cluster


def _decide_usable(
    transaction: Connection, shop: Shop, names: Collection[Name], usable: dict[Name, bool]
) -> None:
    """Decide which identifiers may join people."""
    unknown = [name for name in names if name not in usable]
    common = {
        name for (name, _), held in _holding(transaction, unknown).items() if held > MOST_HOLDERS
    }
    for name in unknown:
        usable[name] = name not in common and not is_blocked(shop, name)


def _names_of(transaction: Connection, contacts: Collection[int]) -> list[tuple[int, Name]]:
    return [
        (row["contact_id"], (row["kind"], row["value"]))
        for row in rows_where(transaction, IDENTIFIERS, IDENTIFIERS.c.contact_id, contacts)
    ]


def _holding(transaction: Connection, names: Collection[Name]) -> dict[tuple[Name, int], int]:
    """(identifier, connection number) -> contacts that hold it."""
    found: dict[tuple[Name, int], int] = {}
    for piece in pieces({value for _, value in names}):
        rows = transaction.execute(
            select(IDENTIFIERS.c.kind, IDENTIFIERS.c.value, CONTACTS.c.connection_id, func.count())
            .join(CONTACTS, CONTACTS.c.id == IDENTIFIERS.c.contact_id)
            .where(IDENTIFIERS.c.kind.in_(_ORDER), IDENTIFIERS.c.value.in_(piece))
            .group_by(IDENTIFIERS.c.kind, IDENTIFIERS.c.value, CONTACTS.c.connection_id)
        )
        found |= {((kind, value), connection): held for kind, value, connection, held in rows}
    return found


def _holders(transaction: Connection, names: Collection[Name]) -> set[int]:
    wanted = set(names)
    return {
        row["contact_id"]
        for row in rows_where(
            transaction, IDENTIFIERS, IDENTIFIERS.c.value, {value for _, value in wanted},
            IDENTIFIERS.c.kind.in_(_ORDER),
        )
        if (row["kind"], row["value"]) in wanted
    }  # fmt: skip
