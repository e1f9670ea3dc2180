"""Plans of a push: fields, ladders, holdouts, the brake and held changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from core.audience.binding import SEGMENT_NAMES, Binding, Bindings, Terms
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
def shop(database: Database) -> SeededShop:
    """A store with a destination that was read and segments of today."""
    return SeededShop(database)


def planned(shop: SeededShop, stanza: Bindings) -> PlanReport:
    with plan(shop.database, shop.tool, stanza, shop.basis) as draft:
        return draft.report


def go(shop: SeededShop, stanza: Bindings, *, approve: bool = False) -> PlanReport:
    result = push(shop.database, shop.tool, stanza, shop.basis, approve=approve)
    assert result.error is None
    return result.report


def listing(*segments: str) -> Binding:
    return Binding(LIST, segments, SEGMENT_NAMES)


def filled(value: str) -> Binding:
    return Binding(FILLED, value=value)


def order(
    shop: SeededShop,
    key: str,
    day: int,
    net: int,
    *,
    valid: bool = True,
    placed_at: datetime = NOW,
) -> None:
    number = len(shop.tool._requested) + day * 100 + net
    shop.add(
        Order, connection_id=shop.connection, external_id=f"{key}{number}", stream="orders",
        profile_id=shop.profiles[key], placed_at=placed_at, day=day, currency="DKK", net=net,
        net_shop=net, valid=valid,
    )  # fmt: skip


def test_a_field_lists_the_names_of_the_segments_sorted(shop: SeededShop) -> None:
    shop.people("ann", "bo", "eva")
    shop.segment("vip", "ann")
    shop.segment("loyal", "ann", "bo")
    shop.segment("other", "eva")
    go(shop, bound(listing("vip", "loyal")))
    assert shop.tool.carrying(LIST) == {"ann": "loyal,vip", "bo": "loyal"}
    shop.leave("vip", "ann")
    shop.leave("loyal", "bo")
    shop.enter("vip", "bo")
    report = go(shop, bound(listing("vip", "loyal")))
    assert (report.update, report.leave) == (2, 0)
    assert shop.tool.carrying(LIST) == {"ann": "loyal", "bo": "vip"}
    assert planned(shop, bound(listing("vip", "loyal"))).update == 0


class Narrow(Tool):
    """A tool with short fields."""

    longest_value: ClassVar[int | None] = 9


def test_a_list_is_cut_at_whole_names_and_counted(shop: SeededShop) -> None:
    shop.tool = Narrow()
    shop.loyal("ann", "bo")
    shop.segment("men", "ann", "bo")
    shop.segment("vip", "ann")
    report = go(shop, bound(listing("vip", "loyal", "men")))
    assert shop.tool.carrying(LIST) == {"ann": "loyal,men", "bo": "loyal,men"}
    assert report.targets[0].cut == 1


def test_a_value_with_the_separator_in_it_stays_one_name(shop: SeededShop) -> None:
    shop.people("ann")
    shop.segment("fans:Bo, Co", "ann")
    stanza = bound(listing("fans"))
    go(shop, stanza)
    assert shop.tool.carrying(LIST) == {"ann": "fans:Bo  Co"}
    assert planned(shop, stanza).requests == 0


def test_a_listed_segment_that_is_incomplete_stays_as_it_was(shop: SeededShop) -> None:
    shop.people("ann", "bo")
    shop.segment("loyal", "ann")
    shop.segment("vip")
    go(shop, bound(listing("vip", "loyal")))
    shop.leave("loyal", "ann")
    shop.enter("loyal", "bo")
    shop.enter("vip", "ann", "bo")
    shop.basis = replace(shop.basis, incomplete={"loyal": "orders of shop is old"})
    report = go(shop, bound(listing("vip", "loyal")))
    assert shop.tool.carrying(LIST) == {"ann": "loyal,vip", "bo": "vip"}
    assert [(hold.segment, hold.approvable) for hold in report.held] == [("loyal", False)]


def test_the_brake_holds_one_listed_segment_and_lets_the_others_move(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(10)]
    shop.loyal(*keys)
    shop.segment("vip", keys[0])
    stanza = bound(listing("vip", "loyal"))
    go(shop, stanza)
    shop.leave("loyal", *keys[:5])
    shop.leave("vip", keys[0], reason="time")
    report = go(shop, stanza)
    assert shop.tool.carrying(LIST) == dict.fromkeys(keys, "loyal")
    assert [(hold.segment, hold.removals) for hold in report.held] == [("loyal", 5)]
    shop.leave("loyal", keys[5])
    (hold,) = go(shop, stanza, approve=True).held
    assert (hold.segment, hold.removals) == ("loyal", 1)
    assert shop.tool.carrying(LIST) == dict.fromkeys(keys[5:], "loyal")


def test_the_first_push_under_another_gate_is_held_with_its_number(shop: SeededShop) -> None:
    shop.loyal("ann", "bo", "eva")
    shop.people("ida")
    stanza = bound(tag("loyal"))
    go(shop, stanza)
    for key in ("ann", "bo"):
        shop.says(key, granted=True, permission=False)
    shop.enter("loyal", "ida")
    before = shop.ledger()
    wider = bound(tag("loyal"), tag("loyal", VIP))
    for _ in range(2):
        report = go(shop, wider)
        assert [(hold.removals, hold.approvable) for hold in report.held] == [(2, True), (0, True)]
        assert "2 of 3 people could no longer be written to, and 1 would" in report.held[0].reason
        assert "segmenthub push news --approve" in report.held[0].reason
    assert shop.ledger() == before
    assert not shop.tool.carrying(VIP)
    shop.people("late")
    shop.enter("loyal", "late")
    left = go(shop, wider, approve=True).held
    assert [hold.removals for hold in left] == [1, 1]
    assert "late" not in {**shop.ledger(), **shop.tool.carrying(VIP)}
    assert not go(shop, wider, approve=True).held
    assert {"late"} <= shop.tool.carrying(VIP).keys() & shop.tool.carrying(LOYAL).keys()
    shop.leave("loyal", "late")
    go(shop, wider, approve=False)
    released = {key for key, (state, _) in shop.ledger().items() if state == "released"}
    assert released == {"ann", "bo"}
    assert shop.tool.carrying(VIP) == dict.fromkeys(("eva", "ida"), "yes")
    shop.says("eva", granted=True, permission=False)
    assert not go(shop, wider).held


def test_a_gate_of_the_settings_is_approved_once(shop: SeededShop) -> None:
    shop.loyal("ann")
    stanza = bound(tag("loyal"), Binding(FILLED, value="email", requires="none"))
    go(shop, stanza)
    shop.tool = Gated(asked="Email")
    shop.tool._people.add("ann")
    assert [hold.target for hold in planned(shop, stanza).held] == [LOYAL]
    go(shop, stanza, approve=True)
    assert not planned(shop, stanza).held


class Gated(Tool):
    """A tool whose settings say of a permission that it means email."""

    asked: str = ""

    def gate(self) -> str:
        return self.asked


def test_a_field_that_somebody_filled_before_us_is_not_overwritten(shop: SeededShop) -> None:
    shop.people("ann", "bo")
    shop.tool.write(Change(LIST, "ann", "by hand"))
    shop.segment("loyal", "ann", "bo")
    go(shop, bound(listing("loyal")))
    assert shop.tool.carrying(LIST) == {"ann": "by hand", "bo": "loyal"}


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
    shop: SeededShop, value: str, text: str | None
) -> None:
    shop.people("ann")
    order(shop, "ann", TODAY - 2, 1_000_000)
    order(shop, "ann", TODAY - 1, 502_550)
    order(shop, "ann", TODAY, 9_000_000, valid=False)
    # A date typed wrong: the row counts from its day on.
    order(shop, "ann", TODAY + 1, 9_000_000, placed_at=NOW + timedelta(days=1))
    go(shop, bound(filled(value)))
    assert shop.tool.carrying(FILLED).get("ann") == text


def test_counts_and_totals_of_nobodys_orders_are_nought_once_orders_came(
    shop: SeededShop,
) -> None:
    shop.people("ann", "bo")
    assert planned(shop, bound(filled("orders.count"))).enter == 0
    order(shop, "ann", TODAY, 5)
    go(shop, bound(filled("orders.count")))
    assert shop.tool.carrying(FILLED) == {"ann": "1", "bo": "0"}


def test_a_birthday_and_a_further_field_are_written_in_the_tools_way(shop: SeededShop) -> None:
    shop.people("ann")
    profiles = table_of(Profile)
    with shop.database.transaction() as transaction:
        transaction.execute(profiles.update().values(birth_year=1980, birth_month=2, birth_day=29))
    shop.add(ProfileField, profile_id=1, field="city", text="Århus", value="århus")
    shop.add(ProfileField, profile_id=1, field="custom.since", text="x", value="x", day=TODAY)
    for value, text in [
        ("birthday", "1980-02-29"), ("city", "Århus"), ("custom.since", "2026-11-20"),
    ]:  # fmt: skip
        target = Target("field", value)
        go(shop, bound(Binding(target, value=value)))
        assert shop.tool.carrying(target) == {"ann": text}


def test_a_value_that_became_unknown_clears_only_what_we_wrote(shop: SeededShop) -> None:
    shop.people("ann", "bo", "eva")
    shop.tool.write(Change(FILLED, "bo", "by hand"))
    fields = table_of(ProfileField)
    for key in ("ann", "bo", "eva"):
        shop.add(ProfileField, profile_id=shop.profiles[key], field="city", text=key, value=key)
    go(shop, bound(filled("city")))
    with shop.database.transaction() as transaction:
        transaction.execute(fields.delete().where(fields.c.text.in_(["ann", "bo"])))
    go(shop, bound(filled("city")))
    assert shop.tool.carrying(FILLED) == {"bo": "by hand", "eva": "eva"}


def test_an_unknown_trait_is_a_mistake_in_the_config(shop: SeededShop) -> None:
    with pytest.raises(Misconfigured, match="known are orders"):
        planned(shop, bound(filled("orders.mood")))


def test_a_holdout_is_never_pushed(shop: SeededShop) -> None:
    shop.people("ann", "bo")
    profiles = table_of(Profile)
    with shop.database.transaction() as transaction:
        transaction.execute(
            profiles.update().where(profiles.c.id == shop.profiles["bo"]).values(holdout=100_000)
        )
    shop.segment("loyal", "ann", "bo")
    go(shop, bound(tag("loyal"), loyal=Terms(holdout=100_000)))
    assert set(shop.tool.carrying(LOYAL)) == {"bo"}


def test_a_ladder_pushes_a_person_under_its_first_segment(shop: SeededShop) -> None:
    shop.people("ann", "bo")
    shop.segment("vip", "ann")
    shop.segment("loyal", "ann", "bo")
    ladder = bound(tag("vip", VIP), tag("loyal"), loyal=Terms(yields_to=("vip",)))
    go(shop, ladder)
    assert set(shop.tool.carrying(VIP)) == {"ann"}
    assert set(shop.tool.carrying(LOYAL)) == {"bo"}


def test_a_for_each_segment_writes_one_tag_per_value(shop: SeededShop) -> None:
    shop.people("ann", "bo")
    shop.segment("fans:lego", "ann")
    shop.segment("fans:duplo", "ann", "bo")
    go(shop, bound(tag("fans", Target("tag", "Fan of {value}"))))
    assert set(shop.tool.carrying(Target("tag", "Fan of lego"))) == {"ann"}
    assert set(shop.tool.carrying(Target("tag", "Fan of duplo"))) == {"ann", "bo"}


def test_one_tag_for_two_segments_stays_while_one_of_them_lasts(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.segment("vip", "ann")
    stanza = bound(tag("loyal"), tag("vip"))
    go(shop, stanza)
    shop.leave("loyal", "ann")
    report = go(shop, stanza)
    assert (report.leave, set(shop.tool.carrying(LOYAL))) == (0, {"ann", "bo"})


def test_leaves_by_time_pass_the_brake(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(10)]
    shop.loyal(*keys)
    go(shop, bound(tag("loyal")))
    shop.leave("loyal", *keys, reason="time")
    report = go(shop, bound(tag("loyal")))
    assert (report.held, shop.tool.carrying(LOYAL)) == ((), {})


def test_a_leave_by_change_after_one_by_time_is_not_explained(shop: SeededShop) -> None:
    shop.loyal("ann")
    go(shop, bound(tag("loyal")))
    shop.leave("loyal", "ann", reason="time", day=TODAY - 1)
    shop.enter("loyal", "ann")
    shop.leave("loyal", "ann", reason="change")
    assert planned(shop, bound(tag("loyal"))).held[0].removals == 1


def test_a_stay_whose_history_vanished_is_not_explained(shop: SeededShop) -> None:
    shop.people("ann")
    number = shop.segment("loyal", "ann")
    go(shop, bound(tag("loyal")))
    with shop.database.transaction() as transaction:
        transaction.exec_driver_sql(f"DELETE FROM membership WHERE segment_id = {number}")
    assert planned(shop, bound(tag("loyal"))).held[0].removals == 1


def test_the_share_of_the_brake_is_the_bindings_own(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(10)]
    shop.loyal(*keys)
    go(shop, bound(tag("loyal")))
    shop.leave("loyal", *keys[:6])
    assert planned(shop, bound(tag("loyal", brake=6_000))).leave == 6
    assert planned(shop, bound(tag("loyal", brake=5_999))).leave == 0


def test_the_brake_looks_at_a_line_with_many_values_as_a_whole(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    shop.people(*keys)
    for brand in ("a", "b", "c"):
        shop.segment(f"fans:{brand}", *keys)
    stanza = bound(tag("fans", Target("tag", "Fan of {value}")))
    go(shop, stanza)
    for brand in ("a", "b", "c"):
        shop.leave(f"fans:{brand}", *keys[:2])
    report = planned(shop, stanza)
    assert (report.leave, [hold.removals for hold in report.held]) == (0, [2, 2, 2])


def test_a_segment_that_was_never_evaluated_is_held(shop: SeededShop) -> None:
    report = planned(shop, bound(tag("nobody")))
    assert [hold.reason for hold in report.held] == [
        "nobody has not been evaluated yet; run: segmenthub evaluate"
    ]


def test_a_destination_whose_own_stream_is_old_is_held_as_a_whole(shop: SeededShop) -> None:
    shop.loyal("ann")
    shop.basis = replace(shop.basis, incomplete={"news": "members of news is old"})
    report = planned(shop, bound(tag("loyal")))
    assert (report.enter, report.held[0].reason) == (0, "members of news is old")


def test_the_report_as_json_says_who_moves_and_why_not(shop: SeededShop) -> None:
    shop.loyal("ann")
    shown = planned(shop, bound(tag("loyal"), tag("nobody", VIP))).as_json()
    names = ("connection", "enter", "leave", "requests", "seconds")
    assert [shown[name] for name in names] == ["news", 1, 0, 1, 0.1]
    assert shown["held"][0]["target"] == "VIP"
    assert shown["targets"][0]["entering"] == ["ann"]


def test_a_tag_that_the_config_no_longer_names_is_left_alone_and_reported(
    shop: SeededShop,
) -> None:
    shop.people("ann", "bo")
    shop.segment("loyal", "ann")
    shop.segment("vip", "bo")
    go(shop, bound(tag("loyal"), tag("vip", VIP)))
    report = go(shop, bound(tag("vip", VIP)))
    assert report.unbound == (LOYAL,)
    assert set(shop.tool.carrying(LOYAL)) == {"ann"}
