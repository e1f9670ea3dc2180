"""Rules about the fields of a profile and of its company."""

from datetime import date
from decimal import Decimal

from core.records import Company, Contact
from tests.core.segments.conftest import Given


def test_fields_without_a_value_are_unknown_and_known_never_is(given: Given) -> None:
    records = [
        Contact(
            id="ann",
            email="ann@mail.example",
            gender="female",
            city="Århus C",
            country="DK",
            created=date(2026, 3, 1),
            custom={"level": Decimal(7), "home": "Y", "since": date(2020, 1, 1)},
        ),
        Contact(id="bob", gender="male", language="da", custom={"level": Decimal(3)}),
        Contact(id="cat"),
    ]
    given(records).expect("""
        { field = "gender", is = "Kvinde" }              -> ann ? cat
        { field = "gender", is_not = "female" }          -> bob ? cat
        { not = { field = "gender", is = "female" } }    -> bob ? cat
        { field = "gender", known = false }              -> cat
        { field = "city", is = "ÅRHUS c" }               -> ann ? bob cat
        { field = "city", starts_with = "århus" }        -> ann ? bob cat
        { field = "city", contains = "%" }               -> ? bob cat
        { field = "country", in = ["dk", "no"] }         -> ann ? bob cat
        { field = "email", contains = "MAIL" }           -> ann ? bob cat
        { field = "custom.level", at_least = 4 }         -> ann ? cat
        { field = "custom.level", is = "7" }             -> ann ? cat
        { field = "custom.home", is = "y" }              -> ann ? bob cat
        { field = "custom.since", under = "2021-01-01" } -> ann ? bob cat
        { field = "created", within = "31 days" }        -> ann
        { field = "created", before = "29 days" }        -> ann
        { field = "created", before = "30 days" }        ->
        { field = "custom.nothing", known = false }      -> ann bob cat
    """)


def test_ages_and_birthdays_know_leap_days_and_half_known_dates(given: Given) -> None:
    records = [
        Contact(id="leap", birthday=date(2000, 2, 29)),
        Contact(id="march", birthday=date(1996, 3, 1)),
        Contact(id="year", birth_year=1996),
        Contact(id="day", birth_day="03-01"),
        Contact(id="none"),
    ]
    given(records, as_of=date(2026, 2, 28)).expect("""
        { field = "age", is = 26 }                     -> leap ? day none
        { field = "age", between = [29, 30] }          -> march year ? day none
        { field = "age", at_least = 30 }               -> ? day none year
        { field = "age", under = 30 }                  -> leap march ? day none year
        { field = "birthday", within_next = "1 day" }  -> leap ? none year
        { field = "birthday", within_next = "2 days" } -> day leap march ? none year
        { field = "birth_month", is = "this month" }   -> leap ? none year
        { field = "birth_month", in = [2, 3] }         -> day leap march ? none year
    """)


def test_a_birthday_on_a_leap_day_falls_on_it_in_leap_years(given: Given) -> None:
    leap = Contact(id="ann", birthday=date(2000, 2, 29))
    given([leap], as_of=date(2028, 2, 28)).expect("""
        { field = "birthday", within_next = "1 day" } ->
    """)


def test_countries_and_sizes_of_companies_are_found_in_any_case(given: Given) -> None:
    records = [
        Company(id="k", country="dk", size="10-49 Staff"),
        Contact(id="ann", company="k", country="se"),
    ]
    given(records).expect("""
        { field = "company.country", is = "DK" }         -> ann
        { field = "company.country", is_not = "DK" }     ->
        { field = "company.country", starts_with = "d" } -> ann
        { field = "company.size", is = "10-49 staff" }   -> ann
        { field = "country", contains = "e" }            -> ann
    """)


def test_the_numbers_and_places_of_companies_compare(given: Given) -> None:
    records = [
        Company(
            id="k", name="Garn & Co", number="DK 12", employees=25, revenue=Decimal("1500000.5"),
            founded=1998, city="Aarhus C", region="Midtjylland", postcode="123 45",
        ),
        Company(id="l", name="Uld", employees=7, founded=2020),
        Contact(id="ann", company="k"),
        Contact(id="bob", company="l"),
        # Nobody delivers the company of cat, and dan has none.
        Contact(id="cat", company="m"),
        Contact(id="dan"),
    ]  # fmt: skip
    given(records).expect("""
        { field = "company.employees", at_least = 10 }           -> ann ? cat dan
        { field = "company.employees", between = [7, 10] }       -> bob ? cat dan
        { field = "company.employees", is = "25" }               -> ann ? cat dan
        { field = "company.revenue", over = 1500000 }            -> ann ? bob cat dan
        { field = "company.founded", under = 2000 }              -> ann ? cat dan
        { field = "company.founded", known = true }              -> ann bob
        { field = "company.name", is = "GARN & CO" }             -> ann ? cat dan
        { field = "company.number", starts_with = "dk" }         -> ann ? bob cat dan
        { field = "company.city", contains = "aarhus" }          -> ann ? bob cat dan
        { field = "company.region", is_not = "midtjylland" }     -> ? bob cat dan
        { field = "company.postcode", is = "12345" }             -> ann ? bob cat dan
        { field = "company.city", known = false }                -> bob cat dan
    """)


def test_a_postcode_is_found_however_it_is_spaced(given: Given) -> None:
    records = [Contact(id="ann", postcode="123 45"), Contact(id="bob", postcode="12346")]
    given(records).expect("""
        { field = "postcode", is = "123 45" }             -> ann
        { field = "postcode", in = ["12-345", "123 46"] } -> ann bob
    """)


def test_numbers_of_custom_fields_are_equal_however_they_are_written(given: Given) -> None:
    records = [
        Contact(id="ann", custom={"points": Decimal("5.50")}),
        Contact(id="bob", custom={"points": "5.50"}),
        Contact(id="cat"),
    ]
    given(records).expect("""
        { field = "custom.points", is = 5.5 }             -> ann ? cat
        { field = "custom.points", is_not = "5.5" }       -> bob ? cat
        { field = "custom.points", in = ["5.5", "5.50"] } -> ann bob ? cat
    """)


def test_the_day_of_creation_can_be_one_of_several(given: Given) -> None:
    records = [
        Contact(id="ann", created=date(2026, 1, 1)),
        Contact(id="bob", created=date(2026, 1, 2)),
        Contact(id="cat"),
    ]
    given(records).expect("""
        { field = "created", is_not = "2026-01-01" }           -> bob ? cat
        { field = "created", in = ["2026-01-01", 2026-01-03] } -> ann ? cat
        { field = "created", is = 2026-01-02 }                 -> bob ? cat
    """)


def test_postcodes_lie_between_numbers_and_are_equal_as_texts(given: Given) -> None:
    records = [
        Contact(id="ann", postcode="8000", country="DK"),
        Contact(id="bob", postcode="0150", country="NO"),
        Contact(id="cat", postcode="SW1A 1AA", country="GB"),
        Contact(id="dan", postcode="DK-8999"),
        Contact(id="eve", postcode="211 00", country="SE"),
        Contact(id="fay"),
    ]
    given(records).expect("""
        { field = "postcode", between = [8000, 8999] } -> ann ? cat dan fay
        { field = "postcode", under = 8000 }           -> bob ? cat dan fay
        { field = "postcode", over = 20000 }           -> eve ? cat dan fay
        { field = "postcode", is = "150" }             -> ? fay
        { field = "postcode", is = "0150" }            -> bob ? fay
        { field = "postcode", is = 8000 }              -> ann ? fay
    """)
