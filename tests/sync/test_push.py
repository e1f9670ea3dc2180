"""Push: requests to a destination, and the ledger afterwards."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from core.audience import ledger
from core.audience.plan import plan
from core.contract import Change, Target
from core.errors import Broken, Held, Unauthorized, Unavailable
from core.store.bulk import table_of
from core.store.database import Database
from core.store.people.suppression import suppress
from core.store.tables.operations import Checkpoint, Ledger
from core.store.tables.segments import Evaluation
from sync.push import PushResult, push
from tests.core.audience.seeded_shop import (
    LOYAL,
    NOW,
    TODAY,
    VIP,
    Blind,
    Crash,
    SeededShop,
    Tool,
    bound,
    tag,
)


@pytest.fixture
def town(database: Database) -> SeededShop:
    """A store with a destination that was read and segments of today."""
    return SeededShop(database)


def go(town: SeededShop, *bindings: object, approve: bool = False) -> PushResult:
    stanza = bound(*(bindings or (tag("loyal"),)))  # type: ignore[arg-type]
    return push(town.database, town.tool, stanza, town.basis, approve=approve)


def test_members_carry_the_tag_and_a_second_push_asks_nothing(town: SeededShop) -> None:
    town.people("ann", "bo", "eva")
    town.segment("loyal", "ann", "bo")
    result = go(town)
    assert result.outcomes == {"applied": 2}
    assert town.tool.carrying(LOYAL) == {"ann": "yes", "bo": "yes"}
    town.tool._asked.clear()
    town.tool._reads.clear()
    again = go(town)
    assert (again.report.enter, again.report.leave, again.report.requests) == (0, 0, 0)
    assert town.tool._asked == []
    assert town.tool._reads == []


def test_a_destination_is_told_the_address_that_its_own_connection_stated(town: SeededShop) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    go(town)
    (change,) = town.tool._asked
    assert change.address == "Ann@example.com"
    assert change == Change(LOYAL, "ann", "yes")
    assert "example.com" not in repr(change)


def test_a_member_who_leaves_the_segment_loses_the_tag(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    go(town)
    town.leave("loyal", "ann")
    go(town)
    assert town.tool.carrying(LOYAL) == {"bo": "yes"}
    assert town.ledger() == {"bo": ("delivered", "yes")}


def test_a_tag_from_before_the_hub_stays(town: SeededShop) -> None:
    town.people("ann", "bo", "eva")
    town.tool.write(Change(LOYAL, "ann", "yes"))
    town.tool.write(Change(LOYAL, "eva", "yes"))
    town.segment("loyal", "ann", "bo")
    go(town)
    town.leave("loyal", "ann", "bo")
    go(town, approve=True)
    assert town.tool.carrying(LOYAL) == {"ann": "yes", "eva": "yes"}
    assert [change.key for change in town.tool._asked] == ["bo", "bo"]
    assert town.ledger()["ann"] == ("found", "yes")


def test_a_target_without_members_is_not_even_read(town: SeededShop) -> None:
    town.segment("loyal")
    go(town)
    assert town.tool._reads == []


@pytest.mark.parametrize("status", ["unsubscribed", "pending", "cleaned", "archived", "none"])
def test_only_subscribed_people_are_written_to(town: SeededShop, status: str) -> None:
    town.person("ann", status=status)
    town.segment("loyal", "ann")
    go(town)
    assert town.tool._asked == []


def test_nobody_is_written_to_without_a_statement_of_consent(town: SeededShop) -> None:
    town.person("ann", consent=False)
    town.segment("loyal", "ann")
    assert go(town).report.enter == 0
    assert go(town, tag("loyal", requires="none")).report.enter == 1


def test_people_who_are_not_on_the_list_are_not_named(town: SeededShop) -> None:
    town.person("ann", status=None)
    town.segment("loyal", "ann")
    go(town)
    assert town.tool._asked == []


def test_an_erased_person_in_a_restored_store_is_not_written_to(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    with town.database.transaction() as transaction:
        suppress(transaction, [("email", "ann@example.com")], "erasure", NOW)
    result = go(town)
    assert result.outcomes == {"applied": 1, "skipped": 1}
    assert town.tool.carrying(LOYAL) == {"bo": "yes"}


def test_an_unreachable_member_is_released_and_left_alone(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    go(town)
    town.status("ann", "unsubscribed")
    town.leave("loyal", "ann")
    town.tool._asked.clear()
    go(town)
    assert town.tool._asked == []
    assert town.ledger()["ann"] == ("released", "yes")
    assert go(town).report.targets[0].release == 0


def test_a_person_who_vanished_from_the_list_is_released(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    go(town)
    town.vanish("ann")
    town.tool._asked.clear()
    go(town)
    assert town.tool._asked == []
    assert town.ledger()["ann"] == ("released", "yes")


def test_a_released_person_who_comes_back_gets_what_is_right_by_now(town: SeededShop) -> None:
    town.people("ann", "bo", "eva")
    town.segment("loyal", "ann", "bo", "eva")
    go(town)
    town.status("ann", "unsubscribed")
    town.status("bo", "unsubscribed")
    go(town)
    town.leave("loyal", "ann")
    town.status("ann", "subscribed")
    town.status("bo", "subscribed")
    go(town)
    assert town.tool.carrying(LOYAL) == {"bo": "yes", "eva": "yes"}
    assert town.ledger() == {"bo": ("delivered", "yes"), "eva": ("delivered", "yes")}


def test_a_person_whom_the_tool_does_not_know_is_skipped_once(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.tool._people.remove("ann")
    result = go(town)
    assert result.reasons == {"not on the list": 1}
    town.tool._asked.clear()
    go(town)
    assert town.tool._asked == []
    town.status("ann", "archived")
    go(town)
    assert "ann" not in town.ledger()


def test_a_rejected_change_is_not_sent_again_until_it_is_retried(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.tool._rejects.add("ann")
    result = go(town)
    assert result.outcomes == {"applied": 1, "rejected": 1}
    assert result.reasons == {"the tool says no": 1}
    town.tool._rejects.clear()
    town.tool._asked.clear()
    go(town)
    assert town.tool._asked == []
    with town.database.transaction() as transaction:
        assert ledger.retry(transaction, town.connection) == 1
    go(town)
    assert town.tool.carrying(LOYAL) == {"ann": "yes", "bo": "yes"}


def test_a_rejected_change_is_recorded_with_its_reason(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.tool._rejects |= {"ann", "bo"}
    go(town)
    rows = table_of(Ledger)
    with town.database.read() as transaction:
        recorded = transaction.execute(select(rows.c.key, rows.c.state, rows.c.reason)).all()
    assert sorted(map(tuple, recorded)) == [
        ("ann", "rejected", "the tool says no"),
        ("bo", "rejected", "the tool says no"),
    ]


def test_a_rejected_removal_is_forgotten_when_the_person_is_wanted_again(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    go(town)
    town.leave("loyal", "ann")
    town.tool._rejects.add("ann")
    go(town)
    assert town.ledger()["ann"] == ("rejected", "yes")
    town.enter("loyal", "ann")
    town.tool._asked.clear()
    go(town)
    assert town.tool._asked == []
    assert town.ledger()["ann"] == ("delivered", "yes")


def test_pending_changes_are_resolved_before_anything_is_sent(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.tool._delays = True
    assert go(town).outcomes == {"pending": 2}
    town.tool._asked.clear()
    assert go(town).outcomes == {"pending": 2}
    assert town.tool._asked == []
    town.tool._delays = False
    town.leave("loyal", "ann")
    assert go(town).outcomes == {"applied": 3}
    assert town.tool.carrying(LOYAL) == {"bo": "yes"}


def test_a_failing_tool_is_reported_and_what_it_answered_is_kept(town: SeededShop) -> None:
    town.people("ann", "bo", "eva")
    town.segment("loyal", "ann", "bo", "eva")
    town.tool._dies_after = 2
    result = go(town)
    assert isinstance(result.error, Unavailable)
    assert result.outcomes == {"applied": 2}
    states = sorted(state for state, _ in town.ledger().values())
    assert states == ["delivered", "delivered", "pending"]
    town.tool._dies_after = None
    assert go(town).outcomes == {"applied": 1}


def test_a_refused_credential_is_reported(town: SeededShop) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    town.tool._dies_after = 0
    town.tool._error = Unauthorized("renew the key")
    assert isinstance(go(town).error, Unauthorized)


def test_a_fault_of_the_tools_own_stops_its_push_and_is_told_without_what_it_held(
    town: SeededShop,
) -> None:
    town.people("ann", "bo", "eva")
    town.segment("loyal", "ann", "bo", "eva")
    town.tool._dies_after = 2
    town.tool._error = KeyError("ann@example.com")
    result = go(town)
    assert isinstance(result.error, Broken)
    assert "the connector tool failed with KeyError" in str(result.error)
    assert "ann@example.com" not in str(result.error)
    assert result.outcomes == {"applied": 2}
    town.tool._dies_after = None
    assert go(town).outcomes == {"applied": 1}


@pytest.mark.parametrize("answers", [["applied"], [None], "applied"])
def test_a_tool_that_answers_otherwise_than_it_should_is_at_fault(
    town: SeededShop, monkeypatch: pytest.MonkeyPatch, answers: object
) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    monkeypatch.setattr(Tool, "push", lambda _self, _changes: answers)
    result = go(town)
    assert isinstance(result.error, Broken)
    assert "the connector tool failed with TypeError" in str(result.error)
    assert town.ledger()["ann"] == ("pending", None)


@pytest.mark.parametrize("cost", [lambda _self, _changes: 1 / 0, lambda _self, _changes: 12])
def test_a_tool_that_cannot_say_what_a_push_costs_is_at_fault(
    town: SeededShop, monkeypatch: pytest.MonkeyPatch, cost: object
) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    monkeypatch.setattr(Tool, "cost", cost)
    with pytest.raises(Broken, match="the connector tool failed with"):
        go(town)
    assert town.tool._asked == []


def test_a_tool_that_fails_when_it_is_looked_at_gets_nothing(town: SeededShop) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    town.tool._refuses_reading[LOYAL] = ZeroDivisionError()
    (hold,) = go(town).report.held
    assert "the connector tool failed with ZeroDivisionError" in hold.reason
    assert town.tool._asked == []


def test_a_change_without_an_answer_is_sent_again(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.tool._silent.add("ann")
    assert isinstance(go(town).error, Broken)
    town.tool._silent.clear()
    town.tool._asked.clear()
    assert go(town).outcomes == {"applied": 1}
    assert [change.key for change in town.tool._asked] == ["ann"]


def test_a_tag_whose_delivery_nobody_heard_of_is_taken_away_from_who_left_since(
    town: SeededShop,
) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "bo")
    go(town)
    town.enter("loyal", "ann")
    town.tool._silent.add("ann")
    go(town)
    town.tool._silent.clear()
    town.leave("loyal", "ann")
    go(town)
    assert town.tool.carrying(LOYAL) == {"bo": "yes"}
    assert "ann" not in town.ledger()


def test_a_tag_whose_delivery_nobody_heard_of_is_released_like_any_other(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.tool._silent.add("ann")
    go(town)
    town.tool._silent.clear()
    town.status("ann", "unsubscribed")
    go(town)
    assert town.ledger()["ann"] == ("released", "yes")
    town.status("ann", "subscribed")
    town.leave("loyal", "ann")
    go(town)
    assert town.tool.carrying(LOYAL) == {"bo": "yes"}


@pytest.mark.parametrize("answers", range(6))
def test_a_crash_after_any_answer_and_another_push_come_to_the_same(
    town: SeededShop, answers: int
) -> None:
    keys = ["ann", "bo", "eva", "ib", "kim"]
    town.people(*keys)
    town.segment("loyal", *keys)
    town.segment("vip", "ann")
    bindings = (tag("loyal"), tag("vip", VIP))
    town.tool._dies_after, town.tool._error = answers, Crash()
    with pytest.raises(Crash):
        go(town, *bindings)
    town.tool._dies_after = None
    go(town, *bindings)
    assert town.tool.carrying(LOYAL) == dict.fromkeys(keys, "yes")
    assert town.tool.carrying(VIP) == {"ann": "yes"}
    assert {state for state, _ in town.ledger().values()} == {"delivered"}


def test_a_crash_in_the_first_reading_takes_nobody_for_ours(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.tool.write(Change(LOYAL, "ann", "yes"))
    town.tool._refuses_reading[LOYAL] = Unavailable("later")
    assert isinstance(go(town).error, Unavailable)
    assert town.tool._asked == []
    town.tool._refuses_reading.clear()
    go(town)
    assert town.ledger() == {"ann": ("found", "yes"), "bo": ("delivered", "yes")}


def test_a_target_that_cannot_be_read_stops_itself_and_not_the_others(town: SeededShop) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    town.segment("vip", "ann")
    town.tool._refuses_reading[LOYAL] = Broken("the tag was deleted")
    result = go(town, tag("loyal"), tag("vip", VIP))
    assert town.tool.carrying(VIP) == {"ann": "yes"}
    assert [(hold.target, hold.reason) for hold in result.report.held] == [
        (LOYAL, "the tag was deleted")
    ]


@pytest.mark.parametrize(
    ("there", "adopt", "written"), [(True, False, 0), (True, True, 1), (False, False, 1)]
)
def test_a_target_that_nobody_can_read_must_be_ours_or_adopted(
    town: SeededShop, there: bool, adopt: bool, written: int
) -> None:
    tool = Blind()
    tool._there = there
    tool._people.add("ann")
    town.tool = tool
    town.people("ann")
    town.segment("loyal", "ann")
    result = go(town, tag("loyal", adopt=adopt))
    assert len(town.tool.carrying(LOYAL)) == written
    assert [("adopt = true" in hold.reason) for hold in result.report.held] == [True] * (
        1 - written
    )


def test_a_destination_that_was_never_read_is_not_written_to(town: SeededShop) -> None:
    table = table_of(Checkpoint)
    with town.database.transaction() as transaction:
        transaction.execute(delete(table))
    with pytest.raises(Held, match="news has never been read to its end"):
        go(town)


def test_an_unknown_connection_is_not_written_to(town: SeededShop) -> None:
    town.basis = replace(town.basis, member_streams=())
    stanza = replace(bound(tag("loyal")), connection="other")
    with pytest.raises(Held, match="other has never been read"):
        push(town.database, town.tool, stanza, town.basis)


def test_an_evaluation_of_another_day_is_not_pushed(town: SeededShop) -> None:
    town.evaluated(TODAY - 1)
    with pytest.raises(Held, match="as of 2026-11-19 and today is 2026-11-20"):
        go(town)


def test_today_is_the_shops_day(town: SeededShop) -> None:
    town.basis = replace(town.basis, now=NOW.replace(hour=23, minute=30))
    with pytest.raises(Held, match="today is 2026-11-21"):
        go(town)


def test_without_any_evaluation_nothing_is_pushed(town: SeededShop) -> None:
    with town.database.transaction() as transaction:
        transaction.execute(delete(table_of(Evaluation)))
    with pytest.raises(Held, match="never been evaluated"):
        go(town)


def test_a_plan_sends_nothing_and_records_nothing(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    with plan(town.database, town.tool, bound(tag("loyal")), town.basis) as planned:
        report = planned.report
    (only,) = report.targets
    assert (only.enter, only.entering, only.unread) == (2, ("ann", "bo"), True)
    assert (report.requests, report.seconds) == (2, 0.2)
    assert town.tool._asked == []
    assert town.tool._reads == []
    assert town.ledger() == {}


def test_removals_that_are_held_go_when_a_person_approves(town: SeededShop) -> None:
    keys = [f"p{number}" for number in range(20)]
    town.people(*keys)
    town.segment("loyal", *keys)
    go(town)
    town.leave("loyal", *keys[:5])
    town.people("new")
    town.enter("loyal", "new")
    result = go(town)
    (hold,) = result.report.held
    assert (hold.removals, hold.approvable) == (5, True)
    assert set(town.tool.carrying(LOYAL)) == {*keys, "new"}
    assert go(town, approve=True).report.held == ()
    assert set(town.tool.carrying(LOYAL)) == {*keys[5:], "new"}


def test_incomplete_streams_hold_both_directions_whatever_a_person_approves(
    town: SeededShop,
) -> None:
    town.people("ann", "bo", "eva")
    town.segment("loyal", "ann", "bo")
    go(town)
    town.leave("loyal", "ann", reason="time")
    town.enter("loyal", "eva")
    town.basis = replace(town.basis, incomplete={"loyal": "orders of shop is old"})
    result = go(town, approve=True)
    assert town.tool.carrying(LOYAL) == {"ann": "yes", "bo": "yes"}
    assert [(hold.reason, hold.approvable) for hold in result.report.held] == [
        ("orders of shop is old", False)
    ]


def test_entering_and_leaving_while_the_tool_is_down_is_one_write(town: SeededShop) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "bo")
    go(town)
    town.tool._dies_after = 0
    for _ in range(4):
        town.enter("loyal", "ann")
        go(town)
        town.leave("loyal", "ann")
        go(town)
    town.enter("loyal", "ann")
    town.tool._dies_after = None
    town.tool._asked.clear()
    go(town)
    assert town.tool._asked == [Change(LOYAL, "ann", "yes")]


def test_a_changed_key_is_an_enter_and_a_release(town: SeededShop) -> None:
    town.people("old", "bo")
    town.segment("loyal", "old", "bo")
    go(town)
    town.vanish("old")
    town.person("new")
    town.enter("loyal", "new")
    town.tool._asked.clear()
    go(town)
    assert town.tool._asked == [Change(LOYAL, "new", "yes")]


def test_a_shop_asks_for_no_list(town: SeededShop) -> None:
    town.tool = Tool(shop=True)
    town.person("ann", status=None, consent=False)
    town.segment("loyal", "ann")
    field = Target("field", "segments")
    go(town, replace(tag("loyal", field, requires="none"), value="segments"))
    assert town.tool.carrying(field) == {"ann": "loyal"}
