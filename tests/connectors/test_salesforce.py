"""Salesforce as a source, held against the suite and a description of our own."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kit import Csv, HubError, Misconfigured, Unauthorized, Unavailable
from connectors.kit.testing import Description, FakeApi, SourceContract
from connectors.kit.testing.fake import parameters
from connectors.salesforce import Salesforce, bulk
from connectors.salesforce.bulk import LocatorPages
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "salesforce.json"
SETTINGS = {
    "url": "https://example.my.salesforce.com", "client_id": "3MVG9", "consents": True,
    "client_secret": "a secret to look for",
    "fields": {
        "custom.size": "Shoe_Size__c", "custom.member": "Member__c",
        "custom.materials": "Materials__c",
    },
}  # fmt: skip
VERSIONS = [
    {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"},
    {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"},
    {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"},
]
JOHN, EVA, IB, MERGED, GONE = (f"003RO0000035WQ{letter}YAM" for letter in "ghijk")
PURPOSE = "0ZWRO000000001AAA"
JOHNS_LEAD, UNAS_LEAD = "00QRO000001AAAAYA4", "00QRO000001BBBBYA4"


def asked_of(text: str) -> str:
    """The kind of object that a query is about."""
    if "IndividualId IN" in text:
        return "Individual"
    found = re.search(r"\bFROM (\w+)", re.sub(r"\(SELECT.*?\)", "", text))
    assert found
    return found[1]


class Vendor(FakeApi):
    """Answers queries in pages by locators, and in bulk; narrows them by the instant they name."""

    counted = 0
    query = ""

    def place(self, request: httpx.Request) -> str:
        path = self.path(request)
        if found := re.fullmatch(r"/v67\.0/query/(\w+)-.*", path):
            return found[1]
        asked = request.url.params.get("q")
        return asked_of(asked) if asked else super().place(request)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path, asked = self.path(request), request.url.params.get("q", "")
        if path == "":
            return httpx.Response(200, json=VERSIONS)
        if "/jobs/query" in path:
            return self._job(request, path)
        if "COUNT()" in asked:
            return _answer([], self.counted)
        if not asked and "/query/" not in path:
            return super()._serve(request)
        if (place := self.place(request)) in self.broken:
            return self.broken[place]
        rows: Any = self.samples.get(place, [])
        if found := re.search(r"WHERE (\w+) >= (\S+)", asked):
            rows = [each for each in rows if each.get(found[1], "9") >= found[2][:-1]]
        size, left = int(request.url.params.get("limit", 2000)), len(rows)
        if "/query/" in path:
            left, size = map(int, path.rpartition("/")[2].split("-")[1:])
        begin = max(0, len(rows) - left)
        page = [
            {**row, "attributes": {"type": place}} if isinstance(row, dict) else row
            for row in rows[begin : begin + size]
        ]
        rest = len(rows) - begin - size
        following = f"/services/data/v67.0/query/{place}-{rest}-{size}" if rest > 0 else None
        if self._moving is not None and self._moving[0] is rows:
            (_, move), self._moving = self._moving, None
            move(rows)
        return _answer(page, len(rows), following)

    def _job(self, request: httpx.Request, path: str) -> httpx.Response:
        if request.method == "POST":
            self.states, self.query = ["InProgress"], json.loads(request.content)["query"]
            return httpx.Response(200, json={"id": "750", "state": "UploadComplete"})
        if not path.endswith("/results"):
            state = self.states.pop() if self.states else "JobComplete"
            return httpx.Response(200, json={"id": "750", "state": state})
        page = LocatorPages().fake(self.samples[asked_of(self.query)], parameters(request), "")
        names = [*page.items[0]]
        texts = {None: "", True: "true", False: "false"}
        rows = [{name: texts.get(row.get(name), row.get(name)) for name in names}
                for row in page.items]  # fmt: skip
        headers = {"Content-Type": "text/csv", **page.headers}
        return httpx.Response(200, content=Csv().fake(rows), headers=headers)


def _answer(rows: list[Any], total: int, following: str | None = None) -> httpx.Response:
    body = {"totalSize": total, "done": following is None, "records": rows}
    return httpx.Response(
        200, json={**body, **({"nextRecordsUrl": following} if following else {})}
    )


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("salesforce")


class TestSalesforce(Described, SourceContract):
    connector = Salesforce
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


@pytest.fixture
def served() -> Iterator[tuple[Salesforce, FakeApi]]:
    org = Salesforce.model_validate(SETTINGS)
    with serving(org, SAMPLES, Vendor) as api:
        yield org, api


def test_the_org_is_asked_which_versions_it_speaks(served: Any) -> None:
    org, vendor = served
    pages(org, "cases")
    pages(org, "cases")
    assert [vendor.path(each) for each in vendor.requests] == ["", *["/v67.0/queryAll"] * 2]


def test_deleted_and_merged_contacts_and_converted_leads_are_followed(served: Any) -> None:
    read = pages(served[0], "contacts")
    assert told(read, "Contact", "id", "merged_into", "company", "birthday") == [
        (JOHN, None, "001RO000001XxXXYA0", date(1984, 3, 3)), (EVA, None, None, None),
        (IB, None, None, None), (MERGED, JOHN, None, None),
    ]  # fmt: skip
    assert told(read, "Deleted", "noun", "id") == [("Contact", GONE)]
    (custom, *_) = told(read, "Contact", "custom", "city")
    assert custom == (
        {"size": Decimal(42), "member": True, "materials": ("Wool", "Silk")}, "Aarhus",
    )  # fmt: skip
    leads = told(pages(served[0], "leads"), "Contact", "id", "merged_into", "lifecycle")
    assert leads == [(JOHNS_LEAD, JOHN, "Qualified"), (UNAS_LEAD, None, "Open")]


def test_only_an_opt_in_grants_and_one_that_ends_permits_nothing(served: Any) -> None:
    assert told(pages(served[0], "contacts"), "Consent", "contact", "granted", "reason") == [
        (EVA, False, "asked"), (IB, False, "bounce"),
    ]  # fmt: skip
    read = pages(served[0], "permissions")
    names = ("channel", "list", "granted", "permission", "method", "origin")
    assert told(read, "Consent", *names) == [
        ("email", PURPOSE, True, None, "double", "Web form"),
        ("sms", None, False, None, None, "Call"), ("post", None, True, False, None, "Call"),
    ]  # fmt: skip
    # A consent to calls grants no text message, and one that was only seen grants nothing.
    assert told(read, "Deleted", "noun") == [("Consent",)] * 2
    assert {contact for (contact,) in told(read, "Consent", "contact")} == {JOHN}


def test_companies_deals_cases_and_campaigns_are_those_of_the_contacts(served: Any) -> None:
    org = served[0]
    company = told(pages(org, "companies"), "Company", "industry", "employees", "city")
    assert company == [("Retail", 50, "Aarhus")]
    assert told(pages(org, "deals"), "Deal", "contact", "status", "owner", "expected_at") == [
        (JOHN, "won", "Kim Holm", None), (None, "open", None, date(2026, 12, 1)),
        (None, "lost", None, None),
    ]  # fmt: skip
    assert told(pages(org, "cases"), "Support", "contact", "topic") == [(EVA, "Electrical")]
    assert told(pages(org, "campaign_members"), "GroupMember", "contact", "title") == [
        (JOHN, "Spring"), (UNAS_LEAD, "Spring"),
    ]  # fmt: skip


def test_a_row_that_the_system_changed_is_read_though_nobody_modified_it(served: Any) -> None:
    org, vendor = served
    (*_, first) = pages(org, "contacts")
    changed = NOON + timedelta(minutes=30)
    # Eva's account was renamed by a job: only the system's own instant moves.
    vendor.samples["Contact"][1] |= {"LastName": "Lund", "SystemModstamp": changed.isoformat()}
    later = pages(org, "contacts", NOON + timedelta(hours=1), first.state)
    assert told(later, "Contact", "id", "last_name") == [(EVA, "Lund")]
    vendor.samples["Contact"].pop()
    night = pages(org, "contacts", NOON + timedelta(days=1), later[-1].state)
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]


def test_very_many_contacts_are_one_job(served: Any, monkeypatch: Any) -> None:
    org, vendor = served
    plain = pages(org, "contacts")
    vendor.requests.clear()
    vendor.counted = 100_001
    monkeypatch.setattr(bulk, "RESULTS", replace(bulk.RESULTS, pages=LocatorPages(2)))
    read = pages(org, "contacts")
    for kind in ("Contact", "Consent", "Deleted"):
        assert told(read, kind, "id") == told(plain, kind, "id")
    assert told(read, "Contact", "custom")[0] == told(plain, "Contact", "custom")[0]
    assert read[-1].whole
    asked = [vendor.path(each).rpartition("/v67.0")[2] for each in vendor.requests]
    assert asked[2:] == ["/jobs/query", *["/jobs/query/750"] * 2, *["/jobs/query/750/results"] * 3]


@pytest.mark.parametrize(
    ("status", "code", "error", "said"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", Unavailable, "the last 24 hours"),
        (400, "INVALID_TYPE", Unauthorized, "Setup, Permission Sets"),
        (400, "INVALID_FIELD", Misconfigured, "field-level security"),
        (404, "UNSUPPORTED_API_VERSION", Misconfigured, "leave it out"),
    ],
)
def test_what_a_person_can_mend_is_named(
    served: Any, status: int, code: str, error: type[HubError], said: str
) -> None:
    org, vendor = served
    pages(org, "cases")
    vendor.outage = httpx.Response(status, json=[{"errorCode": code, "message": "no"}])
    with pytest.raises(error, match=said):
        pages(org, "companies")
