"""The same purchases are worth the same to the hub, whatever platform they were made on."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from connectors.kit import Page, RestSource
from connectors.kit.testing import Description
from core.hub_key import HubKey
from core.plugins import installed
from core.store.database import Database
from tests import descriptions
from tests.connectors.same_purchases import loyverse, zettle
from tests.connectors.same_purchases.purchases import PURCHASES, Answer, records
from tests.connectors.same_purchases.reading import (
    EVER,
    Platform,
    ServedPlatform,
    answers,
    platforms,
    read,
    store,
    store_rates,
)

PLATFORMS = platforms()
TILLS = {"loyverse": loyverse.ANONYMOUS, "zettle": zettle.ANONYMOUS}
AnswersOf = Callable[[str, bool], Mapping[str, Answer]]


@pytest.fixture(scope="module")
def empty_database(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Database]:
    """Make empty stores."""

    def make() -> Database:
        file = tmp_path_factory.mktemp("purchases") / "segmenthub.db"
        shutil.copy(migrated_sqlite, file)
        return Database(f"sqlite:///{file}").with_key(HubKey(bytes(32)))

    return make


@pytest.fixture(scope="module")
def answers_of(
    empty_database: Callable[[], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnswersOf]:
    """Read a platform into a store of its own, once in either direction."""

    @cache
    def read_into_store(kind: str, backwards: bool) -> Mapping[str, Answer]:
        database = empty_database()
        if not backwards:
            store_rates(database)
        with PLATFORMS[kind].connect(tmp_path_factory.mktemp(kind)) as source:
            read(database, source, backwards=backwards)
        if backwards:
            store_rates(database)
        found = answers(database)
        database.close()
        return found

    yield read_into_store
    read_into_store.cache_clear()


def gaps(platform: Platform) -> list[str]:
    """Purchases without payloads and without a reason, with both, or not among the canonical."""
    missing = [
        name
        for name in PURCHASES
        if name not in platform.orders and not platform.cannot.get(name, "").strip()
    ]
    both = platform.orders.keys() & platform.cannot.keys()
    strange = (platform.orders.keys() | platform.cannot.keys()) - PURCHASES.keys()
    return sorted({*missing, *both, *strange})


def test_the_records_themselves_have_these_answers(
    empty_database: Callable[[], Database],
) -> None:
    database = empty_database()
    store_rates(database)
    store(database, "records", "everything", [Page(records())])
    found = answers(database)
    database.close()
    assert found == {name: each.answer for name, each in PURCHASES.items()}


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, platform in PLATFORMS.items() for name in platform.orders],
)
def test_a_purchase_is_worth_the_same_on_every_platform(
    answers_of: AnswersOf, kind: str, name: str, backwards: bool
) -> None:
    found = answers_of(kind, backwards)
    assert found[PLATFORMS[kind].orders[name]] == PURCHASES[name].answer, PURCHASES[name].bought


@pytest.mark.parametrize("kind", PLATFORMS)
def test_a_platform_has_these_purchases_and_no_other(answers_of: AnswersOf, kind: str) -> None:
    assert answers_of(kind, False).keys() == set(PLATFORMS[kind].orders.values())


@pytest.mark.parametrize("kind", PLATFORMS)
def test_a_platform_has_every_purchase_or_a_reason_why_it_cannot(kind: str) -> None:
    assert gaps(PLATFORMS[kind]) == []


def test_every_connector_that_delivers_orders_has_the_purchases() -> None:
    sources = [each.connector for each in installed() if each.package == "segmenthub"]
    selling = {
        source.kind
        for source in sources
        if source is not None and issubclass(source, RestSource)
        if any("Order" in stream.nouns for stream in source.model_construct().streams())
    }
    assert selling - PLATFORMS.keys() == set()
    assert selling


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_empty_reason_is_no_reason(reason: str) -> None:
    class Silent(Platform):
        connect = PLATFORMS["csv"].connect

    orders = dict.fromkeys(PURCHASES.keys() - {"guest"}, "1")
    assert gaps(Silent(orders, {"guest": "It asks for an account."})) == []
    assert gaps(Silent(orders, {"guest": reason})) == ["guest"]


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind, platform in PLATFORMS.items()
        if isinstance(platform, ServedPlatform) and kind in descriptions.FILES
    ],
)
def test_the_payloads_are_as_the_vendor_describes_them(
    kind: str, description_of: Callable[[str], Description]
) -> None:
    platform = PLATFORMS[kind]
    assert isinstance(platform, ServedPlatform)
    description = description_of(kind)
    with platform.server() as api:
        for stream in platform.source.streams():
            list(platform.source.read(stream.name, EVER))
    assert api.requests
    for request, response in zip(api.requests, api.responses, strict=True):
        description.check(request, response)


@pytest.mark.parametrize("kind", TILLS)
def test_a_purchase_at_a_till_is_worth_the_same_without_its_buyer(
    kind: str,
    empty_database: Callable[[], Database],
    description_of: Callable[[str], Description],
) -> None:
    database = empty_database()
    with TILLS[kind].server() as api:
        read(database, TILLS[kind].source)
    found = answers(database)
    database.close()
    assert found == {
        # Prices have their tax in them.
        id_: replace(PURCHASES[name].answer, person=None, channel="pos", tax=0)
        for name, id_ in TILLS[kind].orders.items()
    }
    assert api.requests
    for request, response in zip(api.requests, api.responses, strict=True):
        description_of(kind).check(request, response)
