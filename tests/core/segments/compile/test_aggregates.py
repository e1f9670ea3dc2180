"""Sharing between rules: rows of a kind are read once, and equal traits are one column."""

from typing import Any

import pytest
import sqlalchemy as sa

from core.records import NOUNS
from core.segments import KnownNames, segments_of
from core.segments.compile.compiler import Compiler
from core.segments.compile.sql.aggregates import AggregateQueries, all_of, counted
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.store.database import Database
from tests.core.segments.cases import NOW, SHOP, ZONE


def passes_of(*rules: dict[str, Any], sent_again: bool = False) -> AggregateQueries:
    """The passes that segments with these rules ask for."""
    tables = {f"rule_{number}": rule for number, rule in enumerate(rules)}
    segments, wrong = segments_of(tables, KnownNames(connections=frozenset({"shop"})))
    assert not wrong, [str(each) for each in wrong]
    world = EvaluationContext(
        SHOP, Clock.at(NOW, ZONE), {"shop": 1}, frozenset(NOUNS), sent_again=lambda: sent_again
    )
    compiler = Compiler(world, {})
    for each in segments:
        assert each.rule is not None
        compiler.verdict(each.rule)
    return compiler.queries


def columns(passes: AggregateQueries) -> dict[str, int]:
    """How many traits each scan fills."""
    return {each.source.name: len(each.columns) for each in passes.all()}


def of_last(measure: str, **more: Any) -> dict[str, Any]:
    return {"messages": measure, "of_last": 5, "at_least": 3, **more}


@pytest.mark.parametrize("more", [{}, {"where": {"topic": "News"}}, {"within": "12 months"}])
@pytest.mark.parametrize("sent_again", [False, True])
def test_opens_and_clicks_of_the_last_messages_share_who_was_sent_so_many(
    more: dict[str, Any], *, sent_again: bool
) -> None:
    found = passes_of(of_last("opened", **more), of_last("clicked", **more), sent_again=sent_again)
    # Beside the two: how many of the last messages there are.
    assert columns(found) == {"deliveries": 3}


def test_rates_and_the_last_messages_are_counted_in_one_scan_of_deliveries() -> None:
    rate = {"messages": "open_rate", "within": "12 months", "over": "10%"}
    found = passes_of(of_last("opened"), of_last("opened", of_last=8), rate)
    assert columns(found) == {"deliveries": 5}


def test_a_rule_about_windows_of_all_rows_asks_nothing_else_of_them() -> None:
    ever, lately = (
        passes_of(
            {"orders": "count", "at_least": 1},
            {"orders": "count", "within": "30 days", "at_least": 1},
        )
        .all()[0]
        .aggregates.values()
    )
    assert str(ever) == "count(*)"
    assert str(lately) == "count(*) FILTER (WHERE orders.day > :day_1)"


def test_nothing_to_ask_is_true_and_one_condition_stands_alone() -> None:
    price = sa.column("price", sa.Integer)
    assert str(all_of()) == str(all_of(sa.true(), sa.true())) == "true"
    assert str(counted(all_of(sa.true(), price > 1))) == "count(*) FILTER (WHERE price > :price_1)"
    assert str(all_of(price > 1, sa.true(), price < 9)) == "price > :price_1 AND price < :price_2"


def test_the_last_messages_of_a_person_are_found_from_the_newest_on(sqlite_url: str) -> None:
    """Else all that a person was ever sent would be sorted, for everybody."""
    database = Database(sqlite_url)
    scan = passes_of(of_last("opened")).all()[0].select()
    with database.read() as transaction:
        compiled = scan.compile(transaction.engine, compile_kwargs={"render_postcompile": True})
        values = (None,) * len(compiled.positiontup or ())
        plan = transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        told = [row.detail for row in plan]
    database.close()
    index = "SEARCH delivery USING COVERING INDEX ix_delivery_profile (profile_id=? AND at<?)"
    assert told[told.index("CORRELATED SCALAR SUBQUERY 1") + 1] == index
    assert "USE TEMP B-TREE FOR ORDER BY" not in told
