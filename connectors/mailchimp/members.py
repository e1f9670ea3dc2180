"""Members: who they are, what they allowed, and what they say they care about."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import Field

from connectors.kit import (
    Consent,
    Contact,
    Declared,
    EmailList,
    Form,
    Interest,
    ListMember,
    Misconfigured,
    Mistake,
    Raw,
    RestSource,
    custom_forms,
    stream,
    unescaped,
    utc,
)
from connectors.mailchimp.account import MEMBERS, OLDEST_FIRST, MailchimpAccount, listing, only
from connectors.mailchimp.fields import Fields, merged

STATUS: Mapping[str, Literal["subscribed", "unsubscribed", "pending", "cleaned", "archived"]] = {
    "subscribed": "subscribed",
    "unsubscribed": "unsubscribed",
    "pending": "pending",
    "cleaned": "cleaned",
    "archived": "archived",
}
"""Any other one (`transactional`, one to come) is no place on the list."""
OF_MEMBERS = (
    "id,email_address,status,merge_fields,interests,timestamp_signup,timestamp_opt,last_changed,"
    "language,location.country_code,source,list_id"
)
GROUPS = "/lists/{audience}/interest-categories"
LISTS = listing("/lists", "lists", "id,name")
TOPICS = replace(
    listing(f"{GROUPS}/{{group}}/interests", "interests", "id,name"),
    each=listing(GROUPS, "categories", "id"),
    fill={"group": "id"},
)
"""Every interest of every group of interests."""


class Members(EmailList, MailchimpAccount, RestSource):
    """Reads everybody on the audience."""

    fields: Fields = Field(default_factory=dict)
    """Fields of a contact and the merge fields that hold them: { gender = "GENDER",
    postcode = "ZIP", birthday = { name = "BORN", format = "%d-%m-%Y" }, "custom.size" = "SIZE" }.
    FNAME, LNAME, PHONE, BIRTHDAY and ADDRESS are known already."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a merge field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    @stream(
        MEMBERS,
        items="members",
        params={"fields": only("members", OF_MEMBERS), **OLDEST_FIRST},
        beside={"lists": LISTS, "topics": TOPICS},
    )
    def members(
        self, raw: Raw, lists: Raw, topics: Raw
    ) -> Iterator[Contact | Consent | ListMember | Interest]:
        """Everybody on the audience in whatever status, what they allowed, and their interests."""
        id_, changed = raw["id"], _moment(raw, "last_changed")
        signed = _moment(raw, "timestamp_signup")
        opted = _moment(raw, "timestamp_opt") or signed
        stated = merged(raw.get("merge_fields") or {}, self.fields)
        if not stated.get("country"):
            stated["country"] = (raw.get("location") or {}).get("country_code")
        yield Contact(
            **{
                "id": id_,
                "updated_at": changed,
                "created": signed or opted,
                "email": raw.get("email_address"),
                "language": raw.get("language"),
                "signup_source": raw.get("source"),
                **stated,
            }
        )
        yield from self._consents(raw["status"], id_, opted, changed)
        yield ListMember(
            contact=id_,
            list=raw.get("list_id") or self.audience,
            title=unescaped(lists.get(self.audience, {}).get("name")),
            status=STATUS.get(raw["status"], "none"),
            subscribed_at=opted if raw["status"] == "subscribed" else None,
            unsubscribed_at=changed if raw["status"] == "unsubscribed" else None,
            updated_at=changed,
        )
        for interest, chosen in (raw.get("interests") or {}).items():
            if chosen and (topic := unescaped(topics.get(interest, {}).get("name"))):
                yield Interest(contact=id_, topic=topic, updated_at=changed)

    def look_up(self, declared: Declared) -> dict[str, Raw]:
        """Return the rows of a small list; raises Misconfigured where the audience is none."""
        found = super().look_up(declared)
        if declared is LISTS and found and self.audience not in found:
            there = ", ".join(f"{id_} ({row.get('name')})" for id_, row in sorted(found.items()))
            raise Misconfigured(
                [Mistake("audience", f"the account has no {self.audience!r}; it has {there}")]
            )
        return found

    def _consents(
        self, status: str, contact: str, opted: datetime | None, changed: datetime | None
    ) -> Iterator[Consent]:
        """Consents that a status states; the other statuses say nothing of what is allowed."""
        if status == "subscribed" and (opted or changed):
            # An administrator's import moves the change, not the person's own word.
            yield Consent(
                contact=contact, channel="email", list=self.audience, granted=True,
                at=opted or changed,
            )  # fmt: skip
        elif status == "unsubscribed" and changed:
            yield from self.farewell(contact, self.audience, changed)
        elif status == "cleaned" and changed:
            yield Consent(
                contact=contact, channel="email", granted=False, reason="bounce", at=changed
            )


def _moment(raw: Raw, name: str) -> datetime | None:
    return utc(raw[name]) if raw.get(name) else None
