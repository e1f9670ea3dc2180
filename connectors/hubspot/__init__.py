"""HubSpot: contacts, consents, lists, companies, deals and tickets of one account.

As a destination: properties of its contacts, and its static lists.

Fact sheet, from https://developers.hubspot.com/docs/api-reference/overview:
- API: version 2026-09 at `https://api.hubapi.com`, in the path.
- Version: 2026-09, until March 2028 (a version is supported for 18 months); all of v1 to v4 end
  with September 2027 and are not used.
- Auth: the token of a service key (Settings, Integrations, Service keys), or of a private app made
  before August 2026, with the scopes crm.objects.contacts.read, crm.objects.companies.read,
  crm.objects.deals.read, crm.objects.owners.read, tickets, crm.lists.read,
  crm.schemas.contacts.read, crm.schemas.deals.read, communication_preferences.read and
  communication_preferences.statuses.batch.read; to write, crm.objects.contacts.write and
  crm.lists.write; with `create_properties = true` crm.schemas.contacts.write.
- Paging: a search shows 200 rows a page and ends with the 10,000th, and more than that may have
  changed in one second: the vendor's own jobs do it. So each page is a search of its own, in the
  order of the ids, for what comes after the last one. Other lists by `paging.next.after`.
- Cursor: `lastmodifieddate` of a contact, `hs_lastmodifieddate` of anything else. Once a day all
  are read, which also shows what was archived, erased or merged. The index of the search lags:
  half an hour is read again.
- Limits: 100 requests in ten seconds, the least of all plans; five searches a second; a day's
  requests by plan, and a spent day is told.
- Batch: 100 contacts in an update; a list takes and gives up 10,000 in one request. Both are done
  when they are answered; 207 tells who was refused. This version holds every write against the
  account's own rules for a property: what they refuse is told for the person.
- Consent: the status of each subscription type, 100 people a request: SUBSCRIBED grants it, and
  permits nothing where its legal basis is a contract or a legitimate interest; UNSUBSCRIBED
  withdraws it, NOT_SPECIFIED says nothing. Who opted out of all email, bounced hard, or whose
  address is invalid or quarantined is written to nowhere.
- Engagement: the last delivery, open and click of marketing email. They drive `inactive` by
  `no_open_for`, `opened_recently` and `clicked_recently` by time; not what counts emails. HubSpot
  tells no more per person than properties of the contact, unless the plan is Enterprise.
- What it cannot do: tell events of single emails, rates, links, and when an address bounced; tell
  an unsubscribe of all email from a single one by its date.
- Proved against: the vendor's description.
- Not proved: that every change of a consent or of the last open moves `lastmodifieddate` (the daily
  read sees those that do not); that SUBSCRIBED waits for the second step of a double opt-in; that
  options of `dealstage` and `hs_pipeline_stage` name the stages of every pipeline; how many ids a
  list takes at once beyond 10,000; which words `hs_email_hard_bounce_reason_enum` holds.
- What is never done: see the destination; nobody is created, subscribed or resubscribed, and nobody
  is made a marketing contact.
- Stays outside: orders, carts, forms, visits, events of Enterprise plans, texts of emails.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.hubspot.destination import (
    EVERY_LIST,
    FIELDS,
    MEMBERS,
    VERSION,
    HubSpotDestination,
    search,
)
from connectors.hubspot.objects import NO, NOTHING, Objects, searched
from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Declared,
    EmailList,
    FieldNames,
    Form,
    GroupMember,
    ListMember,
    MessageEvent,
    NamedField,
    Parents,
    Raw,
    amount_of,
    contact_fields,
    custom_forms,
    named_field,
    readable,
    stream,
    utc,
)

__all__ = ["HubSpot"]

NAMES = {
    "updated_at": "lastmodifieddate", "created": "createdate", "email": "email", "phone": "phone",
    "first_name": "firstname", "last_name": "lastname", "language": "hs_language",
    "country": "country", "region": "state", "city": "city", "postcode": "zip",
    "job_role": "jobtitle", "lifecycle": "lifecyclestage", "company": "associatedcompanyid",
}  # fmt: skip
ENGAGED: dict[Any, str] = {
    "delivered": "hs_email_last_send_date", "opened": "hs_email_last_open_date",
    "clicked": "hs_email_last_click_date",
}  # fmt: skip
BOUNCED = ("hs_email_hard_bounce_reason_enum", "hs_email_bad_address", "hs_email_quarantined")
OPTED_OUT, MERGED, FURTHER = "hs_email_optout", "hs_merged_object_ids", "hs_additional_emails"
READ = (*NAMES.values(), *ENGAGED.values(), *BOUNCED, OPTED_OUT, MERGED, FURTHER)
STATUSES = {"SUBSCRIBED": "subscribed", "UNSUBSCRIBED": "unsubscribed"}
NO_CONSENT = ("LEGITIMATE_INTEREST", "PERFORMANCE_OF_CONTRACT")
"""Beginnings of legal bases for which nobody was asked."""
PERSON = ContactTable({ours: f"properties.{theirs}" for ours, theirs in NAMES.items()})
PREFERENCES = Parents(
    Declared(
        f"/communication-preferences/{VERSION}/statuses/batch/read?channel=EMAIL",
        items="results", id="subscriberIdString", body={},
    ),
    named="properties.email", include="inputs", written=list,
)  # fmt: skip


class HubSpot(EmailList, HubSpotDestination, Objects):
    """Contacts, companies, deals and tickets of one HubSpot account; properties and lists."""

    kind = "hubspot"
    system = "crm"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the properties that hold them, by their internal names:
    { birthday = "date_of_birth", "custom.size" = "shoe_size" }."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a property's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Contacts with the properties that `fields` names."""
        if stream == "contacts":
            named = [named_field(each).name for each in self.fields.values()]
            body = search([*dict.fromkeys((*READ, *named))])
            declared = replace(declared, body=body)
        yield declared

    @searched(
        "contacts",
        READ,
        changed="lastmodifieddate",
        parents=PREFERENCES,
        beside={"definitions": FIELDS},
    )
    def contacts(
        self, raw: Raw, preferences: Raw = NOTHING, *, definitions: Raw
    ) -> Iterator[Contact | Consent | ListMember | MessageEvent]:
        """Everybody, with what they allow, and when they last had, opened and clicked an email."""
        own = raw["properties"]
        emails = tuple(filter(None, (own.get(FURTHER) or "").split(";")))
        yield from PERSON.records(raw, emails=emails, **self._stated(own, definitions))
        for old in filter(None, (own.get(MERGED) or "").split(";")):
            yield Contact(id=old, merged_into=raw["id"])
        statuses = preferences.get("statuses") or ()
        for each in statuses:
            yield from self._on_list(raw["id"], each)
        if refused := _refused(own):
            yield Consent(
                contact=raw["id"], channel="email", granted=False, reason=refused,
                at=utc(own["lastmodifieddate"]),
            )  # fmt: skip
        for kind, name in ENGAGED.items():
            if own.get(name):
                yield MessageEvent(
                    id=f"{kind}:{raw['id']}", message="marketing", contact=raw["id"], kind=kind,
                    at=utc(own[name]),
                )  # fmt: skip

    @stream(
        MEMBERS.path, items=MEMBERS.items, id=MEMBERS.id, pages=MEMBERS.pages, each=EVERY_LIST,
        fill=MEMBERS.fill, every=timedelta(hours=6),
    )  # fmt: skip
    def group_members(self, raw: Raw, joined: Raw) -> Iterator[GroupMember]:
        """The people on each list, in whatever way they came there."""
        yield GroupMember(
            contact=raw["recordId"], group=joined["listId"], title=joined["name"],
            since=utc(raw["membershipTimestamp"]),
        )  # fmt: skip

    def _on_list(self, contact: str, row: Raw) -> Iterator[Consent | ListMember]:
        """Return the records of one contact for one subscription type."""
        here, status = str(row["subscriptionId"]), STATUSES.get(row["status"], "none")
        at, basis = utc(row["timestamp"]), str(row.get("legalBasis"))
        yield from self.stated(
            status, contact, here, granted=at, left=at, changed=at, origin=row.get("source"),
            permission=False if basis.startswith(NO_CONSENT) else None,
        )  # fmt: skip
        yield ListMember(
            contact=contact, list=here, title=row.get("subscriptionName"), status=status,
            subscribed_at=at if status == "subscribed" else None,
            unsubscribed_at=at if status == "unsubscribed" else None, updated_at=at,
        )  # fmt: skip

    def _stated(self, own: Raw, definitions: Raw) -> dict[str, Any]:
        """Return properties as fields of a contact, None for one that has no value."""

        def value_of(field: NamedField) -> Any:
            definition = definitions.get(field.name)
            return ABSENT if definition is None else _typed(own.get(field.name), definition)

        return contact_fields(self.fields, value_of)


def _typed(value: Any, definition: Raw) -> Any:
    """Return a value as the type of its property means it; several choices are a tuple."""
    match definition["type"], definition.get("fieldType"):
        case _ if value in (None, ""):
            return None
        case "number", _:
            return amount_of(value)
        case "bool", _:
            return value not in NO
        case "date", _:
            return date.fromisoformat(value)
        case "datetime", _:
            return utc(value).date()
        case "enumeration", "checkbox":
            return tuple(value.split(";"))
    return value


def _refused(own: Raw) -> Any:
    """Return why an address is written to nowhere, "" where it may be."""
    if any(own.get(name) not in NO for name in BOUNCED):
        return "bounce"
    return "asked" if own.get(OPTED_OUT) not in NO else ""
