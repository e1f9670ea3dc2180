"""Vendure: customers, orders, refunds, carts, products and collections of one shop.

As a destination: customer groups and custom fields of its customers.

Fact sheet, from https://docs.vendure.io/reference/graphql-api/admin/queries/ and a server of
version 3.7.3:
- API: GraphQL Admin API of version 3 at `https://{shop}/admin-api`.
- Version: 3; no end is announced.
- Auth: an API key (since 3.6, where the server takes keys), or name and password of an
  administrator, which begin a session of a year (`vendure-auth-token`); with the permissions
  ReadCustomer, ReadCustomerGroup, ReadOrder and ReadCatalog, and UpdateCustomer,
  CreateCustomerGroup and UpdateCustomerGroup to push. A session that has ended and a permission
  that lacks are one error, so a session is begun anew once.
- Paging: `take` (1,000 at most, where the server allows no more) and `skip`, with the total. Where
  rows are sorted by change, a page asks from the last row's instant on. Of several fields to sort
  by the id always comes first, so they are sorted by one.
- Cursor: `updatedAt` of orders, products, variants and customers, strictly `after`. A refund does
  not move its order's, nor an address or a group its customer's: once a day the refunds of sixty
  days and all addresses are compared with the last look; groups are read whole every six hours.
- Carts: orders that were never placed (`orderPlacedAt`) are in the list of orders; so are drafts
  of the staff, which are left out.
- Limits: none of its own; answers are paged by 100.
- Money: whole numbers of hundredths in every currency, unless the server's `MoneyStrategy` says
  otherwise (`decimals`), with tax and without it; `pricesIncludeTax` of the channel says which
  of both the shop shows.
- Discounts: of promotions, by their codes or automatic; those of the whole order lie on its lines,
  too. A negative surcharge is a discount that no line carries, any other a fee.
- Refunds: those that have not failed; a line counts the units that are neither returned nor
  cancelled, so that units that a refund names are added again.
- Batch: 100 customers of one group in one request, whose answer shows which of them are in it;
  custom fields of 20 customers in one document, each a mutation of its own. One that fails hides
  the answers of the others, which are sent again by halves.
- Groups and custom fields are no consent: `requires` is "none" unless the config says otherwise.
- Deletion is told by no list; two of these looks that do not show a customer say that it is gone.
  Placed orders cannot be deleted.
- What it cannot do: tell consent, loyalty, gift cards, list prices, stores or the source of an
  order, which are custom fields and plugins of each shop; of customers `fields` reads them. Brands
  are values of the facet that `brand_facet` names.
- Proved against: the vendor's schema, and a Vendure 3.7.3 with 300 customers and 500 orders.
- Not proved: API keys, which that server did not take; channels beside the default one; lists of
  values and relations as custom fields.
- Stays outside: sellers and their parts of an order, fulfilments, stock, histories.
- What is never done: no customer is created, deleted or merged, and nothing but custom fields is
  changed: never called are createCustomer, deleteCustomer, deleteCustomers,
  createCustomerAddress, updateCustomerAddress, addNoteToCustomer and setOrderCustomer.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from connectors.kit import (
    ABSENT,
    Cart,
    Category,
    Contact,
    Cursor,
    Declared,
    FieldNames,
    Form,
    GroupMember,
    LookBack,
    Order,
    OrderStatuses,
    Product,
    Raw,
    Refund,
    RestSource,
    contact_fields,
    custom_forms,
    dig,
    named_field,
    readable,
    stream,
)
from connectors.vendure.account import MODIFIED, counted, listed, saved
from connectors.vendure.destination import GROUP, GROUPS, VendureDestination
from connectors.vendure.sales import ORDER, REFUNDS, address, sale

__all__ = ["Vendure"]

SIXTY_DAYS, A_LIFE = timedelta(days=60), timedelta(days=36_500)
ROOT = "1"
"""The collection that all others lie below, and no list shows."""
IDS = "variables.filter.id.in"
PLACE = "fullName city province postalCode phoneNumber country { code }"
PERSON = f"""id createdAt updatedAt firstName lastName emailAddress phoneNumber
  addresses {{ {PLACE} defaultBillingAddress defaultShippingAddress }}"""
CUSTOMERS = listed("Customer", "customers", PERSON)


def _look_back(noun: str, past: timedelta, made: Cursor, query: str, at: str) -> LookBack:
    fields = ("state", "payments") if noun == "Order" else ("addresses",)
    return LookBack(noun, past, made, fields, query=query, include=IDS, named=list,
                    pages=counted(at, 1000))  # fmt: skip


class Vendure(OrderStatuses, RestSource, VendureDestination):
    """Customers, orders, carts and products of one Vendure shop; groups and custom fields."""

    kind = "vendure"

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the custom fields of customers that hold them:
    { birthday = "birthday", "custom.club" = "club" }."""
    brand_facet: str = "brand"
    """Code of the facet whose values are brands."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own type tells what it holds."""
        return custom_forms(self.fields, "any")

    @stream(
        query=listed("Collection", "collections", "id updatedAt name parentId", "id"),
        at="data.collections", items="data.collections.items",
        pages=counted("data.collections"), every=timedelta(hours=1),
    )  # fmt: skip
    def collections(self, raw: Raw) -> Iterator[Category]:
        """Collections, which are a product's categories."""
        parent = None if raw["parentId"] == ROOT else raw["parentId"]
        yield Category(id=raw["id"], title=raw["name"], parent=parent, updated_at=raw["updatedAt"])

    @stream(
        query=listed("Product", "products", """id updatedAt name collections { id }
          facetValues { name facet { code } }"""),
        at="data.products", items="data.products.items",
        cursor=MODIFIED, pages=saved("data.products"), ordered=True,
    )  # fmt: skip
    def products(self, raw: Raw) -> Iterator[Product]:
        """Products with their brands; what was deleted stays known."""
        shelves = [each["id"] for each in raw["collections"]]
        values = raw["facetValues"]
        brands = [each["name"] for each in values if dig(each, "facet.code") == self.brand_facet]
        yield Product(
            id=raw["id"], updated_at=raw["updatedAt"], title=raw["name"],
            brand=brands[0] if brands else None, brands=brands[1:],
            category=shelves[-1] if shelves else None, categories=shelves[:-1],
        )  # fmt: skip

    @stream(
        query=listed("ProductVariant", "productVariants", """id updatedAt productId sku name
          priceWithTax currencyCode"""),
        at="data.productVariants", items="data.productVariants.items",
        cursor=MODIFIED, pages=saved("data.productVariants"), ordered=True,
    )  # fmt: skip
    def variants(self, raw: Raw) -> Iterator[Product]:
        """The sizes and colours of products, with their prices."""
        yield Product(
            id=raw["id"], parent=raw["productId"], updated_at=raw["updatedAt"], sku=raw["sku"],
            title=raw["name"], currency=raw["currencyCode"], tax_included=True,
            price=Decimal(raw["priceWithTax"]).scaleb(-self.decimals),
        )  # fmt: skip

    @stream(
        query=CUSTOMERS, at="data.customers", items="data.customers.items",
        cursor=MODIFIED, pages=saved("data.customers"), ordered=True,
        daily=_look_back(
            "Contact", A_LIFE, Cursor("createdAt"),
            listed("Customer", "customers", "id createdAt addresses { id updatedAt }", "id"),
            "data.customers",
        ),
    )  # fmt: skip
    def customers(self, raw: Raw) -> Iterator[Contact]:
        """Everybody with an account or a purchase."""
        homes = raw.get("addresses") or ()
        home = next((each for each in homes if each.get("defaultBillingAddress")), None)
        home = home or (homes[0] if homes else {})
        place = address({**home, "countryCode": dig(home, "country.code")})
        held = raw.get("customFields") or {}
        told = contact_fields(self.fields, lambda field: _typed(held.get(field.name, ABSENT)))
        usual = {
            **place,
            "first_name": raw["firstName"],
            "last_name": raw["lastName"],
            "phone": raw.get("phoneNumber") or place["phone"],
            "email": raw["emailAddress"],
        }
        yield Contact(
            id=raw["id"], updated_at=raw["updatedAt"], created=raw["createdAt"],
            **{**usual, **{name: value for name, value in told.items() if value is not None
                           or name not in usual}},
        )  # fmt: skip

    @stream(
        query=GROUP, at="data.customerGroup.customers", items="data.customerGroup.customers.items",
        pages=counted("data.customerGroup.customers"), every=timedelta(hours=6),
        each=GROUPS, fill={"variables.group": "id"},
    )  # fmt: skip
    def groups(self, raw: Raw, group: Raw) -> Iterator[GroupMember]:
        """The customers of each group."""
        yield GroupMember(contact=raw["id"], group=group["id"], title=group["name"])

    @stream(
        query=listed("Order", "orders", ORDER), at="data.orders", items="data.orders.items",
        cursor=MODIFIED, pages=saved("data.orders"), ordered=True,
        params={"variables.filter.state.notEq": "Draft"},
        daily=_look_back(
            "Order", SIXTY_DAYS,
            Cursor("orderPlacedAt", since="variables.filter.orderPlacedAt.after", exclusive=True),
            listed("Order", "orders", REFUNDS, "id"), "data.orders",
        ),
    )  # fmt: skip
    def orders(self, raw: Raw) -> Iterator[Refund | Cart | Order]:
        """Orders with their lines, discounts and refunds, and the carts that they were."""
        if raw["state"] != "Draft":
            yield from sale(raw, self.statuses, self.decimals)

    def parts_of(self, stream: str, declared: Declared) -> Iterator[Declared]:
        """Yield the list of a stream; customers with the custom fields that `fields` names."""
        names = sorted({named_field(each).name for each in self.fields.values()})
        if stream == "customers" and names:
            rows = f"{PERSON} customFields {{ {' '.join(names)} }}"
            query = listed("Customer", "customers", rows)
            declared = replace(declared, query=query, body=None)
        yield declared


def _typed(value: Any) -> Any:
    """Return the value of a custom field; an instant at midnight is a date."""
    is_date = isinstance(value, str) and value.endswith("T00:00:00.000Z")
    return value[: len("YYYY-MM-DD")] if is_date else value
