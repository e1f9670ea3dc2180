"""Bulk operations: a list of very many rows as one file, which costs no points.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from connectors.kit import Broken, Raw, RawPage, Unauthorized, Unavailable, dig
from connectors.shopify import documents
from connectors.shopify.account import ShopifyShop

HOSTS = ("storage.googleapis.com",)
"""Where the files lie."""
PAUSE, LONGEST = 10.0, 6 * 3600.0
"""Seconds between two looks at an operation, and after which it is given up."""
RUNNING = {"CREATED", "RUNNING"}
AT_ONCE = 500
"""Rows of a page."""
CHILDREN: Mapping[str, Mapping[str, str]] = {
    "Customer": {"Metafield": "metafields"},
    "Order": {"LineItem": "lineItems"},
    "Product": {"Collection": "collections", "ProductVariant": "variants"},
}
"""Connections in a row, by its type and the type of what lies in them."""
INSIDE_REFUNDS = ("refundLineItems", "refundShippingLines")


class InBulk(ShopifyShop):
    """Reads lists as files."""

    def in_bulk(self, query: str) -> Iterator[RawPage] | None:
        """The pages of a list as one file; None where no operation can be begun now.

        Raises Unavailable where it does not end well.
        """
        try:
            begun = self.post("", {"query": documents.RUN, "variables": {"query": query}})
        except Unauthorized:
            # Not every token may; pages show the same rows.
            return None
        operation = begun.part("data.bulkOperationRunQuery.bulkOperation.id")
        return self._pages(str(operation)) if operation else None

    def _pages(self, operation: str) -> Iterator[RawPage]:
        until = self._clock.monotonic() + LONGEST
        while (state := self._state(operation)).get("status") in RUNNING:
            if self._clock.monotonic() > until:
                raise Unavailable(
                    "a bulk operation of Shopify takes too long; the next run begins anew"
                )
            self._clock.sleep(PAUSE)
        if state.get("status") != "COMPLETED":
            why = f"{state.get('status')}, {state.get('errorCode')}"
            raise Unavailable(
                f"a bulk operation of Shopify ended badly ({why}); the next run begins anew"
            )
        # Without any row there is no file.
        if state.get("url"):
            with self.client.download(state["url"], hosts=HOSTS) as lines:
                rows = grouped(lines)
                while some := [*islice(rows, AT_ONCE)]:
                    yield RawPage(some)
        yield RawPage((), last=True)

    def _state(self, operation: str) -> Raw:
        state: Raw = dig(self.query(documents.STATE, id=operation), "bulkOperation") or {}
        return state


def grouped(lines: Iterable[Raw]) -> Iterator[Raw]:
    """Rows with the children that follow them; raises Broken for a child of another row."""
    row: dict[str, Any] = {}
    for line in lines:
        parent = line.get("__parentId")
        if parent is None:
            if row:
                yield row
            row = _childless(line)
        elif parent == row.get("id") and (name := CHILDREN.get(_noun(row), {}).get(_noun(line))):
            row[name]["nodes"].append(line)
        else:
            raise Broken("a bulk operation of Shopify gave a row that does not follow its parent")
    if row:
        yield row


def _childless(line: Raw) -> dict[str, Any]:
    """A row without its children; the connections inside its refunds are still to be read."""
    for refund in line.get("refunds") or ():
        refund.update({name: _connection(more=True) for name in INSIDE_REFUNDS})
    return {**line, **{name: _connection() for name in CHILDREN.get(_noun(line), {}).values()}}


def _connection(*, more: bool = False) -> dict[str, Any]:
    return {"nodes": [], "pageInfo": {"hasNextPage": more, "endCursor": None}}


def _noun(row: Raw) -> str:
    """The type that a global id names: gid://shopify/Order/1."""
    return str(row.get("id")).rpartition("/")[0].rpartition("/")[2]
