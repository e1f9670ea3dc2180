"""Members: who they are, what they allowed, and what they say they care about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from connectors.kit import (
    Consent,
    Contact,
    Declared,
    Form,
    GroupMember,
    Interest,
    ListMember,
    Misconfigured,
    Mistake,
    Raw,
    RestSource,
    Window,
    custom_forms,
    dig,
    stream,
    unescaped,
)
from connectors.mailchimp.account import MEMBERS, OLDEST_FIRST, listing, only
from connectors.mailchimp.consents import Consents, opted_at
from connectors.mailchimp.fields import Fields, merged

STATUS: Mapping[str, Any] = {
    word: word for word in ("subscribed", "unsubscribed", "pending", "cleaned", "archived")
}
"""Any other one (`transactional`, one to come) is no place on the list."""
OF_MEMBERS = (
    "id,email_address,status,merge_fields,interests,timestamp_signup,timestamp_opt,last_changed,"
    "language,location.country_code,source,list_id,marketing_permissions,sms_phone_number,"
    "sms_subscription_status,sms_subscription_last_updated,tags"
)
GROUPS = "/lists/{audience}/interest-categories"
LISTS = listing("/lists", "lists", "id,name,marketing_permissions")
TOPICS = replace(
    listing(f"{GROUPS}/{{group}}/interests", "interests", "id,name"),
    each=listing(GROUPS, "categories", "id"),
    fill={"group": "id"},
)
"""Every interest of every group of interests."""


class Members(Consents, RestSource):
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
    ) -> Iterator[Contact | Consent | ListMember | GroupMember | Interest]:
        """Everybody on the audience in whatever status: consents, tags and interests."""
        id_, changed, opted = raw["id"], raw.get("last_changed"), opted_at(raw)
        audience = lists.get(self.audience, {})
        stated = merged(raw.get("merge_fields") or {}, self.fields)
        stated["country"] = stated.get("country") or dig(raw, "location.country_code")
        if raw.get("sms_phone_number"):
            stated["phone"] = stated.get("phone") or raw["sms_phone_number"]
        usual = {"language": raw.get("language"), "signup_source": raw.get("source")}
        created = raw.get("timestamp_signup") or opted
        email = raw.get("email_address")
        yield Contact(id=id_, updated_at=changed, created=created, email=email, **usual | stated)
        yield from self.consents(raw, asked=bool(audience.get("marketing_permissions")))
        yield ListMember(
            contact=id_,
            list=raw.get("list_id") or self.audience,
            title=unescaped(audience.get("name")),
            status=STATUS.get(raw["status"], "none"),
            subscribed_at=opted if raw["status"] == "subscribed" else None,
            unsubscribed_at=changed if raw["status"] == "unsubscribed" else None,
            updated_at=changed,
        )
        for tag in raw.get("tags") or ():
            yield GroupMember(
                contact=id_, group=tag["id"], title=unescaped(tag.get("name")), updated_at=changed
            )
        for interest, chosen in (raw.get("interests") or {}).items():
            if chosen and (topic := unescaped(topics.get(interest, {}).get("name"))):
                yield Interest(contact=id_, topic=topic, updated_at=changed)

    def look_up(self, declared: Declared, window: Window | None = None) -> dict[str, Raw]:
        """Return the rows of a small list; raises Misconfigured where the audience is none."""
        found = super().look_up(declared, window)
        if declared is LISTS and found and self.audience not in found:
            there = ", ".join(f"{id_} ({row.get('name')})" for id_, row in sorted(found.items()))
            raise Misconfigured(
                [Mistake("audience", f"the account has no {self.audience!r}; it has {there}")]
            )
        return found

    def questions(self, stream: str, raws: Sequence[Any]) -> Iterable[str]:
        """Return which marketing permission means email, where that is not known."""
        return self.permission_questions(raws) if stream == "members" else ()

    @stream(
        "/lists/{audience}/abuse-reports",
        items="abuse_reports",
        params={"fields": only("abuse_reports", "email_id,date")},
    )
    def complaints(self, raw: Raw) -> Iterator[Consent]:
        """Everybody who reported a letter as spam; Mailchimp shows them as unsubscribed only."""
        yield Consent(
            contact=raw["email_id"], channel="email", granted=False, reason="complaint",
            at=raw["date"],
        )  # fmt: skip
