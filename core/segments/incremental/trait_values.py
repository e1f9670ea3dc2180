"""The values per person that rules compare with the population, kept from time to time."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.baselines import Population, Trait, Values, ValuesOf
from core.store.tables import TRAIT_VALUES, TRAITS


def store_trait_values(
    transaction: sa.Connection, traits: Sequence[Trait], people: sa.Select[Any] | None
) -> None:
    """Replace the kept values of everybody, or of some people, by what the passes found.

    Among these are people who are no more: whoever vanishes is marked.
    """
    if not traits:
        return
    keys = {each.key for each in traits}
    new = sorted(keys - set(transaction.execute(sa.select(TRAITS.c.key)).scalars()))
    if new:
        transaction.execute(sa.insert(TRAITS), [{"key": each} for each in new])
    if people is None:
        # From nothing, so that looking at everybody makes good whatever went wrong before.
        none = sa.update(TRAITS).where(TRAITS.c.key.in_(sorted(keys))).values(total=0, number=0)
        transaction.execute(none)
    else:
        _count(transaction, keys, people, -1)
    stale = TRAIT_VALUES.c.trait.in_(sorted(keys)), *_whose(people)
    transaction.execute(sa.delete(TRAIT_VALUES).where(*stale))
    for each in traits:
        rows = sa.select(sa.literal(each.key), each.person, each.column).where(each.there)
        names = ["trait", "profile_id", "value"]
        transaction.execute(sa.insert(TRAIT_VALUES).from_select(names, rows))
    _count(transaction, keys, people, 1)


def _count(
    transaction: sa.Connection, keys: Collection[str], people: sa.Select[Any] | None, sign: int
) -> None:
    """Add the values of everybody, or of some people, to the totals of their traits."""
    mine = TRAIT_VALUES.c.trait == TRAITS.c.key, *_whose(people)
    total = sa.select(sa.func.coalesce(sa.func.sum(TRAIT_VALUES.c.value), 0)).where(*mine)
    number = sa.select(sa.func.count()).select_from(TRAIT_VALUES).where(*mine)
    counted = {
        "total": TRAITS.c.total + sign * total.scalar_subquery(),
        "number": TRAITS.c.number + sign * number.scalar_subquery(),
    }
    transaction.execute(sa.update(TRAITS).where(TRAITS.c.key.in_(sorted(keys))).values(counted))


def _whose(people: sa.Select[Any] | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if people is None else (TRAIT_VALUES.c.profile_id.in_(people),)


def stored_values(population: Population) -> Values:
    """The values of a population as they are kept."""
    return Values(sa.select(TRAIT_VALUES.c.value).where(_of(population)), _kept_totals(population))


def stored_values_except(people: sa.Select[Any]) -> ValuesOf:
    """The values of a population: of some people as the passes found them, of others as kept."""

    def values(population: Population) -> Values:
        found, every = population.values.each, stored_values(population).each
        theirs = TRAIT_VALUES.c.profile_id
        both = sa.union_all(found, every.where(theirs.not_in(people))).subquery("both")
        parts = sa.union_all(
            _totals(found),
            _kept_totals(population),
            _totals(every.where(theirs.in_(people)), sign=-1),
        ).subquery("parts")
        totals = sa.select(sa.func.sum(parts.c.total), sa.func.sum(parts.c.number))
        return Values(sa.select(both.c[0]), totals)

    return values


def _totals(values: sa.Select[Any], sign: int = 1) -> sa.Select[Any]:
    value = values.subquery("values").c[0]
    total, number = sa.func.sum(value) * sign, sa.func.count(value) * sign
    return sa.select(total.label("total"), number.label("number"))


def delete_unused_traits(transaction: sa.Connection, asked: Collection[str]) -> None:
    """Keep only the values that some rule still asks for."""
    gone = sorted(set(transaction.execute(sa.select(TRAITS.c.key)).scalars()) - set(asked))
    if gone:
        transaction.execute(sa.delete(TRAIT_VALUES).where(TRAIT_VALUES.c.trait.in_(gone)))
        transaction.execute(sa.delete(TRAITS).where(TRAITS.c.key.in_(gone)))


def _kept_totals(population: Population) -> sa.Select[Any]:
    # Sums of one row, so that a row comes where none is kept.
    total, number = sa.func.sum(TRAITS.c.total), sa.func.sum(TRAITS.c.number)
    asked = sa.select(total.label("total"), number.label("number"))
    return asked.where(TRAITS.c.key == _key(population))


def _of(population: Population) -> sa.ColumnElement[bool]:
    return TRAIT_VALUES.c.trait == _key(population)


def _key(population: Population) -> str:
    if population.trait is None:
        raise ValueError("only persons' values are kept")
    return population.trait.key
