"""One account: how it is reached, and tags and fields of contacts who are there."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Address,
    Batch,
    Credential,
    Declared,
    KeysetPages,
    KnownTarget,
    Limit,
    Names,
    OffsetPages,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Secret,
    Writing,
    dig,
    header,
    rows,
)

INCLUDED = ("contactLists", "contactTags", "fieldValues")
TAGS, FIELDS = (Declared(f"/{name}", items=name) for name in ("tags", "fields"))
CONTACTS = Declared(
    "/contacts", items="contacts", pages=KeysetPages("id", since="id_greater", until="empty"),
    params={"status": "-1", "orders[id]": "asc", "include": ",".join(INCLUDED)},
)  # fmt: skip
SHOWN = 200


def _create(account: "TagsAndFields", name: str) -> Response:
    tag = {"tag": name, "tagType": "contact", "description": "segmenthub"}
    return account.send("POST", "/tags", json={"tag": tag})


class TagsAndFields(Writing):
    """Writes to contacts that are there, and to nobody else."""

    base_url = "{self.url}/api/3"
    pages = OffsetPages(size=100, total_path="meta.total")
    limits = (Limit(requests=5, seconds=1.0, at_once=2),)
    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            TAGS, name="tag", create=_create, created="tag.id",
            other=lambda row: "a tag of templates" if row.get("tagType") == "template" else "",
        ),
        "field": Names(
            FIELDS, name="title", noun="custom field",
            advice="create it in ActiveCampaign (Contacts, Fields)",
        ),
    }  # fmt: skip
    batch = {"tag": PerTarget(1), "field": PerPerson()}  # noqa: RUF012 - declared once
    read_back = {"tag": CONTACTS, "field": CONTACTS}  # noqa: RUF012 - declared once

    url: Address
    """Address of the account (Settings, Developer), like https://example.api-us1.com."""
    api_key: Secret
    """API key (Settings, Developer)."""
    list: int
    """Number of the list whose subscribers may be written to, as its address shows it."""

    def credential(self) -> Credential:
        """Sent with every request."""
        return header("Api-Token", self.api_key)

    def gating_lists(self) -> Sequence[str]:
        """The list: who is not active on it is not written to."""
        return (str(self.list),)

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer, contacts with what stands beside them in it.

        Raises Broken where it does not: nobody would be on any list.
        """
        found = super().rows_of(response, declared)
        own: dict[tuple[str, str], Any] = {}
        names = INCLUDED if found and declared.params.get("include") else ()
        for name in names:
            for each in rows(response, name):
                own.setdefault((name, str(dig(each, "contact"))), []).append(each)
        return [
            {**row, **{name: own.get((name, str(row.get("id"))), ()) for name in names}}
            if isinstance(row, Mapping) else row
            for row in found
        ]  # fmt: skip

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Tags that a contact has, and what it has in a field."""
        if known.target.kind == "tag":
            return any(str(row["tag"]) == known.id for row in raw["contactTags"])
        values = {str(row["field"]): row.get("value") for row in raw["fieldValues"]}
        return values.get(known.id)

    def requests(self, batch: Batch) -> int:
        """A tag is taken off by the number that its place on the contact has."""
        return 1 if batch.kind == "field" or batch.adding else 2

    def write(self, batch: Batch) -> Response:
        """Put one tag on a contact or take it off, or write all fields of one."""
        who = {"contact": batch.edits[0].key}
        if batch.kind == "field":
            values = [{"field": each.id, "value": each.value or ""} for each in batch.edits]
            fields = {"fieldValues": values}
            return self.send("PUT", "/contacts/{contact}", fill=who, json={"contact": fields})
        if batch.adding:
            place = {"contact": int(batch.edits[0].key), "tag": int(batch.id)}
            return self.send("POST", "/contactTags", json={"contactTag": place})
        shown = self.send("GET", "/contacts/{contact}/contactTags", fill=who)
        for row in rows(shown, "contactTags") if shown.status == SHOWN else ():
            if str(row["tag"]) == batch.id:
                return self.send("DELETE", "/contactTags/{id}", fill={"id": str(row["id"])})
        return shown
