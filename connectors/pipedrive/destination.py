"""One account: how it is reached, and labels and custom fields of persons who are there."""

import re
from collections.abc import Iterator, Mapping
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

PAGES = CursorPages("additional_data.next_cursor", size=500)
PERSONS = Declared("/persons", items="data")
FIELDS = Declared("/personFields", items="data", id="field_code")
LABELS = Declared("/personFields/label_ids", items="data.options", pages=SinglePage())
MARKETING = "marketing"
"""The one list of an account with the add-on Campaigns."""
UNAUTHORIZED, PAYMENT, TOO_MANY = 401, 402, 429
SPENT = "x-daily-ratelimit-token-remaining"
TEXTS = frozenset({"varchar", "varchar_auto", "text", "phone"})
NUMBERS = frozenset({"int", "double"})
CHOICES = frozenset({"enum", "set"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _create_label(account: "PipedriveDestination", name: str) -> Response:
    return account.send("POST", "/personFields/label_ids/options", json=[{"label": name}])


def _create_field(account: "PipedriveDestination", name: str) -> Response:
    body = {"field_name": name, "field_type": "varchar", "description": "Written by segmenthub."}
    return account.send("POST", "/personFields", json=body)


def _not_ours(row: Raw) -> str:
    if not row["is_custom_field"]:
        return "a field of its own"
    kind = row["field_type"]
    return "" if kind in TEXTS | NUMBERS | CHOICES | {"date"} else f"a field of the type {kind}"


class PipedriveDestination(Writing):
    """Writes labels and custom fields of persons who are there, and nothing else of them.

    A tag is a label. It never calls `POST /persons`, `DELETE /persons/{id}` or `merge`, and never
    sends `marketing_status`, which subscribes, nor `emails`, `name` or `owner_id`.
    """

    base_url = "{self.url}"
    pages = PAGES
    limits = (Limit(20, 2),)

    api_token: Secret
    """API token (Pipedrive, Personal preferences, API)."""
    campaigns: bool = False
    """Whether the account has the add-on Campaigns, which keeps consents; only who is subscribed
    there is written to then."""
    url: Address = "https://api.pipedrive.com/api/v2"
    """Address of the API where it is not the vendor's own: a proxy."""

    _labels: dict[str, set[int]] = PrivateAttr(default_factory=dict)

    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            LABELS, name="label", create=_create_label, created="data.0.id", noun="label"
        ),
        "field": Names(
            FIELDS, name="field_name", id="field_code", create=_create_field,
            created="data.field_code", other=_not_ours, noun="custom field",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerPerson]] = {"tag": PerPerson(100), "field": PerPerson(100)}
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": PERSONS, "field": PERSONS}

    def credential(self) -> Credential:
        """Sent with every request."""
        return header("x-api-token", self.api_token)

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say what a token that ended needs, a plan that lacks something, a day that is spent."""
        said = f"{answer.where} answered {answer.status}: {self.reason_of(answer)}"
        if answer.status == UNAUTHORIZED:
            return Unauthorized(
                f"{said}; take the token that Pipedrive shows (Personal preferences, API) to a "
                "user who sees all persons"
            )
        if answer.status == PAYMENT:
            return Unauthorized(f"{said}; the plan of the account does not include it")
        if answer.status == TOO_MANY and answer.headers.get(SPENT) == "0":
            return Unavailable(
                "the tokens that Pipedrive grants the account in a day are spent; it counts anew "
                "from midnight in its own time zone",
                not_before=self._clock.now() + timedelta(hours=1),
            )
        return None

    def gating_lists(self) -> tuple[str, ...]:
        """The consents of Campaigns, where the account has that add-on."""
        return (MARKETING,) if self.campaigns else ()

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A value as its field takes it; raises Unwritable for one that it cannot hold."""
        if known.target.kind == "tag" or change.value is None:
            return change.value
        return self._typed(change.value, known)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Labels that a person has, and what one has in a field."""
        if known.target.kind == "tag":
            return int(known.id) in (raw.get("label_ids") or ())
        value = (raw.get("custom_fields") or {}).get(known.id)
        return self.separator.join(chosen) if (chosen := labels_of(value, known.raw)) else value

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
        """Write all of one person: labels beside those that others put there, and fields."""
        key = batch.edits[0].key
        tags = [each for each in batch.edits if each.change.target.kind == "tag"]
        fields = {each.id: each.value for each in batch.edits if each not in tags}
        body: dict[str, Any] = {"custom_fields": fields} if fields else {}
        if tags:
            labels = self._labels[key] | {int(each.id) for each in tags if each.adds}
            labels -= {int(each.id) for each in tags if not each.adds}
            body["label_ids"] = sorted(labels)
        return self.send("PATCH", "/persons/{id}", fill={"id": key}, json=body)

    def _typed(self, value: str, known: KnownTarget) -> Any:
        kind, name = known.raw.get("field_type"), known.target.name
        if kind in CHOICES:
            options = {each["label"]: each["id"] for each in known.raw.get("options") or ()}
            chosen = value.split(self.separator) if kind == "set" else [value]
            for each in chosen:
                if each not in options:
                    raise Unwritable(f"{name} has no such option{nearest(each, options)}")
            numbers = [options[each] for each in chosen]
            return numbers if kind == "set" else numbers[0]
        if kind == "date" and not _DAY.fullmatch(value):
            raise Unwritable(f"{name} holds dates, like 2026-01-31")
        return number_of(value, known) if kind in NUMBERS else value


def labels_of(value: Any, field: Raw) -> tuple[str, ...]:
    """Return the labels of the options that a field holds by their ids; empty for other fields."""
    if field.get("field_type") not in CHOICES or value is None:
        return ()
    labels = {each["id"]: each["label"] for each in field.get("options") or ()}
    chosen = value if isinstance(value, list) else [value]
    return tuple(labels[each] for each in chosen if each in labels)
