"""A shop with people, segments and an email tool in memory, for tests of audience and push."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import PrivateAttr
from sqlalchemy import delete, insert, select, update

from core.audience.binding import Binding, Bindings, Terms
from core.audience.brake.approval import record, shown
from core.audience.plan import plan
from core.audience.report import PlanReport
from core.audience.scope import PlanContext
from core.contract import Change, Cost, Destination, Found, Outcome, Target
from core.errors import Unavailable
from core.store.bulk import table_of
from core.store.database import Database
from core.store.findings import StoredFinding, stored
from core.store.tables.behaviour import ListMember
from core.store.tables.ledger import Ledger, LedgerTarget
from core.store.tables.operations import Checkpoint
from core.store.tables.people import Connection, Consent, Contact, Identifier, Profile
from core.store.tables.segments import Evaluation, Membership, Segment

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = NOW.date().toordinal()
ZONE = ZoneInfo("Europe/Copenhagen")
LOYAL = Target("tag", "Loyal")
VIP = Target("tag", "VIP")


class Crash(BaseException):
    """The process dies here."""


class Tool(Destination):
    """An email tool in memory: it knows its people, and creates nobody."""

    kind: ClassVar[str] = "tool"
    audience: str = "list"
    shop: bool = False
    """A shop has no list of its own."""

    _people: set[str] = PrivateAttr(default_factory=set)
    _state: dict[Target, dict[str, str]] = PrivateAttr(default_factory=dict)
    _requested: list[Change] = PrivateAttr(default_factory=list)
    _reads: list[Target] = PrivateAttr(default_factory=list)
    _rejects: set[str] = PrivateAttr(default_factory=set)
    _busy: bool = PrivateAttr(default=False)
    _delays: bool = PrivateAttr(default=False)
    _forgets: bool = PrivateAttr(default=False)
    _handed_in: int = PrivateAttr(default=0)
    _begun: int = PrivateAttr(default=0)
    _asked: list[tuple[str, int]] = PrivateAttr(default_factory=list)
    _dies_after: int | None = PrivateAttr(default=None)
    _error: Exception | BaseException | None = PrivateAttr(default=None)
    _silent: set[str] = PrivateAttr(default_factory=set)
    _refuses_reading: dict[Target, Exception] = PrivateAttr(default_factory=dict)

    def gating_lists(self) -> Sequence[str]:
        return () if self.shop else (self.audience,)

    def cost(self, changes: Sequence[Change]) -> Cost:
        return Cost(len(changes), len(changes) / 10)

    def carriers(self, target: Target) -> Iterable[Found]:
        self._reads.append(target)
        if target in self._refuses_reading:
            raise self._refuses_reading[target]
        return [Found(key, value) for key, value in sorted(self._state.get(target, {}).items())]

    def begin_push(self) -> None:
        self._begun += 1

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        self._handed_in += 1
        for change in changes:
            if self._dies_after is not None:
                if self._dies_after == 0:
                    raise self._error or Unavailable("the tool does not answer")
                self._dies_after -= 1
            self._requested.append(change)
            if change.key in self._silent:
                # Done, but the answer is lost on its way.
                if change.key in self._people:
                    self.write(change)
                continue
            if self._busy:
                yield Outcome(change, "rejected", "the tool is busy", passing=True)
            elif change.key in self._rejects:
                yield Outcome(change, "rejected", "the tool says no")
            elif change.key not in self._people:
                yield Outcome(change, "skipped", "not on the list")
            elif self._delays:
                yield Outcome(change, "pending", handle=f"job {self._handed_in}")
            else:
                self.write(change)
                yield Outcome(change, "applied")

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        self._asked.append((handle, len(changes)))
        if self._error is not None:
            raise self._error
        for change in changes:
            if self._delays:
                yield Outcome(change, "pending", handle=handle)
            elif not self._forgets:
                self.write(change)
                yield Outcome(change, "applied")

    def write(self, change: Change) -> None:
        carriers = self._state.setdefault(change.target, {})
        if change.value is None:
            carriers.pop(change.key, None)
        else:
            carriers[change.key] = change.value

    def carrying(self, target: Target) -> dict[str, str]:
        return dict(self._state.get(target, {}))


class OneScan(Tool):
    """A tool whose one list shows the carriers of every target."""

    one_scan: ClassVar[bool] = True


class Blind(Tool):
    """A tool that cannot say who carries what."""

    can_read_back: ClassVar[bool] = False
    _there: bool = PrivateAttr(default=True)

    def carriers(self, target: Target) -> Iterable[Found]:
        raise AssertionError(f"{target} cannot be read back")

    def exists(self, target: Target) -> bool:
        return self._there and target == LOYAL


class SeededShop:
    """The store as pull and evaluation would have left it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tool = Tool()
        self.basis = PlanContext(NOW, ZONE, ("members",))
        self.connection = self._add(Connection, name="news", kind="tool")
        self.profiles: dict[str, int] = {}
        self.contacts: dict[str, int] = {}
        self.segments: dict[str, int] = {}
        self.completed("members")
        self.evaluated()

    def completed(self, stream: str, at: datetime = NOW, suspect: str = "") -> None:
        table = table_of(Checkpoint)
        with self.database.transaction() as transaction:
            transaction.execute(delete(table).where(table.c.stream == stream))
        row = Checkpoint(
            connection_id=self.connection, stream=stream, completed_at=at, suspect=suspect
        )
        self._insert(table, row.model_dump())

    def evaluated(self, day: int = TODAY) -> None:
        self._add(Evaluation, as_of=NOW, as_of_day=day, fingerprint="", at=NOW)

    def person(self, key: str, *, status: str | None = "subscribed", consent: bool = True) -> int:
        number = len(self.profiles) + 1
        self._insert(table_of(Profile), Profile(id=number, email=f"{key}@example.com").model_dump())
        contact = self._add(
            Contact, connection_id=self.connection, external_id=key, stream="members",
            profile_id=number, stated=json.dumps({"email": f"{key.title()}@example.com"}),
        )  # fmt: skip
        self._add(Identifier, contact_id=contact, kind="email", value=f"{key}@example.com")
        self.profiles[key], self.contacts[key] = number, contact
        if status is not None:
            self._add(
                ListMember, connection_id=self.connection, external_id=key, stream="members",
                contact_id=contact, profile_id=number, list="list", list_key="list", status=status,
            )  # fmt: skip
        if consent:
            self.says(key, granted=True, at=NOW - timedelta(days=100))
        self.tool._people.add(key)
        return number

    def people(self, *keys: str) -> None:
        for key in keys:
            self.person(key)

    def loyal(self, *keys: str) -> None:
        """People who are all members of one segment."""
        self.people(*keys)
        self.segment("loyal", *keys)

    def status(self, key: str, status: str) -> None:
        table = table_of(ListMember)
        with self.database.transaction() as transaction:
            transaction.execute(
                update(table).where(table.c.external_id == key).values(status=status)
            )

    def says(self, key: str, *, granted: bool, at: datetime = NOW, **more: Any) -> None:
        """A statement of consent, which takes the place of the one before."""
        table = table_of(Consent)
        row = {
            "kind": "email", "value": f"{key}@example.com", "channel": "email", "list": "",
            "reason": "asked", "connection_id": self.connection, **more,
        }  # fmt: skip
        same = [table.c[name] == row[name] for name in row if name not in ("reason", "permission")]
        with self.database.transaction() as transaction:
            transaction.execute(delete(table).where(*same))
            transaction.execute(insert(table).values(granted=granted, at=at, **row))

    def other(self, name: str) -> int:
        """A further connection."""
        return self._add(Connection, name=name, kind="tool")

    def segment(self, name: str, *members: str) -> int:
        if name not in self.segments:
            self.segments[name] = self._add(Segment, name=name, definition="", as_of_day=TODAY)
        for key in members:
            self.enter(name, key)
        return self.segments[name]

    def enter(self, name: str, *keys: str) -> None:
        for key in keys:
            self._add(
                Membership, segment_id=self.segment(name), profile_id=self.profiles[key],
                entered_day=TODAY,
            )  # fmt: skip

    def leave(self, name: str, *keys: str, reason: str = "change", day: int = TODAY) -> None:
        table = table_of(Membership)
        with self.database.transaction() as transaction:
            transaction.execute(
                update(table)
                .where(
                    table.c.segment_id == self.segments[name],
                    table.c.profile_id.in_([self.profiles[key] for key in keys]),
                    table.c.left_day.is_(None),
                )
                .values(left_day=day, left_reason=reason)
            )

    def vanish(self, key: str) -> None:
        """The destination no longer shows this person."""
        with self.database.transaction() as transaction:
            contact = self.contacts[key]
            members, identifiers = table_of(ListMember), table_of(Identifier)
            transaction.execute(delete(members).where(members.c.contact_id == contact))
            transaction.execute(delete(identifiers).where(identifiers.c.contact_id == contact))
            contacts = table_of(Contact)
            transaction.execute(delete(contacts).where(contacts.c.id == contact))

    def add(self, model: Any, **values: Any) -> int:
        """One more row of any table."""
        return self._add(model, **values)

    def findings(self) -> list[StoredFinding]:
        """The findings about its targets."""
        with self.database.read() as transaction:
            return stored(transaction)

    def held(self) -> list[str]:
        """Keys of the held changes that a person was shown."""
        with self.database.read() as transaction:
            return sorted(each.key for each in shown(transaction, self.connection))

    def ledger(self, target: Target = LOYAL) -> dict[str, tuple[str, str | None]]:
        """State and value by key."""
        ledger, targets = table_of(Ledger), table_of(LedgerTarget)
        with self.database.read() as transaction:
            rows = transaction.execute(
                select(ledger.c.key, ledger.c.state, ledger.c.value)
                .join(targets, targets.c.id == ledger.c.target_id)
                .where(targets.c.kind == target.kind, targets.c.name == target.name)
            )
            return {row.key: (row.state, row.value) for row in rows}

    def _insert(self, table: Any, row: dict[str, Any]) -> int:
        given = {name: value for name, value in row.items() if name != "id" or value is not None}
        with self.database.transaction() as transaction:
            done = transaction.execute(insert(table).values(**given))
            number = done.inserted_primary_key
            return int(number[0]) if number is not None and "id" in table.c else 0

    def _add(self, model: Any, **values: Any) -> int:
        return self._insert(table_of(model), model(**values).model_dump())


def show(
    database: Database, destination: Destination, stanza: Bindings, context: PlanContext
) -> PlanReport:
    """Show a person what is held, as `segmenthub plan` does."""
    with plan(database, destination, stanza, context) as planned:
        with database.transaction() as transaction:
            if number := planned.scope.connection_id:
                record(transaction, number, planned.held(), replace=True)
        return planned.report


def tag(segment: str, target: Target = LOYAL, **more: Any) -> Binding:
    """Members of a segment carry a tag."""
    return Binding(target, (segment,), **more)


def bound(*bindings: Binding, **terms: Terms) -> Bindings:
    """A push stanza of the connection `news`."""
    return Bindings("news", bindings, terms=terms)
