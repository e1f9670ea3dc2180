"""What a push would do: fields, ladders, holdouts, the brake and what is held."""

from dataclasses import replace
from typing import ClassVar

import pytest

from core.audience.binding import SEGMENTS, Binding, Bindings, Terms
from core.audience.plan import plan
from core.audience.report import PlanReport
from core.contract import Change, Target
from core.errors import Misconfigured
from core.store.bulk import table_of
from core.store.database import Database
from core.store.tables.people import Profile, ProfileField
from core.store.tables.trade import Order
from sync.push import push
from tests.core.audience.town import LOYAL, NOW, TODAY, VIP, Tool, Town, bound, tag

LIST = Target("field", "SEGMENTS")
FILLED = Target("field", "FILLED")


@pytest.fixture
def town(database: Database) -> Town:
    """A store with a destination that was read and segments of today."""
    return Town(database)


def planned(town: Town, stanza: Bindings) -> PlanReport:
    with plan(town.database, town.tool, stanza, town.basis) as draft:
        return draft.report


def go(town: Town, stanza: Bindings, *, approve: bool = False) -> PlanReport:
    result = push(town.database, town.tool, stanza, town.basis, approve=approve)
    assert result.error is None
    return result.report


def listing(*segments: str) -> Binding:
    return Binding(LIST, segments, SEGMENTS)


def filled(value: str) -> Binding:
    return Binding(FILLED, value=value)


def order(town: Town, key: str, day: int, net: int, *, valid: bool = True) -> None:
    number = len(town.tool._asked) + day * 100 + net
    town.add(
        Order, connection_id=town.connection, external_id=f"{key}{number}", stream="orders",
        profile_id=town.profiles[key], placed_at=NOW, day=day, currency="DKK", net=net,
        net_shop=net, valid=valid,
    )  # fmt: skip


def test_a_field_lists_the_names_of_the_segments_sorted(town: Town) -> None:
    town.people("ann", "bo", "eva")
    town.segment("vip", "ann")
    town.segment("loyal", "ann", "bo")
    town.segment("other", "eva")
    go(town, bound(listing("vip", "loyal")))
    assert town.tool.carrying(LIST) == {"ann": "loyal,vip", "bo": "loyal"}
    town.leave("vip", "ann")
    town.leave("loyal", "bo")
    town.enter("vip", "bo")
    report = go(town, bound(listing("vip", "loyal")))
    assert (report.update, report.leave) == (2, 0)
    assert town.tool.carrying(LIST) == {"ann": "loyal", "bo": "vip"}
    assert planned(town, bound(listing("vip", "loyal"))).update == 0


class Narrow(Tool):
    """A tool with short fields."""

    longest_value: ClassVar[int | None] = 9


def test_a_list_is_cut_at_whole_names_and_counted(town: Town) -> None:
    town.tool = Narrow()
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.segment("men", "ann", "bo")
    town.segment("vip", "ann")
    report = go(town, bound(listing("vip", "loyal", "men")))
    assert town.tool.carrying(LIST) == {"ann": "loyal,men", "bo": "loyal,men"}
    assert report.targets[0].cut == 1


def test_a_value_with_the_separator_in_it_stays_one_name(town: Town) -> None:
    town.people("ann")
    town.segment("fans:Bo, Co", "ann")
    stanza = bound(listing("fans"))
    go(town, stanza)
    assert town.tool.carrying(LIST) == {"ann": "fans:Bo  Co"}
    assert planned(town, stanza).requests == 0


def test_a_listed_segment_that_is_incomplete_stays_as_it_was(town: Town) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann")
    town.segment("vip")
    go(town, bound(listing("vip", "loyal")))
    town.leave("loyal", "ann")
    town.enter("loyal", "bo")
    town.enter("vip", "ann", "bo")
    town.basis = replace(town.basis, incomplete={"loyal": "orders of shop is old"})
    report = go(town, bound(listing("vip", "loyal")))
    assert town.tool.carrying(LIST) == {"ann": "loyal,vip", "bo": "vip"}
    assert [(hold.segment, hold.approvable) for hold in report.held] == [("loyal", False)]


def test_the_brake_holds_one_listed_segment_and_lets_the_others_move(town: Town) -> None:
    keys = [f"p{number}" for number in range(10)]
    town.people(*keys)
    town.segment("loyal", *keys)
    town.segment("vip", keys[0])
    stanza = bound(listing("vip", "loyal"))
    go(town, stanza)
    town.leave("loyal", *keys[:5])
    town.leave("vip", keys[0], reason="time")
    report = go(town, stanza)
    assert town.tool.carrying(LIST) == dict.fromkeys(keys, "loyal")
    assert [(hold.segment, hold.removals) for hold in report.held] == [("loyal", 5)]
    go(town, stanza, approve=True)
    assert town.tool.carrying(LIST) == dict.fromkeys(keys[5:], "loyal")


