"""Real data sets, with answers computed elsewhere by SQL and by plain loops."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sync.evaluation import member_ids, sizes
from sync.hub import Hub
from tests.counting import Held
from tests.external.questions import segment_of
from tests.oracles.hubs import config, evaluated, pulled, sha256

CONFIGS = Path(__file__).parent / "worlds"

Answers = Mapping[date, Mapping[str, Mapping[str, Any]]]
"""Date -> key -> count and sha256 of the sorted ids."""


@dataclass(frozen=True)
class World:
    """A config in `worlds/` and the answers that hold for it."""

    name: str
    folder: str
    policy: str = ""
    """Which of the file's policies; empty where it has but one."""
    answers: Callable[[str], bool] = lambda _: True
    """Whether this world answers a key."""
    as_well: tuple[str, ...] = ("s01_lapsed_6m", "s05_big_40pct_over_aov_min2_orders")
    """Keys that are also computed for a date without storing."""

    def __str__(self) -> str:
        """As a test's name shows it."""
        return self.name

    def file(self, shared: Path) -> Path:
        """The file with the answers."""
        return shared / "data" / self.folder / "oracles.json"

    def known(self, shared: Path) -> Answers:
        """All answers of this world, the earliest date first."""
        stored = json.loads(self.file(shared).read_text())
        if self.policy:
            stored = stored["policies"][self.policy]
        dated = stored["as_of"]
        if isinstance(dated, str):
            dated = {dated: stored}
        return {
            date.fromisoformat(day): {
                key: answer for key, answer in dated[day]["segments"].items() if self.answers(key)
            }
            for day in sorted(dated)
        }


def _of_a_maker(key: str) -> bool:
    return key.startswith("s09_manufacturer_")


WORLDS = (
    World("cdnow_rows", "cdnow", "master_row_is_order"),
    World("cdnow_days", "cdnow", "master_day_is_order"),
    World("cdnow_sample", "cdnow", "sample_row_is_order"),
    World("adventureworks", "adventureworks"),
    World("grocer", "completejourney", answers=lambda key: not _of_a_maker(key)),
    World(
        "grocer_makers",
        "completejourney",
        answers=_of_a_maker,
        as_well=("s09_manufacturer_1208_lines_ge_5",),
    ),
    World("newsletter", "payloads/mailchimp", as_well=("click_in_183d",)),
)
NO_SEGMENTS = {"hillstrom"}
"""Data sets whose answers are sums of an experiment and name no persons."""


def _name(key: str) -> str:
    # A segment's name has no plus sign.
    return key.replace("+", "_or_more")


def _wrong(hub: Hub, day: date, answers: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    counted = {each.name: each.members for each in sizes(hub)}
    for key, answer in answers.items():
        ids = member_ids(hub, _name(key), "shop")
        # Without identifiers that join them every contact is a profile of its own.
        assert counted[_name(key)] == len(ids), key
        if (len(ids), sha256(ids)) != (answer["count"], answer["ids_sha256"]):
            yield f"{day} {key}: {len(ids)} members where {answer['count']} are known"


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_every_key_is_answered_at_every_date(
    world: World, database_url: str, shared: Path, tmp_path: Path, held: Held
) -> None:
    known = world.known(shared)
    keys = sorted({key for answers in known.values() for key in answers})
    segments = {_name(key): segment_of(key) for key in keys}
    file = config(tmp_path, CONFIGS / f"{world.name}.toml", database_url, shared / "data", segments)
    with pulled(file) as hub:
        for day, answers in known.items():
            evaluated(hub, day)
            assert not list(_wrong(hub, day, answers))
            held.oracle(len(answers))
        first = min(known)
        before = _stored(hub)
        for key in world.as_well:
            answer = known[first][key]
            ids = member_ids(hub, _name(key), "shop", as_of=first)
            assert (len(ids), sha256(ids)) == (answer["count"], answer["ids_sha256"]), key
        assert _stored(hub) == before


def _stored(hub: Hub) -> Mapping[str, int]:
    with hub.database.read() as transaction:
        tables = sa.inspect(transaction).get_table_names()
        return {
            table: transaction.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in tables
        }


def test_every_key_of_every_file_belongs_to_exactly_one_world(shared: Path) -> None:
    files = set((shared / "data").rglob("oracles.json"))
    files -= {shared / "data" / name / "oracles.json" for name in NO_SEGMENTS}
    assert {world.file(shared) for world in WORLDS} == files
    for file in files:
        answered = [
            (world.policy, day, key)
            for world in WORLDS
            if world.file(shared) == file
            for day, answers in world.known(shared).items()
            for key in answers
        ]
        # Each answer has a fingerprint of 64 digits.
        written = re.findall(r'"ids_sha256": "[0-9a-f]{64}"', file.read_text())
        assert len(answered) == len(set(answered)) == len(written)


def test_a_key_that_nobody_answers_is_an_error() -> None:
    with pytest.raises(LookupError, match="s21_wealth"):
        segment_of("s21_wealth")
