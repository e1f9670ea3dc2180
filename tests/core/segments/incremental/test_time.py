"""Time passes: only people over whom a window edge moved are evaluated again."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.records import Child, Contact, Discount, ListMember, Message, MessageEvent, Record
from core.store.database import Database
from tests.core.segments.cases import SHOP
from tests.core.segments.small_hub import SmallHub, noon, ordered

RECENT = {"recent": {"orders": "count", "within": "30 days", "at_least": 1}}


def delivered(message: str, who: str, at: object, kind: str = "delivered") -> Record:
    return MessageEvent.model_validate({"message": message, "contact": who, "kind": kind, "at": at})


def test_untouched_people_are_not_looked_at(sqlite: Database) -> None:
    hub = SmallHub(sqlite, RECENT)
    hub.tell(*(ordered(n, f"c{n}", day=20) for n in range(8)))
    hub.members(noon(21))
    assert hub.members(noon(21, hours=1))["recent"].split() == [f"c{n}" for n in range(8)]
    assert hub.looked_at == 0
    hub.tell(ordered(9, "c9", day=21))
    assert "c9" in hub.members(noon(21, hours=2))["recent"]
    assert hub.looked_at == 1


def test_a_window_closes_behind_who_bought_long_ago(sqlite: Database) -> None:
    hub = SmallHub(sqlite, RECENT)
    hub.tell(ordered(1, "ann", day=1), ordered(2, "bob", day=2))
    assert hub.members(noon(30))["recent"] == "ann bob"
    assert hub.members(noon(31))["recent"] == "bob"
    assert hub.looked_at == 1
    assert hub.members(noon(1, 4))["recent"] == ""


def test_a_future_order_becomes_past(sqlite: Database) -> None:
    hub = SmallHub(sqlite, RECENT)
    hub.tell(ordered(1, "ann", placed_at=noon(21, hours=2)), ordered(2, "bob", day=23))
    assert hub.members(noon(21))["recent"] == ""
    assert hub.members(noon(21, hours=1.9))["recent"] == ""
    assert hub.looked_at == 0
    assert hub.members(noon(21, hours=2))["recent"] == "ann"
    assert hub.looked_at == 1
    assert hub.members(noon(23))["recent"] == "ann bob"


@pytest.mark.parametrize(("zone", "hour"), [
    ("Pacific/Auckland", 1), ("Asia/Tokyo", 1), ("Pacific/Honolulu", 23), ("Etc/GMT+12", 23),
])  # fmt: skip
def test_days_have_edges_wherever_the_shop_is(sqlite: Database, zone: str, hour: int) -> None:
    hub = SmallHub(sqlite, RECENT, replace(SHOP, zone=ZoneInfo(zone)))
    hub.tell(ordered(1, "ann", placed_at=datetime(2026, 3, 1, hour, tzinfo=ZoneInfo(zone))))
    # Nobody is marked for what nobody bought.
    hub.tell(ordered(2, None, placed_at=datetime(2026, 3, 1, hour, tzinfo=ZoneInfo(zone))))
    assert hub.members(date(2026, 3, 30))["recent"] == "ann"
    assert hub.members(date(2026, 3, 31))["recent"] == ""
    assert hub.looked_at == 1


def test_a_window_closes_behind_a_coupon_that_stands_alone(sqlite: Database) -> None:
    rule = {"orders": "count", "where": {"coupon": True}, "within": "30 days", "at_least": 1}
    hub = SmallHub(sqlite, {"saved": rule})
    hub.tell(Discount(id="d", contact="ann", code="SUMMER", at=noon(1)))
    assert hub.members(noon(30))["saved"] == "ann"
    assert hub.members(noon(31))["saved"] == ""


def test_windows_of_hours_have_edges_between_instants(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "within": {"orders": "count", "within": "6 hours", "at_least": 1},
        "before": {"orders": "count", "before": "6 hours", "at_least": 1},
    })  # fmt: skip
    hub.tell(ordered(1, "ann", day=21))
    assert hub.members(noon(21, hours=5)) == {"within": "ann", "before": ""}
    assert hub.members(noon(21, hours=6)) == {"within": "", "before": ""}
    assert hub.looked_at == 1
    assert hub.members(noon(21, hours=6) + timedelta(microseconds=1))["before"] == "ann"
    assert hub.looked_at == 1


def test_messages_come_of_age_by_the_hour(database: Database) -> None:
    hub = SmallHub(database, {
        "idle": {"messages": "open_rate", "under": "5%"},
        "keen": {"messages": "opened", "of_last": 1, "at_least": 1},
    })  # fmt: skip
    hub.tell(Message(id="m"), delivered("m", "ann", noon(20)), delivered("m", "bob", noon(20)))
    hub.tell(delivered("m", "bob", noon(22), "opened"))
    assert hub.members(noon(20, hours=23.9)) == {"idle": "", "keen": ""}
    assert hub.members(noon(20, hours=24)) == {"idle": "ann bob", "keen": ""}
    assert hub.looked_at == 2
    assert hub.members(noon(22)) == {"idle": "ann", "keen": "bob"}
    assert hub.looked_at == 1


def test_the_month_turns(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "now": {"field": "birth_month", "is": "this month"},
        "other": {"field": "birth_month", "is_not": "this month"},
    })  # fmt: skip
    hub.tell(*(Contact(id=f"m{n:02}", birthday=date(1990, n, 5)) for n in range(1, 13)))
    assert hub.members(noon(31))["now"] == "m03"
    assert hub.members(noon(31, hours=11.9))["now"] == "m03"
    assert hub.looked_at == 0
    assert hub.members(noon(31, hours=12))["now"] == "m04"
    assert hub.looked_at == 2
    assert hub.members(noon(1, 3, 2027))["now"] == "m03"


def test_the_month_turns_for_who_is_born_on_its_last_day(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"now": {"field": "birth_month", "is": "this month"}})
    hub.tell(Contact(id="ann", birthday=date(1990, 3, 31)))
    assert hub.members(noon(31))["now"] == "ann"
    assert hub.members(noon(1, 4))["now"] == ""


def test_people_grow_older_on_their_birthday(database: Database) -> None:
    hub = SmallHub(database, {
        "adult": {"field": "age", "at_least": 18},
        "thirties": {"recipe": "age_group", "for_each": "decade"},
        "leap": {"field": "age", "is": 26},
    })  # fmt: skip
    hub.tell(
        Contact(id="ann", birthday=date(2008, 4, 2)),
        Contact(id="bob", birthday=date(1996, 4, 3)),
        Contact(id="leap", birthday=date(2000, 2, 29)),
        Contact(id="year", birth_year=2008),
        Contact(id="none"),
    )
    assert hub.members(date(2026, 2, 27))["leap"] == ""
    # 29 February is kept on the 28th.
    assert hub.members(date(2026, 2, 28))["leap"] == "leap"
    assert hub.looked_at == 1
    assert hub.members(date(2026, 3, 1))["leap"] == "leap"
    assert hub.members(date(2026, 4, 1))["adult"] == "bob leap"
    assert hub.members(date(2026, 4, 2))["adult"] == "ann bob leap"
    assert hub.looked_at == 1
    assert hub.members(date(2026, 4, 3))["thirties:30"] == "bob"
    assert hub.looked_at == 1
    assert hub.members(date(2026, 12, 30))["adult"] == "ann bob leap"
    assert hub.members(date(2026, 12, 31))["adult"] == "ann bob leap year"


def test_people_with_only_a_birth_year_may_be_older_from_new_year_on(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"child": {"field": "age", "under": 18}})
    hub.tell(Contact(id="ann", birth_year=2008))
    assert hub.members(date(2025, 12, 31))["child"] == "ann"
    # Then it is unknown.
    assert hub.members(date(2026, 1, 1))["child"] == ""
    assert hub.looked_at == 1


def test_birthdays_come_near_and_pass(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"soon": {"field": "birthday", "within_next": "7 days"}})
    hub.tell(
        Contact(id="ann", birthday=date(1980, 3, 28)),
        Contact(id="leap", birthday=date(2000, 2, 29)),
        Contact(id="far", birthday=date(1980, 9, 9)),
    )
    for day, soon, touched in ((20, "", None), (22, "ann", 1), (28, "ann", 0), (29, "", 1)):
        assert hub.members(noon(day))["soon"] == soon
        assert touched is None or hub.looked_at == touched
    assert hub.members(noon(22, 2, 2027))["soon"] == "leap"
    assert hub.members(noon(1, 3, 2027))["soon"] == ""


def test_children_are_born_grow_and_have_birthdays(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "toddler": {"children": "count", "where": {"age": {"between": [0, 2]}}, "at_least": 1},
        "soon": {"children": "count", "where": {"birthday": {"within_next": "3 days"}},
                 "at_least": 1},
        "any": {"children": "count", "at_least": 1},
    })  # fmt: skip
    hub.tell(
        Child(id="1", contact="ann", birthday=date(2023, 4, 1)),
        Child(id="2", contact="bob", birthday=date(2026, 4, 2)),
        Child(id="3", contact="cat", birthday=date(2010, 8, 8)),
    )
    assert hub.members(noon(29)) == {"toddler": "ann", "soon": "", "any": "ann cat"}
    assert hub.members(noon(1, 4)) == {"toddler": "", "soon": "ann", "any": "ann cat"}
    assert hub.members(noon(2, 4)) == {"toddler": "bob", "soon": "bob", "any": "ann bob cat"}
    assert hub.looked_at == 2


def test_dates_of_profiles_and_of_list_stays_pass_edges_too(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "new": {"field": "created", "within": "10 days"},
        "joined": {"lists": "subscribed", "before": "10 days"},
    })  # fmt: skip
    hub.tell(
        Contact(id="ann", created=noon(1)),
        ListMember(contact="bob", list="L", status="subscribed", subscribed_at=noon(1)),
    )
    assert hub.members(noon(10)) == {"new": "ann", "joined": ""}
    assert hub.members(noon(11)) == {"new": "", "joined": ""}
    assert hub.members(noon(12)) == {"new": "", "joined": "bob"}
    assert hub.looked_at == 1


@pytest.mark.parametrize("tick", [timedelta(0), timedelta(seconds=1)])
def test_without_a_move_of_an_edge_nobody_is_looked_at(sqlite: Database, tick: timedelta) -> None:
    hub = SmallHub(sqlite, {"rich": {"orders": "total", "over": 10}} | RECENT)
    hub.tell(ordered(1, "ann", day=1))
    hub.members(noon(5))
    hub.members(noon(5) + tick)
    assert hub.looked_at == 0


def test_going_back_in_time_evaluates_everybody(sqlite: Database) -> None:
    hub = SmallHub(sqlite, RECENT)
    hub.tell(ordered(1, "ann", day=1), ordered(2, "bob", day=20))
    assert hub.members(noon(4, 4))["recent"] == "bob"
    assert hub.members(noon(3))["recent"] == "ann"
    assert hub.because == "the clock moved backwards"
    assert hub.members(noon(3, hours=-1))["recent"] == "ann"
    assert hub.because == "the clock moved backwards"
    assert hub.members(noon(4, 4))["recent"] == "bob"
    assert hub.looked_at == 2


def test_everybody_is_evaluated_where_more_than_half_are_touched(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.segments.evaluate.ONE_BY_ONE", 0)
    spends = {"spends": {"orders": "total", "within": "30 days", "over": "100% of average"}}
    hub = SmallHub(sqlite, RECENT | spends)
    hub.tell(*(ordered(n, f"c{n}", day=n) for n in range(1, 7)))
    hub.tell(ordered(7, "rich", day=20), ordered(8, "rich", day=3))
    assert hub.members(noon(21))["spends"] == "rich"
    assert "c2" not in hub.members(noon(1, 4))["recent"]
    assert hub.looked_at == 2, "of seven"
    hub.tell(*(ordered(n, f"c{n}", placed_at=noon(1, 4)) for n in range(1, 6)))
    assert "c1" in hub.members(noon(1, 4, hours=1))["recent"]
    assert hub.because == "too many profiles were touched"


def test_a_full_evaluation_gives_the_same_reason_for_leaving(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.segments.evaluate.ONE_BY_ONE", 0)
    hub = SmallHub(sqlite, RECENT)
    hub.tell(
        ordered(1, "ann", day=1),
        ordered(2, "bob", day=20),
        ordered(3, "cid", day=20),
    )
    hub.members(noon(21))
    hub.tell(ordered(2, "bob", placed_at=noon(1, 1)), ordered(4, "cid", day=20))
    assert hub.members(noon(31))["recent"] == "cid"
    assert hub.because
