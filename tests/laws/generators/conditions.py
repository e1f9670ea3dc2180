"""Parts of random rules: windows, comparisons of texts, numbers and dates."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.laws.generators.vocabulary import DURATIONS, HOURS

Table = dict[str, Any]
LOWER = ("at_least", "over")
UPPER = ("at_most", "under")


def window(draw: random.Random, day: date) -> Table:
    """A window of any form, or none."""
    length = draw.choice((*DURATIONS, *DURATIONS, *HOURS))
    match draw.randrange(10):
        case 0 | 1:
            return {}
        case 2:
            return {"within": "ever"}
        case 3:
            return {"before": length}
        case 4:
            return {"within": draw.choice(("12 months", "2 years", "72 hours")), "before": length}
        case 5:
            start = day - timedelta(days=draw.choice((1, 30, 181, 182, 365, 400)))
            end = start + timedelta(days=draw.choice((0, 1, 30, 365)))
            edges: Table = {"from": start, "to": end}
            for gone in draw.sample(("from", "to"), draw.choice((0, 0, 1))):
                del edges[gone]
            return edges
        case _:
            return {"within": length}


def text(draw: random.Random, words: Sequence[str]) -> Table:
    """A comparison of a text, or two."""
    found = _one_text(draw, words)
    if draw.random() < 0.1:
        found = {**_one_text(draw, words), **found}
    return found


def _one_text(draw: random.Random, words: Sequence[str]) -> Table:
    word = draw.choice(words)
    match draw.randrange(8):
        case 0 | 1:
            return {"is": word}
        case 2:
            return {"is_not": word}
        case 3:
            return {"in": [word, draw.choice(words)]}
        case 4:
            return {"not_in": [word, draw.choice(words)]}
        case 5:
            return {"contains": _piece(draw, word)}
        case 6:
            return {"starts_with": word[: draw.randrange(1, len(word) + 1)] or word}
        case _:
            return {"known": draw.choice((True, False))}


def condition(draw: random.Random, words: Sequence[str]) -> Any:
    """A text as it may stand behind a key of `where`: a word, a list, or comparisons."""
    match draw.randrange(4):
        case 0 | 1:
            return draw.choice(words)
        case 2:
            return [draw.choice(words), draw.choice(words)]
        case _:
            return text(draw, words)


def _piece(draw: random.Random, word: str) -> str:
    start = draw.randrange(len(word))
    return word[start : start + draw.choice((1, 2, 4))].strip() or word


def number(draw: random.Random, values: Sequence[object], *, relative: bool = False) -> Table:
    """A comparison of a number; of a population figure where `relative`."""
    if relative:
        return population(draw)
    value = draw.choice(values)
    match draw.randrange(12):
        case 0:
            return {"is": value}
        case 1:
            return {"is_not": value}
        case 2:
            return {draw.choice(("in", "not_in")): [value, draw.choice(values)]}
        case 3:
            low, high = sorted((value, draw.choice(values)), key=_size)
            return {"between": [low, high]}
        case 4:
            return {"known": draw.choice((True, False))}
        case 5:
            return {draw.choice(LOWER): value, draw.choice(UPPER): draw.choice(values)}
        case 6 | 7 | 8:
            return {draw.choice(LOWER): value}
        case _:
            return {draw.choice(UPPER): value}


def population(draw: random.Random) -> Table:
    """A comparison with the population, in words or as a table."""
    share = draw.choice(("100%", "120%", "50%", "99.5%", "0%"))
    statistic = draw.choice(("average", "median"))
    match draw.randrange(5):
        case 0:
            top = draw.choice(("top 10%", "top 50%", "top 1%", {"top": "25%"}, "top 100%"))
            return {draw.choice(LOWER): top}
        case 1:
            threshold: object = {"above": draw.choice(("20%", "0%", "5%")), "of": statistic}
            return {draw.choice((*LOWER, *UPPER)): threshold}
        case _:
            return {draw.choice((*LOWER, *LOWER, *UPPER)): f"{share} of {statistic}"}


def dates(draw: random.Random, day: date) -> Table:
    """A comparison of a date itself."""
    near = day - timedelta(days=draw.choice((0, 1, 29, 30, 31, 181, 182, 365, 366)))
    match draw.randrange(8):
        case 0:
            return {"is": near}
        case 1:
            return {"is_not": near}
        case 2:
            return {"between": [near, near + timedelta(days=30)]}
        case 3:
            return {"known": draw.choice((True, False))}
        case 4 | 5:
            return {draw.choice(LOWER): near}
        case _:
            return {draw.choice(UPPER): near.isoformat()}


def dated(draw: random.Random, day: date) -> Table:
    """Conditions on a date measure: a window, a comparison of the date, or both."""
    limits = window(draw, day)
    if not limits or draw.random() < 0.3:
        limits = {**limits, **dates(draw, day)}
    if len(limits) > 1:
        # Where a date lies says already that it is known.
        limits.pop("known", None)
    return limits


def _size(value: object) -> float:
    return float(str(value).rstrip("%"))
