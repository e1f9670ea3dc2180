"""Arithmetic of single orders, lines and dates of the made-up shop."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from tests.oracles.small.world import PLACES, Line, Order, back


def inside(day: date, window: str, today: date) -> bool:
    """Whether a day lies within the last so many days or months."""
    return window == "ever" or edge(window, today) < day


def edge(window: str, today: date) -> date:
    """The day that a window begins after."""
    number, unit = window.split()
    return today - timedelta(int(number)) if unit == "days" else back(today, int(number))


def per_cent(share: str) -> int:
    return int(share.rstrip("%"))


def gone(line: Line) -> bool:
    """Whether a line was given back whole."""
    money = line.total > 0 and line.given_back >= line.total
    return money or (line.quantity > 0 and line.returned >= line.quantity)


def net(order: Order) -> int:
    """Net in cents."""
    return sum(line.total - line.given_back for line in order.lines)


def is_valid(order: Order) -> bool:
    if order.status not in ("", "paid", "fulfilled"):
        return False
    if not any(line.is_refunded for line in order.lines):
        return True
    if sum(line.total for line in order.lines) > 0:
        return net(order) > 0
    return not all(gone(line) for line in order.lines)


def off(line: Line) -> tuple[int, int] | None:
    """Markdown of a line and its list total; None where unknown."""
    if line.list_price is not None:
        full = line.list_price * line.quantity
    elif line.automatic:
        full = line.total + line.automatic
    else:
        return None
    return (full - line.total, full) if full > 0 else None


def birthday_in(born: date, year: int) -> date:
    """A birthday on 29 February is on the 28th in common years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def age(born: date, today: date) -> int:
    """Completed years."""
    return today.year - born.year - (birthday_in(born, today.year) > today)


def birthday_soon(born: date | None, window: str, today: date) -> bool:
    """Whether a birthday comes within so many days, today being the first."""
    ahead = (today + timedelta(n) for n in range(int(window.removesuffix(" days"))))
    return born is not None and any(birthday_in(born, day.year) == day for day in ahead)


def distance(one: str, other: str) -> float:
    """Kilometres between two postcodes, by the law of cosines."""
    (a, b), (c, d) = ((math.radians(x), math.radians(y)) for x, y in (PLACES[one], PLACES[other]))
    along = math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d)
    return 6371 * math.acos(min(along, 1))


def counted(lines: Iterable[tuple[Order, Line]], by: str) -> int:
    """Number of different orders, lines, or units that were not refunded."""
    if by == "orders":
        return len({order.id for order, _ in lines})
    if by == "lines":
        return len(list(lines))
    return sum(line.quantity - line.returned for _, line in lines)


def is_share(
    some: Sequence[tuple[Order, Line]], every: Sequence[tuple[Order, Line]], share: str
) -> bool:
    """Whether some units are at least this share of all."""
    units = counted(every, "units")
    return not share or (units > 0 and counted(some, "units") * 100 >= per_cent(share) * units)
