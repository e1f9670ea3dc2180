"""Values in rules that nothing knows are warned of, with the nearest known ones."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from core import records as r
from core.segments.definition import KnownNames
from core.segments.validate import segments_of
from core.segments.validate.unknown_values import unknown_values
from core.store.database import Database
from tests.core.segments.cases import NOW, SHOP
from tests.laws.random_shops import rolled_back, save_page

HELD: list[r.Record] = [
    r.Company(id="k", industry="Retail", size="10-49"),
    r.Contact(
        id="ann", country="NO", language="nb", company="k", lifecycle="Customer", city="Bergen",
        custom={"level": "Gold", "points": Decimal(5)},
    ),
    r.Store(id="s1", title="Bergen"),
    r.Product(id="p1", brand="Acme", sku="A-1", category="Yarn"),
    r.Category(id="c1", title="Garn"),
    r.Order(
        id="1", contact="ann", placed_at=NOW, currency="NOK", store="s2", campaign="Autumn",
        lines=(r.Line(id="1", brand="LEGO A/S", variant="Red", total=Decimal(1)),),
        discounts=(r.OrderDiscount(code="WELCOME"),),
    ),
    r.Refund(id="1", contact="ann", at=NOW, total=Decimal(1), reason="Damaged", store="s9"),
    r.Message(id="m1", title="Spring news", topic="Knitting", variant="A"),
    r.MessageEvent(message="m1", contact="ann", kind="delivered", at=NOW),
    r.ListMember(contact="ann", list="l1", title="Members", status="subscribed", subscribed_at=NOW),
    r.GroupMember(contact="ann", group="g1", title="Wholesale"),
    r.Loyalty(contact="ann", tier="Silver"),
    r.Interest(contact="ann", topic="Crime"),
    r.Answer(contact="ann", question="Pets", value="Cat"),
    r.Visit(id="1", contact="ann", at=NOW, kind="event", event="Played", category="Yarn"),
    r.Cart(id="1", contact="ann", at=NOW, lines=(r.CartLine(category="Yarn", brand="Acme"),)),
    r.Deal(id="1", contact="ann", at=NOW, stage="Proposal", owner="Bo"),
    r.Support(id="1", contact="ann", at=NOW, topic="Delivery"),
]  # fmt: skip


def counted(subject: str, measure: str = "count", **where: Any) -> dict[str, Any]:
    return {subject: measure, "where": where, "at_least": 1}


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    # a rule, the warning
    (counted("orders", store="Berggen"), 'there is no store "Berggen"; did you mean "Bergen"?'),
    (counted("orders", store="Oslo"), 'there is no store "Oslo"; known: "Bergen", "s1", "s2"'),
    (
        counted("items", category="Garnn"),
        'there is no category "Garnn"; did you mean "Garn", "Yarn"?',
    ),
    (counted("items", brand="Acne"), 'there is no brand "Acne"; did you mean "Acme"?'),
    (counted("items", product="P1"), 'there is no product "P1"; did you mean "p1"?'),
    (counted("items", sku=["A-1", "A-2"]), 'there is no sku "A-2"; did you mean "A-1"?'),
    (counted("items", variant={"not_in": ["Rad"]}), 'there is no variant "Rad"; did you mean'),
    (counted("orders", coupon="WELCOM"), 'there is no coupon "WELCOM"; did you mean "welcome"?'),
    (counted("orders", campaign="autum"), 'there is no campaign "autum"; did you mean "autumn"?'),
    (counted("orders", channel="webb"), 'there is no channel "webb"; did you mean "web"?'),
    (counted("orders", currency="DKR"), 'there is no currency "DKR"; known: "NOK"'),
    (counted("refunds", reason="damage"), 'there is no reason "damage"; did you mean "damaged"?'),
    (counted("messages", "opened", campaign="spring"), 'did you mean "spring news"?'),
    (counted("messages", "opened", topic="kniting"), 'there is no topic "kniting"; did you mean'),
    (counted("messages", "opened", kind="campain"), 'there is no kind "campain"; did you mean'),
    (counted("lists", "subscribed", list="Member"), 'there is no list "Member"; did you mean'),
    (counted("visits", event="plaid"), 'there is no event "plaid"; did you mean "played"?'),
    (counted("visits", kind="vew"), 'there is no kind "vew"; did you mean "view"?'),
    (counted("carts", category="Yarns"), 'there is no category "Yarns"; did you mean "yarn"?'),
    (counted("deals", stage="Proposel"), 'there is no stage "Proposel"; did you mean "proposal"?'),
    (counted("support", topic="Deliver"), 'there is no topic "Deliver"; did you mean "delivery"?'),
    (counted("children", gender="boyy"), 'there is no gender "boyy"; known: "female", "male"'),
    ({"groups": "names", "only": ["Wholsale"]}, 'no group "Wholsale"; did you mean "Wholesale"?'),
    ({"interests": "topics", "contains": "Krime"}, 'no topic "Krime"; did you mean "Crime"?'),
    ({"answers": "Pet", "is": "Cat"}, 'there is no question "Pet"; did you mean "pets"?'),
    ({"answers": "pets", "in": ["cat", "Cats"]}, 'no answer to pets "Cats"; did you mean "Cat"?'),
    ({"lives": "in_area", "store": "Bergn"}, 'there is no store "Bergn"; did you mean "Bergen"?'),
    ({"field": "city", "is": "Bergn"}, 'there is no city "Bergn"; did you mean "Bergen"?'),
    ({"field": "country", "in": ["Norge", "Sverige"]}, 'no country "Sverige"; known: "NO"'),
    ({"field": "lifecycle", "is_not": "Costumer"}, 'there is no lifecycle "Costumer"; did you'),
    ({"field": "loyalty.tier", "is": "Sliver"}, 'no loyalty.tier "Sliver"; did you mean "Silver"?'),
    ({"field": "company.industry", "is": "Retale"}, 'no company.industry "Retale"; did you mean'),
    ({"field": "custom.level", "is": "Golden"}, 'no custom.level "Golden"; did you mean "Gold"?'),
    ({"any": [{"not": {"field": "gender", "is": "Mnd"}}]}, 'there is no gender "Mnd"; known: "fem'),
]
UNDERSTOOD: list[dict[str, Any]] = [
    {"field": "gender", "in": ["Mand", "KVINNE", "other"]},
    counted("children", gender="Kvinde"),
    counted("messages", "opened", kind="Nyhedsbrev", channel="sms"),
    counted("refunds", channel="Butik"),
    {"field": "country", "is": "norge"},
    counted("orders", store=["s1", "S2", "bergen"], channel="Nettbutikk", coupon="Welcome"),
    counted("refunds", store="s9"),
    counted("items", brand=["Lego", "lego a/s", "ACME"], category=["yarn", "GARN"]),
    {"groups": "names", "in": ["g1", "WHOLESALE"]},
    counted("visits", url="/nowhere", query="socks", device="phone"),
    {"field": "custom.level", "contains": "old"},
    {"field": "custom.points", "is": 7},
    {"field": "custom.colour", "is": "red"},
    counted("items", category={"starts_with": "Nothing"}),
    {"recipe": "brand_fans", "for_each": "brand"},
    {"recipe": "gender", "is": "Mand"},
    {"recipe": "frequent_buyers", "channel": "Butik"},
    {"recipe": "age_group", "for_each": "decade"},
]  # fmt: skip


def warnings(transaction: sa.Connection | None, *tables: Mapping[str, Any]) -> list[str]:
    named = {f"rule_{number}": table for number, table in enumerate(tables)}
    segments, mistakes = segments_of(named, KnownNames())
    assert mistakes == []
    return [each.message for each in unknown_values(segments, SHOP, transaction)]


def test_a_value_that_the_store_does_not_hold_is_warned_of(empty_store: Database) -> None:
    with empty_store.transaction() as transaction, rolled_back(transaction):
        save_page(transaction, SHOP, "shop", HELD)
        found = warnings(transaction, *(rule for rule, _ in UNKNOWN))
        assert len(found) == len(UNKNOWN)
        expected = [warning for _, warning in UNKNOWN]
        odd = [pair for pair in zip(expected, found, strict=True) if pair[0] not in pair[1]]
        assert odd == []
        assert warnings(transaction, *UNDERSTOOD) == []


def test_a_store_without_such_values_warns_of_fixed_words_only(empty_store: Database) -> None:
    rules = [rule for rule, _ in UNKNOWN]
    with empty_store.transaction() as transaction:
        found = warnings(transaction, *rules)
    assert found == warnings(None, *rules)
    assert [message.split(";")[0].removeprefix("there is no ") for message in found] == [
        'channel "webb"', 'kind "campain"', 'kind "vew"', 'gender "boyy"', 'gender "Mnd"',
    ]  # fmt: skip


def test_each_column_is_read_once(empty_store: Database) -> None:
    rules = [counted("items", category=word) for word in ("a", "b", "c")]
    read: list[str] = []
    with empty_store.transaction() as transaction:
        sa.event.listen(transaction, "before_cursor_execute", lambda *a: read.append(a[2]))
        assert warnings(transaction, *rules) == []
    assert len(read) == 1


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (
            "company.sise",
            '"company.name"? Known: "company.city", "company.country", "company.custom.<name>"',
        ),
        ("loyalty.x", '"loyalty.points"? Known: "loyalty.points", "loyalty.tier"'),
        ("hat size", '"city", "climate", "company.…", "country", "created", "custom.…"'),
    ],
)
def test_a_wrong_field_lists_the_fields_of_its_kind(field: str, message: str) -> None:
    _, mistakes = segments_of({"one": {"field": field, "is": "x"}}, KnownNames())
    assert message in mistakes[0].message
