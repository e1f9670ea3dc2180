"""SuperOffice: persons, consents, companies, sales and selections of one tenant.

As a destination: members of static selections, and text fields of persons.

Fact sheet, from https://docs.superoffice.com/en/api/reference/restful/rest/index.html and the pages
of its archive providers (https://github.com/SuperOfficeDocs/docs):
- API: REST WebAPI v1, at the address that `https://online.superoffice.com/api/state/{tenant}` tells
  at the beginning of each run: tenants are moved, and a wrong address answers 421.
- Version: v1; no end is announced.
- Auth: OAuth 2.0 with a sign-in (`segmenthub connect`), by an app that SuperOffice has registered
  and approved for the tenant; the refresh token stays good. Reads and writes are those of the user.
- Paging: `$top` and the rows after the last id, 500 a page; no maximum is published.
- Cursor: `personUpdatedDate` and `updatedDate`, by `afterTime`, whose zone is not told: a day is
  read again. Once a day all are read, which also shows who was deleted or merged.
- Limits: none is published; four requests a second at most.
- Batch: 500 members of a selection in one request, after a look-up of their companies, 100 persons
  a request, which also shows who is not there: the answer itself (204) tells nothing. A field is
  written by one request for each person.
- Consent: the purpose E-marketing: given, it grants email, from the day on which the person was
  registered, as archives tell no other; withdrawn, it withdraws it, as does No Mailings; an address
  that bounced is written to nowhere. The purpose Sales and service is no consent to email.
- Engagement: none. Opens and clicks of mailings are in archives of shipments, not by person.
- What it cannot do: write other fields than texts; create selections; tell who was merged into
  whom; tell when a consent was given.
- Proved against: the vendor's description.
- Not proved: which zone `afterTime` means; that every change of a consent moves the date of the
  person (the daily read sees those that do not); that texts of lists are `open`, `sold` and `lost`
  for the status of a sale; `PATCH` of a person, which the vendor's pages show and its description
  leaves out; how many members a selection takes at once.
- What is never done: see the destination; nobody is created and no consent is set.
- Stays outside: requests, projects, follow-ups, documents, webhooks, interests, subscriptions.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from connectors.kit import (
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
    RawPage,
    Record,
    RestSource,
    Stream,
    Window,
    contact_fields,
    custom_forms,
    iso_without_zone,
    named_field,
    readable,
    stream,
    utc,
)
from connectors.superoffice.account import AfterPages
from connectors.superoffice.destination import (
    MEMBER,
    MEMBERS,
    PERSONS,
    SELECTIONS,
    SuperOfficeDestination,
)

__all__ = ["SuperOffice"]

M = TypeVar("M", bound=Callable[..., Iterable[Record]])
PERSON = {
    "id": "personId", "updated_at": "personUpdatedDate", "created": "personRegisteredDate",
    "email": "email/emailAddress", "first_name": "firstName", "last_name": "lastName",
    "job_role": "title", "city": "personAddress/city", "postcode": "personAddress/zip",
    "region": "personAddress/state",
}  # fmt: skip
PHONES = ("personMobilePhone/formattedNumber", "personDirectPhone/formattedNumber")
COMPANY_OF, COUNTRY = "contactId", "personCountry"
GRANTED, WITHDRAWN, NO_MAIL = "hasEmarketingConsent", "withdrawnEmarketingConsent", "personNoMail"
ORIGIN, BOUNCED, BOUNCE = (
    "consentSourceEmarketing",
    "email/emailHasBounced",
    "email/emailLastBounce",
)
TABLE = ContactTable({
    ours: theirs if ours == "id" else f"{theirs}?" for ours, theirs in PERSON.items()
})  # fmt: skip
OF_PERSON = (
    *PERSON.values(), *PHONES, COMPANY_OF, COUNTRY, GRANTED, WITHDRAWN, NO_MAIL, ORIGIN, BOUNCED,
    BOUNCE,
)  # fmt: skip
COMPANY = {
    "name": "name", "number": "orgnr", "employees": "numEmployees", "founded": "yearFounded",
    "revenue": "revenueBasecurrency", "city": "streetAddress/city",
    "postcode": "streetAddress/zip", "region": "streetAddress/state",
}  # fmt: skip
SALE = (
    "saleId", "person/personId", "contactId", "registeredDate", "date", "updatedDate", "amount",
    "currency", "saleStatus", "stage", "associate/fullName",
)  # fmt: skip
STATUSES = {"sold": "won", "lost": "lost", "open": "open", "stalled": "open"}
NO = (None, "", False, "false", "False", "0")


def _archive(path: str, key: str, changed: str, columns: Iterable[str]) -> Callable[[M], M]:
    """Declare an archive that is read whole once a day, and by its changes in between."""

    def ask(window: Window) -> dict[str, str]:
        since = iso_without_zone(window.since) if window.since else ""
        return {"$filter": f"{changed} afterTime '{since}'"}

    # The zone of the instant that is asked for is not told.
    recent = Cursor(changed, ask=ask, exclusive=True, overlap=timedelta(days=1))
    return stream(
        path, items="value", id=key, pages=AfterPages(key), between=Newest(recent, include=""),
        params={"$select": ",".join(columns), "$orderBy": key, "$output": "Logical"},
    )  # fmt: skip


class SuperOffice(SuperOfficeDestination, RestSource):
    """Persons, companies, sales and selections of one tenant; selections and texts for them."""

    kind = "superoffice"
    system = "crm"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the columns of the archive SimplePerson that hold them: { birthday =
    "birthdate", "custom.size" = { name = "personUdef/SuperOffice:3", number = true } }."""
    selections: tuple[str, ...] = ()
    """Selections of contacts whose members are read as groups, by their names."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names."""
        return custom_forms(self.fields, "text")

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Persons with the columns that `fields` names."""
        if stream == "persons":
            named = [named_field(each).name for each in self.fields.values()]
            selected = ",".join(dict.fromkeys((*OF_PERSON, *named)))
            declared = replace(declared, params={**declared.params, "$select": selected})
        yield declared

    def streams(self) -> Sequence[Stream]:
        """Every stream; members where the config names a selection."""
        return [each for each in super().streams() if self.selections or each.name != "members"]

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """Yield the pages of a list, narrowed by its window and by the ids at once."""
        cursor, pages = declared.cursor, declared.pages
        if cursor and window and isinstance(pages, AfterPages):
            where = cursor.bounds(window)["$filter"]
            declared = replace(declared, cursor=None, pages=replace(pages, where=where))
        for page in super().walk(declared, window, fill, position):
            named = [row for row in page.items if row.get("name") in self.selections]
            yield replace(page, items=named) if declared.at else page

    @_archive(PERSONS, "personId", "personUpdatedDate", OF_PERSON)
    def persons(self, raw: Raw) -> Iterator[Contact | Consent]:
        """Everybody, with their consent to e-marketing."""

        def value_of(field: NamedField) -> Any:
            value = raw.get(field.name)
            return _plain(value) if isinstance(value, str) else value

        phones = tuple(filter(None, map(raw.get, PHONES)))
        yield from TABLE.records(
            raw, phones=phones, company=raw.get(COMPANY_OF) or None,
            country=_plain(raw.get(COUNTRY)), **contact_fields(self.fields, value_of),
        )  # fmt: skip
        yield from _consents(raw)

    @_archive("/v1/Archive/Contact", "contactId", "updatedDate",
              ("contactId", "updatedDate", "business", "country", *COMPANY.values()))  # fmt: skip
    def companies(self, raw: Raw) -> Iterator[Company]:
        """The companies that persons work for."""
        stated = {ours: raw.get(theirs) or None for ours, theirs in COMPANY.items()}
        yield Company(
            id=raw["contactId"], updated_at=utc(raw["updatedDate"]),
            industry=_plain(raw.get("business")), country=_plain(raw.get("country")), **stated,
        )  # fmt: skip

    @_archive("/v1/Archive/Sale", "saleId", "updatedDate", SALE)
    def sales(self, raw: Raw) -> Iterator[Deal]:
        """Sales, won, lost and open."""
        said = str(_plain(raw.get("saleStatus")) or "").casefold()
        is_open, at = STATUSES.get(said) == "open", utc(raw.get("date"))
        yield Deal(
            id=raw["saleId"], contact=raw.get("person/personId") or None,
            company=raw.get("contactId") or None, at=utc(raw["registeredDate"]),
            updated_at=utc(raw["updatedDate"]), status=STATUSES.get(said, said) or None,
            stage=_plain(raw.get("stage")), owner=raw.get("associate/fullName"),
            closed_at=None if is_open else at, expected_at=at if is_open else None,
            amount=raw.get("amount"), currency=_plain(raw.get("currency")),
        )  # fmt: skip

    @stream(
        MEMBERS.path, items=MEMBERS.items, id=MEMBER, params=MEMBERS.params, fill=MEMBERS.fill,
        each=replace(SELECTIONS, at="selections"), every=timedelta(hours=6),
    )  # fmt: skip
    def members(self, raw: Raw, selection: Raw) -> Iterator[GroupMember]:
        """The persons in the selections that the config names."""
        if raw[MEMBER] not in (*NO, 0):
            group, title = selection["selectionId"], selection["name"]
            yield GroupMember(contact=raw[MEMBER], group=group, title=title)


def _consents(raw: Raw) -> Iterator[Consent]:
    """Yield what a person states of email: the gravest first, and one alone."""
    stated: dict[str, Any] = {"contact": raw["personId"], "channel": "email", "granted": False}
    changed = utc(raw["personUpdatedDate"])
    if raw.get(BOUNCED) not in NO:
        yield Consent(**stated, reason="bounce", at=utc(raw.get(BOUNCE)) or changed)
    elif raw.get(WITHDRAWN) not in NO or raw.get(NO_MAIL) not in NO:
        yield Consent(**stated, at=changed)
    elif raw.get(GRANTED) not in NO:
        origin, at = _plain(raw.get(ORIGIN)), utc(raw["personRegisteredDate"])
        yield Consent(**stated | {"granted": True}, origin=origin, at=at)


def _plain(text: Any) -> Any:
    """Return a text of several languages (`NO:"Salg";US:"Sale"`) in English, else the first."""
    told = dict(re.findall(r'(\w\w):"([^"]*)"', text)) if isinstance(text, str) else {}
    return told.get("US") or told.get("EN") or next(iter(told.values()), text or None)
