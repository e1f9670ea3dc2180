"""Klaviyo as a destination, held against the suite and its vendor's description."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connectors.kit import Change, Target
from connectors.kit.testing import Description, DestinationContract, FakeSystem, Person, Written
from connectors.kit.testing.system import body_of
from connectors.klaviyo import Klaviyo
from tests.connectors.test_klaviyo import SETTINGS

VIP, NOTE, LIST = Target("tag", "VIP"), Target("field", "Note"), Target("list", "Loyal")
IMPORTS = "/api/profile-bulk-import-jobs"
MEMBERS = "/api/lists/501/relationships/profiles"
LINKS = {"self": "https://a.klaviyo.com/api/x"}
AT = "2022-11-08T00:00:00+00:00"
NEVER = ("subscription", "suppression", "profile-import", "profile-merge")
"""Parts of paths that would create people, or speak for them."""


class Vendor(FakeSystem):
    """Imports at once, by id; a profile that it does not know is an error of the job."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.status = "complete"
        self.imports: list[Any] = []

    def row(self, person: Person, values: Any) -> dict[str, Any]:  # noqa: ARG002 - keyed later
        held = {
            target.name: True if target.kind == "tag" else value for target, value in values.items()
        }
        attributes = {"properties": held, "joined_group_at": AT}
        return {"type": "profile", "attributes": attributes, "links": LINKS}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        answer = super()._serve(request)
        if request.method == "GET" and self.path(request) == "/api/lists":
            row = {"type": "list", "id": "501", "attributes": {"name": "Loyal"}, "links": LINKS}
            return httpx.Response(200, json={"data": [row]})
        return answer

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        assert not any(each in path for each in NEVER), path
        if path == MEMBERS:
            return self._related(body["data"])
        if request.method != "GET":
            self.imports.append(body["data"]["attributes"]["profiles"]["data"])
            return _json(202, {"data": self._job(str(len(self.imports)))})
        job = path.split("/")[3]
        if path.endswith("import-errors"):
            return _json(200, {"data": self._errors(self.imports[int(job) - 1])})
        return _json(200, {"data": self._job(job)})

    def _related(self, people: Any) -> httpx.Response:
        for each in people:
            if each["id"] not in self.people:
                return _errors(404, "A profile does not exist.")
            if each["id"] in self.refused:
                return _errors(400, self.complaint(self.people[each["id"]]))
        return httpx.Response(204)

    def _errors(self, people: Any) -> list[Any]:
        found = []
        for each in people:
            known = self.people.get(each["id"])
            if known is None or each["id"] in self.refused:
                found.append(
                    {
                        "type": "import-error",
                        "id": f"error-{each['id']}",
                        "attributes": {
                            "code": "invalid" if known else "not_found",
                            "title": "Invalid input",
                            "detail": self.complaint(known) if known else "It does not exist.",
                            "source": {"pointer": "/data"},
                            "original_payload": each,
                        },
                        "links": LINKS,
                    }
                )
        return found

    def _job(self, job: str) -> Any:
        failed = len(self._errors(self.imports[int(job) - 1]))
        attributes = {
            "status": self.status, "created_at": AT, "total_count": 1, "failed_count": failed,
        }  # fmt: skip
        return {
            "type": "profile-bulk-import-job", "id": job, "attributes": attributes, "links": LINKS,
        }  # fmt: skip


def _json(status: int, body: Any) -> httpx.Response:
    kind = {"Content-Type": "application/vnd.api+json"}
    return httpx.Response(status, json=body, headers=kind)


def _errors(status: int, detail: str) -> httpx.Response:
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

    def test_properties_of_klaviyos_own_are_never_written(self, destination: Klaviyo) -> None:
        assert "Klaviyo's own" in destination.refusal(Target("field", "$consent"))
        assert destination.refusal(LIST) == ""
