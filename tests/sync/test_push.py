"""Push: requests to a destination, and the ledger afterwards."""

from dataclasses import replace

import pytest
from sqlalchemy import delete

from core.audience import spool
from core.audience.binding import Bindings
from core.audience.plan import plan
from core.audience.reach import empty_targets
from core.contract import Change, Outcome, Result, Target
from core.errors import Broken, Held, Unauthorized, Unavailable
from core.records import Requires
from core.store.bulk import table_of
from core.store.people.suppression import suppress
from core.store.tables.operations import Checkpoint
from core.store.tables.segments import Evaluation
from sync.push import push
from tests.core.audience.seeded_shop import (
    LOYAL,
    NOW,
    TODAY,
    VIP,
    Blind,
    Crash,
    OneScan,
    SeededShop,
    Tool,
    bound,
    tag,
)
from tests.sync.pushing import go


def test_members_carry_the_tag_and_a_second_push_asks_nothing(shop: SeededShop) -> None:
    shop.people("ann", "bo", "eva")
    shop.segment("loyal", "ann", "bo")
    result = go(shop)
    assert result.outcomes == {"applied": 2}
    assert shop.tool.carrying(LOYAL) == {"ann": "yes", "bo": "yes"}
    again = go(shop)
    assert (again.report.enter, again.report.leave, again.report.requests) == (0, 0, 0)
    assert shop.tool._requested == []
    assert shop.tool._reads == []


def test_a_destination_gets_the_address_that_its_own_connection_stated(shop: SeededShop) -> None:
    shop.loyal("ann")
    go(shop)
    (change,) = shop.tool._requested
    assert change.address == "Ann@example.com"
    assert change == Change(LOYAL, "ann", "yes")
    assert "example.com" not in repr(change)