def test_a_field_that_somebody_filled_before_us_is_not_overwritten(town: Town) -> None:
    town.people("ann", "bo")
    town.tool.write(Change(LIST, "ann", "by hand"))
    town.segment("loyal", "ann", "bo")
    go(town, bound(listing("loyal")))
    assert town.tool.carrying(LIST) == {"ann": "by hand", "bo": "loyal"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("orders.first", "2026-11-18"),
        ("orders.last", "2026-11-19"),
        ("orders.count", "2"),
        ("orders.total", "150.255"),
        ("orders.largest", "100.00"),
        ("email", "ann@example.com"),
        ("birthday", None),
        ("custom.shoe", None),
    ],
)
def test_a_field_is_filled_with_a_value_of_the_person(
    town: Town, value: str, text: str | None
) -> None:
    town.people("ann")
    order(town, "ann", TODAY - 2, 1_000_000)
    order(town, "ann", TODAY - 1, 502_550)
    order(town, "ann", TODAY, 9_000_000, valid=False)
    go(town, bound(filled(value)))
    assert town.tool.carrying(FILLED).get("ann") == text


def test_counts_and_totals_of_nobodys_orders_are_nought_once_orders_came(town: Town) -> None:
    town.people("ann", "bo")
    assert planned(town, bound(filled("orders.count"))).enter == 0
    order(town, "ann", TODAY, 5)
    go(town, bound(filled("orders.count")))
    assert town.tool.carrying(FILLED) == {"ann": "1", "bo": "0"}


def test_a_birthday_and_a_further_field_are_written_in_the_tools_way(town: Town) -> None:
    town.people("ann")
    profiles = table_of(Profile)
    with town.database.transaction() as transaction:
        transaction.execute(profiles.update().values(birth_year=1980, birth_month=2, birth_day=29))
    town.add(ProfileField, profile_id=1, field="city", text="Århus", value="århus")
    town.add(ProfileField, profile_id=1, field="custom.since", text="x", value="x", day=TODAY)
    for value, text in [
        ("birthday", "1980-02-29"), ("city", "Århus"), ("custom.since", "2026-11-20"),
    ]:  # fmt: skip
        target = Target("field", value)
        go(town, bound(Binding(target, value=value)))
        assert town.tool.carrying(target) == {"ann": text}


def test_a_value_that_became_unknown_clears_only_what_we_wrote(town: Town) -> None:
    town.people("ann", "bo", "eva")
    town.tool.write(Change(FILLED, "bo", "by hand"))
    fields = table_of(ProfileField)
    for key in ("ann", "bo", "eva"):
        town.add(ProfileField, profile_id=town.profiles[key], field="city", text=key, value=key)
    go(town, bound(filled("city")))
    with town.database.transaction() as transaction:
        transaction.execute(fields.delete().where(fields.c.text.in_(["ann", "bo"])))
    go(town, bound(filled("city")))
    assert town.tool.carrying(FILLED) == {"bo": "by hand", "eva": "eva"}


def test_an_unknown_trait_is_a_mistake_in_the_config(town: Town) -> None:
    with pytest.raises(Misconfigured, match="known are orders"):
        planned(town, bound(filled("orders.mood")))


def test_a_holdout_is_never_pushed(town: Town) -> None:
    town.people("ann", "bo")
    profiles = table_of(Profile)
    with town.database.transaction() as transaction:
        transaction.execute(
            profiles.update().where(profiles.c.id == town.profiles["bo"]).values(holdout=100_000)
        )
    town.segment("loyal", "ann", "bo")
    go(town, bound(tag("loyal"), loyal=Terms(holdout=100_000)))
    assert set(town.tool.carrying(LOYAL)) == {"bo"}


def test_a_ladder_pushes_a_person_under_its_first_segment(town: Town) -> None:
    town.people("ann", "bo")
    town.segment("vip", "ann")
    town.segment("loyal", "ann", "bo")
    ladder = bound(tag("vip", VIP), tag("loyal"), loyal=Terms(yields_to=("vip",)))
    go(town, ladder)
    assert set(town.tool.carrying(VIP)) == {"ann"}
    assert set(town.tool.carrying(LOYAL)) == {"bo"}


def test_a_for_each_segment_writes_one_tag_per_value(town: Town) -> None:
    town.people("ann", "bo")
    town.segment("fans:lego", "ann")
    town.segment("fans:duplo", "ann", "bo")
    go(town, bound(tag("fans", Target("tag", "Fan of {value}"))))
    assert set(town.tool.carrying(Target("tag", "Fan of lego"))) == {"ann"}
    assert set(town.tool.carrying(Target("tag", "Fan of duplo"))) == {"ann", "bo"}


