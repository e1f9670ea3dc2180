"""Three people and their newsletters, as every email tool tells of them in payloads of its own."""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from connectors.kit import RestSource
from connectors.kit.testing import FakeApi

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
LINK = "https://shop.example/spring"
PEOPLE = ("ann", "bob", "cat", "dan")
"""They joined the list `JOINED`; their addresses are `ann@example.com` and so on."""
JOINED = NOW - timedelta(days=300)
SENT = {
    number: NOW - timedelta(days=days) for number, days in enumerate((85, 75, 60, 40, 10), start=1)
}
"""The newsletters by number, and when they went out to everybody but dan."""


@dataclass(frozen=True)
class Happened:
    """One event of a newsletter at one person."""

    person: str
    kind: Literal["delivered", "opened", "clicked"]
    newsletter: int
    at: datetime

    @property
    def link(self) -> str | None:
        """The link that was clicked."""
        return LINK if self.kind == "clicked" else None


DELIVERIES = [
    Happened(person, "delivered", number, at)
    for number, at in SENT.items()
    for person in ("ann", "bob", "cat")
]
RESPONSES = [
    Happened("ann", "opened", 5, SENT[5] + timedelta(hours=1)),
    Happened("ann", "clicked", 5, SENT[5] + timedelta(hours=1, minutes=1)),
    Happened("bob", "opened", 1, SENT[1] + timedelta(hours=1)),
    Happened("cat", "opened", 5, SENT[5] + timedelta(hours=2)),
]
MEMBERS = {
    "inactive": "bob",
    "active_clickers": "ann",
    "opened_recently": "ann cat",
    "clicked_recently": "ann",
}
"""The recipes of engagement, and who belongs to each."""
RULES: Mapping[str, Mapping[str, Any]] = {
    name: {"recipe": name, **({"no_open_for": "70 days"} if name == "inactive" else {})}
    for name in MEMBERS
}


@dataclass(frozen=True)
class Tool:
    """The story in one tool's payloads."""

    source: RestSource
    raws: Mapping[str, Any]
    """Keyed as files of samples are."""
    key: Callable[[str], str] = str
    """The id of a person at the tool."""
    fake: type[FakeApi] = FakeApi


def email(person: str) -> str:
    """The address of a person."""
    return f"{person}@example.com"


def sample(kind: str, name: str, place: int = 0) -> dict[str, Any]:
    """Return a copy of a sample, in which a story's own values are put."""
    file = Path(__file__).parents[1] / "samples" / f"{kind}.json"
    rows: Sequence[dict[str, Any]] = json.loads(file.read_text("utf-8"))[name]
    return copy.deepcopy(rows[place])
