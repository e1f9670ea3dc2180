"""Leaving one list of an email tool stops all that the config says, and nothing else."""

from typing import Any

import pytest

from connectors.kit.testing import SourceContract
from tests.connectors import (
    test_activecampaign,
    test_brevo,
    test_campaignmonitor,
    test_mailerlite,
    test_omnisend,
)
from tests.connectors.reading import NOON, pages, serving, told

SUITES: dict[str, type[SourceContract]] = {
    "activecampaign": test_activecampaign.TestActiveCampaign,
    "brevo": test_brevo.TestBrevo,
    "campaignmonitor": test_campaignmonitor.TestCampaignMonitor,
    "mailerlite": test_mailerlite.TestMailerLite,
    "omnisend": test_omnisend.TestOmnisend,
}


@pytest.mark.parametrize("kind", SUITES)
def test_leaving_one_list_stops_all_that_the_config_says(kind: str) -> None:
    suite = SUITES[kind]

    def withdrawn(meaning: str) -> tuple[set[Any], set[Any]]:
        """People who left a list, and people who withdrew all email."""
        source: Any = suite.connector(**{**suite.settings, "unsubscribed_means": meaning})
        with serving(source, suite.samples, suite.fake):
            read = pages(source, next(iter(source.declared())), NOON)
        stated = told(read, "Consent", "contact", "list", "channel", "granted", "reason")
        left = [row for row in stated if row[2:] == ("email", False, "asked")]
        return {who for who, here, *_ in left if here}, {who for who, here, *_ in left if not here}

    on_this_list, everywhere = withdrawn("this list")
    assert on_this_list - everywhere
    again, all_email = withdrawn("all email")
    assert again == on_this_list
    assert on_this_list <= all_email
