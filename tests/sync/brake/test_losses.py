"""A source or a rule that loses people takes little away before a person is asked.

Each loss comes at once, and drop by drop: four people an hour, as many as no single push notices.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.records import Contact, Deleted, GroupMember, Loyalty, Order, Record, Refund, Visit
from core.store.database import Database
from tests.sync.brake.losing_shop import (
    BEGIN,
    PEOPLE,
    RULES,
    LosingShop,
    Rows,
    replaced,
)

AT_ONCE, BY_DROPS = PEOPLE, 4
MOST = PEOPLE // 10
"""People who may lose a tag before somebody is asked."""

Lost = Callable[[int], bool]
SHAPES: Mapping[str, Lost] = {
    "nothing": lambda _: True,
    "a tenth": lambda number: number % 10 != 0,
    "the first page": lambda number: number >= PEOPLE // 2,
    "the last page": lambda number: number < PEOPLE // 2,
    "every second row": lambda number: number % 2 == 1,
}
NOUNS = (Contact, Order, Visit, GroupMember, Loyalty, Record)
VOLUMES = [(noun, shape) for noun in NOUNS for shape in SHAPES]


def _of(noun: type[Record], **fields: Any) -> Callable[[int, Rows], Rows]:
    return lambda _, rows: replaced(rows, noun, lambda each: each.model_copy(update=fields))


def _contact(**fields: Any) -> Callable[[int, Rows], Rows]:
    """Said again as a new record, so that the fields are stated."""

    def change(_: int, rows: Rows) -> Rows:
        return replaced(
            rows, Contact, lambda each: Contact(**{**each.model_dump(exclude_unset=True), **fields})
        )

    return change


def _order(**fields: Any) -> Callable[[int, Rows], Rows]:
    def change(_: int, rows: Rows) -> Rows:
        return replaced(
            rows, Order, lambda each: Order(**{**each.model_dump(exclude_unset=True), **fields})
        )

    return change


def _line(**fields: Any) -> Callable[[int, Rows], Rows]:
    line = {"id": "1", "category": "Yarn", "brand": "Lego", "total": Decimal(300), **fields}
    return _order(lines=({name: each for name, each in line.items() if each is not None},))


def _deleted(noun: str, *ids: str) -> Callable[[int, Rows], Rows]:
    def change(number: int, rows: Rows) -> Rows:
        names = [text.format(f"p{number:02}") for text in ids]
        gone = [Deleted(noun=noun, id=name) for name in names]
        return [each for each in rows if getattr(each, "id", "") not in names] + gone

    return change


def _given_back(number: int, rows: Rows) -> Rows:
    refunds = [
        Refund(id=f"r{each.id}", order=each.id, at=BEGIN, total=Decimal(300))
        for each in rows
        if isinstance(each, Order)
    ]
    return [*rows, *refunds]


def _of_another(number: int, rows: Rows) -> Rows:
    return replaced(rows, Order, lambda each: each.model_copy(update={"contact": "p00"}))


FACTS: Mapping[str, Callable[[int, Rows], Rows]] = {
    "a scope without gender": _contact(gender=None),
    "a scope without birthdays": _contact(birthday=None),
    "a scope without addresses": _contact(city=None, country=None),
    "a scope without own fields": _contact(custom={"club": None}),
    "a gender that is turned round": _contact(gender="male"),
    "birthdays in another century": _contact(birthday=date(2020, 1, 1)),
    "another spelling of a town": _contact(city="Århus C"),
    "another country by default": _contact(country="SE"),
    "another word for gold": _contact(custom={"club": "2"}),
    "contacts merged into one": _contact(merged_into="p00"),
    "cancelled orders": _order(status="cancelled"),
    "failed orders": _order(status="failed"),
    "drafts": _order(status="draft"),
    "tests": _order(status="test"),
    "orders that wait for payment again": _order(status="pending"),
    "orders that are given back": _given_back,
    "orders with all refunded": _order(refunded=Decimal(300)),
    "amounts in another unit": _line(total=Decimal(3)),
    "amounts of nothing": _line(total=Decimal(0)),
    "lines without category": _line(category=None),
    "lines without brand": _line(brand=None),
    "no lines": _order(lines=(), total=Decimal(300)),
    "no coupons": _order(discounts=()),
    "orders of another channel": _order(channel="pos"),
    "orders of long ago": _order(placed_at=datetime(1999, 12, 31, tzinfo=UTC)),
    "orders of one and the same person": _of_another,
    "orders that are deleted": _deleted("Order", "{}a", "{}b"),
    "contacts that are deleted": _deleted("Contact", "{}"),
    "groups of another name": _of(GroupMember, title="Old"),
    "points that are lost": _of(Loyalty, points=Decimal(0)),
}
TYPOS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "too much money": ("spenders", {"orders": "total", "at_least": 5000}),
    "another category": ("yarn", {"items": "lines", "where": {"category": "Wool"}, "at_least": 2}),
    "another brand": ("lego", {"items": "lines", "where": {"brand": "Duplo"}, "at_least": 2}),
    "another coupon": (
        "coupons",
        {"orders": "count", "where": {"coupon": "SUMMER"}, "at_least": 1},
    ),
    "another channel": ("online", {"orders": "count", "where": {"channel": "pos"}, "at_least": 1}),
    "too many orders": ("twice", {"orders": "count", "at_least": 20}),
    "too short a window": ("recent", {"orders": "last", "within": "6 days"}),
    "too great an age": ("adults", {"field": "age", "at_least": 100}),
    "another town": ("aarhus", {"field": "city", "is": "Aalborg"}),
    "another group": ("vips", {"groups": "names", "is": "V.I.P."}),
}
TEMPOS = pytest.mark.parametrize(
    "size",
    [
        pytest.param(AT_ONCE, marks=pytest.mark.thorough, id="at once"),
        pytest.param(BY_DROPS, id="by drops"),
    ],
)


def _quick(cases: Iterable[Any], *names: object) -> list[Any]:
    """All cases, of which only those named are tried by day."""
    return [
        pytest.param(
            *(each if isinstance(each, tuple) else (each,)),
            marks=() if each in names else pytest.mark.nightly,
        )
        for each in cases
    ]


@pytest.fixture
def shop(database: Database) -> LosingShop:
    """The shop after a first delivery to everybody."""
    shop = LosingShop(database)
    shop.read_everything()
    assert shop.pass_on() == ()
    assert shop.carrying() == dict.fromkeys(RULES, PEOPLE)
    return shop


def hold_most(shop: LosingShop, steps: Iterable[None]) -> None:
    """Each tag stays with nearly all; whatever is lost after that is held."""
    for _ in steps:
        held = {hold.target.name for hold in shop.pass_on()}
        for name, number in shop.carrying().items():
            assert number >= PEOPLE - MOST, (name, number)
    for name, members in shop.members().items():
        # Of those who are gone from the source nothing is taken away at all.
        assert members >= PEOPLE - MOST or name in held or shop.released(), name


def in_drops(numbers: Iterable[int], size: int) -> Iterable[list[int]]:
    """The numbers, so many at a time."""
    left = list(numbers)
    while left:
        yield left[:size]
        left = left[size:]


@TEMPOS
@pytest.mark.parametrize(
    ("noun", "shape"),
    _quick(VOLUMES, (GroupMember, "a tenth")),
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_source_that_shows_less_empties_nothing(
    shop: LosingShop, noun: type[Record], shape: str, size: int
) -> None:
    def steps() -> Iterable[None]:
        for drop in in_drops(filter(SHAPES[shape], range(PEOPLE)), size):
            for number in drop:
                shop.shown[number] = replaced(shop.shown[number], noun, lambda _: None)
            shop.read_everything()
            yield

    hold_most(shop, steps())


@TEMPOS
@pytest.mark.parametrize("loss", _quick(FACTS, "a scope without gender", "cancelled orders"))
def test_facts_that_change_for_many_empty_nothing(shop: LosingShop, loss: str, size: int) -> None:
    def steps() -> Iterable[None]:
        for drop in in_drops(range(PEOPLE), size):
            change = FACTS[loss]
            shop.read(each for number in drop for each in change(number, shop.shown[number]))
            yield

    hold_most(shop, steps())


@TEMPOS
@pytest.mark.parametrize("typo", _quick(TYPOS, "another category"))
def test_a_rule_with_a_typo_empties_nothing(shop: LosingShop, typo: str, size: int) -> None:
    name, rule = TYPOS[typo]

    def steps() -> Iterable[None]:
        for lost in range(size, PEOPLE + 1, size):
            number = {"field": "custom.number", "at_least": lost}
            spared = {"all": [RULES[name], number]}
            shop.rules[name] = {"any": [rule, spared]} if lost < PEOPLE else rule
            yield

    hold_most(shop, steps())
