"""SumUp: payments and refunds of one merchant, which name no customers.

Fact sheet, from https://developer.sumup.com/api/transactions/list:
- API: transactions, version 2.1, at `https://api.sumup.com`.
- Version: 2.1; no end is announced.
- Auth: bearer token, an API key of the dashboard that may read the merchant's transactions.
- Paging: an answer links to the next one with the parameters of its address alone
  (`limit=100&oldest_ref=...`), which are sent to the same path, until no link says `next`.
- Cursor: none that a row shows: `changes_since` narrows the list by when a transaction changed, and
  a row tells only when it was made, `timestamp`. A payment that is refunded weeks later comes again
  with its old instant: whatever the list shows is taken.
- Limits: not published; 429 means later. We ask five times a second at most.
- Money: decimal numbers with tax and tip in them, in the currency of the transaction.
- Batch: none.
- What it cannot do: tell customers, consent, stores or the address of a digital receipt (what it
  calls customers are stored cards); tell articles, discounts or taxes in the list, so an order is
  its amount; tell when a part was refunded: the sum lowers its payment. It is not written to: there
  is nobody to write to.
- Proved against: the vendor's description.
- Not proved: that a refund moves the instant that `changes_since` asks for; that `refunded_amount`
  of a payment holds all its refunds, so that rows of type REFUND and CHARGE_BACK need not be asked
  for; that a page may have 100 rows; how far back transactions are listed.
- Stays outside: articles of one transaction (a call for each), tips, fees, payouts, cards and the
  names of the staff.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors.kit import (
    Address,
    Credential,
    Cursor,
    FakePage,
    Limit,
    Order,
    OrderStatuses,
    OrderTable,
    Pages,
    Raw,
    Response,
    RestSource,
    Secret,
    Step,
    bearer,
    stream,
)

__all__ = ["SumUp"]

WEB = "ECOM"


def _status(raw: Raw) -> Any:
    """Return the vendor's word; a refund without an amount is one of everything."""
    word = raw["status"]
    return "refunded" if word == "REFUNDED" and not raw.get("refunded_amount") else word


PAYMENT = OrderTable(
    order={
        "id": "transaction_id",
        "placed_at": "timestamp",
        "status": _status,
        "channel": lambda raw: "web" if raw.get("payment_type") == WEB else "pos",
        "currency": "currency",
        "total": "amount",
        "refunded": lambda raw: raw.get("refunded_amount") or None,
    },
    # A part that came back does not undo the rest.
    statuses={
        "SUCCESSFUL": "fulfilled", "REFUNDED": "fulfilled", "PENDING": "pending",
        "CANCELLED": "cancelled", "FAILED": "failed", "CHARGE_BACK": "refunded",
    },
)  # fmt: skip
"""Payments of which nothing but the amount is told."""


@dataclass(frozen=True)
class LinkedParameters(Pages):
    """Each answer links to the next with the parameters of its address alone."""

    size: int = 100

    def first(self) -> Step:
        """Ask without a reference."""
        return Step({"limit": self.size})

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:  # noqa: ARG002
        """The parameters of the link that says `next`."""
        links = response.part("links") or ()
        following = (each["href"] for each in links if each.get("rel") == "next")
        href = next(following, None)
        return Step(dict(parse_qsl(href.rpartition("?")[2]))) if href else None

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:  # noqa: ARG002
        """One slice, and the parameters of the next."""
        left = int(params.get("oldest_ref", f"left-{len(items)}").removeprefix("left-"))
        begin = max(0, len(items) - left)
        end = begin + int(params["limit"])
        following = {"limit": params["limit"], "oldest_ref": f"left-{len(items) - end}"}
        links = [{"rel": "next", "href": urlencode(following)}] if end < len(items) else []
        return FakePage(items[begin:end], {"links": links})


class SumUp(OrderStatuses, RestSource):
    """Payments of one SumUp merchant."""

    kind = "sumup"
    system = "till"
    base_url = "{self.url}/v2.1/merchants/{self.merchant}"
    pages = LinkedParameters()
    # The vendor tells no rate; five a second stays far from what it refuses.
    limits = (Limit(requests=5, seconds=1.0, at_once=2),)

    api_key: Secret
    """API key (https://me.sumup.com/settings/api-keys)."""
    merchant: str
    """Merchant code, like MH4H92C7, as the dashboard shows it."""
    url: Address = "https://api.sumup.com"
    """Address of the API where it is not the vendor's own: a proxy."""

    def credential(self) -> Credential:
        """Sent with every request."""
        return bearer(self.api_key)

    @stream(
        "/transactions/history",
        items="items",
        # No row says when it changed, so that none is taken for one outside the window.
        cursor=Cursor("changed", since="changes_since"),
        params={"order": "ascending", "types[]": "PAYMENT"},
        id="transaction_id",
    )
    def payments(self, raw: Raw) -> Iterator[Order]:
        """Payments with the sum that was given back of each."""
        yield PAYMENT.build(raw, self.statuses)
