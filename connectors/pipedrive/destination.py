"""One company: how it is reached, and labels and fields of persons who are there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import PrivateAttr

from connectors.kit import (
    Address,
    Again,
    Batch,
    Change,
    Credential,
    CursorPages,
    Declared,
    HubError,
    KnownTarget,
    Limit,
    Names,
    Outcome,
    PerPerson,
    Raw,
    Response,
    Secret,
    SinglePage,
    Unauthorized,
    Unavailable,
    Unwritable,
    Writing,
    header,
    nearest,
    number_of,
    rows,
)

FIELDS = Declared("/personFields", items="data", id="field_code")
LABELS = Declared("/personFields/label_ids", items="data.options", pages=SinglePage())
PERSONS = Declared("/persons", items="data")
WRITABLE = frozenset({"varchar", "text", "varchar_auto", "double", "date", "enum", "set"})
UNAUTHORIZED, UNPAID, TOO_MANY = 401, 402, 429
TOKENS_LEFT = "x-daily-ratelimit-token-remaining"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _create_label(company: "PipedriveDestination", name: str) -> Response:
    return company.send("POST", "/personFields/label_ids/options", json=[{"label": name}])


def _create_field(company: "PipedriveDestination", name: str) -> Response:
    body = {"field_name": name, "field_type": "varchar", "description": "Written by segmenthub."}
    return company.send("POST", "/personFields", json=body)


def _no_field(row: Raw) -> str:
    if not row.get("is_custom_field"):
        return "a field of Pipedrive's own"
    kind = row.get("field_type")
    return "" if kind in WRITABLE else f"a field of the type {kind}"


class PipedriveDestination(Writing):
    """Writes to persons who are there by their numbers, and to nobody else.

    A tag is a label. It never calls `POST persons`, which creates people, and never sends
    `marketing_status`, which subscribes, or `emails`, which replaces addresses.
    """

    base_url = "{self.url}/api/v2"
    pages = CursorPages("additional_data.next_cursor", size=500)
    limits = (Limit(20, 2),)
    separator = ", "

    api_key: Secret
    """API token (Pipedrive, Personal preferences, API)."""
    url: Address
    """Address of the company, like https://example.pipedrive.com."""

    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            LABELS, name="label", create=_create_label, created="data.0.id", noun="label"
        ),
        "field": Names(
            FIELDS, name="field_name", id="field_code", other=_no_field, noun="custom field",
            create=_create_field, created="data.field_code",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerPerson]] = {"tag": PerPerson(100), "field": PerPerson(100)}
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": PERSONS, "field": PERSONS}

    _labels: dict[str, set[int]] = PrivateAttr(default_factory=dict)

    def credential(self) -> Credential:
        """Sent with every request."""
        return header("x-api-token", self.api_key)

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say what a token needs, that a plan lacks what is asked for, that a day is spent."""
        if answer.status == UNAUTHORIZED:
            return Unauthorized(
                f"{answer.where} answered 401: the token is refused; take the one that Pipedrive "
                "shows to a user who sees everybody (Personal preferences, API)"
            )
        if answer.status == TOO_MANY and answer.headers.get(TOKENS_LEFT) == "0":
            return Unavailable(
                "the tokens that Pipedrive grants the company in a day are spent; it counts anew "
                "from midnight in its own time zone",
                not_before=self._clock.now() + timedelta(hours=1),
            )
        if answer.status == UNPAID:
            return Unauthorized(
                f"{answer.where} answered 402: the company's plan has ended or lacks this; look at "
                "it in Pipedrive (Company settings, Billing)"
            )
        return None

    def gating_lists(self) -> Sequence[str]:
        """None: it has no lists that people sign up for."""
        return ()

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A value as its field takes it; raises Unwritable for an option that does not exist."""
        kind = known.raw.get("field_type")
        if known.target.kind == "tag" or change.value is None:
            return change.value
        if kind == "double":
            return number_of(change.value, known)
        if kind == "date" and not _DAY.fullmatch(change.value):
            raise Unwritable(f"{known.target.name} holds dates, like 2026-01-31")
        if kind not in ("enum", "set"):
            return change.value
        options = {each["label"]: each["id"] for each in known.raw.get("options") or ()}
        named = [change.value] if kind == "enum" else change.value.split(self.separator)
        for name in named:
            if name not in options:
                said = f"{known.target.name} has no option {name!r}{nearest(name, options)}"
                raise Unwritable(f"{said}; correct the name, or add it in Pipedrive")
        ids = [options[name] for name in named]
        return ids[0] if kind == "enum" else ids

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Labels that a person has, and what one has in a field."""
        if known.target.kind == "tag":
            return int(known.id) in (raw.get("label_ids") or ())
        value = (raw.get("custom_fields") or {}).get(known.id)
        options = {each["id"]: each["label"] for each in known.raw.get("options") or ()}
        if isinstance(value, list):
            return self.separator.join(options.get(each, str(each)) for each in value)
        return options.get(value, value)

    def requests(self, batch: Batch) -> int:
        """One that reads the labels of all, and one for each person."""
        return 1 + len(batch.people)

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Write one person after the other, whose labels are read before: they are sent whole."""
        asked = {"ids": ",".join(batch.people)}
        shown = rows(self.send("GET", "/persons", params=asked, accept=()), "data")
        self._labels = {str(each["id"]): {*(each.get("label_ids") or ())} for each in shown}
        for key, own in batch.people.items():
            if key in self._labels:
                yield from super().deliver(Batch(own))
            else:
                yield from (each.skipped() for each in own)

    def write(self, batch: Batch) -> Response:
        """Write all labels and fields of one person."""
        key, body = batch.edits[0].key, dict[str, Any]()
        labels = [each for each in batch.edits if each.change.target.kind == "tag"]
        fields = {each.id: each.value for each in batch.edits if each.change.target.kind == "field"}
        if labels:
            has = self._labels[key] - {int(each.id) for each in labels}
            body["label_ids"] = sorted(has | {int(each.id) for each in labels if each.adds})
        if fields:
            body["custom_fields"] = fields
        return self.send("PATCH", "/persons/{person}", fill={"person": key}, json=body)
