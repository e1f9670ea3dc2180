"""Fetch the next item while the present one is processed."""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from queue import SimpleQueue
from typing import TypeVar

from sync.shutdown import Stopped, take_or_stop

Item = TypeVar("Item")


class _End:
    """Marks the end of the items; holds the error that ended them, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def prefetch(items: Iterable[Item]) -> Generator[Item, None, None]:
    """Yield the items, fetching the next one and no more in a thread of its own.

    An error is raised in its place. On a stop request the thread is abandoned instead of waited
    for; it ends when it has its item.
    """
    queue: SimpleQueue[Item | _End] = SimpleQueue()
    wanted = threading.Semaphore()
    abandoned = threading.Event()

    def fetch() -> None:
        last = _End()
        try:
            # A source must be closed in the thread that opened it.
            with closing(_each(items)) as source:
                while wanted.acquire() and not abandoned.is_set():
                    queue.put(next(source))
        except StopIteration:
            pass
        except BaseException as error:  # noqa: BLE001 - raised by the consumer
            last = _End(error)
        queue.put(last)

    threading.Thread(target=fetch, name="fetching", daemon=True).start()
    try:
        while not isinstance(item := take_or_stop(queue), _End):
            wanted.release()
            yield item
        if item.error is not None:
            raise item.error
    finally:
        abandoned.set()
        wanted.release()


def _each(items: Iterable[Item]) -> Generator[Item, None, None]:
    yield from items


def batches(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """Split items into lists; items before an error are yielded before it is raised."""
    batch: list[Item] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) >= most:
                yield batch
                batch = []
    except (Exception, KeyboardInterrupt, Stopped):
        if batch:
            yield batch
        raise
    if batch:
        yield batch
