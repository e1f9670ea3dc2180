"""Trait values: per profile what rules compare with the population, kept between evaluations."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from core.segments.compile.sql.baselines import Population, Trait, Values, ValuesOf
from core.store.tables import TRAIT_VALUES, TRAITS


def store_trait_values(
    transaction: sa.Connection, traits: Sequence[Trait], people: sa.Select[Any] | None
) -> None:
    """Replace the stored values of everybody, or of some people, by the computed ones.

    The values of a profile that no longer exists are replaced too: such profiles are marked.
    """
    if not traits:
        return
    keys = {each.key for each in traits}
    new = sorted(keys - set(transaction.execute(sa.select(TRAITS.c.key)).scalars()))
    if new:
        transaction.execute(sa.insert(TRAITS), [{"key": each} for each in new])
    if people is None:
        # From zero, so that a full evaluation repairs whatever went wrong before.
        zero = sa.update(TRAITS).where(TRAITS.c.key.in_(sorted(keys))).values(total=0, number=0)
        transaction.execute(zero)
    else:
        _add_to_totals(transaction, keys, people, -1)
    stale = TRAIT_VALUES.c.trait.in_(sorted(keys)), *_of_people(people)
    transaction.execute(sa.delete(TRAIT_VALUES).where(*stale))
    for each in traits:
        rows = sa.select(sa.literal(each.key), each.person, each.column).where(each.there)
        names = ["trait", "profile_id", "value"]
        transaction.execute(sa.insert(TRAIT_VALUES).from_select(names, rows))
    _add_to_totals(transaction, keys, people, 1)


def delete_unused_traits(transaction: sa.Connection, used: Collection[str]) -> None:
    """Delete the values of all traits but those that some rule still uses."""
    unused = sorted(set(transaction.execute(sa.select(TRAITS.c.key)).scalars()) - set(used))
    if unused:
        transaction.execute(sa.delete(TRAIT_VALUES).where(TRAIT_VALUES.c.trait.in_(unused)))
        transaction.execute(sa.delete(TRAITS).where(TRAITS.c.key.in_(unused)))


def stored_values(population: Population) -> Values:
    """The stored values of a population."""
    values = sa.select(TRAIT_VALUES.c.value).where(TRAIT_VALUES.c.trait == _key(population))
    return Values(values, _stored_totals(population))


def stored_values_except(people: sa.Select[Any]) -> ValuesOf:
    """The values of a population: computed for some people, stored for all others."""

    def values(population: Population) -> Values:
        computed, stored = population.values.each, stored_values(population).each
        profile = TRAIT_VALUES.c.profile_id
        both = sa.union_all(computed, stored.where(profile.not_in(people))).subquery("both")
        parts = sa.union_all(
            _totals(computed),
            _stored_totals(population),
            _totals(stored.where(profile.in_(people)), sign=-1),
        ).subquery("parts")
        totals = sa.select(sa.func.sum(parts.c.total), sa.func.sum(parts.c.number))
        return Values(sa.select(both.c[0]), totals)

    return values


def _add_to_totals(
    transaction: sa.Connection, keys: Collection[str], people: sa.Select[Any] | None, sign: int
) -> None:
    """Add the values of everybody, or of some people, to the totals of their traits."""
    mine = TRAIT_VALUES.c.trait == TRAITS.c.key, *_of_people(people)
    total = sa.select(sa.func.coalesce(sa.func.sum(TRAIT_VALUES.c.value), 0)).where(*mine)
    number = sa.select(sa.func.count()).select_from(TRAIT_VALUES).where(*mine)
    totals = {
        "total": TRAITS.c.total + sign * total.scalar_subquery(),
        "number": TRAITS.c.number + sign * number.scalar_subquery(),
    }
    transaction.execute(sa.update(TRAITS).where(TRAITS.c.key.in_(sorted(keys))).values(totals))


def _of_people(people: sa.Select[Any] | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if people is None else (TRAIT_VALUES.c.profile_id.in_(people),)


def _totals(values: sa.Select[Any], sign: int = 1) -> sa.Select[Any]:
    value = values.subquery("values").c[0]
    total, number = sa.func.sum(value) * sign, sa.func.count(value) * sign
    return sa.select(total.label("total"), number.label("number"))


def _stored_totals(population: Population) -> sa.Select[Any]:
    # Sums of one row, so that there is a row where none is stored.
    total, number = sa.func.sum(TRAITS.c.total), sa.func.sum(TRAITS.c.number)
    totals = sa.select(total.label("total"), number.label("number"))
    return totals.where(TRAITS.c.key == _key(population))


def _key(population: Population) -> str:
    if population.trait is None:
        raise ValueError("only the values of persons are stored")
    return population.trait.key
