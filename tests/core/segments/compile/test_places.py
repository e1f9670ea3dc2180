"""Rules about where people live."""

from dataclasses import replace

from core.records import Contact, Store
from tests.core.segments.cases import SHOP, place
from tests.core.segments.conftest import Given


def test_people_live_in_an_area_or_near_a_store(given: Given) -> None:
    records = [
        place("8000", "56.15"),
        place("8200", "56.20"),
        place("9000", "57.05"),
        Store(id="s1", title="Aarhus", postcode="8000", country="DK", postcodes=("8000",)),
        Store(id="s2", title="Odense", city="Odense"),
        Contact(id="ann", postcode="8000", country="DK"),
        Contact(id="bob", postcode="8200", country="DK"),
        Contact(id="cat", postcode="9000", country="DK"),
        Contact(id="dan", city="ODENSE"),
        Contact(id="eve"),
    ]
    given(records).expect("""
        { lives = "in_area", store = "Aarhus" }         -> ann ? dan eve
        { lives = "in_area", store = "odense" }         -> dan ? ann bob cat eve
        { lives = "near", store = "s1", km = 20 }       -> ann bob ? dan eve
        { lives = "near", store = "s1", km = 200 }      -> ann bob cat ? dan eve
        { lives = "near", store = "nowhere", km = 200 } -> ? ann bob cat dan eve
    """)


def test_near_a_store_is_its_own_postcode_and_none_of_another_country(given: Given) -> None:
    records = [
        place("8000"),
        place("8100", country="SE"),
        Store(id="s", postcode="8000", country="DK"),
        Contact(id="ann", postcode="8000", country="DK"),
        Contact(id="bob", postcode="8100", country="SE"),
    ]
    given(records).expect("""
        { lives = "near", store = "s", km = 0 }  -> ann
        { lives = "near", store = "s", km = 20 } -> ann
    """)


def test_the_same_postcode_of_another_country_is_not_near(given: Given) -> None:
    records = [
        place("1001"),
        place("1001", country="SE"),
        Store(id="s", postcode="1001", country="DK", postcodes=("1001",)),
        Store(id="at home", postcode="1001", postcodes=("1001",)),
        Store(id="abroad", postcode="1001", country="SE", city="Nykøbing"),
        Contact(id="ann", postcode="1001", country="dk", city="Nykøbing"),
        Contact(id="bob", postcode="1001", country="SE", city="Nykøbing"),
        # Without a country she lives in the shop's, which is Denmark.
        Contact(id="cat", postcode="1001"),
        Contact(id="dan", country="SE"),
    ]
    given(records).expect("""
        { lives = "near", store = "s", km = 5 }       -> ann cat ? dan
        { lives = "near", store = "at home", km = 5 } -> ann cat ? dan
        { lives = "near", store = "abroad", km = 5 }  -> bob ? dan
        { lives = "in_area", store = "s" }            -> ann cat ? dan
        { lives = "in_area", store = "at home" }      -> ann cat ? dan
        { lives = "in_area", store = "abroad" }       -> bob ? cat dan
    """)


def test_a_name_shared_by_two_stores_is_near_to_either(given: Given) -> None:
    records = [
        place("8000", "56.15"),
        place("9000", "57.05"),
        Store(id="s", title="Town", postcode="8000"),
        Store(id="town", postcode="9000"),
        Contact(id="ann", postcode="8000"),
        Contact(id="bob", postcode="9000"),
    ]
    given(records).expect("""
        { lives = "near", store = "town", km = 5 } -> ann bob
    """)


def test_without_any_country_the_postcode_alone_decides(given: Given) -> None:
    records = [
        Store(id="s", postcodes=("1001",)),
        Store(id="danish", country="DK", postcode="1001", postcodes=("1001",)),
        place("1001"),
        Contact(id="ann", postcode="1001"),
        Contact(id="bob", postcode="1001", country="DK"),
        Contact(id="cat", postcode="2002"),
        Contact(id="dan", postcode="1001", country="SE"),
    ]
    given(records, shop=replace(SHOP, country=None)).expect("""
        { lives = "in_area", store = "s" }           -> ann bob dan
        { lives = "in_area", store = "danish" }      -> ann bob
        { lives = "near", store = "danish", km = 5 } -> ann bob
    """)
