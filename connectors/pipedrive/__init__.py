"""Pipedrive: persons, organizations and deals of one company, and labels and fields to them.

Fact sheet, from https://developers.pipedrive.com/docs/api/v1 and
https://pipedrive.readme.io/docs/pipedrive-api-v2:
- API: version 2 at the company's address and `/api/v2`.
- Version: 2; no end is announced. Version 1 of these lists is out of support since 2026-08-01.
- Auth: the header `x-api-token`, the token of a user, who sees and may do with it what they may
  there: take one who sees everybody.
- Paging: `cursor` with `additional_data.next_cursor`, 500 rows, in the order of their ids.
- Cursor: every list is read whole once per day, which also shows who was deleted or merged, and in
  between what `updated_since` shows, its own instant too. Archived deals are a list of their own,
  which is read right after the others: a deal that was archived is in it alone.
- Limits: 20 requests in two seconds, as of the smallest plan, and a budget of tokens a day, of
  which a page costs 10 and a change 5; a day that is spent is told.
- Batch: none. All labels and fields of a person are written by one request. Labels are replaced as
  a whole, so those of 100 persons are read before, in one request.
- Consent: where `marketing` is true (the Campaigns product): subscribed grants email since the
  person's last change, unsubscribed withdraws it; no_consent, archived and any other word say
  nothing. Labels permit nothing.
- What it cannot do: tell when somebody consented, who was merged into whom, who works on a deal
  by name, and support cases.
- Proved against: the vendor's description.
- Not proved: that the labels of persons are the options of the field `label_ids`; that the
  header `x-daily-ratelimit-token-remaining` is 0 on a day that is spent; that a name of a company's
  field is unique.
- What is never done: `POST /persons`, which creates people, `marketing_status`, which subscribes
  and may be changed only once, and `emails` in a `PATCH`, which replaces them.
- Stays outside: leads, activities, notes, products of deals, files, mail, webhooks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
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
    FieldNames,
    Form,
    GroupMember,
    NamedField,
    Newest,
    Raw,
    RestSource,
    contact_fields,
    custom_forms,
    dig,
    readable,
    stream,
    utc,
)
from connectors.pipedrive.destination import FIELDS, PERSONS, PipedriveDestination

__all__ = ["Pipedrive"]

CHANGED = Cursor("update_time", since="updated_since")
LABELLED = {"include_option_labels": "true"}
PERSON = ContactTable(
    {"updated_at": "update_time", "created": "add_time", "company": "org_id?",
     "job_role": "job_title?", "birthday": "birthday?", "first_name": "first_name?",
     "last_name": "last_name?"},
    alike=("id",),
)  # fmt: skip
PLACE = {
    "country": "country", "region": "admin_area_level_1", "city": "locality",
    "postcode": "postal_code",
}  # fmt: skip
GRANTED = {"subscribed": True, "unsubscribed": False}
ENDED = {"won": "won_time", "lost": "lost_time"}
OfCompany = Literal["number", "industry", "size", "employees", "revenue", "founded"]


class Pipedrive(RestSource, PipedriveDestination):
    """Persons, organizations and deals of one company; labels and fields of persons."""

    kind = "pipedrive"
    system = "crm"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the fields of persons that hold them, by name or code:
    { gender = "Gender", "custom.size" = "Shoe size" }."""
    company_fields: Mapping[OfCompany, str] = Field(default_factory=dict)
    """Fields of a company (number, industry, size, employees, revenue, founded) and the fields of
    organizations that hold them, by name or code: { industry = "Industry" }."""
    marketing: bool = False
    """Whether the company has the Campaigns product, so that persons tell what they allow."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Persons with what they allow, where they tell it; deals and those that are archived."""
        if stream == "persons" and self.marketing:
            params = {**declared.params, "include_fields": "marketing_status"}
            declared = replace(declared, params=params)
        yield declared
        if stream == "deals":
            yield replace(declared, path="/deals/archived")

    @stream(
        "/organizations", items="data", params=LABELLED, between=Newest(CHANGED, include=""),
        beside={"definitions": Declared("/organizationFields", items="data", id="field_code")},
    )  # fmt: skip
    def organizations(self, raw: Raw, definitions: Raw) -> Iterator[Company]:
        """The organizations that persons belong to."""
        codes, place = _codes(definitions), raw.get("address") or {}
        own = raw.get("custom_fields") or {}
        stated: dict[str, Any] = {
            ours: _typed(own.get(codes.get(name.casefold(), name)))
            for ours, name in self.company_fields.items()
        }
        where = {ours: place.get(theirs) or None for ours, theirs in PLACE.items()}
        yield Company(
            id=raw["id"], name=raw.get("name"), updated_at=utc(raw["update_time"]), **where,
            **stated,
        )  # fmt: skip

    @stream(
        PERSONS.path, items=PERSONS.items, params=LABELLED, between=Newest(CHANGED, include=""),
        beside={"definitions": FIELDS},
    )  # fmt: skip
    def persons(self, raw: Raw, definitions: Raw) -> Iterator[Contact | Consent | GroupMember]:
        """Everybody, with their labels, and what they allow where it is told."""
        (email, emails), (phone, phones) = (_values(raw, name) for name in ("emails", "phones"))
        place = raw.get("postal_address") or {}
        where = {ours: place.get(theirs) or None for ours, theirs in PLACE.items()}
        named = contact_fields(self.fields, _Fields(raw, definitions))
        told = {"email": email, "emails": emails, "phone": phone, "phones": phones, **where}
        yield from PERSON.records(raw, **{**told, **named})
        granted = GRANTED.get(raw.get("marketing_status", ""))
        if granted is not None:
            at = utc(raw["update_time"])
            yield Consent(contact=raw["id"], channel="email", granted=granted, at=at)
        options = dig(definitions, "label_ids.options") or ()
        titles = {each["id"]: each["label"] for each in options}
        for label in raw.get("label_ids") or ():
            yield GroupMember(contact=raw["id"], group=label, title=titles.get(label))

    @stream(
        "/deals", items="data", between=Newest(CHANGED, include=""),
        beside={"stage": Declared("/stages", items="data", by="stage_id")},
    )  # fmt: skip
    def deals(self, raw: Raw, stage: Raw) -> Iterator[Deal]:
        """Deals in all pipelines, won, lost and open, and those that were archived."""
        status = raw["status"]
        closed = raw.get(ENDED.get(status, "close_time")) or raw.get("close_time")
        expected = raw.get("expected_close_date")
        yield Deal(
            id=raw["id"], contact=raw.get("person_id"), company=raw.get("org_id"),
            at=utc(raw["add_time"]), updated_at=utc(raw["update_time"]), status=status,
            stage=stage.get("name"), closed_at=utc(closed) if status in ENDED else None,
            expected_at=None if status in ENDED else utc(expected), amount=raw.get("value"),
            currency=raw.get("currency"),
        )  # fmt: skip


class _Fields:
    """The fields of one person by their names or codes, as their types mean them."""

    def __init__(self, raw: Raw, definitions: Raw) -> None:
        self._values = {**raw, **(raw.get("custom_fields") or {})}
        self._codes = _codes(definitions)

    def __call__(self, field: NamedField) -> Any:
        code = self._codes.get(field.name.casefold(), field.name)
        return _typed(self._values[code]) if code in self._values else ABSENT


def _codes(definitions: Raw) -> dict[str, str]:
    return {each["field_name"].casefold(): code for code, each in definitions.items()}


def _typed(value: Any) -> Any:
    """Return a value without what stands around it: an option's label, an amount's number."""
    if isinstance(value, Mapping):
        return value.get("label", value.get("value"))
    return tuple(map(_typed, value)) if isinstance(value, list) else value


def _values(raw: Raw, name: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the main address or number of a person, and the others."""
    rows: Sequence[Raw] = raw.get(name) or ()
    said = [each["value"] for each in sorted(rows, key=lambda row: not row.get("primary"))]
    said = [each for each in said if each]
    return (said[0] if said else None), tuple(said[1:])
