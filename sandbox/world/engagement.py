"""Members of the segments about list members and readers, in plain Python."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter

from sandbox.world.facts import (
    Facts,
    KnownPerson,
    ReceivedMessage,
    Since,
    days,
    local_day,
    months,
    months_before,
    stay,
)

MATURE = timedelta(hours=24)
"""Age at which a message counts in rates and among the last five."""
FEWEST_MESSAGES = 5
LAST = 5

Events = Callable[[ReceivedMessage], Sequence[datetime]]
Holds = Callable[[KnownPerson], bool]

OPENS: Events = attrgetter("opens")
CLICKS: Events = attrgetter("clicks")


def reading(facts: Facts) -> Mapping[str, Holds]:
    """A test for each variation about stays on the list, opens and clicks."""

    def mature(person: KnownPerson) -> list[ReceivedMessage]:
        return [each for each in person.letters if each.sent_at <= facts.end - MATURE]

    def rated(person: KnownPerson) -> list[ReceivedMessage]:
        return [each for each in mature(person) if facts.within(each.sent_at, months(12))]

    def member_for(count: int, holds: Callable[[list[ReceivedMessage]], bool]) -> Holds:
        since = facts.day - timedelta(days=count)
        return lambda person: _joined_before(person, since) and holds(rated(person))

    def happened(letters: Iterable[ReceivedMessage], events: Events, since: Since) -> bool:
        return any(facts.within(at, since) for each in letters for at in events(each))

    def mostly(events: Events) -> Holds:
        def holds(person: KnownPerson) -> bool:
            last = sorted(mature(person), key=lambda each: each.sent_at)[-LAST:]
            return len(last) == LAST and sum(bool(events(each)) for each in last) * 2 > LAST

        return holds

    half_a_year_ago = months_before(facts.day, 6)
    silent_since = facts.day - timedelta(days=90)
    return {
        "new_members within 30 days": lambda person: (
            (began := stay(person)) is not None and facts.within(began, days(30))
        ),
        "old_members before 6 months": lambda person: _joined_before(person, half_a_year_ago),
        "inactive open_rate 5%": member_for(90, _hardly_opens),
        "inactive no_open_for 70 days": lambda person: (
            _joined_before(person, silent_since)
            and any(facts.within(each.sent_at, months(12)) for each in person.letters)
            and not happened(person.letters, OPENS, days(70))
        ),
        "active_clickers high": member_for(30, lambda letters: _clicks(letters) == "high"),
        "active_clickers low": member_for(30, lambda letters: _clicks(letters) == "low"),
        "opened_recently within 30 days": lambda person: happened(person.letters, OPENS, days(30)),
        "opened_recently 3 of_last 5": mostly(OPENS),
        "clicked_recently within 30 days": lambda person: happened(
            person.letters, CLICKS, days(30)
        ),
        "clicked_recently 3 of_last 5": mostly(CLICKS),
    }


def _joined_before(person: KnownPerson, day: date) -> bool:
    began = stay(person)
    return began is not None and local_day(began) < day


def _hardly_opens(letters: Sequence[ReceivedMessage]) -> bool:
    opened = sum(each.opened for each in letters)
    return len(letters) >= FEWEST_MESSAGES and opened * 100 < 5 * len(letters)


def _clicks(letters: Sequence[ReceivedMessage]) -> str | None:
    opened, clicked = sum(each.opened for each in letters), sum(bool(e.clicks) for e in letters)
    if len(letters) < FEWEST_MESSAGES or opened * 100 <= len(letters) or not clicked:
        return None
    return "high" if clicked * 10 > len(letters) else "low"
