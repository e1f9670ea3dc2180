"""Messages for unknown words, with the nearest known ones."""

from collections.abc import Iterable
from difflib import SequenceMatcher

LONGEST_LIST = 12
"""Up to this many known words are all listed; of more, only the nearest."""
_LIKE = 0.6
_MOST = 3


def nearest(read: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known words that resemble `read`, the likeliest first."""
    wanted = read.casefold()
    matcher = SequenceMatcher(b=wanted)
    likely: list[tuple[float, int, str]] = []
    for word in sorted(set(known)):
        folded = word.casefold()
        matcher.set_seq1(folded)
        if matcher.quick_ratio() >= _LIKE and (ratio := matcher.ratio()) >= _LIKE:
            # Between equally similar words a common beginning decides: DKR is DKK, not PKR.
            likely.append((-ratio, -_common_prefix(wanted, folded), word))
    return tuple(word for _, _, word in sorted(likely)[:_MOST])


def _common_prefix(one: str, other: str) -> int:
    """Length of the common beginning of two words."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def unknown(what: str, read: str, known: Iterable[str]) -> str:
    """The message that there is no `what` called `read`, with the nearest known words."""
    words = sorted(set(known))
    near = nearest(read, words)
    sentence = f"there is no {what} {quoted([read])}"
    if near:
        return f"{sentence}; did you mean {quoted(near)}?"
    if not words:
        return f"{sentence}; none is known"
    if len(words) <= LONGEST_LIST:
        return f"{sentence}; known: {quoted(words)}"
    return f"{sentence}, and none of the {len(words)} known ones is similar"


def quoted(words: Iterable[str]) -> str:
    """Words in quotation marks, for a sentence: `"a", "b"`."""
    return ", ".join(f'"{word}"' for word in words)
