"""Salesforce as a destination, held against the suite and a description of our own."""

import re
from typing import Any

import httpx
import pytest

from connectors.kit import Change, Csv, KnownTarget, Target, Unwritable
from connectors.kit.testing import DestinationContract, FakeJob, FakeSystem, Written
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import body_of
from connectors.salesforce import Salesforce
from connectors.salesforce.destination import SalesforceDestination
from tests.connectors.test_salesforce import SETTINGS, VERSIONS, Described

PINNED = {**SETTINGS, "version": "67.0"}
VIP, TOWN, SPRING = Target("tag", "VIP__c"), Target("field", "Town__c"), Target("list", "Spring")
COLLECTION, INGEST = "/v67.0/composite/sobjects", "/v67.0/jobs/ingest"
DESCRIBED = [
    {"name": "VIP__c", "type": "boolean", "updateable": True},
    {"name": "Town__c", "type": "string", "updateable": True},
]


class Org(FakeSystem):
    """Updates records by their ids with a verdict on each, at once or as a job of CSV."""

    def offer(self, targets: Any) -> None:
        self.targets = {each: "501" if each.kind == "list" else each.name for each in targets}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path, asked = self.path(request), request.url.params.get("q")
        if path == "":
            return httpx.Response(200, json=VERSIONS)
        if path.endswith("/describe"):
            return httpx.Response(200, json={"fields": DESCRIBED})
        return self._queried(asked) if asked else self.answer(request)

    def _queried(self, asked: str) -> httpx.Response:
        def carried(target: Target) -> dict[str, Any]:
            return self.carried.get(target, {})

        rows: list[dict[str, Any]]
        if "FROM CampaignMember" in asked:
            rows = [{"Id": f"00v{key}", "ContactId": key} for key in carried(SPRING)
                    if "IN" not in asked or f"'{key}'" in asked]  # fmt: skip
        elif "FROM Campaign" in asked:
            rows = [{"Id": "501", "Name": "Spring"}]
        elif VIP.name in asked:
            rows = [{"Id": key, VIP.name: True} for key in carried(VIP)]
        else:
            rows = [{"Id": key, TOWN.name: value} for key, value in carried(TOWN).items()]
        records = [{**row, "attributes": {"type": "x"}} for row in rows]
        return httpx.Response(200, json={"totalSize": len(rows), "done": True, "records": records})

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        if path.startswith(INGEST):
            return self._ingest(request.method, path, body)
        assert path == COLLECTION, f"{request.method} {path} is never sent"
        if request.method == "DELETE":
            keys = [each.removeprefix("00v") for each in request.url.params["ids"].split(",")]
            for key in keys:
                self.carried[SPRING].pop(key, None)
        else:
            kind = "CampaignMember" if request.method == "POST" else "Contact"
            assert {each["attributes"]["type"] for each in body["records"]} == {kind}
            keys = [each.get("ContactId") or each["id"] for each in body["records"]]
        return httpx.Response(200, json=[self._verdict(key) for key in keys])

    def _verdict(self, key: str) -> dict[str, Any]:
        if key in self.people and key not in self.refused:
            return {"id": key, "success": True, "errors": []}
        code, message = self._error(key)
        return {"success": False, "errors": [{"statusCode": code, "message": message}]}

    def _error(self, key: str) -> tuple[str, str]:
        if key in self.people:
            return "FIELD_CUSTOM_VALIDATION_EXCEPTION", self.complaint(self.people[key])
        return "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"

    def _ingest(self, method: str, path: str, body: Any) -> httpx.Response:
        _, _, _, _, *rest = path.split("/")
        if not rest:
            self.jobs["7500"] = FakeJob()
            return httpx.Response(200, json={"id": "7500", "state": "Open"})
        job = self.jobs.get(rest[0])
        if job is None:
            return httpx.Response(404, json=[{"errorCode": "NOT_FOUND", "message": "no"}])
        if method == "PUT":
            keys = {row["Id"] for row in body}
            job.unknown = sorted(keys - self.people.keys())
            job.refused = [self.people[key] for key in sorted(keys & self.refused)]
            return httpx.Response(201)
        failed = [*job.unknown, *(each.key for each in job.refused)]
        if rest[1:] == ["failedResults"]:
            rows = [{"sf__Id": "", "sf__Error": ":".join(self._error(key)), "Id": key}
                    for key in failed]  # fmt: skip
            headers = {"Content-Type": "text/csv"}
            return httpx.Response(200, content=Csv().fake(rows), headers=headers)
        state = "InProgress" if job.runs else "JobComplete"
        told = {"state": state, "numberRecordsFailed": len(failed)}
        return httpx.Response(200, json={"id": rest[0], **told})


