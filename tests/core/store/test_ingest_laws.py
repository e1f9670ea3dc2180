"""Laws of ingest: any order gives the same rows, and no page costs more statements."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, select

from core import records as r
from core.contract import Page, Reject
from core.records import Record
from core.store.database import Database
from core.store.people.permission import permitted
from core.store.rederive import rebuild
from core.store.tables import CONSENTS, people
from tests.core.store.filled_store import FilledStore, undone

# One example is a whole store: shrinking it would take minutes and say little more.
EXAMPLES = settings(
    max_examples=8,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def at(day: int, hour: int = 10) -> datetime:
    return datetime(2024, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)


def contact(name: str, day: int = 1, **fields: Any) -> r.Contact:
    """A contact that states every field that any version of it states."""
    empty = dict.fromkeys(
        ("email", "phone", "loyalty", "first_name", "company", "postcode", "merged_into")
    )
    return r.Contact.model_validate({"id": name, "updated_at": at(day), **empty, **fields})


def order(name: str, who: str | None, day: int, **fields: Any) -> r.Order:
    lines = fields.pop("lines", [{"id": "1", "product": "p1", "quantity": 2}])
    base = {"id": name, "contact": who, "placed_at": at(day), "updated_at": at(day), "buyer": None}
    return r.Order.model_validate({**base, "lines": lines, "discounts": [], **fields})


def bought(name: str, who: str | None = None, day: int = 3, **buyer: str) -> r.Order:
    return order(name, who, day, total="10", lines=[], buyer=buyer)


FOUR = ("Ana", "Bob", "Cai", "Dea")
BOUGHT: list[Record] = [
    bought("g1", email="G@x.dk", first_name="Gry", phone="20304050"),
    bought("g2", day=4, email="g@X.dk", city="Odense", country="SE", phone="30303030"),
    bought("g3", phone="20 30 40 50", first_name="Bo"),
    bought("g4", loyalty="77-1", phone="40302010"),
    bought("n1", "never delivered", email="b@x.dk"),
    bought("n2", "c5", email="e@x.dk", first_name="Eva"),
    bought("n3", "c2", email="other@x.dk"),
    bought("z1", email="kasse@shop.example", phone="11 11 11 11"),
    bought("z2", email="kasse@shop.example", phone="20304050"),
    bought("e1", email="gone@x.dk", first_name="Gerd"),
    order("e1", None, 3, updated_at=at(9), total="10", lines=[],
        buyer={"email": "deleted@site.invalid", "phone": "00000000"}),
    contact("c6", phone="51525354", first_name="Ana"),
    *(bought(f"m{name}", phone="51525354", first_name=name) for name in FOUR),
    *(bought(f"f{name}", phone="61626364", first_name=name) for name in FOUR),
    r.Deleted(noun="Order", id="fDea", at=at(6)),
    r.Consent(email="g@x.dk", channel="email", granted=True, at=at(1)),
    r.Consent(contact="never delivered", channel="email", granted=True, at=at(9)),
]  # fmt: skip
SHOP: list[Record] = [
    *BOUGHT,
    contact("c1", email="A@x.dk", phone="20 30 40 50", company="k1", postcode="8000"),
    contact("c1", 5, email="b@x.dk", phone="20304050", company="k1", first_name="Bo"),
    contact("c2", email="a@x.dk", loyalty="77-1"),
    contact("c3", phone="20304050"),
    contact("c4", email="d@x.dk"),
    r.Deleted(noun="Contact", id="c4", at=at(9)),
    contact("c5", email="e@x.dk"),
    contact("m1", email="m@x.dk", emails=("c7@x.dk",), phones=("20304050",)),
    contact("m2", merged_into="m1"),
    contact("m2", 5, merged_into="m3"),
    contact("m4", merged_into="m2"),
    contact("m5", email="a@x.dk", merged_into="m3"),
    contact("m5", 5, email="a@x.dk"),
    r.Visit(id="m4-1", contact="m4", at=at(3)),
    r.Deleted(noun="Contact", id="c5", at=at(9)),
    r.Company(id="k1", name="K", industry="Fishing", updated_at=at(1), custom={"vip": True}),
    r.Category(id="shoes", title="Shoes", parent="all", updated_at=at(1)),
    r.Category(id="shoes", title="Shoes", parent="outdoor", updated_at=at(2)),
    r.Category(id="all", title="All", updated_at=at(1)),
    r.Category(id="old", title="Old", updated_at=at(1)),
    r.Deleted(noun="Category", id="old", at=at(2)),
    r.Product(id="p1", price=Decimal(100), list_price=Decimal(125), brand="LEGO A/S",
        brands=("Technic",), category="boots", category_parent="shoes", categories=("old",),
        updated_at=at(1)),
    r.Product(id="gift", price=Decimal(50), gift_card=True, updated_at=at(1)),
    r.Product(id="p1-xl", parent="p1", price=Decimal(70), list_price=Decimal(140)),
    r.Product(id="coat", title="Coat", brand="B", brands=("C",), price=Decimal(1), currency="EUR",
        category="shoes", tax_included=False),
    r.Product(id="coat-m", parent="coat", sku="M", price=Decimal(60), list_price=Decimal(90)),
    r.Product(id="lone-m", parent="not delivered", price=Decimal(5), list_price=Decimal(9)),
    order("v1", "c2", 3, currency="EUR", tax_included=False, lines=[
        {"id": product + variant, "product": product, "variant": variant or None}
        for product, variant in (
            ("p1", "p1-xl"), ("coat", "coat-m"), ("coat-m", ""), ("lone-m", ""),
            ("not delivered", "lone-m"), ("coat", "p1-xl"), ("coat", "not delivered"))]),
    order("o1", "c1", 3),
    order("o1", "c3", 3, updated_at=at(4), currency="EUR", discounts=[{"code": "Hi"}]),
    order("o2", "c4", 4, lines=[{"id": "g", "product": "gift"}, {"id": "1", "total": 9}]),
    order("o3", None, 4, total="80", lines=[], status="cancelled"),
    order("own", "c1", 4, custom={"gift": True, "tags": ("a", "B")},
        lines=[{"id": "1", "total": 9, "product": "own", "custom": {"note": "x"}}]),
    order("own", "c1", 4, updated_at=at(5), custom={"gift": False, "tags": None}, lines=[
        {"id": "1", "total": 9, "product": "own", "custom": {"weight": Decimal("2.5")}},
        {"id": "2", "total": 9, "custom": {"note": "y"}}]),
    r.Product(id="own", custom={"vegan": True}, updated_at=at(1)),
    r.Product(id="own", custom={"vegan": None, "origin": "Assam"}, updated_at=at(2)),
    order("o4", "c9", 4),
    order("o4", "c1", 4, updated_at=at(8)),
    order("o5", "c8", 4),
    r.Deleted(noun="Order", id="o5", at=at(6)),
    order("o6", "c1", 4, lines=[{"id": "1", "total": 9}, {"id": "1", "total": 7}]),
    order("o7", "c1", 4, parent="o6"),
    order("o8", "c1", 4, parent="o7", lines=[{"id": "kit", "total": 5},
        {"id": "part", "parent": "kit", "product": "p1"}]),
    order("o9", "c1", 4, parent="o5"),
    order("o10", "c2", 4, parent="o11"),
    order("o11", "c2", 4, parent="o12"),
    order("o12", "c2", 4, parent="o10"),
    r.Refund.model_validate({"id": "r1", "order": "o1", "at": at(6), "lines": [
        {"line": "1", "quantity": 1, "total": "100"}]}),
    r.Refund(id="r2", order="o5", at=at(6), total=Decimal(5)),
    r.Refund(id="r3", order="o2", at=at(6), goods=Decimal(9)),
    r.Discount(id="d1", contact="c1", order="o2", code="SPRING", at=at(3)),
    r.Discount(id="d2", contact="c1", code="SPRING", at=at(3)),
    r.Discount(id="d3", contact="c1", order="none", code="SPRING", at=at(3)),
    r.Discount(id="d4", order="o5", code="x", at=at(3)),
    r.Rate(currency="EUR", day=date(2024, 1, 1), rate=Decimal("7.45")),
    r.Rate(currency="EUR", day=date(2024, 1, 3), rate=Decimal("7.46")),
    r.Store(id="s1", title="Aarhus", postcode="8000", postcodes=("8000", "8200")),
    r.Postcode(country="DK", postcode="8000", city="Aarhus C", region="Midt"),
    r.Consent(contact="c2", channel="email", granted=True, at=at(1)),
    r.Consent(email="b@x.dk", channel="email", granted=False, at=at(1)),
    r.Consent(contact="t7", channel="sms", granted=True, at=at(1)),
    r.Consent(email="e@x.dk", channel="email", list="L", granted=False, reason="complaint",
        at=at(2)),
    r.Message(id="m1", title="News", topic="Boots", updated_at=at(1)),
    *(
        r.MessageEvent(message=message, contact=who, kind=kind, at=at(day), evidence=grade)
        for message, who, kind, day, grade in (
            ("m1", "c1", "delivered", 1, "probable"),
            ("m1", "c1", "opened", 2, "machine"),
            ("m1", "c1", "clicked", 3, "human"),
            ("m1", "c1", "clicked", 2, "machine"),
            ("m2", "c2", "delivered", 1, "probable"),
            ("m2", "c2", "bounced", 1, "probable"),
            ("m2", "c3", "opened", 1, "probable"),
            ("m2", "c3", "complained", 2, "probable"),
        )
    ),
    r.ListMember(contact="c1", list="L", status="subscribed", subscribed_at=at(1)),
    r.GroupMember(contact="c1", group="vip", title="VIP", since=at(1)),
    r.Loyalty(contact="c1", programme="Club", points=Decimal("12.5"), tier="Gold", since=at(1)),
    r.Visit(id="v1", contact="c6", at=at(2), url="/Boots", updated_at=at(1)),
    r.Visit(id="v1", contact="c2", at=at(2), url="/Boots", updated_at=at(2)),
    r.Visit(id="v2", contact="c2", at=at(2), kind="event", event="Rated", value=Decimal("4.5")),
    r.Cart(
        id="b1", contact="c1", at=at(2), total=Decimal(3), currency="EUR",
        lines=(r.CartLine(product="p1", brand="Acme"), r.CartLine(category="k1")),
    ),
    r.Interest(contact="c1", topic="Boots"),
    r.Child(id="k1", contact="c1", birthday=date(2020, 2, 29)),
    r.Answer(contact="c1", question="Size", value="L"),
    r.Deal(id="x1", contact="c1", at=at(2), amount=Decimal(10), currency="EUR"),
    r.Support(id="s1", contact="c2", at=at(2), status="Open"),
]  # fmt: skip
TILL: list[Record] = [
    contact("t1", phone="+45 20304050", loyalty="771"),
    contact("t2", loyalty="771", first_name="Bodil"),
    contact("t3", email="b@x.dk", loyalty="9"),
]
WORLD = [*(("shop", each) for each in SHOP), *(("till", each) for each in TILL)]


def fill(hub: FilledStore, order_of: list[int], size: int) -> None:
    """Take the world in, in pages of one connection each."""
    hub.reading("shop")
    hub.reading("till")
    page: list[Record] = []
    whose = "shop"
    for place in order_of:
        connection, record = WORLD[place]
        if page and (connection != whose or len(page) >= size):
            hub.take(*page, connection=whose)
            page = []
        whose = connection
        page.append(record)
    hub.take(*page, connection=whose)


ARRIVALS = st.tuples(
    st.permutations(range(len(WORLD))),
    st.lists(st.integers(0, len(WORLD) - 1), max_size=20),
    st.sampled_from([1, 3, 17, 1000]),
)


@EXAMPLES
@given(arrival=ARRIVALS)
def test_any_order_and_repetition_of_the_same_pages_gives_the_same_rows(
    database: Database, arrival: tuple[list[int], list[int], int]
) -> None:
    permuted, repeated, size = arrival
    with undone(database) as hub:
        fill(hub, list(range(len(WORLD))), 1000)
        expected = hub.canonical()
    with undone(database) as hub:
        fill(hub, [*permuted, *repeated], size)
        assert hub.canonical() == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"country": "SE"},
        {"joins_nobody": ("g@x.dk", "30303030", "+45 61 62 63 64", "@shop.example")},
        {"joins_nobody": ()},
    ],
    ids=["another country", "more on the block list", "nothing on the block list"],
)
def test_a_store_that_is_rebuilt_is_as_if_filled_under_the_new_settings(
    database: Database, settings: dict[str, Any]
) -> None:
    everything = list(range(len(WORLD)))
    with undone(database) as hub:
        fill(hub.with_shop(**settings), everything, 1000)
        expected = hub.canonical()
    with undone(database) as hub:
        fill(hub, everything, 1000)
        before = hub.canonical()
        rebuild(hub.transaction, hub.with_shop(**settings).shop)
        assert hub.canonical() == expected != before


CONTACTS = st.lists(
    st.builds(
        lambda number, connection, email, phone, loyalty, emails, merged_into: (
            connection,
            contact(
                f"c{number}",
                email=email,
                phone=phone,
                loyalty=loyalty,
                emails=emails,
                merged_into=merged_into,
            ),
        ),
        st.integers(0, 11),
        st.sampled_from(["shop", "till"]),
        st.sampled_from([None, "a@x.dk", "b@x.dk", "noreply@x.dk", "me@shop.example"]),
        st.sampled_from([None, "20304050", "20304051"]),
        st.sampled_from([None, "1", "2"]),
        st.sampled_from([(), (), ("a@x.dk",), ("b@x.dk", "c@x.dk")]),
        st.sampled_from([None, None, None, "c1", "c2", "c3"]),
    ),
    max_size=18,
    unique_by=lambda each: (each[0], each[1].id),
)


@EXAMPLES
@given(people=CONTACTS, data=st.data())
def test_any_order_of_contacts_gives_the_same_people(
    database: Database, people: list[tuple[str, r.Contact]], data: st.DataObject
) -> None:
    found = []
    for arrival in (people, data.draw(st.permutations(people))):
        with undone(database) as hub:
            for connection, each in arrival:
                hub.take(each, connection=connection)
            found.append(hub.groups())
    assert found[0] == found[1]


PERMITTED = select(CONSENTS.c.kind, CONSENTS.c.value).where(permitted(CONSENTS, "email")).distinct()


@EXAMPLES
@given(
    people=CONTACTS,
    consents=st.lists(
        st.builds(
            r.Consent,
            email=st.sampled_from(["a@x.dk", "b@x.dk"]),
            channel=st.just("email"),
            granted=st.booleans(),
            list=st.sampled_from([None, "L"]),
            at=st.integers(1, 5).map(at),
        ),
        max_size=8,
    ),
)
def test_a_merge_never_widens_consent(
    database: Database, people: list[tuple[str, r.Contact]], consents: list[r.Consent]
) -> None:
    with undone(database) as hub:
        hub.take(*consents)
        apart = set(hub.transaction.execute(PERMITTED))
        for connection, each in people:
            hub.take(each, connection=connection)
            assert set(hub.transaction.execute(PERMITTED)) <= apart


def crowd(size: int, day: int, *, own: bool = True) -> list[Record]:
    """So many rows of every noun, with fields of their own."""
    found: list[Record] = []
    custom = {"custom": {"day": Decimal(day), "tags": ("a", f"b{day}")}} if own else {}
    for number in range(size):
        who = f"c{number}"
        found += [
            contact(who, day, email=f"{who}@x.dk", company=f"k{number}", first_name=f"N{day}"),
            contact(f"{who}-old", day, merged_into=who, emails=(f"{who}@y.dk",)),
            r.Company(id=f"k{number}", name=f"K{day}", updated_at=at(day), **custom),
            r.Category(id=f"g{number}", title=f"G{day}", parent="top", updated_at=at(day)),
            r.Product(id=f"p{number}", price=Decimal(9), category=f"g{number}", updated_at=at(day)),
            r.Product(id=f"p{number}-s", parent=f"p{number}", price=Decimal(day), **custom),
            r.Store(id=f"s{number}", title=f"S{day}", postcodes=("8000",), updated_at=at(day)),
            order(
                f"o{number}",
                who,
                1,
                updated_at=at(day),
                currency="EUR",
                status="paid",
                parent=f"o{number - 1}" if number % 2 else None,
                lines=[
                    {"id": "1", "product": f"p{number}", "variant": f"p{number}-s", "quantity": day}
                    | custom
                ],
                **custom,
                discounts=[{"code": f"code{day}"}],
            ),
            bought(f"w{number}", email=f"w{number}@x.dk", first_name=f"N{day}"),
            r.Refund(id=f"r{number}", order=f"o{number}", at=at(1), goods=Decimal(day)),
            r.Discount(id=f"d{number}", contact=who, order=f"o{number}", code=f"x{day}", at=at(1)),
            r.Rate(currency="EUR", day=date(2020, 1, 1) + timedelta(number), rate=Decimal(day)),
            r.Postcode(country="DK", postcode=f"{number}", city=f"City{day}"),
            r.Consent(contact=who, channel="email", granted=day == 1, at=at(day)),
            r.ListMember(contact=who, list="L", status="subscribed", subscribed_at=at(day)),
            r.GroupMember(id=f"y{number}", contact=who, group="vip", since=at(day)),
            r.Loyalty(id=f"l{number}", contact=who, points=Decimal(day), since=at(day)),
            r.Visit(id=f"v{number}", contact=f"bare{number}", at=at(day)),
            r.Cart(id=f"b{number}", contact=who, at=at(day)),
            r.Message(id=f"m{number}", title=f"M{day}"),
            r.MessageEvent(message=f"m{number}", contact=who, kind="delivered", at=at(day)),
            r.MessageEvent(message=f"m{number}", contact=who, kind="complained", at=at(day)),
            r.Interest(id=f"i{number}", contact=who, topic=f"T{day}"),
            r.Child(id=f"h{number}", contact=who, birthday=date(2020, 1, day)),
            r.Answer(id=f"a{number}", contact=who, question="Q", value=f"A{day}"),
            r.Deal(id=f"x{number}", contact=who, at=at(day), currency="EUR", amount=Decimal(1)),
            r.Deal(id=f"xk{number}", company=f"k{number}", at=at(day)),
            r.Support(id=f"u{number}", contact=who, at=at(day)),
        ]
    return found


DELETED = {
    "MessageEvent": "e", "Order": "o", "Refund": "r", "Discount": "d", "Visit": "v", "Cart": "b",
    "Interest": "i", "Child": "h", "Answer": "a", "GroupMember": "y", "Loyalty": "l", "Deal": "x",
    "Support": "u", "Contact": "c", "Company": "k", "Store": "s", "Product": "p", "Category": "g",
    "Message": "m",
}  # fmt: skip
"""Noun -> first letter of the ids of a crowd."""


def statements_of(hub: FilledStore, page: Page) -> list[str]:
    statements: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(hub.transaction, "before_cursor_execute", note)
    hub.save(page)
    event.remove(hub.transaction, "before_cursor_execute", note)
    return statements


def test_a_page_without_own_fields_asks_for_none(database: Database) -> None:
    for has_own, asked in ((False, False), (True, True)):
        with undone(database) as hub:
            pages = [Page(crowd(3, day, own=has_own)) for day in (1, 2)]
            statements = [each for page in pages for each in statements_of(hub, page)]
            assert any("custom_value" in each for each in statements) is asked


def test_own_fields_go_with_what_had_them(hub: FilledStore) -> None:
    own = {"a": "b"}
    hub.take(
        order("o", None, 1, custom=own, lines=[{"id": "1", "total": 1, "custom": own}]),
        r.Product(id="p", custom=own),
        r.Company(id="k", custom=own),
    )
    owners = {row["owner"] for row in hub.rows(people.CustomValue)}
    assert owners == {"orders", "order_line", "product", "company"}
    gone = {"Order": "o", "Product": "p", "Company": "k"}
    hub.take(*(r.Deleted(noun=noun, id=name) for noun, name in gone.items()))
    assert hub.rows(people.CustomValue) == []


def test_statements_per_page_do_not_grow_with_its_rows(database: Database) -> None:
    counted = {}
    for size in (10, 300):
        rejects = [Reject(f"f:{number}", "id", "missing") for number in range(size)]
        gone = [
            r.Deleted(noun=noun, id=f"{letter}{number}", at=at(20))
            for noun, letter in DELETED.items()
            for number in range(size)
        ]
        with undone(database) as hub:
            hub.reading()
            pages = [Page(crowd(size, day), rejects) for day in (1, 2, 2)]
            counted[size] = [len(statements_of(hub, each)) for each in (*pages, Page(gone))]
    assert counted[10] == counted[300]


@EXAMPLES
@given(arrival=ARRIVALS)
def test_every_row_of_a_page_is_accounted_for(
    database: Database, arrival: tuple[list[int], list[int], int]
) -> None:
    permuted, repeated, _ = arrival
    page = [WORLD[place][1] for place in [*permuted, *repeated]]
    broken = r.Order(id="broken", placed_at=at(1))
    with undone(database) as hub:
        counts = hub.save(Page([*page, broken], [Reject("f:1", "id", "missing")]))
    outcomes = ("inserted", "updated", "unchanged", "quarantined", "suppressed")
    assert counts["fetched"] == len(page) + 2 == sum(counts[each] for each in outcomes)
    assert counts["quarantined"] == 2


@pytest.mark.parametrize("size", [1, 7])
def test_a_page_taken_twice_changes_nothing(database: Database, size: int) -> None:
    with undone(database) as hub:
        fill(hub, list(range(len(WORLD))), 1000)
        before = hub.canonical()
        fill(hub, list(range(len(WORLD))), size)
        assert hub.canonical() == before
