"""What a measure cannot say: attributes that no row carries, and values that are not known."""

from dataclasses import replace

import sqlalchemy as sa

from core.segments.compile.counted_rows import Rows, joined, without_filters
from core.segments.compile.engagement import happened
from core.segments.compile.sql.aggregates import Predicate, all_of
from core.segments.compile.sql.comparisons import Bind
from core.segments.compile.subjects.attributes import RowCondition
from core.segments.rules import DATE_MEASURES, Measured, MessagesRule
from core.segments.rules.conditions import NumberComparisons

_COMPARED = tuple(NumberComparisons.model_fields.keys() - {"known"})
_OF_EVENTS = frozenset({"opened", "clicked", "last_opened", "last_clicked"})


def only_known(rule: Measured) -> Measured:
    """Asks whether the value is known at all; of a date, wherever it lies."""
    edges = ("within", "before", "from_", "to") if rule.measure in DATE_MEASURES else ()
    return rule.model_copy(update={**dict.fromkeys((*_COMPARED, *edges)), "known": True})


def says_more(rule: Measured) -> bool:
    """Whether anything is asked beside `known`."""
    of_date = rule.measure in DATE_MEASURES and (rule.windowed or rule.within == "ever")
    return of_date or any(getattr(rule, name) is not None for name in _COMPARED)


def missing_attributes(rule: Measured, rows: Rows, bind: Bind) -> list[Predicate]:
    """For each attribute in `where`: rows are in the window, and none of them carries it."""
    where = getattr(rule, "where", None)
    if where is None or rule.measure == "gap" or getattr(rule, "of_last", None):
        return []
    here = all_of(rows.subject.counts, rows.subject.inside(rows.window))
    if isinstance(rule, MessagesRule) and rule.measure in _OF_EVENTS:
        # Who never clicked has no clicks without a link.
        here = all_of(here, happened(rule))
    every = without_filters(rows)
    found: list[Predicate] = []
    for name in type(where).model_fields:
        asked = getattr(where, name)
        if asked is None or getattr(asked, "known", None) is not None:
            continue
        attribute = rows.subject.attributes[name]
        present = attribute.present
        if attribute.compares:
            # A row also says nothing where the figure that it is compared with is unknown.
            said = attribute.ask(asked, bind)
            present = RowCondition(said.condition.is_not(None), said.joins)
        if present is None:
            continue
        carried = replace(rows, source=joined(rows.subject.source, present))
        carriers = carried.count(all_of(here, present.condition))
        found.append(sa.and_(every.count(here) > 0, carriers == 0))
    return found
