"""Everybody with an account, and the buyers on the bills of orders."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, Field

from connectors.kit import (
    Buyer,
    Contact,
    Cursor,
    FieldNames,
    Form,
    Newest,
    Raw,
    RestSource,
    contact_fields,
    custom_forms,
    readable,
    stream,
    unescaped,
)
from connectors.woocommerce.account import (
    DATE_CREATED,
    EVERY_ROLE,
    SAVED_ORDERS,
    WooCommerceShop,
    moment,
    noted,
    place,
)
from connectors.woocommerce.raws import RawBuyer, RawCustomer

BOUGHT = replace(SAVED_ORDERS, shape=RawBuyer)


class Customers(WooCommerceShop, RestSource):
    """Reads accounts, and what extensions noted on them."""

    fields: Annotated[FieldNames, AfterValidator(readable)] = Field(default_factory=dict)
    """Fields of a contact and the keys of the customer's meta data that hold them:
    { gender = "gender", birthday = { name = "born", format = "%d-%m-%Y" },
    "custom.level" = "level" }."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; meta data are texts."""
        return custom_forms(self.fields, "text")

    def fields_of(self, shape: type) -> Sequence[str]:
        """Without meta data where no setting reads any."""
        unread = shape is RawCustomer and not self.fields
        return [each for each in super().fields_of(shape) if not (unread and each == "meta_data")]

    @stream(
        "/customers",
        params=EVERY_ROLE,
        between=Newest(
            Cursor(DATE_CREATED),
            {"orderby": "registered_date", "order": "desc"},
            changes=BOUGHT,
            names="customer_id",
        ),
    )
    def customers(self, raw: RawCustomer) -> Iterator[Contact]:
        """Everybody with an account."""
        billing = raw.get("billing") or {}
        usual = {
            "first_name": unescaped(raw.get("first_name") or billing.get("first_name")),
            "last_name": unescaped(raw.get("last_name") or billing.get("last_name")),
            **place(billing),
        }
        told = contact_fields(self.fields, lambda field: noted(raw, field.name))
        # Meta data of the shop's own is believed before the address, unless it is blank.
        blank = {name for name in usual if told.get(name) is None}
        yield Contact(
            id=raw["id"],
            updated_at=moment(raw, "date_modified_gmt"),
            created=moment(raw, "date_created_gmt"),
            email=raw.get("email") or billing.get("email"),
            **{**told, **{name: usual[name] for name in blank}},
        )


def buyer(billing: Raw) -> Buyer:
    """The person whom an order's billing address names; accounts may order for others."""
    return Buyer(
        email=billing.get("email"),
        first_name=unescaped(billing.get("first_name")),
        last_name=unescaped(billing.get("last_name")),
        **place(billing),
    )
