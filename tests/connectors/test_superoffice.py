"""SuperOffice in both roles, held against the suites and its vendor's description."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx

from connectors.kit import Broken, Change, HubError, Target, Unauthorized, Unavailable
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeClock,
    FakeSystem,
    Person,
    SourceContract,
    Written,
)
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import body_of
from connectors.superoffice import SuperOffice
from connectors.superoffice.destination import LOOKED_UP, SuperOfficeDestination
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "superoffice.json"
API = "https://online.superoffice.com/Cust00000/api"
ASKED = {
    "tenant": "Cust00000", "client_id": "a1b2", "client_secret": "a secret to look for",
    "selections": ["VIP"],
    "fields": {
        "custom.fibre": "personUdef/SuperOffice:1",
        "custom.size": {"name": "personUdef/SuperOffice:3", "number": True},
    },
}  # fmt: skip
SETTINGS = {**ASKED, "url": API}
PERSONS, ANN = "/v1/Archive/SimplePerson", "/v1/Person/7001"
STATE = "https://online.superoffice.com/api/state/Cust00000"


class Vendor(FakeApi):
    """Reads the instant of a filter in its own zone, far in the west."""

    def _serve(self, request: httpx.Request) -> httpx.Response:
        served = super()._serve(request)
        found = re.match(r"(\w+) afterTime '(\S+)'", request.url.params.get("$filter", ""))
        if found is None:
            return served
        bound = datetime.fromisoformat(found[2]).replace(tzinfo=ZoneInfo("Pacific/Honolulu"))
        rows = [row for row in served.json()["value"]
                if datetime.fromisoformat(row[found[1]]) > bound]  # fmt: skip
        return httpx.Response(200, json={"value": rows})


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("superoffice")


class TestSuperOffice(Described, SourceContract):
    connector = SuperOffice
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


@pytest.fixture
def served() -> Iterator[tuple[SuperOffice, FakeApi]]:
    tenant = SuperOffice.model_validate(SETTINGS)
    with serving(tenant, SAMPLES, Vendor) as api:
        yield tenant, api


def test_consent_to_e_marketing_grants_email_and_the_gravest_withdrawal_counts(served: Any) -> None:
    read = pages(served[0], "persons")
    names = ("contact", "channel", "granted", "reason", "origin")
    assert told(read, "Consent", *names) == [
        ("101", "email", True, "asked", "Web form"), ("102", "email", False, "asked", None),
        ("103", "email", False, "bounce", None), ("104", "email", False, "asked", None),
    ]  # fmt: skip
    days = [str(at)[:10] for (at,) in told(read, "Consent", "at")]
    assert days == ["2024-01-02", "2024-05-02", "2024-04-30", "2024-05-04"]


def test_persons_companies_sales_and_selections_belong_together(served: Any) -> None:
    tenant = served[0]
    (ida, *_) = told(pages(tenant, "persons"), "Contact", "company", "country", "email", "custom")
    assert ida == ("201", "Denmark", "ida@example.com", {"fibre": "Wool", "size": Decimal(42)})
    company = told(pages(tenant, "companies"), "Company", "industry", "number", "employees")
    assert company == [("Retail", "12345678", 50)]
    assert told(pages(tenant, "sales"), "Deal", "contact", "status", "stage", "owner") == [
        ("101", "won", "Contract", "Kim Holm"), (None, "open", "Lead", "Kim Holm"),
        ("102", "lost", "Lead", "Kim Holm"),
    ]  # fmt: skip
    assert told(pages(tenant, "members"), "GroupMember", "contact", "title") == [("101", "VIP")]
    silent = SuperOffice.model_validate({**SETTINGS, "selections": []})
    assert "members" not in {each.name for each in silent.streams()}


def test_a_change_of_the_last_hours_is_read_in_whatever_zone_the_tenant_is(served: Any) -> None:
    tenant, vendor = served
    (*_, first) = pages(tenant, "persons")
    changed = NOON + timedelta(minutes=30)
    vendor.samples[PERSONS][1] |= {"firstName": "Evy", "personUpdatedDate": changed.isoformat()}
    later = pages(tenant, "persons", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id", "first_name") == [("102", "Evy")]
    vendor.samples[PERSONS].pop(0)
    night = pages(tenant, "persons", NOON + timedelta(days=1), later[-1].state)
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def state(**said: Any) -> dict[str, Any]:
    """The vendor's own example of the state of a tenant."""
    api = "https://online2.superoffice.com/Cust12345/api"
    return {
        "ContextIdentifier": "Cust12345", "Endpoint": "https://online2.superoffice.com/Cust12345",
        "State": "Running", "IsRunning": True, "ValidUntil": "2026-02-23T09:52:01.9342965Z",
        "Api": api, "Version": "Release_11.10_2026.02.24-02", **said,
    }  # fmt: skip


@pytest.fixture
def asking() -> SuperOffice:
    tenant = SuperOffice.model_validate(ASKED)
    tenant._clock = FakeClock()
    return tenant


@respx.mock
def test_the_address_of_the_tenant_is_asked_for_and_nothing_secret_is_told(
    asking: SuperOffice,
) -> None:
    asked = respx.get(STATE).respond(json=state())
    assert asking.address == "https://online2.superoffice.com/Cust12345/api"
    assert asking.address
    assert len(asked.calls) == 1
    assert "authorization" not in asked.calls[0].request.headers


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"State": "OfflineMaintenance", "IsRunning": False}, Unavailable),
        ({"State": "Suspended", "IsRunning": False}, Unauthorized),
        ({"Api": "https://superoffice.com.example/Cust12345/api"}, Broken),
        ({"Api": "http://online2.superoffice.com/Cust12345/api"}, Broken),
    ],
)
@respx.mock
def test_a_tenant_that_is_down_gone_or_elsewhere_is_not_asked(
    asking: SuperOffice, said: Any, error: type[HubError]
) -> None:
    respx.get(STATE).respond(json=state(**said))
    with pytest.raises(error):
        _ = asking.address


