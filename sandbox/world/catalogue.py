"""The shop's catalogue: categories, brands, products, coupons and stores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

VAT_PERCENT = 25
"""Denmark, Norway and Sweden alike."""


@dataclass(frozen=True)
class Category:
    """A category; `parent` is 0 at the top, as in WooCommerce."""

    id: int
    name: str
    slug: str
    parent: int = 0


@dataclass(frozen=True)
class Brand:
    """An invented brand."""

    id: int
    name: str
    slug: str


@dataclass(eq=False)
class Variation:
    """A size or a colour of a product, with prices of its own."""

    id: int
    name: str
    sku: str
    regular_price: int
    sale_price: int | None
    changed_at: datetime

    @property
    def price(self) -> int:
        """The present price."""
        return self.regular_price if self.sale_price is None else self.sale_price


@dataclass(eq=False)
class Product:
    """A product. Prices are in øre, VAT included."""

    id: int
    name: str
    slug: str
    sku: str
    brand: Brand
    categories: tuple[Category, ...]
    regular_price: int
    sale_price: int | None
    created_at: datetime
    changed_at: datetime
    variations: list[Variation] = field(default_factory=list)

    @property
    def price(self) -> int:
        """The present price."""
        return self.regular_price if self.sale_price is None else self.sale_price


@dataclass(frozen=True)
class Coupon:
    """A coupon code for the checkout."""

    id: int
    code: str
    percent: int
    free_shipping: bool = False


@dataclass(frozen=True)
class Store:
    """A store with a till, and the postcodes around it."""

    name: str
    city: str
    country: str
    postcodes: tuple[str, ...]


CATEGORIES: Sequence[Category] = (
    Category(15, "Børn", "boern"),
    Category(16, "Legetøj", "legetoej", 15),
    Category(17, "Børnetøj", "boernetoej", 15),
    Category(20, "Bolig", "bolig"),
    Category(21, "Lys", "lys", 20),
    Category(22, "Køkken", "koekken", 20),
    Category(23, "Tekstiler", "tekstiler", 20),
    Category(30, "Friluft", "friluft"),
    Category(31, "Telte", "telte", 30),
    Category(32, "Fodtøj", "fodtoej", 30),
)

BRANDS: Sequence[Brand] = (
    Brand(201, "Lille Bjørn", "lille-bjoern"),
    Brand(202, "Nordvind", "nordvind"),
    Brand(203, "Fjordlys", "fjordlys"),
    Brand(204, "Havtorn", "havtorn"),
    Brand(205, "Elgstien", "elgstien"),
)

COUPONS: Sequence[Coupon] = (
    Coupon(301, "velkommen10", 10),
    Coupon(302, "sommer20", 20),
    Coupon(303, "venner15", 15),
    Coupon(304, "fragtfri", 0, free_shipping=True),
)

STORES: Sequence[Store] = (
    Store("København", "København", "DK", ("1050", "1620", "2100", "2200", "2300")),
    Store("Aarhus", "Aarhus", "DK", ("8000", "8200", "8210")),
    Store("Oslo", "Oslo", "NO", ("0150", "0250", "0550")),
    Store("Malmö", "Malmö", "SE", ("211 22", "214 32")),
)

TOPICS: Sequence[str] = ("Familieliv", "Indretning", "Friluftsliv", "Opskrifter")
"""Topics that list members may choose when they sign up."""

_THINGS: dict[str, tuple[str, ...]] = {
    "legetoej": ("Byggeklodser", "Puslespil", "Trætog", "Tøjdyr", "Brætspil", "Kuglebane"),
    "boernetoej": ("Flyverdragt", "Regnjakke", "Uldtrøje", "Strikhue", "Gummistøvler", "Body"),
    "lys": ("Bordlampe", "Pendel", "Fyrfadsstage", "Lanterne", "Gulvlampe", "Lyskæde"),
    "koekken": ("Brødkniv", "Stegepande", "Skærebræt", "Kaffekande", "Skåle", "Bageform"),
    "tekstiler": ("Uldplaid", "Sengesæt", "Pude", "Håndklæder", "Viskestykker", "Løber"),
    "telte": ("Tunneltelt", "Kuppeltelt", "Tarp", "Sovepose", "Liggeunderlag", "Hængekøje"),
    "fodtoej": ("Vandrestøvler", "Trailsko", "Sandaler", "Vintersko", "Uldsokker", "Gamacher"),
}


_SIZED, _SIZES = ("boernetoej", "fodtoej"), ("S", "M", "L")
"""Clothes and shoes come in sizes, at one price."""


def category_by_slug(slug: str) -> Category:
    """The category of that slug."""
    return next(category for category in CATEGORIES if category.slug == slug)


def leaves() -> Sequence[Category]:
    """The categories with products."""
    return [category for category in CATEGORIES if category.slug in _THINGS]


def make_products(seed: int, opened_at: datetime) -> Sequence[Product]:
    """Two models of every product; roughly every third has a sale price."""
    dice = Random(f"{seed}:products")
    products: list[Product] = []
    for leaf in leaves():
        for thing in _THINGS[leaf.slug]:
            for model in ("Lille", "Stor"):
                number = len(products)
                regular = dice.choice((79, 129, 199, 249, 349, 449, 599, 899, 1299)) * 100
                percent_off = dice.choice((0, 0, 0, 10, 20, 30))
                brand = BRANDS[number % len(BRANDS)]
                on_both_shelves = leaf.slug == "tekstiler" and thing == "Sengesæt"
                shelves = (leaf, category_by_slug("boernetoej")) if on_both_shelves else (leaf,)
                sale = regular * (100 - percent_off) // 100 if percent_off else None
                added_at, sku = opened_at + timedelta(minutes=number), f"NV-{1000 + number}"
                sizes = _SIZES if leaf.slug in _SIZED else ()
                products.append(
                    Product(
                        id=1000 + number,
                        name=f"{brand.name} {thing} {model}",
                        slug=f"{brand.slug}-{leaf.slug}-{number}",
                        sku=sku,
                        brand=brand,
                        categories=shelves,
                        regular_price=regular,
                        sale_price=sale,
                        created_at=added_at,
                        changed_at=added_at,
                        variations=[
                            Variation(
                                id=5000 + 10 * number + place,
                                name=size,
                                sku=f"{sku}-{size}",
                                regular_price=regular,
                                sale_price=sale,
                                changed_at=added_at,
                            )
                            for place, size in enumerate(sizes)
                        ],
                    )
                )
    return products
