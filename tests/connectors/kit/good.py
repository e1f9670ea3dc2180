"""A good source and a good destination, which hostile ones are made of."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import httpx

from connectors.kit import (
    Change,
    Contact,
    Cost,
    Cursor,
    Declared,
    Destination,
    Found,
    NumberedPages,
    OAuth,
    Outcome,
    Raw,
    Rest,
    RestSource,
    Secret,
    Target,
    stream,
)
from connectors.kit.testing import FakeSystem

CHANGED = Cursor("at", since="since")
SAMPLES: dict[str, list[Any]] = {
    "/people": [
        {"id": 1, "mail": "ida@x.test", "at": "2024-05-01T10:00:00Z"},
        {"id": 2, "mail": "bo@x.test", "at": "2024-05-02T10:00:00Z"},
    ]
}


class Fair(RestSource):
    """A source that keeps all promises."""

    kind = "fair"
    base_url = "https://fair.test"
    pages = NumberedPages(size=100)
    key: Secret = Secret("a-made-up-key")
    """Key of the door."""

    @stream("/people", cursor=CHANGED, ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class FairWithTokens(Fair):
    """The same behind OAuth."""

    kind = "fair_with_tokens"
    oauth = OAuth("https://login.fair.test/token", rotates=True)
    client_id: str = "a-made-up-client"
    """The client's id."""
    client_secret: Secret = Secret("a-made-up-secret")
    """Proves it."""


LOYAL, NOTE = Target("tag", "Loyal"), Target("field", "note")
CARRIERS = Declared("/targets/{target}")
HELD = "/people/{person}/{target}"
TAKES = 200
REFUSES = 422
GONE = 404


class Kind(Rest, Destination):
    """A destination that keeps all promises: each person has a drawer for each target."""

    kind = "kind"
    base_url = "https://kind.test/v1"
    key: Secret = Secret("a-made-up-key")
    """Key of the door."""
    by_person: ClassVar[bool] = False

    def gating_lists(self) -> Sequence[str]:
        """None."""
        return ()

    def cost(self, changes: Sequence[Change]) -> Cost:
        """One request for each change."""
        return Cost(len(changes), 0.1 * len(changes))

    def carriers(self, target: Target) -> Iterator[Found]:
        """People with something in the drawer."""
        for listed in self.walk(CARRIERS, fill={"target": target.name}):
            yield from (Found(row["id"], row["value"]) for row in listed.items)

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Fill and empty drawers."""
        for change in changes:
            yield self.write(change)

    def write(self, change: Change) -> Outcome:
        """One change."""
        response = self.client.request(
            "DELETE" if change.value is None else "PUT",
            HELD,
            fill={"person": change.key, "target": change.target.name},
            json=self.body(change),
            accept=(GONE, REFUSES),
        )
        if response.status == TAKES:
            return Outcome(change, "applied")
        code = response.json().get("code")
        if code == "empty_drawer":
            return Outcome(change, "applied")
        if response.status == GONE:
            return Outcome(change, "skipped", "not there")
        return Outcome(change, "rejected", "refused")

    def body(self, change: Change) -> Any:
        """Body of the request."""
        return None if change.value is None else {"value": change.value}


class Drawers(FakeSystem):
    """The system that `Kind` writes to."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.drawers: dict[tuple[str, str], str] = {}

    def _serve(self, request: httpx.Request) -> httpx.Response:
        _, first, *rest = self.path(request).split("/")
        if first == "targets":
            rows = [
                {"id": key, "value": value}
                for (key, target), value in self.drawers.items()
                if target == rest[0]
            ]
            return httpx.Response(200, json=rows)
        if first != "people" or len(rest) < 2 or rest[0] not in self.people:
            return super()._serve(request)
        if rest[0] in self.refused:
            return super()._serve(request)
        drawer = (rest[0], rest[1])
        if request.method == "DELETE":
            if drawer not in self.drawers:
                return httpx.Response(404, json={"code": "empty_drawer"})
            del self.drawers[drawer]
        else:
            self.drawers[drawer] = json.loads(request.content)["value"]
        return httpx.Response(200, json={})
