"""A stretch of the past is read again, each month whole or not at all, beside the live read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.contract import Window
from core.errors import Broken, HubError, Misconfigured, Unauthorized, Unavailable
from core.store import ingest
from core.store.database import Database
from core.store.history import runs
from sync import backfill as module
from sync.backfill import BackfillPlan, backfill, months, plan
from sync.hub import Hub
from sync.pull import pull
from sync.runs import Run, running
from sync.shutdown import Stopped
from tests.sync.dated_source import DatedSource, checkpoint, stored, utc
from tests.sync.test_pull import NOW, hub_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOVEMBER, DECEMBER = utc("2025-11-05T10:00"), utc("2025-12-05T10:00")
JANUARY, FEBRUARY = utc("2026-01-05T10:00"), utc("2026-02-05T10:00")
FIRST, LAST = date(2025, 11, 1), date(2026, 1, 31)


@pytest.fixture
def dated() -> DatedSource:
    """Three orders in November, one in each of the next three months."""
    return DatedSource().knows(NOVEMBER, NOVEMBER, NOVEMBER, DECEMBER, JANUARY, FEBRUARY)


@pytest.fixture
def hub(database: Database, dated: DatedSource) -> Hub:
    """A hub that reads the dated."""
    return hub_of(database, dated=dated)


def backfilled(hub: Hub, first: date = FIRST, last: date = LAST, *, again: bool = False) -> Run:
    """A backfill that has run."""
    work = plan(hub, "dated", first, last, again=again)
    with running(hub, "backfill") as run:
        backfill(run, work)
    return run


def pulled(hub: Hub) -> Run:
    """A pull that has run."""
    with running(hub, "pull") as run:
        pull(run)
    return run


def windows_of(work: BackfillPlan) -> list[str]:
    """The windows before a backfill."""
    return [str(part.span) for part in work.parts]


def results(run: Run) -> list[tuple[str, str]]:
    """Result of each window."""
    return [(step.window, step.result) for step in run.steps]


@given(some.dates(date(1970, 1, 1), date(2030, 1, 1)), some.integers(0, 800))
def test_the_months_cover_every_day_once(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    spans = months(first, last)
    covered = [
        span.first.toordinal() + place
        for span in spans
        for place in range((span.last - span.first).days + 1)
    ]
    assert covered == list(range(first.toordinal(), last.toordinal() + 1))
    assert all(
        (each.first.year, each.first.month) == (each.last.year, each.last.month) for each in spans
    )
    assert len({(each.first.year, each.first.month) for each in spans}) == len(spans)


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "America/Santiago", "Pacific/Apia", "UTC"])
def test_windows_meet_without_a_gap_also_where_the_clock_changes(zone: str) -> None:
    windows = [
        span.window(ZoneInfo(zone), NOW) for span in months(date(2011, 3, 30), date(2025, 10, 26))
    ]
    assert [each.until for each in windows[:-1]] == [each.since for each in windows[1:]]
    assert all(each.since is not None and each.since < each.until for each in windows)
    assert {each.until.tzinfo for each in windows} == {UTC}


def test_a_window_goes_from_the_start_of_a_local_day_to_the_end_of_one(
    hub: Hub, dated: DatedSource
) -> None:
    backfilled(hub, date(2025, 3, 30), date(2025, 4, 2))
    assert dated.windows == [
        (utc("2025-03-29T23:00"), utc("2025-03-31T22:00")),
        (utc("2025-03-31T22:00"), utc("2025-04-02T22:00")),
    ]


def test_every_order_of_the_windows_is_stored_and_no_other_is(hub: Hub) -> None:
    run = backfilled(hub)
    assert stored(hub.database) == ["1", "2", "3", "4", "5"]
    assert run.exit_code == 0
    assert [step.counts["inserted"] for step in run.steps] == [3, 1, 1]
    assert results(run) == [
        ("2025-11-01 to 2025-11-30", "complete"),
        ("2025-12-01 to 2025-12-31", "complete"),
        ("2026-01-01 to 2026-01-31", "complete"),
    ]


def test_the_runs_tell_which_window_each_step_was_about(hub: Hub) -> None:
    backfilled(hub)
    with hub.database.read() as transaction:
        (run,) = runs(transaction, 5)
    assert [each.message for each in run.steps] == [
        "2025-11-01 to 2025-11-30", "2025-12-01 to 2025-12-31", "2026-01-01 to 2026-01-31"
    ]  # fmt: skip


def test_the_live_checkpoint_stays_as_it_is(hub: Hub, dated: DatedSource) -> None:
    pulled(hub)
    before = checkpoint(hub.database)
    dated.knows(*[NOVEMBER] * 9)
    backfilled(hub)
    assert checkpoint(hub.database) == before
    assert len(stored(hub.database)) == 9


def test_a_stream_that_was_never_pulled_is_still_read_from_its_beginning(
    hub: Hub, dated: DatedSource
) -> None:
    backfilled(hub)
    assert checkpoint(hub.database)["first_completed_at"] is None
    dated.in_peace()
    assert pulled(hub).exit_code == 0
    assert dated.windows == [(None, NOW)]


def on(instant: datetime, page: int, act: Callable[[], object]) -> Callable[[Window, int], None]:
    """Do something before that page of the window which holds the instant, and only once."""
    left = [act]

    def hook(window: Window, number: int) -> None:
        is_there = window.since is not None and window.since <= instant < window.until
        if is_there and number == page and left:
            left.pop()()

    return hook


def failing(error: BaseException) -> Callable[[], object]:
    """Raise it."""

    def act() -> None:
        raise error

    return act


def test_of_a_window_that_fails_nothing_is_stored_and_the_others_go_on(
    hub: Hub, dated: DatedSource
) -> None:
    dated.meanwhile(on(NOVEMBER, 2, failing(Broken("half an answer"))))
    run = backfilled(hub)
    assert stored(hub.database) == ["4", "5"]
    assert [result for _, result in results(run)] == ["failed", "complete", "complete"]
    assert run.steps[0].counts == {}
    assert run.exit_code == 5
    dated.in_peace()
    assert windows_of(plan(hub, "dated", FIRST, LAST)) == ["2025-11-01 to 2025-11-30"]
    assert backfilled(hub).exit_code == 0
    assert len(dated.windows) == 1
    assert stored(hub.database) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("error", [Unavailable("no answer"), Unauthorized("a wrong key")])
def test_no_further_windows_are_read_from_an_unavailable_side(
    hub: Hub, dated: DatedSource, error: HubError
) -> None:
    dated.meanwhile(on(DECEMBER, 1, failing(error)))
    run = backfilled(hub)
    assert [result for _, result in results(run)] == ["complete", "failed"]
    assert stored(hub.database) == ["1", "2", "3"]
    dated.in_peace()
    backfilled(hub)
    assert len(dated.windows) == 2
    assert stored(hub.database) == ["1", "2", "3", "4", "5"]


def test_a_fault_of_the_connector_stops_its_window_only(hub: Hub, dated: DatedSource) -> None:
    dated.meanwhile(on(NOVEMBER, 1, failing(KeyError("ann@example.com"))))
    run = backfilled(hub)
    assert [result for _, result in results(run)] == ["failed", "complete", "complete"]
    assert "KeyError" in run.steps[0].message
    assert "ann@example.com" not in run.steps[0].message


@pytest.mark.parametrize(("instant", "page", "kept"), [(NOVEMBER, 2, 0), (DECEMBER, 1, 3)])
def test_one_that_was_stopped_goes_on_with_the_windows_that_are_missing(
    hub: Hub, dated: DatedSource, instant: datetime, page: int, kept: int
) -> None:
    dated.meanwhile(on(instant, page, failing(Stopped(15))))
    with pytest.raises(Stopped):
        backfilled(hub)
    assert len(stored(hub.database)) == kept
    dated.in_peace()
    run = backfilled(hub)
    assert len(run.steps) == (3 if kept == 0 else 2)
    assert stored(hub.database) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("error", [Stopped(15), ZeroDivisionError()])
def test_a_window_that_is_cut_off_while_it_is_stored_leaves_nothing(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    pages = []

    def save(*progress: object) -> ingest.Counts:
        pages.append(progress)
        if len(pages) == 2:
            raise error
        return ingest.save(*progress)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(module, "save", save)
        with pytest.raises(type(error)):
            backfilled(hub)
    assert len(pages) == 2
    assert stored(hub.database) == []
    assert len(windows_of(plan(hub, "dated", FIRST, LAST))) == 3


def test_a_pull_runs_beside_it_and_neither_overtakes_the_other(
    hub: Hub, dated: DatedSource
) -> None:
    live: list[Run] = []
    dated.meanwhile(on(NOVEMBER, 2, lambda: live.append(pulled(hub))))
    run = backfilled(hub)
    (beside,) = live
    assert (run.result, beside.result) == ("complete", "complete")
    assert checkpoint(hub.database)["cursor"] == NOW
    assert checkpoint(hub.database)["version"] == 1
    assert stored(hub.database) == ["1", "2", "3", "4", "5", "6"]


def test_it_runs_beside_a_pull_that_has_begun_before(hub: Hub, dated: DatedSource) -> None:
    done: list[Run] = []

    def hook(window: Window, number: int) -> None:
        if window.since is None and number == 2:
            done.append(backfilled(hub))

    dated.meanwhile(hook)
    live = pulled(hub)
    (run,) = done
    assert (run.result, live.result) == ("complete", "complete")
    assert checkpoint(hub.database)["completed_at"] == NOW
    assert checkpoint(hub.database)["completed_rows"] == 6
    assert stored(hub.database) == ["1", "2", "3", "4", "5", "6"]


def test_nothing_is_gone_because_a_window_does_not_show_it(database: Database) -> None:
    dated = DatedSource(whole=True).knows(*[NOVEMBER] * 4, *[DECEMBER] * 20)
    hub = hub_of(database, dated=dated)
    pulled(hub)
    assert len(stored(database)) == 24
    # A read that was begun and showed nothing: every row was shown by an older one.
    dated.meanwhile(lambda *_: failing(Unavailable("no answer"))())
    assert pulled(hub).exit_code != 0
    dated.in_peace()
    before = checkpoint(database)
    run = backfilled(hub, date(2025, 12, 1), date(2025, 12, 31))
    assert len(stored(database)) == 24
    assert run.steps[0].counts["deleted"] == 0
    assert checkpoint(database) == before


def test_rows_of_a_backfill_are_not_gone_for_a_later_pull(database: Database) -> None:
    dated = DatedSource(whole=True).knows(*[NOVEMBER] * 4)
    hub = hub_of(database, dated=dated)

    def arrive() -> None:
        dated.knows(*[NOVEMBER] * 5)
        assert backfilled(hub).result == "complete"

    def hook(window: Window, number: int) -> None:
        if window.since is None and number == 2:
            dated.meanwhile(lambda *_: None)
            arrive()

    dated.meanwhile(hook)
    assert pulled(hub).result == "complete"
    assert stored(database) == ["1", "2", "3", "4", "5"]


def test_a_read_window_is_skipped_unless_requested_again(hub: Hub, dated: DatedSource) -> None:
    backfilled(hub)
    dated.in_peace()
    done = plan(hub, "dated", FIRST, LAST)
    assert (done.parts, done.done) == ([], 3)
    wider = plan(hub, "dated", date(2025, 10, 1), date(2026, 2, 10))
    assert windows_of(wider) == ["2025-10-01 to 2025-10-31", "2026-02-01 to 2026-02-10"]
    assert backfilled(hub, again=True).steps[0].counts["unchanged"] == 3
    assert len(dated.windows) == 3


def test_a_window_that_ends_today_ends_now_and_is_not_done_for_good(
    hub: Hub, dated: DatedSource
) -> None:
    today = NOW.astimezone(COPENHAGEN).date()
    backfilled(hub, date(2026, 3, 1), today)
    assert dated.windows == [(utc("2026-02-28T23:00"), NOW)]
    later = replace(hub, now=lambda: NOW + timedelta(hours=1))
    assert len(plan(hub, "dated", date(2026, 3, 1), today).parts) == 0
    assert len(plan(later, "dated", date(2026, 3, 1), today).parts) == 1


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (date(2026, 2, 1), date(2026, 1, 31), "--from 2026-02-01 is after --to 2026-01-31"),
        (date(2026, 3, 3), date(2026, 3, 4), "--from 2026-03-03 is in the future; today is 2026"),
        (date(2026, 3, 3), date(2026, 3, 4), "--to 2026-03-04 is in the future; today is 2026"),
        (date(2026, 3, 1), date(2026, 3, 3), "--to 2026-03-03 is in the future"),
        (date(1, 1, 1), date(2026, 1, 1), "--from 0001-01-01 is before 1970-01-01"),
        (date(2026, 3, 3), date.max, "--to 9999-12-31 is in the future"),
    ],
)
def test_impossible_dates_are_reported_before_the_first_request(
    hub: Hub, dated: DatedSource, first: date, last: date, sentence: str
) -> None:
    with pytest.raises(Misconfigured) as windows_of:
        plan(hub, "dated", first, last)
    assert sentence in str(windows_of.value)
    assert dated.windows == []


def test_dates_before_the_oldest_rows_are_reported_with_the_first_possible_one(
    database: Database,
) -> None:
    hub = hub_of(database, dated=DatedSource(keeps=timedelta(days=60)))
    with pytest.raises(
        Misconfigured, match="oldest orders that dated keeps; write --from 2026-01-02"
    ):
        plan(hub, "dated", date(2026, 1, 1), date(2026, 2, 1))
    assert len(plan(hub, "dated", date(2026, 1, 2), date(2026, 2, 1)).parts) == 2


def test_a_stream_that_every_pull_reads_whole_is_named_and_left_out(
    hub: Hub, database: Database
) -> None:
    assert plan(hub, "dated", FIRST, LAST).whole == ["people"]
    with pytest.raises(Misconfigured, match="people of dated cannot be read in part"):
        plan(hub, "dated", FIRST, LAST, ["people"])
    people = hub_of(database, dated=DatedSource(only_people=True))
    with pytest.raises(Misconfigured, match="run: segmenthub pull dated"):
        plan(people, "dated", FIRST, LAST)


def test_names_that_nobody_knows_come_with_the_nearest_ones(hub: Hub) -> None:
    with pytest.raises(Misconfigured, match="did you mean"):
        plan(hub, "datde", FIRST, LAST)
    with pytest.raises(Misconfigured, match="did you mean"):
        plan(hub, "dated", FIRST, LAST, ["order"])


def test_while_it_reads_it_tells_how_far_it_is(hub: Hub) -> None:
    progress = []
    work = plan(hub, "dated", FIRST, date(2025, 12, 31))
    with running(hub, "backfill") as run:
        backfill(
            run, work, lambda part, ended, rows: progress.append((part.span.first, ended, rows))
        )
    november, december = date(2025, 11, 1), date(2025, 12, 1)
    assert progress == [
        (november, 0, 0), (november, 0, 2), (november, 0, 3), (november, 1, 3),
        (december, 1, 0), (december, 1, 1), (december, 2, 1),
    ]  # fmt: skip
