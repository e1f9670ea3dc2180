"""Faults of a connector itself: they stop what was asked of it, and not the run."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from core import log
from core.errors import Broken, HubError

_LOG = log.get(__name__)
Given = TypeVar("Given")


@contextmanager
def broken_on_error(kind: str, /, **where: str) -> Iterator[None]:
    """Whatever a connector of this kind raises that is no HubError, as Broken.

    `where` is for the log, beside the error as it was.
    """
    try:
        yield
    except HubError:
        raise
    except Exception as error:
        _LOG.exception("fault", **where)
        raise Broken(
            f"the connector {kind} failed with {type(error).__name__}, which is a fault of "
            "its own; the log says where"
        ) from error


def only(kind: type[Given], given: Iterable[object]) -> Iterator[Given]:
    """What a connector gives, as what it said that it would give; raises TypeError for all else."""
    for each in given:
        if not isinstance(each, kind):
            raise TypeError(f"a {type(each).__name__} is no {kind.__name__}")
        yield each
