"""Push: requests to a destination, and the ledger afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from core.audience import ledger, spool
from core.audience.binding import Bindings
from core.audience.delivery.rejected import rejected_changes, rejected_groups
from core.audience.plan import plan
from core.audience.reach import empty_targets
from core.contract import Change, Outcome, Result, Target
from core.errors import Broken, Held, Unauthorized, Unavailable
from core.records import Requires
from core.store.bulk import table_of
from core.store.database import Database
from core.store.findings import Finding
from core.store.people.suppression import suppress
from core.store.tables.ledger import Ledger
from core.store.tables.operations import Checkpoint
from core.store.tables.segments import Evaluation
from core.store.tables.types import local_day
from sync.push import PushResult, push
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
    show,
    tag,
)


@pytest.fixture
def shop(database: Database) -> SeededShop:
    """A store with a destination that was read and segments of today."""
    return SeededShop(database)


def go(
    shop: SeededShop, *bindings: object, approve: bool = False, retry: bool = False
) -> PushResult:
    """Push, and forget what earlier pushes asked; a person who approves was shown the plan."""
    stanza = bound(*(bindings or (tag("loyal"),)))  # type: ignore[arg-type]
    if approve:
        show(shop.database, shop.tool, stanza, shop.basis)
    shop.tool._requested.clear()
    shop.tool._reads.clear()
    return push(shop.database, shop.tool, stanza, shop.basis, approve=approve, retry=retry)


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


def test_a_rejected_change_is_not_sent_again_until_it_is_retried(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._rejects.add("ann")
    result = go(shop)
    assert result.outcomes == {"applied": 1, "rejected": 1}
    assert result.reasons == {"the tool says no": 1}
    shop.tool._rejects.clear()
    go(shop)
    assert shop.tool._requested == []
    with shop.database.transaction() as transaction:
        assert ledger.retry(transaction, shop.connection) == 1
    go(shop)
    assert shop.tool.carrying(LOYAL) == {"ann": "yes", "bo": "yes"}


def test_a_rejected_change_is_recorded_with_its_reason(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._rejects |= {"ann", "bo"}
    go(shop)
    rows = table_of(Ledger)
    with shop.database.read() as transaction:
        recorded = transaction.execute(select(rows.c.key, rows.c.state, rows.c.reason)).all()
    assert sorted(map(tuple, recorded)) == [
        ("ann", "rejected", "the tool says no"),
        ("bo", "rejected", "the tool says no"),
    ]


def test_the_reason_of_a_refusal_is_recorded_without_addresses_and_in_short(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.loyal("ann")
    reason = "ann@example.com, +45 20 30 40 50, is blocked " + "and so on " * 10_000
    monkeypatch.setattr(
        Tool, "push", lambda _, changes: [Outcome(each, "rejected", reason) for each in changes]
    )
    go(shop)
    with shop.database.read() as transaction:
        (recorded,) = rejected_changes(transaction)
    assert recorded.reason.startswith("[email], [phone], is blocked")
    assert len(recorded.reason) < 10_000


def test_a_target_whose_every_change_is_rejected_is_found_until_one_is_applied(
    shop: SeededShop,
) -> None:
    shop.people("ann", "bo", "eva")
    shop.segment("loyal", "ann", "bo")
    shop.tool._rejects |= {"ann", "bo"}
    (found,) = go(shop).findings.items()
    assert found == (
        LOYAL, Finding("rejected", number=2, reason="the tool says no", fails=True)
    )  # fmt: skip
    assert go(shop).findings == {}
    assert [each.place for each in shop.findings()] == ["tag Loyal"]
    shop.enter("loyal", "eva")
    assert go(shop).findings == {}
    assert shop.findings() == []
    shop.tool._rejects.clear()
    go(shop)
    assert set(shop.tool.carrying(LOYAL)) == {"ann", "bo", "eva"}


def test_one_rejected_change_of_several_is_no_finding(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._rejects.add("ann")
    assert go(shop).findings == {}
    assert shop.findings() == []


def test_a_retry_sends_again_what_was_rejected(shop: SeededShop) -> None:
    shop.loyal("ann")
    shop.tool._rejects.add("ann")
    go(shop)
    shop.tool._rejects.clear()
    assert go(shop, retry=True).outcomes == {"applied": 1}
    assert shop.findings() == []


def test_a_change_that_is_refused_for_now_is_sent_again_later_and_later(shop: SeededShop) -> None:
    shop.loyal("ann")
    shop.tool._busy = True
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    for pause in (minute, 10 * minute, hour, 6 * hour, 24 * hour, 24 * hour):
        assert go(shop).findings == {}
        assert len(shop.tool._requested) == 1
        with shop.database.read() as transaction:
            (group,) = rejected_groups(transaction, "news")
            (change,) = rejected_changes(transaction)
        assert (group.reason, group.changes) == ("the tool is busy", 1)
        assert group.again_at == change.again_at == shop.basis.now + pause
        wait(shop, pause - minute / 2)
        go(shop)
        assert shop.tool._requested == []
        wait(shop, minute / 2)
    shop.tool._busy = False
    assert go(shop).outcomes == {"applied": 1}
    assert shop.ledger() == {"ann": ("delivered", "yes")}


def test_a_change_that_was_refused_while_the_clock_was_ahead_is_sent_again(
    shop: SeededShop,
) -> None:
    shop.loyal("ann")
    shop.tool._busy = True
    go(shop)
    shop.tool._busy = False
    wait(shop, timedelta(days=-300))
    assert go(shop).outcomes == {"applied": 1}


def test_a_change_that_is_refused_for_now_waits_for_nobody_once_it_is_not_wanted(
    shop: SeededShop,
) -> None:
    shop.loyal("ann")
    shop.tool._busy = True
    go(shop)
    shop.leave("loyal", "ann")
    wait(shop, timedelta(hours=1))
    go(shop)
    assert shop.tool._requested == []
    assert shop.ledger() == {}


def wait(shop: SeededShop, time: timedelta) -> None:
    """Let time pass; the segments are evaluated as of the new day."""
    shop.basis = replace(shop.basis, now=shop.basis.now + time)
    shop.evaluated(local_day(shop.basis.now, shop.basis.zone))


def test_a_rejected_removal_is_forgotten_when_the_person_is_wanted_again(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    go(shop)
    shop.leave("loyal", "ann")
    shop.tool._rejects.add("ann")
    go(shop)
    assert shop.ledger()["ann"] == ("rejected", "yes")
    shop.enter("loyal", "ann")
    go(shop)
    assert shop.tool._requested == []
    assert shop.ledger()["ann"] == ("delivered", "yes")


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


def test_removals_that_are_held_go_when_a_person_approves(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(20)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys[:5])
    shop.people("new")
    shop.enter("loyal", "new")
    result = go(shop)
    (hold,) = result.report.held
    assert (hold.removals, hold.approvable) == (5, True)
    assert set(shop.tool.carrying(LOYAL)) == {*keys, "new"}
    assert go(shop, approve=True).report.held == ()
    assert set(shop.tool.carrying(LOYAL)) == {*keys[5:], "new"}


def test_an_approval_takes_what_was_shown_and_no_more(shop: SeededShop) -> None:
    keys = [f"p{number:02}" for number in range(20)]
    shop.loyal(*keys)
    go(shop)
    stanza = bound(tag("loyal"))
    shop.leave("loyal", *keys[:5])
    report = show(shop.database, shop.tool, stanza, shop.basis)
    assert [hold.removals for hold in report.held] == [5]
    shop.enter("loyal", keys[0])
    shop.leave("loyal", *keys[5:8])
    # A push on schedule holds them all, and adds nothing to what was shown.
    assert [hold.removals for hold in go(shop).report.held] == [7]
    approved = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert set(shop.tool.carrying(LOYAL)) == {keys[0], *keys[5:]}
    (hold,) = approved.report.held
    assert (hold.removals, hold.approvable) == (3, True)
    assert hold.reason.startswith("3 changes were not among those that were shown")
    # What the approval left was shown with it.
    again = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert again.report.held == ()
    assert set(shop.tool.carrying(LOYAL)) == {keys[0], *keys[8:]}
    assert shop.held() == []


def test_an_approval_of_what_nobody_was_shown_holds_and_shows_it(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys)
    stanza = bound(tag("loyal"))
    first = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert [hold.removals for hold in first.report.held] == [6]
    assert "were not among" not in first.report.held[0].reason
    assert set(shop.tool.carrying(LOYAL)) == set(keys)
    assert shop.held() == keys
    push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert shop.tool.carrying(LOYAL) == {}


def test_an_approval_holds_until_the_tool_has_answered(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys)
    go(shop)
    shop.tool._dies_after = 0
    stanza = bound(tag("loyal"))
    failed = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert isinstance(failed.error, Unavailable)
    assert shop.held() == keys
    shop.tool._dies_after = None
    push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert shop.tool.carrying(LOYAL) == {}


def test_what_was_shown_is_forgotten_once_nothing_is_held(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys)
    go(shop)
    assert shop.held() == keys
    shop.enter("loyal", *keys)
    go(shop)
    assert shop.held() == []


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
