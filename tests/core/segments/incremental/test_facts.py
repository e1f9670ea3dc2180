"""Facts change: the people they concern are touched and evaluated again."""

from decimal import Decimal

import sqlalchemy as sa

from core.records import (
    Company,
    Contact,
    Deal,
    Deleted,
    Product,
    Refund,
    Visit,
)
from core.store.database import Database
from core.store.people.reassign import split
from core.store.tables import SEGMENTS, TOUCHED
from tests.core.segments.cases import NOW, basket, line
from tests.core.segments.small_hub import SmallHub, noon, ordered

BOUGHT = {"bought": {"orders": "count", "at_least": 1}}


def test_both_sides_of_a_merge_and_of_a_split(database: Database) -> None:
    hub = SmallHub(database, {"loyal": {"orders": "count", "at_least": 2}} | BOUGHT)
    hub.tell(ordered(1, "ann"), ordered(2, "annie", day=2), ordered(3, "bob", day=2))
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
        hub.tell(basket(number, who, 30, line(1, "p")), back)
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
    hub.tell(ordered(1, "ann"), ordered(2, "bob"))
    hub.members(noon(4))
    assert sizes(sqlite) == {"bought": (2, 0), "men": (0, 2)}
    hub.tell(Deleted(noun="Order", id="1"))
    hub.members(noon(4))
    assert sizes(sqlite) == {"bought": (1, 0), "men": (0, 1)}


def test_everybody_at_the_company_of_a_deal(database: Database) -> None:
    of_company = {"deals": "count", "of": "company", "at_least": 1}
    hub = SmallHub(database, {"ever": of_company, "lately": of_company | {"within": "2 days"}})
    hub.tell(Company(id="k"), Contact(id="ann", company="k"), Contact(id="bob", company="k"))
    assert hub.members(noon(4)) == {"ever": "", "lately": ""}
    hub.tell(Deal(id="d", company="k", at=noon(5)))
    assert hub.members(noon(4)) == {"ever": "", "lately": ""}
    assert hub.members(noon(6)) == {"ever": "ann bob", "lately": "ann bob"}
    assert hub.members(noon(8)) == {"ever": "ann bob", "lately": ""}
    hub.tell(Deal(id="d", company="another", at=noon(5)))
    assert hub.members(noon(8)) == {"ever": "", "lately": ""}
    hub.tell(Deal(id="d", company="k", at=noon(5)))
    assert hub.members(noon(8)) == {"ever": "ann bob", "lately": ""}
    hub.tell(Deleted(noun="Deal", id="d"))
    assert hub.members(noon(8)) == {"ever": "", "lately": ""}


def test_buyers_of_a_product_whose_own_fields_change(database: Database) -> None:
    vegan = {"items": "count", "where": {"custom.vegan": True}, "at_least": 1}
    fleet = {"field": "company.custom.fleet", "at_least": 3}
    hub = SmallHub(database, {"vegan": vegan, "fleet": fleet})
    hub.tell(
        basket(1, "ann", 30, line(1, "tea")),
        basket(2, "bob", 30, line(1, "pot", variant="tea-big")),
        basket(3, "cat", 30, line(1, "mug")),
        Contact(id="cat", company="k1"),
    )
    assert hub.members(noon(4)) == {"vegan": "", "fleet": ""}
    hub.tell(
        Product(id="tea", custom={"vegan": True}), Product(id="tea-big", custom={"vegan": True})
    )
    assert hub.members(noon(4)) == {"vegan": "ann bob", "fleet": ""}
    hub.tell(Product(id="tea-big", custom={"vegan": None}), Deleted(noun="Product", id="tea"))
    hub.tell(Company(id="k1", custom={"fleet": Decimal(3)}))
    assert hub.members(noon(4)) == {"vegan": "", "fleet": "cat"}
    hub.tell(Company(id="k1", custom={"fleet": Decimal(2)}))
    assert hub.members(noon(4)) == {"vegan": "", "fleet": ""}


def test_both_rows_of_a_sequence(sqlite: Database) -> None:
    rule = {"visits": "count", "where": {"kind": "search"}, "within": "7 days", "at_least": 1}
    hub = SmallHub(
        sqlite, {"left": rule | {"then_no": "orders"}, "came": rule | {"then": "orders"}}
    )
    hub.tell(Visit(id="v", contact="ann", kind="search", at=noon(10)), Contact(id="bob"))
    assert hub.members(noon(11)) == {"left": "ann", "came": ""}
    hub.tell(ordered(1, "ann", day=13))
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
    hub.tell(ordered(1, "ann"), ordered(2, "cat"))
    assert hub.members(noon(3))["busy"] == ""
    hub.tell(Contact(id="cat", company="k"))
    assert hub.members(noon(4))["busy"] == "ann bob cat"
    hub.tell(Contact(id="cat", company="l"))
    assert hub.members(noon(5))["busy"] == ""
    hub.tell(ordered(3, "bob", day=6))
    assert hub.members(noon(6))["busy"] == "ann bob"
    assert hub.members(noon(31))["busy"] == ""
    assert hub.looked_at == 3


def test_a_mark_that_is_set_while_an_evaluation_runs_stays(database: Database) -> None:
    hub = SmallHub(database, BOUGHT)
    hub.tell(ordered(1, "ann"), ordered(2, "bob"))
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
