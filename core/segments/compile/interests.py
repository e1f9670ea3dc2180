"""Rules about what a person has told: interests, answers, and where they live."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from core.segments.compile.geography import is_meant, postcodes_near, store_country
from core.segments.compile.sql.aggregates import (
    AggregateQueries,
    Expression,
    FactSource,
    Predicate,
    all_of,
    counted,
    distinct,
    greatest,
)
from core.segments.compile.sql.comparisons import text_condition, unknown
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.subjects.attributes import carried
from core.segments.rules import AnswersRule, InterestsRule, LivesRule
from core.segments.rules.conditions import ForEachValues, TextComparisons
from core.segments.rules.values import Number
from core.store.keys import fold
from core.store.tables import ANSWERS, INTERESTS, PROFILE_FIELDS, PROFILES, STORE_AREAS, STORES


class StatedRules:
    """Compiles the rules about interests, answers and places."""

    def __init__(
        self,
        context: EvaluationContext,
        queries: AggregateQueries,
        transaction: sa.Connection | None = None,
    ) -> None:
        """Share the passes with the rest of the evaluation."""
        self._context = context
        self._queries = queries
        self._transaction = transaction

    def interests(self, rule: InterestsRule) -> Predicate:
        """The topics of a person; no row is unknown, a stated "none" is known."""
        if "Interest" not in self._context.delivered:
            return unknown()
        always = self._context.configured(INTERESTS.c.connection_id)
        source = FactSource("interests", INTERESTS, INTERESTS.c.profile_id, always)
        here: Predicate = sa.true()
        if rule.where is not None and rule.where.source is not None:
            here = text_condition(INTERESTS.c.source, rule.where.source)
        rows = sa.func.coalesce(self._queries.trait(source, counted(here)), 0)

        def has(words: tuple[str, ...]) -> Predicate:
            chosen, topics = self._topics(source, words)
            matching = self._queries.trait(chosen, counted(all_of(here, topics)))
            return sa.func.coalesce(matching, 0) > 0

        every = [(each,) for each in (rule.is_, rule.contains) if each is not None]
        found = [has(words) for words in (*every, rule.in_) if words is not None]
        never = [*(rule.not_in or ()), *([rule.is_not] if rule.is_not is not None else [])]
        if never:
            found.append(sa.not_(has(tuple(never))))
        if rule.only is not None:
            only = (rule.only,) if isinstance(rule.only, str) else rule.only
            number = len({fold(word) for word in only})
            some = all_of(here, INTERESTS.c.topic != "")
            chosen, mine = self._topics(source, only)
            different = self._queries.trait(source, distinct(INTERESTS.c.topic, some))
            mine = distinct(INTERESTS.c.topic, sa.and_(some, mine))
            matching = sa.func.coalesce(self._queries.trait(chosen, mine), 0)
            found.append(sa.and_(different == number, matching == number))
        verdict = sa.case((rows > 0, all_of(*found)))
        if rule.known is not None:
            return sa.and_(rows > 0 if rule.known else rows == 0, *([verdict] if found else []))
        return verdict

    def _topics(self, source: FactSource, words: tuple[str, ...]) -> tuple[FactSource, Predicate]:
        """Rows with any of these topics, or put beside every topic of a family."""
        match words:
            case (ForEachValues(words=topics),):
                values = self._queries.values([fold(topic) for topic in topics])
                beside = carried(INTERESTS.c.topic)(values)
                return replace(source, beside=beside), beside.there
        return source, INTERESTS.c.topic.in_(sorted({fold(word) for word in words}))

    def answers(self, rule: AnswersRule) -> Predicate:
        """What a person answered; no answer is unknown."""
        if "Answer" not in self._context.delivered:
            return unknown()
        always = self._context.configured(ANSWERS.c.connection_id)
        source = FactSource("answers", ANSWERS, ANSWERS.c.profile_id, always)
        here = ANSWERS.c.question == fold(rule.answers)
        rows = sa.func.coalesce(self._queries.trait(source, counted(here)), 0)

        def has(**asked: Any) -> Predicate:
            texts = text_condition(ANSWERS.c.value, TextComparisons(**asked))
            matching = self._queries.trait(source, counted(sa.and_(here, texts)))
            return sa.case((rows > 0, matching > 0))

        found = [
            has(**{name: value})
            for name in ("is_", "in_", "contains", "starts_with")
            if (value := getattr(rule, name)) is not None
        ]
        # Of several answers none may be the one that is ruled out.
        never = [*(rule.not_in or ()), *([rule.is_not] if rule.is_not is not None else [])]
        if never:
            found.append(sa.not_(has(in_=tuple(never))))
        if rule.known is not None:
            found.append(rows > 0 if rule.known else rows == 0)
        return sa.and_(*found)

    def lives(self, rule: LivesRule) -> Predicate:
        """Whether a person lives in a store's area, or near it."""
        fields = FactSource("fields", PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id)

        def stated(name: str) -> Expression:
            here = PROFILE_FIELDS.c.field == name
            return self._queries.trait(fields, greatest(PROFILE_FIELDS.c.value, here))

        postcode, city = stated("postcode"), stated("city")
        # Who says no country lives in the shop's; where that is not said either, it may be any.
        home = sa.func.coalesce(PROFILES.c.country, sa.cast(self._context.shop.country, sa.String))
        if rule.lives == "near":
            return self._near(rule, postcode, home)
        country = store_country(self._context.shop.country)
        areas = sa.select(STORE_AREAS.c.postcode, country.label("country")).join(
            STORES, STORES.c.id == STORE_AREAS.c.store_id
        )
        own = areas.where(is_meant(rule.store))
        named = sa.select(STORES.c.city_key, country.label("country"))
        city_of = named.where(is_meant(rule.store), STORES.c.city_key.is_not(None))
        return sa.case(
            (sa.exists(own), self._lies_in(postcode, home, own)),
            (sa.exists(city_of), self._lies_in(city, home, city_of)),
        )

    def _near(self, rule: LivesRule, postcode: Expression, home: Expression) -> Predicate:
        """Whether a person's postcode, in the country where they live, lies near the store."""
        if not isinstance(rule.km, Number) or self._transaction is None:
            return unknown()
        km, country = float(rule.km.value), self._context.shop.country
        near = postcodes_near(self._transaction, rule.store, km, country)
        if near is None:
            return unknown()
        there = (
            sa.and_(sa.or_(home.is_(None), home == name), postcode.in_(codes))
            for name, codes in near.items()
        )
        return sa.case((postcode.is_not(None), sa.or_(*there)))

    def _lies_in(self, place: Expression, home: Expression, places: sa.Select[Any]) -> Predicate:
        """Whether a place is one of some places, each with its country."""
        found: Predicate = sa.tuple_(place, home).in_(places)
        if self._context.shop.country is None:
            # Whose country nobody says may be in any: the name alone must do.
            name, country = places.selected_columns
            names = places.with_only_columns(name)
            found = sa.or_(
                sa.func.coalesce(found, sa.false()),
                sa.and_(home.is_(None), place.in_(names)),
                place.in_(names.where(country.is_(None))),
            )
        return sa.case((place.is_not(None), found))
