"""Kleene's three values: True, False, and None for unknown."""

from collections.abc import Iterable

Truth = bool | None


def every(truths: Iterable[Truth]) -> Truth:
    """False if any is false, else unknown if any is unknown."""
    found = list(truths)
    if False in found:
        return False
    return None if None in found else True


def some(truths: Iterable[Truth]) -> Truth:
    """True if any is true, else unknown if any is unknown."""
    found = list(truths)
    if True in found:
        return True
    return None if None in found else False


def negated(truth: Truth) -> Truth:
    """Unknown stays unknown."""
    return None if truth is None else not truth
