"""Consents of members: what their status, their marketing permissions and their phone state.

Marketing permissions are boxes beside the status, of which one means email
(https://mailchimp.com/developer/marketing/api/list-members/). They have no date, and only narrow
what the status grants.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connectors.kit import Consent, EmailList, Raw, unescaped
from connectors.mailchimp.account import MailchimpAccount

BOXES = "marketing_permissions"
SMS: Mapping[str | None, bool] = {"subscribed": True, "unsubscribed": False}
"""Statuses of text messages that state a consent."""


class Consents(EmailList, MailchimpAccount):
    """Reads what members allow."""

    def consents(self, raw: Raw, *, asked: bool) -> Iterator[Consent]:
        """Consents of one member; `asked`: the audience has marketing permissions.

        Statuses that are not named here say nothing of what is allowed.
        """
        contact, changed = raw["id"], raw.get("last_changed")
        yield from self.stated(
            raw["status"],
            contact,
            self.audience,
            # An administrator's import moves the change, not the person's own word.
            granted=opted_at(raw) or changed,
            left=changed,
            changed=changed,
            permission=self._permission(raw, asked=asked),
            origin=raw.get("source"),
        )
        by_phone = SMS.get(raw.get("sms_subscription_status"))
        at = raw.get("sms_subscription_last_updated") or changed
        if by_phone is not None and at:
            yield Consent(
                contact=contact, phone=raw.get("sms_phone_number"), channel="sms",
                list=self.audience, granted=by_phone, at=at,
            )  # fmt: skip

    def permission_questions(self, raws: Iterable[Any]) -> Iterator[str]:
        """Which marketing permission means email, where the setting does not say it."""
        boxes = {_text(box): box for raw in raws for box in _boxes(raw)}
        known = self.email_permission and any(map(self._means_email, boxes.values()))
        if not boxes or known:
            return
        names = [json.dumps(text, ensure_ascii=False) for text in boxes]
        likely = next((name for name in names if "mail" in name.casefold()), names[0])
        those = f"the audience has the marketing permissions {', '.join(names)}"
        line = f"write email_permission = {likely}, or another of them, in the connection"
        if self.email_permission is None:
            yield (
                f"{those}; which of them means email? People who ticked none of them are not "
                f"written to; {line}"
            )
        else:
            yield f"{those}, none is {self.email_permission!r}, and nobody is written to; {line}"

    def _permission(self, raw: Raw, *, asked: bool) -> bool | None:
        """Whether the box that means email is ticked; None where there are no boxes.

        Without the setting every box may be the one, and one that is ticked will do.
        """
        ticked = [each for each in _boxes(raw) if each.get("enabled")]
        if self.email_permission is not None:
            return any(map(self._means_email, ticked))
        return bool(ticked) if raw.get(BOXES) or asked else None

    def _means_email(self, box: Raw) -> bool:
        names = (_text(box), box.get("marketing_permission_id"))
        return _folded(self.email_permission) in map(_folded, names)


def opted_at(raw: Raw) -> Any:
    """When a member confirmed, else signed up; Mailchimp leaves unknown instants blank."""
    return raw.get("timestamp_opt") or raw.get("timestamp_signup")


def _boxes(raw: Any) -> list[Raw]:
    boxes = raw.get(BOXES) if isinstance(raw, Mapping) else None
    return [box for box in boxes if isinstance(box, Mapping)] if isinstance(boxes, list) else []


def _text(box: Raw) -> str:
    return " ".join(str(unescaped(box.get("text")) or "").split())


def _folded(name: str | None) -> list[str]:
    return (name or "").casefold().split()
