"""Segments 10 to 16: who people are."""

from decimal import Decimal

from core.records import Category, Child, Contact, Interest, ListMember, Postcode, Product, Store
from tests.core.segments.recipes.baskets import goods
from tests.core.segments.recipes.records import RecipeTable, bought, gathered, moment, persons

GENDER = RecipeTable(
    10,
    gathered(
        Category(id="1", title="Men's shoes"),
        Product(id="brogue", category="1"),
        Contact(id="anna", gender="female"),
        Contact(id="bo", gender="male"),
        Contact(id="kim", gender="other"),
        Contact(id="eve", gender="female"),
        goods("eve", "2026-01-01", "brogue"),
        persons("untold"),
    ),
    """
    # Kvinde
    { recipe = "gender", is = "female" }                                   -> anna eve
    # Mand
    { recipe = "gender", is = "male" }                                     -> bo
    # Andet
    { recipe = "gender", is = "other" }                                    -> kim
    { recipe = "gender", is = "male", or_bought_category = "Men's shoes" } -> bo eve
    """,
)


def place(postcode: str, latitude: str) -> Postcode:
    """A postcode on the store's meridian, where 0.01 degrees are 1.11 km."""
    return Postcode(
        country="DK", postcode=postcode, latitude=Decimal(latitude), longitude=Decimal("10.2")
    )


STORE = RecipeTable(
    11,
    gathered(
        Store(id="7", title="Aarhus", postcode="8000", country="DK", postcodes=("8000", "8200")),
        Store(id="9", title="Odense", postcode="5000", country="DK"),
        place("8000", "56.15"),
        place("8300", "55.975"),
        place("8700", "55.965"),
        bought("in-time", "2024-04-01", store="7", channel="pos"),
        bought("too-old", "2024-03-31", store="7", channel="pos"),
        bought("collected", "2026-01-01", store="7", channel="web"),
        bought("other-store", "2026-01-01", store="9", channel="pos"),
        bought("by-mail", "2026-01-01", channel="web"),
        Contact(id="chose", store="7"),
        Contact(id="chose-other", store="9"),
        Contact(id="in-area", postcode="8200", country="DK"),
        Contact(id="19-km", postcode="8300", country="DK"),
        Contact(id="21-km", postcode="8700", country="DK"),
    ),
    """
    # Personer, der har handlet i x butik
    { recipe = "store_customers", store = "7", by = "bought" } -> in-time collected
    # Personer, der bor i by eller område med x butik
    { recipe = "store_customers", store = "7", by = "lives_near" } -> in-area 19-km
    { recipe = "store_customers", store = "7", by = "chosen" } -> chose
    { recipe = "store_customers", store = "7", channel = "pos" } -> in-time
    { recipe = "store_customers", store = "7", by = "lives_near", km = 22 } -> in-area 19-km 21-km
    { recipe = "store_customers", store = "7", within = "ever" } -> in-time too-old collected
    """,
)


def born(name: str, day: str) -> Contact:
    """A person with a date of birth."""
    return Contact(id=name, birthday=moment(day))


AGE = RecipeTable(
    12,
    gathered(
        born("20-tomorrow", "2006-04-01"),
        born("20-today", "2006-03-31"),
        born("30-tomorrow", "1996-04-01"),
        born("30-today", "1996-03-31"),
        born("40-tomorrow", "1986-04-01"),
        born("40-today", "1986-03-31"),
        born("50-tomorrow", "1976-04-01"),
        born("50-today", "1976-03-31"),
        Contact(id="25-or-26", birth_year=2000),
        Contact(id="19-or-20", birth_year=2006),
        persons("untold"),
    ),
    """
    # Alle mellem 20-29 år
    { recipe = "age_group", between = [20, 29] } -> 20-today 30-tomorrow 25-or-26
    # Alle mellem 30-39 år
    { recipe = "age_group", between = [30, 39] } -> 30-today 40-tomorrow
    # Alle mellem 40-49 år
    { recipe = "age_group", between = [40, 49] } -> 40-today 50-tomorrow
    { recipe = "age_group", decade = 40 }        -> 40-today 50-tomorrow
    """,
)

MONTHS = "Der er 12 forskellige varianter - nemlig en for hver måned."
BIRTHDAY = RecipeTable(
    13,
    gathered(
        born("january", "1990-01-31"),
        born("february", "1990-02-01"),
        born("leap-day", "2000-02-29"),
        born("march", "1990-03-15"),
        born("yesterday", "1980-03-30"),
        born("today", "1980-03-31"),
        born("in-13-days", "1980-04-13"),
        born("in-14-days", "1980-04-14"),
        born("may", "1990-05-01"),
        Contact(id="may-of-no-year", birth_day="05-17"),
        born("june", "1990-06-30"),
        born("july", "1990-07-01"),
        born("august", "1990-08-31"),
        born("september", "1990-09-01"),
        born("october", "1990-10-31"),
        born("november", "1990-11-01"),
        born("december", "1990-12-31"),
        persons("untold"),
    ),
    """
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 1 }               -> january
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 2 }               -> february leap-day
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 3 }               -> march yesterday today
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 4 }               -> in-13-days in-14-days
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 5 }               -> may may-of-no-year
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 6 }               -> june
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 7 }               -> july
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 8 }               -> august
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 9 }               -> september
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 10 }              -> october
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 11 }              -> november
    # Der er 12 forskellige varianter - nemlig en for hver måned.
    { recipe = "birthday", month = 12 }              -> december
    { recipe = "birthday" }                          -> march yesterday today
    { recipe = "birthday", within_next = "14 days" } -> today in-13-days
    """,
)

