"""Segments 17 to 20: what people do with messages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

from core.records import Message, MessageEvent, Record
from tests.core.segments.recipes.people import member
from tests.core.segments.recipes.records import RecipeTable, bought, did, gathered, sent

Kind = Literal["opened", "clicked"]

LETTERS = tuple(Message(id=f"letter-{number:02}", title="News") for number in range(1, 31))
RECEIPT = Message(id="receipt-01", kind="transactional")

INACTIVE = RecipeTable(
    17,
    gathered(
        LETTERS,
        member("never-opened", "2025-12-30"),
        sent("never-opened", "2026-03-01", 5),
        bought("never-opened", "2026-01-01"),
        member("on-90-days", "2025-12-31"),
        sent("on-90-days", "2026-03-01", 5),
        member("at-5", "2025-01-01"),
        sent("at-5", "2026-02-01", 20),
        did("at-5", "opened", [20], "2026-03-05"),
        member("under-5", "2025-01-01"),
        sent("under-5", "2026-02-01", 21),
        did("under-5", "opened", [21], "2026-03-05"),
        member("by-machine", "2025-01-01"),
        sent("by-machine", "2026-02-01", 20),
        did("by-machine", "opened", range(1, 11), "2026-03-01", "machine"),
        member("four-only", "2025-01-01"),
        sent("four-only", "2026-02-01", 4),
        member("nothing-sent", "2025-01-01"),
        member("70-days", "2025-01-01"),
        sent("70-days", "2026-01-01", 5),
        did("70-days", "opened", range(1, 6), "2026-01-20"),
        member("69-days", "2025-01-01"),
        sent("69-days", "2026-01-01", 5),
        did("69-days", "opened", range(1, 6), "2026-01-21"),
        member("fifth-just-sent", "2025-01-01"),
        sent("fifth-just-sent", "2026-03-27", 5),
        sent("on-no-list", "2026-02-01", 5),
    ),
    """
    # Oprettet i mere end 90 dage og har en åbningsrate på under 5 %
    { recipe = "inactive", member_for = "90 days", open_rate = "5%" } -> never-opened under-5
    # Oprettet i mere end 90 dage og 70 dage siden sidste åbning
    { recipe = "inactive", member_for = "90 days", no_open_for = "70 days" } -> never-opened
      four-only 70-days fifth-just-sent
    { recipe = "inactive", spare_recent_buyers = "90 days" } -> under-5
    { recipe = "inactive", min_delivered = 4 } -> never-opened under-5 four-only fifth-just-sent
    { recipe = "inactive", band = true } -> under-5
    """,
)


def clicker(
    name: str, messages: int, clicks: int, since: str = "2025-01-01", first: str = "2026-02-01"
) -> Iterator[Record]:
    """A member who got messages, one a day, and later opened and clicked the first of them."""
    yield member(name, since)
    yield from sent(name, first, messages)
    yield from did(name, "opened", range(1, clicks + 1), "2026-03-10")
    yield from did(name, "clicked", range(1, clicks + 1), "2026-03-10")


CLICKERS = RecipeTable(
    18,
    gathered(
        LETTERS,
        clicker("over-10", 9, 1),
        clicker("at-10", 10, 1),
        clicker("at-5", 20, 1),
        member("opens-only", "2025-01-01"),
        sent("opens-only", "2026-02-01", 10),
        did("opens-only", "opened", range(1, 6), "2026-03-10"),
        clicker("on-30-days", 10, 5, since="2026-03-01"),
        clicker("over-30-days", 10, 5, since="2026-02-28"),
        clicker("four-only", 4, 4),
        member("scanner", "2025-01-01"),
        sent("scanner", "2026-02-01", 10),
        did("scanner", "opened", range(1, 6), "2026-03-10"),
        did("scanner", "clicked", range(1, 6), "2026-03-10", "machine"),
        member("pictures-off", "2025-01-01"),
        sent("pictures-off", "2026-02-01", 10),
        did("pictures-off", "clicked", [1, 2], "2026-03-10"),
        clicker("long-ago", 10, 10, since="2024-01-01", first="2025-03-01"),
    ),
    """
    # Meget aktive: Åbningsrate over 1 %, oprettet for mere end 30 dage siden og en klikrate over 10
    # %
    { recipe = "active_clickers", level = "high" } -> over-10 over-30-days pictures-off
    # Lidt aktive: Åbningsrate over 1 %, oprettet for mere end 30 dage siden og en klikrate over 0 %
    # men mindre end 10 %
    { recipe = "active_clickers", level = "low" } -> at-10 at-5
    { recipe = "active_clickers", level = "low", literal = true } -> at-5
    """,
)


def lately(kind: Kind) -> Iterator[Record]:
    """The same persons for opens and for clicks."""
    yield from (*LETTERS, RECEIPT, Message(id="text-01", channel="sms"))
    yield from sent("by-text", "2026-03-10", 1, message="text")
    yield from did("by-text", kind, [1], "2026-03-11", message="text")
    yield from sent("30-days-in", "2026-02-01", 1)
    yield from did("30-days-in", kind, [1], "2026-03-02")
    yield from sent("30-days-out", "2026-02-01", 1)
    yield from did("30-days-out", kind, [1], "2026-03-01")
    yield from sent("by-machine", "2026-02-01", 5)
    yield from did("by-machine", kind, range(1, 6), "2026-03-20", "machine")
    yield from sent("left", "2026-02-01", 5)
    yield from did("left", "unsubscribed", range(1, 6), "2026-03-20")
    yield from sent("receipt", "2026-02-01", 1, "receipt")
    yield from did("receipt", kind, [1], "2026-03-20", message="receipt")
    yield from sent("3-of-5", "2025-06-01", 5)
    yield from did("3-of-5", kind, [1, 3, 5], "2025-06-20")
    yield from sent("2-of-5", "2025-06-01", 5)
    yield from did("2-of-5", kind, [1, 3], "2025-06-20")
    yield from sent("3-of-4", "2025-06-01", 4)
    yield from did("3-of-4", kind, [1, 2, 3], "2025-06-20")
    yield from sent("oldest-3-of-8", "2025-06-01", 8)
    yield from did("oldest-3-of-8", kind, [1, 2, 3], "2025-06-20")
    yield from sent("newest-3-of-8", "2025-06-01", 8)
    yield from did("newest-3-of-8", kind, [4, 6, 8], "2025-06-20")
    # Its last three messages of 31 March are younger than a day: they do not count yet.
    yield from sent("3-of-5-and-just-sent", "2025-06-01", 5)
    yield from did("3-of-5-and-just-sent", kind, [1, 2, 3], "2025-06-20")
    for number in (6, 7, 8):
        yield MessageEvent(
            message=f"letter-{number:02}",
            contact="3-of-5-and-just-sent",
            kind="delivered",
            at=datetime(2026, 3, 31, 8, tzinfo=UTC),
        )


THREE_OF_FIVE = "3-of-5 newest-3-of-8 3-of-5-and-just-sent"

OPENED = RecipeTable(
    19,
    gathered(lately("opened")),
    """
    # Last open er for mindre end 30 dage siden.
    { recipe = "opened_recently", within = "30 days" }        -> 30-days-in
    # Har åbnet over halvdelen af de seneste 5 e-mails.
    { recipe = "opened_recently", of_last = 5, at_least = 3 } -> 3-of-5 newest-3-of-8
      3-of-5-and-just-sent
    { recipe = "opened_recently", of_last = 4, at_least = 3 } -> 3-of-4
    { recipe = "opened_recently", channel = "sms" } -> by-text
    """,
)

CLICKED = RecipeTable(
    20,
    gathered(lately("clicked")),
    """
    # Last click-dato (dato for sidste klik).
    { recipe = "clicked_recently", within = "30 days" }        -> 30-days-in
    # Har klikket i over halvdelen af de seneste 5 e-mails.
    { recipe = "clicked_recently", of_last = 5, at_least = 3 } -> 3-of-5 newest-3-of-8
      3-of-5-and-just-sent
    { recipe = "clicked_recently", channel = "sms" } -> by-text
    """,
)

TABLES = (INACTIVE, CLICKERS, OPENED, CLICKED)
