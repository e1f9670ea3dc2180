"""Plans of a push: fields, ladders, holdouts, the brake and held changes."""

from dataclasses import replace
from datetime import datetime, timedelta
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
from tests.core.audience.seeded_shop import LOYAL, NOW, TODAY, VIP, SeededShop, Tool, bound, tag

LIST = Target("field", "SEGMENTS")
FILLED = Target("field", "FILLED")


@pytest.fixture
def seeded(database: Database) -> SeededShop:
    """A store with a destination that was read and segments of today."""
    return SeededShop(database)


def planned(seeded: SeededShop, stanza: Bindings) -> PlanReport:
    with plan(seeded.database, seeded.tool, stanza, seeded.basis) as draft:
        return draft.report


def go(seeded: SeededShop, stanza: Bindings, *, approve: bool = False) -> PlanReport:
    result = push(seeded.database, seeded.tool, stanza, seeded.basis, approve=approve)
    assert result.error is None
    return result.report


def listing(*segments: str) -> Binding:
    return Binding(LIST, segments, SEGMENTS)


def filled(value: str) -> Binding:
    return Binding(FILLED, value=value)


def order(
    seeded: SeededShop,
    key: str,
    day: int,
    net: int,
    *,
    valid: bool = True,
    placed_at: datetime = NOW,
) -> None:
    number = len(seeded.tool._asked) + day * 100 + net
    seeded.add(
        Order, connection_id=seeded.connection, external_id=f"{key}{number}", stream="orders",
        profile_id=seeded.profiles[key], placed_at=placed_at, day=day, currency="DKK", net=net,
        net_shop=net, valid=valid,
    )  # fmt: skip


def test_a_field_lists_the_names_of_the_segments_sorted(seeded: SeededShop) -> None:
    seeded.people("ann", "bo", "eva")
    seeded.segment("vip", "ann")
    seeded.segment("loyal", "ann", "bo")
    seeded.segment("other", "eva")
    go(seeded, bound(listing("vip", "loyal")))
    assert seeded.tool.carrying(LIST) == {"ann": "loyal,vip", "bo": "loyal"}
    seeded.leave("vip", "ann")
    seeded.leave("loyal", "bo")
    seeded.enter("vip", "bo")
    report = go(seeded, bound(listing("vip", "loyal")))
    assert (report.update, report.leave) == (2, 0)
    assert seeded.tool.carrying(LIST) == {"ann": "loyal", "bo": "vip"}
    assert planned(seeded, bound(listing("vip", "loyal"))).update == 0


class Narrow(Tool):
    """A tool with short fields."""

    longest_value: ClassVar[int | None] = 9


def test_a_list_is_cut_at_whole_names_and_counted(seeded: SeededShop) -> None:
    seeded.tool = Narrow()
    seeded.people("ann", "bo")
    seeded.segment("loyal", "ann", "bo")
    seeded.segment("men", "ann", "bo")
    seeded.segment("vip", "ann")
    report = go(seeded, bound(listing("vip", "loyal", "men")))
    assert seeded.tool.carrying(LIST) == {"ann": "loyal,men", "bo": "loyal,men"}
    assert report.targets[0].cut == 1


def test_a_value_with_the_separator_in_it_stays_one_name(seeded: SeededShop) -> None:
    seeded.people("ann")
    seeded.segment("fans:Bo, Co", "ann")
    stanza = bound(listing("fans"))
    go(seeded, stanza)
    assert seeded.tool.carrying(LIST) == {"ann": "fans:Bo  Co"}
    assert planned(seeded, stanza).requests == 0


def test_a_listed_segment_that_is_incomplete_stays_as_it_was(seeded: SeededShop) -> None:
    seeded.people("ann", "bo")
    seeded.segment("loyal", "ann")
    seeded.segment("vip")
    go(seeded, bound(listing("vip", "loyal")))
    seeded.leave("loyal", "ann")
    seeded.enter("loyal", "bo")
    seeded.enter("vip", "ann", "bo")
    seeded.basis = replace(seeded.basis, incomplete={"loyal": "orders of shop is old"})
    report = go(seeded, bound(listing("vip", "loyal")))
    assert seeded.tool.carrying(LIST) == {"ann": "loyal,vip", "bo": "vip"}
    assert [(hold.segment, hold.approvable) for hold in report.held] == [("loyal", False)]


def test_the_brake_holds_one_listed_segment_and_lets_the_others_move(seeded: SeededShop) -> None:
    keys = [f"p{number}" for number in range(10)]
    seeded.people(*keys)
    seeded.segment("loyal", *keys)
    seeded.segment("vip", keys[0])
    stanza = bound(listing("vip", "loyal"))
    go(seeded, stanza)
    seeded.leave("loyal", *keys[:5])
    seeded.leave("vip", keys[0], reason="time")
    report = go(seeded, stanza)
    assert seeded.tool.carrying(LIST) == dict.fromkeys(keys, "loyal")
    assert [(hold.segment, hold.removals) for hold in report.held] == [("loyal", 5)]
    go(seeded, stanza, approve=True)
    assert seeded.tool.carrying(LIST) == dict.fromkeys(keys[5:], "loyal")


