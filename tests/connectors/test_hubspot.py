"""HubSpot in both roles, held against the suites and its vendor's description."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.hubspot import HubSpot
from connectors.hubspot.destination import HubSpotDestination
from connectors.kit import (
    Change,
    HubError,
    KnownTarget,
    Target,
    Unauthorized,
    Unavailable,
    Unwritable,
)
from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeApi,
    FakeSystem,
    Person,
    SourceContract,
    Written,
)
from connectors.kit.testing.destinations.given import pushed
from connectors.kit.testing.system import body_of
from tests.connectors.reading import NOON, pages, serving, told

SAMPLES = Path(__file__).parent / "samples" / "hubspot.json"
SETTINGS = {
    "token": "a token to look for", "list": 501,
    "fields": {
        "birthday": "date_of_birth", "custom.size": "shoe_size", "custom.member": "is_member",
        "custom.materials": "materials", "custom.absent": "nowhere",
    },
}  # fmt: skip
AT = "2026-08-02T12:00:00Z"
STATUSES = "/communication-preferences/2026-09/statuses/batch/read"
CONTACTS = "/crm/objects/2026-09/contacts"
UPDATE = f"{CONTACTS}/batch/update"
PROPERTIES = "/crm/properties/2026-09/contacts"
LISTS = "/crm/lists/2026-09"
PROPERTY = {"description": "", "groupName": "contactinformation", "label": "A label"}
AROUND: dict[str, Any] = {
    "batch/read": {"completedAt": AT, "startedAt": AT, "status": "COMPLETE"},
    "batch/update": {"completedAt": AT, "startedAt": AT, "status": "COMPLETE"},
    "search": {"total": 1, "hasMore": False, "offset": 0},
    "stage": {**PROPERTY, "name": "stage", "type": "enumeration", "fieldType": "select"},
}  # fmt: skip
"""End of a path -> what answers there hold beside their rows."""


def answer(path: str, body: Any, status: int = 200) -> httpx.Response:
    around: Any = next((each for end, each in AROUND.items() if path.endswith(end)), {})
    return httpx.Response(status, json={**around, **body})


class Vendor(FakeApi):
    """Narrows searches as the vendor does, and refuses what lies behind its 10,000th row."""

    most = 10_000

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = self.path(request)
        if path == STATUSES:
            return answer(path, {"results": self.samples.get(path, ())})
        served = super()._serve(request)
        body = served.json()
        if path.endswith("/search") and "results" in body:
            rows, asked = self.samples.get(self.place(request), ()), body_of(request)
            assert int(asked["after"]) + asked["limit"] <= self.most
            for each in asked["filterGroups"][0]["filters"]:
                rows = [row for row in rows if _holds(row, each)]
            body["results"] = rows[int(asked["after"]) :][: asked["limit"]]
        return answer(path, body) if served.is_success else served


def _holds(row: Any, asked: Any) -> bool:
    if asked["propertyName"] == "hs_object_id":
        return int(row.get("id", "1")) > int(asked["value"])
    at = datetime.fromisoformat(row.get("properties", {}).get(asked["propertyName"]) or AT)
    return at.timestamp() * 1000 >= int(asked["value"])


class Described:
    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("hubspot")


class TestHubSpot(Described, SourceContract):
    connector = HubSpot
    settings = SETTINGS
    samples = SAMPLES
    fake = Vendor


@pytest.fixture
def served() -> Iterator[tuple[HubSpot, FakeApi]]:
    account = HubSpot.model_validate(SETTINGS)
    with serving(account, SAMPLES, Vendor) as api:
        yield account, api


def test_a_subscription_is_a_grant_only_where_the_person_was_asked(served: Any) -> None:
    read = pages(served[0], "contacts")
    assert told(read, "Consent", "contact", "list", "granted", "permission", "reason") == [
        ("100451", "501", True, None, "asked"), ("100451", "502", True, False, "asked"),
        ("100452", "501", False, None, "asked"), ("100452", None, False, None, "asked"),
        ("100453", None, False, None, "bounce"),
    ]  # fmt: skip
    assert told(read, "ListMember", "title", "status") == [
        ("Newsletter", "subscribed"), ("Offers", "subscribed"), ("Events", "none"),
        ("Newsletter", "unsubscribed"),
    ]  # fmt: skip


def test_contacts_have_typed_fields_a_company_and_those_whom_they_were_merged_from(
    served: Any,
) -> None:
    read = pages(served[0], "contacts")
    assert told(read, "Contact", "id", "merged_into", "company", "birthday")[:4] == [
        ("100451", None, "200301", date(1984, 3, 3)), ("100107", "100451", None, None),
        ("100108", "100451", None, None), ("100452", None, None, None),
    ]  # fmt: skip
    (custom, *_), (emails, *_) = told(read, "Contact", "custom"), told(read, "Contact", "emails")
    assert custom == (
        {"size": Decimal(42), "member": True, "materials": ("wool", "silk")},
    )  # fmt: skip
    assert emails == (("test@example.org",),)
    joined = told(pages(served[0], "group_members"), "GroupMember", "contact", "title")
    assert joined == [("100451", "VIP"), ("100452", "VIP")]


def test_companies_deals_and_cases_are_those_of_the_contacts(served: Any) -> None:
    (company,) = told(pages(served[0], "companies"), "Company", "industry", "employees", "city")
    assert company == ("RETAIL", 50, "Aarhus")
    deals = told(pages(served[0], "deals"), "Deal", "contact", "status", "stage", "owner")
    assert deals == [
        ("100451", "won", "Closed won", "Kim Holm"), (None, "open", "qualified", None),
        (None, "lost", "Closed lost", None),
    ]  # fmt: skip
    closed = told(pages(served[0], "deals"), "Deal", "closed_at", "expected_at")
    assert [[at and at.year for at in each] for each in closed] == [
        [2024, None], [None, 2026], [2024, None],
    ]  # fmt: skip
    (case,) = told(pages(served[0], "tickets"), "Support", "contact", "status", "topic")
    assert case == ("100452", "Closed", "PRODUCT_ISSUE")


def test_more_contacts_of_one_instant_than_a_search_shows_are_all_read(served: Any) -> None:
    account, vendor = served
    (*_, before) = pages(account, "contacts")
    first, *_ = people = vendor.samples[f"{CONTACTS}/search"]
    changed = (NOON + timedelta(minutes=5)).isoformat()
    properties = {**first["properties"], "lastmodifieddate": changed, "email": None}
    people[:] = [
        {**first, "id": str(number), "properties": properties} for number in range(100_500, 101_000)
    ]
    # In the order of the instant the third page would be refused: all 500 are of one.
    vendor.most = 400
    later = pages(account, "contacts", NOON + timedelta(hours=1), before.state)
    found = [id_ for (id_,) in told(later, "Contact", "id") if int(id_) >= 100_500]
    assert (len(found), len({*found})) == (500, 500)
    assert not any(page.whole for page in later)


def test_who_was_archived_is_missing_from_the_read_of_the_day(served: Any) -> None:
    account, vendor = served
    (*_, first) = pages(account, "contacts")
    vendor.samples[f"{CONTACTS}/search"].pop(1)
    later = pages(account, "contacts", NOON + timedelta(hours=1), first.state)
    night = pages(account, "contacts", NOON + timedelta(days=1), later[-1].state)
    assert [first.whole, later[-1].whole, night[-1].whole] == [True, False, True]
    assert ("100452",) not in told(night, "Contact", "id")


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (
            403,
            {"category": "MISSING_SCOPES", "message": "no",
             "errors": [{"context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}]},
            Unauthorized, r"crm.objects.deals.read; grant it in HubSpot",
        ),
        (429, {"policyName": "DAILY", "message": "no"}, Unavailable, "from midnight"),
    ],
)  # fmt: skip
def test_a_missing_scope_and_a_spent_day_are_told(
    served: Any, status: int, body: Any, error: type[HubError], said: str
) -> None:
    served[1].outage = httpx.Response(status, json=body)
    with pytest.raises(error, match=said):
        pages(served[0], "companies")


VIP, TOWN, LIST = Target("tag", "vip"), Target("field", "town"), Target("list", "Loyal")
NEVER = (
    "batch/create", "batch/upsert", "merge", "gdpr-delete", "subscribe", "resubscribe",
    "unsubscribe-all", "batch/write", "hs_marketable_status",
)  # fmt: skip


class Account(FakeSystem):
    """Updates by id with an error for each that is not there; lists that name who is missing."""

    spared_paths = frozenset({f"{LISTS}/search", f"{CONTACTS}/search"})

    def offer(self, targets: Any) -> None:
        self.targets = {each: "501" if each.kind == "list" else each.name for each in targets}

    def row(self, person: Person, values: Any) -> dict[str, Any]:  # noqa: ARG002 - keyed later
        held = {
            each.name: "true" if each.kind == "tag" else value for each, value in values.items()
        }
        around = {"archived": False, "createdAt": AT, "updatedAt": AT, "membershipTimestamp": AT}
        return {"properties": held, **around}

    def written(self) -> list[Written]:
        return [each for each in super().written() if each.path not in self.spared_paths]

    def _serve(self, request: httpx.Request) -> httpx.Response:
        path = self.path(request)
        if path not in self.spared_paths and request.method != "GET":
            return self.answer(request)
        listed = self._list(self._destination, request)  # type: ignore[arg-type]
        assert listed is not None
        body = listed.json()
        if "/properties/" in path:
            kinds = {"vip": "bool", "town": "string"}
            body["results"] = [
                {**PROPERTY, "options": [], "fieldType": "text", "type": kinds[name], "name": name}
                for name in ("vip", "town")
            ]
        for row in body.get("lists", ()):
            row |= {
                "objectTypeId": "0-1", "processingType": "MANUAL", "processingStatus": "COMPLETE",
                "listVersion": 1, "additionalProperties": {},
            }  # fmt: skip
        return answer(path, body)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = self.path(request), body_of(request)
        if path == f"{LISTS}/501/memberships/add-and-remove":
            known = {way: [key for key in keys if key in self.people] for way, keys in body.items()}
            bad = self.refused & {*body["recordIdsToAdd"], *body["recordIdsToRemove"]}
            if bad:
                return self._refusal(min(bad))
            return httpx.Response(200, json={
                "recordsIdsAdded": known["recordIdsToAdd"],
                "recordIdsRemoved": known["recordIdsToRemove"],
                "recordIdsMissing": [
                    key for keys in body.values() for key in keys if key not in self.people
                ],
            })  # fmt: skip
        if path == PROPERTIES:
            return httpx.Response(201, json={**body, "options": []})
        assert path == UPDATE, f"{request.method} {path} is never sent"
        ids = [each["id"] for each in body["inputs"]]
        if bad := self.refused & {*ids}:
            return self._refusal(min(bad))
        done = [{"id": key, **self.row(self.people[key], {})} for key in ids if key in self.people]
        gone = [key for key in ids if key not in self.people]
        error = {
            "status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get them",
            "context": {"ids": gone}, "errors": [], "links": {},
        }  # fmt: skip
        errors = {"numErrors": 1, "errors": [error]} if gone else {}
        return answer(path, {"results": done, **errors}, 207 if gone else 200)

    def _refusal(self, key: str) -> httpx.Response:
        """An answer of the account's own rules for a property."""
        said = {"message": self.complaint(self.people[key]), "category": "VALIDATION_ERROR"}
        return httpx.Response(
            400, json={**said, "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf"}
        )


