"""People from a table of a vendor's facts, and what leaving a list of an email tool means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from connectors.kit.facts.values import Fields, Value
from connectors.kit.fields import meaning_of_code
from connectors.kit.http.body import dig
from connectors.kit.streams import Raw
from core.contract import Connector
from core.records import Consent, ConsentChannel, Contact


@dataclass(frozen=True)
class ContactTable:
    """A vendor's names for what it knows of people, and the meaning of its codes."""

    contact: Mapping[str, Value]
    """Field of `Contact` -> where it is read."""
    alike: tuple[str, ...] = ("id",)
    """Fields that the vendor calls as we do; all but the id may be absent."""
    custom: tuple[str, ...] = ()
    """Names that are kept as custom fields, None where they are blank."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Field of `Contact` -> the vendor's codes and ours: `{"gender": {"F": "female"}}`."""
    opt_outs: Mapping[str, ConsentChannel] = field(default_factory=dict)
    """Path of a yes that means: nothing more on this channel. A no permits nothing."""

    def records(self, raw: Raw, **known: Any) -> Iterator[Contact | Consent]:
        """Yield the contact and the opt-outs; `known` are fields that the table cannot tell.

        When somebody opted out is not told; the last change is the latest that it can have been.
        """
        stated = {**self._fields.of(raw, raw), **known}
        for name, codes in self.codes.items():
            stated[name] = meaning_of_code(name, stated.get(name), codes)
        custom = {"custom": {name: raw.get(name) or None for name in self.custom}}
        contact = Contact(**stated, **(custom if self.custom else {}))
        yield contact
        for path, channel in self.opt_outs.items():
            if dig(raw, path):
                at: Any = contact.updated_at or contact.created
                yield Consent(contact=contact.id, channel=channel, granted=False, at=at)

    @cached_property
    def _fields(self) -> Fields:
        alike = {name: name if name == "id" else f"{name}?" for name in self.alike}
        return Fields({**alike, **self.contact})


class EmailList(Connector):
    """A connection to a list of an email tool, which people may leave."""

    unsubscribed_means: Literal["this list", "all email"] = "this list"
    """Scope of an unsubscribe here: "this list", or "all email",
    which stops every list that asks for consent until they sign up here again. What was once
    stated as all email stays so until then, also when the setting is changed back."""

    def stated(
        self,
        status: str,
        contact: str,
        here: str,
        *,
        granted: datetime | None,
        left: datetime | None,
        changed: datetime | None,
        permission: bool | None = None,
        origin: str | None = None,
    ) -> Iterator[Consent]:
        """Consents that a member's status on the list `here` states, in our words for it.

        `granted` is when a member allowed mail, `left` when one left or complained, `changed` the
        last change; `permission` may narrow what the status grants, `origin` is where it was
        granted. Other statuses, and those without their instant, say nothing of what is allowed.
        """
        match status:
            case "subscribed" if granted:
                yield Consent(
                    contact=contact, channel="email", list=here, granted=True,
                    permission=permission, origin=origin, at=granted,
                )  # fmt: skip
            case "unsubscribed" if left:
                yield from self.farewell(contact, here, left)
            case "complained" if left:
                yield _withdrawn(contact, "complaint", left)
            case "cleaned" if changed:
                yield _withdrawn(contact, "bounce", changed)

    def farewell(self, contact: str, left: str, at: datetime) -> Iterator[Consent]:
        """Consents of a contact that leaves the list called `left`: withdrawals only.

        Who comes back states a grant of that list as ever, and nothing about all email: a newer
        grant of the same connection lifts what it withdrew, and allows no list beside its own.
        """
        yield Consent(contact=contact, channel="email", list=left, granted=False, at=at)
        if self.unsubscribed_means == "all email":
            yield Consent(contact=contact, channel="email", granted=False, at=at)


def _withdrawn(contact: str, reason: Literal["complaint", "bounce"], at: datetime) -> Consent:
    return Consent(contact=contact, channel="email", granted=False, reason=reason, at=at)
