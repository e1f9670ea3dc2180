"""The hub's errors, named by what must happen next.

HubError
 |- Misconfigured   a person edits the config
 |- Unauthorized    a person renews a credential
 |- Unavailable     nobody: the next run tries again
 |- Broken          a developer looks: the answer is not what was agreed
 '- Held            a person confirms
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class HubError(Exception):
    """An error with a message for a person: what happened, where, and what to do."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class Mistake:
    """A mistake in a config: its path, the value read, and what to write instead."""

    path: str
    message: str

    def __str__(self) -> str:
        """Path first, as it is found in the file."""
        return f"{self.path}: {self.message}" if self.path else self.message


class Misconfigured(HubError):
    """The config or the command is wrong; all mistakes are listed."""

    exit_code = 2

    def __init__(self, mistakes: Iterable[Mistake] | str, where: str = "") -> None:
        """Take all mistakes, or one message; `where` is the file."""
        self.mistakes = (Mistake("", mistakes),) if isinstance(mistakes, str) else tuple(mistakes)
        self.where = where
        super().__init__("\n".join(map(str, self.mistakes)))


class Unauthorized(HubError):
    """The other system refuses the credential; a person renews it."""

    exit_code = 3


class Unavailable(HubError):
    """The other system does not answer now; the next run goes on from the checkpoint."""

    exit_code = 4

    def __init__(self, message: str, not_before: datetime | None = None) -> None:
        """Take the message, and the instant before which the other system asks not to be called."""
        self.not_before = not_before
        super().__init__(message)


class StoreUnavailable(Unavailable):
    """Our own store cannot be used now; no other system is to blame."""


class Broken(HubError):
    """The other system does not answer as its API promises; the stream stops here."""

    exit_code = 5


class Held(HubError):
    """A change is too large or rests on incomplete data; a person confirms."""

    exit_code = 6
