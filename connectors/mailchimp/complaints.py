"""Complaints: who reported a letter as spam, which counts against every list."""

from collections.abc import Iterator

from connectors.kit import Consent, Raw, RestSource, stream, utc
from connectors.mailchimp.account import MailchimpAccount, only


class Complaints(MailchimpAccount, RestSource):
    """Reads who complained about the audience's letters."""

    @stream(
        "/lists/{audience}/abuse-reports",
        items="abuse_reports",
        params={"fields": only("abuse_reports", "email_id,date")},
    )
    def complaints(self, raw: Raw) -> Iterator[Consent]:
        """Everybody who reported a letter as spam; Mailchimp shows them as unsubscribed only."""
        yield Consent(
            contact=raw["email_id"],
            channel="email",
            granted=False,
            reason="complaint",
            at=utc(raw["date"]),
        )
