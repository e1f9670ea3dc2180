"""When a measure is unknown: `known`, and attributes that none of the rows carries."""

import sqlalchemy as sa

from core.segments.compile.counted_rows import CountedRows, where_of
from core.segments.compile.engagement import evidenced
from core.segments.compile.sql.aggregates import Predicate, all_of
from core.segments.compile.subjects.attributes import RowCondition
from core.segments.compile.subjects.messages import counts_events
from core.segments.rules import DATE_MEASURES, Measured, MessagesRule
from core.segments.rules.conditions import NumberComparisons

_COMPARISONS = tuple(NumberComparisons.model_fields.keys() - {"known"})


def known_only(rule: Measured) -> Measured:
    """The rule reduced to whether its value is known; of a date, wherever it lies."""
    window = ("within", "before", "from_", "to") if rule.measure in DATE_MEASURES else ()
    return rule.model_copy(update={**dict.fromkeys((*_COMPARISONS, *window)), "known": True})


def compares(rule: Measured) -> bool:
    """Whether the rule compares its value, or has a window of a date, besides `known`."""
    has_window = rule.measure in DATE_MEASURES and (rule.windowed or rule.within == "ever")
    return has_window or any(getattr(rule, name) is not None for name in _COMPARISONS)


def missing_attributes(rule: Measured, rows: CountedRows) -> list[Predicate]:
    """For each attribute in `where`: there are rows in the window, and none of them carries it."""
    if rule.measure == "gap" or getattr(rule, "of_last", None):
        return []
    inside = all_of(rows.subject.counts, rows.subject.inside(rows.window))
    if isinstance(rule, MessagesRule) and counts_events(rule):
        # A person without clicks has no clicks without a link.
        inside = all_of(inside, evidenced(rule))
    unfiltered, missing = rows.unfiltered(), []
    for name, condition in where_of(rule).items():
        if getattr(condition, "known", None) is not None:
            continue
        attribute = rows.subject.attributes[name]
        present = attribute.present
        if attribute.compares:
            # A row is unknown too where the figure that it is compared with is unknown.
            compared = rows.conditions[name]
            present = RowCondition(compared.condition.is_not(None), compared.joins)
        if present is None:
            continue
        carriers = rows.unfiltered(present).count(all_of(inside, present.condition))
        missing.append(sa.and_(unfiltered.count(inside) > 0, carriers == 0))
    return missing
