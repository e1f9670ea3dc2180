"""The segment that answers each key of an `oracles.json`."""

import re
from collections.abc import Callable, Mapping

Segment = Mapping[str, object]
Question = Callable[[re.Match[str]], Segment]

AT_LEAST = {"regular": 5, "loyal": 3, "top": 2}
GENDERS: Mapping[str, Segment] = {
    "F": {"recipe": "gender", "is": "female"},
    "M": {"recipe": "gender", "is": "male"},
    "NA": {"field": "gender", "known": False},
}


def span(written: str) -> str:
    """A span such as `183d` or `6m` in the config's words."""
    unit = {"d": "days", "m": "months"}[written[-1]]
    return f"{written[:-1]} {unit}"


def _within(recipe: str) -> Question:
    return lambda key: {"recipe": recipe, "within": span(key["window"])}


def _lapsed(key: re.Match[str]) -> Segment:
    return {"recipe": "lapsed_buyers", "after": span(key["window"])}


def _frequent(key: re.Match[str]) -> Segment:
    window = span(key["window"])
    return {"recipe": "frequent_buyers", "orders": int(key["least"]), "within": window}


def _category(key: re.Match[str]) -> Segment:
    return {
        "recipe": "category_customers",
        "category": key["category"].replace("_", " "),
        "orders": int(key["least"]),
        "count_by": key["by"],
        "within": span(key["window"]),
    }


def _big(key: re.Match[str]) -> Segment:
    return {
        "recipe": "big_spenders",
        "over": f"{key['over']}%",
        "orders": int(key["least"]),
        "within": "ever",
    }


def _offers(key: re.Match[str]) -> Segment:
    return {
        "recipe": "deal_hunters",
        "items": int(key["least"]),
        "count_by": "lines",
        "markdown": {"over": "0%"},
    }


def _one_time(scope: str) -> Question:
    return lambda key: {
        "recipe": "one_time_buyers",
        "scope": scope,
        "within": span(key["window"]) if "window" in key.groupdict() else "ever",
    }


def _brand(key: re.Match[str]) -> Segment:
    return {
        "recipe": "brand_fans",
        "brand": key["brand"],
        "items": int(key["least"]),
        "count_by": "lines",
        "within": "ever",
    }


def _store(key: re.Match[str]) -> Segment:
    return {"recipe": "store_customers", "store": key["store"], "within": "ever"}


WINDOW = r"(?P<window>\d+[dm])"
LEAST = r"(?P<least>\d+)"
QUESTIONS: Mapping[str, Question] = {
    rf"s01_recency_{WINDOW}": _within("recent_buyers"),
    rf"s01_lapsed_{WINDOW}": _lapsed,
    rf"s02_(regular|loyal|top)_{LEAST}_in_{WINDOW}": _frequent,
    rf"s03_coupon_redeemed_in_{WINDOW}": _within("coupon_lovers"),
    rf"s04_category_(?P<category>\w+)_(regular|loyal|top)_{LEAST}_(?P<by>orders|units|lines)"
    rf"_in_{WINDOW}": _category,
    rf"s05_big_(?P<over>\d+)pct_over_aov_min{LEAST}_orders": _big,
    r"s06_vip_clv_over_avg_(?P<over>\d+)pct": lambda key: {
        "recipe": "vip",
        "over": f"{key['over']}%",
    },
    r"s07_coupon_redeemed_more_than_once": lambda _: {"recipe": "deal_hunters", "coupon_orders": 2},
    rf"s07_offer_lines_ge_{LEAST}": _offers,
    rf"s08_exactly_one_order_in_{WINDOW}": _one_time("window"),
    rf"s08_one_lifetime_order_within_{WINDOW}": _one_time("lifetime"),
    r"s08_one_lifetime_order_ever": _one_time("lifetime"),
    rf"s09_brand_(?P<brand>\w+)_lines_ge_{LEAST}": _brand,
    rf"s09_manufacturer_(?P<brand>\d+)_lines_ge_{LEAST}": _brand,
    r"s10_gender_(?P<gender>F|M|NA)": lambda key: GENDERS[key["gender"]],
    r"s11_store_bought_in_territory_(?P<store>\d+)": _store,
    r"s11_bought_in_store_(?P<store>\d+)": _store,
    r"s12_age_(?P<first>\d+)_(?P<last>\d+)": lambda key: {
        "recipe": "age_group",
        "between": [int(key["first"]), int(key["last"])],
    },
    r"s12_ageband_(?P<band>[\d+-]+)": lambda key: {"field": "custom.age", "is": key["band"]},
    r"s13_birthday_month_(?P<month>\d\d)": lambda key: {
        "recipe": "birthday",
        "month": int(key["month"]),
    },
    r"s15_has_children": lambda _: {"field": "custom.total_children", "over": 0},
    r"s15_no_children": lambda _: {"field": "custom.total_children", "is": 0},
    r"s15_kids_(?P<kids>[\d+]+)": lambda key: {"field": "custom.kids_count", "is": key["kids"]},
    rf"open_in_{WINDOW}": _within("opened_recently"),
    rf"click_in_{WINDOW}": _within("clicked_recently"),
}
"""Pattern of a key -> its segment."""


def segment_of(key: str) -> Segment:
    """The one segment that answers a key; raises LookupError where none or several would."""
    found = [
        question(match)
        for pattern, question in QUESTIONS.items()
        if (match := re.fullmatch(pattern, key))
    ]
    if len(found) != 1:
        raise LookupError(f"{len(found)} segments answer the key {key}; there must be one")
    return found[0]
