"""A source that fails in a way of its own stops its stream, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import PrivateAttr

from core.config import HubConfig as HubConfig
from core.contract import Page, Reject, Source, Stream, Window
from core.errors import Broken, HubError, Misconfigured, StoreUnavailable, Unavailable
from core.records import Contact
from core.store import findings, waits
from core.store.connections import connection_id
from core.store.database import Database
from core.store.history import quarantine_counts, runs
from sync.hub import Hub
from sync.pull import pull, retry
from sync.runs import Run, running
from sync.status import hub_status
from tests.sync.schedule.hubs import HubGroup

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Moody(Source):
    """A source that yields one page and then calls its hook."""

    kind = "moody"
    failure: str = ""
    questions: tuple[str, ...] = ()

    def streams(self) -> Sequence[Stream]:
        """Two lists of people."""
        return [Stream("first", ("Contact",)), Stream("second", ("Contact",))]

    def read(
        self,
        stream: str,
        window: Window,  # noqa: ARG002 - it always yields the same
        state: str | None = None,  # noqa: ARG002 - the same
    ) -> Iterator[Page]:
        """One page, and then the failure."""
        people = [Contact(id=f"{stream} 1"), Contact(id=f"{stream} 2")]
        yield Page(people, questions=self.questions)
        if self.failure and stream == "first":
            raise FAILURES[self.failure]


FAILURES: dict[str, Exception] = {
    "broken": Broken("half an answer"),
    "away": Unavailable("no answer"),
    "fault": KeyError("ann@example.com"),
}


def hub_of(database: Database, **connectors: Source) -> Hub:
    """A hub with these connections."""
    return HubGroup(database, dict(connectors), now=NOW).hub()


def pulled(hub: Hub, *names: str) -> Run:
    """A run that has read."""
    with running(hub, "pull") as run:
        pull(run, names)
    return run


def places(run: Run) -> list[tuple[str, str, str]]:
    """Result of each started stream."""
    return [(step.connection, step.stream, step.result) for step in run.steps]


@pytest.mark.parametrize(
    ("failure", "second"), [("broken", "complete"), ("fault", "complete"), ("away", None)]
)
def test_the_other_streams_go_on_unless_the_other_side_is_away(
    database: Database, failure: str, second: str | None
) -> None:
    run = pulled(hub_of(database, moody=Moody(failure=failure), good=Moody()))
    assert places(run) == [
        ("moody", "first", "failed"),
        *([("moody", "second", second)] if second else []),
        ("good", "first", "complete"),
        ("good", "second", "complete"),
    ]
    assert run.result == "partial"
    assert run.exit_code == 5
    assert run.steps[0].counts["inserted"] == 2


@pytest.mark.parametrize("gives", [Contact(id="ann"), Page([{"id": "ann"}])])  # type: ignore[list-item]
def test_a_wrong_page_is_a_fault_of_the_connector(
    database: Database, monkeypatch: pytest.MonkeyPatch, gives: object
) -> None:
    monkeypatch.setattr(Moody, "read", lambda *_: iter([gives]))
    run = pulled(hub_of(database, moody=Moody()))
    assert places(run) == [("moody", "first", "failed"), ("moody", "second", "failed")]
    assert "the connector moody failed with TypeError" in run.steps[0].message


def test_a_system_that_asks_to_wait_is_left_alone_by_every_command_until_then(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by other processes; how long is in the status."""
    until = NOW + timedelta(hours=2)
    monkeypatch.setitem(FAILURES, "away", Unavailable("asks to wait", not_before=until))
    asked: list[str] = []
    read = Moody.read

    def watched(source: Moody, stream: str, *given: Any) -> Iterator[Page]:
        asked.append(stream)
        return read(source, stream, *given)

    monkeypatch.setattr(Moody, "read", watched)
    group = HubGroup(database, {"moody": Moody(failure="away")}, now=NOW)
    pulled(group.hub())
    assert "moody is not asked before 2026-03-02 03:00, as it asks" in notes(group.hub())
    group.now = until - timedelta(seconds=1)
    run = pulled(group.hub())
    assert run.exit_code == Unavailable.exit_code
    assert "moody asks to wait until 2026-03-02 02:00:00 UTC" in run.steps[0].message
    assert asked == ["first"]
    group.now = until
    pulled(group.hub())
    assert asked == ["first", "first"]


def test_a_system_that_keeps_silent_is_asked_once_a_minute(database: Database) -> None:
    """After five failures; an answer ends it."""
    moody = Moody(failure="away")
    group = HubGroup(database, {"moody": moody}, now=NOW)
    tried = []
    for second in range(0, 150, 10):
        group.now = NOW + timedelta(seconds=second)
        message = pulled(group.hub()).steps[0].message
        if "nothing was asked" not in message:
            tried.append(second)
    assert tried == [0, 10, 20, 30, 40, 100]
    group.now = NOW + timedelta(seconds=160)
    group.connectors["moody"] = Moody()
    assert pulled(group.hub()).exit_code == 0
    group.connectors["moody"] = moody
    assert "no answer" in pulled(group.hub()).steps[0].message
    assert "no answer" in pulled(group.hub()).steps[0].message


def test_a_wait_of_a_clock_that_was_ahead_is_dropped(database: Database) -> None:
    group = HubGroup(database, {"moody": Moody()}, now=NOW)
    with database.transaction() as transaction:
        number = connection_id(transaction, "moody", "moody")
        year = NOW + timedelta(days=365)
        waits.record(transaction, number, Unavailable("", not_before=year), year)
    assert pulled(group.hub()).exit_code == 0


