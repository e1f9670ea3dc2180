"""The two example configs, byte for byte, through the commands that a person types."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.counting import Held
from tests.external import bike_shop
from tests.oracles.hubs import sha256

CDNOW = {
    "bought_12m": "s01_recency_12m",
    "bought_6m": "s01_recency_6m",
    "bought_30d": "s01_recency_30d",
    "lapsed": "s01_lapsed_6m",
    "regular": "s02_regular_5_in_12m",
    "loyal": "s02_loyal_3_in_6m",
    "top_of_month": "s02_top_2_in_30d",
    "big_20": "s05_big_20pct_over_aov_min1_orders",
    "vip_5": "s06_vip_clv_over_avg_5pct",
    "one_time_6m_window": "s08_exactly_one_order_in_6m",
}
"""Segment of the example -> key of the oracle."""
ADVENTUREWORKS = {
    "women": "s10_gender_F",
    "forties": "s12_age_40_49",
    "born_in_may": "s13_birthday_month_05",
    "territory_9": "s11_store_bought_in_territory_9",
}


def _copied(shared: Path, folder: Path, name: str) -> Path:
    examples = folder / "design" / "examples"
    examples.mkdir(parents=True)
    shutil.copy(shared / "design" / "examples" / f"{name}.toml", examples)
    (folder / "data").symlink_to(shared / "data")
    return examples


def _typed(folder: Path, name: str, *words: str) -> str:
    """Run a command; returns its output."""
    program = Path(sys.executable).with_name("segmenthub")
    done = subprocess.run(
        [program, "--config", f"{name}.toml", *words],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _answers(file: Path, *path: str) -> Mapping[str, Any]:
    answers = json.loads(file.read_text())
    for step in path:
        answers = answers[step]
    return dict(answers)


@pytest.mark.parametrize(
    ("name", "path", "connection", "keys", "days"),
    [
        (
            "cdnow",
            ("policies", "master_row_is_order", "as_of"),
            "cdnow",
            CDNOW,
            ("1998-06-30", "1997-12-31"),
        ),
        ("adventureworks", ("as_of",), "shop", ADVENTUREWORKS, ("2017-06-30", "2016-12-31")),
    ],
    ids=["cdnow", "adventureworks"],
)
def test_an_example_answers_as_it_is_typed(
    name: str,
    path: tuple[str, ...],
    connection: str,
    keys: Mapping[str, str],
    days: tuple[str, str],
    shared: Path,
    tmp_path: Path,
    held: Held,
) -> None:
    folder = _copied(shared, tmp_path, name)
    file = shared / "data" / name / "oracles.json"
    now, earlier = ({key: _answers(file, *path, day)["segments"][key] for key in keys.values()}
                    for day in days)  # fmt: skip
    assert _typed(folder, name, "pull") == ""
    assert _typed(folder, name, "evaluate", "--as-of", days[0]) == ""

    listed = json.loads(_typed(folder, name, "segments", "--json"))
    assert {each["as_of"] for each in listed} == {days[0]}
    assert all(
        set(each) == {"name", "title", "members", "reachable", "unknown", "as_of"}
        for each in listed
    )
    counted = {each["name"]: each["members"] for each in listed}
    assert {each: counted[each] for each in keys} == {
        each: now[key]["count"] for each, key in keys.items()
    }

    for segment in list(keys)[:2]:
        printed = _typed(folder, name, "members", segment, "--ids", connection)
        assert sha256(printed.splitlines()) == now[keys[segment]]["ids_sha256"]
        assert printed.endswith("\n")
    if name == "adventureworks":
        for segment, ids in bike_shop.members(shared / "data" / name).items():
            printed = _typed(folder, name, "members", segment, "--ids", connection)
            assert printed.splitlines() == ids
    last = list(keys)[-1]
    printed = _typed(
        folder, name, "members", last, "--ids", connection, "--as-of", days[1]
    )  # fmt: skip
    assert sha256(printed.splitlines()) == earlier[keys[last]]["ids_sha256"]
    assert json.loads(_typed(folder, name, "segments", "--json")) == listed
    held.oracle(len(keys) + 3)
