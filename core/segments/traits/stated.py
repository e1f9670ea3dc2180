"""Rules about what a person has told: interests, answers, and where they live."""

from typing import Any

import sqlalchemy as sa

from core.segments.rules import AnswersRule, InterestsRule, LivesRule
from core.segments.rules.conditions import TextComparisons
from core.segments.rules.values import Number
from core.segments.sql.compare import text_condition, unknown
from core.segments.sql.passes import (
    Expression,
    Passes,
    Predicate,
    Source,
    counted,
    distinct,
    greatest,
)
from core.segments.sql.tables import ANSWERS, INTERESTS, PROFILE_FIELDS, STORE_AREAS, STORES
from core.segments.sql.world import World
from core.segments.traits.nearby import postcodes_near
from core.store.keys import fold


class Stated:
    """Compiles the rules about interests, answers and places."""

    def __init__(
        self, world: World, passes: Passes, transaction: sa.Connection | None = None
    ) -> None:
        """Share the passes with the rest of the evaluation."""
        self._world = world
        self._passes = passes
        self._transaction = transaction

    def interests(self, rule: InterestsRule) -> Predicate:
        """The topics of a person; no row is unknown, a stated "none" is known."""
        if "Interest" not in self._world.delivered:
            return unknown()
        always = self._world.configured(INTERESTS.c.connection_id)
        source = Source("interests", INTERESTS, INTERESTS.c.profile_id, always)
        here: Predicate = sa.true()
        if rule.where is not None and rule.where.source is not None:
            here = text_condition(INTERESTS.c.source, rule.where.source)
        rows = sa.func.coalesce(self._passes.trait(source, counted(here)), 0)

        def has(words: tuple[str, ...]) -> Predicate:
            topics = INTERESTS.c.topic.in_(sorted({fold(word) for word in words}))
            return self._passes.trait(source, counted(sa.and_(here, topics))) > 0

        every = [(each,) for each in (rule.is_, rule.contains) if each is not None]
        found = [has(words) for words in (*every, rule.in_) if words is not None]
        never = [*(rule.not_in or ()), *([rule.is_not] if rule.is_not is not None else [])]
        if never:
            found.append(sa.not_(has(tuple(never))))
        if rule.only is not None:
            only = (rule.only,) if isinstance(rule.only, str) else rule.only
            topics = sorted({fold(word) for word in only})
            some = sa.and_(here, INTERESTS.c.topic != "")
            mine = sa.and_(some, INTERESTS.c.topic.in_(topics))
            different = self._passes.trait(source, distinct(INTERESTS.c.topic, some))
            matching = self._passes.trait(source, distinct(INTERESTS.c.topic, mine))
            found.append(sa.and_(different == len(topics), matching == len(topics)))
        verdict = sa.case((rows > 0, sa.and_(sa.true(), *found)))
        if rule.known is not None:
            return sa.and_(rows > 0 if rule.known else rows == 0, *([verdict] if found else []))
        return verdict

    def answers(self, rule: AnswersRule) -> Predicate:
        """What a person answered; no answer is unknown."""
        if "Answer" not in self._world.delivered:
            return unknown()
        always = self._world.configured(ANSWERS.c.connection_id)
        source = Source("answers", ANSWERS, ANSWERS.c.profile_id, always)
        here = ANSWERS.c.question == fold(rule.answers)
        rows = sa.func.coalesce(self._passes.trait(source, counted(here)), 0)

        def has(**asked: Any) -> Predicate:
            texts = text_condition(ANSWERS.c.value, TextComparisons(**asked))
            matching = self._passes.trait(source, counted(sa.and_(here, texts)))
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
        fields = Source("fields", PROFILE_FIELDS, PROFILE_FIELDS.c.profile_id)

        def stated(name: str) -> Expression:
            here = PROFILE_FIELDS.c.field == name
            return self._passes.trait(fields, greatest(PROFILE_FIELDS.c.value, here))

        postcode, city = stated("postcode"), stated("city")
        if rule.lives == "near":
            if not isinstance(rule.km, Number) or self._transaction is None:
                return unknown()
            near = postcodes_near(self._transaction, rule.store, float(rule.km.value))
            return postcode.in_(near) if near is not None else unknown()
        meant = sa.or_(STORES.c.key == fold(rule.store), STORES.c.title_key == fold(rule.store))
        own = (
            sa.select(STORE_AREAS.c.postcode)
            .join(STORES, STORES.c.id == STORE_AREAS.c.store_id)
            .where(meant)
        )
        city_of = sa.select(STORES.c.city_key).where(meant, STORES.c.city_key.is_not(None))
        return sa.case(
            (sa.exists(own), postcode.in_(own)),
            (sa.exists(city_of), city.in_(city_of)),
        )
