"""An unsubscribe withdraws as much as the config says."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from connectors.kit import Consent, EmailList

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
