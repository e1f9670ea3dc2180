"""The documents that are asked, in the words of https://shopify.dev/docs/api/admin-graphql."""

_PAGE = "pageInfo { hasNextPage endCursor }"
_MONEY = "fragment money on MoneyBag { shopMoney { amount currencyCode } }"
_ADDRESS = "countryCodeV2 province city zip"
_CONSENT = "state optInLevel updatedAt"
_VARIANT = "legacyResourceId sku title price compareAtPrice"
_REFUND_LINE = "quantity lineItem { id } subtotalSet { ...money } totalTaxSet { ...money }"
_LINE = """id title sku vendor quantity currentQuantity isGiftCard originalTotalSet { ...money }
  product { legacyResourceId } variant { legacyResourceId } taxLines { priceSet { ...money } }
  discountAllocations { allocatedAmountSet { ...money }
    discountApplication { __typename index ... on DiscountCodeApplication { code } } }"""


def _listed(name: str, nodes: str, asks: str = "", takes: str = "") -> str:
    """A document of one list; `asks` are arguments, and `takes` the variables that they need."""
    return f"""query ($first: Int!, $after: String{takes}) {{
  {name}(first: $first, after: $after{asks}) {{ nodes {{ {nodes} }} {_PAGE} }} }}"""


def _changed(name: str, nodes: str, takes: str = "") -> str:
    """The same of rows sorted by their change, from one on."""
    asks = ", query: $query, sortKey: UPDATED_AT"
    return _listed(name, nodes, asks, f", $query: String{takes}")


def _below(parent: str, name: str, nodes: str) -> str:
    """A document that reads on in a connection inside one object."""
    return f"""query ($id: ID!, $first: Int!, $after: String) {{ {parent}(id: $id) {{
  {name}(first: $first, after: $after) {{ nodes {{ {nodes} }} {_PAGE} }} }} }}"""


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
    f"""id legacyResourceId title vendor isGiftCard updatedAt
    priceRangeV2 {{ minVariantPrice {{ amount currencyCode }} }}
    collections(first: 10) {{ nodes {{ legacyResourceId }} {_PAGE} }}
    variants(first: 20) {{ nodes {{ {_VARIANT} }} {_PAGE} }}""",
)
PRODUCT_VARIANTS = _below("product", "variants", _VARIANT)
PRODUCT_COLLECTIONS = _below("product", "collections", "legacyResourceId")
CUSTOMERS = _changed(
    "customers",
    f"""legacyResourceId createdAt updatedAt firstName lastName locale
    defaultEmailAddress {{ emailAddress openTrackingLevel state: marketingState
      optInLevel: marketingOptInLevel updatedAt: marketingUpdatedAt }}
    defaultPhoneNumber {{ phoneNumber smsMarketingConsent {{ {_CONSENT} }}
      whatsAppMarketingConsent {{ {_CONSENT} }} }}
    defaultAddress {{ {_ADDRESS} }}
    metafields(first: 250, keys: $keys) @include(if: $metafields) {{
      nodes {{ namespace key type value }} }}""",
    ", $keys: [String!] = [], $metafields: Boolean = false",
)
ORDERS = _MONEY + _changed(
    "orders",
    f"""id legacyResourceId processedAt updatedAt cancelledAt test sourceName email phone
    displayFinancialStatus displayFulfillmentStatus currencyCode taxesIncluded discountCodes
    customer {{ legacyResourceId }} retailLocation {{ legacyResourceId }}
    billingAddress {{ firstName lastName phone {_ADDRESS} }}
    shippingAddress {{ firstName lastName phone {_ADDRESS} }}
    customerJourneySummary {{ lastVisit {{ source utmParameters {{ source campaign }} }} }}
    totalPriceSet {{ ...money }} totalShippingPriceSet {{ ...money }}
    transactions(first: 20) {{ gateway kind status amountSet {{ ...money }} }}
    lineItems(first: 10) {{ nodes {{ {_LINE} }} {_PAGE} }}
    refunds {{ id legacyResourceId processedAt updatedAt note totalRefundedSet {{ ...money }}
      refundLineItems(first: 10) {{ nodes {{ {_REFUND_LINE} }} {_PAGE} }}
      refundShippingLines(first: 10) {{
        nodes {{ subtotalAmountSet {{ ...money }} taxAmountSet {{ ...money }} }} }} }}""",
)
ORDER_LINES = _MONEY + _below("order", "lineItems", _LINE)
REFUND_LINES = _MONEY + _below("refund", "refundLineItems", _REFUND_LINE)
CHECKOUTS = _MONEY + _listed(
    "abandonedCheckouts",
    """id updatedAt completedAt abandonedCheckoutUrl customer { legacyResourceId }
    totalPriceSet { ...money } lineItems(first: 250) { nodes { product { legacyResourceId } } }""",
    ", query: $query", ", $query: String",
)  # fmt: skip
