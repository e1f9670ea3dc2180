"""Objects of the CRM: how a kind is searched, and companies, deals and tickets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from connectors.hubspot.destination import BY_ID, OBJECTS, PAGES, VERSION, search
from connectors.kit import (
    Company,
    Cursor,
    Deal,
    Declared,
    Newest,
    Parents,
    Raw,
    Record,
    RestSource,
    Support,
    stream,
    utc,
)

M = TypeVar("M", bound=Callable[..., Iterable[Record]])
NO = (None, "", "false")
"""Values of a yes or no that is none."""
NOTHING: Raw = MappingProxyType({})
COMPANY = {
    "name": "name", "industry": "industry", "employees": "numberofemployees",
    "revenue": "annualrevenue", "founded": "founded_year", "country": "country",
    "region": "state", "city": "city", "postcode": "zip",
}  # fmt: skip
DEAL = (
    "createdate", "closedate", "dealstage", "amount", "deal_currency_code", "hs_is_closed",
    "hs_is_closed_won", "hubspot_owner_id", "hs_primary_associated_company",
)  # fmt: skip
TICKET = ("createdate", "hs_pipeline_stage", "hs_ticket_category")
CHANGED = "hs_lastmodifieddate"


def searched(
    kind: str, properties: Sequence[str], changed: str = CHANGED, **more: Any
) -> Callable[[M], M]:
    """Declare a list of objects that is read whole once a day, and by its changes in between."""
    bound = "filterGroups.0.filters.1"

    def since(window: Any) -> dict[str, str]:
        value = str(int(window.since.timestamp() * 1000))
        return {f"{bound}.propertyName": changed, f"{bound}.operator": "GTE",
                f"{bound}.value": value}  # fmt: skip

    recent = Cursor(f"properties.{changed}", ask=since, overlap=timedelta(minutes=30))
    return stream(
        f"{OBJECTS}/{kind}/search", items="results", body=search(properties), pages=BY_ID,
        between=Newest(recent, include=""), **more,
    )  # fmt: skip


def _contacts_of(kind: str) -> Parents:
    """The contacts of objects, by the ids of these."""
    path = f"/crm/associations/{VERSION}/{kind}/contacts/batch/read"
    of = Declared(path, items="results", id="from.id", body={})
    return Parents(of, "id", "inputs", lambda ids: [{"id": each} for each in ids])


def _stages(kind: str, name: str) -> Declared:
    """The stages of a kind of object, by what its rows call them."""
    path = f"/crm/properties/{VERSION}/{kind}/{name}"
    return Declared(path, items="options", id="value", by=f"properties.{name}")


class Objects(RestSource):
    """Reads companies, deals and tickets."""

    @searched("companies", [*COMPANY.values(), CHANGED])
    def companies(self, raw: Raw) -> Iterator[Company]:
        """The companies that contacts work for."""
        own = raw["properties"]
        stated = {ours: own.get(theirs) for ours, theirs in COMPANY.items()}
        yield Company(id=raw["id"], updated_at=utc(own[CHANGED]), **stated)

    @searched(
        "deals", [*DEAL, CHANGED], parents=_contacts_of("deals"),
        beside={
            "stage": _stages("deals", "dealstage"),
            "owner": Declared(
                f"/crm/owners/{VERSION}", items="results", pages=PAGES,
                by="properties.hubspot_owner_id"),
        },
    )  # fmt: skip
    def deals(self, raw: Raw, contacts: Raw = NOTHING, *, stage: Raw, owner: Raw) -> Iterator[Deal]:
        """Deals in all pipelines, won, lost and open."""
        own = raw["properties"]
        is_closed = own.get("hs_is_closed") not in NO
        won = own.get("hs_is_closed_won") not in NO
        yield Deal(
            id=raw["id"], contact=_first(contacts),
            company=own.get("hs_primary_associated_company"),
            at=utc(own["createdate"]), updated_at=utc(own[CHANGED]),
            stage=stage.get("label") or own.get("dealstage"),
            status="won" if won else "lost" if is_closed else "open",
            closed_at=utc(own.get("closedate")) if is_closed else None,
            expected_at=None if is_closed else utc(own.get("closedate")),
            owner=" ".join(filter(None, (owner.get("firstName"), owner.get("lastName")))) or None,
            amount=own.get("amount"), currency=own.get("deal_currency_code"),
        )  # fmt: skip

    @searched(
        "tickets", [*TICKET, CHANGED], parents=_contacts_of("tickets"),
        beside={"stage": _stages("tickets", "hs_pipeline_stage")},
    )  # fmt: skip
    def tickets(self, raw: Raw, contacts: Raw = NOTHING, *, stage: Raw) -> Iterator[Support]:
        """Support cases."""
        own = raw["properties"]
        yield Support(
            id=raw["id"], contact=_first(contacts), at=utc(own["createdate"]),
            status=stage.get("label") or own.get("hs_pipeline_stage"),
            topic=own.get("hs_ticket_category"), updated_at=utc(own[CHANGED]),
        )  # fmt: skip


def _first(associated: Raw) -> str | None:
    """Return the first of the contacts that an object has."""
    return next((str(each["toObjectId"]) for each in associated.get("to") or ()), None)