INTERESTS = RecipeTable(
    14,
    gathered(
        persons("unasked"),
        Interest(contact="crime", topic="Crime"),
        Interest(contact="spelt-small", topic="crime"),
        Interest(contact="both", topic="Crime"),
        Interest(contact="both", topic="Biography"),
        Interest(contact="biography", topic="Biography"),
        Interest(contact="concluded", topic="Crime", source="inferred"),
        Interest(contact="more-concluded", topic="Crime"),
        Interest(contact="more-concluded", topic="Biography", source="inferred"),
        Interest(contact="nothing"),
    ),
    """
    # Er interesseret i X
    { recipe = "interested_in", topic = "Crime", only = false } -> crime spelt-small both
      more-concluded
    # Ønsker kun nyhedsbreve og opdateringer om Y
    { recipe = "interested_in", topic = "Crime", only = true }  -> crime spelt-small more-concluded
    { recipe = "interested_in", topic = "Crime", band = true }  -> both
    """,
)


def child(of: str, birthday: str, gender: str | None = None) -> Child:
    """A child of a person."""
    return Child(id=f"{of} {birthday}", contact=of, birthday=moment(birthday), gender=gender)


CHILDREN = RecipeTable(
    15,
    gathered(
        persons("untold"),
        Child(id="none", contact="has-none", none=True),
        child("girl-5", "2020-05-01", "female"),
        child("boy-12-today", "2014-03-31", "male"),
        child("newborn", "2026-03-30"),
        child("unborn", "2026-06-01"),
        child("6-today", "2020-03-31"),
        child("10-today", "2016-03-31"),
        child("12-tomorrow", "2014-04-01"),
        child("13-today", "2013-03-31"),
        child("19-tomorrow", "2007-04-01"),
        child("19-today", "2007-03-31"),
        child("two", "2010-01-01", "female"),
        child("two", "2024-01-01", "male"),
    ),
    """
    # Til pigerne: er barnet en pige
    { recipe = "parents", gender = "female" } -> girl-5 two
    # Til drengene: er barnet en dreng
    { recipe = "parents", gender = "male" } -> boy-12-today two
    # De små: børn mellem 0-5 år
    { recipe = "parents", age = [0, 5] } -> girl-5 newborn two
    # De lidt større børn: børn mellem 5-11 år
    { recipe = "parents", age = [5, 11] } -> girl-5 6-today 10-today 12-tomorrow
    # Præ-teenageren: børn mellem 10-13 år
    { recipe = "parents", age = [10, 13] } -> boy-12-today 10-today 12-tomorrow 13-today
    # Teenageren: børn mellem 13-18 år
    { recipe = "parents", age = [13, 18] } -> 13-today 19-tomorrow two
    { recipe = "parents", gender = "female", age = [0, 5] } -> girl-5
    { recipe = "parents", age = [5, 11], half_open = true } -> girl-5 6-today 10-today
    { recipe = "parents", age = [10, 13], birthday_within_next = "1 day" } -> boy-12-today 10-today
      13-today
    """,
)


def member(name: str, since: str, on: str = "news", status: str = "subscribed") -> ListMember:
    """A place on a list."""
    return ListMember(contact=name, list=on, status=status, subscribed_at=moment(since))


MEMBERS = RecipeTable(
    16,
    gathered(
        persons("on-no-list"),
        member("30-days-in", "2026-03-02"),
        member("30-days-out", "2026-03-01"),
        member("6-months", "2025-09-30"),
        member("over-6-months", "2025-09-29"),
        member("gone", "2020-01-01", status="unsubscribed"),
        Contact(id="came-back", created=moment("2019-01-01")),
        member("came-back", "2026-03-20"),
        member("two-lists", "2026-03-20"),
        member("two-lists", "2020-01-01", on="club"),
    ),
    """
    # Nye medlemmer: Oprettet inden for de sidste 30 dage
    { recipe = "new_members", within = "30 days" }  -> 30-days-in came-back
    # Gamle medlemmer: Oprettet for mere en 6 måneder siden.
    { recipe = "old_members", before = "6 months" } -> over-6-months two-lists
    { recipe = "new_members", list = "news" }       -> 30-days-in came-back two-lists
    """,
)

TABLES = (GENDER, STORE, AGE, BIRTHDAY, INTERESTS, CHILDREN, MEMBERS)
