"""The destination: attributes of customers who have an account, and of nobody else."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from connectors.bigcommerce.account import ATTRIBUTES, VALUES, BigCommerceStore
from connectors.kit import (
    Again,
    Batch,
    Broken,
    Change,
    Declared,
    KnownTarget,
    Names,
    Outcome,
    PerPerson,
    Raw,
    Response,
    Writing,
)

MOST = 10
"""Customers in one request (https://developer.bigcommerce.com/docs/rest-management/customers/customer-attribute-values)."""
GUEST = "a guest has no account that could be written to"
UNPROCESSABLE = 422


def _no_text(row: Raw) -> str:
    return "" if row.get("type") == "string" else "an attribute that is no text"


_NAMES = Names(
    ATTRIBUTES, other=_no_text, noun="customer attribute (text)",
    advice="create it in BigCommerce (POST /v3/customers/attributes, type string)",
)  # fmt: skip


class BigCommerceDestination(BigCommerceStore, Writing):
    """Writes attributes to customers who are there, and to nobody else."""

    requires: ClassVar[Literal["email", "ads", "none"]] = "none"
    catalogue: ClassVar[Mapping[str, Names]] = {"tag": _NAMES, "field": _NAMES}
    batch: ClassVar[Mapping[str, PerPerson]] = {kind: PerPerson(MOST) for kind in ("tag", "field")}
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": VALUES, "field": VALUES}
    one_namespace = True
    request_seconds = 1.0

    def gating_lists(self) -> Sequence[str]:
        """None: a shop has customers; its subscribers are read and never written."""
        return ()

    def skip_reason(self, change: Change) -> str:
        """Guests have no account."""
        return "" if change.key.isdecimal() else GUEST

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Anything in the attribute; an empty text is nothing."""
        value = raw.get("attribute_value") if str(raw.get("attribute_id")) == known.id else None
        return bool(value) if known.target.kind == "tag" else value or None

    def value_of(self, change: Change, known: KnownTarget) -> Any:  # noqa: ARG002 - of no use
        """An empty text takes a tag off and clears a field."""
        return change.value or ""

    def write(self, batch: Batch) -> Response:
        """Lay values over those that ten customers have; others stay as they are."""
        values = [
            {"attribute_id": int(each.id), "value": each.value, "customer_id": int(each.key)}
            for each in batch.edits
        ]
        return self.send("PUT", VALUES.path, json=values)

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """The answer shows each value as it was laid down; what it lacks was ignored."""
        rows = answer.find("data")
        if not isinstance(rows, list):
            raise Broken(f"{answer.where} answered something else than was agreed")
        found = {_place(row): row.get("attribute_value") or "" for row in rows}
        for each in batch.edits:
            if found.get((each.key, each.id)) == each.value:
                yield each.applied()

    def refused(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Ten customers are refused where one is not there, who is then looked up alone."""
        people = [*batch.people]
        if answer.status == UNPROCESSABLE and len(people) == 1 and not self._is_there(people[0]):
            yield from (each.skipped() for each in batch.edits)
        else:
            yield from super().refused(answer, batch)

    def _is_there(self, key: str) -> bool:
        shown = self.send("GET", "/v3/customers", params={"id:in": key}, accept=())
        return bool(shown.find("data"))


def _place(row: Raw) -> tuple[str, str]:
    return str(row.get("customer_id")), str(row.get("attribute_id"))
