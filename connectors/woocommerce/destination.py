"""The destination: meta data of customers who have an account, and of nobody else."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from connectors.kit import (
    Broken,
    Change,
    Cost,
    Declared,
    Destination,
    Found,
    Outcome,
    Target,
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
SECONDS = 5.0
"""Seconds of one request of many customers; an estimate."""
LONGEST = 120.0
"""Seconds after which we give up; every customer is saved by itself, with the shop's extensions."""
CARRIED = "yes"
LONGEST_KEY = 255
"""Letters of a key that WordPress keeps."""

GUEST = "a guest has no account that could be written to"
GONE = "the shop has no such account any more"
UNANSWERED = "WooCommerce neither wrote it nor said why"
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

Notes = Mapping[str, Change]
"""All changes of one customer by the key that they write."""


class WooCommerceDestination(WooCommerceShop, Destination):
    """Writes meta data to customers who are there, and to nobody else."""

    requires: ClassVar[Literal["email", "ads", "none"]] = "none"
    people_at_once: ClassVar[int] = MOST
    # A hundred customers share a request, each with everything that it is told.
    by_person: ClassVar[bool] = True
    one_scan: ClassVar[bool] = True

    def gating_lists(self) -> Sequence[str]:
        """None: a shop has customers and no subscribers."""
        return ()

    def cost(self, changes: Sequence[Change]) -> Cost:
        """One request for every hundred customers; guests cost nothing."""
        people = {each.key for each in changes if not _why_not(each)}
        requests = -(-len(people) // MOST)
        return Cost(requests, requests * SECONDS)

    def carriers(self, target: Target) -> Iterable[Found]:
        """Which customers have anything under the key; of a tag it counts as carrying it.

        Raises Broken for a key that is not ours to write and where customers come without their
        meta data, Unavailable where some customers may not have been shown.
        """
        if refused := self.refusal(target):
            raise Broken(refused)
        return (found for _, found in self.carriers_of([target]))

    def carriers_of(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Found]]:
        """The same of several targets, from one walk over all customers."""
        for row in self.every_row(CUSTOMERS):
            if not isinstance(part_of(row, "meta_data"), list) or not row.get("id"):
                raise Broken(
                    "the shop showed a customer without id or meta data; look for a plugin "
                    "that hides them from the REST API"
                )
            for target in targets:
                value = noted(row, target.name)
                if value not in ("", None):
                    is_tag = target.kind == "tag"
                    yield target, Found(str(row["id"]), CARRIED if is_tag else str(value))

    def refusal(self, target: Target) -> str:
        """Why a key is not ours to write; "" where it is."""
        return _unwritable(target)

    def check_write(self) -> None:
        """Change nobody; raises Unauthorized for a key with the permission Read alone."""
        self.client.request("POST", BATCH, json={"update": []}, idempotent=True)

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write; everything of a customer in one object, a hundred of them in a request.

        Raises Broken where an answer says that somebody was created.
        """
        customers: dict[str, dict[str, Change]] = {}
        for change in changes:
            if why := _why_not(change):
                yield Outcome(change, "skipped" if why == GUEST else "rejected", why)
                continue
            notes = customers.setdefault(change.key, {})
            if notes.setdefault(change.target.name, change) is not change:
                yield Outcome(change, "rejected", f"{change.target.name} is bound twice")
        rows = [*customers.items()]
        for begin in range(0, len(rows), MOST):
            yield from self._write(rows[begin : begin + MOST])

    def _write(self, rows: Sequence[tuple[str, Notes]]) -> Iterator[Outcome]:
        """Send one batch; by halves where the site allows fewer customers at once."""
        response = self.client.request(
            "POST",
            BATCH,
            json={"update": [_written(key, notes) for key, notes in rows]},
            accept=(TOO_LARGE,) if len(rows) > 1 else (),
            # Values are absolute: sending them again does no harm.
            idempotent=True,
            deadline=LONGEST,
        )
        if response.status == TOO_LARGE:
            half = len(rows) // 2
            yield from self._write(rows[:half])
            yield from self._write(rows[half:])
            return
        body = response.json()
        updated = dig(body, "update")
        if not isinstance(updated, list):
            raise Broken(f"{response.where} answered something else than was agreed")
        if body.get("create"):
            raise Broken("WooCommerce says that it created customers, which nobody asked for")
        answers = {str(row.get("id")): row for row in updated if isinstance(row, Mapping)}
        for key, notes in rows:
            yield from _outcomes(notes.values(), _refusal(answers.get(key)))


def _outcomes(changes: Iterable[Change], refused: str) -> Iterator[Outcome]:
    """Outcomes of one customer's changes."""
    for change in changes:
        if refused == GONE:
            # Nothing is left to do for an account that is not there.
            yield Outcome(change, "skipped", refused)
        else:
            yield Outcome(change, "rejected" if refused else "applied", refused)


def _why_not(change: Change) -> str:
    """Why nothing is sent for a change; "" where it is."""
    return _unwritable(change.target) or ("" if _ACCOUNT.fullmatch(change.key) else GUEST)


def _unwritable(target: Target) -> str:
    """Why a target is never written; "" where it is."""
    if target.kind not in ("tag", "field"):
        return f"WooCommerce has no {target.kind}s"
    if not target.name.strip() or len(target.name) > LONGEST_KEY:
        return f"a key of the meta data has 1 to {LONGEST_KEY} letters; choose another name"
    if _NOT_OURS.fullmatch(target.name.strip()):
        return (
            f"{target.name!r} is a key that WordPress or WooCommerce keep for themselves; "
            "choose another name"
        )
    return ""


def _written(key: str, notes: Notes) -> dict[str, Any]:
    """A customer as one object of a batch; an empty text takes a tag off and clears a field."""
    return {
        "id": int(key),
        "meta_data": [{"key": name, "value": each.value or ""} for name, each in notes.items()],
    }


def _refusal(row: Mapping[str, Any] | None) -> str:
    """Why a customer was not written; "" where it was. The vendor's sentence may quote people."""
    if row is None:
        return UNANSWERED
    if "error" not in row:
        return ""
    code = dig(row, "error.code")
    if code in NO_ACCOUNT:
        return GONE
    known = isinstance(code, str) and _CODE.fullmatch(code)
    return f"WooCommerce refuses it: {code}" if known else "WooCommerce refuses it"
