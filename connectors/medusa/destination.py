"""The destination: groups and metadata of customers who are there, and of nobody else."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.kit import (
    Batch,
    Change,
    Declared,
    KnownTarget,
    Names,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Target,
    Writing,
    dig,
)
from connectors.medusa.account import BY_ID, MedusaShop

GROUPS = Declared(
    "/customer-groups", items="customer_groups", params={**BY_ID, "fields": "id,name"}
)
MEMBERS = Declared(
    "/customers", items="customers", params={**BY_ID, "fields": "id"},
    fill={"groups[]": "id"}, at="members",
)  # fmt: skip
HELD = Declared("/customers", items="customers", params={**BY_ID, "fields": "id,metadata"})
MOST = 100
NO_CUSTOMER = "Medusa has no customer of this id"
_KEY = re.compile(r"cus_\w{1,60}")


def _create(shop: "MedusaDestination", name: str) -> Response:
    return shop.send("POST", "/customer-groups", json={"name": name})


class MedusaDestination(MedusaShop, Writing):
    """Writes groups and metadata of customers; never creates one."""

    requires = "none"
    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(GROUPS, create=_create, created="customer_group.id", noun="customer group")
    }
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerTarget(MOST, both_ways=True),
        "field": PerPerson(),
    }
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": MEMBERS, "field": HELD}

    def gating_lists(self) -> tuple[str, ...]:
        """None: a shop has customers and no subscribers."""
        return ()

    def refusal(self, target: Target) -> str:
        """Why a target can never be written; both kinds need a name."""
        return super().refusal(target) if target.name.strip() else "a name is missing"

    def skip_reason(self, change: Change) -> str:
        """Guests have ids of the hub's own."""
        return "" if _KEY.fullmatch(change.key) else NO_CUSTOMER

    def write(self, batch: Batch) -> Response:
        """Put customers into one group and take others out, or write the metadata of one."""
        if batch.kind == "field":
            metadata = {each.id: each.value or "" for each in batch.edits}
            who = {"customer": batch.edits[0].key}
            return self.send("POST", "/customers/{customer}", fill=who, json={"metadata": metadata})
        changes = {
            name: [each.key for each in edits]
            for name, edits in (("add", batch.adding), ("remove", batch.removing))
            if edits
        }
        return self.send(
            "POST", "/customer-groups/{group}/customers", fill={"group": batch.id}, json=changes
        )

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Everybody whom the list of a group shows; or what the metadata hold under a key."""
        if known.target.kind == "tag":
            return True
        value = dig(raw, "metadata")
        value = value.get(known.id) if isinstance(value, Mapping) else None
        return None if value in (None, "") else str(value)
