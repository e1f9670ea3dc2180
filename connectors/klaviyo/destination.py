"""The destination: properties by import jobs, and lists by their relationships."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    NOT_ON_THE_LIST,
    Batch,
    Declared,
    Edit,
    JobLost,
    Jobs,
    KnownTarget,
    Names,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Target,
    dig,
)
from connectors.klaviyo.account import LISTS, KlaviyoAccount

JSON_API = {"Content-Type": "application/vnd.api+json"}
IMPORTS = "/api/profile-bulk-import-jobs"
PEOPLE = Declared("/api/profiles", items="data", params={"fields[profile]": "properties"})
ON_LIST = Declared(
    "/api/lists/{joined}/profiles", items="data", fill={"joined": "id"},
    params={"fields[profile]": "joined_group_at"},
)  # fmt: skip
PROPERTIES = PerPerson(10_000)
GONE = frozenset({"not_found", "profile_not_found"})


def create_list(destination: "KlaviyoDestination", name: str) -> Response:
    """Create a list, on which nobody is yet."""
    body = {"data": {"type": "list", "attributes": {"name": name}}}
    return destination.send("POST", LISTS.path, json=body, headers=JSON_API)


class KlaviyoDestination(KlaviyoAccount, Jobs):
    """Writes properties of profiles, and who is on a list; creates nobody, and sets no consent.

    An import creates people whom it is told by address, so only ids are sent. It never calls
    `profile-subscription-bulk-create-jobs`, which subscribes and sends mail, nor
    `profile-subscription-bulk-delete-jobs`, `profile-suppression-bulk-create-jobs`,
    `profile-suppression-bulk-delete-jobs`, `profile-import`, or `profiles` with POST.
    """

    catalogue: ClassVar[Mapping[str, Names]] = {
        "list": Names(LISTS, name="attributes.name", create=create_list, created="data.id")
    }
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PROPERTIES, "field": PROPERTIES, "list": PerTarget(1000),
    }  # fmt: skip
    one_namespace = True
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": PEOPLE, "field": PEOPLE, "list": ON_LIST}
    handles: ClassVar[Mapping[str, str]] = {"tag": "data.id", "field": "data.id"}
    job = f"{IMPORTS}/{{job}}"

    def gating_lists(self) -> Sequence[str]:
        """None: consent is the profile's own, whatever lists it is on."""
        return ()

    def refusal(self, target: Target) -> str:
        """Why a target can never be written; `$consent` and the like are Klaviyo's own."""
        if target.kind != "list" and target.name.startswith("$"):
            return "properties that begin with $ are Klaviyo's own; choose another name"
        return super().refusal(target)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """A property that is set; everybody who is shown on a list is on it."""
        if known.target.kind == "list":
            return True
        value = (raw["attributes"].get("properties") or {}).get(known.id)
        return value is True if known.target.kind == "tag" else value

    def write(self, batch: Batch) -> Response:
        """Hand in an import, or add people to a list, or remove them."""
        if batch.kind == "list":
            body: Any = {"data": [{"type": "profile", "id": each.key} for each in batch.edits]}
            path, fill = "/api/lists/{joined}/relationships/profiles", {"joined": batch.id}
            method = "POST" if batch.adding else "DELETE"
            return self.send(method, path, fill=fill, json=body, headers=JSON_API)
        people = [
            {
                "type": "profile",
                "id": key,
                "attributes": {"properties": {each.id: _written(each) for each in own}},
            }
            for key, own in batch.people.items()
        ]
        of = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": people}}}
        return self.send("POST", IMPORTS, json={"data": of}, headers=JSON_API)

    def done(self, state: Response, job: str) -> Mapping[str, str] | None:
        """Errors by profile; a cancelled import has written nobody knows what."""
        attributes = state.part("data.attributes")
        if dig(attributes, "status") == "cancelled":
            raise JobLost
        if dig(attributes, "status") != "complete":
            return None
        if not dig(attributes, "failed_count"):
            return {}
        errors = Declared(IMPORTS + "/{job}/import-errors", items="data")
        return {
            str(dig(row, "attributes.original_payload.id")): NOT_ON_THE_LIST
            if dig(row, "attributes.code") in GONE
            else str(dig(row, "attributes.detail"))
            for row in self.rows_in(errors, fill={"job": job})
        }


def _written(edit: Edit) -> Any:
    """A tag is a yes; null clears."""
    return edit.value if edit.change.target.kind == "field" else (edit.adds or None)
