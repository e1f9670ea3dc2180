"""Fetch the next one while the present one is stored."""

import threading
from collections.abc import Generator, Iterable
from contextlib import closing
from queue import SimpleQueue
from typing import TypeVar

from sync.shutdown import take_or_stop

Item = TypeVar("Item")


class _End:
    """After the last item; holds the error where one was the last."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def prefetch(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The items, of which the next one is fetched meanwhile, in a thread of its own, and no more.

    An error comes out in its place. Who is stopped waits for no answer of the other side: the
    thread is left to itself, and ends when it has its item.
    """
    handed: SimpleQueue[Item | _End] = SimpleQueue()
    wanted = threading.Semaphore()
    given_up = threading.Event()

    def fetch() -> None:
        last = _End()
        try:
            # In this thread: what a source has opened may not be closed in another one.
            with closing(_each(items)) as source:
                while wanted.acquire() and not given_up.is_set():
                    handed.put(next(source))
        except StopIteration:
            pass
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            last = _End(error)
        handed.put(last)

    threading.Thread(target=fetch, name="fetching", daemon=True).start()
    try:
        while not isinstance(item := take_or_stop(handed), _End):
            wanted.release()
            yield item
        if item.error is not None:
            raise item.error
    finally:
        given_up.set()
        wanted.release()


def _each(items: Iterable[Item]) -> Generator[Item, None, None]:
    yield from items
