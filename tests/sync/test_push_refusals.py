"""Changes that a destination refuses: recorded, told, and sent again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.audience import ledger
from core.audience.delivery.rejected import rejected_changes, rejected_groups
from core.contract import Outcome
from core.store.bulk import table_of
from core.store.findings import Finding
from core.store.tables.ledger import Ledger
from tests.core.audience.seeded_shop import (
    LOYAL,
    SeededShop,
    Tool,
)
from tests.sync.pushing import go, wait


def test_a_rejected_change_is_not_sent_again_until_it_is_retried(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._rejects.add("ann")
    result = go(shop)
    assert result.outcomes == {"applied": 1, "rejected": 1}
    assert result.reasons == {"the tool says no": 1}
    shop.tool._rejects.clear()
    go(shop)
    assert shop.tool._requested == []
    with shop.database.transaction() as transaction:
        assert ledger.retry(transaction, shop.connection) == 1
    go(shop)
    assert shop.tool.carrying(LOYAL) == {"ann": "yes", "bo": "yes"}


def test_a_rejected_change_is_recorded_with_its_reason(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._rejects |= {"ann", "bo"}
    go(shop)
    rows = table_of(Ledger)
    with shop.database.read() as transaction:
        recorded = transaction.execute(select(rows.c.key, rows.c.state, rows.c.reason)).all()
    assert sorted(map(tuple, recorded)) == [
        ("ann", "rejected", "the tool says no"),
        ("bo", "rejected", "the tool says no"),
    ]


def test_the_reason_of_a_refusal_is_recorded_without_addresses_and_in_short(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.loyal("ann")
    reason = "ann@example.com, +45 20 30 40 50, is blocked " + "and so on " * 10_000
    monkeypatch.setattr(
        Tool, "push", lambda _, changes: [Outcome(each, "rejected", reason) for each in changes]
    )
    go(shop)
    with shop.database.read() as transaction:
        (recorded,) = rejected_changes(transaction)
    assert recorded.reason.startswith("[email], [phone], is blocked")
    assert len(recorded.reason) < 10_000


def test_a_target_whose_every_change_is_rejected_is_found_until_one_is_applied(
    shop: SeededShop,
) -> None:
    shop.people("ann", "bo", "eva")
    shop.segment("loyal", "ann", "bo")
    shop.tool._rejects |= {"ann", "bo"}
    (found,) = go(shop).findings.items()
    assert found == (
        LOYAL, Finding("rejected", number=2, reason="the tool says no", fails=True)
    )  # fmt: skip
    assert go(shop).findings == {}
    assert [each.place for each in shop.findings()] == ["tag Loyal"]
    shop.enter("loyal", "eva")
    assert go(shop).findings == {}
    assert shop.findings() == []
    shop.tool._rejects.clear()
    go(shop)
    assert set(shop.tool.carrying(LOYAL)) == {"ann", "bo", "eva"}


def test_one_rejected_change_of_several_is_no_finding(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    shop.tool._rejects.add("ann")
    assert go(shop).findings == {}
    assert shop.findings() == []


def test_a_retry_sends_again_what_was_rejected(shop: SeededShop) -> None:
    shop.loyal("ann")
    shop.tool._rejects.add("ann")
    go(shop)
    shop.tool._rejects.clear()
    assert go(shop, retry=True).outcomes == {"applied": 1}
    assert shop.findings() == []


def test_a_change_that_is_refused_for_now_is_sent_again_later_and_later(shop: SeededShop) -> None:
    shop.loyal("ann")
    shop.tool._busy = True
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    for pause in (minute, 10 * minute, hour, 6 * hour, 24 * hour, 24 * hour):
        assert go(shop).findings == {}
        assert len(shop.tool._requested) == 1
        with shop.database.read() as transaction:
            (group,) = rejected_groups(transaction, "news")
            (change,) = rejected_changes(transaction)
        assert (group.reason, group.changes) == ("the tool is busy", 1)
        assert group.again_at == change.again_at == shop.basis.now + pause
        wait(shop, pause - minute / 2)
        go(shop)
        assert shop.tool._requested == []
        wait(shop, minute / 2)
    shop.tool._busy = False
    assert go(shop).outcomes == {"applied": 1}
    assert shop.ledger() == {"ann": ("delivered", "yes")}


def test_a_change_that_was_refused_while_the_clock_was_ahead_is_sent_again(
    shop: SeededShop,
) -> None:
    shop.loyal("ann")
    shop.tool._busy = True
    go(shop)
    shop.tool._busy = False
    wait(shop, timedelta(days=-300))
    assert go(shop).outcomes == {"applied": 1}


def test_a_change_that_is_refused_for_now_waits_for_nobody_once_it_is_not_wanted(
    shop: SeededShop,
) -> None:
    shop.loyal("ann")
    shop.tool._busy = True
    go(shop)
    shop.leave("loyal", "ann")
    wait(shop, timedelta(hours=1))
    go(shop)
    assert shop.tool._requested == []
    assert shop.ledger() == {}


def test_a_rejected_removal_is_forgotten_when_the_person_is_wanted_again(shop: SeededShop) -> None:
    shop.loyal("ann", "bo")
    go(shop)
    shop.leave("loyal", "ann")
    shop.tool._rejects.add("ann")
    go(shop)
    assert shop.ledger()["ann"] == ("rejected", "yes")
    shop.enter("loyal", "ann")
    go(shop)
    assert shop.tool._requested == []
    assert shop.ledger()["ann"] == ("delivered", "yes")
