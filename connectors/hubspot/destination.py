"""The account, and what is written: properties of contacts, and static lists of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from connectors.kit import (
    Address,
    Again,
    Batch,
    Broken,
    Change,
    Credential,
    CursorPages,
    Declared,
    HubError,
    KeysetPages,
    KnownTarget,
    Limit,
    Names,
    OffsetPages,
    Outcome,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Secret,
    Target,
    Unauthorized,
    Unavailable,
    Unwritable,
    Writing,
    bearer,
    dig,
    option_of,
)

VERSION = "2026-09"
OBJECTS = f"/crm/objects/{VERSION}"
SEARCHED = ("contacts", "companies", "deals", "tickets")
LISTS = f"/crm/lists/{VERSION}"
PROPERTIES = f"/crm/properties/{VERSION}/contacts"
PAGES = CursorPages("paging.next.after", cursor="after", size=100)
CONTACTS = "0-1"
"""HubSpot's number of the kind of object."""
BY_ID = KeysetPages("id", since="filterGroups.0.filters.0.value", size=200)
"""A search shows 10,000 rows and no more, so each page is a search of its own."""
FIELDS = Declared(PROPERTIES, items="results", id="name")
EVERY_LIST = Declared(
    f"{LISTS}/search", items="lists", id="listId",
    body={"objectTypeId": CONTACTS, "listIds": [], "processingTypes": [],
          "additionalProperties": []},
    pages=OffsetPages(size=500, limit="count", total_path="total"),
)  # fmt: skip
MEMBERS = Declared(
    f"{LISTS}/{{list}}/memberships/join-order", items="results", id="recordId", pages=PAGES,
    fill={"list": "listId"},
)  # fmt: skip
NAME = re.compile("[a-z][a-z0-9_]*")
YES_NO = {"yes": "true", "true": "true", "1": "true", "no": "false", "false": "false", "0": "false"}
OPTIONS = [
    {"label": label, "value": value, "hidden": False}
    for label, value in (("Yes", "true"), ("No", "false"))
]


def search(properties: Sequence[str], *filters: Raw) -> dict[str, Any]:
    """Return the body of a search in the order of the ids; the pager sets the first bound."""
    first = {"propertyName": "hs_object_id", "operator": "GT", "value": "0"}
    return {
        "filterGroups": [{"filters": [first, *filters]}], "after": "0", "properties": [*properties],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
    }  # fmt: skip


CARRIERS = Declared(
    f"{OBJECTS}/contacts/search", items="results", pages=BY_ID,
    body=search(["email"], {"propertyName": "email", "operator": "HAS_PROPERTY"}),
    fill={"filterGroups.0.filters.1.propertyName": "name", "properties.0": "name"},
)  # fmt: skip


def _created(account: "HubSpotDestination", name: str, **kind: Any) -> Response:
    if not account.create_properties:
        raise Unwritable(
            f"HubSpot has no property {name!r}; correct the name, create it in HubSpot (Settings, "
            "Properties, Contact properties), or write create_properties = true in the connection"
        )
    of = {"name": name, "label": name, "groupName": "contactinformation"}
    said = {"description": "Written by segmenthub.", **kind}
    return account.send("POST", PROPERTIES, json={**of, **said})


def _create_list(account: "HubSpotDestination", name: str) -> Response:
    body = {"name": name, "objectTypeId": CONTACTS, "processingType": "MANUAL"}
    return account.send("POST", LISTS, json=body)


def _not_ours(row: Raw) -> str:
    is_read_only = dig(row, "modificationMetadata.readOnlyValue")
    return "a property that HubSpot fills itself" if is_read_only else ""


