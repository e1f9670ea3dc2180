"""The account, and what is written: properties by import jobs, and lists by their relationships."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    NOT_ON_THE_LIST,
    Address,
    Batch,
    Change,
    Credential,
    Declared,
    JobLost,
    Jobs,
    KnownTarget,
    Limit,
    LinkPages,
    Names,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Secret,
    Target,
    header,
)

JSON_API = {"Content-Type": "application/vnd.api+json"}
IMPORTS = "/api/profile-bulk-import-jobs"
RELATED = "/api/lists/{joined}/relationships/profiles"
SLOW = ("/api/campaigns", "/api/metrics", IMPORTS, RELATED)
"""Paths with a rate of their own."""
ALL = LinkPages("links.next")
LISTS = Declared("/api/lists", items="data", pages=ALL)
PEOPLE = Declared("/api/profiles", items="data", params={"fields[profile]": "properties"})
ON_LIST = Declared("/api/lists/{joined}/profiles", items="data", fill={"joined": "id"})


class KlaviyoDestination(Jobs):
    """Writes properties of profiles, and who is on a list; creates nobody, and sets no consent.

    An import creates people whom it is told by address, so only ids are sent. It never calls
    `profile-subscription-bulk-create-jobs`, which subscribes and sends mail, nor
    `profile-subscription-bulk-delete-jobs`, `profile-suppression-bulk-create-jobs`,
    `profile-suppression-bulk-delete-jobs`, `profile-import`, or `profiles` with POST.
    """

    base_url = "{self.url}"
    pages = LinkPages("links.next", size=100, limit="page[size]")
    # Beside the rate of most lists those of single ones, per second and per minute.
    limits = (
        Limit(75, 1), Limit(750, 60), Limit(3, 1, of="/api/flows"), Limit(60, 60, of="/api/flows"),
        *(Limit(10, 1, of=each) for each in SLOW), *(Limit(150, 60, of=each) for each in SLOW),
    )  # fmt: skip

    api_key: Secret
    """Private API key (Klaviyo, Settings, API keys), like pk_0123…"""
    revision: str = "2026-10-15"
    """Revision of the API."""
    url: Address = "https://a.klaviyo.com"
    """Address of the API where it is not the vendor's own: a proxy."""

    catalogue: ClassVar[Mapping[str, Names]] = {"list": Names(LISTS, name="attributes.name")}
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerPerson(10_000), "field": PerPerson(10_000), "list": PerTarget(1000),
    }  # fmt: skip
    one_namespace = True
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": PEOPLE, "field": PEOPLE, "list": ON_LIST}
    handles: ClassVar[Mapping[str, str]] = {"tag": "data.id", "field": "data.id"}
    job = f"{IMPORTS}/{{job}}"

    def credential(self) -> Credential:
        """The key; the revision goes along with every request."""
        key = header("Authorization", self.api_key, prefix="Klaviyo-API-Key ")
        return Credential({**key.headers, "revision": self.revision})

    def gating_lists(self) -> Sequence[str]:
        """None: consent is the profile's own, whatever lists it is on."""
        return ()

    def refusal(self, target: Target) -> str:
        """Why a target can never be written; `$consent` and the like are Klaviyo's own."""
        if target.kind != "list" and target.name.startswith("$"):
            return "properties that begin with $ are Klaviyo's own; choose another name"
        return super().refusal(target)

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A tag is a property that is true; null clears."""
        return change.value if known.target.kind == "field" else (True if change.value else None)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """A property that is set; everybody who is shown on a list is on it."""
        if known.target.kind == "list":
            return True
        value = (raw["attributes"].get("properties") or {}).get(known.id)
        return value is True if known.target.kind == "tag" else value

    def write(self, batch: Batch) -> Response:
        """Hand in an import, or add people to a list, or remove them."""
        if batch.kind == "list":
            method, fill = "POST" if batch.adding else "DELETE", {"joined": batch.id}
            body: Any = {"data": [_profile(each.key) for each in batch.edits]}
            return self.send(method, RELATED, fill=fill, json=body, headers=JSON_API)
        people = [
            _profile(key, attributes={"properties": {each.id: each.value for each in own}})
            for key, own in batch.people.items()
        ]
        of = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": people}}}
        return self.send("POST", IMPORTS, json={"data": of}, headers=JSON_API)

    def done(self, state: Response, job: str) -> Mapping[str, str] | None:
        """Errors by profile; an import that was cancelled or names too few of them is lost."""
        own = state.part("data.attributes") or {}
        if own.get("status") == "cancelled":
            raise JobLost
        if own.get("status") != "complete":
            return None
        errors = Declared(f"{self.job}/import-errors", items="data")
        failed = own.get("failed_count") or 0
        rows = self.rows_in(errors, fill={"job": job}) if failed else ()
        told = [row["attributes"] for row in rows]
        refused = {str(each["original_payload"]["id"]): _why(each) for each in told}
        if len(refused) < failed:
            raise JobLost
        return refused


def _profile(key: str, **more: Any) -> Raw:
    return {"type": "profile", "id": key, **more}


def _why(error: Raw) -> str:
    return NOT_ON_THE_LIST if error["code"] == "not_found" else str(error["detail"])