def test_a_tenant_that_was_moved_meanwhile_is_left_to_the_next_run(served: Any) -> None:
    tenant, vendor = served
    vendor.outage = httpx.Response(421, text="Wrong subdomain used to access tenant")
    with pytest.raises(Unavailable, match="has moved the tenant"):
        pages(tenant, "companies")


LOYAL, NOTE = Target("list", "Loyal"), Target("field", "SuperOffice:1")
NEVER = ("Consent", "MergeTo", "MoveTo", "TryAddPersonsToEmailFlow", "DatabaseTable")
FIELD = {"FieldName": "SuperOffice:1", "FieldType": "ShortText", "DisplayName": "Note"}


class Tenant(FakeSystem):
    """Persons of the company 9, a static selection, and a text; members are taken in silence."""

    kind_of_selection = "Static"

    def offer(self, targets: Any) -> None:
        self.targets = {each: "501" if each.kind == "list" else each.name for each in targets}

    def named(self, request: httpx.Request) -> list[Person]:
        keys = re.findall(r"personId = (\d+)", request.url.params.get("$filter", ""))
        return [self.people[key] for key in keys if key in self.people] or super().named(request)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path, asked = self.path(request), request.url.params
        if request.method != "GET":
            return self.answer(request)
        if path == "/v1/Person/CustomField":
            return httpx.Response(200, json=[FIELD, {**FIELD, "FieldName": "x_person_date"}])
        if path == "/v1/Selection/501":
            kind = {"SelectionType": self.kind_of_selection, "TargetTableName": "contact"}
            return httpx.Response(200, json={"SelectionId": 501, "Name": "Loyal", **kind})
        rows: list[Any] = [{"selectionId": 501, "name": "Loyal"}]
        if path == "/v1/Selection/501/Members":
            rows = [{"person/personId": int(key)} for key in self.carried.get(LOYAL, {})]
        elif path == PERSONS and "personUdef" in asked["$select"]:
            notes = self.carried.get(NOTE, {})
            rows = [{"personId": int(key), "personUdef/SuperOffice:1": notes.get(key, "")}
                    for key in self.people]  # fmt: skip
        elif path == PERSONS:
            keys = re.findall(r"personId = (\d+)", asked["$filter"])
            rows = [{"personId": int(key), "contactId": 9} for key in keys if key in self.people]
        return httpx.Response(200, json={"value": rows})

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        _, _, kind, key, *rest = path.split("/")
        members = kind == "Selection" and rest[:1] == ["Members"]
        assert members or (kind, request.method) == ("Person", "PATCH"), f"{path} is never sent"
        keys = [str(each["PersonId"]) for each in body] if members else [key]
        if bad := self.refused & {*keys}:
            said = {"Error": True, "ErrorMessage": self.complaint(self.people[min(bad)])}
            return httpx.Response(400, json=said)
        if not self.people.keys() >= {*keys}:
            return httpx.Response(404, json={"Error": True, "ErrorMessage": "not found"})
        if not members:
            return httpx.Response(200, json={"PersonId": int(key)})
        held = self.carried.setdefault(LOYAL, {})
        for each in keys:
            held |= {each: "yes"}
            if rest[1] == "RemovePerson":
                del held[each]
        return httpx.Response(204)


def moved(way: str) -> list[Written]:
    members = [{"PersonId": 7001, "ContactId": 9}]
    return [Written("POST", f"/v1/Selection/501/Members/{way}Person", members)]


def filled(value: str) -> list[Written]:
    change = {"op": "replace", "path": "CustomFields", "value": {"SuperOffice:1": value}}
    return [Written("PATCH", ANN, [change])]


class TestSuperOfficeDestination(Described, DestinationContract):
    connector = SuperOffice
    settings = SETTINGS
    fake = Tenant
    writes = {
        (LOYAL, "yes"): moved("Add"),
        (LOYAL, None): moved("Remove"),
        (NOTE, "Wool"): filled("Wool"),
        (NOTE, None): filled(""),
    }

    def test_five_hundred_members_are_one_request_and_their_companies_five(
        self, destination: SuperOffice, api: Tenant
    ) -> None:
        changes = [Change(LOYAL, person.key, "yes") for person in api.welcome(500)]
        changes.append(Change(LOYAL, "9999", "yes"))
        results = [each.result for each in destination.push(changes)]
        assert (results.count("applied"), results.count("skipped")) == (500, 1)
        assert len(api.written()) == 1
        looked_up = [each for each in api.requests if api.path(each) == PERSONS]
        assert len(looked_up) == 500 // LOOKED_UP + 1

    def test_only_static_selections_and_texts_are_written(
        self, destination: SuperOffice, api: Tenant
    ) -> None:
        (person,) = api.welcome(1)
        api.kind_of_selection = "Dynamic"
        outcomes = destination.push([
            Change(target, person.key, "x")
            for target in (LOYAL, Target("field", "x_person_date"), Target("tag", "VIP"))
        ])  # fmt: skip
        said = {each.change.target.name: each.reason for each in outcomes}
        assert "choose a static one" in said["Loyal"]
        assert "extra table" in said["x_person_date"]
        assert "has no tags" in said["VIP"]
        assert api.written() == []

    def test_nobody_is_created_and_no_consent_is_set(
        self, destination: SuperOffice, api: Tenant
    ) -> None:
        """The documentation names what is never sent, and the fake system fails where it is."""
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        assert [each for each in NEVER if each not in (SuperOfficeDestination.__doc__ or "")] == []
