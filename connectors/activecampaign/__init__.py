"""ActiveCampaign: contacts, lists, tags, campaigns and deals of one account.

Fact sheet, from https://developers.activecampaign.com/reference/overview:
- API: version 3, at the address that the account shows (Settings, Developer) and `/api/3`.
- Auth: the header `Api-Token`, the key of a user, who may do with it what they may do there.
- Paging: `limit` (100 at most) and `offset`, `meta.total` as text. Contacts are asked for by
  `id_greater` in the order of their ids, as the vendor advises for many: no page pushes a row past
  another. `include` puts their lists, tags and values of fields beside a page of them.
- Cursor: contacts are read whole once per day, which also shows who is gone, and in between those
  that `filters[updated_after]` shows, because a tag or a list may change without moving `udate`.
  The filter takes a date and does not say in which zone, nor whether the day itself belongs to it:
  two days are read again, which is enough for every meaning. Deals have the same filter.
- Limits: 5 requests a second for the whole account; 429 with `Retry-After`.
- Money: a deal's value in minor units; the currency in small letters.
- Batch: none that is used. `POST /import/bulk_import` takes 250 people and knows them by address:
  it creates whom it does not know.
- Consent: a list's status 1 (active) grants mail of that list, 0 (unconfirmed) and any other
  nothing; 2 (unsubscribed) withdraws it, from every list where `unsubscribed_means` says so; an
  address that bounced (3) is written to nowhere.
- Engagement: bounces, for each contact that ever had one; an unsubscribe with the campaign that
  led to it. Whether a bounce was hard is known where all bounces of the contact were of one kind.
- What it cannot do: tell who was reached, opened or clicked, except by webhooks, which are not
  received yet; campaigns tell totals, which name nobody (`/emailActivities` lists personal mail).
- Not proved: that a return to a list moves `sdate` (the later of `sdate` and `udate` stands for the
  consent); that a bounce moves `udate` (one that does not is seen by the day's whole read, in the
  status of the lists).
- Stays outside: orders of connected shops, scores, site tracking, SMS consent.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Address,
    Consent,
    Contact,
    ContactTable,
    Credential,
    Cursor,
    Deal,
    Declared,
    Deleted,
    EmailList,
    FieldNames,
    Form,
    GroupMember,
    KeysetPages,
    Limit,
    ListMember,
    Message,
    MessageEvent,
    Newest,
    OffsetPages,
    Raw,
    Response,
    RestSource,
    Secret,
    Stream,
    contact_fields,
    custom_forms,
    dig,
    header,
    iso,
    minor_units,
    readable,
    rows,
    stream,
    utc,
)

__all__ = ["ActiveCampaign"]

STATUS: Mapping[str, Any] = {
    "0": "pending", "1": "subscribed", "2": "unsubscribed", "3": "cleaned",
}  # fmt: skip
DEAL_STATUS = {"0": "open", "1": "won", "2": "lost"}
NONE = (None, "", "0")
"""Values in the place of an id that is not there."""
INCLUDED = ("contactLists", "contactTags", "fieldValues")
LISTS, TAGS, FIELDS = (Declared(f"/{name}", items=name) for name in ("lists", "tags", "fields"))
BY_ID = KeysetPages("id", since="id_greater", until="empty")
EVERYBODY = {"status": "-1", "orders[id]": "asc"}
TABLE = {"updated_at": "udate?", "created": "cdate?"}
NAMES = {"first_name": "firstName?", "last_name": "lastName?"}
PERSON = ContactTable({**TABLE, **NAMES}, alike=("id", "email", "phone"))


def _changed(field: str) -> Cursor:
    """Rows that changed, by days of no known zone."""
    return Cursor(
        field, since="filters[updated_after]", format=lambda at: iso(at)[: len("YYYY-MM-DD")],
        step=timedelta(days=1), overlap=timedelta(days=2),
    )  # fmt: skip


CHANGED = Declared(
    "/contacts", items="contacts", params=EVERYBODY, pages=BY_ID, cursor=_changed("udate")
)


class ActiveCampaign(EmailList, RestSource):
    """Contacts, campaigns and deals of one ActiveCampaign account."""

    kind = "activecampaign"
    system = "email"
    base_url = "{self.url}/api/3"
    pages = OffsetPages(size=100, total_path="meta.total")
    limits = (Limit(requests=5, seconds=1.0, at_once=2),)

    url: Address
    """Address of the account (Settings, Developer), like https://example.api-us1.com."""
    api_key: Secret
    """API key (Settings, Developer)."""
    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the custom fields that hold them, by title or personalization tag:
    { birthday = "Born", postcode = "ZIP", "custom.size" = { name = "SIZE", number = true } }."""
    crm: bool = False
    """Whether deals are read too, where your plan has them."""

    def credential(self) -> Credential:
        """Sent with every request."""
        return header("Api-Token", self.api_key)

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    def streams(self) -> Sequence[Stream]:
        """Every stream, without deals unless the settings say so."""
        return [each for each in super().streams() if self.crm or each.name != "deals"]

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer, contacts with what stands beside them in it.

        Raises Broken where it does not: nobody would be on any list.
        """
        found = super().rows_of(response, declared)
        own: dict[tuple[str, str], list[Any]] = defaultdict(list)
        names = INCLUDED if found and "include" in declared.params else ()
        for name in names:
            for each in rows(response, name):
                own[name, str(dig(each, "contact"))].append(each)
        return [
            {**row, **{name: own[name, str(row.get("id"))] for name in names}}
            if isinstance(row, Mapping) else row
            for row in found
        ]  # fmt: skip

    @stream(
        CHANGED.path, items=CHANGED.items, pages=BY_ID,
        params={**EVERYBODY, "include": ",".join(INCLUDED)},
        between=Newest(_changed("udate"), include=""),
        beside={"lists": LISTS, "tags": TAGS, "definitions": FIELDS},
    )  # fmt: skip
    def contacts(
        self, raw: Raw, lists: Raw, tags: Raw, definitions: Raw
    ) -> Iterator[Deleted | Contact | Consent | ListMember | GroupMember | MessageEvent]:
        """Everybody in whatever status, with their lists, consents and tags."""
        id_ = raw["id"]
        if raw.get("deleted") == "1":
            yield Deleted(noun="Contact", id=id_)
            return
        yield from PERSON.records(raw, **self._stated(raw["fieldValues"], definitions))
        for row in raw["contactLists"]:
            yield from self._on_list(id_, row, dig(lists, f"{row['list']}.name"))
        for row in raw["contactTags"]:
            title = dig(tags, f"{row['tag']}.tag")
            yield GroupMember(contact=id_, group=row["tag"], title=title, since=row.get("cdate"))

    @stream("/campaigns", items="campaigns", params={"orders[sdate]": "ASC"})
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """Campaigns and the letters of automations that were sent."""
        if raw["send_amt"] not in NONE:
            kind: Any = "campaign" if raw.get("seriesid") in NONE else "automation"
            yield Message(id=raw["id"], title=raw.get("name"), kind=kind, sent_at=raw.get("sdate"))

    @stream(
        "/contacts/{contact}/bounceLogs", items="bounceLogs", each=CHANGED, when="bounced_date",
        fill={"contact": "id"},
    )  # fmt: skip
    def bounces(self, raw: Raw, contact: Raw) -> Iterator[MessageEvent]:
        """Bounces of the letters of campaigns."""
        if raw["campaignid"] not in NONE:
            hard, soft = (contact.get(f"bounced_{how}") not in NONE for how in ("hard", "soft"))
            yield MessageEvent(
                id=f"bounce:{raw['id']}", message=raw["campaignid"], contact=contact["id"],
                kind="bounced", at=raw["tstamp"], hard=hard if hard != soft else None,
            )  # fmt: skip

    @stream("/deals", items="deals", cursor=_changed("mdate"))
    def deals(self, raw: Raw) -> Iterator[Deal]:
        """Deals, by the ids of their stages."""
        contact = None if raw.get("contact") in NONE else raw["contact"]
        currency = raw["currency"].upper()
        yield Deal(
            id=raw["id"], contact=contact, at=raw["cdate"], updated_at=raw.get("mdate"),
            stage=raw.get("stage"), status=DEAL_STATUS.get(raw["status"]), currency=currency,
            amount=minor_units(raw.get("value"), currency),
        )  # fmt: skip

    def _on_list(
        self, contact: str, row: Raw, title: str | None
    ) -> Iterator[Consent | ListMember | MessageEvent]:
        """Return the records of one contact on one list."""
        here, status = row["list"], STATUS.get(str(row["status"]), "none")
        instants: list[datetime] = [utc(at) for at in (row.get("sdate"), row.get("udate")) if at]
        at = max(instants, default=None)
        yield from self.stated(status, contact, here, granted=at, left=at, changed=at)
        yield ListMember(
            contact=contact, list=here, title=title, status=status,
            subscribed_at=row.get("sdate") if status == "subscribed" else None,
            unsubscribed_at=at if status == "unsubscribed" else None,
        )  # fmt: skip
        if status == "unsubscribed" and at and row.get("campaign") not in NONE:
            yield MessageEvent(message=row["campaign"], contact=contact, kind=status, at=at)

    def _stated(self, values: Sequence[Raw], definitions: Raw) -> dict[str, Any]:
        """Return values of custom fields as fields of a contact, None for one that has none."""
        by_field = {str(row["field"]): row.get("value") for row in values}
        named = {
            str(definition[name]).casefold(): _typed(by_field.get(id_), definition.get("type"))
            for id_, definition in definitions.items()
            for name in ("title", "perstag")
        }
        return contact_fields(self.fields, lambda field: named.get(field.name.casefold(), ABSENT))


def _typed(value: Any, kind: Any) -> Any:
    """Return a value as its type means it; several choices are joined, as `||a||b||`."""
    if not isinstance(value, str):
        return value
    if kind in ("date", "datetime") and isinstance(at := utc(value[:10]), datetime):
        return at.date()
    return ", ".join(filter(None, value.split("||")))
