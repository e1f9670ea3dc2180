"""GraphQL: one address, documents instead of paths, and errors inside good answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from connectors.kit.http.body import Response, TooLarge
from connectors.kit.http.meaning import Expired
from connectors.kit.rejects import without_addresses
from connectors.kit.rest import Rest
from core.errors import Broken, HubError, Unauthorized, Unavailable


@dataclass(frozen=True)
class Mutation:
    """One mutation of a document."""

    name: str
    arguments: Mapping[str, tuple[str, Any]]
    """Name -> the type of its variable, and its value."""
    selects: str
    """The part of its answer that is asked for, like `userErrors { message }`."""


def in_one_document(mutations: Sequence[Mutation]) -> dict[str, Any]:
    """Return the body that sends several mutations, answered at `data.m0`, `data.m1` and so on."""
    takes, asks, variables = [], [], {}
    for place, each in enumerate(mutations):
        said = []
        for name, (kind, value) in each.arguments.items():
            takes.append(f"${name}{place}: {kind}")
            said.append(f"{name}: ${name}{place}")
            variables[f"{name}{place}"] = value
        asks.append(f"m{place}: {each.name}({', '.join(said)}) {{ {each.selects} }}")
    query = f"mutation ({', '.join(takes)}) {{ {' '.join(asks)} }}"
    return {"query": query, "variables": variables}


class GraphQL(Rest):
    """A connection to a GraphQL API; streams name a `query` and where its connection lies.

    A document takes the variables `$first` and `$after`, and selects `nodes` and
    `pageInfo { hasNextPage endCursor }` at the path that the stream's `at` names. `base_url` is the
    whole address of the API.
    """

    throttled: ClassVar[Collection[str]] = frozenset({"THROTTLED", "RATE_LIMITED"})
    """Codes of errors that mean: later, please."""
    too_large: ClassVar[Collection[str]] = frozenset({"MAX_COST_EXCEEDED"})
    """Codes of errors that mean: ask for fewer rows."""

    def query(self, document: str, **variables: Any) -> Any:
        """Send a document that changes nothing, and return its data."""
        body = {"query": document, "variables": variables}
        answer = self.post("", body)
        return answer.part("data")

    def meaning_of(self, answer: Response) -> HubError | None:
        """Errors of a document, by the code in their extensions; None where there are none."""
        errors = answer.find("errors")
        if not isinstance(errors, list) or not errors:
            return None
        codes = {str(code) for code in answer.find("errors.*.extensions.code") or ()}
        said = without_addresses(str(answer.find("errors.0.message") or "no reason"))
        where = f"{answer.where} answered {answer.status}: {said}"
        if codes & {*self.throttled}:
            return Unavailable(where)
        if "UNAUTHENTICATED" in codes:
            return Expired(where)
        if codes & {"FORBIDDEN", "ACCESS_DENIED"}:
            return Unauthorized(f"{where}; give the credential the right to read this")
        return TooLarge(where) if codes & {*self.too_large} else Broken(where)
