"""listmonk: subscribers, lists, campaigns and bounces of one installation, and lists to it.

Fact sheet, from https://listmonk.app/docs/apis/apis/ and the source
(https://github.com/knadh/listmonk/blob/master/queries.sql):
- API: at the installation's address and `/api`; written for listmonk 4 to 6.
- Version: not named; no end is announced.
- Auth: name and token of an API user (Admin, Users), as basic authentication. Their role needs the
  permissions subscribers:get_all, subscribers:sql_query, subscribers:manage, lists:get_all,
  lists:manage_all, campaigns:get_all and bounces:get.
- Paging: `page` and `per_page` (1000), `data.total`, in the order in which rows were created.
- Cursor: subscribers are read whole once per day, which also shows who is gone, and in between
  those whose `updated_at` an SQL expression narrows, because leaving a list or coming onto one does
  not move that date. Campaigns and bounces are listed whole.
- Limits: none; ten requests a second at most.
- Batch: 200 subscribers of one list in one request, after one that asks who of them is there: a
  number that nobody has makes the whole of it fail.
- Consent: on the list that `list` names, confirmed grants mail of it, unconfirmed does where the
  list asks for no confirmation and is still to come where it does; being on any other list grants
  nothing, because segments are written to lists. Unsubscribed withdraws a list, and every list
  where `unsubscribed_means` says so; blocklisted is written to nowhere, disabled grants nothing.
- Engagement: bounces and complaints. They drive none of the segments about opens and clicks: views
  and clicks are told as totals of a campaign, and by subscriber only in an export of each one.
- What it cannot do: tell since when somebody is on a list.
- Proved against: the vendor's description.
- Not proved: that `subscription_updated_at` is told beside a list, as the vendor's source has it
  (without it the subscriber's last change stands for the consent).
- What is never done: `POST /subscribers` and `/import/subscribers`, which create people; `status`
  in `PUT /subscribers/lists`, which would confirm somebody or bring them back (without it whoever
  is on a list already stays as they are); `PUT /subscribers/{id}`, which replaces lists and
  attributes, so that no fields are written; `/optin`, which sends mail.
- Stays outside: attributes as targets, templates, transactional mail, media.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Consent,
    Contact,
    ContactTable,
    Cursor,
    EmailList,
    FieldNames,
    Form,
    ListMember,
    Message,
    MessageEvent,
    Newest,
    Raw,
    RestSource,
    Window,
    contact_fields,
    custom_forms,
    iso,
    readable,
    stream,
    utc,
)
from connectors.listmonk.destination import LISTS, SUBSCRIBERS, ListmonkDestination

__all__ = ["Listmonk"]

PERSON = ContactTable(
    {"updated_at": "updated_at", "created": "created_at", "first_name": "name?"},
    alike=("id", "email"),
)


def _changed(window: Window) -> Mapping[str, str]:
    since = window.since
    return {"query": f"subscribers.updated_at >= '{iso(since)}'"} if since else {}


CHANGED = Cursor("updated_at", ask=_changed)


class Listmonk(EmailList, RestSource, ListmonkDestination):
    """Subscribers, lists and campaigns of one listmonk installation; lists for them."""

    kind = "listmonk"
    system = "email"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the attributes that hold them: { city = "city",
    "custom.size" = "size" }. The name is known already."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; attributes have types of their own."""
        return custom_forms(self.fields, "any")

    @stream(
        SUBSCRIBERS.path, items=SUBSCRIBERS.items, params=SUBSCRIBERS.params,
        between=Newest(CHANGED, include=""), beside={"lists": LISTS},
    )  # fmt: skip
    def subscribers(self, raw: Raw, lists: Raw) -> Iterator[Contact | Consent | ListMember]:
        """Everybody in whatever status, with the lists that they are on."""
        id_, attributes = str(raw["id"]), raw.get("attribs") or {}
        stated = contact_fields(self.fields, lambda field: attributes.get(field.name, ABSENT))
        yield from PERSON.records(raw, **stated)
        changed = utc(raw["updated_at"])
        if raw["status"] == "blocklisted":
            yield Consent(contact=id_, channel="email", granted=False, at=changed)
        for row in raw.get("lists") or ():
            here, status = str(row["id"]), _status(raw, row, lists.get(str(row["id"]), {}))
            at = utc(row.get("subscription_updated_at") or raw["updated_at"])
            said: datetime | None = at if isinstance(at, datetime) else None
            if here == str(self.list) or status == "unsubscribed":
                yield from self.stated(status, id_, here, granted=said, left=said, changed=said)
            yield ListMember(
                contact=id_, list=here, title=row.get("name"), status=status, updated_at=said,
                unsubscribed_at=said if status == "unsubscribed" else None,
            )  # fmt: skip

    @stream("/campaigns", items="data.results", params={"no_body": "true", **SUBSCRIBERS.params})
    def campaigns(self, raw: Raw) -> Iterator[Message]:
        """Campaigns that were begun to be sent."""
        if raw["started_at"]:
            yield Message(id=raw["id"], title=raw.get("name"), sent_at=utc(raw["started_at"]))

    @stream("/bounces", items="data.results", params={"order_by": "created_at", "order": "asc"})
    def bounces(self, raw: Raw) -> Iterator[MessageEvent]:
        """Bounces of campaigns."""
        if (raw["campaign"] or {}).get("id"):
            yield MessageEvent(
                id=raw["id"], message=raw["campaign"]["id"], contact=raw["subscriber_id"],
                kind="complained" if raw["type"] == "complaint" else "bounced",
                hard={"hard": True, "soft": False}.get(raw["type"]), at=utc(raw["created_at"]),
            )  # fmt: skip


def _status(raw: Raw, row: Raw, of_list: Raw) -> Any:
    """Return what a place on a list means, in our words."""
    if raw["status"] == "blocklisted" or row["subscription_status"] == "unsubscribed":
        return "unsubscribed"
    if raw["status"] != "enabled":
        return "none"
    match row["subscription_status"], of_list.get("optin"):
        case ("confirmed", _) | ("unconfirmed", "single"):
            return "subscribed"
        case ("unconfirmed", _):
            return "pending"
    return "none"
