"""Rules about interests and answers."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from core.records import Interest
from core.segments.compile.sql.aggregates import FactSource, Predicate, all_of, counted, distinct
from core.segments.compile.sql.comparisons import excluded, several_texts, text_condition, unknown
from core.segments.compile.sql.context import Compilation
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary, words_of
from core.segments.compile.subjects.attributes import join_on
from core.segments.rules import AnswersRule, EachInterestsRule, InterestsRule
from core.segments.rules.conditions import TextComparisons
from core.store.keys import fold
from core.store.tables import ANSWERS, INTERESTS

TOPICS = StoredValues(INTERESTS.c.topic, INTERESTS.c.title, indexed=True)
TOPIC_NAMES = Vocabulary(fold, (TOPICS,))
INTEREST_SOURCES = Vocabulary(fold, fixed=words_of(Interest, "source"))
QUESTIONS = Vocabulary(fold, (StoredValues(ANSWERS.c.question),))


def answers_to(question: str) -> Vocabulary:
    """The answers to a question."""
    to_question = ANSWERS.c.question == fold(question)
    return Vocabulary(fold, (StoredValues(ANSWERS.c.value, ANSWERS.c.text, to_question),))


def interests_verdict(rule: InterestsRule, compilation: Compilation) -> Predicate:
    """The topics of a person; no row is unknown, a stated "none" is known."""
    context, queries = compilation.context, compilation.queries
    if "Interest" not in context.delivered:
        return unknown()
    always = context.configured(INTERESTS.c.connection_id)
    source = FactSource("interests", INTERESTS, INTERESTS.c.profile_id, always)
    counts: Predicate = sa.true()
    if rule.where is not None and rule.where.source is not None:
        counts = text_condition(INTERESTS.c.source, rule.where.source)
    rows = sa.func.coalesce(queries.trait(source, counted(counts)), 0)

    def on_topics(topics: tuple[str, ...]) -> tuple[FactSource, Predicate]:
        """Rows with any of some topics, or joined to every topic of a `for_each` segment."""
        if isinstance(rule, EachInterestsRule):
            values = queries.value_table([fold(topic) for topic in rule.values])
            value_join = join_on(INTERESTS.c.topic)(values)
            return replace(source, value_join=value_join), value_join.matched
        return source, INTERESTS.c.topic.in_(sorted({fold(topic) for topic in topics}))

    def has(topics: tuple[str, ...]) -> Predicate:
        chosen, matching = on_topics(topics)
        number = queries.trait(chosen, counted(all_of(counts, matching)))
        return sa.func.coalesce(number, 0) > 0

    single = [(each,) for each in (rule.is_, rule.contains) if each is not None]
    conditions = [has(topics) for topics in (*single, rule.in_) if topics is not None]
    if ruled_out := excluded(rule):
        conditions.append(sa.not_(has(ruled_out)))
    if rule.only is not None:
        only = (rule.only,) if isinstance(rule.only, str) else rule.only
        size = len({fold(topic) for topic in only})
        stated = all_of(counts, INTERESTS.c.topic != "")
        chosen, matching = on_topics(only)
        all_topics = queries.trait(source, distinct(INTERESTS.c.topic, stated))
        among = distinct(INTERESTS.c.topic, sa.and_(stated, matching))
        of_these = sa.func.coalesce(queries.trait(chosen, among), 0)
        conditions.append(sa.and_(all_topics == size, of_these == size))
    verdict = sa.case((rows > 0, all_of(*conditions)))
    if rule.known is not None:
        is_known = rows > 0 if rule.known else rows == 0
        return sa.and_(is_known, *([verdict] if conditions else []))
    return verdict


def answers_verdict(rule: AnswersRule, compilation: Compilation) -> Predicate:
    """A person's answers to a question; no answer is unknown."""
    context, queries = compilation.context, compilation.queries
    if "Answer" not in context.delivered:
        return unknown()
    always = context.configured(ANSWERS.c.connection_id)
    source = FactSource("answers", ANSWERS, ANSWERS.c.profile_id, always)
    to_question = ANSWERS.c.question == fold(rule.answers)
    rows = sa.func.coalesce(queries.trait(source, counted(to_question)), 0)

    def has(**comparisons: Any) -> Predicate:
        matching = text_condition(ANSWERS.c.value, TextComparisons(**comparisons))
        number = queries.trait(source, counted(sa.and_(to_question, matching)))
        return sa.case((rows > 0, number > 0))

    conditions = several_texts(rule, has)
    if rule.known is not None:
        conditions.append(rows > 0 if rule.known else rows == 0)
    return sa.and_(*conditions)
