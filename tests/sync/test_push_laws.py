"""Laws of every history of memberships, consents, failures and pushes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from core.audience import ledger
from core.audience.binding import SEGMENT_NAMES, Binding
from core.audience.delivery.jobs import LATER
from core.contract import Change, Target
from core.store.database import Database
from core.store.tables import METADATA
from sync.push import push
from tests.core.audience.seeded_shop import LOYAL, NOW, VIP, Crash, SeededShop, bound, show, tag

KEYS = ("ann", "bo", "eva", "ib")
NAMES = ("loyal", "vip")
LIST = Target("field", "SEGMENTS")
BINDINGS = bound(tag("loyal"), tag("vip", VIP), Binding(LIST, NAMES, SEGMENT_NAMES))

PERSON = st.sampled_from(KEYS)
STEP = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(NAMES), PERSON),
    st.tuples(st.just("leave"), st.sampled_from(NAMES), PERSON),
    st.tuples(st.just("status"), st.sampled_from(("subscribed", "unsubscribed")), PERSON),
    st.tuples(st.just("says"), st.booleans(), PERSON),
    st.tuples(st.just("known"), st.booleans(), PERSON),
    st.tuples(st.just("rejects"), st.booleans(), PERSON),
    st.tuples(st.just("silent"), st.booleans(), PERSON),
    st.tuples(st.just("delays"), st.booleans(), st.none()),
    st.tuples(st.just("forgets"), st.booleans(), st.none()),
    st.tuples(st.just("push"), st.none(), st.none()),
    st.tuples(st.just("crash"), st.integers(0, 5), st.none()),
)


class History:
    """A history of a shop, and the state that it should lead to."""

    def __init__(self, database: Database) -> None:
        self.shop = SeededShop(database)
        self.shop.people(*KEYS)
        self.now = NOW
        for name in NAMES:
            self.shop.segment(name)
        self.members: dict[str, set[str]] = {name: set() for name in NAMES}
        self.subscribed = set(KEYS)
        self.consenting = set(KEYS)

    @property
    def writable(self) -> set[str]:
        return self.subscribed & self.consenting

    def step(self, what: str, how: object, key: object) -> None:
        step: Callable[[object, object], None] = getattr(self, what)
        step(how, key)

    def enter(self, name: str, key: str) -> None:
        if key not in self.members[name]:
            self.members[name].add(key)
            self.shop.enter(name, key)

    def leave(self, name: str, key: str) -> None:
        self.members[name].discard(key)
        self.shop.leave(name, key)

    def status(self, status: str, key: str) -> None:
        self.shop.status(key, status)
        (self.subscribed.add if status == "subscribed" else self.subscribed.discard)(key)

    def says(self, granted: bool, key: str) -> None:
        self.shop.says(key, granted=granted)
        (self.consenting.add if granted else self.consenting.discard)(key)

    def known(self, known: bool, key: str) -> None:
        (self.shop.tool._people.add if known else self.shop.tool._people.discard)(key)

    def rejects(self, rejects: bool, key: str) -> None:
        (self.shop.tool._rejects.add if rejects else self.shop.tool._rejects.discard)(key)

    def silent(self, silent: bool, key: str) -> None:
        (self.shop.tool._silent.add if silent else self.shop.tool._silent.discard)(key)

    def delays(self, delays: bool, _: None) -> None:
        self.shop.tool._delays = delays

    def forgets(self, forgets: bool, _: None) -> None:
        self.shop.tool._forgets = forgets

    def crash(self, after: int, _: None) -> None:
        self.shop.tool._dies_after, self.shop.tool._error = after, Crash()
        try:
            self.push(None, None)
        except Crash:
            pass
        finally:
            self.shop.tool._dies_after = self.shop.tool._error = None

    def push(self, _: None, __: None) -> list[Change]:
        """Push; every law about single requests is checked here."""
        shop = self.shop
        before = {target: shop.tool.carrying(target) for target in (LOYAL, VIP, LIST)}
        shop.tool._requested.clear()
        self.now += timedelta(minutes=1)
        basis = replace(shop.basis, now=self.now)
        try:
            show(shop.database, shop.tool, BINDINGS, basis)
            push(shop.database, shop.tool, BINDINGS, basis, approve=True)
        finally:
            requested = {change.key for change in shop.tool._requested}
            assert requested <= self.writable
            if not shop.tool._delays:
                self.untouched(before)
        return list(shop.tool._requested)

    def untouched(self, before: dict[Target, dict[str, str]]) -> None:
        for target in before:
            for key, (state, value) in self.shop.ledger(target).items():
                if state == "found":
                    assert before[target][key] == value
                    assert self.shop.tool.carrying(target)[key] == value

    def recover(self) -> None:
        """Everything works again, and a person asks for what was refused once more."""
        tool = self.shop.tool
        tool._delays = tool._forgets = False
        self.now += LATER
        tool._rejects.clear()
        tool._silent.clear()
        tool._people.update(KEYS)
        self.push(None, None)
        with self.shop.database.transaction() as transaction:
            ledger.retry(transaction, self.shop.connection)
        self.push(None, None)

    def wanted(self, target: Target, key: str) -> str | None:
        under = sorted(name for name in NAMES if key in self.members[name])
        if target == LIST:
            return ",".join(under) or None
        return "yes" if {LOYAL: "loyal", VIP: "vip"}[target] in under else None


@pytest.fixture
def emptied(database: Database) -> Callable[[], Database]:
    """The store with nothing in it, as often as a test asks."""

    def empty() -> Database:
        with database.transaction() as transaction:
            for table in reversed(METADATA.sorted_tables):
                transaction.execute(delete(table))
        return database

    return empty


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before_us=st.sets(st.tuples(st.sampled_from((LOYAL, VIP, LIST)), PERSON)),
    steps=st.lists(STEP, max_size=25),
)
@example(
    before_us=set(),
    # Refused after a request that was never answered, and asked for once more.
    steps=[
        ("enter", "loyal", "ann"),
        ("known", False, "ann"),
        ("crash", 0, None),
        ("push", None, None),
    ],
)
@example(
    before_us=set(),
    # Handed in and lost twice, while the person leaves and comes back.
    steps=[
        ("delays", True, None),
        ("enter", "loyal", "ann"),
        ("push", None, None),
        ("leave", "loyal", "ann"),
        ("delays", False, None),
        ("forgets", True, None),
        ("push", None, None),
        ("enter", "loyal", "ann"),
        ("push", None, None),
    ],
)
def test_after_any_history_the_tool_shows_what_is_wanted_and_nothing_else_was_touched(
    emptied: Callable[[], Database],
    before_us: set[tuple[Target, str]],
    steps: list[tuple[str, object, object]],
) -> None:
    history = History(emptied())
    for target, key in before_us:
        history.shop.tool.write(Change(target, key, "yes"))
    for step in steps:
        history.step(*step)
    history.recover()
    for target in (LOYAL, VIP, LIST):
        carrying = history.shop.tool.carrying(target)
        for key in KEYS:
            if (target, key) in before_us:
                assert carrying[key] == "yes"
            elif key in history.writable:
                assert carrying.get(key) == history.wanted(target, key)
    assert history.push(None, None) == []
