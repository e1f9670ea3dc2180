"""A good source and a good destination, which hostile ones are made of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

import httpx

from connectors.kit import (
    NOT_ON_THE_LIST,
    Again,
    Batch,
    Change,
    Contact,
    Cost,
    Cursor,
    Declared,
    Destination,
    Found,
    Jobs,
    KnownTarget,
    Names,
    NumberedPages,
    OAuth,
    Outcome,
    PerPerson,
    PerTarget,
    RateHeaders,
    Raw,
    Response,
    Rest,
    RestSource,
    Secret,
    Target,
    Writing,
    stream,
)
from connectors.kit.testing import FakeJob, FakeSystem
from core.contract import Identifier, Person

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


class KindWithTokens(Kind):
    """The same behind OAuth."""

    kind = "kind_with_tokens"
    oauth = OAuth("https://login.kind.test/token", rotates=True)
    client_id: str = "a-made-up-client"
    """The client's id."""
    client_secret: Secret = Secret("a-made-up-secret")
    """Proves it."""


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


class Choir(Writing):
    """A destination by declaration, whose answers tell each person's verdict."""

    kind = "choir"
    base_url = "https://choir.test/v1"
    key: Secret = Secret("a-made-up-key")
    """Key of the rehearsal room."""
    catalogue: ClassVar[dict[str, Names]] = {"tag": Names(Declared("/parts", items="parts"))}
    batch: ClassVar[dict[str, PerTarget | PerPerson]] = {
        "tag": PerTarget(2),
        "field": PerPerson(3),
    }
    read_back: ClassVar[dict[str, Declared]] = {
        "tag": Declared("/parts/{part}/singers", fill={"part": "id"}),
        "field": Declared("/singers"),
    }
    created = ("engaged",)
    learns = RateHeaders("X-Left", "X-Reset")

    def gating_lists(self) -> Sequence[str]:
        """None."""
        return ()

    def write(self, batch: Batch) -> Response:
        """Into a part, out of it, or what is noted of singers."""
        if batch.kind == "tag":
            method = "POST" if batch.adding else "DELETE"
            keys = [each.key for each in batch.edits]
            return self.send(method, "/parts/{part}/singers", fill={"part": batch.id}, json=keys)
        rows = {key: {each.id: each.value for each in own} for key, own in batch.people.items()}
        return self.send("PATCH", "/singers", json=rows)

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Each by itself, in an answer that is good."""
        words = answer.find("verdicts") or {}
        for each in batch.edits:
            match words.get(each.key):
                case "taken":
                    yield each.applied()
                case "unknown":
                    yield each.skipped()
                case str(why):
                    yield each.rejected(why)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Whatever is noted; who is listed below a part sings it."""
        return known.target.kind == "tag" or raw.get(known.id)


class Billboard(Writing):
    """A destination that knows people by hashes of their addresses alone."""

    kind = "billboard"
    base_url = "https://billboard.test/v1"
    requires = "ads"
    addressed_by = "identifiers"
    key: Secret = Secret("a-made-up-key")
    """Key of the ladder."""
    catalogue: ClassVar[dict[str, Names]] = {"audience": Names(Declared("/audiences"))}
    batch: ClassVar[dict[str, PerTarget]] = {"audience": PerTarget(2, both_ways=True)}

    def gating_lists(self) -> Sequence[str]:
        """None."""
        return ()

    def identifiers(self, person: Person) -> Sequence[Identifier]:
        """Hashes of the addresses."""
        return [{"email": sha256(each.encode()).hexdigest()} for each in person.emails]

    def write(self, batch: Batch) -> Response:
        """People in and people out, in one request."""
        rows = {
            "add": [one["email"] for each in batch.edits for one in each.change.add],
            "remove": [one["email"] for each in batch.edits for one in each.change.remove],
        }
        return self.send("POST", "/audiences/{audience}", fill={"audience": batch.id}, json=rows)


class RehearsalRoom(FakeSystem):
    """The system that `Choir` writes to."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Everybody's verdict."""
        words = {}
        for key in json.loads(request.content):
            known = key in self.people
            refused = key in self.refused
            words[key] = "refused" if refused else "taken" if known else "unknown"
        return httpx.Response(200, json={"verdicts": words})


class Studio(Jobs):
    """A destination that takes everything as jobs."""

    kind = "studio"
    base_url = "https://studio.test/v1"
    key: Secret = Secret("a-made-up-key")
    """Key of the booth."""
    batch: ClassVar[dict[str, PerTarget | PerPerson]] = {"field": PerPerson(1_000)}
    read_back: ClassVar[dict[str, Declared]] = {"field": Declared("/singers")}
    handles: ClassVar[dict[str, str]] = {"field": "take"}
    job = "/takes/{job}"

    def gating_lists(self) -> Sequence[str]:
        """None."""
        return ()

    def write(self, batch: Batch) -> Response:
        """Hand in what is noted of singers."""
        rows = {key: {each.id: each.value for each in own} for key, own in batch.people.items()}
        return self.send("POST", "/takes", json=rows)

    def done(self, state: Response, job: str) -> Mapping[str, str] | None:  # noqa: ARG002
        """Refusals by singer."""
        refused: Mapping[str, str] | None = state.part("refused")
        return refused

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Whatever is noted."""
        return raw.get(known.id)


class Booth(FakeSystem):
    """The system that `Studio` writes to, whose takes tell of refusals by singer."""

    def state(self, job: FakeJob) -> Any:
        """Nothing of refusals while it runs."""
        refused = {each.key: self.complaint(each) for each in job.refused}
        refused |= dict.fromkeys(job.unknown, NOT_ON_THE_LIST)
        return {"refused": None if job.runs else refused}
