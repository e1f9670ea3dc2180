"""Writing: members of static selections, and text fields of persons."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Again,
    Batch,
    Declared,
    Edit,
    KnownTarget,
    Names,
    Outcome,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Target,
    Unwritable,
    Writing,
)
from connectors.superoffice.account import AfterPages, SuperOfficeTenant

PERSONS = "/v1/Archive/SimplePerson"
BY_PERSON = AfterPages("personId")
SELECTIONS = Declared(
    "/v1/Selection", items="value", id="selectionId", pages=AfterPages("selectionId"),
    params={"$select": "selectionId,name", "$orderBy": "selectionId"},
)  # fmt: skip
MEMBER = "person/personId"
MEMBERS = Declared(
    "/v1/Selection/{selection}/Members", items="value", id=MEMBER,
    fill={"selection": "selectionId"}, params={"$select": MEMBER},
)  # fmt: skip
TEXTS = ("ShortText", "LongText")
PEOPLE = ("contact", "person")
LOOKED_UP = 100
"""Persons whose companies one request asks for."""
FAILED = 300


class SuperOfficeDestination(SuperOfficeTenant, Writing):
    """Writes who is in a static selection, and text fields of persons who are there.

    It never creates a person or a selection, never calls `Consent` with PUT or DELETE,
    `MergeTo`, `MoveTo` or `TryAddPersonsToEmailFlow`, and no `DatabaseTable`, which no rule of the
    tenant watches.
    """

    catalogue: ClassVar[Mapping[str, Names]] = {
        "list": Names(
            SELECTIONS, id="selectionId", noun="selection",
            advice="create it in SuperOffice (Selection, static, of contacts)",
        ),
        "field": Names(
            Declared("/v1/Person/CustomField", id="FieldName"), name="FieldName", id="FieldName",
            other=lambda row: _unfit(row),  # noqa: PLW0108 - defined below
            advice="name it as SuperOffice does, by its programmer id, like SuperOffice:1",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "list": PerTarget(500), "field": PerPerson(),
    }  # fmt: skip
    read_back: ClassVar[Mapping[str, Declared]] = {
        "list": MEMBERS,
        "field": Declared(
            PERSONS, items="value", id="personId", pages=BY_PERSON,
            fill={"$select": "personId,personUdef/{id}"}, params={"$orderBy": "personId"},
        ),
    }  # fmt: skip
    reasons = ("ErrorMessage", "Message", "ErrorType")

    def gating_lists(self) -> Sequence[str]:
        """None: consent is the person's own."""
        return ()

    def known(self, target: Target) -> KnownTarget | None:
        """Look a target up; raises Unwritable for a selection that fills itself."""
        found = super().known(target)
        if found is not None and target.kind == "list":
            entity = self.once(f"selection {found.id}", lambda: self._selection(found.id))
            kind, of = entity.part("SelectionType"), str(entity.part("TargetTableName")).lower()
            if kind != "Static" or of not in PEOPLE:
                raise Unwritable(
                    f"the selection {target.name!r} is {kind} and of {of}; choose a static one of "
                    "contacts"
                )
        return found

    def look_ups(self, edits: Sequence[Edit]) -> int:
        """The kind of each selection too."""
        selections = {each.id for each in edits if each.change.target.kind == "list"}
        return super().look_ups(edits) + len(selections)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """A field that is set; everybody who is shown in a selection is in it."""
        return known.target.kind == "list" or raw.get(f"personUdef/{known.id}")

    def requests(self, batch: Batch) -> int:
        """One, and for members the look-ups of their companies."""
        return 1 if batch.kind == "field" else 1 - (-len(batch.people) // LOOKED_UP)

    def write(self, batch: Batch) -> Response:
        """Fill in the fields of one person."""
        own = {each.id: each.value or "" for each in batch.edits}
        person = {"person": batch.edits[0].key}
        change = [{"op": "replace", "path": "CustomFields", "value": own}]
        return self.send("PATCH", "/v1/Person/{person}", fill=person, json=change)

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Put members into a selection or take them out, beside their companies."""
        if batch.kind == "field":
            yield from super().deliver(batch)
            return
        companies = self._companies([*batch.people])
        here = [each for each in batch.edits if each.key in companies]
        yield from (each.skipped() for each in batch.edits if each.key not in companies)
        if not here:
            return
        members = [{"PersonId": int(each.key), "ContactId": companies[each.key]} for each in here]
        path = f"/v1/Selection/{{selection}}/Members/{'Add' if batch.adding else 'Remove'}Person"
        answer = self.send("POST", path, fill={"selection": batch.id}, json=members)
        if answer.status >= FAILED:
            yield from self.refused(answer, Batch(here))
        else:
            yield from (each.applied() for each in here)

    def _selection(self, id_: str) -> Response:
        return self.client.request("GET", "/v1/Selection/{id}", fill={"id": id_})

    def _companies(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the company of each person who is there, 0 where there is none."""
        found: dict[str, int] = {}
        for begin in range(0, len(keys), LOOKED_UP):
            some = [key for key in keys[begin : begin + LOOKED_UP] if key.isdecimal()]
            asked = {
                "$select": "personId,contactId", "$top": str(LOOKED_UP),
                "$filter": " or ".join(f"personId = {key}" for key in some),
            }  # fmt: skip
            rows = self.rows_in(Declared(PERSONS, items="value", id="personId", params=asked))
            found |= {str(row["personId"]): int(row.get("contactId") or 0) for row in rows}
        return found


def _unfit(row: Raw) -> str:
    if ":" not in str(row.get("FieldName")):
        return "a field of an extra table"
    kind = row.get("FieldType")
    return "" if kind in TEXTS else f"a field of the type {kind}, and only texts are written"
