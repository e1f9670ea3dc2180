"""The segments that are measured, and the frame in which a made-up shop is evaluated."""

import tomllib
from datetime import datetime
from importlib.resources import files

from benchmarks.evaluate.shop import settings
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.definition import KnownNames, Segment
from core.segments.validate import segments_of

EDITED = {"recipe": "frequent_buyers", "orders": 4, "within": "9 months"}
"""The segment `loyal` after an edit."""
MEDIANS = {
    f"median_{over}": {"recipe": "big_spenders", "over": f"{over}%", "baseline": "median"}
    for over in (20, 40, 80)
}
"""Segments that compare with the median of all orders, which costs a scan of its own."""


def evaluation_context(at: datetime) -> EvaluationContext:
    """A made-up shop as of an instant."""
    return EvaluationContext(
        settings.SHOP,
        Clock.at(at, settings.SHOP.zone),
        dict(settings.CONNECTIONS),
        settings.DELIVERED,
    )


def segments(**others: dict[str, object]) -> list[Segment]:
    """The fifty-three segments, with others in their place or beside them."""
    text = (files(__package__) / "segments.toml").read_text("utf-8")
    found, wrong = segments_of({**tomllib.loads(text), **others}, KnownNames())
    if wrong:
        raise ValueError("; ".join(map(str, wrong)))
    return found
