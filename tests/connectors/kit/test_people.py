"""People by a table of codes and opt-outs, and what an unsubscribe withdraws."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from connectors.kit import Consent, Contact, ContactTable, EmailList

AT = datetime(2024, 5, 3, 9, tzinfo=UTC)


class News(EmailList):
    """Nothing but a list."""

    kind = "news"


def test_who_unsubscribes_leaves_that_list_alone_unless_the_config_says_more() -> None:
    stated = [*News().farewell("1", "L", AT)]
    assert stated == [Consent(contact="1", channel="email", list="L", granted=False, at=AT)]


def test_all_email_is_withdrawn_beside_the_list() -> None:
    stated = [*News(unsubscribed_means="all email").farewell("1", "L", AT)]
    assert stated == [
        Consent(contact="1", channel="email", list="L", granted=False, at=AT),
        Consent(contact="1", channel="email", granted=False, at=AT),
    ]


def test_other_words_are_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValidationError, match="'this list' or 'all email'"):
        News.model_validate({"unsubscribed_means": "everything"})


PEOPLE = ContactTable(
    {"created": "since?"},
    alike=("id", "gender", "country"),
    codes={"gender": {"1": "male"}, "country": {"53": "DK"}},
    opt_outs={"mail.refused": "email", "texts_refused": "sms"},
)


@pytest.mark.parametrize(
    ("gender", "country", "ours"),
    [("1", "53", ("male", "DK")), ("Kvinde", "SE", ("female", "SE")), ("", None, (None, None))],
)
def test_a_code_means_what_the_table_says_and_a_word_what_it_says_itself(
    gender: str, country: str | None, ours: tuple[str | None, str | None]
) -> None:
    (found,) = PEOPLE.records({"id": 1, "gender": gender, "country": country})
    assert isinstance(found, Contact)
    assert (found.gender, found.country) == ours
    assert not found.emptied


def test_an_unknown_code_is_emptied_and_counted() -> None:
    (found,) = PEOPLE.records({"id": 1, "gender": "9"})
    assert isinstance(found, Contact)
    assert (found.gender, list(found.emptied)) == (None, ["gender"])


def test_an_opt_out_withdraws_and_its_absence_permits_nothing() -> None:
    raw = {"id": 1, "since": AT.isoformat(), "mail": {"refused": True}, "texts_refused": False}
    _, *stated = PEOPLE.records(raw)
    assert stated == [Consent(contact="1", channel="email", granted=False, at=AT)]
    assert len([*PEOPLE.records({"id": 1, "mail": {}})]) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("subscribed", [("list", True, "asked")]),
        ("unsubscribed", [("list", False, "asked")]),
        ("complained", [(None, False, "complaint")]),
        ("cleaned", [(None, False, "bounce")]),
        ("pending", []),
        ("archived", []),
    ],
)
def test_a_status_states_what_is_allowed_where_its_instant_is_known(
    status: str, said: list[tuple[str | None, bool, str]]
) -> None:
    known = [*News().stated(status, "1", "list", granted=AT, left=AT, changed=AT)]
    assert [(each.list, each.granted, each.reason) for each in known] == said
    assert [*News().stated(status, "1", "list", granted=None, left=None, changed=None)] == []
