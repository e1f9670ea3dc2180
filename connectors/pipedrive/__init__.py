"""Pipedrive: persons, organizations and deals of one account, and labels and fields to them.

Fact sheet, from https://developers.pipedrive.com/docs/api/v1/Persons (both versions' reference):
- API: version 2 at `https://api.pipedrive.com/api/v2`.
- Version: 2; no end is announced. What version 1 has of these objects ended on 2026-08-01.
- Auth: the header `x-api-token`, the token of a user, who sees and changes with it what they may.
- Paging: an opaque `cursor`, 500 rows, in the order of the ids.
- Cursor: `updated_since`, which includes its instant. Nothing tells what was deleted or merged:
  persons, organizations and deals are read whole once per day besides. Archived deals are a list of
  their own, which is read with the others: a deal that is archived leaves the first list.
- Limits: 20 requests in two seconds, the least of all plans, and tokens of a day by plan and seats
  (a page of a list takes 10, a page of archived deals 20, writing to a person 5); a spent day is
  told, by `x-daily-ratelimit-token-remaining`.
- Batch: none; a person is written by one call, with all that changes of them. Labels are sent
  whole, so those of 100 persons are read before, in one request.
- Consent: with `campaigns = true` the marketing status, as the list `marketing` in rules and
  bindings, since the person's last change: subscribed grants email, unsubscribed withdraws it, from
  every list where `unsubscribed_means` says so; no_consent, archived and any other word nothing.
- Engagement: none. Campaigns tells nothing of single emails by the API.
- What it cannot do: tell into whom a person was merged, since when somebody has a label, and when
  a marketing status changed.
- Proved against: the vendor's description.
- Not proved: that `label_ids` is the code of the field whose options are the labels of persons;
  that a double opt-in that is pending is not `subscribed`; that an option that was deleted vanishes
  from persons; that asking for several `ids` shows whom `updated_since` shows.
- What is never done: see the destination; nobody is created, merged or subscribed.
- Stays outside: leads, activities, notes, mails, products, projects, owners of deals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Company,
    Consent,
    Contact,
    ContactTable,
    Cursor,
    Deal,
    Declared,
    EmailList,
    FieldNames,
    Form,
    GroupMember,
    ListMember,
    NamedField,
    Newest,
    Raw,
    RestSource,
    amount_of,
    contact_fields,
    custom_forms,
    readable,
    stream,
    utc,
)
from connectors.pipedrive.destination import (
    CHOICES,
    FIELDS,
    LABELS,
    MARKETING,
    NUMBERS,
    PERSONS,
    PipedriveDestination,
    labels_of,
)

__all__ = ["Pipedrive"]

CHANGED = Cursor("update_time", since="updated_since", overlap=timedelta(minutes=10))
BETWEEN = Newest(CHANGED, include="")
PLACE = {"country": "country", "region": "admin_area_level_1", "city": "locality",
         "postcode": "postal_code"}  # fmt: skip
PERSON = ContactTable({
    "updated_at": "update_time", "created": "add_time", "first_name": "first_name?",
    "last_name": "last_name?", "company": "org_id?", "job_role": "job_title?",
    **{ours: f"postal_address.{theirs}" for ours, theirs in PLACE.items()},
}, alike=("id",))  # fmt: skip
STATUS = {"subscribed": "subscribed", "unsubscribed": "unsubscribed", "archived": "archived"}
ORGANIZATION_FIELDS = Declared("/organizationFields", items="data", id="field_code")
STAGE = Declared("/stages", items="data", by="stage_id")
Attribute = Literal["number", "industry", "size", "employees", "revenue", "founded"]


class Pipedrive(EmailList, RestSource, PipedriveDestination):
    """Persons, organizations and deals of one Pipedrive account; labels and fields for persons."""

    kind = "pipedrive"
    system = "crm"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the custom fields of persons that hold them, by name or code:
    { birthday = "Born", "custom.size" = "Shoe size" }."""
    company_fields: dict[Attribute, str] = Field(default_factory=dict)
    """Attributes of a company and the fields of organizations that hold them, by name or code:
    { industry = "Branch", employees = "Staff" }."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Persons with their marketing status, where there is one; deals, then archived ones."""
        if stream == "persons" and self.campaigns:
            declared = replace(declared, params={"include_fields": "marketing_status"})
        yield declared
        if stream == "deals":
            yield replace(declared, path="/deals/archived")

    @stream(
        PERSONS.path, items=PERSONS.items, between=BETWEEN,
        beside={"definitions": FIELDS, "labels": LABELS},
    )  # fmt: skip
    def persons(
        self, raw: Raw, definitions: Raw, labels: Raw
    ) -> Iterator[Contact | Consent | ListMember | GroupMember]:
        """Everybody, with what they allow and their labels."""
        id_, changed = raw["id"], utc(raw["update_time"])
        known = _by_name(definitions)

        def value_of(field: NamedField) -> Any:
            definition = known.get(field.name.casefold())
            return ABSENT if definition is None else _typed(raw, definition)

        (email, *emails), (phone, *phones) = (_values(raw, name) for name in ("emails", "phones"))
        yield from PERSON.records(
            raw, email=email, emails=tuple(emails), phone=phone, phones=tuple(phones),
            **contact_fields(self.fields, value_of),
        )  # fmt: skip
        if self.campaigns:
            status: Any = STATUS.get(raw["marketing_status"], "none")
            yield from self.stated(
                status, id_, MARKETING, granted=changed, left=changed, changed=changed
            )
            yield ListMember(
                contact=id_, list=MARKETING, title="Campaigns", status=status, updated_at=changed
            )
        for label in raw.get("label_ids") or ():
            title = labels.get(str(label), {}).get("label")
            yield GroupMember(contact=id_, group=label, title=title)

    @stream(
        "/organizations", items="data", between=BETWEEN,
        beside={"definitions": ORGANIZATION_FIELDS},
    )  # fmt: skip
    def organizations(self, raw: Raw, definitions: Raw) -> Iterator[Company]:
        """The companies that persons work for."""
        known, address = _by_name(definitions), raw.get("address") or {}
        named = {ours: known.get(theirs.casefold()) for ours, theirs in self.company_fields.items()}
        stated: dict[str, Any] = {
            ours: _typed(raw, definition) for ours, definition in named.items() if definition
        }
        place = {ours: address.get(theirs) for ours, theirs in PLACE.items()}
        yield Company(
            id=raw["id"], name=raw["name"], updated_at=utc(raw["update_time"]), **place, **stated
        )

    @stream("/deals", items="data", between=BETWEEN, beside={"stage": STAGE})
    def deals(self, raw: Raw, stage: Raw) -> Iterator[Deal]:
        """Deals in all pipelines, won, lost and open, archived ones too."""
        yield Deal(
            id=raw["id"], contact=raw.get("person_id"), company=raw.get("org_id"),
            at=utc(raw["add_time"]), updated_at=utc(raw["update_time"]),
            closed_at=utc(raw.get("won_time") or raw.get("lost_time") or raw.get("close_time")),
            expected_at=raw.get("expected_close_date") if raw["status"] == "open" else None,
            stage=stage.get("name"), status=raw["status"],
            amount=amount_of(raw.get("value")), currency=raw.get("currency"),
        )  # fmt: skip


def _by_name(definitions: Raw) -> Mapping[str, Raw]:
    """Return definitions of fields by their codes and names; a code wins."""
    named = {str(each["field_name"]).casefold(): each for each in definitions.values()}
    return named | {str(code).casefold(): each for code, each in definitions.items()}


def _values(raw: Raw, name: str) -> list[str | None]:
    """Return addresses or phones, the primary one first; a lone None where there is none."""
    found = sorted(raw.get(name) or (), key=lambda each: not each.get("primary"))
    return [each["value"] for each in found if each.get("value")] or [None]


def _typed(raw: Raw, definition: Raw) -> Any:
    """Return a value as the type of its field means it; several choices are a tuple."""
    code, kind = definition["field_code"], definition["field_type"]
    value = (raw.get("custom_fields") or {}).get(code, raw.get(code))
    if isinstance(value, Mapping):
        value = value.get("value")
    if value in (None, ""):
        return None
    if kind in CHOICES:
        chosen = labels_of(value, definition)
        return chosen if kind == "set" else next(iter(chosen), None)
    if kind in NUMBERS or kind == "monetary":
        return amount_of(value)
    return date.fromisoformat(value) if kind == "date" else value
