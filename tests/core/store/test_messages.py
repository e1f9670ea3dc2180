"""Deliveries, derived from the events of a message."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from core import records as r
from core.store.tables.messages import Delivery, Message
from tests.core.store.filled_store import FilledStore


def at(hour: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def happened(kind: str, hour: int, evidence: str = "probable") -> r.MessageEvent:
    return r.MessageEvent.model_validate(
        {"message": "m", "contact": "1", "kind": kind, "at": at(hour), "evidence": evidence}
    )


def test_a_delivery_gathers_its_events_in_any_order(hub: FilledStore) -> None:
    events = [
        happened("delivered", 1),
        happened("opened", 2, "machine"),
        happened("clicked", 5, "human"),
        happened("clicked", 3, "machine"),
    ]
    found = []
    for number, order in enumerate(permutations(events)):
        name = f"c{number}"
        for each in order:
            hub.take(each.model_copy(update={"contact": name}))
        row = hub.rows(Delivery)[-1]
        found.append({key: value for key, value in row.items() if not key.endswith("id")})
    assert all(each == found[0] for each in found)
    assert (found[0]["at"], found[0]["opened_any"]) == (at(1), at(2))
    assert found[0]["opened_human"] == found[0]["opened_probable"] == at(5)
    assert found[0]["clicked_human"] == found[0]["clicked_probable"] == at(5)


@pytest.mark.parametrize("bounce_first", [True, False])
def test_a_bounced_message_was_not_delivered(hub: FilledStore, bounce_first: bool) -> None:
    events = [happened("delivered", 1), happened("bounced", 2)]
    for each in reversed(events) if bounce_first else events:
        hub.take(each)
    assert hub.rows(Delivery) == []


def test_an_event_may_come_before_its_message(hub: FilledStore) -> None:
    hub.take(happened("delivered", 1))
    assert hub.row(Message)["bare"] is True
    counts = hub.take(
        r.Message(
            id="m", title="News", kind="automation", channel="sms", variant="A", topic="Boots "
        )
    )
    message = hub.row(Message)
    stated = ("bare", "kind", "channel", "variant_key", "topic_key")
    assert [message[name] for name in stated] == [False, "automation", "sms", "a", "boots"]
    assert counts["inserted"] == 1
