"""Facts change: the people they concern are touched and evaluated again."""

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from core.records import (
    Category,
    Company,
    Contact,
    Deleted,
    Line,
    Message,
    MessageEvent,
    Order,
    Product,
    Rate,
    Refund,
    Visit,
)
from core.store.database import Database
from core.store.people.reassign import split
from core.store.tables import SEGMENTS, TOUCHED
from tests.core.segments.cases import NOW
from tests.core.segments.small_hub import SmallHub, noon

BOUGHT = {"bought": {"orders": "count", "at_least": 1}}


def ordered(number: int, who: str | None, at: object, **more: Any) -> Order:
    given = {"id": str(number), "contact": who, "placed_at": at, "total": 100, "currency": "DKK"}
    return Order.model_validate({**given, **more})


def sold(number: int, who: str, product: str) -> Order:
    lines = (Line(id="1", product=product, total=Decimal(10)),)
    return Order(id=str(number), contact=who, placed_at=noon(1), currency="DKK", lines=lines)


def test_a_refund_whose_order_comes_later(sqlite: Database) -> None:
    hub = SmallHub(sqlite, BOUGHT | {"back": {"refunds": "count", "at_least": 1}})
    hub.tell(ordered(1, "ann", noon(1)), Refund(id="r", order="2", at=noon(3), total=Decimal(100)))
    assert hub.members(noon(4)) == {"bought": "ann", "back": ""}
    hub.tell(ordered(2, "bob", noon(2)))
    assert hub.members(noon(4, hours=1)) == {"bought": "ann", "back": "bob"}
    assert hub.looked_at == 1


def test_a_refund_that_moves_to_another_order_or_is_deleted(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"rich": {"orders": "total", "at_least": 100}})
    hub.tell(ordered(1, "ann", noon(1)), ordered(2, "bob", noon(1)))
    hub.tell(Refund(id="r", order="1", at=noon(2), total=Decimal(50)))
    assert hub.members(noon(3))["rich"] == "bob"
    hub.tell(Refund(id="r", order="2", at=noon(2), total=Decimal(50)))
    assert hub.members(noon(3))["rich"] == "ann"
    hub.tell(Deleted(noun="Refund", id="r"))
    assert hub.members(noon(3))["rich"] == "ann bob"


def test_a_line_whose_product_and_category_come_later(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {
        "brand": {"items": "count", "where": {"brand": "Lego"}, "at_least": 1},
        "toys": {"items": "count", "where": {"category": "Toys"}, "at_least": 1},
    })  # fmt: skip
    hub.tell(sold(1, "ann", "p"), sold(2, "bob", "q"), Product(id="q", category="x"))
    assert hub.members(noon(4)) == {"brand": "", "toys": ""}
    hub.tell(Product(id="p", brand="LEGO A/S", category="bricks", category_parent="7"))
    assert hub.members(noon(4)) == {"brand": "ann", "toys": ""}
    assert hub.looked_at == 1
    hub.tell(Category(id="7", title="Toys"))
    assert hub.members(noon(4)) == {"brand": "ann", "toys": "ann"}
    hub.tell(Category(id="x", title="Other", parent="7"))
    assert hub.members(noon(4))["toys"] == "ann bob"
    hub.tell(Category(id="7", title="Games"))
    assert hub.members(noon(4)) == {"brand": "ann", "toys": ""}


def test_an_event_whose_message_comes_later(sqlite: Database) -> None:
    rule = {"messages": "opened", "where": {"campaign": "Spring"}, "at_least": 1}
    hub = SmallHub(sqlite, {"spring": rule})
    for who in ("ann", "bob"):
        hub.tell(MessageEvent(message=f"m-{who}", contact=who, kind="opened", at=noon(1)))
    assert hub.members(noon(4))["spring"] == ""
    hub.tell(Message(id="m-ann", title="Spring"))
    assert hub.members(noon(4))["spring"] == "ann"
    assert hub.looked_at == 1
    hub.tell(Message(id="m-ann", title="Spring", kind="transactional"))
    assert hub.members(noon(4))["spring"] == ""


