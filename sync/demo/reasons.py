"""Why somebody entered or left a segment, in a short sentence about what they did."""

from collections.abc import Mapping
from datetime import date

from core.segments.definition import Segment
from core.segments.evaluate.movements import History
from core.segments.rules import Rule
from core.segments.rules.values import Duration
from sync.texts import Texts

BOUGHT = ("loyal", "one_time", "lapsed", "recent_month")
"""Segments that orders move people into and out of."""
EXPLAINED = (*BOUGHT, "opened", "clicked", "new_members")
"""Segments whose movements a date or a count explains."""


def reason(texts: Texts, segment: Segment, history: History, today: date, *, entered: bool) -> str:
    """What the person did, or did no more, that moved them."""
    movement = "entered" if entered else "left"
    if segment.recipe == "new_members" and history.joined is None:
        movement = "gone"
    return texts.say(
        f"demo.why.{segment.recipe}.{movement}", **_facts(texts, segment, history, today)
    )


def _facts(texts: Texts, segment: Segment, history: History, today: date) -> Mapping[str, object]:
    never = texts.say("demo.why.never")
    dates = {
        "last_order": history.orders[-1] if history.orders else None,
        "opened": history.opened,
        "clicked": history.clicked,
        "joined": history.joined,
    }
    return {
        "orders": sum(_is_within(segment.rule, day, today) for day in history.orders),
        "ever": len(history.orders),
        **{name: texts.date(day) if day else never for name, day in dates.items()},
    }


def _is_within(rule: Rule | None, day: date, today: date) -> bool:
    """Whether a date lies in the window of the segment's rule."""
    window = getattr(rule, "within", None)
    return not isinstance(window, Duration) or day > window.before(today)
