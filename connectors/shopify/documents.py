"""The documents that are asked, of the schema of the version that `account` names.

https://shopify.dev/docs/api/admin-graphql
"""

_VARIABLES = "($first: Int!, $after: String, $query: String)"
_PAGE = "pageInfo { hasNextPage endCursor }"
_MONEY = "fragment money on MoneyBag { shopMoney { amount } }"
_LINE = """
fragment line on LineItem {
  id title sku vendor quantity currentQuantity isGiftCard
  product { legacyResourceId } variant { legacyResourceId }
  originalTotalSet { ...money }
  discountAllocations {
    allocatedAmountSet { ...money }
    discountApplication { __typename index ... on DiscountCodeApplication { code } }
  }
  taxLines { priceSet { ...money } }
}
"""
_REFUND_LINE = """
fragment refundLine on RefundLineItem {
  quantity lineItem { id } subtotalSet { ...money } totalTaxSet { ...money }
}
"""
_CONSENT = "state optInLevel updatedAt"
_ADDRESS = "countryCodeV2 province city zip"
_VARIANT = "fragment variant on ProductVariant { legacyResourceId sku title price compareAtPrice }"


def _below(parent: str, name: str, nodes: str, *fragments: str) -> str:
    """A document that reads on in a connection inside one object."""
    return (
        f"query ($id: ID!, $first: Int!, $after: String) {{ {parent}(id: $id) {{ "
        f"{name}(first: $first, after: $after) {{ nodes {{ {nodes} }} {_PAGE} }} }} }} "
    ) + " ".join(fragments)


LOCATIONS = f"""
query ($first: Int!, $after: String) {{
  locations(first: $first, after: $after, includeInactive: true) {{
    nodes {{ legacyResourceId name address {{ city zip countryCode }} updatedAt }}
    {_PAGE}
  }}
}}
"""
COLLECTIONS = f"""
query ($first: Int!, $after: String) {{
  collections(first: $first, after: $after) {{
    nodes {{ legacyResourceId title updatedAt }}
    {_PAGE}
  }}
}}
"""
PRODUCTS = f"""
query {_VARIABLES} {{
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{
      id legacyResourceId title vendor isGiftCard updatedAt
      priceRangeV2 {{ minVariantPrice {{ amount currencyCode }} }}
      collections(first: 10) {{ nodes {{ legacyResourceId }} {_PAGE} }}
      variants(first: 20) {{ nodes {{ ...variant }} {_PAGE} }}
    }}
    {_PAGE}
  }}
}}
{_VARIANT}
"""
PRODUCT_VARIANTS = _below("product", "variants", "...variant", _VARIANT)
PRODUCT_COLLECTIONS = _below("product", "collections", "legacyResourceId")
CUSTOMERS = f"""
query (
  $first: Int!, $after: String, $query: String,
  $keys: [String!] = [], $metafields: Boolean = false
) {{
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{
      legacyResourceId createdAt updatedAt firstName lastName locale
      defaultEmailAddress {{
        emailAddress openTrackingLevel
        state: marketingState optInLevel: marketingOptInLevel updatedAt: marketingUpdatedAt
      }}
      defaultPhoneNumber {{
        phoneNumber
        smsMarketingConsent {{ {_CONSENT} }}
        whatsAppMarketingConsent {{ {_CONSENT} }}
      }}
      defaultAddress {{ {_ADDRESS} }}
      metafields(first: 250, keys: $keys) @include(if: $metafields) {{
        nodes {{ namespace key type value }}
      }}
    }}
    {_PAGE}
  }}
}}
"""
TAGS = f"""
query ($first: Int!, $after: String) {{
  tagged: customers(first: $first, after: $after) {{
    nodes {{ legacyResourceId tags }}
    {_PAGE}
  }}
}}
"""
ORDERS = f"""
query {_VARIABLES} {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{
      id legacyResourceId processedAt updatedAt cancelledAt test sourceName email phone
      displayFinancialStatus displayFulfillmentStatus currencyCode taxesIncluded discountCodes
      customer {{ legacyResourceId }} retailLocation {{ legacyResourceId }}
      billingAddress {{ firstName lastName phone {_ADDRESS} }}
      shippingAddress {{ firstName lastName phone {_ADDRESS} }}
      customerJourneySummary {{ lastVisit {{ source utmParameters {{ source campaign }} }} }}
      totalPriceSet {{ ...money }} totalShippingPriceSet {{ ...money }}
      transactions(first: 20) {{ gateway kind status amountSet {{ ...money }} }}
      lineItems(first: 10) {{ nodes {{ ...line }} {_PAGE} }}
      refunds {{
        id legacyResourceId processedAt updatedAt note totalRefundedSet {{ ...money }}
        refundLineItems(first: 10) {{ nodes {{ ...refundLine }} {_PAGE} }}
        refundShippingLines(first: 10) {{
          nodes {{ subtotalAmountSet {{ ...money }} taxAmountSet {{ ...money }} }}
        }}
      }}
    }}
    {_PAGE}
  }}
}}
{_MONEY} {_LINE} {_REFUND_LINE}
"""
ORDER_LINES = _below("order", "lineItems", "...line", _MONEY, _LINE)
REFUND_LINES = _below("refund", "refundLineItems", "...refundLine", _MONEY, _REFUND_LINE)
SCOPES = "query { currentAppInstallation { accessScopes { handle } } }"
CHECKOUTS = f"""
query {_VARIABLES} {{
  abandonedCheckouts(first: $first, after: $after, query: $query) {{
    nodes {{
      id updatedAt completedAt abandonedCheckoutUrl customer {{ legacyResourceId }}
      totalPriceSet {{ shopMoney {{ amount currencyCode }} }}
      lineItems(first: 250) {{ nodes {{ product {{ legacyResourceId }} }} }}
    }}
    {_PAGE}
  }}
}}
"""
