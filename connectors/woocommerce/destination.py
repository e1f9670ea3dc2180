"""The destination: meta data of customers who have an account, and of nobody else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from connectors.kit import (
    Batch,
    Broken,
    Change,
    Declared,
    Edit,
    KnownTarget,
    Outcome,
    PerPerson,
    Raw,
    Response,
    Target,
    Writing,
    dig,
    part_of,
)
from connectors.woocommerce.account import EVERY_ROLE, WooCommerceShop, noted
from connectors.woocommerce.raws import RawNotes

CUSTOMERS = Declared("/customers", params=EVERY_ROLE, shape=RawNotes)
BATCH = "/customers/batch"
MOST = 100
"""Customers in one request (https://woocommerce.github.io/woocommerce-rest-api-docs/#batch-update-customers)."""
TOO_LARGE = 413
LONGEST = 120.0
"""Seconds after which we give up; every customer is saved by itself, with the shop's extensions."""
LONGEST_KEY = 255
"""Letters of a key that WordPress keeps."""

GUEST = "a guest has no account that could be written to"
GONE = "the shop has no such account any more"
NO_ACCOUNT = {"woocommerce_rest_invalid_id", "woocommerce_rest_user_invalid_id"}
# The number of an account; guests have ids of our own.
_ACCOUNT = re.compile(r"[1-9][0-9]{0,17}")
_CODE = re.compile(r"[a-z0-9_-]{1,80}")
# Keys of these names are no notes: they would change an address, a session or a role.
_NOT_OURS = re.compile(
    r"(billing|shipping|wp)_.*|.*(capabilities|user_level)|session_tokens|locale"
    r"|first_name|last_name|display_name|nickname|description|rich_editing|syntax_highlighting"
    r"|comment_shortcuts|admin_color|use_ssl|show_admin_bar_front|dismissed_wp_pointers"
    # WordPress hides keys that begin with an underscore; `yes` in WooCommerce's wc_last_active
    # ends every later save of that customer in a fatal error.
    r"|show_welcome_panel|paying_customer|last_update|_.*|wc_.*",
    re.IGNORECASE,
)


class WooCommerceDestination(WooCommerceShop, Writing):
    """Writes meta data to customers who are there, and to nobody else."""

    requires: ClassVar[Literal["email", "ads", "none"]] = "none"
    # A hundred customers share a request, each with all changes.
    batch: ClassVar[Mapping[str, PerPerson]] = {kind: PerPerson(MOST) for kind in ("tag", "field")}
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": CUSTOMERS, "field": CUSTOMERS}
    one_namespace = True
    created = ("create",)
    request_seconds = 5.0

    def gating_lists(self) -> Sequence[str]:
        """None: a shop has customers and no subscribers."""
        return ()

    def refusal(self, target: Target) -> str:
        """Why a key is not ours to write; "" where it is."""
        return super().refusal(target) or _unwritable(target)

    def skip_reason(self, change: Change) -> str:
        """Guests have no account."""
        return "" if _ACCOUNT.fullmatch(change.key) else GUEST

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Anything under the key; raises Broken for a customer without meta data."""
        if not isinstance(part_of(raw, "meta_data"), list) or not raw.get("id"):
            raise Broken(
                "the shop showed a customer without id or meta data; look for a plugin "
                "that hides them from the REST API"
            )
        value = noted(raw, known.id)
        # Only an empty text is nothing.
        return None if value in ("", None) else str(value)

    def check_write(self) -> None:
        """Change nobody; raises Unauthorized for a key with the permission Read alone."""
        self.send("POST", BATCH, json={"update": []}, accept=())

    def write(self, batch: Batch) -> Response:
        """Everything of a customer in one object; some sites allow fewer customers at once."""
        people = batch.people
        return self.send(
            "POST",
            BATCH,
            json={"update": [_written(key, edits) for key, edits in people.items()]},
            accept=(TOO_LARGE,) if len(people) > 1 else (),
            deadline=LONGEST,
        )

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome]:
        """Errors come inside the 200."""
        updated = answer.find("update")
        if not isinstance(updated, list):
            raise Broken(f"{answer.where} answered something else than was agreed")
        rows = {str(row.get("id")): row for row in updated if isinstance(row, Mapping)}
        for each in batch.edits:
            if (row := rows.get(each.key)) is None:
                continue
            refused = _refused(row)
            if refused == GONE:
                # Nothing is left to do for an account that is not there.
                yield each.skipped(GONE)
            else:
                yield each.rejected(refused) if refused else each.applied()


def _unwritable(target: Target) -> str:
    """Why a target is never written; "" where it is."""
    if not target.name.strip() or len(target.name) > LONGEST_KEY:
        return f"a key of the meta data has 1 to {LONGEST_KEY} letters; choose another name"
    if _NOT_OURS.fullmatch(target.name.strip()):
        return (
            f"{target.name!r} is a key that WordPress or WooCommerce keep for themselves; "
            "choose another name"
        )
    return ""


def _written(key: str, edits: Sequence[Edit]) -> dict[str, Any]:
    """A customer as one object of a batch; an empty text takes a tag off and clears a field."""
    return {
        "id": int(key),
        "meta_data": [{"key": each.id, "value": each.value or ""} for each in edits],
    }


def _refused(row: Mapping[str, Any]) -> str:
    """Why a customer was not written; "" where it was. The vendor's sentence may quote people."""
    if "error" not in row:
        return ""
    code = dig(row, "error.code")
    if code in NO_ACCOUNT:
        return GONE
    known = isinstance(code, str) and _CODE.fullmatch(code)
    return f"WooCommerce refuses it: {code}" if known else "WooCommerce refuses it"
