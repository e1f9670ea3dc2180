"""WooCommerce: customers, orders, refunds, products with variations and categories of one shop.

As a destination: meta data of the customers who have an account.

Fact sheet, from https://woocommerce.github.io/woocommerce-rest-api-docs/:
- API: REST v3 at `https://{shop}/wp-json/wc/v3`, since WooCommerce 3.5.
- Version: 3; no end is announced.
- Auth: consumer key and secret, HTTP basic over https; read access, to push read and write.
- Paging: `page` and `per_page` (100 at most), totals in `X-WP-Total` and `X-WP-TotalPages`;
  rows that vanish shift the pages, which the kit sees by the total and steps back. `_fields` asks
  for the fields that are read alone.
- Cursor: `modified_after` of orders and products, in UTC only with `dates_are_gmt`, sorted by
  `orderby=modified` (not in the documentation; see `get_collection_params` in
  https://github.com/woocommerce/woocommerce/tree/trunk/plugins/woocommerce/includes/rest-api);
  a page goes on from the last row of the one before, so that the checkpoint moves with each page
  and a shop that saves orders meanwhile is read once.
  Customers and categories have no date filter at all. Categories are a full scan; customers are
  one per day, which also shows who is gone, and in between the newest accounts are read, and those
  that changed orders name.
- Limits: none of its own; hosting firewalls answer 429 and 503.
- Money: texts. A line's `total` is after coupons and without tax, even where the shop's prices
  include it; here a line then carries its tax, so that it compares with the product's price.
  A negative fee (points, store credit) is a discount that no line carries; other fees and shipping
  stay outside.
- Batch: 100 customers in one request (a site may allow fewer, then they go by halves), each with
  all its meta data; what fails is told in its place inside the 200, an account that is gone too.
- Tags: none. A tag is a meta key of its own with the value `yes`; leaving empties it, as clearing
  a field does: the key stays behind with nothing in it. Of several values under one key the first
  counts and is written.
- Meta data of our own is no consent: `requires` is "none" unless the config says otherwise.
- Buyers: the billing address of an order, which is all that is known of a guest (`customer_id` 0)
  and of an account that no list shows.
- What it cannot do: a guest has no id, and nothing can be written to one; a line
  does not tell its list price (the regular price of its variation or product stands for it). Before
  10.3 variations are listed per product only: they are read where the product has changed, or once
  a day where it has in the last sixty days. Trash, deletion, erasure and, on the older storage of
  orders, line edits and refunds are told by no date
  (https://github.com/woocommerce/woocommerce/issues/28969), so once a day, after three o'clock in
  the night, the orders and refunds of sixty days are looked through: changed ones are read again,
  and two looks that do not show one say that it is gone. Deleted products are not told, nor are
  deleted refunds in versions before 9.0, which list refunds per order only. Coupons come with the
  orders that used them: their own list tells no date and no order. The store of a till, gender and
  birthday are notes of extensions, hence settings, and so are the source and campaign of an order
  (https://woocommerce.com/document/order-attribution-tracking/), which are meta data as well.
- Proved against: a description derived from the vendor's pages.
- Brands: `brands` of a product, newer than the description; else the attribute that
  `brand_attribute` names. Gift cards are extensions' product types, hence a setting.
- What is never done: no customer is created, deleted or changed but for its meta data, and no key
  that WordPress or WooCommerce keep for themselves is written.
"""

from connectors.woocommerce.destination import WooCommerceDestination
from connectors.woocommerce.orders import Orders
from connectors.woocommerce.people import Customers
from connectors.woocommerce.products import Products

__all__ = ["WooCommerce"]


# Streams are offered from the last base to the first: products come before who bought them.
class WooCommerce(Orders, Products, Customers, WooCommerceDestination):
    """Customers, orders, refunds, products and categories of one WooCommerce shop."""

    kind = "woocommerce"
