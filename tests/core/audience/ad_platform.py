"""A shop whose members go to an ad platform in memory, for tests of audiences."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, ClassVar, Literal

from pydantic import PrivateAttr
from sqlalchemy import delete, select, update

from core.audience.binding import Binding, Bindings
from core.contract import Change, Cost, Destination, Found, Identifier, Outcome, Person, Target
from core.records import Requires
from core.store.database import Database
from core.store.people.reassign import rejoin_contacts
from core.store.people.suppression import suppress
from core.store.shop import Shop
from core.store.tables import IDENTIFIERS, LEDGER, LEDGER_TARGETS, SENT_IDENTIFIERS, people
from sync.push import PushResult, push
from tests.core.audience.seeded_shop import NOW, TODAY, ZONE, Crash, SeededShop, show


class Platform(Destination):
    """An ad platform in memory: it knows people by hashes, and an audience is a set of them."""

    kind: ClassVar[str] = "platform"
    target_kinds: ClassVar[frozenset[str]] = frozenset({"audience"})
    requires: ClassVar[Requires] = "ads"
    addressed_by: ClassVar[Literal["key", "identifiers"]] = "identifiers"
    membership_lasts: ClassVar[timedelta | None] = timedelta(days=90)
    can_read_back: ClassVar[bool] = False
    others: tuple[str, ...] = ()
    """Audiences that somebody else has made."""

    _holds: dict[Target, set[str]] = PrivateAttr(default_factory=dict)
    _requested: list[Change] = PrivateAttr(default_factory=list)
    _answer: str = PrivateAttr(default="applied")
    """Result of each change; "" does it and stays silent, "arrived" does it and refuses it."""
    _jobs: list[Change] = PrivateAttr(default_factory=list)
    _dies_after: int | None = PrivateAttr(default=None)

    def gating_lists(self) -> Sequence[str]:
        return ()

    def cost(self, changes: Sequence[Change]) -> Cost:
        return Cost(len(changes), 0)

    def carriers(self, target: Target) -> Iterable[Found]:
        raise AssertionError(f"{target} cannot be read back")

    def exists(self, target: Target) -> bool:
        return target.name in self.others

    def identifiers(self, person: Person) -> Sequence[Identifier]:
        return [{"EMAIL": hashed(each)} for each in person.emails] + [
            {"PHONE": hashed(each)} for each in person.phones
        ]

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        for change in changes:
            if self._dies_after is not None:
                if self._dies_after == 0:
                    raise Crash
                self._dies_after -= 1
            self._requested.append(change)
            if self._answer in ("applied", "", "arrived"):
                self.write(change)
            if self._answer == "pending":
                self._jobs.append(change)
            if self._answer:
                result: Any = "rejected" if self._answer == "arrived" else self._answer
                yield Outcome(change, result, "the platform says so", handle="job")

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        for each in changes:
            if self._answer == "pending":
                yield Outcome(each, "pending", handle=handle)
                continue
            for change in [one for one in self._jobs if one == each]:
                self.write(change)
                self._jobs.remove(change)
            yield Outcome(each, "applied")

    def write(self, change: Change) -> None:
        holds = self._holds.setdefault(change.target, set())
        holds.difference_update(value for each in change.remove for value in each.values())
        holds.update(value for each in change.add for value in each.values())

    def holding(self, name: str = "VIP") -> set[str]:
        return set(self._holds.get(Target("audience", name), ()))


def hashed(address: str) -> str:
    """An address as the platform knows it."""
    return sha256(address.encode()).hexdigest()


class AdShop(SeededShop):
    """A shop whose members go to an ad platform that is a connection of its own."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.platform = Platform()
        self.passed = timedelta()

    def go(self, *bindings: Binding, later: timedelta = timedelta(), **more: Any) -> PushResult:
        """Push half an hour after the last time, and forget what earlier pushes asked."""
        self.passed += timedelta(minutes=30)
        self.platform._requested.clear()
        self.evaluated(TODAY + later.days)
        stanza = Bindings("ads", bindings or (audience("vip"),))
        basis = replace(self.basis, member_streams=(), now=NOW + self.passed + later)
        if more.get("approve"):
            show(self.database, self.platform, stanza, basis)
        return push(self.database, self.platform, stanza, basis, **more)

    def vips(self, *keys: str) -> None:
        """Members with consent to ads."""
        for key in keys:
            self.person(key)
            self.ads(key)
        self.segment("vip", *keys)

    def ads(self, key: str, *, granted: bool = True, phone: str | None = None) -> None:
        """Store a statement about ads, of an email or of a phone."""
        about: dict[str, Any] = {"kind": "phone", "value": phone} if phone else {}
        self.says(key, granted=granted, channel="ads", **about)

    def identify(self, key: str, kind: str, value: str) -> None:
        """One more identifier of somebody."""
        self.add(people.Identifier, contact_id=self.contacts[key], kind=kind, value=value)

    def move(self, key: str, address: str) -> None:
        """Another email address of somebody, with consent."""
        with self.database.transaction() as transaction:
            transaction.execute(
                update(IDENTIFIERS)
                .where(IDENTIFIERS.c.contact_id == self.contacts[key])
                .where(IDENTIFIERS.c.kind == "email")
                .values(value=address)
            )
        self.says(key, granted=True, channel="ads", value=address)

    def rejoin(self, *keys: str) -> None:
        """Decide again which contacts are one person."""
        with self.database.transaction() as transaction:
            rejoin_contacts(transaction, Shop(ZONE, "DKK"), {self.contacts[key] for key in keys})

    def erase(self, key: str) -> None:
        """Delete somebody for good."""
        with self.database.transaction() as transaction:
            suppress(transaction, [("email", f"{key}@example.com")], "erasure", NOW)

    def sent(self) -> set[tuple[str, str]]:
        """Key and identifier of all that an audience may hold."""
        with self.database.read() as transaction:
            rows = transaction.execute(select(SENT_IDENTIFIERS))
            return {(row.key, row.identifier) for row in rows}

    def forget_pushes(self) -> None:
        """The store and a platform as before the first push."""
        self.platform = Platform()
        with self.database.transaction() as transaction:
            for table in (SENT_IDENTIFIERS, LEDGER, LEDGER_TARGETS):
                transaction.execute(delete(table))


def audience(segment: str, name: str = "VIP", **more: Any) -> Binding:
    """Members of a segment are an audience."""
    return Binding(Target("audience", name), (segment,), requires="ads", **more)
