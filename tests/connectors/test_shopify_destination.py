"""Shopify as a destination, held against the suite and its vendor's schema."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

import connectors.shopify
from connectors.kit import Change, Found, Mutation, Target, Unauthorized, in_one_document
from connectors.kit.testing import Description, DestinationContract, FakeGraphQL, Written
from connectors.shopify import Shopify
from connectors.shopify.people import number
from tests.connectors.test_shopify import SETTINGS, error

VIP = Target("tag", "VIP")
SEGMENTS, BOUGHT = Target("field", "segments"), Target("field", "last_bought")
TYPES = {"segments": "list.single_line_text_field", "last_bought": "date"}
NEVER = (
    *(f"customer{name}" for name in ("Create", "Set", "Update", "Merge", "Delete")),
    *(f"customer{name}MarketingConsentUpdate" for name in ("Email", "Sms", "WhatsApp")),
)


class Customers(FakeGraphQL):
    """Customers with their tags and metafields; any other mutation fails the test."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.tags: dict[str, set[str]] = {}
        self.held: dict[str, dict[str, str]] = {}
        self.scopes = ["read_customers", "write_customers"]

    def resolve(self, field: str, alias: str, said: Mapping[str, Any]) -> Any:
        match alias:
            case "tagged":
                return self._rows(tags=lambda key: sorted(self.tags.get(key, ())))
            case "noted":
                return self._rows(metafields=self._metafields)
            case "metafieldDefinitions":
                types = enumerate(TYPES.items())
                return whole(
                    {"id": f"{n}", "key": key, "type": {"name": t}} for n, (key, t) in types
                )
            case "currentAppInstallation":
                return {"accessScopes": [{"handle": each} for each in self.scopes]}
        return {"userErrors": [*self._mutated(field, said)]}

    def _rows(self, **columns: Callable[[str], Any]) -> Any:
        return whole(
            {"legacyResourceId": key, **{name: of(key) for name, of in columns.items()}}
            for key in self.people
        )

    def _metafields(self, key: str) -> Any:
        held = self.held.get(key, {})
        return {"nodes": [{"key": name, "value": value} for name, value in held.items()]}

    def _mutated(self, name: str, said: Mapping[str, Any]) -> Iterator[Any]:
        assert name in {"tagsAdd", "tagsRemove", "metafieldsSet", "metafieldsDelete"}, name
        if "tags" in said:
            errors = [*self._errors(["id"], said["id"])]
            if not errors:
                tags = self.tags.setdefault(number(said["id"]), set())
                (tags.update if name == "tagsAdd" else tags.difference_update)(said["tags"])
            yield from errors
            return
        places = enumerate(said["metafields"])
        errors = [
            each
            for place, row in places
            for each in self._errors(["metafields", f"{place}", "ownerId"], row["ownerId"])
        ]
        for each in () if errors else said["metafields"]:
            held = self.held.setdefault(number(each["ownerId"]), {})
            held.pop(each["key"], None)
            held |= {each["key"]: each["value"]} if "value" in each else {}
        yield from errors

    def _errors(self, field: list[str], gid: str) -> Iterator[Any]:
        person = self.people.get(number(gid))
        if person is None:
            yield {"field": field, "message": "Customer does not exist"}
        elif person.key in self.refused:
            yield {"field": field, "message": self.complaint(person)}


def whole(nodes: Any) -> Any:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": False, "endCursor": None}}


GID = "gid://shopify/Customer/7001"


def written(name: str, **arguments: tuple[str, Any]) -> list[Written]:
    body = in_one_document([Mutation(name, arguments, "userErrors { field message }")])
    return [Written("POST", "", body)]


def tagged(name: str) -> list[Written]:
    return written(name, id=("ID!", GID), tags=("[String!]!", ["VIP"]))


def noted(name: str, kind: str, **said: str) -> list[Written]:
    place = {"ownerId": GID, "namespace": "custom", **said}
    return written(name, metafields=(f"[{kind}!]!", [place]))


