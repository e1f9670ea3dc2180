"""Writing to the shop: meta data of up to a hundred customers at once."""

from collections.abc import Callable
from typing import Any

from sandbox.server import Answer, Request
from sandbox.woocommerce.lists import error_answer
from sandbox.woocommerce.payloads import Json
from sandbox.world.trade import Customer
from sandbox.world.world import World

LARGEST_BATCH = 100
FORBIDDEN = ("rest_forbidden", "Sorry, you are not allowed to do that.")


class Writes:
    """The writing half of the API; creating or deleting customers is a violation."""

    def __init__(
        self, world: World, violations: list[str], payload: Callable[[Customer], Json]
    ) -> None:
        """`violations` is the sandbox's list; `payload` makes a changed customer's JSON."""
        self._world = world
        self._violations = violations
        self._form = payload

    def change_customers(self, request: Request) -> Answer:
        """Change a batch of customers; a failure takes its item's place inside the 200."""
        body = request.body if isinstance(request.body, dict) else {}
        lists = {verb: body.get(verb) or [] for verb in ("create", "update", "delete")}
        if sum(len(each) for each in lists.values()) > LARGEST_BATCH:
            return error_answer(
                413,
                "woocommerce_rest_request_entity_too_large",
                f"Unable to accept more than {LARGEST_BATCH} items for this request.",
            )
        for verb in ("create", "delete"):
            if lists[verb]:
                self._violations.append(f"POST {request.path}: customers were to be {verb}d")
        answer: Json = {}
        if lists["create"]:
            answer["create"] = [_item_error(0, *FORBIDDEN) for _ in lists["create"]]
        if lists["update"]:
            answer["update"] = [self._change_customer(each) for each in lists["update"]]
        if lists["delete"]:
            answer["delete"] = [_item_error(_number(each), *FORBIDDEN) for each in lists["delete"]]
        return Answer(body=answer)

    def _change_customer(self, change: Json) -> Json:
        customer = self._world.customers.get(_number(change.get("id")))
        if customer is None:
            number = _number(change.get("id"))
            return _item_error(number, "woocommerce_rest_invalid_id", "Invalid ID.")
        if set(change) - {"id", "meta_data"}:
            self._violations.append("customers/batch: more than meta_data was to be changed")
        for note in change.get("meta_data") or []:
            if note.get("value") is None:
                customer.meta.pop(note.get("key"), None)
            else:
                customer.meta[note["key"]] = note["value"]
        customer.changed_at = self._world.clock.now()
        return self._form(customer)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _item_error(number: int, code: str, message: str) -> Json:
    # A failure takes its item's place inside the 200.
    return {"id": number, "error": {"code": code, "message": message, "data": {"status": 400}}}
