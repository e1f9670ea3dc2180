"""The typical time between a person's purchases."""

import sqlalchemy as sa

from core.segments.compile.counted_rows import Rows
from core.segments.compile.sql.aggregates import FactSource, Predicate, counted, summed
from core.segments.compile.sql.comparisons import Quantity, no_population, number_condition
from core.segments.rules.conditions import NumberComparisons


def gap_verdict(rows: Rows, asked: NumberComparisons) -> Predicate:
    """The median of the days between distinct purchase days; unknown for fewer than two."""
    profile = rows.source.profile
    days = (
        sa.select(profile.label("profile_id"), rows.subject.day.label("day"))
        .select_from(rows.scanned())
        .where(profile.is_not(None), *rows.source.always, rows.inside, *rows.context.whose(profile))
        .distinct()
        .subquery("days")
    )
    previous = sa.func.lag(days.c.day).over(partition_by=days.c.profile_id, order_by=days.c.day)
    gaps = sa.select(days.c.profile_id, (days.c.day - previous).label("gap")).subquery("gaps")
    person = gaps.c.profile_id
    ranked = sa.select(
        gaps.c.profile_id,
        gaps.c.gap,
        sa.func.row_number().over(partition_by=person, order_by=gaps.c.gap).label("rank"),
        sa.func.count().over(partition_by=person).label("gaps"),
    ).where(gaps.c.gap.is_not(None))
    middle = rows.context.derived(ranked, "gap")
    source = FactSource(middle.name, middle, middle.c.profile_id)
    # The middle one of an odd number, the middle two of an even one.
    here = sa.and_(2 * middle.c.rank >= middle.c.gaps, 2 * middle.c.rank <= middle.c.gaps + 2)
    total = rows.queries.trait(source, summed(middle.c.gap, here))
    count = rows.queries.trait(source, counted(here))
    return number_condition(Quantity(total, per=sa.func.nullif(count, 0)), asked, no_population)