def test_one_tag_for_two_segments_stays_while_one_of_them_lasts(town: Town) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann", "bo")
    town.segment("vip", "ann")
    stanza = bound(tag("loyal"), tag("vip"))
    go(town, stanza)
    town.leave("loyal", "ann")
    report = go(town, stanza)
    assert (report.leave, set(town.tool.carrying(LOYAL))) == (0, {"ann", "bo"})


def test_leaves_by_time_pass_the_brake(town: Town) -> None:
    keys = [f"p{number}" for number in range(10)]
    town.people(*keys)
    town.segment("loyal", *keys)
    go(town, bound(tag("loyal")))
    town.leave("loyal", *keys, reason="time")
    report = go(town, bound(tag("loyal")))
    assert (report.held, town.tool.carrying(LOYAL)) == ((), {})


def test_a_leave_by_change_after_one_by_time_is_not_explained(town: Town) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    go(town, bound(tag("loyal")))
    town.leave("loyal", "ann", reason="time", day=TODAY - 1)
    town.enter("loyal", "ann")
    town.leave("loyal", "ann", reason="change")
    assert planned(town, bound(tag("loyal"))).held[0].removals == 1


def test_a_stay_whose_history_vanished_is_not_explained(town: Town) -> None:
    town.people("ann")
    number = town.segment("loyal", "ann")
    go(town, bound(tag("loyal")))
    with town.database.transaction() as transaction:
        transaction.exec_driver_sql(f"DELETE FROM membership WHERE segment_id = {number}")
    assert planned(town, bound(tag("loyal"))).held[0].removals == 1


def test_additions_go_on_while_removals_are_held(town: Town) -> None:
    keys = [f"p{number}" for number in range(8)]
    town.people(*keys, "new")
    town.segment("loyal", *keys)
    go(town, bound(tag("loyal")))
    town.leave("loyal", *keys[:6])
    town.enter("loyal", "new")
    report = planned(town, bound(tag("loyal")))
    assert (report.enter, report.leave, len(report.held)) == (1, 0, 1)


def test_the_share_of_the_brake_is_the_bindings_own(town: Town) -> None:
    keys = [f"p{number}" for number in range(10)]
    town.people(*keys)
    town.segment("loyal", *keys)
    go(town, bound(tag("loyal")))
    town.leave("loyal", *keys[:6])
    assert planned(town, bound(tag("loyal", brake=6_000))).leave == 6
    assert planned(town, bound(tag("loyal", brake=5_999))).leave == 0


def test_the_brake_looks_at_a_line_with_many_values_as_a_whole(town: Town) -> None:
    keys = [f"p{number}" for number in range(6)]
    town.people(*keys)
    for brand in ("a", "b", "c"):
        town.segment(f"fans:{brand}", *keys)
    stanza = bound(tag("fans", Target("tag", "Fan of {value}")))
    go(town, stanza)
    for brand in ("a", "b", "c"):
        town.leave(f"fans:{brand}", *keys[:2])
    report = planned(town, stanza)
    assert (report.leave, [hold.removals for hold in report.held]) == (0, [2, 2, 2])


def test_a_segment_that_was_never_evaluated_is_held(town: Town) -> None:
    report = planned(town, bound(tag("nobody")))
    assert [hold.reason for hold in report.held] == [
        "nobody has not been evaluated yet; run: segmenthub evaluate"
    ]


def test_a_destination_whose_own_stream_is_old_is_held_as_a_whole(town: Town) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    town.basis = replace(town.basis, incomplete={"news": "members of news is old"})
    report = planned(town, bound(tag("loyal")))
    assert (report.enter, report.held[0].reason) == (0, "members of news is old")


def test_the_report_as_json_says_who_moves_and_why_not(town: Town) -> None:
    town.people("ann")
    town.segment("loyal", "ann")
    told = planned(town, bound(tag("loyal"), tag("nobody", VIP))).as_json()
    names = ("connection", "enter", "leave", "requests", "seconds")
    assert [told[name] for name in names] == ["news", 1, 0, 1, 0.1]
    assert told["held"][0]["target"] == "VIP"
    assert told["targets"][0]["entering"] == ["ann"]


def test_a_tag_that_the_config_no_longer_names_is_left_alone_and_told_of(town: Town) -> None:
    town.people("ann", "bo")
    town.segment("loyal", "ann")
    town.segment("vip", "bo")
    go(town, bound(tag("loyal"), tag("vip", VIP)))
    report = go(town, bound(tag("vip", VIP)))
    assert report.unbound == (LOYAL,)
    assert set(town.tool.carrying(LOYAL)) == {"ann"}
