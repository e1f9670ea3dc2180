"""The documents that are asked, in the words of https://shopify.dev/docs/api/admin-graphql."""

import json
from collections.abc import Callable, Mapping, Sequence

_PAGE = "pageInfo { hasNextPage endCursor }"
_MONEY = "{ shopMoney { amount currencyCode } }"
_ADDRESS = "countryCodeV2 province city zip"
_CONSENT = "state optInLevel updatedAt"
_COLLECTION = "id legacyResourceId"
_VARIANT = "id legacyResourceId sku title price compareAtPrice"
_METAFIELD = "id namespace key type value"
_REFUND_LINE = f"quantity lineItem {{ id }} subtotalSet {_MONEY} totalTaxSet {_MONEY}"
_FREIGHT = f"subtotalAmountSet {_MONEY} taxAmountSet {_MONEY}"
_LINE = f"""id title sku vendor quantity currentQuantity isGiftCard originalTotalSet {_MONEY}
  product {{ legacyResourceId }} variant {{ legacyResourceId }} taxLines {{ priceSet {_MONEY} }}
  discountAllocations {{ allocatedAmountSet {_MONEY}
    discountApplication {{ __typename index ... on DiscountCodeApplication {{ code }} }} }}"""
_PRODUCT = """id legacyResourceId title vendor isGiftCard updatedAt
  priceRangeV2 { minVariantPrice { amount currencyCode } }"""
_CUSTOMER = f"""id legacyResourceId createdAt updatedAt firstName lastName locale
  defaultEmailAddress {{ emailAddress openTrackingLevel state: marketingState
    optInLevel: marketingOptInLevel updatedAt: marketingUpdatedAt }}
  defaultPhoneNumber {{ phoneNumber smsMarketingConsent {{ {_CONSENT} }}
    whatsAppMarketingConsent {{ {_CONSENT} }} }}
  defaultAddress {{ {_ADDRESS} }}"""
_ORDER = f"""id legacyResourceId processedAt updatedAt cancelledAt test sourceName email phone
  displayFinancialStatus displayFulfillmentStatus currencyCode taxesIncluded discountCodes
  customer {{ legacyResourceId }} retailLocation {{ legacyResourceId }}
  billingAddress {{ firstName lastName phone {_ADDRESS} }}
  shippingAddress {{ firstName lastName phone {_ADDRESS} }}
  customerJourneySummary {{ lastVisit {{ source utmParameters {{ source campaign }} }} }}
  totalPriceSet {_MONEY} totalShippingPriceSet {_MONEY}
  transactions(first: 20) {{ gateway kind status amountSet {_MONEY} }}"""
_REFUND = f"id legacyResourceId processedAt updatedAt note totalRefundedSet {_MONEY}"


def _connection(name: str, nodes: str, asks: str) -> str:
    return f"{name}({asks}) {{ nodes {{ {nodes} }} {_PAGE} }}"


def _listed(name: str, nodes: str, asks: str = "", takes: str = "") -> str:
    """A document of one list; `asks` are arguments, and `takes` the variables that they need."""
    listed = _connection(name, nodes, f"first: $first, after: $after{asks}")
    return f"query ($first: Int!, $after: String{takes}) {{ {listed} }}"


def _changed(name: str, nodes: str, takes: str = "") -> str:
    """The same of rows sorted by their change, from one on."""
    asks = ", query: $query, sortKey: UPDATED_AT"
    return _listed(name, nodes, asks, f", $query: String{takes}")


def _below(parent: str, name: str, nodes: str) -> str:
    """A document that reads on in a connection inside one object."""
    inner = _connection(name, nodes, "first: $first, after: $after")
    return f"query ($id: ID!, $first: Int!, $after: String) {{ {parent}(id: $id) {{ {inner} }} }}"