def test_our_own_database_is_no_failure_of_another_system(database: Database) -> None:
    group = HubGroup(database, {"moody": Moody()}, now=NOW)
    with running(group.hub(), "pull") as run:
        for _ in range(9):
            with run.step("pull", "moody", "first"):
                raise StoreUnavailable("is busy")
    assert pulled(group.hub()).exit_code == 0


def notes(hub: Hub) -> str:
    """The status's notes."""
    return "\n".join(hub_status(hub, []).notes)


def test_a_fault_of_a_connector_is_reported_without_its_data(database: Database) -> None:
    run = pulled(hub_of(database, moody=Moody(failure="fault")))
    message = run.steps[0].message
    assert "the connector moody failed with KeyError" in message
    assert "ann@example.com" not in message


def test_where_everything_failed_alike_the_code_is_that_of_the_failure(database: Database) -> None:
    run = pulled(hub_of(database, moody=Moody(failure="away")))
    assert run.result == "failed"
    assert run.exit_code == 4


def test_names_are_checked_before_anything_is_read(database: Database) -> None:
    hub = hub_of(database, good=Moody())
    with pytest.raises(Misconfigured, match="did you mean"):
        pulled(hub, "good", "goood")
    with database.read() as transaction:
        (run,) = runs(transaction, 5)
    assert run.result == "failed"
    assert run.steps == []


def test_an_error_of_the_program_itself_is_written_down_and_raised(database: Database) -> None:
    hub = hub_of(database, good=Moody())
    with pytest.raises(ZeroDivisionError), running(hub, "pull") as run, run.step("pull", "good"):
        raise ZeroDivisionError
    with database.read() as transaction:
        (written,) = runs(transaction, 5)
    assert written.result == "failed"
    assert written.steps[0].message == "an error in segmenthub itself: ZeroDivisionError"


def test_a_step_that_could_not_say_how_it_ended_ends_with_its_run(database: Database) -> None:
    hub = hub_of(database, good=Moody())
    with pytest.raises(SystemExit), running(hub, "pull") as run:
        step = run.step("pull", "good")
        step.__enter__()
        raise SystemExit
    with database.read() as transaction:
        (written,) = runs(transaction, 5)
    assert (written.result, written.steps[0].result) == ("stopped", "stopped")


@pytest.mark.parametrize("error", [Broken("x"), Unavailable("y"), Misconfigured("z")])
def test_a_secret_in_an_error_is_masked(database: Database, error: HubError) -> None:
    hub = hub_of(database, good=Moody())
    error.args = ("ann@example.com said so",)
    with running(hub, "pull") as run, run.step("pull", "good"):
        raise error
    assert run.steps[0].message == "[email] said so"


def test_what_a_source_asks_stands_in_status_until_a_read_asks_no_longer(
    database: Database,
) -> None:
    asking = hub_of(database, moody=Moody(questions=("which is it? write it = 1",)))
    pulled(asking)
    asked = [f"{each} of moody: which is it? write it = 1" for each in ("first", "second")]
    assert hub_status(asking, []).needs[:2] == asked
    answered = hub_of(database, moody=Moody())
    pulled(answered)
    assert not hub_status(answered, []).needs


class Patchy(Moody):
    """A source with two rows that cannot be loaded until they are mended."""

    knows_ids: bool = False
    _mended: list[bool] = PrivateAttr(default_factory=list)
    _asked: list[str] = PrivateAttr(default_factory=list)

    def streams(self) -> Sequence[Stream]:
        """One list, narrowed by a cursor."""
        return [Stream("first", ("Contact",), cursor=True)]

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Everything at the first read, then nothing; `state` is not used."""
        del state
        self._asked.append(stream)
        if window.since is None:
            yield self._page(["1", "2"])

    def read_ids(self, stream: str, ids: Sequence[str], window: Window) -> Iterator[Page] | None:
        """The rows with these ids but the second, which is gone."""
        del window
        if not self.knows_ids:
            return None
        self._asked.append(f"{stream} {' '.join(ids)}")
        return iter([self._page([each for each in ids if each != "2"])])

    def _page(self, ids: Sequence[str]) -> Page:
        if self._mended:
            return Page([Contact(id=each) for each in ids])
        return Page([], [Reject(f"/first#{each}", "email", "is odd", each) for each in ids])


@pytest.mark.parametrize(
    ("knows_ids", "asked"), [(True, ["first", "first 1 2"]), (False, ["first", "first"])]
)
def test_a_retry_asks_for_the_rows_by_id_or_reads_their_stream_again(
    database: Database, knows_ids: bool, asked: list[str]
) -> None:
    source = Patchy(knows_ids=knows_ids)
    hub = hub_of(database, patchy=source)
    assert pulled(hub).exit_code == 5
    source._mended.append(True)
    later = replace(hub, now=lambda: NOW + timedelta(hours=1))
    with running(later, "retry") as run:
        retry(run, None, lambda *_: None)
    assert run.exit_code == 0
    assert source._asked == asked
    with database.read() as transaction:
        assert quarantine_counts(transaction) == {}
        assert findings.stored(transaction) == []


def test_a_retry_of_nothing_reads_nothing(database: Database) -> None:
    source = Patchy()
    with running(hub_of(database, patchy=source), "retry") as run:
        retry(run, "patchy", lambda *_: None)
    assert (run.steps, source._asked) == ([], [])
