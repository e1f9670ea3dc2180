"""The recipes beside the twenty, each with members counted by hand."""

from typing import Any

from core.records import (
    Cart,
    CartLine,
    Category,
    Company,
    Contact,
    Line,
    Message,
    MessageEvent,
    Order,
    Visit,
)
from tests.core.segments.cases import ago, order, people
from tests.core.segments.conftest import Given


def cart(name: str, who: str, days: float, **fields: Any) -> Cart:
    return Cart.model_validate({"id": name, "contact": who, "at": ago(days), **fields})


def test_a_cart_is_abandoned_unless_an_order_followed(given: Given) -> None:
    records = [
        cart("1", "ann", 2, lines=(CartLine(category="Shoes"),)),
        cart("2", "bob", 2),
        order(1, "bob", 1),
        cart("3", "cat", 0.5),
        order(2, "cat", 1),
        cart("4", "dan", 5),
        cart("5", "eve", 1, order="9"),
    ]
    given(records).expect("""
        { recipe = "abandoned_cart" }                                    -> ann cat
        { recipe = "abandoned_cart", within = "7 days" }                 -> ann cat dan
        { recipe = "abandoned_cart", within = "7 days", band = true }    -> ann dan
        { recipe = "abandoned_cart", within = "1 day" }                  -> cat
        { recipe = "abandoned_cart", category = "shoes" }                -> ann ? bob cat eve
    """)


def test_looking_is_not_buying_in_the_category_or_at_all(given: Given) -> None:
    def visit(number: int, who: str, **fields: Any) -> Visit:
        return Visit.model_validate({"id": f"v{number}", "contact": who, "at": ago(3), **fields})

    records = [
        Category(id="s", title="Shoes"),
        *[visit(n, "ann", category="Shoes", url="/shoes") for n in range(3)],
        visit(4, "bob", category="Shoes", url="/shoes"),
        Order(
            id="1", contact="bob", placed_at=ago(1),
            lines=(Line(id="1", category="s", total=5),),
        ),
        visit(5, "cat", kind="search", query="shoes"),
        visit(6, "dan", category="Shoes", url="/shoes"),
        Order(
            id="2", contact="dan", placed_at=ago(2),
            lines=(Line(id="1", category="h", total=5),),
        ),
    ]  # fmt: skip
    given(records).expect("""
        { recipe = "viewed_not_bought", category = "shoes" }                     -> ann dan ? cat
        { recipe = "viewed_not_bought", category = "shoes", views = 3, within = "7 days" }
          -> ann ? cat
        { recipe = "viewed_not_bought", url = "/SHOES" }                         -> ann ? cat
    """)


def test_a_campaign_is_sent_again_to_those_who_got_it_and_did_not_react(given: Given) -> None:
    def event(who: str, kind: str, message: str = "m1", **fields: Any) -> MessageEvent:
        stated = {"message": message, "contact": who, "kind": kind, "at": ago(5), **fields}
        return MessageEvent.model_validate(stated)

    records = [
        Message(id="m1", title="Spring sale"),
        Message(id="m2", title="Summer"),
        *[event(who, "delivered") for who in ("ann", "bob", "cat", "dan")],
        event("bob", "opened", evidence="machine"),
        event("cat", "clicked"),
        event("dan", "opened", "m2"),
        event("eve", "delivered", "m2"),
    ]
    given(records).expect("""
        # Who clicked has opened, whatever the pixel says.
        { recipe = "did_not_open", campaign = "spring sale" } -> ann dan
    """)


def test_who_a_person_is_at_work_and_where_they_came_from(given: Given) -> None:
    records = [
        Company(id="c", name="Acme", industry="Retail", size="10-49", country="DK"),
        Contact(id="ann", company="c", job_role="Store manager", lifecycle="Customer"),
        Contact(id="bob", company="c", job_role="Clerk", lifecycle="lead"),
        Contact(id="cat", signup_source="Webinar", created=ago(10)),
        Contact(id="dan", signup_source="webinar", created=ago(90)),
        *people("eve"),
    ]
    given(records).expect("""
        { recipe = "companies", industry = "retail" }                   -> ann bob ? cat dan eve
        { recipe = "companies", size = "10-49", role = "manager" }      -> ann ? cat dan eve
        { recipe = "lifecycle", stage = "customer" }                    -> ann ? cat dan eve
        { recipe = "signup_source", source = "webinar" }                -> cat dan ? ann bob eve
        { recipe = "signup_source", source = "webinar", within = "30 days" } -> cat
    """)
