"""Hubs that share a store and are killed again and again do each slot once between them."""

import os
import re
import subprocess
import time
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from core.store import history
from core.store.database import Database
from core.store.history import RunRow
from tests.budget import at_night
from tests.sync.cli.commands import PROGRAM, ROOT

TILLS = at_night(200, 12)
"""Each has a slot a minute."""
MINUTES = at_night(12, 1)
"""2,400 slots at night."""
KILLS = at_night(100, 4)
HUBS = 3
HUB = """\
[hub]
database = "{url}"
timezone = "Europe/Copenhagen"
currency = "DKK"
"""
TILL = """
[connections.till_{number}]
kind = "csv"
folder = "till"
pull = {{ every = "1 minute" }}

[connections.till_{number}.contacts]
files = ["people.csv"]
id = "id"
email = "email"
"""
SLOT = re.compile(r"the slot of (\S+ \S+)")


@pytest.mark.thorough
def test_each_slot_is_done_once_whoever_dies(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "people.csv").write_text("id,email\n1,ann@example.com\n", "utf-8")
    config = tmp_path / "config.toml"
    stanzas = [TILL.format(number=number) for number in range(TILLS)]
    config.write_text(HUB.format(url=sqlite_url) + "".join(stanzas), "utf-8")

    kills = disturbed(config)

    with closing(Database(sqlite_url)) as database, database.read() as transaction:
        runs = history.runs(transaction, 100_000)
    done: dict[tuple[str, str], list[RunRow]] = defaultdict(list)
    for run in runs:
        slot = SLOT.search(run.message)
        if run.command == "pull" and slot is not None:
            (connection,) = {step.connection for step in run.steps} or {""}
            done[connection, slot[1]].append(run)
    results = Counter(run.result for each in done.values() for run in each)
    assert kills == KILLS
    assert results.keys() <= {"complete", "stopped", "running"}
    assert results["complete"] >= TILLS * max(1, MINUTES - 1)
    twice = {
        slot: [run.result for run in each]
        for slot, each in done.items()
        if slot[0] and sum(run.result == "complete" for run in each) > 1
    }
    assert twice == {}


def disturbed(config: Path) -> int:
    """Let hubs serve for some minutes while one after another is killed and begun anew."""
    chance = Random(1)
    end = time.monotonic() + 60 * MINUTES
    hubs = [start_serving(config) for _ in range(HUBS)]
    kills = 0
    try:
        while time.monotonic() < end and kills < KILLS:
            time.sleep(60 * MINUTES / (KILLS + 1) * chance.uniform(0.5, 1.2))
            number = chance.randrange(HUBS)
            assert hubs[number].poll() is None, "a hub ended by itself"
            hubs[number].kill()
            hubs[number].wait()
            hubs[number] = start_serving(config)
            kills += 1
        time.sleep(max(0.0, end - time.monotonic()))
    finally:
        for hub in hubs:
            hub.kill()
            hub.wait()
    return kills


def start_serving(config: Path) -> "subprocess.Popen[bytes]":
    """A serving hub; nobody reads its words, which would fill a pipe."""
    return subprocess.Popen(
        [*PROGRAM, "--config", str(config), "serve"],
        cwd=config.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
