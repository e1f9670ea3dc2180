"""A source that fails in a way of its own stops its stream, and nothing else."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from core.config import HubConfig as HubConfig
from core.contract import Page, Source, Stream, Window
from core.errors import Broken, HubError, Misconfigured, Unavailable
from core.records import Contact
from core.store.database import Database
from core.store.history import runs
from sync.hub import Hub
from sync.pull import pull
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
