"""Reconcile: drift at a destination, by cause, told or put right."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.audience.binding import Drift
from core.config import Config, ConnectionConfig, HubConfig
from core.contract import Change, Target
from core.errors import Broken, Misconfigured
from core.store.database import Database
from core.store.shop import Shop
from sync.destinations import reconcile_daily, reconcile_destinations
from sync.hub import Hub
from sync.push import PushResult, push
from sync.repair.reconcile import reconcile
from sync.runs import running
from sync.status import hub_status
from tests.core.audience.seeded_shop import (
    LOYAL,
    NOW,
    VIP,
    ZONE,
    Blind,
    OneScan,
    SeededShop,
    bound,
    tag,
)

LATER = timedelta(hours=2)


@pytest.fixture
def shop(database: Database) -> SeededShop:
    """A store with four people who were delivered a tag."""
    shop = SeededShop(database)
    shop.loyal("ann", "bo", "eva", "kim")
    assert go(shop).outcomes == {"applied": 4}
    return shop


def hub_of(shop: SeededShop, now: Callable[[], datetime]) -> Hub:
    """A hub on the shop's store, with its tool and the tag."""
    config = Config(
        path=Path("hub.toml"),
        hub=HubConfig("", ZONE, "DKK", None, "en", frozenset()),
        shop=Shop(zone=ZONE, currency="DKK"),
        connections={
            "news": ConnectionConfig("news", "tool", shop.tool, None, bound(tag("loyal")))
        },
        segments=(),
        aliases={},
    )
    return Hub(config, shop.database, now)


def go(shop: SeededShop, hours: int = 0) -> PushResult:
    """Push so many hours later."""
    shop.tool._requested.clear()
    context = replace(shop.basis, now=NOW + timedelta(hours=hours))
    return push(shop.database, shop.tool, bound(tag("loyal")), context)


def look(shop: SeededShop, hours: int, drift: Drift = "tell") -> Counter[str] | None:
    """Reconcile so many hours later."""
    shop.tool._reads.clear()
    context = replace(shop.basis, now=NOW + timedelta(hours=hours))
    stanza = replace(bound(tag("loyal")), drift=drift)
    return reconcile(shop.database, shop.tool, stanza, context)


def found(shop: SeededShop) -> dict[str, tuple[int, bool]]:
    """The findings of drift, by cause: number, and whether they need somebody."""
    return {
        each.finding.path: (each.finding.number, each.finding.fails) for each in shop.findings()
    }


def lose(shop: SeededShop, *keys: str) -> None:
    """Somebody takes the tag from people at the destination."""
    for key in keys:
        shop.tool.write(Change(LOYAL, key, None))


def test_drift_is_told_by_cause_and_nothing_is_written(shop: SeededShop) -> None:
    lose(shop, "kim")
    before = shop.ledger()
    assert look(shop, 2) == {"fetched": 3, "never arrived": 1}
    lose(shop, "ann", "bo")
    shop.status("bo", "unsubscribed")
    assert look(shop, 26) == {"fetched": 1, "removed": 1, "unsubscribed": 1, "never arrived": 1}
    assert found(shop) == {
        "removed": (1, True), "unsubscribed": (1, False), "never arrived": (1, True)
    }  # fmt: skip
    assert shop.ledger() == before
    assert len(shop.tool._reads) == 1


def test_restored_drift_is_sent_again_but_to_nobody_who_unsubscribed(shop: SeededShop) -> None:
    look(shop, 2)
    lose(shop, "ann", "bo")
    shop.status("bo", "unsubscribed")
    assert look(shop, 4, "restore") == {"fetched": 2, "removed": 1, "unsubscribed": 1}
    go(shop, 5)
    assert [(each.key, each.value) for each in shop.tool._requested] == [("ann", "yes")]
    assert shop.ledger()["ann"] == ("delivered", "yes")
    assert shop.ledger()["bo"] == ("released", "yes")
    assert look(shop, 8, "restore") == {"fetched": 3}
    assert found(shop) == {}


def test_a_target_that_was_deleted_is_told_as_gone(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(shop, 2)
    shop.tool._state.clear()
    monkeypatch.setattr(type(shop.tool), "exists", lambda *_: False)
    assert look(shop, 26) == {"target gone": 4}


def test_what_was_delivered_just_now_is_not_looked_for(shop: SeededShop) -> None:
    lose(shop, "ann", "bo", "eva", "kim")
    assert look(shop, 0) is None
    assert shop.tool._reads == []


def test_a_read_that_breaks_off_finds_no_drift_and_stops_no_other_target(
    database: Database,
) -> None:
    shop = SeededShop(database)
    shop.tool = OneScan()
    shop.loyal("ann", "bo")
    shop.segment("vip", "ann", "bo")
    stanza = bound(tag("loyal"), tag("vip", VIP))
    push(shop.database, shop.tool, stanza, shop.basis)
    shop.tool._state.clear()
    shop.tool._refuses_reading[LOYAL] = Broken("cannot be read")
    with pytest.raises(Broken, match="cannot be read"):
        reconcile(shop.database, shop.tool, stanza, replace(shop.basis, now=NOW + LATER))
    assert [each.place for each in shop.findings()] == ["tag VIP"]


def test_a_field_with_another_value_has_drifted(shop: SeededShop) -> None:
    field = Target("field", "SEGMENTS")
    stanza = bound(replace(tag("loyal", field), value="segments"))
    push(shop.database, shop.tool, stanza, shop.basis)
    context = replace(shop.basis, now=NOW + LATER)
    reconcile(shop.database, shop.tool, stanza, context)
    shop.tool.write(Change(field, "ann", "by hand"))
    context = replace(context, now=NOW + 2 * LATER)
    assert reconcile(shop.database, shop.tool, stanza, context) == {"fetched": 4, "removed": 1}


def test_a_day_looks_once_and_status_says_what_to_do(shop: SeededShop) -> None:
    """Once per local date in Copenhagen; `segmenthub reconcile` looks at any time."""
    hours = [2, 3, 4, 22]
    hub = hub_of(shop, lambda: NOW + timedelta(hours=hours[0]))
    looked = []
    while hours:
        shop.tool._reads.clear()
        with running(hub, "run") as run:
            reconcile_daily(run)
        looked.append(len(shop.tool._reads))
        assert run.exit_code == 0
        lose(shop, "ann")
        if len(hours) == 1:
            (need,) = (each for each in hub_status(hub, ()).needs if "Loyal" in each)
            with running(hub, "reconcile") as run:
                reconcile_destinations(run, ["news"])
            assert len(shop.tool._reads) == 2
        hours.pop(0)
    assert looked == [1, 0, 0, 1]
    assert need == (
        "tag Loyal of news: 1 person no longer carries what was delivered: somebody removed or "
        'changed it there; it is not sent again unless drift = "restore" stands in '
        "[connections.news.push]; to look again, run: segmenthub reconcile news"
    )


def test_a_destination_that_cannot_be_read_back_says_so(shop: SeededShop) -> None:
    shop.tool = Blind()
    hub = hub_of(shop, lambda: NOW + LATER)
    with running(hub, "run") as run:
        reconcile_daily(run)
        assert run.steps == []
        with pytest.raises(Misconfigured, match="news does not tell who carries"):
            reconcile_destinations(run, ["news"])