class HubSpotDestination(Writing):
    """Writes properties of contacts who are there, and who is on a static list; creates nobody.

    It never calls `batch/create`, `batch/upsert`, `merge` or `gdpr-delete` of contacts, nor
    `communication-preferences` with `subscribe`, `resubscribe`, `unsubscribe`, `unsubscribe-all`
    or `batch/write`; it never sets `hs_marketable_status`, which costs money, nor any other
    property of HubSpot's own.
    """

    base_url = "{self.url}"
    limits = (
        Limit(100, 10),
        *(Limit(5, 1, of=f"{OBJECTS}/{kind}/search") for kind in SEARCHED),
    )  # fmt: skip

    token: Secret
    """Token of a service key (Settings, Integrations, Service keys) or of a private app."""
    list: int | None = None
    """Id of the subscription type whose subscribers may be written to (Settings, Marketing, Email,
    Subscription types)."""
    create_properties: bool = False
    """Whether a property that is missing is created: a text, or for a tag a yes or no."""
    url: Address = "https://api.hubapi.com"
    """Address of the API where it is not the vendor's own: a proxy."""

    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            FIELDS, id="name", noun="property", other=lambda row: _not_ours(row) or _no_flag(row),
            create=lambda account, name: _created(
                account, name, type="bool", fieldType="booleancheckbox", options=OPTIONS),
        ),
        "field": Names(
            FIELDS, id="name", noun="property", other=_not_ours,
            create=lambda account, name: _created(
                account, name, type="string", fieldType="text"),
        ),
        "list": Names(
            EVERY_LIST, id="listId", create=_create_list, created="list.listId",
            other=lambda row: "" if row.get("processingType") in ("MANUAL", "SNAPSHOT")
            else "a list that fills itself",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerPerson(100), "field": PerPerson(100), "list": PerTarget(10_000, both_ways=True),
    }  # fmt: skip
    one_namespace = True
    separator = ";"
    read_back: ClassVar[Mapping[str, Declared]] = {
        "tag": CARRIERS, "field": CARRIERS, "list": MEMBERS,
    }  # fmt: skip

    def credential(self) -> Credential:
        """The token, sent with every request."""
        return bearer(self.token)

    def gating_lists(self) -> Sequence[str]:
        """The subscription type, where one is named."""
        return () if self.list is None else (str(self.list),)

    def meaning_of(self, answer: Response) -> HubError | None:
        """A missing scope by its name; a spent day, which later requests do not heal."""
        if answer.find("category") == "MISSING_SCOPES":
            context = answer.find("errors.0.context") or answer.find("context") or {}
            scopes = context.get("requiredGranularScopes") or context.get("missingScopes") or ()
            return Unauthorized(
                f"{answer.where} answered {answer.status}: the token lacks the scope "
                f"{' or '.join(map(str, scopes)) or 'that this needs'}; grant it in HubSpot "
                "(Settings, Integrations, Service keys or Private apps)"
            )
        if answer.find("policyName") == "DAILY":
            return Unavailable(
                "the requests that HubSpot grants the account in a day are spent; it counts anew "
                "from midnight in the account's time zone",
                not_before=self._clock.now() + timedelta(hours=1),
            )
        return None

    def refusal(self, target: Target) -> str:
        """Why a target can never be written."""
        if target.kind != "list" and (target.name == "email" or target.name.startswith("hs_")):
            return "email and properties that begin with hs_ are HubSpot's own; choose another name"
        if target.kind in ("tag", "field") and not NAME.fullmatch(target.name):
            return (
                "a property is bound by its internal name: small letters, digits and underscores; "
                "HubSpot shows it in the property's editor (</>)"
            )
        return super().refusal(target)

    def value_of(self, change: Change, known: KnownTarget) -> str:
        """A value as its property takes it; an empty text clears."""
        if not change.value:
            return ""
        return "true" if known.target.kind == "tag" else _written(known, change.value)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """A property that is set; everybody who is shown on a list is on it."""
        if known.target.kind == "list":
            return True
        value = raw["properties"].get(known.id)
        return value == "true" if known.target.kind == "tag" else value

    def write(self, batch: Batch) -> Response:
        """Update contacts by their ids, or put them on a list and take others off."""
        if batch.kind == "list":
            ways = {"recordIdsToAdd": batch.adding, "recordIdsToRemove": batch.removing}
            body: Any = {way: [each.key for each in edits] for way, edits in ways.items()}
            path = f"{LISTS}/{{list}}/memberships/add-and-remove"
            return self.send("PUT", path, fill={"list": batch.id}, json=body)
        rows = [
            {"id": key, "properties": {each.id: each.value for each in own}}
            for key, own in batch.people.items()
        ]
        return self.send("POST", f"{OBJECTS}/contacts/batch/update", json={"inputs": rows})

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Ids that were written; of errors those that they name. Others are looked up."""
        if batch.kind == "list":
            done, gone = (
                {*map(str, answer.find(first) or ()), *map(str, answer.find(second) or ())}
                for first, second in (("recordsIdsAdded", "recordIdsRemoved"),
                                      ("recordIdsMissing", "recordIdsMissing"))
            )  # fmt: skip
            refused: dict[str, Raw] = {key: {"category": NOT_FOUND} for key in gone}
        else:
            if not isinstance(answer.find("results"), list | tuple):
                raise Broken(f"{answer.where} does not tell which contacts it wrote")
            done = {str(row["id"]) for row in answer.find("results")}
            refused = {
                str(key): error
                for error in answer.find("errors") or ()
                for key in dig(error, "context.ids") or ()
            }
        for each in batch.edits:
            if (error := refused.get(each.key)) is None:
                if each.key in done:
                    yield each.applied()
            elif error.get("category") == NOT_FOUND:
                yield each.skipped()
            else:
                yield each.rejected(str(error.get("message")))


NOT_FOUND = "OBJECT_NOT_FOUND"


def _no_flag(row: Raw) -> str:
    return "" if row.get("type", "bool") == "bool" else f"a property of the type {row['type']}"


def _written(known: KnownTarget, text: str) -> str:
    """A text as a property of its type takes it; raises Unwritable where it cannot."""
    kind, name = known.raw.get("type"), known.target.name
    if kind == "enumeration":
        return ";".join(_option(known, part.strip()) for part in text.split(";") if part.strip())
    try:
        if kind == "bool":
            return YES_NO[text.casefold()]
        if kind == "number" and not Decimal(text).is_finite():
            raise ValueError
        if kind == "date":
            return date.fromisoformat(text[: len("YYYY-MM-DD")]).isoformat()
    except (ValueError, KeyError, InvalidOperation):
        raise Unwritable(f"{name}: the value is no {kind}") from None
    return text


def _option(known: KnownTarget, said: str) -> str:
    options = {
        str(row[name]): str(row["value"])
        for name in ("label", "value") for row in known.raw.get("options") or ()
    }  # fmt: skip
    lacks = f"the property {known.target.name!r} has no such option"
    return option_of(said, options, lacks, "create it in HubSpot (Settings, Properties)")
