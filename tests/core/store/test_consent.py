"""Permission by consent, and suppression."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import records as r
from core.store.bulk import table_of
from core.store.people.consent import Lists, reachable_profiles
from core.store.people.consent import permitted as permitted_on
from core.store.people.suppression import suppress
from core.store.tables import CONSENTS, behaviour, people, segments
from tests.core.store.floor import NOW, Floor


def said(day: int, granted: bool = True, **fields: Any) -> r.Consent:
    base = {"email": "a@x.dk", "channel": "email", "granted": granted}
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return r.Consent.model_validate(base | {"at": at} | fields)


def permitted(floor: Floor, lists: Lists | None = None) -> bool:
    return "a@x.dk" in addresses(floor, lists)


def addresses(floor: Floor, lists: Lists | None = None) -> set[str]:
    may = permitted_on(CONSENTS, "email", lists)
    found = floor.transaction.execute(select(CONSENTS.c.value).where(may).distinct())
    return {str(row.value) for row in found}


YES, NO = True, False


@pytest.mark.parametrize(
    ("shop", "till", "anywhere", "on_list"),
    [
        ([], [], NO, NO),
        ([said(1)], [], YES, YES),
        ([said(1, NO)], [], NO, NO),
        ([said(1), said(2, NO)], [], NO, NO),
        ([said(2), said(1, NO)], [], YES, YES),
        ([said(1), said(1, NO)], [], NO, NO),
        ([said(1, list="L")], [], YES, YES),
        ([said(1, list="M")], [], YES, NO),
        ([said(1), said(2, NO, list="L")], [], YES, NO),
        ([said(1, list="M"), said(2, NO, list="L")], [], YES, NO),
        ([said(1, NO), said(2, list="L")], [], YES, YES),
        ([said(1, NO), said(2, list="M")], [], YES, NO),
        ([said(1, NO)], [said(2)], NO, NO),
        ([said(1)], [said(2, NO)], NO, NO),
        ([said(1, list="L"), said(2, NO, list="L", reason="complaint")], [], NO, NO),
        ([said(2, NO, list="M", reason="complaint"), said(3, NO, list="M")], [said(1)], NO, NO),
        ([said(1), said(2, NO, reason="bounce"), said(3)], [], YES, YES),
        ([said(1, channel="sms", phone="20304050", email=None)], [], NO, NO),
    ],
)
def test_the_newest_word_of_each_source_decides(
    floor: Floor, shop: list[r.Consent], till: list[r.Consent], anywhere: bool, on_list: bool
) -> None:
    floor.take(*shop)
    floor.take(*till, connection="till")
    assert permitted(floor) is anywhere
    assert permitted(floor, (floor.reading().connection_id, ["L"])) is on_list


def test_what_is_said_of_another_address_lifts_nothing(floor: Floor) -> None:
    floor.take(said(1, list="L"), said(2, NO), said(3, email="b@x.dk", list="L"))
    assert addresses(floor) == {"b@x.dk"}


def test_a_statement_about_a_contact_waits_for_its_addresses(floor: Floor) -> None:
    floor.take(said(1, email=None, contact="1"))
    assert floor.rows(people.Consent) == []
    floor.take(r.Contact(id="1", email="a@x.dk"))
    assert permitted(floor)
    found = floor.transaction.execute(reachable_profiles("email"))
    assert [row.profile_id for row in found] == [floor.profile_of("1")]
    floor.take(r.Contact(id="1", email="b@x.dk"))
    assert "b@x.dk" in addresses(floor)


def test_whose_consent_changes_is_evaluated_again(floor: Floor) -> None:
    floor.take(r.Contact(id="1", email="a@x.dk"), r.Contact(id="2", email="b@x.dk"))
    floor.transaction.execute(table_of(segments.Touched).delete())
    floor.take(said(1))
    assert [row["profile_id"] for row in floor.rows(segments.Touched)] == [floor.profile_of("1")]
    floor.take(said(1), stream="again")
    assert len(floor.rows(segments.Touched)) == 1


def test_a_statement_about_an_address_is_not_one_about_the_contacts_others(floor: Floor) -> None:
    floor.take(r.Contact(id="1", email="a@x.dk"), said(1, contact="1", email="b@x.dk"))
    assert not permitted(floor)


def test_a_complaint_about_a_message_blocks(floor: Floor) -> None:
    floor.take(r.Contact(id="1", email="a@x.dk"), said(1))
    at = datetime(2024, 2, 1, tzinfo=UTC)
    counts = floor.take(r.MessageEvent(message="m", contact="1", kind="complained", at=at))
    assert not permitted(floor)
    assert (counts["fetched"], counts["inserted"]) == (1, 1)


def test_a_consent_without_address_and_contact_is_quarantined(floor: Floor) -> None:
    counts = floor.take(said(1, email=None))
    assert counts["quarantined"] == 1


@pytest.mark.parametrize(
    ("name", "record"),
    [
        (("email", "a@x.dk"), r.Contact(id="1", email="A@X.dk")),
        (("phone", "+4520304050"), r.Contact(id="1", phone="20 30 40 50")),
        (("loyalty", "771"), r.Contact(id="1", loyalty="77-1")),
        (("contact", "shop", "1"), r.Contact(id="1", first_name="A")),
    ],
)
def test_a_suppressed_person_is_recognized_by_any_name_and_facts_stay_out(
    floor: Floor, name: tuple[str, ...], record: r.Contact
) -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    floor.take(r.Visit(id="v0", contact="1", at=at))
    suppress(floor.transaction, [name], "erased", NOW)
    counts = floor.take(record, r.Visit(id="v", contact="1", at=at), r.Visit(id="w", at=at))
    assert (counts["fetched"], counts["suppressed"], counts["inserted"]) == (3, 2, 1)
    counts = floor.take(r.Visit(id="v2", contact="1", at=at))
    assert counts["suppressed"] == 1
    assert floor.rows(people.Contact) == floor.rows(people.Profile) == []
    assert [row["external_id"] for row in floor.rows(behaviour.Visit)] == ["w"]
    digests = [row["digest"] for row in floor.rows(people.Suppression)]
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in digests)
