"""A broken package stops its own connection with a message, and nothing else."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.packages import Packages
from tests.sync.cli.commands import Answer, CommandLine
from tests.sync.cli.till import HUB

CONFIG = f"""{HUB}
[connections.acme]
kind = "acme"
folder = "acme"
push = {{ tags = {{ women = "Women", buyers = "Buyers" }} }}

[connections.box]
kind = "box"
folder = "box"
push = {{ tags = {{ women = "Women", buyers = "Buyers" }} }}

[segments.women]
recipe = "gender"
is = "female"

[segments.buyers]
recipe = "recent_buyers"
within = "24 months"
"""
TOOL = '''
from pathlib import Path
from typing import ClassVar

from core.contract import Cost, Destination, Outcome, Page, Source, Stream
from core.records import Contact, Order


class Connection(Source, Destination):
    """Reads two files of a folder, and writes a third."""

    kind: ClassVar[str] = "KIND"
    system: ClassVar[str] = "SYSTEM"
    requires: ClassVar[str] = "none"
    folder: Path

    def streams(self):
        return [Stream("people", ("Contact",)), STREAMS]

    def read(self, stream, window, state=None):
        rows = [line.split(",") for line in (self.folder / stream).read_text().splitlines()]
        if stream == "people":
            yield Page([Contact(id=id, email=email, gender=sex) for id, email, sex in rows])
        else:
            yield Page([Order(id=id, contact=who, placed_at=at, total="9") for id, who, at in rows])

    def gating_lists(self):
        return []

    def cost(self, changes):
        return Cost(len(changes), 0)

    def carriers(self, target):
        return []

    def push(self, changes):
        for each in changes:
            with (self.folder / "written").open("a") as file:
                file.write(f"{each.target.name} {each.key} {each.value}\\n")
            yield Outcome(each, "applied")
'''
SALES = 'Stream("sales", ("Order",))'
TILL = TOOL.replace("KIND", "acme").replace("SYSTEM", "till").replace("STREAMS", SALES)
LIST = TOOL.replace("KIND", "box").replace("SYSTEM", "webshop").replace(", STREAMS", "")

Break = Callable[[Packages], None]


def does_not_import(packages: Packages) -> None:
    packages.rewrite("acme-till", "import no_such_library")


def is_registered_twice(packages: Packages) -> None:
    packages.install("acme-copy", "acme", TILL)


def breaks_the_contract(packages: Packages) -> None:
    packages.rewrite("acme-till", TILL.replace("def carriers", "def carrying"))


BROKEN = [
    (does_not_import, "of the package acme-till 1.2 cannot be used: ModuleNotFoundError"),
    (is_registered_twice, "comes from acme-copy and acme-till; uninstall all but one"),
    (breaks_the_contract, "of the package acme-till 1.2 cannot be used: acme_till:Connection"),
]


@dataclass
class PluginHub:
    """A hub with a till and a list, whose connectors come from other packages."""

    folder: Path
    packages: Packages
    segmenthub: CommandLine

    def writes(self, place: str, *rows: str) -> None:
        """Write a file, as `acme/people`."""
        file = self.folder / place
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{row}\n" for row in rows), "utf-8")

    def written(self, place: str) -> list[str]:
        """Everything written there so far."""
        file = self.folder / place / "written"
        return sorted(file.read_text("utf-8").splitlines()) if file.exists() else []

    def members(self, segment: str, place: str) -> list[str]:
        """Members of a segment by their ids there."""
        return self.segmenthub("members", segment, "--ids", place).out.split()

    def run(self) -> tuple[Answer, dict[tuple[str, str], Any]]:
        """Pull, evaluate and push; returns the answer and the steps by name and connection."""
        answer = self.segmenthub("run")
        (latest,) = self.segmenthub("runs", "--last", "1", "--json").json()
        return answer, {(each["step"], each["connection"]): each for each in latest["steps"]}

    def rows(self, question: str) -> Sequence[Any]:
        """Content of the store."""
        with sqlite3.connect(self.folder / "segmenthub.db") as connection:
            return connection.execute(question).fetchall()


LEDGER = """
SELECT ledger.* FROM ledger JOIN ledger_target ON id = target_id
WHERE connection_id = (SELECT id FROM connection WHERE name = 'acme') ORDER BY target_id, key
"""
SETTINGS = "SELECT value FROM setting WHERE name = 'settings'"


@pytest.fixture
def hub(
    tmp_path: Path,
    packages: Packages,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> PluginHub:
    """Ann, a buyer, and Bo at the till; Ann on the list; nothing read yet."""
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, "utf-8")
    packages.install("acme-till", "acme", TILL)
    packages.install("box-list", "box", LIST)
    hub = PluginHub(tmp_path, packages, CommandLine(config, monkeypatch, capsys))
    bought = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    hub.writes("acme/people", "a1,ann@example.com,female", "a2,bo@example.com,male")
    hub.writes("acme/sales", f"s1,a1,{bought}")
    hub.writes("box/people", "b1,ann@example.com,female")
    return hub


@pytest.mark.parametrize(("breaks", "reason"), BROKEN)
def test_the_rest_is_read_and_written_and_what_was_known_goes_on_counting(
    hub: PluginHub, breaks: Break, reason: str
) -> None:
    assert hub.run()[0].code == 0
    given = ["Buyers a1 yes", "Women a1 yes"]
    assert hub.written("acme") == given
    ledger, settings = hub.rows(LEDGER), hub.rows(SETTINGS)
    breaks(hub.packages)
    hub.writes("acme/people", "a3,cy@example.com,female")
    hub.writes("box/people", "b1,ann@example.com,female", "b2,eva@example.com,female")
    answer, steps = hub.run()
    assert answer.code == 5
    assert f'acme: the connector "acme" {reason}' in answer.err
    assert f'push to acme: the connector "acme" {reason}' in answer.err
    assert {place: step["result"] for place, step in steps.items()} == {
        ("pull", "acme"): "failed", ("pull", "box"): "complete", ("evaluate", ""): "complete",
        ("push", "acme"): "failed", ("push", "box"): "complete",
    }  # fmt: skip
    for place in (("pull", "acme"), ("push", "acme")):
        assert reason in steps[place]["message"]
    # Nobody left, no full evaluation ran, and the till's sales still count.
    assert hub.members("women", "box") == ["b1", "b2"]
    assert hub.members("women", "acme") == hub.members("buyers", "acme") == ["a1"]
    assert steps["evaluate", ""]["message"] == ""
    assert steps["evaluate", ""]["counts"]["left"] == 0
    assert hub.rows(SETTINGS) == settings
    assert hub.written("box") == ["Buyers b1 yes", "Women b1 yes", "Women b2 yes"]
    assert hub.written("acme") == given
    assert hub.rows(LEDGER) == ledger


def test_when_it_is_repaired_it_goes_on_where_it_was(hub: PluginHub) -> None:
    hub.run()
    does_not_import(hub.packages)
    hub.writes(
        "acme/people", "a1,ann@example.com,female", "a2,bo@example.com,male",
        "a3,cy@example.com,female",
    )  # fmt: skip
    hub.run()
    hub.packages.rewrite("acme-till", TILL)
    answer, steps = hub.run()
    assert answer.code == 0
    assert steps["evaluate", ""]["message"] == ""
    assert hub.written("acme") == ["Buyers a1 yes", "Women a1 yes", "Women a3 yes"]
    assert "nothing; all is well" in hub.segmenthub("status").out


def test_targets_that_need_it_are_held_when_it_is_broken_for_long(hub: PluginHub) -> None:
    hub.run()
    does_not_import(hub.packages)
    with sqlite3.connect(hub.folder / "segmenthub.db") as connection:
        connection.execute("UPDATE checkpoint SET completed_at = 0 WHERE stream = 'sales'")
        # Without fresh sales every purchase seems long ago.
        connection.execute(
            "UPDATE membership SET left_day = 1, left_reason = 'time' WHERE segment_id IN "
            "(SELECT id FROM segment WHERE name = 'buyers')"
        )
    held = hub.segmenthub("push", "box")
    assert held.code == 6
    assert "tag Buyers: sales of acme was last read to its end at 1970-01-01" in held.err
    assert hub.written("box") == ["Buyers b1 yes", "Women b1 yes"]


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("pull", "acme"),
        ("push", "acme"),
        ("backfill", "acme", "--from", "2026-01-01", "--to", "2026-01-31"),
        ("connectors", "record", "acme"),
    ],
)
def test_a_command_about_it_names_the_package(hub: PluginHub, words: Sequence[str]) -> None:
    hub.run()
    does_not_import(hub.packages)
    answer = hub.segmenthub(*words)
    assert answer.code == 2
    assert "package acme-till 1.2 cannot be used: ModuleNotFoundError" in answer.err
    assert "reinstall the package, or report it to its author" in answer.err
    if words == ("check",):
        assert "1 mistake in " in answer.err
        assert "connections.acme: the connector" in answer.err


def test_commands_that_only_tell_go_on_telling(hub: PluginHub) -> None:
    hub.run()
    does_not_import(hub.packages)
    hub.run()
    reason = "cannot be used: ModuleNotFoundError: No module named 'no_such_library'"
    shown = " ".join(hub.segmenthub("status").out.split())
    assert f'acme: the connector "acme" of the package acme-till 1.2 {reason}' in shown
    assert "never been read" not in shown
    assert "not in the config" not in shown
    streams = hub.segmenthub("status", "--json").json()
    of_acme = [each for each in streams if each["connection"] == "acme"]
    assert [each["stream"] for each in of_acme] == ["people", "sales"]
    assert {each["last_run"]["result"] for each in of_acme} == {"failed"}
    assert all(each["configured"] and each["checkpoint"]["completed_at"] for each in of_acme)
    assert reason in " ".join(hub.segmenthub("runs").out.split())
    plan = {each["connection"]: each for each in hub.segmenthub("plan", "--json").json()}
    assert (plan["acme"]["enter"], plan["acme"]["leave"], plan["acme"]["requests"]) == (0, 0, 0)
    assert all(reason in hold["reason"] for hold in plan["acme"]["held"])
    assert plan["box"]["held"] == []
    sizes = {each["name"]: each for each in hub.segmenthub("segments", "--json").json()}
    assert (sizes["women"]["members"], sizes["women"]["reachable"]) == (1, 1)


def test_a_package_broken_from_the_first_day_lets_the_rest_begin(hub: PluginHub) -> None:
    does_not_import(hub.packages)
    answer, steps = hub.run()
    assert answer.code == 5
    assert steps["pull", "acme"]["result"] == steps["push", "acme"]["result"] == "failed"
    assert hub.members("women", "box") == ["b1"]
    assert hub.written("box") == ["Women b1 yes"]
    assert "never been read" not in hub.segmenthub("status").out
    hub.packages.rewrite("acme-till", TILL)
    assert hub.run()[0].code == 0
    assert hub.written("acme") == ["Buyers a1 yes", "Women a1 yes"]


def test_a_package_that_is_not_there_at_all_is_a_mistake_of_the_config(hub: PluginHub) -> None:
    hub.run()
    hub.packages.remove("acme-till")
    answer = hub.segmenthub("run")
    assert answer.code == 2
    assert 'connections.acme.kind: there is no connector "acme"' in answer.err
