"""Rules about children, companies, interests and answers."""

from datetime import UTC, date, datetime
from decimal import Decimal

from core.records import Answer, Child, Company, Contact, Deal, Interest, Support
from tests.core.segments.cases import ago, order, people
from tests.core.segments.conftest import Given


def test_all_conditions_hold_for_the_same_child(given: Given) -> None:
    records = [
        Child(id="1", contact="ann", gender="female", birthday=date(2024, 1, 1)),
        Child(id="2", contact="ann", gender="male", birthday=date(2010, 1, 1)),
        Child(id="3", contact="bob", gender="male", birthday=date(2024, 4, 2)),
        Child(id="4", contact="cat", none=True),
        Child(id="5", contact="dan"),
        Child(id="6", contact="eve", birthday=date(2027, 1, 1)),
        *people("fay"),
    ]
    given(records).expect("""
        { children = "count", where = { gender = "female", age = { between = [0, 5] } }, at_least =
          1 } -> ann ? dan fay
        { children = "count", where = { gender = "male", age = { between = [0, 5] } }, at_least = 1
          } -> bob ? dan fay
        { children = "count", at_least = 1 } -> ann bob dan ? fay
        { children = "count", is = 0 } -> cat eve ? fay
        { children = "count", where = { birthday = { within_next = "7 days" } }, at_least = 1 } ->
          bob ? dan fay
    """)


def test_a_company_is_counted_as_one(given: Given) -> None:
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
    given(records).expect("""
        { orders = "count", of = "company", is = 2 }                     -> ann bob ? cat
        { orders = "count", is = 1 }                                     -> ann bob cat
        { field = "company.industry", is = "retail" }                    -> ann bob ? cat
        { deals = "total", where = { stage = "won" }, at_least = 500 }   -> ann
        { deals = "count", of = "company", at_least = 1 }                -> ann bob ? cat
        { support = "count", where = { status = "open" }, at_least = 1 } -> bob
        { support = "last", within = "5 days" }                          ->
    """)


def test_a_deal_of_a_company_counts_for_the_people_of_that_company(given: Given) -> None:
    records = [
        Company(id="c"),
        Company(id="k"),
        Contact(id="ann", company="c"),
        Contact(id="bob", company="c"),
        Contact(id="cat", company="k"),
        Contact(id="dan"),
        Contact(id="eve", company="never delivered"),
        Deal(id="alone", company="c", at=ago(5), amount=Decimal(100)),
        Deal(id="another's", contact="ann", company="k", at=ago(5), amount=Decimal(10)),
        Deal(id="own", contact="bob", at=ago(40), amount=Decimal(1)),
        Deal(id="nowhere", contact="bob", company="never delivered", at=ago(5)),
    ]
    given(records).expect("""
        { deals = "count", of = "company", is = 3 }                      -> ann bob ? dan eve
        { deals = "count", of = "company", is = 1 }                      -> cat ? dan eve
        { deals = "total", of = "company", is = 10 }                     -> cat ? ann bob dan eve
        { deals = "count", of = "company", within = "30 days", is = 2 }  -> ann bob ? dan eve
        { deals = "last", of = "company", before = "3 days" }            -> ann bob cat ? dan eve
        { deals = "count", is = 1 }                                      -> ann
        { deals = "count", is = 2 }                                      -> bob
    """)


def test_deals_are_found_by_their_seller_and_their_dates(given: Given) -> None:
    records = [
        Deal(id="1", contact="ann", at=ago(90), owner="Kim B", closed_at=date(2026, 3, 1)),
        Deal(id="2", contact="bob", at=ago(90), owner="Bo", expected_at=date(2026, 5, 1)),
        # Just after midnight in the shop.
        Deal(id="3", contact="cat", at=ago(90), closed_at=datetime(2026, 2, 28, 23, 1, tzinfo=UTC)),
        *people("dan"),
    ]
    given(records).expect("""
        { deals = "count", where = { owner = "kim b" }, is = 1 }                    -> ann ? cat
        { deals = "count", where = { closed = { at_least = 2026-03-01 } }, is = 1 } -> ann cat
          ? bob
        { deals = "count", where = { closed = { under = 2026-03-01 } }, is = 0 }    -> ann cat
          dan ? bob
        { deals = "count", where = { expected = { at_most = 2026-05-01 } }, is = 1 } -> bob
          ? ann cat
        { deals = "count", where = { closed = { known = false } }, is = 1 }         -> bob
    """)


def test_interests_and_answers_without_a_row_are_unknown(given: Given) -> None:
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
    given(records).expect("""
        { interests = "topics", contains = "CRIME" }                          -> ann bob dan ? eve
        { interests = "topics", where = { source = "stated" }, is = "crime" } -> ann bob ? dan eve
        { interests = "topics", only = ["crime"] }                            -> bob dan ? eve
        { interests = "topics", only = "crime" }                              -> bob dan ? eve
        { interests = "topics", not_in = ["poetry"] }                         -> bob cat dan ? eve
        { interests = "topics", known = true }                                -> ann bob cat dan
        { answers = "COLOUR", is = "blue" }                                   -> ann ? cat dan eve
        { answers = "colour", known = false }                                 -> cat dan eve
    """)


def test_several_answers_must_all_differ_from_a_ruled_out_value(given: Given) -> None:
    records = [
        Answer(id="1", contact="ann", question="Size", value="L"),
        Answer(id="2", contact="ann", question="Size", value="XL"),
        Answer(id="3", contact="bob", question="Size", value="S"),
        Answer(id="4", contact="cat", question="Size"),
        *people("dan"),
    ]
    given(records).expect("""
        { answers = "size", is_not = "L" }           -> bob cat ? dan
        { answers = "size", not_in = ["L", "S"] }    -> cat ? dan
        { answers = "size", is = "L", known = true } -> ann
    """)


def test_an_answer_to_another_question_says_nothing(given: Given) -> None:
    record = Answer(contact="ann", question="Size", value="Blue")
    given([record]).expect("""
        { answers = "Colour", is = "blue" } -> ? ann
    """)


def test_birthdays_of_children_are_of_the_same_child(given: Given) -> None:
    records = [
        Child(id="1", contact="same", gender="female", birthday=date(2020, 4, 1)),
        Child(id="2", contact="other", gender="female", birthday=date(2010, 4, 1)),
        Child(id="3", contact="other", gender="male", birthday=date(2020, 4, 1)),
        Child(id="4", contact="leap", gender="female", birthday=date(2020, 2, 29)),
        Child(id="5", contact="none", none=True),
        *people("silent"),
    ]
    given(records).expect("""
        { children = "count", where = { gender = "female", age = { between = [0, 5] } },
          at_least = 1 } -> same ? silent
        { not = { children = "count", where = { gender = "female", age = { between = [0, 5] } },
          at_least = 1 } } -> leap none other ? silent
        { children = "count", where = { gender = "female", birthday = { within_next = "2 days" } },
          at_least = 1 } -> other same ? silent
        { children = "count", is = 2 } -> other ? silent
    """)


def test_only_means_exactly_this_set_of_topics(given: Given) -> None:
    records = [
        Interest(contact="ann", topic="Boots"),
        Interest(contact="bob", topic="boots"),
        Interest(contact="bob", topic="Crime"),
        Interest(contact="cat"),
        *people("dan"),
    ]
    given(records).expect("""
        { interests = "topics", only = "BOOTS" }                     -> ann ? dan
        { interests = "topics", only = ["crime", "boots", "Boots"] } -> bob ? dan
        { not = { interests = "topics", only = "boots" } }           -> bob cat ? dan
    """)
