"""SumUp, held against the suite, its vendor's description and its vendor's own example."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx

from connectors.kit import RestSource, Window
from connectors.kit.testing import Description, FakeApi, FakeClock, SourceContract, because
from connectors.sumup import LinkedParameters, SumUp

SAMPLES = Path(__file__).parent / "samples" / "sumup.json"
SETTINGS = {"api_key": "an API key to look for", "merchant": "MH4H92C7"}
PATH = "/transactions/history"
ONLINE, CARD, PARTLY_BACK, FAILED = range(4)


class TestSumUp(SourceContract):
    connector = SumUp
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("sumup")

    @because("no row says when it changed: one too many is no loss, one too few would be")
    def test_rows_outside_the_window_are_left_out(self, source: RestSource) -> None:
        since, until = (datetime(2020, 4, day, tzinfo=UTC) for day in (1, 2))
        found = list(source.read("payments", Window(since=since, until=until)))
        assert len([each for page in found for each in page.records]) == 4


@pytest.fixture
def till() -> SumUp:
    till = SumUp.model_validate(SETTINGS)
    till._clock = FakeClock()
    return till


@pytest.fixture
def raws() -> Any:
    return json.loads(SAMPLES.read_text("utf-8"))["payments"]


@pytest.fixture
def read_one(till: SumUp, raws: Any) -> Callable[..., Any]:
    def read_one(place: int, **changed: Any) -> Any:
        (order,) = till.payments({**raws[place], **changed})
        return order

    return read_one


def test_a_payment_is_an_order_of_nobody_that_is_its_amount(read_one: Any) -> None:
    online, card = read_one(ONLINE), read_one(CARD)
    assert online.id == "410fc44a-5956-44e1-b5cc-19c6f8d727a4"
    assert online.placed_at == datetime(2020, 2, 29, 10, 56, 56, 876_000, tzinfo=UTC)
    assert [online.total, online.currency] == [Decimal("10.1"), "EUR"]
    assert (online.contact, online.lines, online.refunded) == (None, (), None)
    assert [online.channel, card.channel] == ["web", "pos"]


@pytest.mark.parametrize(
    ("status", "back", "ours"),
    [
        ("SUCCESSFUL", 0, "fulfilled"),
        # In full or in part: the amount says which.
        ("REFUNDED", 4.1, "fulfilled"),
        ("REFUNDED", 0, "refunded"),
        ("REFUNDED", None, "refunded"),
        ("CHARGE_BACK", 0, "refunded"),
        ("PENDING", 0, "pending"),
        ("CANCELLED", 0, "cancelled"),
        ("FAILED", 0, "failed"),
        # A word that is not known counts as a purchase, and is told.
        ("LATER", 0, "LATER"),
    ],
)
def test_a_status_is_told_in_our_words(
    read_one: Any, status: str, back: float | None, ours: str
) -> None:
    order = read_one(CARD, status=status, refunded_amount=back)
    assert order.status == ours
    assert order.refunded == (Decimal(str(back)) if back else None)


@respx.mock
def test_a_payment_that_is_refunded_weeks_later_is_read_again(till: SumUp, raws: Any) -> None:
    late = raws[PARTLY_BACK]
    api = FakeApi(till, {PATH: [late]}, FakeClock())
    respx.route().mock(side_effect=api)
    since, until = (datetime(2020, 4, day, tzinfo=UTC) for day in (1, 2))
    pages = list(till.read("payments", Window(since=since, until=until)))
    order: Any
    (order,) = [each for page in pages for each in page.records]
    assert [order.id, order.refunded] == [late["transaction_id"], Decimal("4.1")]
    (asked,) = api.requests
    assert asked.url.params["changes_since"] == "2020-04-01T00:00:00Z"
    assert "oldest_time" not in asked.url.params


@respx.mock
def test_pages_follow_the_parameters_of_their_links(
    till: SumUp, raws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SumUp, "pages", LinkedParameters(size=2))
    api = FakeApi(till, {PATH: raws}, FakeClock())
    respx.route().mock(side_effect=api)
    until = datetime(2100, 1, 1, tzinfo=UTC)
    pages = till.read("payments", Window(until=until, since=datetime(2020, 1, 1, tzinfo=UTC)))
    assert len([each for page in pages for each in page.records]) == len(raws)
    params = [each.url.params for each in api.requests]
    assert [each.get("oldest_ref") for each in params] == [None, "left-2"]
    # Every page is narrowed as the first one is.
    assert {(each["changes_since"], each["types[]"]) for each in params} == {
        ("2020-01-01T00:00:00Z", "PAYMENT")
    }
