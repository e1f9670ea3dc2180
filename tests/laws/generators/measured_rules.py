"""Random rules that measure rows, one function per subject."""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from tests.laws.generators.conditions import condition, dated, number, population, window
from tests.laws.generators.vocabulary import (
    ACTIONS,
    AMOUNTS,
    BRANDS,
    CAMPAIGNS,
    CATEGORIES,
    CODES,
    CONNECTIONS,
    CURRENCIES,
    DURATIONS,
    KINDS,
    LINKS,
    LISTS,
    PRODUCTS,
    QUERIES,
    STATUSES,
    STORES,
    TOPICS,
    URLS,
    VARIANTS,
)

Table = dict[str, Any]
COUNTS = (0, 1, 1, 2, 3)
MONEY = (*map(float, AMOUNTS[1:]), 150, "100.0001")
SHARES = ("0%", "1%", "5%", "10%", "33.3%", "50%", "100%")
_CHANNELS = ("email", "SMS", "push")
_SHELVES = (*(name.upper() for name in CATEGORIES), "boots", "hats", "clothes")


def _rule(subject: str, measure: str, *parts: Mapping[str, Any]) -> Table:
    """A rule from its parts; an empty `where` is left out."""
    found: Table = {subject: measure}
    for part in parts:
        found |= part
    if not found.get("where", True):
        del found["where"]
    return found


def _some(draw: random.Random, **each: Any) -> Table:
    """A `where` of none, one or two of these keys; each value is made by its function."""
    names = draw.sample(sorted(each), min(len(each), draw.choice((0, 0, 1, 1, 1, 2))))
    return {"where": {name: each[name]() for name in names}}


def _beside(draw: random.Random, *, then: bool = True) -> Table:
    """Options of any measure: the company, a sequence."""
    match draw.randrange(14):
        case 0:
            return {"of": "company"}
        case 1 if then:
            return {"then": "orders"}
        case 2 if then:
            return {"then_no": "orders"}
        case _:
            return {}


def _compared(draw: random.Random, values: Any, chance: float = 0.25) -> Table:
    """Compared with a number, or with the population and perhaps in a window of its own."""
    if draw.random() >= chance:
        return number(draw, values)
    found = population(draw)
    if draw.random() < 0.3:
        found["baseline_within"] = draw.choice(("ever", *DURATIONS))
    return found


def _money(draw: random.Random) -> Any:
    if draw.random() < 0.4:
        return population(draw)
    return draw.choice((number(draw, MONEY), draw.choice(MONEY)))


def own_fields(draw: random.Random) -> dict[str, Callable[[], Any]]:
    """Conditions on fields of the source's own."""

    def tags() -> Any:
        names = ("red", "Soft", "a", "b")
        only = {"only": draw.choice((draw.choice(names), draw.sample(names, 2)))}
        return draw.choice((only, condition(draw, names)))

    return {
        "custom.gift": lambda: draw.choice((True, False, {"is_not": True})),
        "custom.weight": lambda: draw.choice(
            (2, "2.5", {"at_least": 2}, {"under": "2.5"}, {"between": [0, 2], "is_not": 2})
        ),
        "custom.tags": tags,
    }


def orders(draw: random.Random, day: date) -> Table:
    """A rule about orders."""
    where = _some(
        draw,
        total=lambda: _money(draw),
        coupon=lambda: draw.choice((True, True, False, *CODES, condition(draw, CODES))),
        store=lambda: condition(draw, STORES),
        channel=lambda: condition(draw, ("web", "pos")),
        currency=lambda: condition(draw, CURRENCIES),
        ship_country=lambda: condition(draw, ("DK", "se")),
        source=lambda: condition(draw, ("Google", "newsletter")),
        campaign=lambda: condition(draw, ("autumn", "Spring")),
        subscription=lambda: condition(draw, ("first", "Renewal")),
        gift_card=lambda: draw.choice((True, False)),
        **own_fields(draw),
        connection=lambda: condition(draw, CONNECTIONS),
    )
    beside = _beside(draw)
    if "total" in where["where"] and draw.random() < 0.3:
        beside["baseline_within"] = draw.choice(("ever", *DURATIONS))
    match draw.choice(("count", "count", "total", "average", "largest", "date", "days", "gap")):
        case "date":
            measure = draw.choice(("first", "last"))
            return _rule("orders", measure, where, dated(draw, day), beside)
        case "count" | "days" as measure:
            compared = _compared(draw, COUNTS)
        case "gap":
            measure, compared = "gap", number(draw, (0, 1, 7, 30, 100.5))
        case measure:
            compared = _compared(draw, MONEY)
    return _rule("orders", measure, where, window(draw, day), compared, beside)


