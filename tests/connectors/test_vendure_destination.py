"""Vendure as a destination, held against the suite and its vendor's schema."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

import connectors.vendure
from connectors.kit import Change, Mutation, Target, Unauthorized, in_one_document
from connectors.kit.testing import Description, DestinationContract, FakeGraphQL, Written
from connectors.vendure import Vendure
from connectors.vendure.destination import IN_THE_GROUP, OUT_OF_IT, WRITES
from tests.connectors.test_vendure import SETTINGS

VIP = Target("tag", "VIP")
SEGMENTS, POINTS = Target("field", "segments"), Target("field", "points")
TYPES = {"segments": "string", "points": "int"}
NEVER = (
    "createCustomer", "deleteCustomer", "deleteCustomers", "createCustomerAddress",
    "updateCustomerAddress", "addNoteToCustomer", "setOrderCustomer",
)  # fmt: skip


class Customers(FakeGraphQL):
    """Customers with their groups and fields; any other mutation fails the test."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.groups: dict[str, tuple[str, set[str]]] = {"501": ("VIP", set())}
        self.held: dict[str, dict[str, Any]] = {}
        self.permissions = [*WRITES]
        self.errors: list[dict[str, Any]] = []

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.errors = []
        answer = super()._serve(request)
        if not self.errors:
            return answer
        return httpx.Response(200, json={"errors": self.errors, "data": None})

    def resolve(self, field: str, alias: str, said: Mapping[str, Any]) -> Any:  # noqa: ARG002
        match field:
            case "customerGroups":
                return whole({"id": id_, "name": name} for id_, (name, _) in self.groups.items())
            case "customerGroup":
                _, inside = self.groups[said["id"]]
                return {"customers": whole({"id": key} for key in sorted(inside))}
            case "customers":
                empty = dict.fromkeys(TYPES)
                return whole(
                    {"id": key, "customFields": empty | self.held.get(key, {})}
                    for key in self.people
                )
            case "globalSettings":
                rows = [
                    {"__typename": f"{kind.title()}CustomFieldConfig", "name": name, "type": kind,
                     "list": False, "readonly": None}
                    for name, kind in TYPES.items()
                ]  # fmt: skip
                return {"serverConfig": {"customFieldConfig": {"Customer": rows}}}
            case "me":
                return {"channels": [{"permissions": self.permissions}]}
        return self._mutated(field, said)

    def _mutated(self, name: str, said: Mapping[str, Any]) -> Any:
        if name == "updateCustomer":
            row = said["input"]
            assert row.keys() == {"id", "customFields"}
            if self._refuses(row["id"], f'No Customer with the id "{row["id"]}" could be found'):
                return None
            self.held.setdefault(row["id"], {}).update(row["customFields"])
            return {"__typename": "Customer"}
        if name == "createCustomerGroup":
            self.groups["502"] = (said["name"], set())
            return {"id": "502"}
        assert name in {"addCustomersToGroup", "removeCustomersFromGroup"}, name
        group, ids = said["customerGroupId"], said["customerIds"]
        inside = self.groups[group][1]
        if any(self._refuses(key, "") for key in ids if key in self.refused):
            return None
        if name == "addCustomersToGroup":
            # Strangers are passed over in silence.
            inside |= {*ids} & self.people.keys()
            return {"customers": {"items": [{"id": key} for key in ids if key in inside]}}
        if not inside >= {*ids}:
            self._error("USER_INPUT_ERROR", "Customer does not belong to this CustomerGroup")
            return None
        inside -= {*ids}
        return {"id": group}

    def _refuses(self, key: str, missing: str) -> bool:
        if key not in self.people:
            self._error("ENTITY_NOT_FOUND", missing)
        elif key in self.refused:
            self._error("USER_INPUT_ERROR", self.complaint(self.people[key]))
        return bool(self.errors)

    def _error(self, code: str, message: str) -> None:
        self.errors.append({"message": message, "extensions": {"code": code}})


def whole(rows: Any) -> Any:
    items = [*rows]
    return {"totalItems": len(items), "items": items}


def grouped(document: str, **more: Any) -> list[Written]:
    variables = {"group": "501", "ids": ["7001"], **more}
    return [Written("POST", "", {"query": document, "variables": variables})]


def noted(**fields: Any) -> list[Written]:
    row = {"id": "7001", "customFields": fields}
    call = Mutation("updateCustomer", {"input": ("UpdateCustomerInput!", row)}, "__typename")
    return [Written("POST", "", in_one_document([call]))]


class TestVendureAsADestination(DestinationContract):
    connector = Vendure
    settings = SETTINGS
    fake = Customers
    writes = {
        (VIP, "yes"): grouped(IN_THE_GROUP, shown=["7001"]),
        (VIP, None): grouped(OUT_OF_IT),
        (SEGMENTS, "Loyal,VIP"): noted(segments="Loyal,VIP"),
        (SEGMENTS, None): noted(segments=None),
        (POINTS, "12"): noted(points=12),
        (POINTS, None): noted(points=None),
    }

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("vendure")

    def test_who_is_not_there_is_skipped_though_the_server_says_nothing(
        self, destination: Vendure, api: Customers
    ) -> None:
        ann, bo = api.welcome(2)
        stranger = api.person(99)
        outcomes = {
            each.change.key: each.result
            for each in destination.push(
                [Change(VIP, who.key, "yes") for who in (ann, stranger, bo)]
            )
        }
        assert outcomes == {ann.key: "applied", stranger.key: "skipped", bo.key: "applied"}
        assert len(api.written()) == 1

    def test_one_who_is_in_no_group_stops_no_other_from_leaving_it(
        self, destination: Vendure, api: Customers
    ) -> None:
        people = api.welcome(3)
        api.groups["501"][1].update(each.key for each in people[:2])
        outcomes = [*destination.push([Change(VIP, who.key, None) for who in people])]
        assert {each.result for each in outcomes} == {"applied"}
        assert api.groups["501"][1] == set()

    def test_a_text_is_no_number(self, destination: Vendure, api: Customers) -> None:
        (ann,) = api.welcome(1)
        (outcome,) = destination.push([Change(POINTS, ann.key, "many")])
        assert outcome.reason == "points holds numbers, and no text"
        assert api.written() == []

    def test_a_role_that_may_only_read_is_told(self, destination: Vendure, api: Customers) -> None:
        destination.check_write()
        api.permissions = ["ReadCustomer", "UpdateCustomer"]
        with pytest.raises(Unauthorized, match="permission UpdateCustomerGroup"):
            destination.check_write()

    @pytest.mark.parametrize("name", NEVER)
    def test_no_customer_is_created_and_nothing_else_changed(
        self, destination: Vendure, api: Customers, name: str
    ) -> None:
        """The documentation names what is never called, and the fake system fails where it is."""
        assert name in (connectors.vendure.__doc__ or "")
        list(destination.push([*self.adding(*api.welcome(2), api.person(9999))]))
        assert not any(f"{name}(" in each.body["query"] for each in api.written())
