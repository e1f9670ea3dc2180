"""What rules about people, children, companies and places mean."""

from datetime import date
from decimal import Decimal

from core.records import (
    Answer,
    Child,
    Company,
    Contact,
    Deal,
    Interest,
    Postcode,
    Store,
    Support,
)
from core.store.database import Database
from tests.core.segments.counted import Case, ago, agree, order, people


def test_fields_without_a_value_are_unknown_and_known_never_is(database: Database) -> None:
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
    agree(
        database,
        records,
        [
            Case({"field": "gender", "is": "female"}, "ann", "cat"),
            Case({"field": "gender", "is_not": "female"}, "bob", "cat"),
            Case({"not": {"field": "gender", "is": "female"}}, "bob", "cat"),
            Case({"field": "gender", "known": False}, "cat"),
            Case({"field": "city", "is": "ÅRHUS c"}, "ann", "bob cat"),
            Case({"field": "city", "starts_with": "århus"}, "ann", "bob cat"),
            Case({"field": "city", "contains": "%"}, "", "bob cat"),
            Case({"field": "country", "in": ["dk", "no"]}, "ann", "bob cat"),
            Case({"field": "email", "contains": "MAIL"}, "ann", "bob cat"),
            Case({"field": "custom.level", "at_least": 4}, "ann", "cat"),
            Case({"field": "custom.level", "is": "7"}, "ann", "cat"),
            Case({"field": "custom.home", "is": "y"}, "ann", "bob cat"),
            Case({"field": "custom.since", "under": "2021-01-01"}, "ann", "bob cat"),
            Case({"field": "created", "within": "31 days"}, "ann"),
            Case({"field": "created", "before": "29 days"}, "ann"),
            Case({"field": "created", "before": "30 days"}),
            Case({"field": "custom.nothing", "known": False}, "ann bob cat"),
        ],
    )


def test_ages_and_birthdays_know_leap_days_and_half_known_dates(database: Database) -> None:
    records = [
        Contact(id="leap", birthday=date(2000, 2, 29)),
        Contact(id="march", birthday=date(1996, 3, 1)),
        Contact(id="year", birth_year=1996),
        Contact(id="day", birth_day="03-01"),
        Contact(id="none"),
    ]
    agree(
        database,
        records,
        [
            Case({"field": "age", "is": 26}, "leap", "day none"),
            Case({"field": "age", "between": [29, 30]}, "march year", "day none"),
            Case({"field": "age", "at_least": 30}, "", "day none year"),
            Case({"field": "age", "under": 30}, "leap march", "day none year"),
            Case({"field": "birthday", "within_next": "1 day"}, "leap", "none year"),
            Case({"field": "birthday", "within_next": "2 days"}, "day leap march", "none year"),
            Case({"field": "birth_month", "is": "this month"}, "leap", "none year"),
            Case({"field": "birth_month", "in": [2, 3]}, "day leap march", "none year"),
        ],
        as_of=date(2026, 2, 28),
    )


def test_all_conditions_hold_for_the_same_child(database: Database) -> None:
    records = [
        Child(id="1", contact="ann", gender="female", birthday=date(2024, 1, 1)),
        Child(id="2", contact="ann", gender="male", birthday=date(2010, 1, 1)),
        Child(id="3", contact="bob", gender="male", birthday=date(2024, 4, 2)),
        Child(id="4", contact="cat", none=True),
        Child(id="5", contact="dan"),
        Child(id="6", contact="eve", birthday=date(2027, 1, 1)),
        *people("fay"),
    ]
    young = {"age": {"between": [0, 5]}}
    agree(
        database,
        records,
        [
            Case(
                {"children": "count", "where": {"gender": "female", **young}, "at_least": 1},
                "ann",
                "dan fay",
            ),
            Case(
                {"children": "count", "where": {"gender": "male", **young}, "at_least": 1},
                "bob",
                "dan fay",
            ),
            Case({"children": "count", "at_least": 1}, "ann bob dan", "fay"),
            Case({"children": "count", "is": 0}, "cat eve", "fay"),
            Case(
                {
                    "children": "count",
                    "where": {"birthday": {"within_next": "7 days"}},
                    "at_least": 1,
                },
                "bob",
                "dan fay",
            ),
        ],
    )


def test_a_company_is_counted_as_one(database: Database) -> None:
    records = [
        Company(id="c", name="Acme", industry="Retail"),
        Contact(id="ann", company="c"),
        Contact(id="bob", company="c"),
        Contact(id="cat"),
        order(1, "ann", 5),
        order(2, "bob", 5),
        order(3, "cat", 5),
        Deal(id="d", contact="ann", at=ago(5), stage="Won", amount=Decimal(500), currency="DKK"),
        Support(id="s", contact="bob", at=ago(5), status="open"),
    ]
    agree(
        database,
        records,
        [
            Case({"orders": "count", "of": "company", "is": 2}, "ann bob", "cat"),
            Case({"orders": "count", "is": 1}, "ann bob cat"),
            Case({"field": "company.industry", "is": "retail"}, "ann bob", "cat"),
            Case({"deals": "total", "where": {"stage": "won"}, "at_least": 500}, "ann"),
            Case({"deals": "count", "of": "company", "at_least": 1}, "ann bob", "cat"),
            Case({"support": "count", "where": {"status": "open"}, "at_least": 1}, "bob"),
            Case({"support": "last", "within": "5 days"}),
        ],
    )


def test_interests_and_answers_without_a_row_are_unknown(database: Database) -> None:
    records = [
        Interest(contact="ann", topic="Crime"),
        Interest(contact="ann", topic="Poetry"),
        Interest(contact="bob", topic="crime"),
        Interest(contact="cat"),
        Interest(contact="dan", topic="Crime", source="inferred"),
        *people("eve"),
        Answer(contact="ann", question="Colour", value="Blue"),
        Answer(contact="bob", question="colour", value="Red"),
    ]
    agree(
        database,
        records,
        [
            Case({"interests": "topics", "contains": "CRIME"}, "ann bob dan", "eve"),
            Case(
                {"interests": "topics", "where": {"source": "stated"}, "is": "crime"},
                "ann bob",
                "dan eve",
            ),
            Case({"interests": "topics", "only": ["crime"]}, "bob dan", "eve"),
            Case({"interests": "topics", "only": "crime"}, "bob dan", "eve"),
            Case({"interests": "topics", "not_in": ["poetry"]}, "bob cat dan", "eve"),
            Case({"interests": "topics", "known": True}, "ann bob cat dan"),
            Case({"answers": "COLOUR", "is": "blue"}, "ann", "cat dan eve"),
            Case({"answers": "colour", "known": False}, "cat dan eve"),
        ],
    )


def test_people_live_in_an_area_or_near_a_store(database: Database) -> None:
    def place(code: str, latitude: str) -> Postcode:
        return Postcode(
            country="DK", postcode=code, latitude=Decimal(latitude), longitude=Decimal(10)
        )

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
    agree(
        database,
        records,
        [
            Case({"lives": "in_area", "store": "Aarhus"}, "ann", "dan eve"),
            Case({"lives": "in_area", "store": "odense"}, "dan", "ann bob cat eve"),
            Case({"lives": "near", "store": "s1", "km": 20}, "ann bob", "dan eve"),
            Case({"lives": "near", "store": "s1", "km": 200}, "ann bob cat", "dan eve"),
            Case({"lives": "near", "store": "nowhere", "km": 200}, "", "ann bob cat dan eve"),
        ],
    )
