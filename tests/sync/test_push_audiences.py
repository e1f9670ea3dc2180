"""Push to a platform that knows nobody: requests, ledger, and what is kept of people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from core.audience.binding import Bindings
from core.audience.reach import empty_targets
from core.contract import Change, Outcome, Target
from core.errors import Held
from core.store.database import Database
from core.store.tables import CONNECTIONS, CONTACTS, IDENTIFIERS, METADATA
from sync.push import push
from tests.core.audience.ad_platform import AdShop, Platform, audience, hashed
from tests.core.audience.seeded_shop import TODAY, Crash

ANN, BO = hashed("ann@example.com"), hashed("bo@example.com")
PHONE, OTHER_PHONE = "+4520304050", "+4520304051"


@pytest.fixture
def shop(database: Database) -> AdShop:
    return AdShop(database)


def test_members_with_consent_to_ads_are_sent_once_and_nobody_else_ever(shop: AdShop) -> None:
    shop.vips("ann", "bo")
    shop.person("eva")
    shop.segment("vip", "eva")
    result = shop.go()
    assert shop.platform.holding() == {ANN, BO}
    assert (result.outcomes, result.report.targets[0].unreachable) == ({"applied": 2}, 1)
    assert "example.com" not in repr(shop.platform._requested)
    assert ANN not in repr(shop.platform._requested)
    again = shop.go()
    assert (again.report.requests, shop.platform._requested) == (0, [])


def test_only_the_addresses_that_have_the_consent_are_sent(shop: AdShop) -> None:
    shop.vips("ann", "bo")
    for key, phone in (("ann", PHONE), ("bo", OTHER_PHONE)):
        shop.identify(key, "phone", phone)
    shop.ads("bo", phone=OTHER_PHONE)
    shop.go()
    assert shop.platform.holding() == {ANN, BO, hashed(OTHER_PHONE)}


def test_a_withdrawal_takes_back_at_once_though_everything_is_held(shop: AdShop) -> None:
    shop.vips(*(f"person{each}" for each in range(20)))
    shop.go()
    for each in range(20):
        shop.ads(f"person{each}", granted=False)
    shop.basis = replace(shop.basis, incomplete={"vip": "orders are late"})
    result = shop.go()
    assert result.outcomes == {"applied": 20}
    assert shop.platform.holding() == set()
    assert (shop.sent(), shop.ledger(Target("audience", "VIP"))) == (set(), {})


def test_a_withdrawal_of_one_address_takes_that_one_back_though_leaving_is_held(
    shop: AdShop,
) -> None:
    shop.vips("ann")
    shop.identify("ann", "phone", PHONE)
    shop.ads("ann", phone=PHONE)
    shop.go()
    shop.leave("vip", "ann")
    shop.ads("ann", granted=False, phone=PHONE)
    assert shop.go().report.held
    assert shop.platform.holding() == {ANN}


def test_leaving_the_segment_waits_for_the_brake(shop: AdShop) -> None:
    shop.vips("ann")
    shop.go()
    shop.leave("vip", "ann")
    assert shop.go().report.held
    assert shop.platform.holding() == {ANN}
    shop.go(approve=True)
    assert shop.platform.holding() == set()


def test_who_changed_address_is_sent_again_and_the_old_one_taken_back(shop: AdShop) -> None:
    shop.vips("ann")
    shop.go()
    shop.move("ann", "ann@new.example")
    assert shop.go().report.update == 1
    assert shop.platform.holding() == {hashed("ann@new.example")}


def test_erasure_takes_back_and_then_forgets(shop: AdShop) -> None:
    shop.vips("ann", "bo")
    shop.go()
    shop.erase("ann")
    shop.platform._answer = "rejected"
    shop.go()
    assert len(shop.sent()) == 2, "what was not taken back is still known"
    shop.platform._answer = "applied"
    shop.go()
    assert shop.platform.holding() == {BO}
    assert ANN not in repr(shop.sent())


@pytest.mark.parametrize("leaves", ["withdraws", "erased", "leaves", "moves"])
def test_who_arrived_though_refused_is_taken_out_by_what_was_sent(
    shop: AdShop, leaves: str
) -> None:
    shop.vips("ann")
    shop.platform._answer = "arrived"
    shop.go()
    assert shop.go().outcomes == {}, "what was refused for good is not sent again by itself"
    {
        "withdraws": lambda: shop.ads("ann", granted=False),
        "erased": lambda: shop.erase("ann"),
        "leaves": lambda: shop.leave("vip", "ann"),
        "moves": lambda: shop.move("ann", "ann@new.example"),
    }[leaves]()
    shop.platform._answer = "rejected"
    shop.go(approve=True)
    assert shop.platform.holding() == {ANN}
    shop.platform._answer = "applied"
    shop.go(approve=True)
    present = {hashed("ann@new.example")} if leaves == "moves" else set()
    assert (
        shop.platform.holding()
        == present
        == {value.partition('":"')[2].rstrip('"}') for _, value in shop.sent()}
    )


def test_who_is_added_while_another_hub_takes_them_out_is_taken_out_in_the_end(
    shop: AdShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.vips("ann")

    def overtaken(platform: Platform, changes: list[Change]) -> list[Outcome]:
        monkeypatch.undo()
        shop.ads("ann", granted=False)
        shop.go()
        for each in changes:
            platform.write(each)
        return [Outcome(each, "applied") for each in changes]

    monkeypatch.setattr(Platform, "push", overtaken)
    shop.go()
    assert shop.platform.holding() == {ANN}
    shop.go()
    assert (shop.platform.holding(), shop.sent()) == (set(), set())


def test_who_was_taken_out_though_refused_and_comes_back_is_sent_again(shop: AdShop) -> None:
    shop.vips("ann")
    shop.go()
    shop.ads("ann", granted=False)
    shop.platform._answer = "arrived"
    shop.go()
    shop.ads("ann")
    shop.platform._answer = "applied"
    shop.go(retry=True)
    assert shop.platform.holding() == {ANN}


def test_profiles_that_turn_out_to_be_one_keep_what_both_were_sent(shop: AdShop) -> None:
    shop.vips("ann", "bo")
    shop.go()
    for key in ("ann", "bo"):
        shop.identify(key, "loyalty", "7")
        # An email of their own would keep them apart.
        shop.move(key, "both@example.com")
    shop.rejoin("ann", "bo")
    shop.go()
    assert shop.platform.holding() == {hashed("both@example.com")}
    assert [key for key, _ in shop.sent()] == ["1"]


def test_what_two_people_share_stays_while_one_of_them_has_it(shop: AdShop) -> None:
    shop.vips("ann", "bo")
    for key in ("ann", "bo"):
        shop.identify(key, "phone", PHONE)
    shop.ads("ann", phone=PHONE)
    shop.go()
    shop.leave("vip", "ann")
    shop.go(approve=True)
    assert shop.platform.holding() == {BO, hashed(PHONE)}
    shop.leave("vip", "bo")
    shop.go(approve=True)
    assert shop.platform.holding() == set()


def test_a_membership_is_sent_again_before_it_ends(shop: AdShop) -> None:
    shop.vips("ann")
    shop.go()
    assert shop.go(later=timedelta(days=59)).report.update == 0
    assert shop.go(later=timedelta(days=61)).report.update == 1
    assert shop.go(later=timedelta(days=62)).report.update == 0


def test_an_audience_of_somebody_else_is_refused_unless_it_is_adopted(shop: AdShop) -> None:
    shop.vips("ann")
    shop.platform = Platform(others=("VIP",))
    refused = shop.go()
    assert "exists already" in refused.report.held[0].reason
    assert shop.platform._requested == []
    shop.go(audience("vip", adopt=True))
    assert shop.platform.holding() == {ANN}


def test_a_platform_is_pushed_to_without_having_been_read(shop: AdShop) -> None:
    shop.vips("ann")
    with shop.database.read() as transaction:
        assert "ads" not in transaction.scalars(select(CONNECTIONS.c.name)).all()
    assert shop.go().outcomes == {"applied": 1}


def test_the_segments_must_be_of_today(shop: AdShop) -> None:
    shop.vips("ann")
    shop.evaluated(TODAY - 1)
    with pytest.raises(Held, match="run: segmenthub evaluate"):
        push(
            shop.database, shop.platform, Bindings("ads", (audience("vip"),)),
            replace(shop.basis, member_streams=()),
        )  # fmt: skip


def test_status_says_why_an_audience_stays_empty(shop: AdShop) -> None:
    shop.people("ann", "bo")
    shop.segment("vip", "ann", "bo")
    stanza = Bindings("ads", (audience("vip"),))
    connections = {"ads": type("Bound", (), {"connector": shop.platform, "push": stanza})()}
    with shop.database.read() as transaction:
        (sentence,) = empty_targets(transaction, connections, "identifiers")
    assert sentence == (
        "the audience VIP of ads stays empty: none of 2 members of vip has consent to ads"
    )
    shop.ads("ann")
    with shop.database.read() as transaction:
        assert list(empty_targets(transaction, connections, "identifiers")) == []


KEYS = ("ann", "bo", "eva", "ib")
PHONES = (PHONE, OTHER_PHONE)
ANSWERS = ("applied", "", "rejected", "arrived", "pending")
PERSON = st.sampled_from(KEYS)
STEP = st.one_of(
    st.tuples(st.just("enter"), PERSON, st.none()),
    st.tuples(st.just("leaves"), PERSON, st.none()),
    st.tuples(st.just("email"), PERSON, st.booleans()),
    st.tuples(st.just("phone"), st.sampled_from(PHONES), st.booleans()),
    st.tuples(st.just("has_phone"), PERSON, st.sampled_from((*PHONES, None))),
    st.tuples(st.just("one_person"), PERSON, st.booleans()),
    st.tuples(st.just("answers"), st.sampled_from(ANSWERS), st.none()),
    st.tuples(st.just("crash"), st.integers(0, 3), st.none()),
    st.tuples(st.just("push"), st.none(), st.none()),
)


class History:
    """A history of people, consents, faults and pushes."""

    def __init__(self, database: Database) -> None:
        self.shop = AdShop(database)
        self.shop.vips(*KEYS)
        self.consenting = {f"{key}@example.com" for key in KEYS}

    def step(self, what: str, first: Any, second: Any) -> None:
        getattr(self, what)(first, second)

    def enter(self, key: str, _: None) -> None:
        if self.profile(key) is not None:
            self.shop.leave("vip", key)
            self.shop.enter("vip", key)

    def leaves(self, key: str, _: None) -> None:
        self.shop.leave("vip", key)

    def email(self, key: str, granted: bool) -> None:
        self.shop.ads(key, granted=granted)
        (self.consenting.add if granted else self.consenting.discard)(f"{key}@example.com")

    def phone(self, phone: str, granted: bool) -> None:
        self.shop.ads("ann", granted=granted, phone=phone)
        (self.consenting.add if granted else self.consenting.discard)(phone)

    def has_phone(self, key: str, phone: str | None) -> None:
        self._identify(key, "phone", phone)

    def one_person(self, key: str, joined: bool) -> None:
        self._identify(key, "email", "both@example.com" if joined else f"{key}@example.com")
        self.shop.rejoin(*KEYS)
        self.shop.profiles |= {each: self.profile(each) or 0 for each in KEYS}

    def answers(self, answer: str, _: None) -> None:
        self.shop.platform._answer = answer

    def crash(self, after: int, _: None) -> None:
        self.shop.platform._dies_after = after
        try:
            self.push(None, None)
        except Crash:
            pass
        finally:
            self.shop.platform._dies_after = None

    def push(self, _: None, __: None) -> None:
        try:
            self.shop.go(approve=True)
        finally:
            allowed = {hashed(each) for each in self.consenting}
            for change in self.shop.platform._requested:
                assert {value for each in change.add for value in each.values()} <= allowed

    def profile(self, key: str) -> int | None:
        with self.shop.database.read() as transaction:
            number = CONTACTS.c.id == self.shop.contacts[key]
            return transaction.scalar(select(CONTACTS.c.profile_id).where(number))

    def _identify(self, key: str, kind: str, value: str | None) -> None:
        with self.shop.database.transaction() as transaction:
            contact = self.shop.contacts[key]
            transaction.execute(
                delete(IDENTIFIERS).where(
                    IDENTIFIERS.c.contact_id == contact, IDENTIFIERS.c.kind == kind
                )
            )
        if value is not None:
            self.shop.identify(key, kind, value)


@pytest.fixture
def emptied(database: Database) -> Callable[[], Database]:
    """The store with nothing in it, as often as a test asks."""

    def empty() -> Database:
        with database.transaction() as transaction:
            for table in reversed(METADATA.sorted_tables):
                transaction.execute(delete(table))
        return database

    return empty


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=15))
def test_after_any_history_an_audience_holds_what_a_first_push_would_send(
    emptied: Callable[[], Database], steps: list[tuple[str, Any, Any]]
) -> None:
    history = History(emptied())
    for step in steps:
        history.step(*step)
    history.answers("applied", None)
    history.push(None, None)
    # What was refused for good is sent again when a person says so.
    history.shop.go(approve=True, retry=True)
    holding, sent = history.shop.platform.holding(), history.shop.sent()
    history.push(None, None)
    assert history.shop.platform._requested == []
    history.shop.forget_pushes()
    history.push(None, None)
    assert holding == history.shop.platform.holding()
    assert sent == history.shop.sent()
