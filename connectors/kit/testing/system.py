"""A system of people to write to, in place of a vendor's.

It knows of the destination only its address and its people's keys, which is enough for one
that writes one person per request, named in the path or in the body. For any other the author
writes a subclass whose `_serve` answers as the vendor does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

import httpx

from connectors.kit.rest import Rest
from connectors.kit.testing.clock import FakeClock
from connectors.kit.testing.server import READING, FakeServer


@dataclass(frozen=True)
class Person:
    """Somebody in the system."""

    key: str
    address: str


class Written(NamedTuple):
    """A request that writes: its path below the base address, and its body."""

    method: str
    path: str
    body: Any = None


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
        said = {text.lower() for text in texts(request)}
        return [
            each
            for each in self.people.values()
            if each.key.lower() in said or each.address.lower() in said
        ]

    def complaint(self, person: Person) -> str:
        """Why nothing may be written to somebody; vendors quote the address."""
        return f"{person.address} may not be changed"

    def _serve(self, request: httpx.Request) -> httpx.Response:
        named = self.named(request)
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


def body_of(request: httpx.Request) -> Any:
    """The body of a request as values; None where it has none."""
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
