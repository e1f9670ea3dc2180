"""Random uses of the recipes, with parameters on the edges that random shops have."""

import random
from collections.abc import Callable
from typing import Any

from tests.laws.generators.vocabulary import BRANDS, DURATIONS, STORES, TOPICS

Table = dict[str, Any]


def drawn_recipe(draw: random.Random) -> Table:
    """A segment that names a recipe and some of its parameters."""
    name, required, optional = draw.choice(_PARAMETERS)
    found = {"recipe": name, **{key: value(draw) for key, value in required.items()}}
    for key in draw.sample(sorted(optional), draw.randrange(len(optional) + 1)):
        found[key] = optional[key](draw)
    return found


def _one(*values: Any) -> Callable[[random.Random], Any]:
    return lambda draw: draw.choice(values)


_WITHIN = _one("ever", *DURATIONS)
_SPAN = _one("1 day", "30 days", "6 months", "90 days")
_FEW = _one(1, 2, 3)
_PERCENT = _one("0%", "20%", "5%")
_SHELF = _one("BOOTS", "clothes", "toys", "all")
_CHANNEL = _one("web", "pos")
_CONNECTION = _one("shop", "till")
_SHARE = _one("50%", "10%")
_UNITS = _one("units", "lines")
_MARKDOWN = _one("1%", "30%", {"at_least": "5%", "under": "50%"})
_PLACE: Table = {"channel": _CHANNEL, "connection": _CONNECTION}
_RATES: Table = {"member_for": _SPAN, "within": _WITHIN, "min_delivered": _FEW}
_INACTIVE: Table = {"member_for": _SPAN, "spare_recent_buyers": _SPAN}
_STORE: Table = {"store": _one(*STORES)}

_PARAMETERS: tuple[tuple[str, Table, Table], ...] = (
    ("recent_buyers", {}, {"within": _WITHIN, **_PLACE}),
    ("lapsed_buyers", {}, {"after": _SPAN, **_PLACE}),
    (
        "frequent_buyers",
        {},
        {"orders": _FEW, "within": _WITHIN, "count_by": _one("orders", "days"), **_PLACE},
    ),
    ("coupon_lovers", {}, {"orders": _FEW, "within": _WITHIN}),
    (
        "category_customers",
        {"category": _SHELF},
        {"orders": _FEW, "within": _WITHIN, "count_by": _one("orders", "units", "lines")},
    ),
    (
        "big_spenders",
        {},
        {
            "over": _PERCENT,
            "orders": _FEW,
            "within": _WITHIN,
            "baseline": _one("average", "median"),
            "baseline_within": _WITHIN,
            "channel": _CHANNEL,
        },
    ),
    ("vip", {}, {"over": _PERCENT, "channel": _CHANNEL}),
    ("vip", {"at_least": _one(100, 500)}, _PLACE),
    ("vip", {"top": _one("5%", "50%")}, _PLACE),
    (
        "deal_hunters",
        {"items": _FEW},
        {"within": _WITHIN, "share": _SHARE, "count_by": _UNITS, "markdown": _MARKDOWN},
    ),
    ("deal_hunters", {}, {"within": _WITHIN, "coupon_orders": _FEW, **_PLACE}),
    ("one_time_buyers", {}, {"within": _WITHIN, "scope": _one("lifetime", "window")}),
    (
        "brand_fans",
        {"brand": _one(*BRANDS)},
        {"items": _FEW, "within": _WITHIN, "share": _SHARE, "count_by": _UNITS},
    ),
    ("gender", {"is": _one("female", "male", "other")}, {"or_bought_category": _SHELF}),
    (
        "store_customers",
        _STORE,
        {"by": _one("bought"), "orders": _FEW, "within": _WITHIN, "channel": _CHANNEL},
    ),
    ("store_customers", {**_STORE, "by": _one("chosen")}, {}),
    ("store_customers", {**_STORE, "by": _one("lives_near")}, {"km": _one(12, 20, 30)}),
    ("age_group", {"between": _one([20, 29], [30, 39], [40, 49], [18, 60])}, {}),
    ("abandoned_cart", {}, {"within": _WITHIN, "category": _SHELF, "connection": _CONNECTION}),
    ("viewed_not_bought", {"category": _SHELF}, {"views": _FEW, "within": _WITHIN}),
    ("viewed_not_bought", {"url": _one("boots", "/x")}, {"views": _FEW, "within": _WITHIN}),
    ("did_not_open", {"campaign": _one("c1", "News 2")}, {"connection": _CONNECTION}),
    ("companies", {"industry": _one("Fishing", "trade")}, {"size": _one("1-9")}),
    ("birthday", {}, {"month": _one("this month", 2, 3)}),
    ("birthday", {"within_next": _one("1 day", "14 days", "1 month")}, {}),
    ("interested_in", {"topic": _one(*TOPICS)}, {"only": _one(True, False)}),
    (
        "parents",
        {"age": _one([0, 5], [5, 11], [10, 13], [13, 18])},
        {
            "gender": _one("female", "male"),
            "birthday_within_next": _SPAN,
            "half_open": _one(True, False),
        },
    ),
    ("parents", {}, {"gender": _one("female", "male"), "birthday_within_next": _SPAN}),
    ("new_members", {}, {"within": _WITHIN, "list": _one("L1", "L2")}),
    ("old_members", {}, {"before": _SPAN, "list": _one("L1", "L2")}),
    ("inactive", {"open_rate": _one("5%", "50%")}, {**_RATES, **_INACTIVE}),
    ("inactive", {"no_open_for": _SPAN}, _INACTIVE),
    ("active_clickers", {}, {**_RATES, "click_rate": _one("10%", "50%")}),
    ("active_clickers", {"level": _one("low")}, {**_RATES, "literal": _one(True, False)}),
    ("opened_recently", {}, {"within": _WITHIN}),
    ("opened_recently", {"of_last": _FEW}, {"at_least": _FEW}),
    ("clicked_recently", {}, {"within": _WITHIN}),
    ("clicked_recently", {"of_last": _FEW}, {"at_least": _FEW}),
)
"""Recipes: what must be given, and what may be; each of their alternatives stands alone."""