SET = ("metafieldsSet", "MetafieldsSetInput")
DELETE = ("metafieldsDelete", "MetafieldIdentifierInput")


class TestShopifyAsADestination(DestinationContract):
    connector = Shopify
    settings = SETTINGS
    fake = Customers
    writes = {
        (VIP, "yes"): tagged("tagsAdd"),
        (VIP, None): tagged("tagsRemove"),
        (SEGMENTS, "Loyal,VIP"): noted(*SET, key="segments", value='["Loyal", "VIP"]'),
        (SEGMENTS, None): noted(*DELETE, key="segments"),
        (BOUGHT, "2026-11-20"): noted(*SET, key="last_bought", value="2026-11-20"),
        (BOUGHT, None): noted(*DELETE, key="last_bought"),
    }

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("shopify")

    def test_everything_of_many_customers_is_one_document(
        self, destination: Shopify, api: Customers
    ) -> None:
        people = api.welcome(25)
        outcomes = [*destination.push(self.adding(*people))]
        assert {each.result for each in outcomes} == {"applied"}
        (document,) = api.written()
        # A mutation for the tags of each, and two of 25 metafields.
        assert document.body["query"].count("userErrors") == 27

    def test_a_document_that_costs_too_much_is_sent_in_halves(
        self, destination: Shopify, api: Customers
    ) -> None:
        api.faults = [error("MAX_COST_EXCEEDED")]
        outcomes = [*destination.push(self.adding(*api.welcome(3)))]
        assert {each.result for each in outcomes} == {"applied"}
        said = [each.body["query"].count("tagsAdd") for each in api.written()]
        assert said == [3, 1, 2]

    def test_a_metafield_that_is_refused_does_not_stop_the_others_of_its_mutation(
        self, destination: Shopify, api: Customers
    ) -> None:
        ann, bad, bo = api.welcome(3)
        api.refused = {bad.key}
        outcomes = {
            each.change.key: (each.result, each.reason)
            for each in destination.push(
                [Change(BOUGHT, who.key, "2026-11-20") for who in (ann, bad, bo)]
            )
        }
        assert outcomes == {
            ann.key: ("applied", ""),
            bad.key: ("rejected", "Shopify refuses it: … may not be changed"),
            bo.key: ("applied", ""),
        }
        assert {key for key, held in api.held.items() if held} == {ann.key, bo.key}

    def test_a_tag_is_found_in_any_case_and_has_no_comma(
        self, destination: Shopify, api: Customers
    ) -> None:
        (ann,) = api.welcome(1)
        api.tags = {ann.key: {"vip"}}
        assert list(destination.carriers(VIP)) == [Found(ann.key, "yes")]
        assert "no comma" in destination.refusal(Target("tag", "VIP, Loyal"))

    def test_a_metafield_without_a_definition_is_told_with_the_nearest(
        self, destination: Shopify, api: Customers
    ) -> None:
        (ann,) = api.welcome(1)
        (outcome,) = destination.push([Change(Target("field", "segmnts"), ann.key, "VIP")])
        assert outcome.reason == (
            "Shopify has no definition of a customer metafield 'segmnts' (is it 'segments'?); "
            "correct the name, or create it in Shopify (Settings, Custom data, Customers)"
        )
        assert api.written() == []

    def test_an_app_that_may_only_read_is_told(self, destination: Shopify, api: Customers) -> None:
        destination.check_write()
        api.scopes = ["read_customers"]
        with pytest.raises(Unauthorized, match="write_customers"):
            destination.check_write()

    @pytest.mark.parametrize("name", NEVER)
    def test_no_customer_is_created_and_no_consent_set(
        self, destination: Shopify, api: Customers, name: str
    ) -> None:
        """The documentation names what is never called, and the fake system fails where it is."""
        assert name in (connectors.shopify.__doc__ or "")
        list(destination.push([*self.adding(*api.welcome(2), api.person(9999))]))
        assert not any(name in each.body["query"] for each in api.written())
