"""The brake on removals and additions that look wrong."""

import pytest

from core.audience.brake import Tally, held, held_additions

TEN_PER_CENT = 1_000


@pytest.mark.parametrize(
    ("delivered", "unexplained", "stops"),
    [
        (100, 10, False),
        (100, 11, True),
        (20, 4, False),
        (49, 5, True),
        (50, 5, False),
        (51, 5, False),
        (4, 3, False),
    ],
)
def test_more_than_the_share_and_at_least_five_persons_are_held(
    delivered: int, unexplained: int, stops: bool
) -> None:
    tally = Tally(delivered=delivered, leaving=unexplained, unexplained=unexplained)
    assert bool(held([{"loyal": tally}], TEN_PER_CENT)) is stops


def test_removals_that_time_explains_are_not_counted() -> None:
    tally = Tally(delivered=100, leaving=90, unexplained=2)
    assert held([{"loyal": tally}], TEN_PER_CENT) == {}


def test_a_binding_that_would_become_empty_is_held() -> None:
    tally = Tally(delivered=1, leaving=1, unexplained=1)
    (stop,) = held([{"loyal": tally}], TEN_PER_CENT).values()
    assert stop.reason.startswith("nobody would keep it")


def test_a_binding_that_only_time_empties_is_not_held() -> None:
    assert held([{"loyal": Tally(delivered=3, leaving=3)}], TEN_PER_CENT) == {}


def test_a_binding_into_which_others_come_is_not_empty() -> None:
    tally = Tally(delivered=1, entering=1, leaving=1, unexplained=1)
    assert held([{"loyal": tally}], TEN_PER_CENT) == {}


def test_released_persons_leave_nobody_behind_either() -> None:
    tally = Tally(delivered=2, leaving=1, unexplained=1, released=1)
    assert set(held([{"loyal": tally}], TEN_PER_CENT)) == {"loyal"}


def test_one_value_of_many_may_become_empty() -> None:
    group = {"lego": Tally(10, 0, 1, 1), "duplo": Tally(1, 0, 1, 1)}
    assert held([group], 5_000) == {}


def test_few_removals_at_each_of_many_values_are_many_together() -> None:
    group = {number: Tally(10, 0, 4, 4) for number in range(5)} | {9: Tally(10, 0, 0, 0)}
    assert set(held([group], TEN_PER_CENT)) == {0, 1, 2, 3, 4}


def test_a_share_of_all_holds_only_what_would_leave_nobody() -> None:
    assert held([{"loyal": Tally(10, 0, 9, 9)}], 10_000) == {}
    assert held([{"loyal": Tally(10, 0, 10, 10)}], 10_000) != {}


@pytest.mark.parametrize(
    ("tally", "causes"),
    [
        (Tally(56, 0, 4, 4, removed_in_a_day=4, removed_in_a_week=4), {"change"}),
        (Tally(56, 0, 4, 4, removed_in_a_week=4), {"change"}),
        (Tally(56, 0, 4, 4), set()),
        (Tally(90, 0, 1, 1, removed_in_a_week=9), {"change"}),
        (Tally(91, 0, 1, 1, removed_in_a_week=9), set()),
        (Tally(56, 0, 6, 0, by_new_rows=6), {"change", "new"}),
        (Tally(56, 0, 4, 0, by_new_rows=4, removed_in_a_week=9), set()),
        (Tally(1, 0, 1, 0, by_new_rows=1), set()),
    ],
)
def test_changes_add_up_over_a_day_and_a_week_and_new_rows_within_a_push(
    tally: Tally, causes: set[str]
) -> None:
    stops = held([{"loyal": tally}], TEN_PER_CENT)
    assert set().union(*(stop.causes for stop in stops.values())) == causes


def test_a_line_of_several_targets_is_added_up_over_a_week_too() -> None:
    group = {number: Tally(10, 0, 1, 1, removed_in_a_week=1) for number in range(3)}
    assert set(held([group], TEN_PER_CENT)) == {0, 1, 2}


@pytest.mark.parametrize(
    ("delivered", "unexpected", "stops"), [(0, 100, False), (0, 101, True), (10, 130, False)]
)
def test_more_than_three_times_as_many_and_a_hundred_are_not_added(
    delivered: int, unexpected: int, stops: bool
) -> None:
    tally = Tally(delivered, entering=9_999, unexpected=unexpected)
    assert bool(held_additions([{"loyal": tally}])) is stops