def updated(**properties: str) -> list[Written]:
    return [Written("POST", UPDATE, {"inputs": [{"id": "7001", "properties": properties}]})]


def moved(to_add: list[str], to_remove: list[str]) -> list[Written]:
    body = {"recordIdsToAdd": to_add, "recordIdsToRemove": to_remove}
    return [Written("PUT", f"{LISTS}/501/memberships/add-and-remove", body)]


class TestHubSpotDestination(Described, DestinationContract):
    connector = HubSpot
    settings = SETTINGS
    fake = Account
    writes = {
        (VIP, "yes"): updated(vip="true"),
        (VIP, None): updated(vip=""),
        (TOWN, "Odense"): updated(town="Odense"),
        (TOWN, None): updated(town=""),
        (LIST, "yes"): moved(["7001"], []),
        (LIST, None): moved([], ["7001"]),
    }

    def test_ten_thousand_on_a_list_and_two_thousand_off_are_one_request(
        self, destination: HubSpot, api: Account
    ) -> None:
        people = api.welcome(12_000)
        changes = [
            Change(LIST, person.key, "yes" if place < 10_000 else None)
            for place, person in enumerate(people)
        ]
        assert {each.result for each in destination.push(changes)} == {"applied"}
        assert len(api.written()) == 1

    def test_nothing_that_creates_or_subscribes_is_sent(
        self, destination: HubSpot, api: Account
    ) -> None:
        """The documentation names what is never sent, and the fake system fails where it is."""
        pushed(destination, self.adding(*api.welcome(2), api.person(9999)))
        pushed(destination, self.removing(*api.welcome(2)))
        assert [each for each in NEVER if each not in (HubSpotDestination.__doc__ or "")] == []
        assert {each.method for each in api.written()} == {"PUT", "POST"}
        for name in ("hs_marketable_status", "hs_email_optout", "email", "Vip"):
            assert destination.refusal(Target("field", name))

    @pytest.mark.parametrize(
        ("kind", "said", "written"),
        [
            ("number", "12.5", "12.5"), ("number", "many", "is no number"),
            ("bool", "yes", "true"), ("bool", "perhaps", "is no bool"),
            ("date", "2026-08-02", "2026-08-02"), ("date", "soon", "is no date"),
            ("enumeration", "Gold; vip", "gold;vip"),
            ("enumeration", "Golt", r"no such option \(is it 'gold'\?\); create it in HubSpot"),
        ],
    )  # fmt: skip
    def test_a_value_is_written_as_the_type_of_its_property(
        self, destination: HubSpot, kind: str, said: str, written: str
    ) -> None:
        options = [{"label": "Gold", "value": "gold"}, {"label": "VIP", "value": "vip"}]
        known = KnownTarget(TOWN, "town", {"type": kind, "options": options})
        try:
            told = destination.value_of(Change(TOWN, "7001", said), known)
        except Unwritable as unwritable:
            told = str(unwritable)
        assert re.search(written, told)

    def test_a_property_is_created_only_where_the_config_says_so(
        self, destination: HubSpot, api: Account
    ) -> None:
        missing = [Change(Target("tag", "loyal"), api.welcome(1)[0].key, "yes")]
        (refused,) = destination.push(missing)
        assert "create_properties = true" in refused.reason
        object.__setattr__(destination, "create_properties", True)
        (applied,) = destination.push(missing)
        created, update = api.written()
        assert applied.result == "applied"
        assert (created.path, created.body["type"]) == (PROPERTIES, "bool")
        assert update.body["inputs"][0]["properties"] == {"loyal": "true"}
