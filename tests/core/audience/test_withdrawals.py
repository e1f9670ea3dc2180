"""Withdrawals of a large part of a list at once: nobody is written to, and nobody is given up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.audience.report import PlanReport
from core.store.database import Database
from sync.push import push
from tests.core.audience.seeded_shop import LOYAL, NOW, SeededShop, bound, tag

TAGGED = bound(tag("loyal"))


@pytest.fixture
def shop(database: Database) -> SeededShop:
    """A list of a hundred people who carry a tag through us."""
    shop = SeededShop(database)
    shop.loyal(*people(100))
    go(shop)
    return shop


def people(number: int) -> list[str]:
    return [f"p{each:02}" for each in range(number)]


def go(shop: SeededShop, *, approve: bool = False) -> PlanReport:
    result = push(shop.database, shop.tool, TAGGED, shop.basis, approve=approve)
    assert result.error is None
    return result.report


def withdraw(shop: SeededShop, *keys: str) -> None:
    for key in keys:
        shop.status(key, "unsubscribed")


def released(shop: SeededShop) -> set[str]:
    return {key for key, (state, _) in shop.ledger().items() if state == "released"}


@pytest.mark.parametrize("number", [20, 21, 100])
def test_more_than_a_fifth_at_once_is_released_only_when_approved(
    shop: SeededShop, number: int
) -> None:
    withdraw(shop, *people(number))
    shop.leave("loyal", *people(number))
    shop.tool._requested.clear()
    report = go(shop)
    doubted = number > 20
    assert [(hold.removals, hold.approvable) for hold in report.held] == [(number, True)] * doubted
    assert released(shop) == (set() if doubted else {*people(number)})
    if doubted:
        assert f"{number} of 100 people withdrew at once" in report.held[0].reason
        assert not go(shop, approve=True).held
        assert released(shop) == {*people(number)}
    assert not shop.tool._requested


def test_five_people_are_believed_though_they_are_everybody(database: Database) -> None:
    shop = SeededShop(database)
    shop.loyal(*people(5))
    go(shop)
    withdraw(shop, *people(5))
    assert not go(shop).held
    assert len(released(shop)) == 5


def test_a_read_that_shows_them_as_subscribed_again_undoes_it(shop: SeededShop) -> None:
    withdraw(shop, *people(60))
    before = shop.ledger()
    assert go(shop).held
    for key in people(60):
        shop.status(key, "subscribed")
    assert not go(shop).held
    assert shop.ledger() == before


def test_people_who_subscribe_again_after_they_were_released_are_written_to(
    shop: SeededShop,
) -> None:
    withdraw(shop, "p00", "p01")
    go(shop)
    assert released(shop) == {"p00", "p01"}
    shop.status("p00", "subscribed")
    shop.tool._state[LOYAL].pop("p00")
    go(shop)
    assert shop.ledger()["p00"] == ("delivered", "yes")
    assert "p00" in shop.tool.carrying(LOYAL)


@pytest.mark.parametrize(("earlier", "now", "doubted"), [(15, 45, False), (15, 46, True)])
def test_a_list_that_loses_as_many_in_its_worst_week_is_believed(
    shop: SeededShop, earlier: int, now: int, doubted: bool
) -> None:
    keys = people(100)
    withdraw(shop, *keys[:earlier])
    go(shop)
    shop.basis = replace(shop.basis, now=NOW + timedelta(hours=1))
    withdraw(shop, *keys[earlier : earlier + now])
    assert bool(go(shop).held) is doubted
