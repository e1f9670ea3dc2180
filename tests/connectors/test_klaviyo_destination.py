"""Klaviyo as a destination, held against the suite and its vendor's description."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors.kit import Change, Target
from connectors.kit.testing import Description, DestinationContract, FakeSystem, Person, Written
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import body_of, leaves
from connectors.klaviyo import Klaviyo
from connectors.klaviyo.destination import KlaviyoDestination
from tests.connectors.test_klaviyo import SETTINGS

VIP, NOTE, LIST = Target("tag", "VIP"), Target("field", "Note"), Target("list", "Loyal")
IMPORTS = "/api/profile-bulk-import-jobs"
MEMBERS = "/api/lists/501/relationships/profiles"
LINKS = {"self": "https://a.klaviyo.com/api/x"}
AT = "2022-11-08T00:00:00+00:00"
NEVER = (
    "profile-subscription-bulk-create-jobs", "profile-subscription-bulk-delete-jobs",
    "profile-suppression-bulk-create-jobs", "profile-suppression-bulk-delete-jobs",
    "profile-import",
)  # fmt: skip


class Vendor(FakeSystem):
    """Imports at once, by id; a profile that it does not know is an error of the job."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.status = "complete"
        self.imports: list[Any] = []
        self.failed: int | None = None

    def row(self, person: Person, values: Any) -> dict[str, Any]:  # noqa: ARG002 - keyed later
        held = {
            target.name: True if target.kind == "tag" else value for target, value in values.items()
        }
        attributes = {"properties": held, "joined_group_at": AT}
        return {"type": "profile", "attributes": attributes, "links": LINKS}

    def offer(self, targets: Any) -> None:
        self.targets = dict.fromkeys(targets, "501")

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        if self.path(request) == "/api/lists":
            (row,) = answer.json()["data"]
            return httpx.Response(200, json={"data": [{**row, "type": "list", "links": LINKS}]})
        return answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        if path == MEMBERS:
            people = [self.people.get(each["id"]) for each in body["data"]]
            wrong = [each for each in people if each is None or each.key in self.refused]
            detail = self.complaint(wrong[0]) if wrong and wrong[0] else "It does not exist."
            return _error(404 if None in wrong else 400, detail) if wrong else httpx.Response(204)
        assert path.startswith(IMPORTS), f"{request.method} {path} is never sent"
        if request.method == "POST":
            self.imports.append(body["data"]["attributes"]["profiles"]["data"])
        job = path.removeprefix(IMPORTS).split("/")[1:] or [str(len(self.imports))]
        errors = [*filter(None, map(self._import_error, self.imports[int(job[0]) - 1]))]
        attributes = {
            "status": self.status, "created_at": AT, "total_count": 1,
            "failed_count": self.failed or len(errors),
        }  # fmt: skip
        state = {
            "type": "profile-bulk-import-job", "id": job[0], "attributes": attributes,
            "links": LINKS,
        }  # fmt: skip
        return _json(202 if body else 200, {"data": errors if job[1:] else state})

    def _import_error(self, sent: Any) -> Any:
        known = self.people.get(sent["id"])
        if known and known.key not in self.refused:
            return None
        attributes = {
            "code": "invalid" if known else "not_found", "title": "Invalid input",
            "detail": self.complaint(known) if known else "It does not exist.",
            "source": {"pointer": "/data"}, "original_payload": sent,
        }  # fmt: skip
        return {"type": "import-error", "id": "e", "attributes": attributes, "links": LINKS}


def _json(status: int, body: Any) -> httpx.Response:
    kind = {"Content-Type": "application/vnd.api+json"}
    return httpx.Response(status, json=body, headers=kind)


def _error(status: int, detail: str) -> httpx.Response:
    error = {"id": "1", "status": status, "code": "invalid", "title": "No", "detail": detail}
    return _json(status, {"errors": [error]})


def imported(**properties: Any) -> Written:
    person = {"type": "profile", "id": "7001", "attributes": {"properties": properties}}
    of = {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": [person]}}}
    return Written("POST", IMPORTS, {"data": of})


def related(method: str) -> Written:
    return Written(method, MEMBERS, {"data": [{"type": "profile", "id": "7001"}]})


class TestKlaviyoDestination(DestinationContract):
    connector = Klaviyo
    settings = SETTINGS
    fake = Vendor
    writes = {
        (LIST, "yes"): [related("POST")],
        (LIST, None): [related("DELETE")],
        (VIP, "yes"): [imported(VIP=True)],
        (VIP, None): [imported(VIP=None)],
        (NOTE, "silver"): [imported(Note="silver")],
        (NOTE, None): [imported(Note=None)],
    }

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("klaviyo")

    def test_ten_thousand_people_are_one_job_and_one_question(
        self, destination: Klaviyo, api: Vendor
    ) -> None:
        changes = [Change(VIP, person.key, "yes") for person in api.welcome(10_000)]
        handles = {each.handle for each in destination.push(changes)}
        assert (handles, len(api.requests)) == ({"1"}, 1)
        outcomes = list(destination.resolve("1", changes))
        assert ({each.result for each in outcomes}, len(outcomes)) == ({"applied"}, 10_000)
        assert len(api.requests) == 2

    def test_a_job_runs_until_it_is_complete_and_is_lost_where_it_was_cancelled(
        self, destination: Klaviyo, api: Vendor
    ) -> None:
        (person,) = api.welcome(1)
        changes = [Change(VIP, person.key, "yes")]
        list(destination.push(changes))
        told = {}
        for status in ("queued", "processing", "cancelled"):
            api.status = status
            told[status] = [each.result for each in destination.resolve("1", changes)]
        assert told == {"queued": ["pending"], "processing": ["pending"], "cancelled": []}

    def test_an_import_that_names_fewer_people_than_it_refused_is_lost(
        self, destination: Klaviyo, api: Vendor
    ) -> None:
        ann, bad = api.welcome(2)
        api.refused = {bad.key}
        api.failed = 2
        changes = [Change(VIP, person.key, "yes") for person in (ann, bad)]
        list(destination.push(changes))
        assert list(destination.resolve("1", changes)) == []

    def test_properties_of_klaviyos_own_are_never_written(self, destination: Klaviyo) -> None:
        assert "Klaviyo's own" in destination.refusal(Target("field", "$consent"))
        assert destination.refusal(LIST) == ""

    def test_only_ids_are_told_and_nothing_that_subscribes_is_sent(
        self, destination: Klaviyo, api: Vendor
    ) -> None:
        """The documentation names what is never sent, and the fake system fails where it is."""
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        said = [text for each in api.written() for text in leaves(each.body, names=True)]
        assert [text for text in said if "@" in text or text in {"email", "phone_number"}] == []
        assert [each for each in NEVER if each not in (KlaviyoDestination.__doc__ or "")] == []
        assert {each.path for each in api.written()} == {IMPORTS, MEMBERS}