def test_both_sides_of_a_merge_and_of_a_split(database: Database) -> None:
    hub = SmallHub(database, {"loyal": {"orders": "count", "at_least": 2}} | BOUGHT)
    hub.tell(ordered(1, "ann", noon(1)), ordered(2, "annie", noon(2)), ordered(3, "bob", noon(2)))
    assert hub.members(noon(4)) == {"loyal": "", "bought": "ann annie bob"}
    hub.tell(Contact(id="ann", email="a@mail.example"), Contact(id="annie", email="a@mail.example"))
    assert hub.members(noon(4)) == {"loyal": "ann annie", "bought": "ann annie bob"}
    assert sizes(database) == {"loyal": (1, 0), "bought": (2, 0)}
    with database.transaction() as transaction:
        contacts = sa.text("SELECT max(id) FROM contact WHERE external_id IN ('ann', 'annie')")
        split(transaction, hub.shop, int(transaction.execute(contacts).scalar_one()), NOW)
    assert hub.members(noon(5)) == {"loyal": "", "bought": "ann annie bob"}
    assert sizes(database) == {"loyal": (0, 0), "bought": (3, 0)}


def test_lines_and_refunds_follow_who_ordered(sqlite: Database) -> None:
    two = {"at_least": 2}
    hub = SmallHub(sqlite, {"items": {"items": "count"} | two, "back": {"refunds": "count"} | two})
    for number, who in ((1, "ann"), (2, "annie")):
        back = Refund(id=f"r{number}", order=f"{number}", at=noon(2), total=Decimal(1))
        hub.tell(sold(number, who, "p"), back)
    assert hub.members(noon(4)) == {"items": "", "back": ""}
    hub.tell(Contact(id="ann", email="a@mail.example"), Contact(id="annie", email="a@mail.example"))
    assert hub.members(noon(4)) == {"items": "ann annie", "back": "ann annie"}


def sizes(database: Database) -> dict[str, tuple[int, int]]:
    """Members and unknowns by the name of the segment, as they are counted."""
    with database.read() as transaction:
        rows = transaction.execute(sa.select(SEGMENTS))
        return {row.name: (row.members, row.unknown) for row in rows}


def test_those_who_vanish_are_no_longer_counted(sqlite: Database) -> None:
    hub = SmallHub(sqlite, BOUGHT | {"men": {"field": "gender", "is": "male"}})
    hub.tell(ordered(1, "ann", noon(1)), ordered(2, "bob", noon(1)))
    hub.members(noon(4))
    assert sizes(sqlite) == {"bought": (2, 0), "men": (0, 2)}
    hub.tell(Deleted(noun="Order", id="1"))
    hub.members(noon(4))
    assert sizes(sqlite) == {"bought": (1, 0), "men": (0, 1)}


def test_a_row_that_is_deleted_at_its_source(sqlite: Database) -> None:
    hub = SmallHub(sqlite, BOUGHT | {"looks": {"visits": "count", "at_least": 1}})
    hub.tell(Contact(id="ann"), ordered(1, "ann", noon(1)))
    hub.tell(Visit(id="v", contact="ann", at=noon(1)), ordered(2, "bob", noon(1)))
    assert hub.members(noon(4)) == {"bought": "ann bob", "looks": "ann"}
    hub.tell(Deleted(noun="Visit", id="v"))
    assert hub.members(noon(5)) == {"bought": "ann bob", "looks": ""}
    hub.tell(Deleted(noun="Order", id="1"))
    assert hub.members(noon(6)) == {"bought": "bob", "looks": ""}
    assert hub.looked_at == 1


