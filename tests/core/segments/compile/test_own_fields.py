"""Rules about fields of a source's own: of people, orders, items and companies."""

from decimal import Decimal

from core.records import Company, Contact, Product
from tests.core.segments.cases import basket, line, order
from tests.core.segments.conftest import Given


def test_a_field_may_hold_several_texts(given: Given) -> None:
    records = [
        Contact(id="ann", custom={"likes": ("Yarn", "Tea")}),
        Contact(id="bob", custom={"likes": "yarn"}),
        Contact(id="cat", custom={"likes": ()}),
        Contact(id="dan", custom={"likes": ("tea", "TEA")}),
    ]
    given(records).expect("""
        { field = "custom.likes", is = "yarn" }                -> ann bob ? cat
        { field = "custom.likes", is_not = "tea" }             -> bob ? cat
        { field = "custom.likes", in = ["tea", "coffee"] }     -> ann dan ? cat
        { field = "custom.likes", contains = "ea" }            -> ann dan ? cat
        { field = "custom.likes", starts_with = "y" }          -> ann bob ? cat
        { field = "custom.likes", only = "yarn" }              -> bob ? cat
        { field = "custom.likes", only = ["tea", "yarn"] }     -> ann ? cat
        { field = "custom.likes", only = "tea" }               -> dan ? cat
        { field = "custom.likes", known = false }              -> cat
        { all = [{ field = "custom.likes", is = "yarn" }, { field = "custom.likes", is = "tea" }] }
          -> ann ? cat
    """)


def test_orders_are_counted_by_fields_of_their_own(given: Given) -> None:
    records = [
        order(1, "ann", 5, custom={"gift": True, "weight": Decimal("2.50")}),
        order(2, "ann", 5, custom={"gift": False, "tags": ("rush", "wrapped")}),
        order(3, "bob", 5, custom={"gift": False, "weight": Decimal(3)}),
        order(4, "cat", 5),
        Contact(id="dan"),
    ]
    given(records).expect("""
        { orders = "count", where = { "custom.gift" = true }, at_least = 1 }   -> ann ? cat
        { orders = "count", where = { custom.gift = false }, is = 1 }          -> ann bob ? cat
        { orders = "count", where = { "custom.gift" = { is_not = "true" } }, is = 1 }
          -> ann bob ? cat
        { orders = "count", where = { "custom.weight" = 2.5 }, is = 1 }        -> ann ? cat
        { orders = "count", where = { "custom.weight" = { over = 2.5 } }, is = 1 } -> bob ? cat
        { orders = "count", where = { "custom.tags" = "rush" }, is = 1 }       -> ann ? bob cat
        { orders = "count", where = { "custom.tags" = { only = "rush" } }, is = 0 }
          -> ann dan ? bob cat
        { orders = "count", where = { "custom.tags" = { only = ["rush", "wrapped"] } }, is = 1 }
          -> ann ? bob cat
        { orders = "count", where = { "custom.gift" = true, "custom.weight" = 3 }, at_least = 1 }
          -> ? cat
        { orders = "count", where = { "custom.gift" = { known = false } }, is = 1 } -> cat
    """)


def test_items_have_the_fields_of_their_line_their_variant_and_their_product(given: Given) -> None:
    records = [
        Product(id="tea", custom={"vegan": True, "origin": "Assam"}),
        Product(id="tea-big", parent="tea", custom={"origin": "Ceylon"}),
        basket(1, "ann", 5, line(1, "tea")),
        basket(2, "bob", 5, line(2, "tea", variant="tea-big")),
        basket(3, "cat", 5, line(3, "milk", custom={"vegan": False})),
        basket(4, "dan", 5, line(4, "milk")),
    ]
    given(records).expect("""
        { items = "count", where = { "custom.vegan" = true }, at_least = 1 }    -> ann bob ? dan
        { items = "count", where = { "custom.vegan" = false }, at_least = 1 }   -> cat ? dan
        { items = "count", where = { "custom.origin" = "ceylon" }, at_least = 1 } -> bob ? cat dan
        { items = "count", where = { "custom.origin" = "assam" }, at_least = 1 }
          -> ann bob ? cat dan
    """)


def test_people_are_found_by_fields_of_their_companys_own(given: Given) -> None:
    records = [
        Company(id="k1", custom={"fleet": Decimal(12), "areas": ("north", "south")}),
        Company(id="k2", custom={"fleet": "many"}),
        Contact(id="ann", company="k1"),
        Contact(id="bob", company="k2"),
        Contact(id="cat", company="never delivered"),
        Contact(id="dan"),
    ]
    given(records).expect("""
        { field = "company.custom.fleet", at_least = 12 }        -> ann ? bob cat dan
        { field = "company.custom.fleet", is = "MANY" }          -> bob ? cat dan
        { field = "company.custom.areas", contains = "nor" }     -> ann ? bob cat dan
        { field = "company.custom.areas", only = "north" }       -> ? bob cat dan
        { field = "company.custom.areas", known = false }        -> bob cat dan
    """)
