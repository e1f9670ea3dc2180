"""Shopify: customers, orders, refunds, products, collections, locations and carts of one shop.

As a destination: tags and metafields of its customers.

Fact sheet, from https://shopify.dev/docs/api/admin-graphql:
- API: GraphQL Admin, version 2026-10, at `https://{shop}.myshopify.com/admin/api/2026-10`; the
  setting `version` names another one. A version lives for a year; then the shop answers by the next
  one and says so in `X-Shopify-API-Version` alone, which stands under what needs you.
- Version: 2026-10, until October 2027.
- Auth: client id and secret of an app, for which a token of a day is given, or the token of an
  older custom app; with the scopes read_customers, read_orders, read_all_orders, read_products,
  read_locations, and write_customers to push. Names, addresses and phones are protected customer
  data, which the app must be allowed to see. Without read_all_orders the shop shows sixty days,
  which is told.
- Paging: connections, `first` and `after`; a connection inside a row is read to its end. What
  changed comes sorted by change, each page from the last row's instant on, since cursors lead
  through 25,000 rows at most.
- Bulk: of a list of more than 2,500 changed rows the rest is read as one file by
  `bulkOperationRunQuery`, children after their parents; where none can be begun, in pages. A
  connection inside a list is refused there, so the lines of refunds are read order by order.
- Cursor: `updated_at` in the search `query`, sorted by UPDATED_AT; a search that the shop does not
  understand is ignored, so every row is looked at again. Collections and locations are few and read
  whole; tags of all customers are read whole every six hours, for their change is told by no date.
- Limits: points, of which an answer tells the cost, those left and how many come back per second;
  the next request waits until it can be paid. THROTTLED and errors come inside good answers. A
  document of more than a thousand points is asked for in pages half as large.
- Money: decimal texts, once as presented to the buyer and once in the shop's own currency, which
  counts. `taxesIncluded` says whether prices include tax. Discounts of a whole order lie on its
  lines, too.
- Discounts: by their type codes, automatic ones and those of the staff.
- Refunds: those that paid something back; lines count at their prices, and what was paid beyond
  them. What an edit took off an order, or an even exchange, was not bought.
- Consent: SUBSCRIBED and UNSUBSCRIBED are statements with an instant and an opt-in level; pending
  and never subscribed are none.
- POS: orders whose `sourceName` is pos, with the location where they were made as store.
- Batch: the mutations of 25 customers in one document, each under an alias: `tagsAdd` and
  `tagsRemove` of one customer, `metafieldsSet` and `metafieldsDelete` of 25 metafields, all or
  none. What is refused stands in `userErrors` inside the 200.
- Fields: metafields of the namespace custom with a definition, which people make in the admin.
- Tags are compared without regard to case, have 255 letters at most, and no comma. They and
  metafields are no consent: `requires` is "none" unless the config says otherwise.
- Deletion is told by no list, so once a day the ids of all customers, and of the orders of sixty
  days, are looked through; two looks that do not show one say that it is gone.
- What it cannot do: tell prices before a sale but the present ones (`compareAtPrice`); name more
  than 250 products of one abandoned cart.
- Proved against: the vendor's description.
- Not proved: that a change of a tag, a metafield or a consent changes the customer's `updatedAt`.
- Stays outside: tips, duties, draft orders, companies. Of subscriptions renewals are known by their
  `sourceName`; a first order looks like one with any other selling plan, such as a pre-order.
- What is never done: no customer is created, merged or deleted, and no consent is set: never called
  are customerCreate, customerSet, customerUpdate, customerMerge, customerDelete,
  customerEmailMarketingConsentUpdate, customerSmsMarketingConsentUpdate and
  customerWhatsAppMarketingConsentUpdate.
"""

from connectors.shopify.destination import ShopifyDestination
from connectors.shopify.source import ShopifySource

__all__ = ["Shopify"]


class Shopify(ShopifySource, ShopifyDestination):
    """Customers, orders, refunds, products and carts of one Shopify shop; tags and metafields."""

    kind = "shopify"
