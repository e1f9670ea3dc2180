"""A system of people to write to, in place of a vendor's.

It knows of the destination its address, its people's keys, and where it is `Writing` the lists
that it declares: targets are shown from the catalogue, and carriers as the batches that were
taken have made them. That is enough where people are named in the path or in the body, and the
status of an answer is the verdict. Of jobs the author writes the `state`. For any other the author
writes a subclass whose `answer`, or whose whole `_serve`, answers as the vendor does.
"""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import httpx

from connectors.kit.http.body import Response
from connectors.kit.lists.pages import lay
from connectors.kit.rest import Rest
from connectors.kit.streams import Declared
from connectors.kit.testing.clock import FakeClock
from connectors.kit.testing.fake import page_of, parameters
from connectors.kit.testing.server import READING, FakeJob, FakeServer, Person, Written
from connectors.kit.writing.batches import Batch
from connectors.kit.writing.jobs import Jobs
from connectors.kit.writing.writing import Writing
from core.contract import Destination, Identifier, Target
from core.contract import Person as Known


class FakeSystem(FakeServer):
    """Takes whatever is written to people whom it knows."""

    spared = READING

    def __init__(self, destination: Rest, clock: FakeClock) -> None:
        """Begin with nobody."""
        super().__init__(destination, clock)
        self.people: dict[str, Person] = {}
        """By their keys."""
        self.refused: set[str] = set()
        """Keys of people to whom nothing may be written, each by itself."""
        self.created: list[str] = []
        """Addresses of those whom a request has created."""
        self.targets: dict[Target, str] = {}
        """Ids of the targets that are there."""
        self.carried: dict[Target, dict[str, str]] = {}
        """Values that people carry at a target, by their keys."""
        self.writing: Batch | None = None
        """The batch of the present request, of a destination that is `Writing`."""
        self.jobs: dict[str, FakeJob] = {}
        """By their names."""
        self._named: dict[str, Person] = {}
        self._by_name: dict[str, set[str]] = {}
        self._destination = destination
        if isinstance(destination, Writing):
            _watch(destination, self)

    def offer(self, targets: Iterable[Target]) -> None:
        """Let it have these targets; their ids are 501, 502 and so on."""
        self.targets = {each: str(number) for number, each in enumerate(targets, 501)}

    def take(self, batch: Batch) -> None:
        """Write a batch to the people who are here and may be written to."""
        for each in batch.edits:
            held = self.carried.setdefault(each.change.target, {})
            if each.key not in self.people or each.key in self.refused:
                continue
            if each.change.value is None:
                held.pop(each.key, None)
            else:
                held[each.key] = each.change.value

    def row(self, person: Person, values: Mapping[Target, str]) -> dict[str, Any]:
        """A row of a list that shows who carries these targets; vendors write it otherwise."""
        return {"id": person.key, **{each.name: value for each, value in values.items()}}

    @classmethod
    def person(cls, number: int) -> Person:
        """The person of a number, known to the system or not; other keys look otherwise."""
        return Person(str(7000 + number), f"person{number}@example.com")

    def welcome(self, count: int) -> list[Person]:
        """Let it know the people of the first so many numbers."""
        people = [self.person(number) for number in range(1, count + 1)]
        self.people |= {each.key: each for each in people}
        return people

    def written(self) -> list[Written]:
        """Requests that write, in their order."""
        return [
            Written(each.method, self.path(each), body_of(each))
            for each in self.requests
            if each.method not in READING
        ]

    def named(self, request: httpx.Request) -> list[Person]:
        """The people that a request names, by key or by address."""
        by_name = self._keys_by_name()
        keys = {key for text in texts(request) for key in by_name.get(text.lower(), ())}
        return [each for key, each in self.people.items() if key in keys]

    def _keys_by_name(self) -> Mapping[str, set[str]]:
        """Keys of people by all that names them, made anew only where the people are others."""
        if self._named != self.people:
            self._named, self._by_name = dict(self.people), defaultdict(set)
            for key, each in self.people.items():
                for text in {each.key.lower(), each.address.lower(), *self._known_as(each)}:
                    self._by_name[text].add(key)
        return self._by_name

    def _known_as(self, person: Person) -> set[str]:
        """Identifiers of a person, where the destination knows people by them alone."""
        if not isinstance(self._destination, Destination):
            return set()
        known_as = identifiers_of(self._destination, person)
        return {text.lower() for each in known_as for text in each.values()}

    def complaint(self, person: Person) -> str:
        """Why nothing may be written to somebody; vendors quote the address."""
        return f"{person.address} may not be changed"

    def state(self, job: FakeJob) -> Any:
        """The body that tells how a job is and whom it refused; each vendor writes it otherwise."""
        raise NotImplementedError(f"{type(self).__name__} tells of no job; override state")

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._destination, Writing) and request.method in READING:
            listed = self._list(self._destination, request)
            if listed is not None:
                return listed
        return self.answer(request)

    def _list(self, destination: Writing, request: httpx.Request) -> httpx.Response | None:
        """The page of a declared list that is asked for."""
        for kind, names in destination.catalogue.items():
            if _filled_names(names.of, request, self.path(request)) is not None:
                rows = []
                for target, id_ in self.targets.items():
                    if target.kind == kind:
                        row: dict[str, Any] = {}
                        lay(row, names.name, target.name)
                        lay(row, names.id, id_)
                        rows.append(row)
                return page_of(names.of, destination.pages, rows, request)
        for declared in destination.read_back.values():
            filled = _filled_names(declared, request, self.path(request))
            if filled is None:
                continue
            targets = [
                target
                for target, id_ in self.targets.items()
                if destination.read_back.get(target.kind) == declared
                and (not declared.fill or {id_, target.name} & {*filled.values()})
            ]
            people = [
                (person, values)
                for person in self.people.values()
                if (values := self._values(person, targets)) or not declared.fill
            ]
            return page_of(
                declared,
                destination.pages,
                [self._keyed(declared, person, values) for person, values in people],
                request,
            )
        return None

    def _values(self, person: Person, targets: Iterable[Target]) -> dict[Target, str]:
        return {
            each: self.carried[each][person.key]
            for each in targets
            if person.key in self.carried.get(each, {})
        }

    def _keyed(
        self, declared: Declared, person: Person, values: Mapping[Target, str]
    ) -> dict[str, Any]:
        row = self.row(person, values)
        lay(row, declared.id, person.key)
        return row

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The vendor's answer to a request that reads no declared list."""
        if of_job := self._answer_of_job(request):
            return of_job
        named = self.named(request)
        keys = {each.key for each in self.writing.edits} if self.writing else set()
        if named and not keys <= self.people.keys():
            return httpx.Response(404, json={"message": "somebody of them is not there"})
        if not named:
            strangers = [text for text in texts(request) if "@" in text]
            if request.method == "POST" and strangers:
                self.created += strangers
                return httpx.Response(201, json={})
            return httpx.Response(404, json={"message": "there is nobody of that name"})
        for person in named:
            if person.key in self.refused:
                return httpx.Response(422, json={"message": self.complaint(person)})
        return httpx.Response(200, json={})

    def _answer_of_job(self, request: httpx.Request) -> httpx.Response | None:
        """Take the present batch as a job, or tell of one; None for any other request."""
        if not isinstance(destination := self._destination, Jobs):
            return None
        if self.writing is not None and self.writing.kind in destination.handles:
            keys, name = self.writing.people.keys(), str(len(self.jobs) + 1)
            refused = [self.people[key] for key in sorted(keys & self.refused & {*self.people})]
            self.jobs[name] = FakeJob(sorted(keys - self.people.keys()), refused)
            body: dict[str, Any] = {}
            lay(body, destination.handles[self.writing.kind], name)
            return httpx.Response(202, json=body)
        found = re.fullmatch(destination.job.replace("{job}", "([^/]+)"), self.path(request))
        if found and found[1] in self.jobs:
            return httpx.Response(200, json=self.state(self.jobs[found[1]]))
        return httpx.Response(404, json={"message": "there is no such job"}) if found else None