LOCATIONS = _listed(
    "locations", "legacyResourceId name updatedAt address { city zip countryCode }",
    ", includeInactive: true",
)  # fmt: skip
COLLECTIONS = _listed("collections", "legacyResourceId title updatedAt")
TAGS = _listed("tagged: customers", "legacyResourceId tags")
NOTES = _listed(
    "noted: customers",
    """legacyResourceId metafields(first: 250, namespace: "custom") { nodes { key value } }""",
)
DEFINITIONS = _listed(
    "metafieldDefinitions", "id key type { name }", ', ownerType: CUSTOMER, namespace: "custom"'
)
CUSTOMER_IDS = _listed("customers", "legacyResourceId createdAt")
ORDER_IDS = _listed("orders", "legacyResourceId createdAt", ", query: $query", ", $query: String")
SCOPES = "query { currentAppInstallation { accessScopes { handle } } }"
PRODUCTS = _changed(
    "products",
    f"""{_PRODUCT} {_connection("collections", _COLLECTION, "first: 10")}
    {_connection("variants", _VARIANT, "first: 20")}""",
)
PRODUCT_VARIANTS = _below("product", "variants", _VARIANT)
PRODUCT_COLLECTIONS = _below("product", "collections", _COLLECTION)
CUSTOMERS = _changed(
    "customers",
    f"""{_CUSTOMER}
    metafields(first: 250, keys: $keys) @include(if: $metafields) {{ nodes {{ {_METAFIELD} }} }}""",
    ", $keys: [String!] = [], $metafields: Boolean = false",
)
ORDERS = _changed(
    "orders",
    f"""{_ORDER} {_connection("lineItems", _LINE, "first: 10")} refunds {{ {_REFUND}
    {_connection("refundLineItems", _REFUND_LINE, "first: 10")}
    {_connection("refundShippingLines", _FREIGHT, "first: 10")} }}""",
)
ORDER_LINES = _below("order", "lineItems", _LINE)
REFUND_LINES = _below("refund", "refundLineItems", _REFUND_LINE)
REFUND_FREIGHT = _below("refund", "refundShippingLines", _FREIGHT)
CHECKOUTS = _listed(
    "abandonedCheckouts",
    f"""id updatedAt completedAt abandonedCheckoutUrl customer {{ legacyResourceId }} totalPriceSet
    {_MONEY} lineItems(first: 250) {{ nodes {{ product {{ legacyResourceId }} }} }}""",
    ", query: $query", ", $query: String",
)  # fmt: skip

RUN = """mutation ($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: true) {
  bulkOperation { id } userErrors { field message } } }"""
STATE = "query ($id: ID!) { bulkOperation(id: $id) { status errorCode url } }"


def _edges(name: str, nodes: str, asks: str = "") -> str:
    """A connection as a bulk operation takes it."""
    return f"{name}{asks} {{ edges {{ node {{ {nodes} }} }} }}"


def _customers(keys: Sequence[str]) -> str:
    asks = f"(keys: {json.dumps(keys)})"
    return f"{_CUSTOMER} {_edges('metafields', _METAFIELD, asks) if keys else ''}"


_PRODUCTS = f"{_PRODUCT} {_edges('collections', _COLLECTION)} {_edges('variants', _VARIANT)}"
# A connection inside a list is refused.
_ORDERS = f"{_ORDER} refunds {{ {_REFUND} }} {_edges('lineItems', _LINE)}"
_IN_BULK: Mapping[str, tuple[str, Callable[[Sequence[str]], str]]] = {
    PRODUCTS: ("products", lambda _: _PRODUCTS),
    CUSTOMERS: ("customers", _customers),
    ORDERS: ("orders", lambda _: _ORDERS),
}


def in_bulk(document: str, search: str, keys: Sequence[str]) -> str:
    """The bulk operation in the place of a document, with the metafields of these keys."""
    name, nodes = _IN_BULK[document]
    asks = f"(query: {json.dumps(search)}, sortKey: UPDATED_AT)"
    return f"{{ {_edges(name, nodes(keys), asks)} }}"
