"""Laws of amounts: thresholds at, just under and just over, in any currency; populations."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.records import Contact, Order, Rate, Record
from core.store.database import Database
from tests.laws.small_shops import members_and_unknown

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
DAY = date(2026, 5, 1)
DECIMALS = {"JPY": 0, "DKK": 2, "EUR": 2, "KWD": 3, "CLF": 4}


def paid(who: str, amount: Decimal | str, currency: str = "DKK", *, number: int = 0) -> Order:
    return Order(
        id=f"{who}{number}",
        contact=who,
        placed_at=DAY,
        total=Decimal(amount),
        currency=currency,
    )


@pytest.mark.parametrize("currency", DECIMALS)
@pytest.mark.parametrize("edge", ["1234", "0", "7000000"])
def test_thresholds_are_exact_to_the_smallest_unit(
    sqlite_url: str, currency: str, edge: str
) -> None:
    step = Decimal(1).scaleb(-DECIMALS[currency])
    at = Decimal(edge)
    records = [
        paid("under", at - step, currency),
        paid("at", at, currency),
        paid("over", at + step, currency),
    ]
    comparisons: dict[str, tuple[dict[str, Any], str]] = {
        "at least": ({"at_least": str(at)}, "at over"),
        "over": ({"over": str(at)}, "over"),
        "at most": ({"at_most": str(at)}, "at under"),
        "under": ({"under": str(at)}, "under"),
        "is": ({"is": str(at)}, "at"),
        "is not": ({"is_not": str(at)}, "over under"),
        "between": ({"between": [str(at), str(at + step)]}, "at over"),
        "a hair": ({"over": str(at - step / 10_000)}, "at over"),
    }
    tables = {
        f"{measure} {name}": {"orders": measure, **asked}
        for measure in ("total", "average", "largest")
        for name, (asked, _) in comparisons.items()
    } | {
        f"where {name}": {"orders": "count", "where": {"total": asked}, "at_least": 1}
        for name, (asked, _) in comparisons.items()
    }
    database = Database(sqlite_url)
    with database.transaction() as transaction:
        found = members_and_unknown(transaction, records, tables, NOW, currency=currency)
    database.close()
    for name in tables:
        assert found[name] == (comparisons[name.split(" ", 1)[1]][1], ""), name


def test_amounts_of_several_currencies_add_up_in_the_hubs(database: Database) -> None:
    rates = {"EUR": "7.4601", "JPY": "0.0475", "KWD": "22.5", "CLF": "270.1234"}
    records: list[Record] = [
        Rate(currency=currency, day=DAY, rate=Decimal(rate)) for currency, rate in rates.items()
    ]
    amounts = {"EUR": "10.01", "JPY": "1000", "KWD": "1.001", "CLF": "0.0001", "DKK": "0.5"}
    records += [
        paid("ann", amount, currency, number=n)
        for n, (currency, amount) in enumerate(amounts.items())
    ]
    records += [paid("bob", "5", "USD"), paid("cat", "5", "USD"), paid("cat", "9", number=1)]
    # Each amount is rounded to a ten-thousandth: 74.6756, 47.5, 22.5225, 0.0270, 0.5.
    total = Decimal("145.2251")
    with database.transaction() as transaction:
        found = members_and_unknown(
            transaction,
            records,
            {
                "exactly": {"orders": "total", "is": str(total)},
                "just over": {"orders": "total", "over": str(total - Decimal("0.0001"))},
                "not over": {"orders": "total", "over": str(total)},
                "known": {"orders": "total", "known": True},
                "average": {"orders": "average", "is": 9},
                "in euro": {"orders": "count", "where": {"currency": "EUR"}, "is": 1},
            },
            NOW,
        )  # fmt: skip
    assert found == {
        "exactly": ("ann", "bob"),
        "just over": ("ann", "bob"),
        "not over": ("", "bob"),
        "known": ("ann cat", ""),
        "average": ("cat", "bob"),
        "in euro": ("ann", ""),
    }


SHARES = ("100%", "120%", "99.9999%")


@pytest.mark.parametrize("statistic", ["average", "median"])
def test_a_population_of_one_is_its_own_figure(database: Database, statistic: str) -> None:
    tables: dict[str, dict[str, Any]] = {
        f"{word} {share}": {"orders": "total", word: f"{share} of {statistic}"}
        for word in ("at_least", "over", "at_most", "under")
        for share in SHARES
    }
    tables["top"] = {"orders": "total", "at_least": "top 1%"}
    tables["big"] = {
        "orders": "count",
        "where": {"total": {"at_least": {"above": "0%", "of": statistic}}},
        "at_least": 1,
    }
    with database.transaction() as transaction:
        found = members_and_unknown(
            transaction, [paid("ann", "100"), Contact(id="bob")], tables, NOW
        )
    holds = {name for name, (members, _) in found.items() if "ann" in members}
    assert holds == {
        "at_least 100%", "at_least 99.9999%", "over 99.9999%", "at_most 100%", "at_most 120%",
        "under 120%", "top", "big",
    }  # fmt: skip


def test_a_population_of_nobody_leaves_it_unknown(database: Database) -> None:
    """Nobody bought in the baseline's week, so there is no average to compare with."""
    long_ago = Order(id="1", contact="ann", placed_at=date(2026, 1, 1), total=Decimal(9))
    tables: dict[str, dict[str, Any]] = {
        "per person": {
            "orders": "total", "at_least": "100% of average", "baseline_within": "1 week",
        },
        "negated": {
            "not": {"orders": "total", "at_least": "100% of average", "baseline_within": "1 week"}
        },
        "of rows": {
            "orders": "count", "where": {"total": {"at_least": "100% of average"}},
            "baseline_within": "1 week", "at_least": 1,
        },
        "fewer than one": {
            "orders": "count", "where": {"total": {"at_least": "100% of average"}},
            "baseline_within": "1 week", "under": 1,
        },
    }  # fmt: skip
    with database.transaction() as transaction:
        found = members_and_unknown(transaction, [long_ago, Contact(id="bob")], tables, NOW)
    assert found == {
        "per person": ("", "ann bob"),
        "negated": ("", "ann bob"),
        # Whoever has no orders at all has none of any size.
        "of rows": ("", "ann"),
        "fewer than one": ("bob", "ann"),
    }


@pytest.mark.parametrize(
    ("share", "members"),
    [
        ("10%", "e"),
        ("20%", "e"),
        ("21%", "d e"),
        ("40%", "d e"),
        ("41%", "b c d e"),
        ("100%", "a b c d e"),
    ],
)
def test_the_top_is_rounded_up_and_ties_are_in(
    database: Database, share: str, members: str
) -> None:
    amounts = {"a": "10", "b": "20", "c": "20", "d": "30", "e": "40"}
    records = [paid(who, amount) for who, amount in amounts.items()]
    top = {"orders": "total", "at_least": f"top {share}"}
    with database.transaction() as transaction:
        assert members_and_unknown(transaction, records, {"top": top}, NOW)["top"] == (members, "")
