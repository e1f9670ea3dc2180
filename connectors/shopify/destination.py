"""The destination: tags and metafields of customers who are there, and of nobody else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from connectors.kit import (
    Again,
    Batch,
    Broken,
    Change,
    Declared,
    Edit,
    KnownTarget,
    Names,
    Outcome,
    PerPerson,
    Raw,
    Response,
    Target,
    Unauthorized,
    Writing,
    dig,
)
from connectors.shopify import documents
from connectors.shopify.account import ShopifyShop

MOST = 25
"""Customers of a request, and metafields of one mutation
(https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/metafieldsSet)."""
LONGEST_TAG = 255
SPACE = "custom"
"""Namespace in which the admin makes definitions."""
WRITES = "write_customers"
NO_CUSTOMER = "has no customer of this id"
# The vendor's sentences, lower-cased; it gives tags no codes.
_GONE = re.compile(r"does not exist|not (be )?found|invalid (global )?id|deleted")
_KEY = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True)
class Call:
    """One mutation of a request, whose alias is its place among them."""

    name: str
    arguments: Mapping[str, tuple[str, Any]]
    """Name -> the type of its variable, and its value."""
    edits: Sequence[Edit]


def _gid(edit: Edit) -> str:
    return f"gid://shopify/Customer/{edit.key}"


def _calls(batch: Batch) -> Iterator[Call]:
    """The mutations of a batch: the tags of each customer, and up to 25 metafields at once."""
    for own in batch.people.values():
        tags = [each for each in own if each.change.target.kind == "tag"]
        for name, adds in (("tagsAdd", True), ("tagsRemove", False)):
            if some := [each for each in tags if each.adds is adds]:
                said = {"id": ("ID!", _gid(some[0])), "tags": ("[String!]!", _ids(some))}
                yield Call(name, said, some)
    fields = [each for each in batch.edits if each.change.target.kind == "field"]
    for name, kind, adds in (
        ("metafieldsSet", "[MetafieldsSetInput!]!", True),
        ("metafieldsDelete", "[MetafieldIdentifierInput!]!", False),
    ):
        some = [each for each in fields if each.adds is adds]
        for begin in range(0, len(some), MOST):
            part = some[begin : begin + MOST]
            yield Call(name, {"metafields": (kind, [*map(_metafield, part)])}, part)


def _ids(edits: Sequence[Edit]) -> list[str]:
    return [each.id for each in edits]


def _metafield(edit: Edit) -> Raw:
    place = {"ownerId": _gid(edit), "namespace": SPACE, "key": edit.id}
    # The definition tells the type.
    return {**place, "value": edit.value} if edit.adds else place


def _is_list(known: KnownTarget) -> bool:
    return str(dig(known.raw, "type.name")).startswith("list.")


class ShopifyDestination(ShopifyShop, Writing):
    """Writes tags and metafields of customers; never creates one, and sets no consent."""

    requires = "none"
    catalogue: ClassVar[Mapping[str, Names]] = {
        "field": Names(
            Declared(query=documents.DEFINITIONS, at="data.metafieldDefinitions", size=250),
            name="key",
            id="key",
            noun="definition of a customer metafield",
            advice="create it in Shopify (Settings, Custom data, Customers)",
        )
    }
    batch: ClassVar[Mapping[str, PerPerson]] = {"tag": PerPerson(MOST), "field": PerPerson(MOST)}
    read_back: ClassVar[Mapping[str, Declared]] = {
        "tag": Declared(query=documents.TAGS, at="data.tagged", size=250, id="legacyResourceId"),
        "field": Declared(query=documents.NOTES, at="data.noted", size=250, id="legacyResourceId"),
    }
    request_seconds = 5.0

    def gating_lists(self) -> Sequence[str]:
        """None: a shop has customers and no subscribers."""
        return ()

    def refusal(self, target: Target) -> str:
        """Why a target can never be written; a comma would make two tags of one."""
        if target.kind == "tag" and ("," in target.name or len(target.name) > LONGEST_TAG):
            return f"a tag in Shopify has no comma, and {LONGEST_TAG} letters at most"
        return super().refusal(target)

    def check_write(self) -> None:
        """Look at the scopes; raises Unauthorized where writing is none of them."""
        scopes = dig(self.query(documents.SCOPES), "currentAppInstallation.accessScopes.*.handle")
        if WRITES not in (scopes or ()):
            raise Unauthorized(f"the app lacks the scope {WRITES}; grant it at dev.shopify.com")

    def skip_reason(self, change: Change) -> str:
        """A guest has an id of the hub's own."""
        return "" if _KEY.fullmatch(change.key) else f"{self.vendor} {NO_CUSTOMER}"

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A value as its metafield takes it: a list of texts is written as JSON."""
        if change.value is not None and _is_list(known):
            return json.dumps(change.value.split(self.separator))
        return change.value

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Whether a customer has a tag, in any case, or what a metafield holds."""
        if known.target.kind == "tag":
            return known.id.casefold() in {str(each).casefold() for each in raw["tags"]}
        held = {each["key"]: each["value"] for each in dig(raw, "metafields.nodes") or ()}
        value = held.get(known.id)
        return self.separator.join(json.loads(value)) if value and _is_list(known) else value

    def write(self, batch: Batch) -> Response:
        """Send the mutations of a batch as one document."""
        takes, asks = [], []
        variables = {}
        for place, call in enumerate(_calls(batch)):
            names = {each: f"{each}{place}" for each in call.arguments}
            for name, (kind, value) in call.arguments.items():
                takes.append(f"${names[name]}: {kind}")
                variables[names[name]] = value
            said = ", ".join(f"{name}: ${variable}" for name, variable in names.items())
            asks.append(f"m{place}: {call.name}({said}) {{ userErrors {{ field message }} }}")
        document = f"mutation ({', '.join(takes)}) {{ {' '.join(asks)} }}"
        return self.send("POST", "", json={"query": document, "variables": variables})

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Errors stand beside each mutation; one of several customers writes all or nothing."""
        told = answer.part("data")
        if not isinstance(told, Mapping):
            raise Broken(f"{answer.where} answered something else than was agreed")
        for place, call in enumerate(_calls(batch)):
            errors = dig(told, f"m{place}.userErrors")
            if errors == []:
                yield from (each.applied() for each in call.edits)
            elif isinstance(errors, list):
                yield from self._refused(call, errors)

    def _refused(self, call: Call, errors: Sequence[Raw]) -> Iterator[Outcome | Again]:
        """Verdicts on a mutation that wrote nothing; edits that no error names are sent again."""
        said: dict[int, str] = {}
        for error in errors:
            path = error.get("field") or ()
            place = next((int(each) for each in path if str(each).isdecimal()), 0)
            said.setdefault(place if "metafields" in call.arguments else 0, str(error["message"]))
        if "tags" in call.arguments:
            said = dict.fromkeys(range(len(call.edits)), said[0])
        for place, edit in enumerate(call.edits):
            if place in said and _GONE.search(said[place].lower()):
                yield edit.skipped(f"{self.vendor} {NO_CUSTOMER}")
            elif place in said:
                yield edit.rejected(f"{self.vendor} refuses it: {said[place]}")
        if others := [each for place, each in enumerate(call.edits) if place not in said]:
            yield Again(others)
