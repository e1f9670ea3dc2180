"""A source that is no REST API is held against a suite of its own, which bites."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from connectors.kit import Contact, Page, Secret, Source, Stream, Window
from connectors.kit.testing import AnySourceContract


class Register(Source):
    """Somebody's register of people."""

    kind = "register"
    key: Secret = Secret("a-made-up-key")
    """Key of the register."""

    def streams(self) -> Sequence[Stream]:
        return [Stream("people", ("Contact",), by_state=True)]

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        del stream, window
        rows = range(int(state or 1), 4)
        yield Page([Contact(id=each) for each in rows], whole=state is None, state="3")


class TestRegister(AnySourceContract):
    connector = Register
    settings = {}


class Nothing(Register):
    """Has streams, and nothing in them."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        for page in super().read(stream, window, state):
            yield Page([], state=page.state)


class Sweeping(Register):
    """Takes what came before its state for gone."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        for page in super().read(stream, window, state):
            yield Page(page.records, whole=True, state=page.state)


class Boasting(Register):
    """Says that it is narrowed by a window, and takes it for everything."""

    def streams(self) -> Sequence[Stream]:
        return [Stream("people", ("Contact",), cursor=True)]


class Counting(Register):
    """Reads the same differently each time."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        for page in super().read(stream, window, state):
            yield Page([Contact(id=next(TIMES))], state=page.state)


class Chatty(Register):
    """Prints its key."""

    def __repr__(self) -> str:
        return self.key.get_secret_value()


TIMES = iter(range(99))
BITES: list[tuple[type[Register], str]] = [
    (Nothing, "test_every_stream_yields_the_nouns_that_it_names"),
    (Sweeping, "test_a_read_from_a_state_is_never_whole"),
    (Boasting, "test_only_a_full_scan_tells_what_is_gone"),
    (Counting, "test_a_replay_gives_equal_records"),
    (Chatty, "test_no_secret_is_printed"),
]


@pytest.mark.parametrize(("hostile", "test"), BITES, ids=[each.__name__ for each, _ in BITES])
def test_a_hostile_source_fails(hostile: type[Register], test: str) -> None:
    suite: Any = TestRegister()
    with pytest.raises(AssertionError):
        getattr(suite, test)(hostile())