def test_a_field_that_somebody_filled_before_us_is_not_overwritten(seeded: SeededShop) -> None:
    seeded.people("ann", "bo")
    seeded.tool.write(Change(LIST, "ann", "by hand"))
    seeded.segment("loyal", "ann", "bo")
    go(seeded, bound(listing("loyal")))
    assert seeded.tool.carrying(LIST) == {"ann": "by hand", "bo": "loyal"}


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
    seeded: SeededShop, value: str, text: str | None
) -> None:
    seeded.people("ann")
    order(seeded, "ann", TODAY - 2, 1_000_000)
    order(seeded, "ann", TODAY - 1, 502_550)
    order(seeded, "ann", TODAY, 9_000_000, valid=False)
    # A date typed wrong: the row counts from its day on.
    order(seeded, "ann", TODAY + 1, 9_000_000, placed_at=NOW + timedelta(days=1))
    go(seeded, bound(filled(value)))
    assert seeded.tool.carrying(FILLED).get("ann") == text


def test_counts_and_totals_of_nobodys_orders_are_nought_once_orders_came(
    seeded: SeededShop,
) -> None:
    seeded.people("ann", "bo")
    assert planned(seeded, bound(filled("orders.count"))).enter == 0
    order(seeded, "ann", TODAY, 5)
    go(seeded, bound(filled("orders.count")))
    assert seeded.tool.carrying(FILLED) == {"ann": "1", "bo": "0"}


def test_a_birthday_and_a_further_field_are_written_in_the_tools_way(seeded: SeededShop) -> None:
    seeded.people("ann")
    profiles = table_of(Profile)
    with seeded.database.transaction() as transaction:
        transaction.execute(profiles.update().values(birth_year=1980, birth_month=2, birth_day=29))
    seeded.add(ProfileField, profile_id=1, field="city", text="Århus", value="århus")
    seeded.add(ProfileField, profile_id=1, field="custom.since", text="x", value="x", day=TODAY)
    for value, text in [
        ("birthday", "1980-02-29"), ("city", "Århus"), ("custom.since", "2026-11-20"),
    ]:  # fmt: skip
        target = Target("field", value)
        go(seeded, bound(Binding(target, value=value)))
        assert seeded.tool.carrying(target) == {"ann": text}


def test_a_value_that_became_unknown_clears_only_what_we_wrote(seeded: SeededShop) -> None:
    seeded.people("ann", "bo", "eva")
    seeded.tool.write(Change(FILLED, "bo", "by hand"))
    fields = table_of(ProfileField)
    for key in ("ann", "bo", "eva"):
        seeded.add(ProfileField, profile_id=seeded.profiles[key], field="city", text=key, value=key)
    go(seeded, bound(filled("city")))
    with seeded.database.transaction() as transaction:
        transaction.execute(fields.delete().where(fields.c.text.in_(["ann", "bo"])))
    go(seeded, bound(filled("city")))
    assert seeded.tool.carrying(FILLED) == {"bo": "by hand", "eva": "eva"}


def test_an_unknown_trait_is_a_mistake_in_the_config(seeded: SeededShop) -> None:
    with pytest.raises(Misconfigured, match="known are orders"):
        planned(seeded, bound(filled("orders.mood")))


def test_a_holdout_is_never_pushed(seeded: SeededShop) -> None:
    seeded.people("ann", "bo")
    profiles = table_of(Profile)
    with seeded.database.transaction() as transaction:
        transaction.execute(
            profiles.update().where(profiles.c.id == seeded.profiles["bo"]).values(holdout=100_000)
        )
    seeded.segment("loyal", "ann", "bo")
    go(seeded, bound(tag("loyal"), loyal=Terms(holdout=100_000)))
    assert set(seeded.tool.carrying(LOYAL)) == {"bo"}


def test_a_ladder_pushes_a_person_under_its_first_segment(seeded: SeededShop) -> None:
    seeded.people("ann", "bo")
    seeded.segment("vip", "ann")
    seeded.segment("loyal", "ann", "bo")
    ladder = bound(tag("vip", VIP), tag("loyal"), loyal=Terms(yields_to=("vip",)))
    go(seeded, ladder)
    assert set(seeded.tool.carrying(VIP)) == {"ann"}
    assert set(seeded.tool.carrying(LOYAL)) == {"bo"}


def test_a_for_each_segment_writes_one_tag_per_value(seeded: SeededShop) -> None:
    seeded.people("ann", "bo")
    seeded.segment("fans:lego", "ann")
    seeded.segment("fans:duplo", "ann", "bo")
    go(seeded, bound(tag("fans", Target("tag", "Fan of {value}"))))
    assert set(seeded.tool.carrying(Target("tag", "Fan of lego"))) == {"ann"}
    assert set(seeded.tool.carrying(Target("tag", "Fan of duplo"))) == {"ann", "bo"}


