"""The values per person that rules compare with the population, kept from time to time."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.kept.tables import TRAIT_VALUES, TRAITS
from core.segments.sql.baselines import Population, Told, Trait, Values


def keep_traits(
    transaction: sa.Connection, traits: Sequence[Trait], people: sa.Select[Any] | None
) -> None:
    """Replace the kept values of everybody, or of some people, by what the passes found."""
    if not traits:
        return
    stale = [TRAIT_VALUES.c.trait.in_([each.key for each in traits])]
    if people is not None:
        stale.append(TRAIT_VALUES.c.profile_id.in_(people))
    transaction.execute(sa.delete(TRAIT_VALUES).where(*stale))
    for each in traits:
        rows = sa.select(sa.literal(each.key), each.person, each.column).where(each.there)
        names = ["trait", "profile_id", "value"]
        transaction.execute(sa.insert(TRAIT_VALUES).from_select(names, rows))


def kept(population: Population) -> Values:
    """The values of a population as they are kept."""
    return Values(sa.select(TRAIT_VALUES.c.value).where(_of(population)))


def kept_beside(people: sa.Select[Any]) -> Told:
    """The values of a population: of some people as the passes found them, of others as kept."""

    def values(population: Population) -> Values:
        found, every = population.values.each, kept(population).each
        theirs = TRAIT_VALUES.c.profile_id
        both = sa.union_all(found, every.where(theirs.not_in(people))).subquery("both")
        # To leave some out of a sum costs less than to ask of everybody whether he is one of them.
        parts = sa.union_all(
            _totals(found), _totals(every), _totals(every.where(theirs.in_(people)), sign=-1)
        ).subquery("parts")
        totals = sa.select(sa.func.sum(parts.c.total), sa.func.sum(parts.c.number))
        return Values(sa.select(both.c[0]), totals)

    return values


def _totals(values: sa.Select[Any], sign: int = 1) -> sa.Select[Any]:
    value = values.subquery("values").c[0]
    total, number = sa.func.sum(value) * sign, sa.func.count(value) * sign
    return sa.select(total.label("total"), number.label("number"))


def forget_traits(transaction: sa.Connection, asked: Collection[str]) -> None:
    """Keep only the values that some rule still asks for."""
    known = set(transaction.execute(sa.select(TRAITS.c.key)).scalars())
    gone, new = sorted(known - set(asked)), sorted(set(asked) - known)
    if gone:
        transaction.execute(sa.delete(TRAIT_VALUES).where(TRAIT_VALUES.c.trait.in_(gone)))
        transaction.execute(sa.delete(TRAITS).where(TRAITS.c.key.in_(gone)))
    if new:
        transaction.execute(sa.insert(TRAITS), [{"key": each} for each in new])


def _of(population: Population) -> sa.ColumnElement[bool]:
    if population.trait is None:
        raise ValueError("only persons' values are kept")
    return TRAIT_VALUES.c.trait == population.trait.key
