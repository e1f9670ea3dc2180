"""Rules about items: what was bought, from which shelf and brand, and at what price."""

from decimal import Decimal

from core.records import Category, Contact, Line, Order, Product, Refund, RefundLine, Store
from tests.core.segments.cases import ago, basket, line
from tests.core.segments.conftest import Given


def test_items_are_filtered_by_category_brand_price_and_sale(given: Given) -> None:
    records = [
        Category(id="toys", title="Toys"),
        Category(id="bricks", title="Bricks", parent="toys"),
        Product(
            id="set",
            categories=("bricks", "toys"),
            brand="LEGO A/S",
            sku="S-1",
            list_price=Decimal(20),
        ),
        Product(id="doll", category="toys", brand="Mattel"),
        Product(id="plain"),
        basket(1, "ann", 5, line(1, "set", 2, 20), line(2, "doll")),
        basket(2, "bob", 5, line(3, "doll", 3, 30, list_price=Decimal(10))),
        basket(3, "cat", 5, line(4, "plain")),
        basket(4, "dan", 5, line(5, "set", 5, 100), channel="pos", store="s1"),
        Refund(
            id="r",
            order="4",
            at=ago(1),
            lines=(RefundLine(line="5", quantity=Decimal(4), total=Decimal(80)),),
        ),
        Store(id="s1", title="Aarhus"),
    ]
    given(records).expect("""
        { items = "count", where = { category = "toys" }, at_least = 3 } -> ann bob ? cat
        { items = "lines", where = { category = "TOYS" }, is = 2 } -> ann ? cat
        { items = "count", where = { category = ["bricks", "toys"] }, is = 3 } -> ann bob ? cat
        { items = "orders", where = { category = "bricks" }, at_least = 1 } -> ann dan ? cat
        { items = "lines", where = { category = { not_in = ["bricks"] } }, at_least = 1 } -> ann bob
          ? cat
        { items = "count", where = { brand = "lego" }, is = 2 } -> ann ? cat
        { items = "count", where = { brand = "lego" }, is = 1 } -> dan ? cat
        { items = "share", where = { brand = "lego" }, over = "60%" } -> ann dan ? cat
        { items = "share", where = { brand = "lego" }, at_least = "66.67%" } -> dan ? cat
        { items = "count", where = { on_sale = true }, at_least = 1 } -> ann ? cat
        { items = "count", where = { on_sale = false }, at_least = 1 } -> bob dan ? cat
        { items = "count", where = { markdown = { at_least = "50%" } }, at_least = 1 } -> ann ? cat
        { items = "count", where = { price = { over = 10 } }, at_least = 1 } -> dan
        { items = "count", where = { sku = "S-1" }, at_least = 1 } -> ann dan ? bob cat
        { items = "count", where = { product = "doll" }, at_least = 1 } -> ann bob
        { items = "count", where = { channel = "pos" }, at_least = 1 } -> dan ? ann bob cat
        { items = "count", where = { store = "aarhus" }, at_least = 1 } -> dan ? ann bob cat
        { items = "count", where = { connection = "shop" }, at_least = 1 } -> ann bob cat dan
        { items = "total", where = { brand = "mattel" }, is = 30 } -> bob ? cat
        { items = "last", where = { brand = "mattel" }, within = "7 days" } -> ann bob ? cat
    """)


def test_an_item_of_several_brands_is_one_of_each(given: Given) -> None:
    records = [
        Product(id="duo", brand="LEGO A/S", brands=("Disney", "Lego", "lego a/s")),
        Product(id="rest", brands=("Disney",)),
        Product(id="plain"),
        basket(1, "ann", 5, line(1, "duo", 2, 20)),
        basket(2, "bob", 5, line(2, "rest", 3, 30), line(3, "plain")),
        basket(3, "cat", 5, line(4, "duo", brand="Mattel")),
        basket(4, "dan", 5, line(5, "plain")),
    ]
    given(records).expect("""
        { items = "count", where = { brand = "lego" }, is = 2 } -> ann ? dan
        { items = "count", where = { brand = "disney" }, at_least = 2 } -> ann bob ? dan
        { items = "count", where = { brand = ["lego", "disney"] }, is = 2 } -> ann ? dan
        { items = "total", where = { brand = { starts_with = "dis" } }, is = 20 } -> ann ? dan
        { items = "count", where = { brand = { is_not = "disney" } }, at_least = 1 } -> cat ? dan
        { items = "count", where = { brand = { not_in = ["mattel"] } }, at_least = 1 } -> ann bob
          ? dan
        { items = "lines", where = { brand = { known = false } }, is = 1 } -> bob dan
        { items = "lines", where = { brand = { known = true } }, is = 1 } -> ann bob cat
    """)


