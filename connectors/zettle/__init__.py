"""Zettle: purchases and refunds of one till, which keeps no customers.

Fact sheet, from https://github.com/iZettle/api-documentation (`purchase.adoc`, and
`set-up-authorisation-assertion-grant.md` below `oauth-api`):
- API: Purchase API, version 2, at `https://purchase.izettle.com`.
- Version: 2; no end is announced.
- Auth: an API key with the scope READ:PURCHASE, which is a JWT assertion, gets access tokens of
  two hours from `https://oauth.zettle.com/token`; nobody signs in.
- Paging: `lastPurchaseHash` of an answer asks for the rows after it, beside the same parameters,
  until an answer has no rows. `limit` is 1000 at most; 500 here, as large answers may time out.
- Cursor: `timestamp`, from `startDate` and before `endDate`, in UTC, sent to the minute; oldest
  first, so the checkpoint moves with each page. It is not the hash, a place in the list that would
  pass over purchases that arrive late: three days are read again. Three years are listed.
- Limits: not published; 429 means later. We ask five times a second at most.
- Money: whole minor units with tax in them, negative in a refund.
- Batch: none.
- What it cannot do: tell customers, consent or stores (registers are listed in four countries, for
  the tax authority); tell coupons: a discount is a lower price, whatever its name; tell categories
  and brands (the product library is an API at another host, which is not read); name the row that
  came back: articles are matched by variant and price, and equal ones are one line.
- Proved against: a description derived from the vendor's pages.
- Not proved: how late an offline till tells its sales; whether `amount` holds tips (such an order
  counts as one whose total differs from its lines); fixed discounts in a refund of a part; tax on
  top of prices, as in the United States.
- Stays outside: service charges and tips. Names of the staff, places and cards are not read.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from connectors.kit import (
    Address,
    Cursor,
    CursorPages,
    Limit,
    OAuth,
    Order,
    Raw,
    Refund,
    RestSource,
    Secret,
    iso,
    refund_of,
    stream,
)
from connectors.zettle.receipts import RECEIPT

__all__ = ["Zettle"]


class Zettle(RestSource):
    """Purchases and refunds of one Zettle account."""

    kind = "zettle"
    system = "till"
    base_url = "{self.url}"
    oauth: ClassVar[OAuth | None] = OAuth(
        "{self.token_url}", grant="jwt", assertion="api_key", client_secret=""
    )
    pages = CursorPages("lastPurchaseHash", cursor="lastPurchaseHash", size=500, until="empty")
    # The vendor tells no rate; five a second stays far from what it refuses.
    limits = (Limit(requests=5, seconds=1.0, at_once=2),)

    client_id: str
    """Client id that is shown with the API key."""
    api_key: Secret
    """API key (https://my.zettle.com/apps/api-keys) with the scope READ:PURCHASE."""
    url: Address = "https://purchase.izettle.com"
    """Address of the API where it is not the vendor's own: a proxy."""
    token_url: Address = "https://oauth.zettle.com/token"  # noqa: S105 - an address
    """Address that gives access tokens, where it is not the vendor's own."""

    @stream(
        "/purchases/v2",
        items="purchases",
        params={"descending": "false"},
        cursor=Cursor(
            "timestamp",
            since="startDate",
            until="endDate",
            # As the reference writes instants: 2020-01-01T17:00.
            format=lambda at: iso(at)[: len("YYYY-MM-DDTHH:MM")],
            step=timedelta(minutes=1),
            overlap=timedelta(days=3),
        ),
        ordered=True,
        keeps=timedelta(days=3 * 365),
        id="purchaseUUID1",
    )
    def purchases(self, raw: Raw) -> Iterator[Refund | Order]:
        """Receipts, which never change: a refund is a receipt of its own."""
        receipt = RECEIPT.build(raw)
        sale = raw.get("refundsPurchaseUUID1")
        yield refund_of(receipt, sale) if raw.get("refund") else receipt
