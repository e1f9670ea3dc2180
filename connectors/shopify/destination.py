"""The destination: tags and metafields of customers who are there, and of nobody else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Again,
    Batch,
    Broken,
    Change,
    Declared,
    Edit,
    KnownTarget,
    Mutation,
    Names,
    Outcome,
    PerPerson,
    Raw,
    Response,
    Target,
    TooLarge,
    Unauthorized,
    Writing,
    dig,
    in_one_document,
)
from connectors.shopify import documents
from connectors.shopify.account import ShopifyShop

MOST = 25
"""Customers of a request, and metafields of one mutation
(https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/metafieldsSet)."""
LONGEST_TAG = 255
WRITES = "write_customers"
NO_CUSTOMER = "Shopify has no customer of this id"
ERRORS = "userErrors { field message }"
# The vendor's sentences, lower-cased; it gives tags no codes.
_GONE = re.compile(r"does not exist|not (be )?found|invalid (global )?id|deleted")
_KEY = re.compile(r"[1-9][0-9]*")


def _gid(edit: Edit) -> str:
    return f"gid://shopify/Customer/{edit.key}"


def _calls(batch: Batch) -> Iterator[tuple[Mutation, Sequence[Edit]]]:
    """The mutations of a batch: the tags of each customer, and up to 25 metafields at once."""
    for adds, tags, fields, kind in (
        (True, "tagsAdd", "metafieldsSet", "MetafieldsSetInput"),
        (False, "tagsRemove", "metafieldsDelete", "MetafieldIdentifierInput"),
    ):
        notes: list[Edit] = []
        for own in batch.people.values():
            some = [each for each in own if each.adds is adds]
            names = [each for each in some if each.change.target.kind == "tag"]
            notes += [each for each in some if each.change.target.kind == "field"]
            if names:
                listed = [each.id for each in names]
                said = {"id": ("ID!", _gid(names[0])), "tags": ("[String!]!", listed)}
                yield Mutation(tags, said, ERRORS), names
        for begin in range(0, len(notes), MOST):
            part = notes[begin : begin + MOST]
            metafields = (f"[{kind}!]!", [*map(_metafield, part)])
            yield Mutation(fields, {"metafields": metafields}, ERRORS), part


def _metafield(edit: Edit) -> Raw:
    place = {"ownerId": _gid(edit), "namespace": "custom", "key": edit.id}
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
        return "" if _KEY.fullmatch(change.key) else NO_CUSTOMER

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
        return self.send("POST", "", json=in_one_document([each for each, _ in _calls(batch)]))

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Write one batch; by halves where its mutations cost more than one document may."""
        try:
            yield from super().deliver(batch)
        except TooLarge:
            if len(batch.edits) == 1:
                raise
            yield from batch.halves()

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Errors stand beside each mutation; one of several customers writes all or nothing."""
        data = answer.part("data")
        if not isinstance(data, Mapping):
            raise Broken(f"{answer.where} answered something else than was agreed")
        for place, (call, edits) in enumerate(_calls(batch)):
            errors = dig(data, f"m{place}.userErrors")
            if errors == []:
                yield from (each.applied() for each in edits)
            elif isinstance(errors, list):
                yield from _refused(edits, errors, together="tags" in call.arguments)


def _refused(
    edits: Sequence[Edit], errors: Sequence[Raw], *, together: bool
) -> Iterator[Outcome | Again]:
    """Verdicts on a mutation that wrote nothing; edits that no error names are sent again."""
    said: dict[int, str] = {}
    for error in errors:
        path = map(str, error.get("field") or ())
        place = next((int(each) for each in path if each.isdecimal()), 0)
        said.setdefault(0 if together else place, str(error["message"]))
    others: list[Edit] = []
    for place, edit in enumerate(edits):
        why = said.get(0 if together else place)
        if why is None:
            others.append(edit)
        elif _GONE.search(why.lower()):
            yield edit.skipped(NO_CUSTOMER)
        else:
            yield edit.rejected(f"Shopify refuses it: {why}")
    if others:
        yield Again(others)