def test_both_rows_of_a_sequence(sqlite: Database) -> None:
    rule = {"visits": "count", "where": {"kind": "search"}, "within": "7 days", "at_least": 1}
    hub = SmallHub(
        sqlite, {"left": rule | {"then_no": "orders"}, "came": rule | {"then": "orders"}}
    )
    hub.tell(Visit(id="v", contact="ann", kind="search", at=noon(10)), Contact(id="bob"))
    assert hub.members(noon(11)) == {"left": "ann", "came": ""}
    hub.tell(ordered(1, "ann", noon(13)))
    assert hub.members(noon(12)) == {"left": "ann", "came": ""}
    # The second row is past by now, and then the first one is too old.
    assert hub.members(noon(13)) == {"left": "", "came": "ann"}
    assert hub.looked_at == 1
    hub.tell(Visit(id="w", contact="ann", kind="search", at=noon(14)))
    assert hub.members(noon(14)) == {"left": "ann", "came": "ann"}
    assert hub.members(noon(17)) == {"left": "ann", "came": ""}
    assert hub.looked_at == 1


def test_colleagues_of_those_who_come_and_go(database: Database) -> None:
    rule = {"orders": "count", "of": "company", "within": "30 days", "at_least": 2}
    hub = SmallHub(database, {"busy": rule})
    staff = (Contact(id=each, company="k") for each in ("ann", "bob"))
    hub.tell(Company(id="k"), Company(id="l"), *staff, Contact(id="cat", company="l"))
    hub.tell(ordered(1, "ann", noon(1)), ordered(2, "cat", noon(1)))
    assert hub.members(noon(3))["busy"] == ""
    hub.tell(Contact(id="cat", company="k"))
    assert hub.members(noon(4))["busy"] == "ann bob cat"
    hub.tell(Contact(id="cat", company="l"))
    assert hub.members(noon(5))["busy"] == ""
    hub.tell(ordered(3, "bob", noon(6)))
    assert hub.members(noon(6))["busy"] == "ann bob"
    assert hub.members(noon(31))["busy"] == ""
    assert hub.looked_at == 3


def test_a_colleague_who_vanishes_takes_rows_along(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"busy": {"orders": "count", "of": "company", "at_least": 2}})
    hub.tell(Company(id="k"), *(Contact(id=each, company="k") for each in ("ann", "bob")))
    hub.tell(ordered(1, "ann", noon(1)), ordered(2, "bob", noon(1)))
    assert hub.members(noon(3))["busy"] == "ann bob"
    hub.tell(Deleted(noun="Order", id="2"), Deleted(noun="Contact", id="bob"))
    assert hub.members(noon(4))["busy"] == ""


def test_a_rate_that_arrives_late(sqlite: Database) -> None:
    hub = SmallHub(sqlite, {"rich": {"orders": "total", "at_least": 700}})
    hub.tell(ordered(1, "ann", noon(1), currency="EUR"), ordered(2, "bob", noon(1)))
    assert hub.members(noon(3))["rich"] == ""
    hub.tell(Rate(currency="EUR", day=date(2026, 3, 1), rate=Decimal("7.46")))
    assert hub.members(noon(3))["rich"] == "ann"
    assert hub.looked_at == 1


def test_a_mark_that_is_set_while_an_evaluation_runs_stays(database: Database) -> None:
    hub = SmallHub(database, BOUGHT)
    hub.tell(ordered(1, "ann", noon(1)), ordered(2, "bob", noon(1)))
    hub.members(noon(3))
    with database.transaction() as transaction:
        # The numbers of marks are given before they are committed: a smaller one may come later.
        transaction.execute(sa.insert(TOUCHED).values(id=1_000_000, profile_id=1))
    late = sa.insert(TOUCHED).values(id=900_000, profile_id=2)
    heard: list[str] = []

    def listener(running: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if "INTO marks_read" not in statement or heard:
            return
        heard.append(statement)
        if running.dialect.name == "sqlite":
            # There is one writer; what it writes in between is what another one might.
            running.execute(late)
            return
        with database.transaction() as meanwhile:
            meanwhile.execute(late)

    sa.event.listen(sa.Connection, "after_cursor_execute", listener)
    try:
        hub.evaluate(noon(3))
    finally:
        sa.event.remove(sa.Connection, "after_cursor_execute", listener)
    assert heard
    with database.read() as transaction:
        assert transaction.execute(sa.select(TOUCHED.c.id)).scalars().all() == [900_000]
    hub.members(noon(3))
    assert hub.looked_at == 1
