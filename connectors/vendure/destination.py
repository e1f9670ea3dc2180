"""The destination: groups and custom fields of customers who are there, and of nobody else."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from connectors.kit import (
    Again,
    Batch,
    Broken,
    Change,
    Declared,
    KnownTarget,
    Mutation,
    Names,
    Outcome,
    PerPerson,
    PerTarget,
    Raw,
    RawPage,
    Response,
    SinglePage,
    Target,
    Unauthorized,
    Unwritable,
    Window,
    Writing,
    dig,
    in_one_document,
    number_of,
)
from connectors.vendure.account import ROLES, VendureShop, counted, listed

GROUPS = Declared(
    query=listed("CustomerGroup", "customerGroups", "id name", "id"), at="data.customerGroups",
    items="data.customerGroups.items", pages=counted("data.customerGroups"),
)  # fmt: skip
GROUP = """query ($group: ID!, $take: Int, $skip: Int) { customerGroup(id: $group) {
  customers(options: { take: $take, skip: $skip, sort: { id: ASC } }) {
    totalItems items { id } } } }"""
# Custom fields are asked for by their names, which each shop has of its own.
HELD = Declared(
    query=listed("Customer", "customers", "id customFields", "id"), at="data.customers",
    items="data.customers.items", pages=counted("data.customers"),
)  # fmt: skip
CREATE = "mutation ($name: String!) { createCustomerGroup(input: { name: $name }) { id } }"
FIELDS = """query { globalSettings { serverConfig { customFieldConfig { Customer {
  __typename ... on CustomField { name type list readonly } } } } } }"""
FIELDS_AT = "data.globalSettings.serverConfig.customFieldConfig"
ME = "query { me { channels { permissions } } }"
IN_THE_GROUP = """mutation ($group: ID!, $ids: [ID!]!, $shown: [String!]!) {
  shown: addCustomersToGroup(customerGroupId: $group, customerIds: $ids) {
    customers(options: { take: 100, filter: { id: { in: $shown } } }) { items { id } } } }"""
OUT_OF_IT = """mutation ($group: ID!, $ids: [ID!]!) {
  removeCustomersFromGroup(customerGroupId: $group, customerIds: $ids) { id } }"""
WRITES = ("UpdateCustomer", "UpdateCustomerGroup")
MOST_OF_A_GROUP, MOST_OF_FIELDS = 100, 20
NO_CUSTOMER = "Vendure has no customer of this id"
NOT_FOUND, NOT_IN_IT = "ENTITY_NOT_FOUND", "does not belong to this CustomerGroup"
NUMBERS = ("int", "float")
WRITABLE = {*NUMBERS, "string", "text", "boolean", "datetime"}
_KEY = re.compile(r"[\w-]{1,64}")


def _create(shop: "VendureDestination", name: str) -> Response:
    return shop.send("POST", "", json={"query": CREATE, "variables": {"name": name}})


def _no_field(row: Raw) -> str:
    """Name what a custom field is that takes no value of ours; "" for one that does."""
    if row.get("readonly") or row.get("list") or row.get("type") not in WRITABLE:
        return "a custom field that takes no single value"
    return ""


class VendureDestination(VendureShop, Writing):
    """Writes groups and custom fields of customers; never creates one."""

    requires = "none"
    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            GROUPS, create=_create, created="data.createCustomerGroup.id", noun="customer group"
        ),
        "field": Names(
            Declared(query=FIELDS, at=FIELDS_AT, items=f"{FIELDS_AT}.Customer", id="name",
                     pages=SinglePage()),
            id="name", noun="custom field of customers", other=_no_field,
            advice="add it to the server's config (customFields.Customer)",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerTarget(MOST_OF_A_GROUP),
        "field": PerPerson(MOST_OF_FIELDS),
    }
    read_back: ClassVar[Mapping[str, Declared]] = {
        "tag": Declared(
            query=GROUP, at="data.customerGroup.customers",
            items="data.customerGroup.customers.items",
            pages=counted("data.customerGroup.customers"), fill={"variables.group": "id"},
        ),
        "field": HELD,
    }  # fmt: skip

    def gating_lists(self) -> tuple[str, ...]:
        """None: a shop has customers and no subscribers."""
        return ()

    def check_write(self) -> None:
        """Look at the permissions; raises Unauthorized where writing is none of them."""
        channels = dig(self.query(ME), "me.channels.*.permissions") or ()
        lacks = [each for each in WRITES if not any(each in some for some in channels)]
        if lacks:
            raise Unauthorized(
                f"the role lacks the permission {' and '.join(lacks)}; grant it in Vendure "
                f"({ROLES})"
            )

    def skip_reason(self, change: Change) -> str:
        """A guest has an id of the hub's own."""
        return "" if _KEY.fullmatch(change.key) else NO_CUSTOMER

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A value as its field takes it; raises Unwritable for a text in a field of numbers."""
        value, kind = change.value, known.raw.get("type")
        if value is None or change.target.kind == "tag":
            return value
        if kind in NUMBERS:
            number = number_of(value, known)
            return int(number) if kind == "int" else number
        if kind == "boolean":
            if value.casefold() not in ("true", "false", "yes", "no"):
                raise Unwritable(f"{known.target.name} holds yes or no, and no text")
            return value.casefold() in ("true", "yes")
        return value

    def write(self, batch: Batch) -> Response:
        """Put customers into one group or take them out, or write the fields of several."""
        ids = [*batch.people]
        if batch.kind == "field":
            said = [
                {"id": key, "customFields": {each.id: each.value for each in own}}
                for key, own in batch.people.items()
            ]
            calls = [
                Mutation("updateCustomer", {"input": ("UpdateCustomerInput!", each)}, "__typename")
                for each in said
            ]
            return self.send("POST", "", json=in_one_document(calls))
        variables = {"group": batch.id, "ids": ids}
        if batch.adding:
            body = {"query": IN_THE_GROUP, "variables": {**variables, "shown": ids}}
        else:
            body = {"query": OUT_OF_IT, "variables": variables}
        return self.send("POST", "", json=body)

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """A refusal comes inside the 200 and for all; of a group the answer shows who is in it."""
        if message := answer.find("errors.0.message"):
            yield from self._refusal(str(message), answer, batch)
        elif batch.kind == "tag" and batch.adding:
            inside = answer.find("data.shown.customers.items.*.id")
            if not isinstance(inside, list):
                raise Broken(f"{answer.where} does not show who is in the group")
            shown = {str(id_) for id_ in inside}
            for each in batch.edits:
                # Strangers are passed over in silence.
                yield each.applied() if each.key in shown else each.skipped(NO_CUSTOMER)
        else:
            yield from (each.applied() for each in batch.edits)

    def _refusal(self, message: str, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        is_missing = NOT_FOUND in (answer.find("errors.*.extensions.code") or ())
        if is_missing and batch.kind == "tag":
            self.check_there(batch)
        if len(batch.people) > 1 or (len(batch.edits) > 1 and not is_missing):
            yield from batch.halves()
        elif NOT_IN_IT in message:
            yield from (each.applied() for each in batch.edits)
        elif is_missing:
            yield from (each.skipped(NO_CUSTOMER) for each in batch.edits)
        else:
            yield from (each.rejected(self.reason_of(answer)) for each in batch.edits)

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """Yield the pages of a list; of what customers hold, the fields that can be written."""
        if declared is HELD:
            own = self.once("own fields", lambda: [*self.rows_in(self.catalogue["field"].of)])
            names = " ".join(str(row["name"]) for row in own if not _no_field(row))
            query = listed("Customer", "customers", f"id customFields {{ {names} }}", "id")
            declared = replace(declared, query=query, body=None)
        yield from super().walk(declared, window, fill, position)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Everybody whom the list of a group shows; or what a field holds, as it was written."""
        if known.target.kind == "tag":
            return True
        value = dig(raw, f"customFields.{known.id}")
        if isinstance(value, bool):
            return str(value).lower()
        return None if value in (None, "") else str(value)

    def refusal(self, target: Target) -> str:
        """Why a target can never be written; a group needs a name."""
        if not target.name.strip():
            return "a customer group in Vendure has a name"
        return super().refusal(target)