def items(draw: random.Random, day: date) -> Table:
    """A rule about items."""
    where = _some(
        draw,
        category=lambda: condition(draw, _SHELVES),
        brand=lambda: condition(draw, BRANDS),
        product=lambda: condition(draw, PRODUCTS),
        variant=lambda: condition(draw, VARIANTS),
        sku=lambda: condition(draw, ("SKU-1", "P1", "p3", "Å  7")),
        on_sale=lambda: draw.choice((True, True, False)),
        **own_fields(draw),
        markdown=lambda: number(draw, SHARES),
        price=lambda: _money(draw),
        store=lambda: condition(draw, STORES),
        channel=lambda: condition(draw, ("web", "pos")),
        connection=lambda: condition(draw, CONNECTIONS),
    )
    match draw.choice(("count", "count", "lines", "orders", "total", "date", "share")):
        case "date":
            measure = draw.choice(("first", "last"))
            return _rule("items", measure, where, dated(draw, day), _beside(draw))
        case "share":
            measure, compared = "share", number(draw, SHARES)
        case "total":
            measure, compared = "total", _compared(draw, MONEY)
        case measure:
            compared = _compared(draw, (*COUNTS, 0.5))
    return _rule("items", measure, where, window(draw, day), compared, _beside(draw))


def refunds(draw: random.Random, day: date) -> Table:
    """A rule about refunds."""
    where = _some(
        draw,
        reason=lambda: condition(draw, ("too small", "Broken")),
        store=lambda: condition(draw, (*STORES, "AARHUS C")),
        channel=lambda: condition(draw, ("web", "pos")),
        connection=lambda: condition(draw, CONNECTIONS),
    )
    match draw.choice(("count", "total", "last")):
        case "last":
            return _rule("refunds", "last", where, dated(draw, day), _beside(draw))
        case "total":
            return _rule(
                "refunds", "total", where, window(draw, day), _compared(draw, (7, 10, 100)),
                _beside(draw),
            )  # fmt: skip
    return _rule(
        "refunds", "count", where, window(draw, day), _compared(draw, COUNTS), _beside(draw)
    )


def messages(draw: random.Random, day: date) -> Table:
    """A rule about messages."""
    keys: Table = {
        "campaign": lambda: condition(draw, (*CAMPAIGNS, "news 1", "News 2")),
        "kind": lambda: condition(draw, ("campaign", "automation", "transactional")),
        "variant": lambda: condition(draw, ("a", "B")),
        "topic": lambda: condition(draw, TOPICS),
        "connection": lambda: condition(draw, CONNECTIONS),
    }
    measure = draw.choice(
        (
            "delivered", "opened", "clicked", "opened", "clicked", "open_rate", "click_rate",
            "last_delivered", "last_opened", "last_clicked",
        )
    )  # fmt: skip
    extra: Table = {}
    if measure != "delivered" and draw.random() < 0.5:
        extra["evidence"] = draw.choice(("human", "probable", "any"))
    if measure in {"opened", "clicked"} and draw.random() < 0.35:
        extra["of_last"] = draw.choice((1, 2, 3, 5))
    elif measure in {"clicked", "last_clicked"}:
        keys["link"] = lambda: condition(draw, LINKS)
    if measure.endswith("rate"):
        extra["min_delivered"] = draw.choice((1, 2, 3))
        keys["channel"] = lambda: draw.choice(_CHANNELS)
    else:
        keys["channel"] = lambda: condition(draw, _CHANNELS)
    where = _some(draw, **keys)
    beside = _beside(draw, then=measure in {"delivered", "last_delivered"})
    if measure.startswith("last"):
        return _rule("messages", measure, where, extra, dated(draw, day), beside)
    is_share = measure.endswith("rate") or ("of_last" in extra and draw.random() < 0.4)
    compared = number(draw, SHARES if is_share else COUNTS)
    if measure in {"delivered", "opened", "clicked"} and not extra.get("of_last"):
        compared = _compared(draw, COUNTS, 0.2)
    return _rule("messages", measure, where, window(draw, day), extra, compared, beside)


