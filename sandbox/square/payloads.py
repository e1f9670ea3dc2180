"""Square's JSON for stores, customers and the catalog.

Money is whole øre with its currency, VAT included; quantities are texts; unknown values are left
out.
"""

from datetime import datetime
from typing import Any

from sandbox.world.catalogue import STORES, Category, Product, Store
from sandbox.world.people import Person
from sandbox.world.simulation import ZONE

Json = dict[str, Any]
MERCHANT = "MLSANDBOX"
BRAND_KEY = "Square:brand"
IN_CAPITALS, AS_AT_HOME, NUMBER_ALONE = 11, 2, 3
"""Every so many people write their email or phone differently than elsewhere."""
REGULARS, GROUP, PROGRAMME = 5, "GROUPREGULARS", "PROGRAMME1"
"""Every so many people are in the group of regulars; the ids of group and loyalty programme."""


def moment(instant: datetime) -> str:
    """An instant as Square writes it, with milliseconds."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def money(amount: int) -> Json:
    """An amount in øre."""
    return {"amount": amount, "currency": "DKK"}


def location_id(store: str) -> str:
    """The id of a store by its name."""
    place = next(place for place, each in enumerate(STORES, start=1) if each.name == store)
    return f"LSANDBOX{place:02d}"


def location(store: Store, opened_at: datetime) -> Json:
    """A store."""
    return {
        "id": location_id(store.name),
        "name": store.name,
        "address": {
            "locality": store.city,
            "postal_code": store.postcodes[0],
            "country": store.country,
        },
        "timezone": str(ZONE),
        "capabilities": ["CREDIT_CARD_PROCESSING"],
        "status": "ACTIVE",
        "created_at": opened_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "merchant_id": MERCHANT,
        "country": store.country,
        "language_code": "da-DK",
        "currency": "DKK",
        "business_name": "Sandkassen",
        "type": "PHYSICAL",
    }


def customer_id(person: Person) -> str:
    """The id of a person in the directory."""
    return f"CUSTOMER{person.number}"


def customer(
    person: Person, created_at: datetime, updated_at: datetime, *, unsubscribed: bool
) -> Json:
    """A profile of the directory, without a birthday.

    Some have their email in capitals or their phone in national format, some only a phone.
    """
    payload = {
        "id": customer_id(person),
        "created_at": moment(created_at),
        "updated_at": moment(updated_at),
        "given_name": person.first_name,
        "family_name": person.last_name,
        "address": {
            "address_line_1": person.street,
            "locality": person.city,
            "postal_code": person.postcode,
            "country": person.country,
        },
        "preferences": {"email_unsubscribed": unsubscribed},
        "creation_source": "DIRECTORY",
        "version": 1,
        "group_ids": [GROUP] if is_regular(person) else [],
    }
    number = person.phone
    if number and person.number % AS_AT_HOME == 0:
        number = f"0{number[3:5]}-{number[5:8]} {number[8:]}"
    contact = {"phone_number": number} if number else {}
    if not tells_number_alone(person):
        shouted = person.number % IN_CAPITALS == 0
        contact["email_address"] = person.email.upper() if shouted else person.email
    return payload | contact


def is_regular(person: Person) -> bool:
    """Whether a person is in the group of regulars."""
    return person.number % REGULARS == 0


def loyalty_account(person: Person, joined_at: datetime, points: int) -> Json:
    """A loyalty account, which a phone number leads to."""
    return {
        "id": account_id(person),
        "program_id": PROGRAMME,
        "balance": points,
        "lifetime_points": points,
        "customer_id": customer_id(person),
        "enrolled_at": moment(joined_at),
        "created_at": moment(joined_at),
        "updated_at": moment(joined_at),
        "mapping": {"id": f"MAPPING{person.number}", "phone_number": person.phone},
    }


def account_id(person: Person) -> str:
    """The id of a person's loyalty account."""
    return f"LOYALTY{person.number}"


def tells_number_alone(person: Person) -> bool:
    """Whether a person gives a phone number but no email at the till."""
    return bool(person.phone) and person.number % NUMBER_ALONE == 0


def shelf_id(number: int) -> str:
    """The id of a category."""
    return f"CATEGORY{number}"


def variation_id(product: Product) -> str:
    """The id in lines of orders."""
    return f"VARIATION{product.id}"


def shelf(category: Category, opened_at: datetime) -> Json:
    """A category of the catalog."""
    parent = {"parent_category": {"id": shelf_id(category.parent)}} if category.parent else {}
    return {
        "type": "CATEGORY",
        "id": shelf_id(category.id),
        **_version(opened_at),
        "category_data": {
            "name": category.name,
            "category_type": "REGULAR_CATEGORY",
            "is_top_level": not category.parent,
            **parent,
        },
    }


def item(product: Product) -> Json:
    """An item of the catalog with its one variation; its price is the one before any sale."""
    return {
        "type": "ITEM",
        "id": f"ITEM{product.id}",
        **_version(product.changed_at),
        "custom_attribute_values": {
            BRAND_KEY: {
                "name": "Brand",
                "string_value": product.brand.name,
                "custom_attribute_definition_id": "BRANDDEFINITION",
                "type": "STRING",
                "key": BRAND_KEY,
            }
        },
        "item_data": {
            "name": product.name,
            "product_type": "REGULAR",
            "categories": [
                {"id": shelf_id(each.id), "ordinal": place}
                for place, each in enumerate(product.categories)
            ],
            "variations": [
                {
                    "type": "ITEM_VARIATION",
                    "id": variation_id(product),
                    **_version(product.changed_at),
                    "item_variation_data": {
                        "item_id": f"ITEM{product.id}",
                        "name": "Regular",
                        "sku": product.sku,
                        "ordinal": 0,
                        "pricing_type": "FIXED_PRICING",
                        "price_money": money(product.regular_price),
                    },
                }
            ],
        },
    }


def _version(changed_at: datetime) -> Json:
    return {
        "updated_at": moment(changed_at),
        "version": int(changed_at.timestamp() * 1000),
        "is_deleted": False,
        "present_at_all_locations": True,
    }
