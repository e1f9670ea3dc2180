"""What a person is told who wrote a word that nobody knows: the nearest known ones."""

from collections.abc import Iterable
from difflib import SequenceMatcher

LONGEST_LIST = 12
"""So many known words are all named; of more, only the nearest."""
_LIKE = 0.6
_MOST = 3


def nearest(read: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known words that `read` may have meant, the likeliest first."""
    wanted = read.casefold()
    meant = SequenceMatcher(b=wanted)
    likely: list[tuple[float, int, str]] = []
    for word in sorted(set(known)):
        folded = word.casefold()
        meant.set_seq1(folded)
        if meant.quick_ratio() >= _LIKE and (ratio := meant.ratio()) >= _LIKE:
            # Of equally like words, the one that begins alike is meant: DKR is DKK, not PKR.
            likely.append((-ratio, -_alike(wanted, folded), word))
    return tuple(word for _, _, word in sorted(likely)[:_MOST])


def _alike(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def unknown(what: str, read: str, known: Iterable[str]) -> str:
    """A sentence that says that no `what` is called `read`, and which words there are."""
    words = sorted(set(known))
    near = nearest(read, words)
    sentence = f"there is no {what} {quoted([read])}"
    if near:
        return f"{sentence}; did you mean {quoted(near)}?"
    if not words:
        return f"{sentence}; there is none at all"
    if len(words) <= LONGEST_LIST:
        return f"{sentence}; known: {quoted(words)}"
    return f"{sentence}, nor anything like it among {len(words)}"


def quoted(words: Iterable[str]) -> str:
    """Words as a person reads them in a sentence: `"a", "b"`."""
    return ", ".join(f'"{word}"' for word in words)
