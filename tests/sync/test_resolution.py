"""Jobs that a destination has accepted: when it is asked about them, and what becomes of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.audience import ledger
from core.audience.delivery.jobs import BACKOFF, LATER, due_connections
from core.contract import Change, Outcome
from core.errors import Broken, HubError, Unavailable
from core.store.database import Database
from sync.push import PushResult, push
from sync.resolution import Resolved, resolve
from tests.core.audience.seeded_shop import LOYAL, NOW, TODAY, VIP, Crash, SeededShop, bound, tag

DAY = timedelta(days=1)
FIRST = NOW + BACKOFF[0]


@pytest.fixture
def shop(database: Database) -> SeededShop:
    """Two loyal customers, whose tag was handed in to a tool that works slowly."""
    shop = SeededShop(database)
    shop.loyal("ann", "bo")
    shop.tool._delays = True
    assert pushed(shop).outcomes == {"pending": 2}
    return shop


def pushed(shop: SeededShop, at: datetime = NOW) -> PushResult:
    shop.tool._requested.clear()
    basis = replace(shop.basis, now=at)
    return push(shop.database, shop.tool, bound(tag("loyal")), basis)


def asked(shop: SeededShop, at: datetime) -> Resolved:
    return resolve(shop.database, shop.tool, "news", at)


def test_a_job_is_asked_about_once_with_all_its_changes_and_ever_more_rarely(
    shop: SeededShop,
) -> None:
    at = NOW
    pauses: list[timedelta] = []
    for number in range(1, 12 * 75):
        at = NOW + number * timedelta(seconds=5)
        before = len(shop.tool._asked)
        asked(shop, at)
        if len(shop.tool._asked) > before:
            pauses.append(at - NOW - sum(pauses, timedelta()))
    assert pauses[:5] == [*BACKOFF, LATER, LATER]
    assert set(shop.tool._asked) == {("job 1", 2)}
    shop.tool._delays = False
    assert asked(shop, at + LATER).outcomes == {"applied": 2}
    assert shop.ledger() == dict.fromkeys(("ann", "bo"), ("delivered", "yes"))
    shop.tool._asked.clear()
    assert asked(shop, at + DAY).outcomes == {}
    assert shop.tool._asked == []


def test_a_push_asks_what_is_due_before_it_sends_and_waits_for_the_rest(shop: SeededShop) -> None:
    shop.leave("loyal", "ann")
    assert pushed(shop).outcomes == {}
    shop.tool._delays = False
    assert pushed(shop, FIRST).outcomes == {"applied": 3}
    assert shop.tool.carrying(LOYAL) == {"bo": "yes"}


def test_a_forgotten_job_is_told_sent_again_and_then_rejected(shop: SeededShop) -> None:
    shop.tool._forgets, shop.tool._delays = True, False
    lost = asked(shop, FIRST)
    assert lost.outcomes == {"pending": 2}
    assert [each.kind for each in lost.findings.values()] == ["unanswered"]
    (found,) = shop.findings()
    assert found.finding.fails
    shop.tool._delays = True
    assert pushed(shop, FIRST).outcomes == {"pending": 2}
    assert len(shop.findings()) == 1
    shop.tool._delays = False
    again = pushed(shop, FIRST + BACKOFF[0])
    assert again.outcomes == {"rejected": 2}
    assert again.reasons == {"lost twice: the destination no longer knows it": 2}
    assert shop.tool._requested == []
    assert [each.finding.kind for each in shop.findings()] == ["rejected"]


def test_a_change_that_was_lost_once_is_delivered_like_any_other(shop: SeededShop) -> None:
    shop.tool._forgets, shop.tool._delays = True, False
    asked(shop, FIRST)
    shop.tool._delays = True
    pushed(shop, FIRST)
    shop.tool._forgets = shop.tool._delays = False
    assert asked(shop, FIRST + BACKOFF[0]).outcomes == {"applied": 2}
    assert shop.findings() == []
    assert shop.tool.carrying(LOYAL) == dict.fromkeys(("ann", "bo"), "yes")


@pytest.mark.parametrize("answers", ["running", "broken"])
def test_a_job_that_never_ends_is_lost_after_its_deadline(shop: SeededShop, answers: str) -> None:
    shop.tool._error = Broken("not what was agreed") if answers == "broken" else None
    assert asked(shop, NOW + DAY - timedelta(seconds=1)).findings == {}
    (found,) = asked(shop, NOW + DAY + LATER).findings.values()
    assert (found.reason, found.number) == ("it did not end within 24 hours", 2)
    shop.tool._error = None
    shop.evaluated(TODAY + 1)
    assert pushed(shop, NOW + DAY + LATER).outcomes == {"pending": 2}
    assert {change.key for change in shop.tool._requested} == {"ann", "bo"}


def test_a_job_that_was_handed_in_while_the_clock_was_ahead_does_not_stick(
    shop: SeededShop,
) -> None:
    right = NOW - 300 * DAY
    with shop.database.read() as transaction:
        assert due_connections(transaction, right) == {"news"}
    assert asked(shop, right).outcomes == {"pending": 2}
    assert asked(shop, right + BACKOFF[0]).outcomes == {}
    (found,) = asked(shop, right + DAY).findings.values()
    assert found.reason == "it did not end within 24 hours"


@pytest.mark.parametrize("error", [Broken("not what was agreed"), Unavailable("down")])
def test_a_job_that_cannot_be_asked_about_is_asked_about_later(
    shop: SeededShop, error: HubError
) -> None:
    shop.person("eva")
    shop.enter("loyal", "eva")
    shop.tool._error = error
    result = pushed(shop, FIRST)
    assert result.error is error
    # A fault of one job stops nothing else; a tool that is down is not written to.
    sent = [change.key for change in shop.tool._requested]
    assert sent == (["eva"] if isinstance(error, Broken) else [])
    shop.tool._error, shop.tool._delays = None, False
    assert asked(shop, FIRST).outcomes == {}
    assert asked(shop, FIRST + BACKOFF[1]).outcomes["applied"] == 2 + len(sent)


def test_a_process_that_dies_while_it_asks_asks_again(shop: SeededShop) -> None:
    shop.tool._error = Crash()
    with pytest.raises(Crash):
        asked(shop, FIRST)
    shop.tool._error, shop.tool._delays = None, False
    assert asked(shop, FIRST).outcomes == {"applied": 2}


def test_a_job_whose_handle_was_never_stored_is_handed_in_again(shop: SeededShop) -> None:
    shop.people("eva", "ib")
    shop.enter("loyal", "eva", "ib")
    shop.tool._dies_after, shop.tool._error = 1, Crash()
    with pytest.raises(Crash):
        pushed(shop)
    shop.tool._dies_after = shop.tool._error = None
    shop.tool._delays = False
    assert pushed(shop).outcomes["applied"] >= 1
    asked(shop, FIRST)
    assert shop.tool.carrying(LOYAL) == dict.fromkeys(("ann", "bo", "eva", "ib"), "yes")


def test_an_answer_about_a_person_who_was_not_asked_for_is_ignored(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [Change(LOYAL, "ann", None), Change(VIP, "bo", "yes"), Change(LOYAL, "eva", "yes")]
    monkeypatch.setattr(
        type(shop.tool), "resolve", lambda *_: [Outcome(each, "applied") for each in others]
    )
    assert asked(shop, FIRST).outcomes == {"pending": 2}
    assert shop.ledger() == dict.fromkeys(("ann", "bo"), ("pending", None))


def test_of_two_answers_to_one_change_the_first_counts(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        type(shop.tool),
        "resolve",
        lambda _tool, _handle, changes: [
            Outcome(each, result, "again" if result == "rejected" else "")
            for result in ("applied", "rejected")
            for each in changes
        ],
    )
    assert asked(shop, FIRST).outcomes == {"applied": 2}
    assert shop.ledger() == dict.fromkeys(("ann", "bo"), ("delivered", "yes"))


def test_two_processes_that_ask_at_once_store_one_answer(
    shop: SeededShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(tool: object, handle: str, changes: list[Change]) -> list[Outcome]:
        monkeypatch.undo()
        shop.tool._delays = False
        assert asked(shop, FIRST).outcomes == {"applied": 2}
        shop.leave("loyal", "ann")
        pushed(shop, FIRST)
        return [Outcome(each, "applied") for each in changes]

    monkeypatch.setattr(type(shop.tool), "resolve", overtaken)
    assert asked(shop, FIRST).outcomes == {}
    assert shop.ledger() == {"bo": ("delivered", "yes")}


def test_nothing_is_asked_of_a_person_who_was_erased_meanwhile(shop: SeededShop) -> None:
    with shop.database.transaction() as transaction:
        target = ledger.ensure_target(transaction, shop.connection, LOYAL)
        ledger.remove(transaction, [(target, "ann"), (target, "bo")])
    assert asked(shop, FIRST).outcomes == {}
    assert asked(shop, FIRST + DAY).outcomes == {}
    assert shop.tool._asked == []
