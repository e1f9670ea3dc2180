"""Rules about groups and loyalty accounts."""

from decimal import Decimal

from core.records import GroupMember, Loyalty
from tests.core.segments.cases import ago, people
from tests.core.segments.conftest import Given


def test_a_group_goes_by_its_id_and_by_its_title(given: Given) -> None:
    records = [
        GroupMember(contact="ann", group="17", title="Wholesale", since=ago(9)),
        GroupMember(contact="ann", group="VIP"),
        GroupMember(contact="bob", group="18", title="wholesale"),
        # She joins tomorrow.
        GroupMember(contact="cat", group="17", title="Wholesale", since=ago(-1)),
        *people("dan"),
    ]
    given(records).expect("""
        { groups = "names", is = "wholesale" }                     -> ann bob
        { groups = "names", contains = "17" }                      -> ann
        { groups = "names", in = ["vip", "18"] }                   -> ann bob
        { groups = "names", not_in = ["vip", "staff"] }            -> bob cat dan
        { groups = "names", is_not = "VIP" }                       -> bob cat dan
        { groups = "names", only = "WHOLESALE" }                   -> bob
        { groups = "names", only = ["wholesale", "vip"] }          -> ann
        { groups = "names", known = true }                         -> ann bob
        { groups = "names", where = { connection = "till" }, known = false } -> ann bob cat dan
    """)


def test_groups_that_nobody_delivers_are_unknown(given: Given) -> None:
    given(people("ann"), delivered=frozenset({"Contact"})).expect("""
        { groups = "names", is = "vip" }     -> ? ann
        { groups = "names", not_in = ["vip"] } -> ? ann
    """)


def test_of_two_programmes_the_larger_balance_and_any_tier_count(given: Given) -> None:
    records = [
        Loyalty(contact="ann", programme="points", points=Decimal(100), tier="Gold"),
        Loyalty(contact="ann", programme="miles", points=Decimal("250.5"), tier="Silver"),
        Loyalty(contact="bob", points=Decimal(0)),
        Loyalty(contact="cat", tier="Gold"),
        Loyalty(contact="dan", points=Decimal(900), tier="Gold", since=ago(-1)),
    ]
    given(records).expect("""
        { field = "loyalty.points", at_least = 250.5 }       -> ann ? cat dan
        { field = "loyalty.points", under = 1 }              -> bob ? cat dan
        { field = "loyalty.points", known = false }          -> cat dan
        { field = "loyalty.tier", is = "gold" }              -> ann cat ? bob dan
        { field = "loyalty.tier", is_not = "silver" }        -> cat ? bob dan
        { field = "loyalty.tier", starts_with = "SIL" }      -> ann ? bob dan
        { field = "loyalty.tier", known = true }             -> ann cat
    """)
