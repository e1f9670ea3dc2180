"""An approval releases what a person was shown, and no more."""

from core.errors import Unavailable
from sync.push import push
from tests.core.audience.seeded_shop import (
    LOYAL,
    SeededShop,
    bound,
    show,
    tag,
)
from tests.sync.pushing import go


def test_removals_that_are_held_go_when_a_person_approves(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(20)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys[:5])
    shop.people("new")
    shop.enter("loyal", "new")
    result = go(shop)
    (hold,) = result.report.held
    assert (hold.removals, hold.approvable) == (5, True)
    assert set(shop.tool.carrying(LOYAL)) == {*keys, "new"}
    assert go(shop, approve=True).report.held == ()
    assert set(shop.tool.carrying(LOYAL)) == {*keys[5:], "new"}


def test_an_approval_takes_what_was_shown_and_no_more(shop: SeededShop) -> None:
    keys = [f"p{number:02}" for number in range(20)]
    shop.loyal(*keys)
    go(shop)
    stanza = bound(tag("loyal"))
    shop.leave("loyal", *keys[:5])
    report = show(shop.database, shop.tool, stanza, shop.basis)
    assert [hold.removals for hold in report.held] == [5]
    shop.enter("loyal", keys[0])
    shop.leave("loyal", *keys[5:8])
    # A push on schedule holds them all, and adds nothing to what was shown.
    assert [hold.removals for hold in go(shop).report.held] == [7]
    approved = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert set(shop.tool.carrying(LOYAL)) == {keys[0], *keys[5:]}
    (hold,) = approved.report.held
    assert (hold.removals, hold.approvable) == (3, True)
    assert hold.reason.startswith("3 changes were not among those that were shown")
    # What the approval left was shown with it.
    again = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert again.report.held == ()
    assert set(shop.tool.carrying(LOYAL)) == {keys[0], *keys[8:]}
    assert shop.held() == []


def test_an_approval_of_what_nobody_was_shown_holds_and_shows_it(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys)
    stanza = bound(tag("loyal"))
    first = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert [hold.removals for hold in first.report.held] == [6]
    assert "were not among" not in first.report.held[0].reason
    assert set(shop.tool.carrying(LOYAL)) == set(keys)
    assert shop.held() == keys
    push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert shop.tool.carrying(LOYAL) == {}


def test_an_approval_holds_until_the_tool_has_answered(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys)
    go(shop)
    shop.tool._dies_after = 0
    stanza = bound(tag("loyal"))
    failed = push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert isinstance(failed.error, Unavailable)
    assert shop.held() == keys
    shop.tool._dies_after = None
    push(shop.database, shop.tool, stanza, shop.basis, approve=True)
    assert shop.tool.carrying(LOYAL) == {}


def test_what_was_shown_is_forgotten_once_nothing_is_held(shop: SeededShop) -> None:
    keys = [f"p{number}" for number in range(6)]
    shop.loyal(*keys)
    go(shop)
    shop.leave("loyal", *keys)
    go(shop)
    assert shop.held() == keys
    shop.enter("loyal", *keys)
    go(shop)
    assert shop.held() == []
