"""Nearest known words, for a person who wrote one that is not there."""

from collections.abc import Iterable
from difflib import get_close_matches


def one_of(read: str, known: Iterable[str]) -> str:
    """Hint at the nearest known word, `nearest: "date"`, or at all of them."""
    words = {word.casefold(): word for word in known}
    near = [words[word] for word in get_close_matches(read.strip().casefold(), words, n=3)]
    if near:
        return "nearest: " + ", ".join(f'"{word}"' for word in near)
    return "there are: " + ", ".join(f'"{word}"' for word in sorted(words.values())[:20])