def test_a_member_who_leaves_the_segment_loses_the_tag(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    go(shop)
    shop.leave("loyal", "ann")
    go(shop)
    assert shop.tool.carrying(LOYAL) == {"bo": "yes"}
    assert shop.ledger() == {"bo": ("delivered", "yes")}


def test_a_tag_from_before_the_hub_stays(shop: SeededShop) -> None:
    shop.people("ann", "bo", "eva")
    shop.tool.write(Change(LOYAL, "ann", "yes"))
    shop.tool.write(Change(LOYAL, "eva", "yes"))
    shop.segment("loyal", "ann", "bo")
    go(shop)
    assert [change.key for change in shop.tool._requested] == ["bo"]
    shop.leave("loyal", "ann", "bo")
    go(shop, approve=True)
    assert shop.tool.carrying(LOYAL) == {"ann": "yes", "eva": "yes"}
    assert [change.key for change in shop.tool._requested] == ["bo"]
    assert shop.ledger()["ann"] == ("found", "yes")


def test_a_target_without_members_is_not_even_read(shop: SeededShop) -> None:
    shop.segment("loyal")
    go(shop)
    assert shop.tool._reads == []


@pytest.mark.parametrize("status", ["unsubscribed", "pending", "cleaned", "archived", "none"])
def test_only_subscribed_people_are_written_to(shop: SeededShop, status: str) -> None:
    shop.person("ann", status=status)
    shop.segment("loyal", "ann")
    go(shop)
    assert shop.tool._requested == []


def test_nobody_is_written_to_without_a_statement_of_consent(shop: SeededShop) -> None:
    shop.person("ann", consent=False)
    shop.segment("loyal", "ann")
    assert go(shop).report.enter == 0
    assert go(shop, tag("loyal", requires="none")).report.enter == 1


def test_people_who_are_not_on_the_list_are_not_named(shop: SeededShop) -> None:
    shop.person("ann", status=None)
    shop.segment("loyal", "ann")
    go(shop)
    assert shop.tool._requested == []


def test_an_erased_person_in_a_restored_store_is_not_written_to(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    with shop.database.transaction() as transaction:
        suppress(transaction, [("email", "ann@example.com")], "erasure", NOW)
    result = go(shop)
    assert result.outcomes == {"applied": 1, "skipped": 1}
    assert shop.tool.carrying(LOYAL) == {"bo": "yes"}


def test_an_unreachable_member_is_released_and_left_alone(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    go(shop)
    shop.status("ann", "unsubscribed")
    shop.leave("loyal", "ann")
    go(shop)
    assert shop.tool._requested == []
    assert shop.ledger()["ann"] == ("released", "yes")
    assert go(shop).report.targets[0].release == 0


def test_a_member_who_unsubscribes_is_released_and_left_alone(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    go(shop)
    shop.status("ann", "unsubscribed")
    go(shop)
    assert shop.tool._requested == []
    assert shop.ledger()["ann"] == ("released", "yes")


def test_a_person_who_vanished_from_the_list_is_released(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    go(shop)
    shop.vanish("ann")
    go(shop)
    assert shop.tool._requested == []
    assert shop.ledger()["ann"] == ("released", "yes")


def test_a_released_person_who_comes_back_gets_what_is_right_by_now(shop: SeededShop) -> None:
    shop.loyal("ann", "bo", "eva")
    go(shop)
    shop.status("ann", "unsubscribed")
    shop.status("bo", "unsubscribed")
    go(shop)
    shop.leave("loyal", "ann")
    shop.status("ann", "subscribed")
    shop.status("bo", "subscribed")
    go(shop)
    assert shop.tool.carrying(LOYAL) == {"bo": "yes", "eva": "yes"}
    assert shop.ledger() == {"bo": ("delivered", "yes"), "eva": ("delivered", "yes")}


def test_a_person_whom_the_tool_does_not_know_is_skipped_once(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._people.remove("ann")
    result = go(shop)
    assert result.reasons == {"not on the list": 1}
    go(shop)
    assert shop.tool._requested == []
    shop.status("ann", "archived")
    go(shop)
    assert "ann" not in shop.ledger()


def test_a_failing_tool_is_reported_and_its_answers_are_recorded(shop: SeededShop) -> None:
    shop.loyal("ann", "bo", "eva")
    shop.tool._dies_after = 2
    result = go(shop)
    assert isinstance(result.error, Unavailable)
    assert result.outcomes == {"applied": 2}
    states = sorted(state for state, _ in shop.ledger().values())
    assert states == ["delivered", "delivered", "pending"]
    shop.tool._dies_after = None
    assert go(shop).outcomes == {"applied": 1}


def test_a_refused_credential_is_reported(shop: SeededShop) -> None:
    shop.loyal("ann")
    shop.tool._dies_after = 0
    shop.tool._error = Unauthorized("renew the key")
    assert isinstance(go(shop).error, Unauthorized)


def test_a_fault_of_the_tool_stops_its_push_and_is_reported_without_its_data(
    shop: SeededShop,
) -> None:
    shop.loyal("ann", "bo", "eva")
    shop.tool._dies_after = 2
    shop.tool._error = KeyError("ann@example.com")
    result = go(shop)
    assert isinstance(result.error, Broken)
    assert "the connector tool failed with KeyError" in str(result.error)
    assert "ann@example.com" not in str(result.error)
    assert result.outcomes == {"applied": 2}
    shop.tool._dies_after = None
    assert go(shop).outcomes == {"applied": 1}


@pytest.mark.parametrize("answers", [["applied"], [None], "applied"])
def test_a_tool_that_answers_otherwise_than_it_should_is_at_fault(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch, answers: object
) -> None:
    shop.loyal("ann")
    monkeypatch.setattr(Tool, "push", lambda _self, _changes: answers)
    result = go(shop)
    assert isinstance(result.error, Broken)
    assert "the connector tool failed with TypeError" in str(result.error)
    assert shop.ledger()["ann"] == ("pending", None)


@pytest.mark.parametrize("cost", [lambda _self, _changes: 1 / 0, lambda _self, _changes: 12])
def test_a_tool_that_cannot_say_what_a_push_costs_is_at_fault(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch, cost: object
) -> None:
    shop.loyal("ann")
    monkeypatch.setattr(Tool, "cost", cost)
    with pytest.raises(Broken, match="the connector tool failed with"):
        go(shop)
    assert shop.tool._requested == []


def test_a_tool_that_fails_when_it_is_looked_at_gets_nothing(shop: SeededShop) -> None:
    shop.loyal("ann")
    shop.tool._refuses_reading[LOYAL] = ZeroDivisionError()
    (hold,) = go(shop).report.held
    assert "the connector tool failed with ZeroDivisionError" in hold.reason
    assert shop.tool._requested == []


@pytest.mark.parametrize("first", ["applied", "rejected"])
def test_of_two_answers_to_one_change_the_first_counts(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch, first: Result
) -> None:
    shop.loyal("ann")
    order: list[Result] = ["applied", "rejected"]
    order.sort(key=lambda result: result != first)
    monkeypatch.setattr(
        Tool, "push",
        lambda _, changes: [Outcome(each, result) for each in changes for result in order],
    )  # fmt: skip
    assert go(shop).outcomes == {first: 1}
    assert shop.ledger()["ann"] == {
        "applied": ("delivered", "yes"), "rejected": ("rejected", None),
    }[first]  # fmt: skip


def test_a_change_without_an_answer_is_sent_again(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._silent.add("ann")
    assert isinstance(go(shop).error, Broken)
    shop.tool._silent.clear()
    assert go(shop).outcomes == {"applied": 1}
    assert [change.key for change in shop.tool._requested] == ["ann"]


def test_who_is_never_answered_keeps_nobody_waiting(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "CHUNK_SIZE", 1)
    shop.loyal("ann", "bo")
    shop.tool._silent.add("ann")
    result = go(shop)
    assert "1 of 2 changes were not answered" in str(result.error)
    assert result.outcomes == {"applied": 1}


def test_a_tag_whose_delivery_nobody_heard_of_is_taken_away_from_who_left_since(
    shop: SeededShop,
) -> None:
    shop.people("ann", "bo")
    shop.segment("loyal", "bo")
    go(shop)
    shop.enter("loyal", "ann")
    shop.tool._silent.add("ann")
    go(shop)
    shop.tool._silent.clear()
    shop.leave("loyal", "ann")
    go(shop)
    assert shop.tool.carrying(LOYAL) == {"bo": "yes"}
    assert "ann" not in shop.ledger()


def test_a_tag_whose_delivery_nobody_heard_of_is_released_like_any_other(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._silent.add("ann")
    go(shop)
    shop.tool._silent.clear()
    shop.status("ann", "unsubscribed")
    go(shop)
    assert shop.ledger()["ann"] == ("released", "yes")
    shop.status("ann", "subscribed")
    shop.leave("loyal", "ann")
    go(shop)
    assert shop.tool.carrying(LOYAL) == {"bo": "yes"}


@pytest.mark.parametrize("answers", range(6))
def test_a_crash_after_any_answer_and_another_push_come_to_the_same(
    shop: SeededShop, answers: int
) -> None:
    keys = ["ann", "bo", "eva", "ib", "kim"]
    shop.loyal(*keys)
    shop.segment("vip", "ann")
    bindings = (tag("loyal"), tag("vip", VIP))
    shop.tool._dies_after, shop.tool._error = answers, Crash()
    with pytest.raises(Crash):
        go(shop, *bindings)
    shop.tool._dies_after = None
    go(shop, *bindings)
    assert shop.tool.carrying(LOYAL) == dict.fromkeys(keys, "yes")
    assert shop.tool.carrying(VIP) == {"ann": "yes"}
    assert {state for state, _ in shop.ledger().values()} == {"delivered"}


def test_a_crash_in_the_first_reading_takes_nobody_for_ours(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool.write(Change(LOYAL, "ann", "yes"))
    shop.tool._refuses_reading[LOYAL] = Unavailable("later")
    assert isinstance(go(shop).error, Unavailable)
    assert shop.tool._requested == []
    shop.tool._refuses_reading.clear()
    go(shop)
    assert shop.ledger() == {"ann": ("found", "yes"), "bo": ("delivered", "yes")}


@pytest.mark.parametrize("tool", [Tool, OneScan])
def test_a_target_that_cannot_be_read_stops_itself_and_not_the_others(
    shop: SeededShop, tool: type[Tool]
) -> None:
    shop.tool = tool()
    shop.tool._people.add("ann")
    shop.loyal("ann")
    shop.segment("vip", "ann")
    shop.tool._refuses_reading[LOYAL] = Broken("the tag was deleted")
    result = go(shop, tag("loyal"), tag("vip", VIP))
    assert shop.tool.carrying(VIP) == {"ann": "yes"}
    assert shop.tool._begun == 1
    assert [(hold.target, hold.reason) for hold in result.report.held] == [
        (LOYAL, "the tag was deleted")
    ]


@pytest.mark.parametrize(
    ("there", "adopt", "written"), [(True, False, 0), (True, True, 1), (False, False, 1)]
)
def test_a_target_that_nobody_can_read_must_be_ours_or_adopted(
    shop: SeededShop, there: bool, adopt: bool, written: int
) -> None:
    tool = Blind()
    tool._there = there
    tool._people.add("ann")
    shop.tool = tool
    shop.loyal("ann")
    result = go(shop, tag("loyal", adopt=adopt))
    assert len(shop.tool.carrying(LOYAL)) == written
    assert [("adopt = true" in hold.reason) for hold in result.report.held] == [True] * (
        1 - written
    )


def test_a_destination_that_was_never_read_is_not_written_to(shop: SeededShop) -> None:
    table = table_of(Checkpoint)
    with shop.database.transaction() as transaction:
        transaction.execute(delete(table))
    with pytest.raises(Held, match="news has never been read to its end"):
        go(shop)


def test_an_unknown_connection_is_not_written_to(shop: SeededShop) -> None:
    shop.basis = replace(shop.basis, member_streams=())
    stanza = replace(bound(tag("loyal")), connection="other")
    with pytest.raises(Held, match="other has never been read"):
        push(shop.database, shop.tool, stanza, shop.basis)


def test_an_evaluation_of_another_day_is_not_pushed(shop: SeededShop) -> None:
    shop.evaluated(TODAY - 1)
    with pytest.raises(Held, match="as of 2026-11-19 and today is 2026-11-20"):
        go(shop)


def test_today_is_the_shops_day(shop: SeededShop) -> None:
    shop.basis = replace(shop.basis, now=NOW.replace(hour=23, minute=30))
    with pytest.raises(Held, match="today is 2026-11-21"):
        go(shop)


def test_without_any_evaluation_nothing_is_pushed(shop: SeededShop) -> None:
    with shop.database.transaction() as transaction:
        transaction.execute(delete(table_of(Evaluation)))
    with pytest.raises(Held, match="never been evaluated"):
        go(shop)


def test_a_plan_sends_nothing_and_records_nothing(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    with plan(shop.database, shop.tool, bound(tag("loyal")), shop.basis) as planned:
        report = planned.report
    (only,) = report.targets
    assert (only.enter, only.entering, only.unread) == (2, ("ann", "bo"), True)
    assert (report.requests, report.seconds) == (2, 0.2)
    assert shop.tool._requested == []
    assert shop.tool._reads == []
    assert shop.ledger() == {}


def test_incomplete_streams_hold_both_directions_whatever_a_person_approves(
    shop: SeededShop,
) -> None:
    shop.people("ann", "bo", "eva")
    shop.segment("loyal", "ann", "bo")
    go(shop)
    shop.leave("loyal", "ann", reason="time")
    shop.enter("loyal", "eva")
    shop.basis = replace(shop.basis, incomplete={"loyal": "orders of shop is old"})
    result = go(shop, approve=True)
    assert shop.tool.carrying(LOYAL) == {"ann": "yes", "bo": "yes"}
    assert [(hold.reason, hold.approvable) for hold in result.report.held] == [
        ("orders of shop is old", False)
    ]


def test_entering_and_leaving_while_the_tool_is_down_is_one_write(shop: SeededShop) -> None:
    shop.people("ann", "bo")
    shop.segment("loyal", "bo")
    go(shop)
    shop.tool._dies_after = 0
    for _ in range(4):
        shop.enter("loyal", "ann")
        go(shop)
        shop.leave("loyal", "ann")
        go(shop)
    shop.enter("loyal", "ann")
    shop.tool._dies_after = None
    go(shop)
    assert shop.tool._requested == [Change(LOYAL, "ann", "yes")]


def test_a_changed_key_is_an_enter_and_a_release(shop: SeededShop) -> None:
    shop.loyal("old", "bo")
    go(shop)
    shop.vanish("old")
    shop.person("new")
    shop.enter("loyal", "new")
    go(shop)
    assert shop.tool._requested == [Change(LOYAL, "new", "yes")]


def test_a_shop_asks_for_no_list(shop: SeededShop) -> None:
    shop.tool = Tool(shop=True)
    shop.person("ann", status=None, consent=False)
    shop.segment("loyal", "ann")
    field = Target("field", "segments")
    go(shop, replace(tag("loyal", field, requires="none"), value="segments"))
    assert shop.tool.carrying(field) == {"ann": "loyal"}


def test_a_tag_without_anybody_to_write_to_is_named(shop: SeededShop) -> None:
    """Everybody of its segment lacks the consent, or is not there; one is enough."""
    shop.person("ann", consent=False)
    shop.person("bo", status=None)
    shop.segment("loyal", "ann", "bo")

    def empty(requires: Requires) -> list[str]:
        stanza = Bindings("news", (tag("loyal", requires=requires),))
        news = type("Bound", (), {"connector": shop.tool, "push": stanza})()
        with shop.database.read() as transaction:
            return list(empty_targets(transaction, {"news": news}, "key"))

    (sentence,) = empty("email")
    assert sentence == (
        "the tag Loyal of news stays empty: none of 2 members of loyal is there with consent to "
        "email"
    )
    assert empty("none") == []
