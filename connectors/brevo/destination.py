"""One account: how it is reached, and lists and attributes of contacts who are there."""

import re
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
    OffsetPages,
    Outcome,
    PerPerson,
    PerTarget,
    RateHeaders,
    Raw,
    Response,
    Secret,
    SinglePage,
    Target,
    Unauthorized,
    Unwritable,
    Writing,
    header,
    nearest,
    number_of,
)

FEW = OffsetPages(size=50, total_path="count")
LISTS = Declared("/contacts/lists", items="lists", pages=FEW)
ATTRIBUTES = Declared("/contacts/attributes", items="attributes", pages=SinglePage(), id="name")
CONTACTS = Declared(
    "/contacts", items="contacts", pages=OffsetPages(size=1000, total_path="count"),
    params={"sort": "asc"},
)  # fmt: skip
ON_LIST = Declared(
    "/contacts/lists/{joined}/contacts", items="contacts", fill={"joined": "id"},
    pages=OffsetPages(size=500, total_path="count"), params={"sort": "asc"},
)  # fmt: skip
REFUSED, UNAUTHORIZED, FORBIDDEN = 400, 401, 403
YES_NO = {"yes": True, "no": False}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
KEYS = "(Brevo, Settings, SMTP & API, API keys)"
WRITABLE = frozenset({"normal", "category"})
"""Categories of attributes that a contact has a value of its own in."""


def _create(account: "BrevoDestination", name: str) -> Response:
    return account.send(
        "POST", "/contacts/attributes/normal/{name}", fill={"name": name}, json={"type": "boolean"}
    )


def _no_field(row: Raw) -> str:
    return "" if row.get("category") in WRITABLE else f"a {row.get('category')} attribute"


def _no_tag(row: Raw) -> str:
    return "" if row.get("type") == "boolean" else f"an attribute of the type {row.get('type')}"


class BrevoDestination(Writing):
    """Writes to contacts who are there by their numbers, and to nobody else.

    A tag is an attribute that is yes or no. It never calls `contacts` or `contacts/import`, which
    create people, nor `contacts/doubleOptinConfirmation`, which asks them to subscribe, and it
    never sends `emailBlacklisted`, with which people who left would come back.
    """

    base_url = "{self.url}"
    pages = OffsetPages(size=100, total_path="count")
    limits = (Limit(10, 1), Limit(36_000, 3600))
    learns = RateHeaders("x-sib-ratelimit-remaining", "x-sib-ratelimit-reset")

    api_key: Secret
    """API key (Brevo, Settings, SMTP & API, API keys)."""
    list: int
    """Number of the list whose subscribers may be written to; it is never written to itself."""
    url: Address = "https://api.brevo.com/v3"
    """Address of the API where it is not the vendor's own: a proxy."""

    catalogue: ClassVar[Mapping[str, Names]] = {
        "list": Names(LISTS, advice="create it in Brevo (Contacts, Lists)"),
        "tag": Names(
            ATTRIBUTES, id="name", create=_create, created="name", other=_no_tag, noun="attribute"
        ),
        "field": Names(
            ATTRIBUTES, id="name", other=_no_field, noun="attribute",
            advice="create it in Brevo (Contacts, Settings, Contact attributes)",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "list": PerTarget(150), "tag": PerPerson(100), "field": PerPerson(100),
    }  # fmt: skip
    one_namespace = True
    read_back: ClassVar[Mapping[str, Declared]] = {
        "list": ON_LIST, "tag": CONTACTS, "field": CONTACTS,
    }  # fmt: skip

    def credential(self) -> Credential:
        """Sent with every request."""
        return header("api-key", self.api_key)

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say what a key may not do: it is wrong, bound to other machines, or has no right."""
        if answer.status not in (UNAUTHORIZED, FORBIDDEN):
            return None
        said = f"{answer.where} answered {answer.status}"
        if "ip address" in str(answer.find("message")).casefold():
            return Unauthorized(
                f"{said}: this machine's address is not among those that may use the key; add it "
                "(Brevo, Settings, Security, Authorised IPs)"
            )
        return Unauthorized(f"{said}: the key is refused; make a new one {KEYS}")

    def gating_lists(self) -> Sequence[str]:
        """The list: who is not subscribed to it is not written to."""
        return (str(self.list),)

    def known(self, target: Target) -> KnownTarget | None:
        """Look a target up; raises Unwritable for the list that people sign up for."""
        found = super().known(target)
        if found and target.kind == "list" and found.id == str(self.list):
            raise Unwritable(
                f"people sign up for the list {target.name!r} themselves; choose another list"
            )
        return found

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A value as its attribute takes it; raises Unwritable for one that it cannot hold."""
        if known.target.kind == "tag":
            return change.value is not None
        return "" if change.value is None else _typed(change.value, known)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Everybody who is shown on a list; an attribute that is true, or what it holds."""
        if known.target.kind == "list":
            return True
        value = raw["attributes"].get(known.id)
        if known.target.kind == "tag":
            return value is True
        labels = {each["value"]: each["label"] for each in known.raw.get("enumeration") or ()}
        return labels.get(value, value) if labels else value

    def write(self, batch: Batch) -> Response:
        """Put people on one list or take them off, or write all attributes of each."""
        if batch.kind == "list":
            way = "add" if batch.adding else "remove"
            ids = [int(each.key) for each in batch.edits]
            path = f"/contacts/lists/{{joined}}/contacts/{way}"
            return self.send("POST", path, fill={"joined": batch.id}, json={"ids": ids})
        people = [
            {"id": int(key), "attributes": {each.id: each.value for each in own}}
            for key, own in batch.people.items()
        ]
        return self.send("POST", "/contacts/batch", json={"contacts": people})

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Of a list those who were moved; all others are looked up on it."""
        if batch.kind != "list":
            yield from super().verdicts(answer, batch)
            return
        moved = {str(each) for each in answer.part("contacts.success") or ()}
        yield from (each.applied() for each in batch.edits if each.key in moved)

    def refused(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Nothing is told where all of a list's people were there already, or are nobody."""
        said = str(answer.find("message")).casefold()
        if batch.kind == "list" and answer.status == REFUSED and "already" in said:
            return iter(())
        return super().refused(answer, batch)


def _typed(value: str, known: KnownTarget) -> Any:
    """Return a text as the type of an attribute takes it; raises Unwritable."""
    name, kind = known.target.name, known.raw.get("type")
    options: Mapping[str, Any] = {
        each["label"]: each["value"] for each in known.raw.get("enumeration") or ()
    }
    if kind == "boolean":
        options = YES_NO
    if options:
        if value not in options:
            raise Unwritable(f"{name} has no such option{nearest(value, options)}")
        return options[value]
    if kind == "date" and not _DAY.fullmatch(value):
        raise Unwritable(f"{name} holds dates, like 2026-01-31")
    return number_of(value, known) if kind == "float" else value
