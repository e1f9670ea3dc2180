"""Leaving: what somebody takes back who unsubscribes from a list."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from core.contract import Connector
from core.records import Consent


class EmailList(Connector):
    """A connection to a list of an email tool, which people may leave."""

    unsubscribed_means: Literal["this list", "all email"] = "this list"
    """Scope of an unsubscribe here: "this list", or "all email",
    which stops every list that asks for consent until they sign up here again. What was once
    stated as all email stays so until then, also when the setting is changed back."""

    def farewell(self, contact: str, left: str, at: datetime) -> Iterator[Consent]:
        """Consents of a contact that leaves the list called `left`: withdrawals only.

        Who comes back states a grant of that list as ever, and nothing about all email: a newer
        grant of the same connection lifts what it withdrew, and allows no list beside its own.
        """
        yield Consent(contact=contact, channel="email", list=left, granted=False, at=at)
        if self.unsubscribed_means == "all email":
            yield Consent(contact=contact, channel="email", granted=False, at=at)
