"""Each way in which a page can concern somebody whom it does not name as its contact."""

from datetime import date
from decimal import Decimal

from core.records import (
    Category,
    Company,
    Contact,
    Deal,
    Deleted,
    Discount,
    Line,
    Message,
    MessageEvent,
    Order,
    Postcode,
    Product,
    Rate,
    Store,
)
from core.store.database import Database
from tests.core.segments.small_hub import SmallHub, noon


def ordered(number: int, who: str) -> Order:
    return Order(id=str(number), contact=who, placed_at=noon(1), total=Decimal(100), currency="DKK")


def used(order: str) -> Discount:
    return Discount(id="d", order=order, code="SUMMER", at=noon(1))


def test_a_fact_of_the_past_touches(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "bought": {"orders": "count", "at_least": 1},
        "men": {"field": "gender", "is": "male"},
    })  # fmt: skip
    hub.tell(Contact(id="ann"), Contact(id="bob", gender="female"))
    assert hub.members(noon(3)) == {"bought": "", "men": ""}
    hub.tell(ordered(1, "ann"))
    hub.tell(ordered(2, "ann"), Contact(id="bob", gender="male"))
    assert hub.members(noon(3)) == {"bought": "ann", "men": "bob"}


def test_losing_an_order_to_somebody_else_touches(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"bought": {"orders": "count", "at_least": 1}})
    hub.tell(Contact(id="ann"), Contact(id="bob"), ordered(1, "ann"))
    assert hub.members(noon(3))["bought"] == "ann"
    hub.tell(ordered(1, "bob"))
    assert hub.members(noon(3))["bought"] == "bob"


def test_a_coupon_that_comes_moves_and_goes_alone(sqlite: Database) -> None:
    rule = {"orders": "count", "where": {"coupon": "summer"}, "at_least": 1}
    hub = SmallHub(sqlite, {"saved": rule})
    hub.tell(ordered(1, "ann"), ordered(2, "bob"))
    assert hub.members(noon(3))["saved"] == ""
    hub.tell(used("1"))
    assert hub.members(noon(3))["saved"] == "ann"
    hub.tell(used("2"))
    assert hub.members(noon(3))["saved"] == "bob"
    hub.tell(Deleted(noun="Discount", id="d"))
    assert hub.members(noon(3))["saved"] == ""


def test_a_store_that_comes_and_goes(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"here": {"lives": "in_area", "store": "s"}})
    hub.tell(Contact(id="ann", postcode="8000", country="DK"))
    assert hub.members(noon(3))["here"] == ""
    hub.tell(Store(id="s", postcodes=("8000",)))
    assert hub.members(noon(3))["here"] == "ann"
    hub.tell(Deleted(noun="Store", id="s"))
    assert hub.members(noon(3))["here"] == ""


def test_a_postcode_that_is_put_on_the_map(sqlite: Database) -> None:
    def place(code: str, latitude: str) -> Postcode:
        north = Decimal(latitude)
        return Postcode(country="DK", postcode=code, latitude=north, longitude=Decimal(10))

    hub = SmallHub(sqlite, {"near": {"lives": "near", "store": "s", "km": 20}})
    hub.tell(Store(id="s", postcode="8000", country="DK"))
    hub.tell(Contact(id="ann", postcode="8200", country="DK"))
    assert hub.members(noon(3))["near"] == ""
    hub.tell(place("8000", "56.15"), place("8200", "56.20"))
    assert hub.members(noon(3))["near"] == "ann"


def test_a_company_that_changes_and_goes(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "retail": {"field": "company.industry", "is": "retail"},
        "known": {"field": "company.industry", "known": True},
    })  # fmt: skip
    hub.tell(Company(id="c", industry="Retail"), Contact(id="ann", company="c"))
    assert hub.members(noon(3)) == {"retail": "ann", "known": "ann"}
    hub.tell(Company(id="c", industry="Wood"))
    assert hub.members(noon(3)) == {"retail": "", "known": "ann"}
    hub.tell(Deleted(noun="Company", id="c"))
    assert hub.members(noon(3)) == {"retail": "", "known": ""}


def test_a_message_that_is_deleted(sqlite: Database) -> None:
    rule = {"messages": "opened", "where": {"campaign": "Spring"}, "at_least": 1}
    hub = SmallHub(sqlite, {"spring": rule})
    hub.tell(Message(id="m", title="Spring"))
    hub.tell(MessageEvent(message="m", contact="ann", kind="opened", at=noon(1)))
    assert hub.members(noon(3))["spring"] == "ann"
    hub.tell(Deleted(noun="Message", id="m"))
    assert hub.members(noon(3))["spring"] == ""


def test_a_category_that_is_put_under_another(sqlite: Database) -> None:
    def sold(number: int, who: str | None) -> Order:
        lines = (Line(id="1", product="p", total=Decimal(10)),)
        return Order(id=str(number), contact=who, placed_at=noon(1), currency="DKK", lines=lines)

    rule = {"items": "count", "where": {"category": "Toys"}, "at_least": 1}
    hub = SmallHub(sqlite, {"toys": rule})
    hub.tell(Category(id="bricks"), Category(id="7", title="Toys"))
    # What nobody bought marks nobody.
    hub.tell(Product(id="p", category="bricks"), sold(1, "ann"), sold(2, None))
    assert hub.members(noon(3))["toys"] == ""
    hub.tell(Category(id="bricks", parent="7"))
    assert hub.members(noon(3))["toys"] == "ann"


def test_a_rate_that_a_deal_waits_for(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"rich": {"deals": "total", "at_least": 700}})
    hub.tell(Deal(id="d", contact="ann", at=noon(1), amount=Decimal(100), currency="EUR"))
    assert hub.members(noon(3))["rich"] == ""
    hub.tell(Rate(currency="EUR", day=date(2026, 3, 1), rate=Decimal("7.46")))
    assert hub.members(noon(3))["rich"] == "ann"