def updated(**values: Any) -> list[Written]:
    record = {"attributes": {"type": "Contact"}, "id": "7001", **values}
    return [Written("PATCH", COLLECTION, {"allOrNone": False, "records": [record]})]


MEMBER = {"attributes": {"type": "CampaignMember"}, "CampaignId": "501", "ContactId": "7001"}


class TestSalesforceDestination(Described, DestinationContract):
    connector = Salesforce
    settings = PINNED
    fake = Org
    writes = {
        (VIP, "yes"): updated(VIP__c=True),
        (VIP, None): updated(VIP__c=False),
        (TOWN, "Odense"): updated(Town__c="Odense"),
        (TOWN, None): updated(Town__c=None),
        (SPRING, "yes"): [Written("POST", COLLECTION, {"allOrNone": False, "records": [MEMBER]})],
        (SPRING, None): [Written("DELETE", COLLECTION)],
    }

    def test_nothing_that_creates_people_is_sent(self, destination: Salesforce, api: Org) -> None:
        """The documentation names what is never sent, and the fake system fails where it is."""
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        doc = SalesforceDestination.__doc__ or ""
        assert all(each in doc for each in ("upsert", "insert", "HasOptedOutOfEmail"))
        assert "__c" in destination.refusal(Target("field", "HasOptedOutOfEmail"))
        (lead,) = destination.push([Change(VIP, "00QRO000001AAAAYA4", "yes")])
        assert (lead.result, lead.reason[:6]) == ("skipped", "a lead")

    def test_a_lock_passes_and_a_second_membership_is_none(
        self, destination: Salesforce, api: Org, monkeypatch: Any
    ) -> None:
        (person,) = api.welcome(1)
        for code, target, result in (
            ("UNABLE_TO_LOCK_ROW", VIP, ("rejected", True)),
            ("DUPLICATE_VALUE", SPRING, ("applied", False)),
        ):
            row = {"success": False, "errors": [{"statusCode": code, "message": "no"}]}
            monkeypatch.setattr(Org, "_verdict", lambda _, __, row=row: row)
            (outcome,) = destination.push([Change(target, person.key, "yes")])
            assert (outcome.result, outcome.passing) == result

    @pytest.mark.parametrize(
        ("kind", "said", "written"),
        [
            ("double", "12.5", r"12\.5"), ("double", "many", "is no double"),
            ("double", "nan", "is no double"),
            ("boolean", "no", "False"), ("date", "soon", "is no date"),
            ("multipicklist", "gold; VIP", "Gold;VIP"),
            ("picklist", "Golt", r"no such value \(is it 'Gold'\?\); create it in Salesforce"),
        ],
    )  # fmt: skip
    def test_a_value_is_written_as_the_type_of_its_field(
        self, destination: Salesforce, kind: str, said: str, written: str
    ) -> None:
        values = [{"value": "Gold"}, {"value": "VIP"}]
        known = KnownTarget(TOWN, TOWN.name, {"type": kind, "picklistValues": values})
        try:
            told = str(destination.value_of(Change(TOWN, "7001", said), known))
        except Unwritable as unwritable:
            told = str(unwritable)
        assert re.search(written, told)


class InJobs(Salesforce):
    """The same, with a job for every change."""

    most_at_once = 0


def handed_in(name: str, value: str) -> list[Written]:
    of = {"object": "Contact", "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
    return [
        Written("POST", INGEST, of),
        Written("PUT", f"{INGEST}/7500/batches", [{"Id": "7001", name: value}]),
        Written("PATCH", f"{INGEST}/7500", {"state": "UploadComplete"}),
    ]


class TestSalesforceInJobs(DestinationContract):
    connector = InJobs
    settings = PINNED
    fake = Org
    writes = {
        (VIP, "yes"): handed_in("VIP__c", "True"),
        (VIP, None): handed_in("VIP__c", "False"),
        (TOWN, "Odense"): handed_in("Town__c", "Odense"),
        (TOWN, None): handed_in("Town__c", "#N/A"),
    }
