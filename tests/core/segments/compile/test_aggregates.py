"""Sharing between rules: rows of a kind are read once, and equal traits are one column."""

from typing import Any, get_args

import pytest
import sqlalchemy as sa

from core.records import NOUNS
from core.segments.compile.compiler import Compiler
from core.segments.compile.sql.aggregates import AggregateQueries, all_of, counted
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects.registry import SUBJECTS
from core.segments.definition import KnownNames
from core.segments.rules import KINDS, Measured
from core.segments.validate import segments_of
from core.store.database import Database
from tests.core.segments.cases import NOW, SHOP, ZONE


def queries_of(*rules: dict[str, Any], sent_again: bool = False) -> AggregateQueries:
    """The aggregate queries of segments with these rules."""
    tables = {f"rule_{number}": rule for number, rule in enumerate(rules)}
    segments, wrong = segments_of(tables, KnownNames(connections=frozenset({"shop"})))
    assert not wrong, [str(each) for each in wrong]
    context = EvaluationContext(
        SHOP, Clock.at(NOW, ZONE), {"shop": 1}, frozenset(NOUNS), sent_again=lambda: sent_again
    )
    compiler = Compiler(context, {})
    for each in segments:
        assert each.rule is not None
        compiler.verdict(each.rule)
    return compiler.queries


def columns(queries: AggregateQueries) -> dict[str, int]:
    """The number of traits of each scan."""
    return {each.source.name: len(each.columns) for each in queries.all()}


def of_last(measure: str, **more: Any) -> dict[str, Any]:
    return {"messages": measure, "of_last": 5, "at_least": 3, **more}


@pytest.mark.parametrize("more", [{}, {"where": {"topic": "News"}}, {"within": "12 months"}])
@pytest.mark.parametrize("sent_again", [False, True])
def test_opens_and_clicks_of_the_last_messages_share_the_number_of_deliveries(
    more: dict[str, Any], *, sent_again: bool
) -> None:
    queries = queries_of(
        of_last("opened", **more), of_last("clicked", **more), sent_again=sent_again
    )
    # The third is the number of deliveries, which both need.
    assert columns(queries) == {"deliveries": 3}


def test_rates_and_the_last_messages_are_counted_in_one_scan_of_deliveries() -> None:
    rate = {"messages": "open_rate", "within": "12 months", "over": "10%"}
    queries = queries_of(of_last("opened"), of_last("opened", of_last=8), rate)
    assert columns(queries) == {"deliveries": 5}


def test_a_rule_without_filters_has_no_condition_but_its_window() -> None:
    ever, lately = (
        queries_of(
            {"orders": "count", "at_least": 1},
            {"orders": "count", "within": "30 days", "at_least": 1},
        )
        .all()[0]
        .aggregates.values()
    )
    assert str(ever) == "count(*)"
    assert str(lately) == "count(*) FILTER (WHERE orders.day > :day_1)"


def test_conditions_that_are_always_true_are_left_out() -> None:
    price = sa.column("price", sa.Integer)
    assert str(all_of()) == str(all_of(sa.true(), sa.true())) == "true"
    assert str(counted(all_of(sa.true(), price > 1))) == "count(*) FILTER (WHERE price > :price_1)"
    assert str(all_of(price > 1, sa.true(), price < 9)) == "price > :price_1 AND price < :price_2"


def test_the_last_messages_of_a_person_are_found_from_the_newest_on(sqlite_url: str) -> None:
    """Otherwise every delivery of every person would be sorted."""
    database = Database(sqlite_url)
    scan = queries_of(of_last("opened")).all()[0].select()
    with database.read() as transaction:
        compiled = scan.compile(transaction.engine, compile_kwargs={"render_postcompile": True})
        values = (None,) * len(compiled.positiontup or ())
        plan = transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)
        steps = [row.detail for row in plan]
    database.close()
    index = "SEARCH delivery USING COVERING INDEX ix_delivery_profile (profile_id=? AND at<?)"
    assert steps[steps.index("CORRELATED SCALAR SUBQUERY 1") + 1] == index
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps


MEASURED = [kind for kind in KINDS.values() if issubclass(kind, Measured)]
"""The kinds of rule that measure rows."""


def test_every_rule_that_measures_rows_has_a_subject_and_no_other() -> None:
    assert set(SUBJECTS) == set(MEASURED)


@pytest.mark.parametrize("kind", MEASURED, ids=lambda kind: kind.word)
def test_a_subject_counts_a_noun_that_sources_may_deliver(kind: type[Measured]) -> None:
    assert SUBJECTS[kind].noun in NOUNS


@pytest.mark.parametrize("kind", MEASURED, ids=lambda kind: kind.word)
def test_a_subject_has_every_attribute_that_its_rules_may_name(kind: type[Measured]) -> None:
    context = EvaluationContext(SHOP, Clock.at(NOW, ZONE), {}, frozenset(NOUNS))
    subject = SUBJECTS[kind].rows(context)
    attributes = {*subject.attributes, *(["custom"] if subject.custom else [])}
    where = get_args(kind.model_fields["where"].annotation)[0]
    # Clicked links are attributes of events; an order's coupon of both kinds of orders.
    assert set(where.model_fields) - {"link"} <= attributes
