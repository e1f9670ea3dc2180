"""The text of a rule is compared as it is, and reaches the database as a bound value only."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core import records as r
from core.segments.validate import segments_of
from core.store.database import Database
from tests.budget import examples
from tests.laws.random_rules import KNOWN
from tests.laws.random_shops import RandomShop, random_shop, rolled_back, save_page
from tests.laws.verdicts import differences, hub_verdicts, reference

MARK = "zqx"
"""Stands in every text, so that it can be looked for in statements."""
_NASTY = (
    "'", '"', "%", "_", "\\\\", "/", ";--", "`", "?", ":x", "%(x)s", "{value}", "$1", "\n", "\t",
    "æ", "É", "ß", "İ", "ﬁ", "e\u0301", "日", "🎈", "\u202e", " ", "]]", "/*",
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(st.sampled_from(_NASTY), st.characters(exclude_categories=("Cs", "Cc"))), max_size=6
).map(lambda parts: MARK + "".join(parts) + MARK)

Places = Callable[[str], dict[str, Any]]
WORDS = ("is", "is_not", "contains", "starts_with")
WHERE: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "orders": ({"orders": "count", "at_least": 1}, ("coupon", "store")),
    "items": ({"items": "lines", "at_least": 1}, ("category", "brand", "product", "sku", "store")),
    "messages": ({"messages": "clicked", "at_least": 1}, ("campaign", "link", "topic")),
    "visits": (
        {"visits": "count", "at_least": 1},
        ("url", "category", "product", "query", "source", "campaign", "device"),
    ),
    "carts": ({"carts": "count", "at_least": 1}, ("url", "category", "product", "brand")),
    "support": ({"support": "count", "at_least": 1}, ("status", "topic")),
    "deals": ({"deals": "count", "at_least": 1}, ("status", "stage")),
}
FIELDS = ("city", "income", "custom.level", "company.industry", "language", "email", "phone")


def everywhere(text: str) -> dict[str, dict[str, Any]]:
    """A rule for every place that takes a text, in every way that it may be compared."""
    tables: dict[str, dict[str, Any]] = {}
    for subject, (rule, names) in WHERE.items():
        for name in names:
            for word in WORDS:
                tables[f"{subject} {name} {word}"] = {**rule, "where": {name: {word: text}}}
            tables[f"{subject} {name} in"] = {**rule, "where": {name: [text, "other"]}}
    for field in FIELDS:
        for word in WORDS:
            tables[f"{field} {word}"] = {"field": field, word: text}
    tables["list"] = {"lists": "subscribed", "where": {"list": text}, "within": "ever"}
    tables["topics"] = {"interests": "topics", "contains": text}
    tables["only"] = {"interests": "topics", "only": text}
    for word in WORDS:
        tables[f"answers {word}"] = {"answers": text, word: text}
    tables["area"] = {"lives": "in_area", "store": text}
    tables["near"] = {"lives": "near", "store": text, "km": 5}
    tables[f"called {text}"] = {"field": "email", "known": True}
    return tables


def records_with(text: str) -> list[r.Record]:
    """Somebody of whom every text is this one, and somebody of whom each is a little longer."""
    return [
        each for who, word in (("same", text), ("longer", f"a{text}b")) for each in _of(who, word)
    ]


def _of(who: str, text: str) -> list[r.Record]:
    at = random_shop(1).calendar.now
    return [
        r.Contact(
            id=who, city=text, income=text, company=who, language=text, custom={"level": text}
        ),
        r.Company(id=who, industry=text),
        r.Category(id=who, title=text),
        r.Store(id=f"store {who}", title=text, city=text),
        r.Order(
            id=who, contact=who, placed_at=at, store=text,
            discounts=(r.OrderDiscount(code=text),),
            lines=(r.Line(id="1", product=text, sku=text, brand=text, category=who),),
        ),
        r.Message(id=who, title=text, topic=text),
        r.MessageEvent(message=who, contact=who, kind="clicked", at=at, link=text),
        r.Visit(
            id=who, contact=who, at=at, url=text, category=text, product=text, query=text,
            source=text, campaign=text, device=text,
        ),
        r.Cart(
            id=who, contact=who, at=at, url=text,
            lines=(r.CartLine(product=text, category=text, brand=text),),
        ),
        r.Support(id=who, contact=who, at=at, status=text, topic=text),
        r.Deal(id=who, contact=who, at=at, status=text, stage=text),
        r.ListMember(contact=who, list=text, status="subscribed", subscribed_at=at),
        r.Interest(id=who, contact=who, topic=text),
        r.Answer(id=who, contact=who, question=text, value=text),
    ]  # fmt: skip


@examples(2)
@given(text=TEXTS)
def _check(transaction: sa.Connection, text: str) -> None:
    shop: RandomShop = random_shop(1)
    tables = everywhere(text)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with rolled_back(transaction):
        number = save_page(transaction, shop.shop, "shop", records_with(text))
        world = shop.world({"shop": number, "till": number, "news": number})
        read = reference(transaction, world, shop.calendar.as_of).verdicts(tables)
        sa.event.listen(transaction, "before_cursor_execute", note)
        hub = hub_verdicts(transaction, world, tables)
        sa.event.remove(transaction, "before_cursor_execute", note)
    assert differences(hub, read) == []
    assert len(statements) > 10
    assert [each for each in statements if MARK in each.casefold()] == []


def test_text_is_compared_as_it_is_and_never_part_of_a_statement(database: Database) -> None:
    with database.transaction() as transaction:
        _check(transaction)


@pytest.mark.parametrize("text", ["\x00", "zqx\x00zqx", "\ud800"])
def test_text_that_no_database_keeps_does_no_harm(database: Database, text: str) -> None:
    """PostgreSQL refuses NUL and half characters in values too; no name is made of them."""
    for name, table in everywhere(text).items():
        _, wrong = segments_of({name: table}, KNOWN)
        assert wrong, name
