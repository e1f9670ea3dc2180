"""One list: how it is reached, and custom fields of subscribers who are there."""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Address,
    Again,
    Batch,
    Change,
    Credential,
    Declared,
    HubError,
    KnownTarget,
    Limit,
    Names,
    NumberedPages,
    Outcome,
    PerPerson,
    RateHeaders,
    Raw,
    Response,
    Secret,
    SinglePage,
    Unauthorized,
    Unwritable,
    Writing,
    basic,
    nearest,
    number_of,
)

PAGES = NumberedPages(size=1000, per_page="pagesize", total_path="TotalNumberOfRecords")
FIELDS = Declared("/lists/{list}/customfields.json", id="Key", pages=SinglePage())
SUBSCRIBERS = Declared(
    "/lists/{list}/active.json", items="Results", id="key", pages=PAGES,
    params={"orderfield": "email", "orderdirection": "asc", "includetrackingpreference": "true"},
)  # fmt: skip
ADDRESS = "EmailAddress"
NO_ADDRESS = "no address is known that belongs to this subscriber"
UNAUTHORIZED, NOT_IN_THE_LIST = 401, 203
MANY, ONE = "MultiSelectMany", "MultiSelectOne"


def _create(account: "CampaignMonitorDestination", name: str) -> Response:
    field = {"FieldName": name, "DataType": "Text", "VisibleInPreferenceCenter": False}
    return account.send("POST", FIELDS.path, json=field)


def _other(row: Raw) -> str:
    kind = row.get("DataType")
    return "" if kind == "Text" else f"a field of the type {kind}"


class CampaignMonitorDestination(Writing):
    """Writes to subscribers who are there by their addresses, and to nobody else.

    A tag is a field that holds yes. It never calls `POST subscribers` or `import.json`, which add
    people, and sends `Resubscribe` as false alone.
    """

    base_url = "{self.url}"
    pages = PAGES
    limits = (Limit(5, 1),)
    learns = RateHeaders("X-RateLimit-Remaining", "X-RateLimit-Reset")

    api_key: Secret
    """API key (Campaign Monitor, Account settings, API keys)."""
    client_id: str
    """Id of the client (Account settings, API keys, Show client API ID)."""
    list: str
    """Id of the list (its page, Settings, API subscriber list ID)."""
    url: Address = "https://api.createsend.com/api/v3.3"
    """Address of the API where it is not the vendor's own: a proxy."""

    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            FIELDS, name="FieldName", id="Key", create=_create, other=_other, noun="custom field"
        ),
        "field": Names(
            FIELDS, name="FieldName", id="Key", noun="custom field",
            advice="create it in Campaign Monitor (the list, Custom fields)",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerPerson]] = {"tag": PerPerson(), "field": PerPerson()}
    one_namespace = True
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": SUBSCRIBERS, "field": SUBSCRIBERS}
    reasons = ("Message",)
    longest_value: ClassVar[int | None] = 250
    date_format: ClassVar[str] = "%Y/%m/%d"

    def credential(self) -> Credential:
        """The key as the user; any password will do."""
        return basic(self.api_key, "x")

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say where a key is shown."""
        if answer.status != UNAUTHORIZED:
            return None
        return Unauthorized(
            f"{answer.where} answered 401: the key is refused; copy it again from Campaign Monitor "
            "(Account settings, API keys)"
        )

    def gating_lists(self) -> Sequence[str]:
        """The list: who is not active on it is not written to."""
        return (self.list,)

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer; those about people have a key, and those of reports a name."""
        return [
            {**row, "key": key_of(row[ADDRESS]), "event": _named(row)}
            if isinstance(row, Mapping) and isinstance(row.get(ADDRESS), str) else row
            for row in super().rows_of(response, declared)
        ]  # fmt: skip

    def skip_reason(self, change: Change) -> str:
        """Subscribers are named by their addresses, and no other than their own is sent."""
        return "" if change.address and key_of(change.address) == change.key else NO_ADDRESS

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """Entries of a field as a request has them; raises Unwritable for what it cannot hold."""
        if change.value is None:
            return [{"Key": known.id, "Clear": True}]
        kind, options = known.raw.get("DataType"), known.raw.get("FieldOptions") or ()
        values = change.value.split(self.separator) if kind == MANY else [change.value]
        if kind in (MANY, ONE):
            for each in values:
                if each not in options:
                    raise Unwritable(
                        f"{known.target.name} has no such option{nearest(each, options)}"
                    )
        if kind == "Number":
            number_of(change.value, known)
        return [{"Key": known.id, "Value": each} for each in values]

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """The values that a subscriber has in a field."""
        return self.separator.join(map(str, values_of(raw).get(plain(known.id), ())))

    def write(self, batch: Batch) -> Response:
        """Write all fields of one subscriber."""
        address = batch.edits[0].change.address
        entries = [entry for each in batch.edits for entry in each.value]
        body = {
            ADDRESS: address, "CustomFields": entries, "Resubscribe": False,
            "ConsentToTrack": "Unchanged",
        }  # fmt: skip
        return self.send(
            "PUT", "/subscribers/{list}.json", params={"email": str(address)}, json=body
        )

    def refused(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Somebody who is not in the list is told by a code; all others as ever."""
        if answer.find("Code") == NOT_IN_THE_LIST:
            return (each.skipped() for each in batch.edits)
        return super().refused(answer, batch)


def key_of(address: str) -> str:
    """The key of a subscriber: a hash of the address, however its domain is written."""
    local, _, domain = address.strip().lower().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return hashlib.sha256(f"{local}@{domain}".encode()).hexdigest()[:32]


def plain(name: str) -> str:
    """The name of a field, which is written as `[shoesize]` and as `Shoe size`."""
    return name.strip("[]").replace(" ", "").casefold()


def values_of(raw: Raw) -> dict[str, list[Any]]:
    """The values that a subscriber has in each custom field, by its plain name."""
    held: dict[str, list[Any]] = {}
    for each in raw.get("CustomFields") or ():
        if each.get("Value") not in (None, ""):
            held.setdefault(plain(each["Key"]), []).append(each["Value"])
    return held


def _named(row: Raw) -> str:
    """Return a name of an event, which has no id; nobody's address stands in it."""
    told = "|".join(str(row.get(name, "")) for name in (ADDRESS, "ListID", "Date", "URL"))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
