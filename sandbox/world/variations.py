"""Members of every variation of the twenty recipes, in plain Python.

Only facts that the systems' APIs expose count; an unknown value makes no member.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from sandbox.world.catalogue import BRANDS, CATEGORIES, STORES, TOPICS, Category, descendants
from sandbox.world.engagement import Holds, reading
from sandbox.world.facts import (
    Facts,
    KnownPerson,
    Since,
    birthday_in,
    completed_years,
    days,
    months,
)
from sandbox.world.people import Child
from sandbox.world.trade import Line, Order

Members = frozenset[str]

WINDOWS: Mapping[str, Since] = {
    "12 months": months(12),
    "6 months": months(6),
    "30 days": days(30),
}
TIMES: Mapping[str, int] = {"12 months": 5, "6 months": 3, "30 days": 2}
"""Orders that make a frequent buyer, by window."""


def variations(facts: Facts) -> Mapping[str, Members]:
    """Emails of the members of every variation, by recipe and parameters."""
    tests = {
        **_recency(facts),
        **_coupons_and_sales(facts),
        **_shelves(facts),
        **_money(facts),
        **_declared(facts),
        **_birthdays(facts),
        **_families(facts),
        **reading(facts),
    }
    return {name: facts.who(holds) for name, holds in tests.items()}


def _recency(facts: Facts) -> dict[str, Holds]:
    def often(least: int, since: Since) -> Holds:
        return lambda person: len(_orders(facts, person, since)) >= least

    def once(since: Since, *, ever: bool) -> Holds:
        return lambda person: (
            len(_orders(facts, person, since)) == 1 and (not ever or len(person.orders) == 1)
        )

    tests: dict[str, Holds] = {
        "lapsed_buyers after 6 months": lambda person: (
            bool(person.orders) and not _orders(facts, person, months(6))
        )
    }
    for name, since in WINDOWS.items():
        tests[f"recent_buyers within {name}"] = often(1, since)
        tests[f"frequent_buyers {TIMES[name]} within {name}"] = often(TIMES[name], since)
    for name in ("12 months", "6 months"):
        tests[f"one_time_buyers within {name}"] = once(WINDOWS[name], ever=True)
        tests[f"one_time_buyers within {name}, scope window"] = once(WINDOWS[name], ever=False)
    return tests


def _coupons_and_sales(facts: Facts) -> dict[str, Holds]:
    def with_coupon(since: Since) -> Holds:
        return lambda person: any(each.used_coupon for each in _orders(facts, person, since))

    def on_sale(least: int) -> Holds:
        return lambda person: (
            _units(line for order in person.orders for line in order.lines if line.on_sale) >= least
        )

    def two_coupons(person: KnownPerson) -> bool:
        return sum(order.used_coupon for order in person.orders) >= TIMES["30 days"]

    five = on_sale(5)
    return {
        **{f"coupon_lovers within {name}": with_coupon(since) for name, since in WINDOWS.items()},
        **{f"deal_hunters items {least}": on_sale(least) for least in (5, 10, 15)},
        "deal_hunters coupon_orders 2": two_coupons,
        "deal_hunters": lambda person: five(person) or two_coupons(person),
    }


def _shelves(facts: Facts) -> dict[str, Holds]:
    def from_shelf(category: Category, least: int, since: Since) -> Holds:
        shelf = descendants(category)
        return lambda person: (
            sum(_lies_in(order, shelf) for order in _orders(facts, person, since)) >= least
        )

    def of_brand(brand: int) -> Holds:
        return lambda person: (
            _units(
                line
                for order in _orders(facts, person, months(12))
                for line in order.lines
                if line.product.brand.id == brand
            )
            >= TIMES["6 months"]
        )

    return {
        **{
            f"category_customers {each.name} {TIMES[name]} within {name}": from_shelf(
                each, TIMES[name], since
            )
            for each in CATEGORIES
            for name, since in WINDOWS.items()
        },
        **{f"brand_fans {brand.name}": of_brand(brand.id) for brand in BRANDS},
    }


def _money(facts: Facts) -> dict[str, Holds]:
    year = [each for each in facts.valid_orders if facts.within(each.placed_at, months(12))]
    charged, count = sum(order.net for order in year), len(year)
    buyers = [person for person in facts.everybody.values() if person.orders]
    spent = sum(person.spent for person in buyers)
    ranked = sorted((person.spent for person in buyers), reverse=True)
    last_of_top = ranked[-(-len(ranked) // 10) - 1]

    def large_basket(over: int) -> Holds:
        return lambda person: any(
            order.net * count * 100 >= charged * (100 + over)
            for order in _orders(facts, person, months(12))
        )

    def spends(over: int) -> Holds:
        return lambda person: (
            bool(person.orders) and person.spent * len(buyers) * 100 > spent * (100 + over)
        )

    return {
        **{f"big_spenders over {over}%": large_basket(over) for over in (20, 40, 80)},
        **{f"vip over {over}%": spends(over) for over in (5, 10, 15)},
        "vip top 10%": lambda person: bool(person.orders) and person.spent >= last_of_top,
    }


def _declared(facts: Facts) -> dict[str, Holds]:
    def gender(word: str) -> Holds:
        return lambda person: person.gender == word

    def chose(store: str) -> Holds:
        return lambda person: person.store == store

    def bought_at(store: str) -> Holds:
        return lambda person: any(
            order.store == store for order in _orders(facts, person, months(24))
        )

    def lives_in(places: frozenset[tuple[str, str]]) -> Holds:
        return lambda person: person.place in places

    def aged(youngest: int) -> Holds:
        return lambda person: (
            person.born is not None
            and youngest <= completed_years(person.born, facts.day) <= youngest + 9
        )

    def likes(topic: str, *, only: bool) -> Holds:
        return lambda person: topic in person.topics and (not only or len(person.topics) == 1)

    outdoors = descendants(next(each for each in CATEGORIES if each.name == "Friluft"))
    tests: dict[str, Holds] = {
        "gender male or bought Friluft": lambda person: (
            person.gender == "male" or any(_lies_in(order, outdoors) for order in person.orders)
        )
    }
    tests |= {f"gender {word}": gender(word) for word in ("female", "male", "other")}
    for store in STORES:
        area = frozenset((store.country, postcode) for postcode in store.postcodes)
        tests[f"store_customers {store.name} chosen"] = chose(store.name)
        tests[f"store_customers {store.name} bought"] = bought_at(store.name)
        tests[f"store_customers {store.name} lives_near"] = lives_in(area)
    tests |= {f"age_group {youngest}-{youngest + 9}": aged(youngest) for youngest in (20, 30, 40)}
    for topic in TOPICS:
        tests[f"interested_in {topic}"] = likes(topic, only=False)
        tests[f"interested_in only {topic}"] = likes(topic, only=True)
    return tests


def _birthdays(facts: Facts) -> dict[str, Holds]:
    def born_in(month: int) -> Holds:
        return lambda person: person.birthday is not None and person.birthday[0] == month

    return {
        **{f"birthday month {month}": born_in(month) for month in range(1, 13)},
        "birthday this month": born_in(facts.day.month),
        "birthday within_next 14 days": lambda person: (
            person.birthday is not None and _soon(facts.day, person.birthday)
        ),
    }


def _families(facts: Facts) -> dict[str, Holds]:
    def with_child(holds: Callable[[Child], bool]) -> Holds:
        return lambda person: any(holds(child) for child in person.children)

    def child(gender: str | None, youngest: int, oldest: int) -> Holds:
        return with_child(
            lambda each: (
                gender in (None, each.gender)
                and youngest <= completed_years(each.born, facts.day) <= oldest
            )
        )

    tests = {
        "parents": with_child(lambda each: True),  # noqa: ARG005 (any child will do)
        "parents birthday_within_next 14 days": with_child(
            lambda each: _soon(facts.day, (each.born.month, each.born.day))
        ),
    }
    for gender in ("female", "male"):
        tests[f"parents gender {gender}"] = child(gender, 0, 99)
    for youngest, oldest in ((0, 5), (5, 11), (10, 13), (13, 18)):
        tests[f"parents age {youngest}-{oldest}"] = child(None, youngest, oldest)
        tests[f"parents gender female age {youngest}-{oldest}"] = child("female", youngest, oldest)
    return tests


def _orders(facts: Facts, person: KnownPerson, since: Since) -> list[Order]:
    return [order for order in person.orders if facts.within(order.placed_at, since)]


def _lies_in(order: Order, shelf: frozenset[int]) -> bool:
    """Whether the order has units, not refunded, of one of the categories."""
    return any(
        line.kept and any(category.id in shelf for category in line.product.categories)
        for line in order.lines
    )


def _units(lines: Iterable[Line]) -> int:
    return sum(line.kept for line in lines)


def _soon(today: date, birthday: tuple[int, int]) -> bool:
    """Whether the birthday is within the next 14 days, today included."""
    end = today + timedelta(days=14)
    return any(
        today <= birthday_in(year, birthday) < end for year in range(today.year, end.year + 1)
    )
