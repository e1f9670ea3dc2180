"""Objects of an org: how a kind is queried, and companies, deals, cases and campaigns."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from connectors.kit import (
    Company,
    Cursor,
    Deal,
    Deleted,
    GroupMember,
    Raw,
    Record,
    Support,
    Window,
    dig,
    iso,
    stream,
    utc,
)
from connectors.salesforce.account import PAGES, select
from connectors.salesforce.bulk import InBulk

M = TypeVar("M", bound=Callable[..., Iterable[Record]])
ALWAYS = ("Id", "IsDeleted", "CreatedDate", "SystemModstamp")
COMPANY = {
    "name": "Name", "industry": "Industry", "employees": "NumberOfEmployees",
    "revenue": "AnnualRevenue", "founded": "YearStarted", "country": "BillingCountry",
    "region": "BillingState", "city": "BillingCity", "postcode": "BillingPostalCode",
}  # fmt: skip
ROLES = "(SELECT ContactId FROM OpportunityContactRoles ORDER BY IsPrimary DESC LIMIT 1)"
DEAL = ("AccountId", "StageName", "Amount", "CloseDate", "IsClosed", "IsWon", "Owner.Name", ROLES)
CASE = ("ContactId", "Status", "Type")
MEMBER = ("CampaignId", "Campaign.Name", "ContactId", "LeadId")


def soql(kind: str, fields: Sequence[str], where: str = "") -> str:
    """Return a query of rows in the order in which they changed."""
    names = dict.fromkeys((*ALWAYS, *fields))
    return f"{select(names, kind, where)} ORDER BY SystemModstamp, Id"


def changed(kind: str, fields: Sequence[str]) -> Cursor:
    """Narrow a query by `SystemModstamp`, which moves where `LastModifiedDate` does not."""

    def ask(window: Window) -> dict[str, str]:
        since = f"SystemModstamp >= {iso(window.since)}" if window.since else ""
        return {"q": soql(kind, fields, since)}

    return Cursor("SystemModstamp", ask=ask)


def queried(kind: str, fields: Sequence[str], **more: Any) -> Callable[[M], M]:
    """Declare the rows of a kind of object, deleted ones too."""
    return stream(
        "/{spoken}/queryAll", items="records", at=kind, id="Id", pages=PAGES,
        params={"q": soql(kind, fields)}, **more,
    )  # fmt: skip


def _changing(kind: str, fields: Sequence[str]) -> Callable[[M], M]:
    return queried(kind, fields, cursor=changed(kind, fields), ordered=True)


class Objects(InBulk):
    """Reads companies, deals, cases and members of campaigns."""

    @_changing("Account", [*COMPANY.values()])
    def companies(self, raw: Raw) -> Iterator[Deleted | Company]:
        """The companies that contacts work for."""
        if raw["IsDeleted"]:
            yield Deleted(noun="Company", id=raw["Id"])
            return
        stated = {ours: raw.get(theirs) for ours, theirs in COMPANY.items()}
        yield Company(id=raw["Id"], updated_at=utc(raw["SystemModstamp"]), **stated)

    @_changing("Opportunity", DEAL)
    def deals(self, raw: Raw) -> Iterator[Deleted | Deal]:
        """Opportunities, won, lost and open."""
        if raw["IsDeleted"]:
            yield Deleted(noun="Deal", id=raw["Id"])
            return
        is_closed = bool(raw.get("IsClosed"))
        yield Deal(
            id=raw["Id"], contact=dig(raw, "OpportunityContactRoles.records.0.ContactId"),
            company=raw.get("AccountId"), at=utc(raw["CreatedDate"]),
            updated_at=utc(raw["SystemModstamp"]), stage=raw.get("StageName"),
            status="won" if raw.get("IsWon") else "lost" if is_closed else "open",
            closed_at=raw.get("CloseDate") if is_closed else None,
            expected_at=None if is_closed else raw.get("CloseDate"),
            owner=dig(raw, "Owner.Name"), amount=raw.get("Amount"),
        )  # fmt: skip

    @_changing("Case", CASE)
    def cases(self, raw: Raw) -> Iterator[Deleted | Support]:
        """Cases at the support desk."""
        if raw["IsDeleted"]:
            yield Deleted(noun="Support", id=raw["Id"])
            return
        yield Support(
            id=raw["Id"], contact=raw.get("ContactId"), at=utc(raw["CreatedDate"]),
            status=raw.get("Status"), topic=raw.get("Type"), updated_at=utc(raw["SystemModstamp"]),
        )  # fmt: skip

    @_changing("CampaignMember", MEMBER)
    def campaign_members(self, raw: Raw) -> Iterator[Deleted | GroupMember]:
        """The people in each campaign."""
        if raw["IsDeleted"]:
            yield Deleted(noun="GroupMember", id=raw["Id"])
            return
        yield GroupMember(
            id=raw["Id"], contact=raw.get("ContactId") or raw["LeadId"], group=raw["CampaignId"],
            title=dig(raw, "Campaign.Name"), since=utc(raw["CreatedDate"]),
            updated_at=utc(raw["SystemModstamp"]),
        )  # fmt: skip