def _watch(destination: Writing, system: FakeSystem) -> None:
    """Let a system take the batches to which it answers well."""
    write = destination.write

    def watched(batch: Batch) -> Response:
        system.writing = batch
        try:
            answer = write(batch)
        finally:
            system.writing = None
        if not answer.is_error and system.outage is None:
            system.take(batch)
        return answer

    # A model that is frozen refuses to be told otherwise.
    object.__setattr__(destination, "write", watched)


def _filled_names(
    declared: Declared, request: httpx.Request, path: str
) -> Mapping[str, str] | None:
    """The names that a request fills a list's path and parameters with; None for another list."""
    pattern = re.sub(r"\{([^}]*)\}", r"(?P<\1>[^/]+)", declared.path)
    found = re.fullmatch(pattern, path)
    asked = parameters(request)
    expected = declared.parameters(declared.fill).keys()
    if found is None or not expected <= asked.keys():
        return None
    named = {name: text for name, text in found.groupdict().items() if name in declared.fill}
    return named | {name: asked[name] for name in expected}


def identifiers_of(destination: Destination, person: Person) -> Sequence[Identifier]:
    """The identifiers by which a platform knows a person of whom the address is known."""
    return destination.identifiers(Known(emails=(person.address,)))


def body_of(request: httpx.Request) -> Any:
    """The body of a request as values, of CSV its rows; None where it has none."""
    if "csv" in request.headers.get("content-type", ""):
        return [*csv.DictReader(io.StringIO(request.content.decode()))]
    return json.loads(request.content) if request.content else None


def texts(request: httpx.Request) -> Iterator[str]:
    """Every text and number that a request says: in its path, its query and its body."""
    yield from map(unquote, request.url.raw_path.decode().partition("?")[0].split("/"))
    yield from request.url.params.values()
    yield from leaves(body_of(request))


def leaves(value: Any, *, names: bool = False) -> Iterator[str]:
    """Every text and number in a body, and the names of its fields where they are asked for."""
    if isinstance(value, Mapping):
        if names:
            yield from value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from leaves(each, names=names)
    elif value is not None:
        yield str(value)
