"""Consent: the people that may be written to."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import records as r
from core.store.bulk import table_of
from core.store.people.permission import Lists, reachable_profiles
from core.store.people.permission import permitted as permitted_on
from core.store.people.suppression import contact_name, suppress
from core.store.tables import CONSENTS, behaviour, messages, people, segments
from tests.core.store.filled_store import NOW, FilledStore


def statement(day: int, granted: bool = True, **fields: Any) -> r.Consent:
    base = {"email": "a@x.dk", "channel": "email", "granted": granted}
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return r.Consent.model_validate(base | {"at": at} | fields)


def permitted(hub: FilledStore, lists: Lists | None = None) -> bool:
    return "a@x.dk" in addresses(hub, lists)


def addresses(hub: FilledStore, lists: Lists | None = None) -> set[str]:
    may = permitted_on(CONSENTS, "email", lists)
    found = hub.transaction.execute(select(CONSENTS.c.value).where(may).distinct())
    return {str(row.value) for row in found}


YES, NO = True, False


@pytest.mark.parametrize(
    ("shop", "till", "anywhere", "on_list"),
    [
        ([], [], NO, NO),
        ([statement(1)], [], YES, YES),
        ([statement(1, NO)], [], NO, NO),
        ([statement(1), statement(2, NO)], [], NO, NO),
        ([statement(2), statement(1, NO)], [], YES, YES),
        ([statement(1), statement(1, NO)], [], NO, NO),
        ([statement(1, list="L")], [], YES, YES),
        ([statement(1, list="M")], [], YES, NO),
        ([statement(1), statement(2, NO, list="L")], [], YES, NO),
        ([statement(1, list="M"), statement(2, NO, list="L")], [], YES, NO),
        ([statement(1, NO), statement(2, list="L")], [], YES, YES),
        ([statement(1, NO), statement(2, list="M")], [], YES, NO),
        ([statement(1, NO)], [statement(2)], NO, NO),
        ([statement(1)], [statement(2, NO)], NO, NO),
        ([statement(1, list="L"), statement(2, NO, list="L", reason="complaint")], [], NO, NO),
        (
            [statement(2, NO, list="M", reason="complaint"), statement(3, NO, list="M")],
            [statement(1)],
            NO,
            NO,
        ),
        ([statement(1), statement(2, NO, reason="bounce"), statement(3)], [], YES, YES),
        ([statement(1, channel="sms", phone="20304050", email=None)], [], NO, NO),
    ],
)
def test_the_newest_word_of_each_source_decides(
    hub: FilledStore, shop: list[r.Consent], till: list[r.Consent], anywhere: bool, on_list: bool
) -> None:
    hub.take(*shop)
    hub.take(*till, connection="till")
    assert permitted(hub) is anywhere
    assert permitted(hub, (hub.reading().connection_id, ["L"])) is on_list


def test_a_grant_of_the_same_instant_lifts_no_withdrawal(hub: FilledStore) -> None:
    hub.take(statement(2, NO), statement(2, list="L"))
    assert not permitted(hub, (hub.reading().connection_id, ["L"]))
    hub.take(statement(3, list="L"))
    assert permitted(hub, (hub.reading().connection_id, ["L"]))


def test_the_permission_beside_a_grant_that_came_last_counts(hub: FilledStore) -> None:
    for permission, allowed in ((True, YES), (False, NO), (True, YES), (None, YES)):
        hub.take(statement(1, list="L", permission=permission))
        assert permitted(hub) is allowed
    hub.take(statement(2, NO, list="L"))
    hub.take(statement(1, list="L", permission=True))
    assert not permitted(hub, (hub.reading().connection_id, ["L"]))


def test_a_channel_is_permitted_on_addresses_of_its_kind_only(hub: FilledStore) -> None:
    hub.take(r.Contact(id="1", email="a@x.dk", phone="20304050"))
    hub.take(statement(1, email=None, phone="20304050"))
    assert addresses(hub) == set()


def test_a_statement_about_another_address_lifts_nothing(hub: FilledStore) -> None:
    hub.take(statement(1, list="L"), statement(2, NO), statement(3, email="b@x.dk", list="L"))
    assert addresses(hub) == {"b@x.dk"}


def test_a_statement_about_a_contact_waits_for_its_addresses(hub: FilledStore) -> None:
    hub.take(statement(1, email=None, contact="1"))
    assert hub.rows(people.Consent) == []
    hub.take(r.Contact(id="1", email="a@x.dk"))
    assert permitted(hub)
    found = hub.transaction.execute(reachable_profiles("email"))
    assert [row.profile_id for row in found] == [hub.profile_of("1")]
    hub.take(r.Contact(id="1", email="b@x.dk"))
    assert "b@x.dk" in addresses(hub)


def test_a_change_of_consent_touches_its_person(hub: FilledStore) -> None:
    hub.take(r.Contact(id="1", email="a@x.dk"), r.Contact(id="2", email="b@x.dk"))
    hub.transaction.execute(table_of(segments.Touched).delete())
    hub.take(statement(1))
    assert [row["profile_id"] for row in hub.rows(segments.Touched)] == [hub.profile_of("1")]
    hub.take(statement(1), stream="again")
    assert len(hub.rows(segments.Touched)) == 1


def test_a_statement_about_an_address_is_not_one_about_the_contacts_others(
    hub: FilledStore,
) -> None:
    hub.take(r.Contact(id="1", email="a@x.dk"), statement(1, contact="1", email="b@x.dk"))
    assert not permitted(hub)


def test_a_complaint_about_a_message_blocks(hub: FilledStore) -> None:
    hub.take(r.Contact(id="1", email="a@x.dk"), statement(1))
    at = datetime(2024, 2, 1, tzinfo=UTC)
    counts = hub.take(r.MessageEvent(message="m", contact="1", kind="complained", at=at))
    assert not permitted(hub)
    assert (counts["fetched"], counts["inserted"]) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "hard", "channel", "is_permitted"),
    [
        ("bounced", True, "email", False),
        ("bounced", False, "email", True),
        ("bounced", None, "email", True),
        ("bounced", True, "sms", True),
        ("complained", None, "sms", True),
    ],
)
def test_a_hard_bounce_or_a_complaint_blocks_the_channel_of_its_message(
    hub: FilledStore, kind: Any, hard: bool | None, channel: Any, is_permitted: bool
) -> None:
    hub.take(r.Contact(id="1", email="a@x.dk", phone="20304050"), statement(1))
    hub.take(statement(1, channel="sms", phone="20304050", email=None))
    at = datetime(2024, 2, 1, tzinfo=UTC)
    hub.take(
        r.Message(id="m", channel=channel),
        r.MessageEvent(message="m", contact="1", kind=kind, hard=hard, at=at),
    )
    assert permitted(hub) is is_permitted
    may = select(CONSENTS.c.value).where(permitted_on(CONSENTS, "sms")).distinct()
    phones = hub.transaction.scalars(may).all()
    assert phones == ([] if channel == "sms" else ["+4520304050"])


@pytest.mark.parametrize("stated", ["sms", None])
def test_a_complaint_that_comes_before_its_message_blocks_the_channel_too(
    hub: FilledStore, stated: Any
) -> None:
    hub.take(r.Contact(id="1", email="a@x.dk", phone="20304050"), statement(1))
    hub.take(statement(1, channel="sms", phone="20304050", email=None))
    at = datetime(2024, 2, 1, tzinfo=UTC)
    hub.take(r.MessageEvent(message="m", contact="1", kind="delivered", at=at))
    hub.take(r.MessageEvent(message="m", contact="1", kind="complained", at=at, channel=stated))
    # Until its message has come, an event that states no channel is one of an email.
    assert hub.row(messages.Message)["channel"] == (stated or "email")
    assert permitted(hub) is (stated == "sms")
    hub.take(r.Message(id="m", channel="sms"))
    may = select(CONSENTS.c.value).where(permitted_on(CONSENTS, "sms"))
    assert hub.transaction.scalars(may).all() == []


def test_details_of_a_statement_are_stored_and_survive_their_absence(hub: FilledStore) -> None:
    stated: tuple[dict[str, Any], ...] = ({}, {"method": "double", "origin": "Spring form"}, {})
    for details in stated:
        hub.take(statement(1, contact="1", email=None, **details))
    hub.take(r.Contact(id="1", email="a@x.dk"))
    for table in (people.PendingConsent, people.Consent):
        row = hub.row(table)
        assert (row["method"], row["origin"]) == ("double", "Spring form")


def test_a_consent_without_address_and_contact_is_quarantined(hub: FilledStore) -> None:
    counts = hub.take(statement(1, email=None))
    assert counts["quarantined"] == 1


@pytest.mark.parametrize(
    ("name", "record"),
    [
        (("email", "a@x.dk"), r.Contact(id="1", email="A@X.dk")),
        (("phone", "+4520304050"), r.Contact(id="1", phone="20 30 40 50")),
        (("loyalty", "771"), r.Contact(id="1", loyalty="77-1")),
        (None, r.Contact(id="1", first_name="A")),
    ],
)
def test_a_suppressed_person_is_recognized_by_any_name_and_facts_stay_out(
    hub: FilledStore, name: tuple[str, ...] | None, record: r.Contact
) -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    name = name or contact_name(hub.reading().connection_id, "1")
    hub.take(r.Visit(id="v0", contact="1", at=at))
    suppress(hub.transaction, [name], "erased", NOW)
    counts = hub.take(record, r.Visit(id="v", contact="1", at=at), r.Visit(id="w", at=at))
    assert (counts["fetched"], counts["suppressed"], counts["inserted"]) == (3, 2, 1)
    counts = hub.take(r.Visit(id="v2", contact="1", at=at))
    assert counts["suppressed"] == 1
    assert hub.rows(people.Contact) == hub.rows(people.Profile) == []
    assert [row["external_id"] for row in hub.rows(behaviour.Visit)] == ["w"]
    digests = [row["digest"] for row in hub.rows(people.Suppression)]
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in digests)
