"""Two programs that serve one store at once do each slot once between them."""

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from core.store import history
from core.store.database import Database, Transaction
from core.store.slots import slots
from sync.hub import open_hub
from tests.sync.cli.commands import finish, start

LONG = 120.0
"""Seconds after which something that was waited for will never happen."""
TILLS = [f"till_{number}" for number in range(6)]
"""More than one hub reads at once."""
PULLS = [f"pull {till}" for till in TILLS]
HUB = """\
[hub]
database = "{url}"
timezone = "Europe/Copenhagen"
currency = "DKK"

[segments.women]
recipe = "gender"
is = "female"
"""
TILL = """
[connections.{till}]
kind = "csv"
folder = "{till}"

[connections.{till}.contacts]
files = ["people.csv"]
id = "id"
email = "email"
gender = "sex"
"""


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    """Several tills with a customer each, all of them due at once."""
    for till in TILLS:
        folder = tmp_path / till
        folder.mkdir()
        rows = f"id,email,sex\n1,{till}@example.com,female\n"
        (folder / "people.csv").write_text(rows, "utf-8")
    file = tmp_path / "config.toml"
    tills = "".join(TILL.format(till=till) for till in TILLS)
    file.write_text(HUB.format(url=database_url) + tills, "utf-8")
    # The first command on a store writes its key; the hubs of this test find it in use.
    with open_hub(file):
        return file


@contextmanager
def serving(config: Path) -> Iterator["subprocess.Popen[str]"]:
    """A serving hub in a process of its own, which ends with the block."""
    with start(config, "serve") as process:
        try:
            assert process.stderr is not None
            heard = ""
            while not heard.startswith("evaluate: "):
                heard = process.stderr.readline()
                assert heard, "it ended before it served"
            yield process
        finally:
            process.kill()


@contextmanager
def nobody_claims(database: Database) -> Iterator[None]:
    """Until the block ends whoever would claim a slot waits."""
    with database.transaction() as transaction:
        # A transaction of SQLite that may write is alone anyway.
        if transaction.dialect.name == "postgresql":
            transaction.execute(text("LOCK TABLE slot IN SHARE ROW EXCLUSIVE MODE"))
        yield


def until(database: Database, is_so: Callable[[Transaction], bool]) -> None:
    """Wait for something that the hubs do to the store."""
    end = time.monotonic() + LONG
    while True:
        with database.read() as transaction:
            if is_so(transaction):
                return
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def all_is_done(transaction: Transaction) -> bool:
    """Whether every till was read, and the evaluation ended after that."""
    ended = {row.job: row.finished_at for row in slots(transaction) if row.finished_at is not None}
    if not {*PULLS, "evaluate"} <= ended.keys():
        return False
    return ended["evaluate"] > max(ended[pull] for pull in PULLS)


def test_two_hubs_on_one_store_run_each_slot_once(config: Path, database_url: str) -> None:
    database = Database(database_url)
    with ExitStack() as ending:
        ending.callback(database.close)
        with nobody_claims(database):
            hubs = [ending.enter_context(serving(config)) for _ in range(2)]
        until(database, all_is_done)
        for hub in hubs:
            hub.send_signal(signal.SIGTERM)
        # Stopped by the system, both of them: neither was cut off, and neither failed before.
        assert [finish(hub).code for hub in hubs] == [143, 143]
        with database.read() as transaction:
            runs = history.runs(transaction, 1_000)
            done = {row.job: row for row in slots(transaction)}
    # Where midnight has just struck, slots of the new day may have been under way.
    assert {run.result for run in runs} <= {"complete", "stopped"}
    whole = [run for run in runs if run.result == "complete"]
    # A run says which slot of which connection it did.
    ran = Counter(
        (run.command, *{step.connection for step in run.steps}, run.message) for run in whole
    )
    assert set(ran.values()) == {1}
    assert {pull[1] for pull in ran if pull[0] == "pull"} == set(TILLS)
    # Nobody claimed a slot who did not run it.
    assert sum(done[pull].token for pull in PULLS) == sum(run.command == "pull" for run in runs)
    evaluations = [run.steps[0] for run in whole if run.command == "evaluate"]
    assert sum(step.counts["entered"] for step in evaluations) == len(TILLS)
