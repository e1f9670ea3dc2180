"""Several documents at one address, and lists below lists over GraphQL."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.kit import (
    Broken,
    Contact,
    Cursor,
    Declared,
    GraphQL,
    ListMember,
    OAuth,
    Raw,
    RestSource,
    Secret,
    dig,
    stream,
)
from connectors.kit.testing import FakeApi, SourceContract
from connectors.kit.testing.reading import EVERYTHING

MEMBERS = """
query ($first: Int!, $after: String) {
  members(first: $first, after: $after) {
    nodes { id email cards(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
CARDS = """
query ($member: ID!, $first: Int!, $after: String) {
  member(id: $member) {
    cards(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
  }
}
"""
CLASSES = """
query ($first: Int!, $after: String) {
  classes(first: $first, after: $after) {
    edges { node { id } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
ATTENDEES = """
query ($class: ID!, $first: Int!, $after: String) {
  class(id: $class) {
    attendees(first: $first, after: $after) {
      nodes { id }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


class Gym(GraphQL, RestSource):
    """Members of one gym, and the classes that they attend."""

    kind = "gym"
    base_url = "https://gym.test/graphql"
    oauth = OAuth("https://gym.test/oauth/token", grant="client_credentials")
    client_id: str
    """Client id of your application."""
    client_secret: Secret
    """Client secret of your application."""

    @stream(
        query=MEMBERS,
        at="data.members",
        nested={
            "cards": Declared(query=CARDS, at="data.member.cards", fill={"variables.member": "id"})
        },
    )
    def members(self, raw: Raw) -> Iterator[Contact]:
        """Everybody, with the cards that they hold."""
        cards = " ".join(dig(raw, "cards.nodes.*.id") or ())
        yield Contact(id=raw["id"], email=raw["email"], loyalty=cards)

    @stream(
        query=ATTENDEES,
        at="data.class.attendees",
        each=Declared(query=CLASSES, at="data.classes", items="data.classes.edges.*.node"),
        fill={"variables.class": "id"},
    )
    def attendees(self, raw: Raw, lesson: Raw) -> Iterator[ListMember]:
        """Below each class."""
        yield ListMember(contact=raw["id"], list=lesson["id"], status="subscribed")


@pytest.mark.parametrize("words", [{"fill": {"class": "id"}}, {"cursor": Cursor("at", "class")}])
def test_a_parameter_that_is_no_variable_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"write variables\.class for class"):
        Declared(query=ATTENDEES, at="data.class.attendees", **words)


class TestGym(SourceContract):
    connector = Gym
    settings = {"client_id": "a client", "client_secret": "a secret to look for"}
    samples = Path(__file__).parent / "samples" / "gym.json"

    def test_the_parents_id_is_a_variable(self, source: Gym, api: FakeApi) -> None:
        list(source.read("attendees", EVERYTHING))
        bodies = [json.loads(each.content) for each in api.requests]
        assert api.responses[0].json()["data"]["classes"]["edges"][0] == {"node": {"id": "c1"}}
        assert [body["query"] for body in bodies] == [CLASSES, ATTENDEES, ATTENDEES, ATTENDEES]
        assert [body["variables"].get("class") for body in bodies] == [None, "c1", "c2", "c3"]

    def test_a_connection_inside_a_row_is_read_to_its_end(self, source: Gym, api: FakeApi) -> None:
        (page,) = source.read("members", EVERYTHING)
        cards = [each.loyalty for each in page.records if isinstance(each, Contact)]
        assert cards == ["k1 k2 k3", None, None]
        _, rest = (json.loads(each.content)["variables"] for each in api.requests)
        assert rest == {"member": "m1", "first": 100, "after": "left-2"}

    def test_a_row_whose_connection_ends_in_an_error_is_one_reject(
        self, source: Gym, api: FakeApi
    ) -> None:
        api.broken["data.member.cards?variables.member=m1"] = httpx.Response(404, json={})
        (page,) = source.read("members", EVERYTHING)
        (reject,) = page.rejects
        assert (reject.id, reject.reason) == (
            "data.members#m1", "POST gym.test answered 404: the request was refused",
        )  # fmt: skip
        assert len(page.records) == 2

    def test_a_reject_names_where_its_list_lies(
        self, source: Gym, raws: dict[str, list[Raw]]
    ) -> None:
        raws["data.members"].append({"id": "m4"})
        (page,) = source.read("members", EVERYTHING)
        assert [each.id for each in page.rejects] == ["data.members#m4"]

    def test_an_error_says_where_and_what_the_vendor_said(self, source: Gym, api: FakeApi) -> None:
        api.outage = httpx.Response(200, json={"errors": [{"message": "no such field"}]})
        with pytest.raises(Broken, match=r"^POST gym\.test answered 200: no such field$"):
            list(source.read("members", EVERYTHING))
