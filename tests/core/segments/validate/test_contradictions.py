"""Contradictory rules are refused before evaluation, with a correction."""

from typing import Any

import pytest

from core.segments.definition import KnownNames
from core.segments.validate import segments_of, without_data

MEN = {"field": "gender", "is": "male"}
NEVER = [
    # a rule, where in it, words of the reason
    ({"orders": "count", "at_least": 5, "under": 3}, "", "`at_least 5` and `under 3` exclude"),
    ({"orders": "count", "between": [5, 3]}, "", "`between, from 5` and `between, to 3`"),
    ({"orders": "count", "over": 2, "under": 3}, "", "`over 2` and `under 3` exclude"),
    ({"orders": "count", "under": 0}, "", "a count, which is at least 0"),
    ({"orders": "count", "is": 2.5}, "", "`is 2.5` is no whole number"),
    ({"orders": "total", "over": 5, "at_most": 5}, "", "`over 5` and `at_most 5`"),
    ({"orders": "last", "at_least": "2026-02-01", "under": "2026-01-01"}, "", "2026-02-01"),
    ({"orders": "total", "over": "120% of average", "under": "110% of average"}, "", "exclude"),
    ({"items": "share", "over": "100%", "where": {"brand": "A"}}, "", "at most 100%"),
    ({"messages": "open_rate", "at_least": "101%"}, "", "at most 100%"),
    ({"messages": "opened", "of_last": 5, "at_least": 6}, "", "among the last 5"),
    ({"field": "age", "between": [45, 35]}, "", "exclude each other"),
    ({"field": "birth_month", "over": 12}, "", "a month, which is at most 12"),
    ({"field": "gender", "is": "male", "is_not": "Male"}, "", "no word meets"),
    ({"field": "city", "known": False, "is": "Oslo"}, "", "`known = false` and `is`"),
    ({"field": "age", "known": False, "over": 3}, "", "`known = false` and `over`"),
    ({"field": "city", "in": ["Oslo", "Bergen"], "starts_with": "tr"}, "", "no word meets"),
    ({"orders": "count", "within": "1 month", "before": "31 days", "at_least": 1}, "", "no day"),
    ({"orders": "count", "within": "5 hours", "before": "5 hours", "at_least": 1}, "", "no day"),
    ({"orders": "count", "at_least": 1, "where": {"total": {"over": 9, "under": 9}}},
     ".where.total", "exclude"),
    ({"children": "count", "at_least": 1, "where": {"age": {"between": [5, 0]}}},
     ".where.age", "exclude"),
    ({"any": [{"field": "age", "over": 3}, {"not": {"field": "age", "under": 0}}]},
     ".any[1].not", "an age, which is at least 0"),
    ({"all": [{"orders": "count", "at_least": 3}, {"orders": "count", "at_most": 2}]},
     "", "`at_least 3` and `at_most 2` exclude"),
    ({"all": [MEN, {"all": [{"field": "gender", "is": "female"}]}]}, "", "no word meets"),
    ({"all": [{"field": "city", "is": "Oslo"}, {"field": "city", "is_not": "OSLO"}]},
     "", "no word meets"),
    ({"all": [{"field": "city", "is": "Oslo"}, {"field": "city", "starts_with": "Be"}]},
     "", "no word meets"),
    ({"all": [{"field": "city", "known": False}, {"field": "city", "contains": "s"}]},
     "", "`known = false` and `contains`"),
    ({"all": [{"field": "age", "known": True}, {"field": "age", "known": False}]},
     "", "`known = false` and `known`"),
    ({"all": [{"field": "city", "is": "Oslo"}, {"not": {"field": "city", "is": "Oslo"}}]},
     "", "its opposite"),
]  # fmt: skip
POSSIBLE: list[dict[str, Any]] = [
    {"orders": "count", "between": [3, 3]},
    {"orders": "count", "is": 0},
    {"items": "count", "over": 1, "under": 2},
    {"orders": "total", "under": 0},
    {"messages": "opened", "of_last": 5, "over": "50%"},
    {"items": "lines", "at_least": 1, "where": {"markdown": {"at_least": "50%"}}},
    {"orders": "total", "over": "120% of average", "under": "130% of median"},
    {"orders": "total", "over": "110% of average", "under": 3},
    {"orders": "count", "within": "3 months", "before": "30 days", "at_least": 1},
    {"orders": "count", "within": "1 month", "before": "28 days", "at_least": 1},
    {"messages": "open_rate", "at_least": "100%"},
    {"field": "birth_month", "is": "this month"},
    {"field": "city", "in": ["Oslo", "Bergen"], "is_not": "Oslo"},
    {
        "all": [
            {"orders": "count", "within": "1 month", "at_least": 3},
            {"orders": "count", "within": "2 months", "under": 3},
        ]
    },
    {"any": [{"field": "gender", "is": "male"}, {"field": "gender", "is": "female"}]},
    {"all": [{"field": "city", "is": "A\u030aRHUS  C"}, {"field": "city", "in": ["\u00e5rhus c"]}]},
    {"all": [{"field": "postcode", "is": "DK-8000"}, {"field": "postcode", "is": "dk 8000"}]},
    {"all": [{"field": "phone", "is": "+45 20304050"}, {"field": "phone", "is": "+4520304050"}]},
    {"field": "custom.points", "is": 5.5, "in": ["5.50"], "contains": "50"},
    {"all": [{"field": "birth_month", "is": "this month"}, {"field": "birth_month", "is": 11}]},
]


def wrong(rule: dict[str, Any]) -> list[tuple[str, str]]:
    _, mistakes = segments_of({"s": rule}, KnownNames())
    return [(each.path, each.message) for each in mistakes]