def test_one_tag_for_two_segments_stays_while_one_of_them_lasts(seeded: SeededShop) -> None:
    seeded.people("ann", "bo")
    seeded.segment("loyal", "ann", "bo")
    seeded.segment("vip", "ann")
    stanza = bound(tag("loyal"), tag("vip"))
    go(seeded, stanza)
    seeded.leave("loyal", "ann")
    report = go(seeded, stanza)
    assert (report.leave, set(seeded.tool.carrying(LOYAL))) == (0, {"ann", "bo"})


def test_leaves_by_time_pass_the_brake(seeded: SeededShop) -> None:
    keys = [f"p{number}" for number in range(10)]
    seeded.people(*keys)
    seeded.segment("loyal", *keys)
    go(seeded, bound(tag("loyal")))
    seeded.leave("loyal", *keys, reason="time")
    report = go(seeded, bound(tag("loyal")))
    assert (report.held, seeded.tool.carrying(LOYAL)) == ((), {})


def test_a_leave_by_change_after_one_by_time_is_not_explained(seeded: SeededShop) -> None:
    seeded.people("ann")
    seeded.segment("loyal", "ann")
    go(seeded, bound(tag("loyal")))
    seeded.leave("loyal", "ann", reason="time", day=TODAY - 1)
    seeded.enter("loyal", "ann")
    seeded.leave("loyal", "ann", reason="change")
    assert planned(seeded, bound(tag("loyal"))).held[0].removals == 1


def test_a_stay_whose_history_vanished_is_not_explained(seeded: SeededShop) -> None:
    seeded.people("ann")
    number = seeded.segment("loyal", "ann")
    go(seeded, bound(tag("loyal")))
    with seeded.database.transaction() as transaction:
        transaction.exec_driver_sql(f"DELETE FROM membership WHERE segment_id = {number}")
    assert planned(seeded, bound(tag("loyal"))).held[0].removals == 1


def test_additions_go_on_while_removals_are_held(seeded: SeededShop) -> None:
    keys = [f"p{number}" for number in range(8)]
    seeded.people(*keys, "new")
    seeded.segment("loyal", *keys)
    go(seeded, bound(tag("loyal")))
    seeded.leave("loyal", *keys[:6])
    seeded.enter("loyal", "new")
    report = planned(seeded, bound(tag("loyal")))
    assert (report.enter, report.leave, len(report.held)) == (1, 0, 1)


def test_the_share_of_the_brake_is_the_bindings_own(seeded: SeededShop) -> None:
    keys = [f"p{number}" for number in range(10)]
    seeded.people(*keys)
    seeded.segment("loyal", *keys)
    go(seeded, bound(tag("loyal")))
    seeded.leave("loyal", *keys[:6])
    assert planned(seeded, bound(tag("loyal", brake=6_000))).leave == 6
    assert planned(seeded, bound(tag("loyal", brake=5_999))).leave == 0


def test_the_brake_looks_at_a_line_with_many_values_as_a_whole(seeded: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    seeded.people(*keys)
    for brand in ("a", "b", "c"):
        seeded.segment(f"fans:{brand}", *keys)
    stanza = bound(tag("fans", Target("tag", "Fan of {value}")))
    go(seeded, stanza)
    for brand in ("a", "b", "c"):
        seeded.leave(f"fans:{brand}", *keys[:2])
    report = planned(seeded, stanza)
    assert (report.leave, [hold.removals for hold in report.held]) == (0, [2, 2, 2])


def test_a_segment_that_was_never_evaluated_is_held(seeded: SeededShop) -> None:
    report = planned(seeded, bound(tag("nobody")))
    assert [hold.reason for hold in report.held] == [
        "nobody has not been evaluated yet; run: segmenthub evaluate"
    ]


def test_a_destination_whose_own_stream_is_old_is_held_as_a_whole(seeded: SeededShop) -> None:
    seeded.people("ann")
    seeded.segment("loyal", "ann")
    seeded.basis = replace(seeded.basis, incomplete={"news": "members of news is old"})
    report = planned(seeded, bound(tag("loyal")))
    assert (report.enter, report.held[0].reason) == (0, "members of news is old")


def test_the_report_as_json_says_who_moves_and_why_not(seeded: SeededShop) -> None:
    seeded.people("ann")
    seeded.segment("loyal", "ann")
    told = planned(seeded, bound(tag("loyal"), tag("nobody", VIP))).as_json()
    names = ("connection", "enter", "leave", "requests", "seconds")
    assert [told[name] for name in names] == ["news", 1, 0, 1, 0.1]
    assert told["held"][0]["target"] == "VIP"
    assert told["targets"][0]["entering"] == ["ann"]


def test_a_tag_that_the_config_no_longer_names_is_left_alone_and_told_of(
    seeded: SeededShop,
) -> None:
    seeded.people("ann", "bo")
    seeded.segment("loyal", "ann")
    seeded.segment("vip", "bo")
    go(seeded, bound(tag("loyal"), tag("vip", VIP)))
    report = go(seeded, bound(tag("vip", VIP)))
    assert report.unbound == (LOYAL,)
    assert set(seeded.tool.carrying(LOYAL)) == {"ann"}
