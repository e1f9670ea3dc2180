"""One seeded world, read from its systems and from files: the same people in every segment."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from core.segments.recipes import catalogue
from core.store.bulk import table_of
from core.store.connections import connection_names
from core.store.keys import email_key
from core.store.tables import CONTACTS
from core.store.tables.people import Profile
from sandbox import Sandbox
from sync.evaluation import member_ids
from sync.hub import Hub
from tests.counting import Held
from tests.oracles.hubs import config, evaluated, pulled
from tests.oracles.nordic.files import write
from tests.oracles.nordic.people import Names, known, names
from tests.sandbox_config import places, write_secrets

MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
PEOPLE = 240
CONFIGS = Path(__file__).parent / "nordic"
REQUIRED: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "brand_fans": ({"brand": "Nordvind"}, {"brand": "Lille Bjørn", "items": 2}),
    "category_customers": ({"category": "Friluft"}, {"category": "Bolig"}),
    "interested_in": ({"topic": "Friluftsliv"}, {"topic": "Indretning"}),
    "store_customers": ({"store": "Aarhus"}, {"store": "Malmö"}),
}
"""Parameters that every variation of a recipe needs."""
OPTIONS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("recent_buyers", {"within": "6 months", "channel": "pos"}),
    ("recent_buyers", {"within": "12 months", "channel": "web"}),
    ("frequent_buyers", {"orders": 3, "within": "12 months", "count_by": "days"}),
    ("category_customers", {"category": "Tekstiler", "orders": 4, "within": "12 months",
                            "count_by": "units"}),
    ("category_customers", {"category": "Bolig", "orders": 2, "count_by": "lines"}),
    ("big_spenders", {"over": "20%", "orders": 2, "baseline": "median"}),
    ("big_spenders", {"over": "40%", "within": "ever"}),
    ("vip", {"at_least": 5000}),
    ("vip", {"top": "10%"}),
    ("deal_hunters", {}),
    ("deal_hunters", {"items": 3, "within": "12 months", "share": "50%"}),
    ("deal_hunters", {"items": 4, "count_by": "lines"}),
    ("deal_hunters", {"items": 2, "markdown": {"at_least": "25%"}}),
    ("one_time_buyers", {"within": "6 months", "scope": "window"}),
    ("brand_fans", {"brand": "fjordlys", "items": 2, "share": "30%"}),
    ("gender", {"is": "male", "or_bought_category": "Friluft"}),
    ("store_customers", {"store": "Aarhus", "by": "chosen"}),
    ("store_customers", {"store": "Oslo", "orders": 2, "within": "24 months", "channel": "pos"}),
    ("birthday", {}),
    ("birthday", {"within_next": "14 days"}),
    ("parents", {}),
    ("parents", {"gender": "female", "age": [5, 11]}),
    ("parents", {"birthday_within_next": "14 days"}),
    ("new_members", {"within": "6 months", "list": "Kundeklub"}),
    ("old_members", {"before": "6 months", "list": "Nyhedsbrev"}),
    ("inactive", {"no_open_for": "70 days", "spare_recent_buyers": "90 days"}),
    ("active_clickers", {"level": "low", "literal": True}),
    ("opened_recently", {"of_last": 3, "at_least": 1}),
)  # fmt: skip
"""Variations beyond those of the recipes' catalogue."""


def _questions() -> dict[str, dict[str, Any]]:
    paper = [
        {"recipe": name, **required, **variation.parameters}
        for name, recipe in catalogue().items()
        if recipe.number is not None
        for variation in recipe.variations
        for required in REQUIRED.get(name, ({},))
    ]
    every = [*paper, *({"recipe": name, **given} for name, given in OPTIONS)]
    return {f"{each['recipe']}_{place}": each for place, each in enumerate(every)}


QUESTIONS = _questions()

Answer = frozenset[str]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A world of a webshop, a till and two lists."""
    with Sandbox(MORNING, people=PEOPLE, tills_apart=True) as sandbox:
        yield sandbox
        assert sandbox.violations == []


def answered(file: Path, sandbox: Sandbox, whose: Names) -> tuple[Mapping[str, Answer], int]:
    """Members of every segment by email, and the number of people."""
    with pulled(file, sandbox.clock.now) as hub:
        evaluated(hub, MORNING.date())
        everybody = {**whose, **guests(hub)}
        found = {name: members(hub, name, everybody) for name in QUESTIONS}
        with hub.database.read() as transaction:
            people = transaction.scalar(select(func.count()).select_from(table_of(Profile))) or 0
    return found, people


def guests(hub: Hub) -> Names:
    """Ids of the hub's own, for people whom only their orders know."""
    with hub.database.read() as transaction:
        names = connection_names(transaction)
        rows = transaction.execute(select(CONTACTS).where(CONTACTS.c.guest)).mappings().all()
    return {
        (names[row["connection_id"]], row["external_id"]): email_key(
            orjson.loads(row["stated"])["email"]
        )
        for row in rows
    }


def members(hub: Hub, segment: str, whose: Names) -> Answer:
    """Addresses of a segment's members, under whatever ids they are known."""
    return frozenset(
        whose[connection, id_]
        for connection in hub.config.connections
        for id_ in member_ids(hub, segment, connection)
    )


def told_by_services(sandbox: Sandbox, folder: Path) -> Path:
    """A config that reads the world's systems."""
    write_secrets(folder)
    return config(
        folder, CONFIGS / "services.toml", f"sqlite:///{folder}/services.db", folder / "data",
        QUESTIONS, **places(sandbox),
    )  # fmt: skip


def test_all_twenty_are_compared_in_several_variations() -> None:
    numbers = [catalogue()[each["recipe"]].number for each in QUESTIONS.values()]
    assert set(numbers) == set(range(1, 21))
    assert min(numbers.count(number) for number in set(numbers)) > 1


@pytest.mark.thorough
def test_services_and_files_give_the_same_people(
    sandbox: Sandbox, tmp_path: Path, held: Held
) -> None:
    world, whose = sandbox.world, names(sandbox.world)
    write(world, tmp_path / "data")
    services = told_by_services(sandbox, tmp_path)
    files = config(
        tmp_path, CONFIGS / "files.toml", f"sqlite:///{tmp_path}/files.db", tmp_path / "data",
        QUESTIONS,
    )  # fmt: skip

    by_services, joined = answered(services, sandbox, whose)
    by_files, people = answered(files, sandbox, whose)

    # Of each person the services know up to six contacts; all of them became one.
    assert joined == people == len(known(world))
    unlike = {
        str(QUESTIONS[name]): sorted(due ^ by_services[name])
        for name, due in by_files.items()
        if due != by_services[name]
    }
    assert unlike == {}
    held.oracle(len(by_files))

    # A question that nobody or everybody answers asks nothing.
    assert [name for name, due in by_files.items() if not 0 < len(due) < people] == []
