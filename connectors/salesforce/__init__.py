"""Salesforce: contacts, leads, consents, accounts, opportunities, cases and campaigns of one org.

As a destination: custom fields of contacts, and members of campaigns. The vendor publishes no
machine-readable description: an org describes itself, and what this is proved against is our own
reading of the vendor's pages.

Fact sheet, from https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.html:
- API: REST v67.0 (Summer '26) at the org's My Domain and `/services/data`; the org is asked which
  versions it speaks, and the newest up to that one is taken, unless `version` names one.
- Version: 67.0, for three years or more; v31.0 to v40.0 are the next to end.
- Auth: an External Client App with the client credentials flow, which acts for one user; that user
  needs API access, the right to read what is read, and to write contacts and campaigns.
- Paging: `nextRecordsUrl` of the body, 2000 rows. A whole list of more than 100,000 contacts or
  leads is a job of the Bulk API 2.0, whose results come in pages by the header `Sforce-Locator`.
- Cursor: `SystemModstamp`, which also moves where the system changes a row and `LastModifiedDate`
  stands still; rows of the very instant are asked for again. `queryAll` shows deleted rows, and
  `MasterRecordId` into which other one a deleted contact was merged. Contacts and leads are read
  whole once a day besides: formulas move no date, and what was purged is shown nowhere.
- Limits: requests of the last 24 hours, by edition and licences; when they are spent the next run
  goes on.
- Batch: 200 records in one request, with a verdict on each inside the 200; more as one job of
  10,000 (Bulk API 2.0), asked about later. A lock that another transaction holds passes.
- Consent: `HasOptedOutOfEmail` withdraws email and `EmailBouncedDate` says that an address bounced;
  neither ever grants. With `consents = true` those of Data Protection and Privacy are read
  (`ContactPointTypeConsent`), each for its data use purpose, which counts as a list: OptIn grants,
  OptOut withdraws, Seen and NotSeen say nothing, and a grant with an end permits nothing. Phone
  withdraws text messages and grants none.
- Engagement: none. Marketing Cloud is another product with an API of its own.
- What it cannot do: create fields, which needs another API; tell opens and clicks; tell the
  currency of an amount in an org of several (amounts are taken as the hub's own).
- Proved against: our reading of the vendor's pages.
- Not proved: that a deletion moves `SystemModstamp`; how long a version is supported; that the
  first role of an opportunity is its primary one in orgs that mark none; how a lead that was
  converted keeps its own consents.
- What is never done: see the destination; nobody is created, nobody's opt-out is written.
- Stays outside: accounts of persons, orders, products, tasks, emails, topics, custom objects.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Declared,
    Deleted,
    FieldNames,
    Form,
    NamedField,
    Newest,
    Parents,
    Raw,
    Stream,
    amount_of,
    contact_fields,
    custom_forms,
    named_field,
    readable,
    utc,
)
from connectors.salesforce.account import PAGES, among, select
from connectors.salesforce.destination import FIELDS, NUMBERS, SalesforceDestination
from connectors.salesforce.objects import Objects, changed, queried, soql

__all__ = ["Salesforce"]

BOTH: dict[str, Any] = {
    "id": "Id", "updated_at": "SystemModstamp", "created": "CreatedDate", "email": "Email",
    "phone": ("MobilePhone?", "Phone?"), "first_name": "FirstName?", "last_name": "LastName?",
    "job_role": "Title?", "signup_source": "LeadSource?",
}  # fmt: skip
PLACE = {"country": "Country", "region": "State", "city": "City", "postcode": "PostalCode"}
CONTACT = ContactTable({
    **BOTH, **{ours: f"Mailing{theirs}?" for ours, theirs in PLACE.items()},
    "company": "AccountId?", "birthday": "Birthdate?",
})  # fmt: skip
LEAD = ContactTable({
    **BOTH, **{ours: f"{theirs}?" for ours, theirs in PLACE.items()}, "lifecycle": "Status?",
    "merged_into": "ConvertedContactId?",
})  # fmt: skip
NAMED = (
    "Email", "MobilePhone", "Phone", "FirstName", "LastName", "Title", "LeadSource",
    "HasOptedOutOfEmail", "EmailBouncedDate", "MasterRecordId",
)  # fmt: skip
OF_CONTACT = (
    *NAMED, *(f"Mailing{name}" for name in PLACE.values()), "AccountId", "Birthdate",
)  # fmt: skip
OF_LEAD = (*NAMED, *PLACE.values(), "Status", "ConvertedContactId")
OF_CONSENT = (
    "PartyId", "ContactPointType", "PrivacyConsentStatus", "CaptureDate", "CaptureSource",
    "DoubleConsentCaptureDate", "EffectiveTo", "DataUsePurposeId",
)  # fmt: skip
CONSENT = "ContactPointTypeConsent"
CHANNELS: dict[Any, Any] = {"Email": "email", "Phone": "sms", "MailingAddress": "post"}
GRANTED = {"OptIn": True, "OptOut": False}


def _people_of(ids: Any) -> str:
    """Return the query of the contacts that stand for some individuals."""
    return select(["Id", "IndividualId"], "Contact", f"IndividualId IN {among(ids)}")


INDIVIDUALS = Declared(
    "/{spoken}/query", items="records", id="IndividualId", pages=PAGES, at="Individual"
)
NOTHING: Raw = {}


def _whole(kind: str, fields: Any) -> Newest:
    return Newest(replace(changed(kind, fields), overlap=timedelta(minutes=10)), include="")


class Salesforce(Objects, SalesforceDestination):
    """Contacts, leads, accounts, deals, cases and campaigns of one org; fields and campaigns."""

    kind = "salesforce"
    system = "crm"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the fields that hold them, by their API names:
    { gender = "Gender__c", "custom.size" = "Shoe_Size__c" }."""
    consents: bool = False
    """Whether consents are read that Data Protection and Privacy (Setup) keeps."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    def streams(self) -> Sequence[Stream]:
        """Every stream; consents where the org keeps them."""
        return [each for each in super().streams() if self.consents or each.name != "permissions"]

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Contacts with the fields that `fields` names."""
        if stream == "contacts":
            fields = (*OF_CONTACT, *(named_field(each).name for each in self.fields.values()))
            query = {"q": soql("Contact", fields)}
            declared = replace(declared, params=query, between=_whole("Contact", fields))
        yield declared

    @queried(
        "Contact", OF_CONTACT, between=_whole("Contact", OF_CONTACT),
        beside={"definitions": FIELDS},
    )  # fmt: skip
    def contacts(self, raw: Raw, definitions: Raw) -> Iterator[Deleted | Contact | Consent]:
        """Everybody who is a contact, those who were merged into others too."""

        def value_of(field: NamedField) -> Any:
            definition = definitions.get(field.name)
            return ABSENT if definition is None else _typed(raw.get(field.name), definition)

        yield from _person(raw, CONTACT, contact_fields(self.fields, value_of))

    @queried("Lead", OF_LEAD, between=_whole("Lead", OF_LEAD))
    def leads(self, raw: Raw) -> Iterator[Deleted | Contact | Consent]:
        """Leads, which are the person of the contact that they were converted to."""
        yield from _person(raw, LEAD, {})

    @queried(
        CONSENT, OF_CONSENT, cursor=changed(CONSENT, OF_CONSENT), ordered=True,
        parents=Parents(INDIVIDUALS, "PartyId", "q", _people_of),
    )  # fmt: skip
    def permissions(self, raw: Raw, contact: Raw = NOTHING) -> Iterator[Deleted | Consent]:
        """Consents of the people behind contacts, by channel."""
        granted = GRANTED.get(raw["PrivacyConsentStatus"])
        channel = CHANNELS.get(raw["ContactPointType"])
        # A consent to the phone is one to calls, and not to text messages.
        told = granted is False or (granted is True and channel != "sms")
        if raw["IsDeleted"] or not told or channel is None or "Id" not in contact:
            yield Deleted(noun="Consent", id=raw["Id"])
            return
        double = raw.get("DoubleConsentCaptureDate")
        yield Consent(
            id=raw["Id"], contact=contact["Id"], channel=channel, granted=granted,
            list=raw.get("DataUsePurposeId"),
            permission=False if granted and raw.get("EffectiveTo") else None,
            method="double" if double else None, origin=raw.get("CaptureSource"),
            at=utc(double or raw["CaptureDate"] or raw["CreatedDate"]),
        )  # fmt: skip


def _person(
    raw: Raw, table: ContactTable, named: dict[str, Any]
) -> Iterator[Deleted | Contact | Consent]:
    if raw["IsDeleted"] and not raw.get("MasterRecordId"):
        yield Deleted(noun="Contact", id=raw["Id"])
        return
    if raw["IsDeleted"]:
        yield Contact(id=raw["Id"], merged_into=raw["MasterRecordId"])
        return
    yield from table.records(raw, **named)
    bounced, changed_at = raw.get("EmailBouncedDate"), raw["SystemModstamp"]
    if bounced or raw.get("HasOptedOutOfEmail"):
        yield Consent(
            contact=raw["Id"], channel="email", granted=False,
            reason="bounce" if bounced else "asked", at=utc(bounced or changed_at),
        )  # fmt: skip


def _typed(value: Any, definition: Raw) -> Any:
    """Return a value as the type of its field means it; several choices are a tuple."""
    kind = definition["type"]
    if value in (None, ""):
        return None
    if kind in NUMBERS:
        return amount_of(value)
    if kind == "boolean":
        return value in (True, "true")
    if kind == "multipicklist":
        return tuple(str(value).split(";"))
    return utc(value[: len("YYYY-MM-DD")]).date() if kind in ("date", "datetime") else value
