"""Klaviyo: profiles, consents, lists, segments and engagement of one account.

As a destination: properties of its profiles, and its lists.

Fact sheet, from https://developers.klaviyo.com/en/reference/api_overview:
- API: revision 2026-10-15 at `https://a.klaviyo.com/api`, sent in the header `revision`; a revision
  is kept for two years. The setting `revision` names another one.
- Auth: a private API key with the scopes campaigns:read, events:read, flows:read, lists:read,
  metrics:read, profiles:read and segments:read; to write, lists:write and profiles:write.
- Paging: `links.next` of the body; 100 profiles, 1000 events, 10 lists.
- Cursor: `updated` of a profile, which only `greater-than` narrows: rows of the very second of the
  checkpoint would be lost, so the second before it is asked for. `datetime` of an event. Lists,
  segments, campaigns and flows are read whole.
- Limits: 75 requests a second and 750 a minute; campaigns and metrics 10 and 150, flows 3 and 60.
  A 429 says how long to wait.
- Batch: bulk import jobs of 10,000 profiles and 5 MB, asked about later; lists 1000 profiles a
  request. A tag is a property that is true; null clears. An import creates whom it is told by
  address, so only ids are sent. `profile-subscription-bulk-create-jobs` and all other requests
  that subscribe, suppress or create are never sent.
- Consent: `consent` of each channel. NEVER_SUBSCRIBED says nothing. A suppression withdraws email
  whatever the consent says; a suppression of a list withdraws that list.
- Lists: being on a list is no consent; the status on it is the person's own consent to email.
- Engagement: events of Klaviyo's own metrics. An open with Apple's privacy flag may be a machine's.
- What it cannot do: tell who sent a message of a flow when; tell orders (the shop does).
- Not proved: that `machine_open` is the flag's name in every account; that the metric of farewells
  is called Unsubscribed in old accounts and Unsubscribed from Email Marketing in new ones; which
  words `Bounce Type` holds beside Hard and Soft; how late events may arrive (six hours are read
  again); how an import answers for a profile that was deleted meanwhile (by the code not_found).
- Stays outside: predictions, push tokens, events of shops and websites, conversations.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Cursor,
    Declared,
    FieldNames,
    GroupMember,
    LinkPages,
    ListMember,
    Raw,
    RestSource,
    amount_of,
    contact_fields,
    iso,
    readable,
    stream,
    utc,
)
from connectors.klaviyo.account import LISTS
from connectors.klaviyo.consents import consents, status_on
from connectors.klaviyo.destination import KlaviyoDestination
from connectors.klaviyo.engagement import Engagement

__all__ = ["Klaviyo"]

SUBSCRIPTIONS = {"additional-fields[profile]": "subscriptions"}
SEGMENTS = Declared("/api/segments", items="data", pages=LinkPages("links.next"))


PERSON = ContactTable(
    contact={
        "updated_at": "attributes.updated",
        "created": "attributes.created",
        "email": "attributes.email",
        "phone": "attributes.phone_number",
        "first_name": "attributes.first_name",
        "last_name": "attributes.last_name",
        "job_role": "attributes.title",
        # A locale as in en-US.
        "language": lambda raw: (raw["attributes"].get("locale") or "").partition("-")[0] or None,
        "country": "attributes.location.country",
        "region": "attributes.location.region",
        "city": "attributes.location.city",
        "postcode": "attributes.location.zip",
    },
)


class Klaviyo(Engagement, KlaviyoDestination, RestSource):
    """Profiles, lists and engagement of one Klaviyo account; properties and lists for them."""

    kind = "klaviyo"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the properties that hold them: { gender = "Gender" }."""

    @stream(
        "/api/profiles",
        items="data",
        params={**SUBSCRIPTIONS, "sort": "updated"},
        cursor=Cursor(
            "attributes.updated",
            since="filter",
            format=lambda at: f"greater-than(updated,{iso(at)})",
            exclusive=True,
        ),
        ordered=True,
    )
    def profiles(self, raw: Raw) -> Iterator[Contact | Consent]:
        """Everybody, with what they allow on each channel."""
        properties = raw["attributes"].get("properties") or {}
        custom = {
            name: amount_of(value) if type(value) in {int, float} else value
            for name, value in properties.items()
            if not (name.startswith("$") or isinstance(value, Mapping))
        }
        mapped = contact_fields(self.fields, lambda said: properties.get(said.name, ABSENT))
        named = mapped.pop("custom", {})
        yield from PERSON.records(raw, custom={**custom, **named}, **mapped)
        yield from consents(raw)

    @stream(
        "/api/lists/{joined}/profiles", items="data", params=SUBSCRIPTIONS, each=LISTS,
        fill={"joined": "id"}, every=timedelta(hours=6),
    )  # fmt: skip
    def list_members(self, raw: Raw, joined: Raw) -> Iterator[ListMember]:
        """The people on each list, by their own consent to email."""
        yield ListMember(
            contact=raw["id"], list=joined["id"], title=joined["attributes"]["name"],
            status=status_on(joined["id"], raw),
            subscribed_at=utc(raw["attributes"]["joined_group_at"]),
        )  # fmt: skip

    @stream(
        "/api/segments/{segment}/profiles", items="data", each=SEGMENTS,
        params={"fields[profile]": "joined_group_at"}, fill={"segment": "id"},
        every=timedelta(days=1),
    )  # fmt: skip
    def group_members(self, raw: Raw, segment: Raw) -> Iterator[GroupMember]:
        """The people in each segment of Klaviyo's own."""
        yield GroupMember(
            contact=raw["id"], group=segment["id"], title=segment["attributes"]["name"],
            since=utc(raw["attributes"]["joined_group_at"]),
        )  # fmt: skip
