"""The record of the hub's work: runs, their steps, and the counts of each."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from core import log
from core.errors import Held, HubError, StoreUnavailable, Unavailable
from core.store import waits
from core.store.connections import connection_id
from core.store.database import Transaction
from core.store.history import begin_run, begin_step, end_run, end_step
from core.store.pruning import prune_runs
from core.store.rederive import apply_settings
from sync.hub import Hub
from sync.shutdown import uninterrupted

PARTLY: Final = 5
"""Exit code where some steps failed, or lost most of something."""
COMPLETE, SUSPECT, HELD, PARTIAL = "complete", "suspect", "held", "partial"
FAILED, STOPPED, RUNNING = "failed", "stopped", "running"
"""Results of runs and steps. A process that was killed leaves `running` behind."""
_LOG = log.get(__name__)


@dataclass
class Step:
    """One step of a run, with its counts so far."""

    what: str
    """pull, backfill, evaluate, resolve, reconcile or push"""
    connection: str = ""
    stream: str = ""
    window: str = ""
    """The past dates of a backfill; "" in other steps."""
    counts: dict[str, int] = field(default_factory=dict)
    result: str = COMPLETE
    message: str = ""
    error: HubError | None = None

    @property
    def place(self) -> str:
        """Stream, connection and window, for a sentence; "" for the evaluation."""
        where = f"{self.stream} of {self.connection}" if self.stream else self.connection
        return f"{where}, {self.window}" if self.window else where

    def add(self, counts: Mapping[str, int]) -> None:
        """Add to the counts."""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def add_losses(self, sentences: Iterable[str]) -> None:
        """Record what was lost, for which it is not good."""
        for each in sentences:
            self.result = PARTIAL
            self._say(each)

    def fail(self, error: HubError) -> None:
        """Record the error that ended it."""
        self.error = error
        if not isinstance(error, Held):
            self.result = FAILED
        elif self.result != PARTIAL:
            self.result = HELD
        self._say(log.masked_text(str(error)))

    def _say(self, sentence: str) -> None:
        self.message = "; ".join(filter(None, [self.message, sentence]))


@dataclass
class Run:
    """One command at work."""

    hub: Hub
    id: int
    steps: list[Step] = field(default_factory=list)

    def check_wait(self, connection: str) -> None:
        """Raise Unavailable where a connection's system may not be asked yet."""
        with self.hub.database.read() as transaction:
            waits.check(transaction, connection, self.hub.now())

    @contextmanager
    def step(
        self, what: str, connection: str = "", stream: str = "", window: str = ""
    ) -> Iterator[Step]:
        """Record a step of the run; a HubError ends the step, and the run goes on."""
        with uninterrupted(), self.hub.database.transaction() as transaction:
            number = begin_step(transaction, self.id, what, connection, stream, self.hub.now())
        step = Step(what, connection, stream, window)
        self.steps.append(step)
        try:
            yield step
        except HubError as error:
            step.fail(error)
        except Exception as error:
            step.result = FAILED
            step.message = f"an error in segmenthub itself: {type(error).__name__}"
            raise
        except BaseException:
            step.result, step.message = STOPPED, "stopped before the end; the next run goes on"
            raise
        finally:
            self._end(number, step)

    def _end(self, number: int, step: Step) -> None:
        with uninterrupted():
            with self.hub.database.transaction() as transaction:
                message = ": ".join(filter(None, [step.window, step.message]))
                end_step(transaction, number, self.hub.now(), step.result, message, step.counts)
                self._record_wait(transaction, step)
            described = {
                "connection": step.connection, "stream": step.stream, "window": step.window,
                "result": step.result, "message": step.message,
            }  # fmt: skip
            texts = {name: text for name, text in described.items() if text}
            counts = {name.replace(" ", "_"): count for name, count in step.counts.items()}
            _LOG.info(step.what, **{**texts, **counts, **texts})

    def _record_wait(self, transaction: Transaction, step: Step) -> None:
        """Remember whether the other system answered."""
        if step.connection not in self.hub.config.connections:
            return
        kind = self.hub.config.connections[step.connection].kind
        connection = connection_id(transaction, step.connection, kind)
        match step.error:
            case waits.Waiting() | StoreUnavailable():
                pass
            case Unavailable() as error:
                waits.record(transaction, connection, error, self.hub.now())
            case None if step.counts:
                waits.answered(transaction, connection)

    @property
    def errors(self) -> list[HubError]:
        """The errors that ended steps."""
        return [step.error for step in self.steps if step.error is not None]

    @property
    def _any_partial(self) -> bool:
        return any(step.result == PARTIAL for step in self.steps)

    @property
    def result(self) -> str:
        """The result of the whole run."""
        if not self.errors:
            return PARTIAL if self._any_partial else COMPLETE
        if not self._any_partial and all(isinstance(error, Held) for error in self.errors):
            return HELD
        return FAILED if len(self.errors) == len(self.steps) else PARTIAL

    @property
    def exit_code(self) -> int:
        """0 where nothing failed or was lost, the errors' own code where all are alike, else 5."""
        codes = {error.exit_code for error in self.errors}
        if self._any_partial:
            return PARTLY
        if len(codes) == 1 and self.result != PARTIAL:
            return codes.pop()
        return PARTLY if codes else 0


@contextmanager
def running(hub: Hub, command: str, message: str = "") -> Iterator[Run]:
    """Record a run, whatever its end, and first bring the store in line with the settings.

    `message` is for a person.
    """
    with uninterrupted(), hub.database.transaction() as transaction:
        hub.register(transaction)
        run = Run(hub, begin_run(transaction, command, hub.now(), message))
    result = STOPPED
    try:
        with hub.database.transaction() as transaction:
            apply_settings(transaction, hub.config.shop)
            hub.restate_statuses(transaction)
        yield run
        result = run.result
    except Exception:
        result = FAILED
        raise
    finally:
        with uninterrupted(), hub.database.transaction() as transaction:
            end_run(transaction, run.id, hub.now(), result)
            prune_runs(transaction, hub.now() - hub.config.hub.keep)