def test_items_of_a_cancelled_order_are_none(given: Given) -> None:
    cancelled = basket(1, "ann", 5, line(1, "x"), status="cancelled")
    given([cancelled]).expect("""
        { items = "count", is = 0 } -> ann
    """)


def test_an_item_under_no_category_is_not_one_of_another_category(given: Given) -> None:
    records = [
        Product(id="x", category="Games"),
        basket(1, "ann", 5, line(1, "x", 1), line(2, "y", 1)),
    ]
    given(records).expect("""
        { items = "count", where = { category = { is_not = "Toys" } }, is = 1 } -> ann
    """)


def test_a_brand_is_found_by_another_spelling(given: Given) -> None:
    record = basket(1, "ann", 5, line(1, "x", 1, brand="Lego"))
    given([record]).expect("""
        { items = "count", where = { brand = "LEGO A/S" }, at_least = 1 } -> ann
    """)


def test_parts_of_an_article_number_are_found_in_any_spelling(given: Given) -> None:
    records = [
        basket(1, "ann", 5, line(1, "ÅR-1", sku="Str. 40  Blå")),
        basket(2, "bob", 5, line(1, "a\u030ar-1", sku="STR. 40 BLA\u030a")),
        basket(3, "cat", 5, line(1, "AR-1", sku="STR. 40 BLA")),
    ]

    def such(**where: object) -> dict[str, object]:
        return {"items": "count", "where": where, "at_least": 1}

    given(records).expect("""
        { items = "count", where = { product = { starts_with = "år" } }, at_least = 1 }  -> ann bob
        { items = "count", where = { product = { starts_with = "ar" } }, at_least = 1 }  -> cat
        { items = "count", where = { sku = { contains = "40 bla" } }, at_least = 1 }     -> cat
        { items = "count", where = { sku = { contains = "40 BLÅ" } }, at_least = 1 }     -> ann bob
        { items = "count", where = { sku = { contains = "str. 40 bl" } }, at_least = 1 } -> ann bob
          cat
        # As a whole it is what it is.
        { items = "count", where = { product = "ÅR-1" }, at_least = 1 }                  -> ann
        { items = "count", where = { product = "år-1" }, at_least = 1 }                  ->
    """)


def test_parts_of_article_numbers_are_found_in_any_case(given: Given) -> None:
    bought = Line(id="1", product="P-1", sku="SKU-1", total=Decimal(1))
    records = [Product(id="P-1"), Order(id="1", contact="ann", placed_at=ago(1), lines=(bought,))]
    given(records).expect("""
        { items = "lines", where = { sku = { starts_with = "sku" } }, at_least = 1 } -> ann
        { items = "lines", where = { sku = { contains = "U-1" } }, at_least = 1 }    -> ann
        { items = "lines", where = { product = { contains = "p" } }, at_least = 1 }  -> ann
        { items = "lines", where = { sku = "sku-1" }, at_least = 1 }                 ->
    """)


def test_an_article_number_that_comes_with_the_product_is_found_too(given: Given) -> None:
    records = [Product(id="p", sku="ÆBLE-1"), basket(1, "ann", 5, line(1, "p"))]
    given(records).expect("""
        { items = "count", where = { sku = { starts_with = "æble" } }, at_least = 1 } -> ann
    """)


def test_an_item_of_no_quantity_has_no_price(given: Given) -> None:
    records = [basket(1, "ann", 5, line(1, "p", 0)), basket(2, "bob", 5, line(1, "p", 2))]
    given(records).expect("""
        { items = "lines", where = { price = { over = 100 } }, under = 1 } -> bob ? ann
    """)


def test_a_product_in_several_categories_counts_once(given: Given) -> None:
    records = [
        Category(id="shoes", title="Shoes", parent="all"),
        Category(id="sale", title="Sale", parent="all"),
        Category(id="all", title="All"),
        Product(id="boot", category="shoes", categories=("sale", "all")),
        basket(1, "ann", 5, line(1, "boot", 2)),
        Contact(id="bob"),
    ]
    given(records).expect("""
        { items = "count", where = { category = ["Shoes", "Sale", "All"] }, is = 2 }  -> ann
        { items = "lines", where = { category = ["Shoes", "Sale", "All"] }, is = 1 }  -> ann
        { items = "orders", where = { category = ["Shoes", "Sale", "All"] }, is = 1 } -> ann
        { items = "total", where = { category = ["Shoes", "Sale", "All"] }, is = 10 } -> ann
        { items = "share", where = { category = "all" }, is = "100%" }                -> ann ? bob
        { items = "lines", where = { category = { is_not = "Sale" } }, at_least = 1 } ->
    """)
