"""One company: how it is reached, and labels and fields of persons who are there."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Address,
    Batch,
    Change,
    Credential,
    CursorPages,
    Declared,
    HubError,
    KnownTarget,
    Limit,
    Names,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Secret,
    SinglePage,
    Unauthorized,
    Unwritable,
    Writing,
    header,
    nearest,
    number_of,
)

FIELDS = Declared("/personFields", items="data", id="field_code")
LABELS = Declared("/personFields/label_ids", items="data.options", pages=SinglePage())
PERSONS = Declared("/persons", items="data")
WRITABLE = frozenset({"varchar", "text", "varchar_auto", "double", "date", "enum", "set"})
UNPAID, REFUSED = 402, 400


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
            LABELS, name="label", noun="label",
            advice="create it in Pipedrive (Contacts, People, a person's labels)",
        ),
        "field": Names(
            FIELDS, name="field_name", id="field_code", other=_no_field, noun="custom field",
            advice="create it in Pipedrive (Company settings, Data fields, Person)",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerPerson(), "field": PerPerson(),
    }  # fmt: skip
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": PERSONS, "field": PERSONS}

    def credential(self) -> Credential:
        """Sent with every request."""
        return header("x-api-token", self.api_key)

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say that a plan has ended or lacks what is asked for."""
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
        """Labels are read before they are written."""
        return 1 + any(each.change.target.kind == "tag" for each in batch.edits)

    def write(self, batch: Batch) -> Response:
        """Write all labels and fields of one person."""
        who, body = {"person": batch.edits[0].key}, dict[str, Any]()
        labels = [each for each in batch.edits if each.change.target.kind == "tag"]
        fields = {each.id: each.value for each in batch.edits if each.change.target.kind == "field"}
        if labels:
            shown = self.send("GET", "/persons/{person}", fill=who)
            if shown.status >= REFUSED:
                return shown
            has = set(shown.part("data.label_ids") or ())
            has -= {int(each.id) for each in labels}
            body["label_ids"] = sorted(has | {int(each.id) for each in labels if each.adds})
        if fields:
            body["custom_fields"] = fields
        return self.send("PATCH", "/persons/{person}", fill=who, json=body)