@pytest.mark.parametrize(("rule", "place", "words"), NEVER, ids=str)
def test_a_rule_that_nobody_can_meet_is_refused_with_its_path(
    rule: dict[str, Any], place: str, words: str
) -> None:
    ((path, message),) = wrong(rule)
    assert path == f"segments.s{place}"
    assert words in message
    assert message.startswith("can never be true")


@pytest.mark.parametrize("rule", POSSIBLE, ids=str)
def test_a_rule_that_somebody_can_meet_is_accepted(rule: dict[str, Any]) -> None:
    assert wrong(rule) == []


@pytest.mark.parametrize("threshold", ["top 0%", "0% of average", "0% of median"])
def test_a_figure_of_nothing_is_refused(threshold: str) -> None:
    ((path, message),) = wrong({"orders": "total", "over": threshold})
    assert path == "segments.s"
    assert "which is nothing; write for example" in message


@pytest.mark.parametrize(
    ("rule", "place", "instead"),
    [
        ({"messages": "opened", "over": "50%"}, "over", 'write `messages = "open_rate"`'),
        ({"messages": "clicked", "under": "5%"}, "under", "add `of_last = 5`"),
        ({"messages": "delivered", "is": "5%"}, "is", "write a number, or a figure"),
        ({"items": "orders", "between": ["5%", "9%"]}, "between", 'write `items = "share"`'),
        ({"orders": "count", "in": [2, "5%"]}, "in", "write a number, or a figure"),
        ({"orders": "total", "at_least": "5%"}, "at_least", '"120% of average"'),
        ({"orders": "count", "at_least": 1, "where": {"total": {"over": "9%"}}},
         "where.total.over", '"120% of average"'),
    ],
)  # fmt: skip
def test_a_percentage_of_a_count_or_an_amount_is_refused(
    rule: dict[str, Any], place: str, instead: str
) -> None:
    ((path, message),) = wrong(rule)
    assert path == f"segments.s.{place}"
    assert instead in message


def test_a_baseline_without_a_comparison_is_refused() -> None:
    ((path, message),) = wrong({"orders": "count", "at_least": 1, "baseline_within": "1 year"})
    assert path == "segments.s.baseline_within"
    assert "120% of average" in message


@pytest.mark.parametrize("unit", ["hours", "days", "weeks", "months", "years"])
@pytest.mark.parametrize("key", ["within", "before"])
def test_a_window_of_zero_is_refused(key: str, unit: str) -> None:
    ((path, message),) = wrong({"orders": "count", "at_least": 1, key: f"0 {unit}"})
    assert path == f"segments.s.{key}"
    assert "a window of 0 contains nothing" in message


def test_a_recipe_with_impossible_parameters_is_refused_at_its_name() -> None:
    ((path, message),) = wrong({"recipe": "opened_recently", "of_last": 3, "at_least": 5})
    assert path == "segments.s"
    assert "can never be true" in message


def test_a_family_is_looked_at_too() -> None:
    rule = {"for_each": "brand", "items": "count", "where": {"brand": "{value}"}, "under": 0}
    ((path, _),) = wrong(rule)
    assert path == "segments.s"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"visits": "count", "at_least": 1}, "no connection delivers visits"),
        (
            {"any": [{"messages": "opened", "is": 1}, {"interests": "topics", "known": True}]},
            "no connection delivers interests and message events",
        ),
        ({"field": "custom.seize", "is": "43"}, "custom.seize, so that it is unknown"),
        ({"recipe": "category_customers", "for_each": "category", "orders": 1}, ""),
        ({"field": "custom.size", "is": "43"}, ""),
        ({"orders": "count", "where": {"coupon": True}, "at_least": 1}, ""),
    ],
    ids=str,
)  # fmt: skip
def test_undelivered_data_is_reported(rule: dict[str, Any], expected: str) -> None:
    known = KnownNames(
        connections=frozenset({"shop"}), nouns=frozenset({"Contact", "Order"}),
        custom_fields={"size": "text"}, every_field=True,
    )  # fmt: skip
    segments, mistakes = segments_of({"s": rule}, known)
    assert mistakes == []
    warnings = [(each.path, each.message) for each in without_data(segments, known)]
    assert [path for path, _ in warnings] == (["segments.s"] if expected else [])
    assert all(expected in message for _, message in warnings)


def test_a_field_that_only_reading_shows_is_not_doubted() -> None:
    known = KnownNames(connections=frozenset({"shop"}), nouns=frozenset({"Contact"}))
    segments, _ = segments_of({"s": {"field": "custom.size", "is": "43"}}, known)
    assert list(without_data(segments, known)) == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"orders": "gap", "of": "company", "over": 1}, "`gap` is about one person"),
        (
            {"messages": "opened", "of": "company", "of_last": 5, "over": 1},
            "`of_last` is about one person",
        ),
        (
            {"messages": "open_rate", "where": {"channel": ["email", "sms"]}, "over": "5%"},
            "a rate is about one channel",
        ),
        (
            {"items": "count", "where": {"price": {"over": "100% of average"}}, "over": 1},
            "the average of the population is not known here",
        ),
        ({"field": "age", "contains": "3"}, "`contains` does not go with age"),
        ({"field": "email", "at_least": 3}, "`at_least` does not go with email"),
        ({"field": "birthday", "is": "2000-01-01"}, "write within_next, known"),
        ({"field": "city", "within": "3 days"}, "`within` does not go with city"),
        ({"field": "city", "is": "a\x00b"}, "no text in the store can hold"),
    ],
)
def test_rules_without_a_meaning_are_refused(rule: dict[str, object], sentence: str) -> None:
    _, wrong = segments_of({"s": rule}, KnownNames())
    assert any(sentence in str(each) for each in wrong), wrong
