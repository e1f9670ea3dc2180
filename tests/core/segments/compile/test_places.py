"""Rules about where people live."""

from dataclasses import replace
from decimal import Decimal

from core.records import Contact, Postcode, Store
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


def test_near_a_store_is_its_own_postcode_and_places_across_the_border(given: Given) -> None:
    records = [
        place("2300", "55.65", city="København"),
        place("2400", "55.71", city="KØBENHAVN"),
        place("21100", "55.61", country="SE", city="Malmö"),
        place("90100", "63.8", country="SE", city="Umeå"),
        Postcode(country="DK", postcode="9999", city="Nowhere"),
        Store(id="s", postcode="2300", country="DK"),
        Store(id="town", city="københavn"),
        Store(id="lost", postcode="9999", city="Nowhere"),
        Contact(id="ann", postcode="2300", country="DK"),
        Contact(id="bob", postcode="21100", country="SE"),
        Contact(id="cat", postcode="90100", country="SE"),
        Contact(id="dan", postcode="21100", country="NO"),
        Contact(id="eve", postcode="9999"),
        Contact(id="fay", city="malmö", country="SE"),
        Contact(id="gil", postcode="12345", city="Umeå", country="SE"),
        Contact(id="hal", city="Malmö", country="DK"),
        Contact(id="ian", postcode="1999", city="København"),
    ]
    given(records).expect("""
        { lives = "near", store = "s", km = 0 }     -> ann ? dan eve hal
        { lives = "near", store = "s", km = 5 }     -> ann bob fay ian ? dan eve hal
        { lives = "near", store = "town", km = 1 }  -> ian ? dan eve hal
        { lives = "near", store = "town", km = 4 }  -> ann ian ? dan eve hal
        { lives = "near", store = "s", km = 9000 }  -> ann bob cat fay gil ian ? dan eve hal
        { lives = "near", store = "lost", km = 50 } -> ? ann bob cat dan eve fay gil hal ian
    """)


def test_the_same_postcode_of_another_country_is_not_near(given: Given) -> None:
    records = [
        place("1001"),
        place("1001", "57.7", country="SE"),
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
        { lives = "near", store = "danish", km = 5 } -> ann bob ? cat dan
    """)


def test_regions_and_distances_follow_from_packages_where_no_source_states_them(
    given: Given,
) -> None:
    records = [
        Postcode(country="DK", postcode="8200", region="Ours"),
        Postcode(country="DK", postcode="0999", latitude=Decimal("56.15"), longitude=Decimal(10)),
        Store(id="aarhus", postcode="8000", country="DK"),
        Store(id="oslo", city="Oslo", country="NO"),
        Contact(id="ann", postcode="8000"),
        Contact(id="bob", postcode="8200"),
        Contact(id="cat", postcode="0150", country="Norge"),
        Contact(id="dan", postcode="1300", country="NO", region="Stated"),
        Contact(id="fay", city="bærum", country="NO"),
        Contact(id="gil", postcode="9998"),
    ]
    given(records, shop=replace(SHOP, places=True)).expect("""
        { field = "region", is = "Midtjylland" }                -> ann ? fay gil
        { field = "region", in = ["ours", "Oslo", "stated"] }   -> bob cat dan ? fay gil
        # Aarhus N of a table of one's own has no coordinates there; the package's count.
        { lives = "near", store = "aarhus", km = 10 }           -> ann bob ? fay gil
        # Norwegian postcodes are known by their town alone.
        { lives = "near", store = "oslo", km = 0 }              -> cat ? fay gil
        { lives = "near", store = "oslo", km = 20 }             -> cat dan ? fay gil
    """)