def visits(draw: random.Random, day: date) -> Table:
    """A rule about visits."""
    where = _some(
        draw,
        kind=lambda: condition(draw, KINDS),
        event=lambda: condition(draw, ACTIONS),
        value=lambda: number(draw, ("0", 49.99, 50)),
        url=lambda: condition(draw, URLS),
        category=lambda: condition(draw, tuple(CATEGORIES)),
        product=lambda: condition(draw, PRODUCTS),
        query=lambda: condition(draw, QUERIES[:-1]),
        source=lambda: condition(draw, ("Google", "newsletter")),
        campaign=lambda: condition(draw, ("autumn",)),
        device=lambda: condition(draw, ("mobile", "Desktop")),
        connection=lambda: condition(draw, CONNECTIONS),
    )
    if draw.random() < 0.3:
        measure = draw.choice(("first", "last"))
        return _rule("visits", measure, where, dated(draw, day), _beside(draw))
    beside = {draw.choice(("then", "then_no")): "orders"} if draw.random() < 0.3 else _beside(draw)
    return _rule("visits", "count", where, window(draw, day), _compared(draw, COUNTS), beside)


def carts(draw: random.Random, day: date) -> Table:
    """A rule about carts; each condition holds for some line, not all for the same one."""
    where = _some(
        draw,
        status=lambda: condition(draw, ("open", "Ordered", "expired")),
        category=lambda: condition(draw, tuple(CATEGORIES)),
        brand=lambda: condition(draw, BRANDS),
        product=lambda: condition(draw, PRODUCTS),
        url=lambda: condition(draw, URLS),
        connection=lambda: condition(draw, CONNECTIONS),
    )
    match draw.choice(("count", "total", "last")):
        case "last":
            return _rule("carts", "last", where, dated(draw, day), _beside(draw))
        case "total":
            compared = _compared(draw, (50, 100, 150))
            return _rule("carts", "total", where, window(draw, day), compared, _beside(draw))
    compared = _compared(draw, COUNTS)
    return _rule("carts", "count", where, window(draw, day), compared, _beside(draw))


def lists(draw: random.Random, day: date) -> Table:
    """A rule about the present stay on a list."""
    where = _some(
        draw,
        list=lambda: condition(draw, (*LISTS, "title of l1")),
        connection=lambda: condition(draw, CONNECTIONS),
    )
    return _rule("lists", "subscribed", where, dated(draw, day))


def children(draw: random.Random, _day: date) -> Table:
    """A rule about children; all of `where` is about the same child."""
    age = draw.randrange(0, 18)
    where = _some(
        draw,
        gender=lambda: condition(draw, ("female", "male")),
        age=lambda: draw.choice(
            (
                {"between": [age, age + 5]},
                {"at_least": age, "under": age + 3},
                {"over": age},
                age,
                {"at_most": age},
            )
        ),
        birthday=lambda: {"within_next": draw.choice(("1 day", "14 days", "1 month", "60 days"))},
    )
    return _rule("children", "count", where, number(draw, COUNTS))


def support(draw: random.Random, day: date) -> Table:
    """A rule about support cases."""
    where = _some(
        draw,
        status=lambda: condition(draw, STATUSES),
        topic=lambda: condition(draw, TOPICS),
        connection=lambda: condition(draw, CONNECTIONS),
    )
    if draw.random() < 0.3:
        return _rule("support", "last", where, dated(draw, day), _beside(draw))
    compared = _compared(draw, COUNTS)
    return _rule("support", "count", where, window(draw, day), compared, _beside(draw))


def deals(draw: random.Random, day: date) -> Table:
    """A rule about deals."""
    where = _some(
        draw,
        status=lambda: condition(draw, STATUSES),
        stage=lambda: condition(draw, STATUSES),
        owner=lambda: condition(draw, ("Kim", "bo")),
        closed=lambda: {"at_least": day - timedelta(days=draw.choice((0, 30, 400)))},
        expected=lambda: {"under": day + timedelta(days=draw.choice((-30, 0, 30)))},
        connection=lambda: condition(draw, CONNECTIONS),
    )
    match draw.choice(("count", "total", "last")):
        case "last":
            return _rule("deals", "last", where, dated(draw, day), _beside(draw))
        case "total":
            compared = _compared(draw, (50, 100, 150))
            return _rule("deals", "total", where, window(draw, day), compared, _beside(draw))
    compared = _compared(draw, COUNTS)
    return _rule("deals", "count", where, window(draw, day), compared, _beside(draw))
