"""Hostile connectors fail the suites, each exactly the test that is meant for it."""

import copy
import inspect
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import respx

from connectors.kit.testing import (
    Description,
    DestinationContract,
    FakeClock,
    SourceContract,
    because,
)
from tests.connectors.kit import hostile_destinations, hostile_sources
from tests.connectors.kit.good import (
    SAMPLES,
    Billboard,
    Booth,
    Choir,
    Drawers,
    Fair,
    FairWithTokens,
    Kind,
    RehearsalRoom,
    Studio,
)
from tests.connectors.kit.test_contract import TestBillboard, TestChoir, TestKind, TestStudio

Suite = type[SourceContract] | type[DestinationContract]


class OfFair(SourceContract):
    """The suite of the good source; the samples come from the table."""

    connector = Fair
    settings: ClassVar[dict[str, Any]] = {}


class OfFairWithTokens(OfFair):
    connector = FairWithTokens


class OfKind(DestinationContract):
    """The suite of the good destination."""

    connector = Kind
    settings: ClassVar[dict[str, Any]] = {}
    fake = Drawers
    writes = TestKind.writes


class OfChoir(DestinationContract):
    """The suite of the good destination by declaration."""

    connector = Choir
    settings: ClassVar[dict[str, Any]] = {}
    fake = RehearsalRoom
    writes = TestChoir.writes


class OfStudio(DestinationContract):
    """The suite of the good destination that takes jobs."""

    connector = Studio
    settings: ClassVar[dict[str, Any]] = {}
    fake = Booth
    writes = TestStudio.writes


class OfBillboard(DestinationContract):
    """The suite of the good destination that knows people by identifiers."""

    connector = Billboard
    settings: ClassVar[dict[str, Any]] = {}
    writes = TestBillboard.writes


class SetsAside(OfFair):
    """Has no time for a test."""

    def test_a_short_outage_heals(self) -> None:  # type: ignore[override]
        pass


class Deletes(OfKind):
    """Does not like a test."""

    test_nobody_is_ever_created = None  # type: ignore[assignment]


class GivesAReason(OfFair):
    """Has a reason, and says it."""

    @because("The vendor has been up since 1998.")
    def test_a_short_outage_heals(self) -> None:  # type: ignore[override]
        pass


class DeletesForAReason(OfKind):
    @because("Whoever is not there is created by the vendor itself, without a word of ours.")
    def test_nobody_is_ever_created(self) -> None:  # type: ignore[override]
        pass


GUARD = "test_no_standard_test_is_set_aside_without_a_reason"
DESCRIPTION = {
    "openapi": "3.0.0",
    "servers": [{"url": "https://fair.test"}],
    "paths": {
        "/people": {
            "get": {
                "parameters": [
                    {"name": name, "in": "query", "schema": {"type": "string"}}
                    for name in ("since", "page", "per_page")
                ],
                "responses": {"200": {"description": "People."}},
            }
        },
        "/v1/people/{person}/{target}": {
            method: {
                "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"value": {"type": "string"}}}}}},
                "responses": {"default": {"description": "Done, or not."}},
            }
            for method in ("put", "delete")
        },
        "/v1/targets/{target}": {
            "get": {
                "parameters": [{"name": "target", "in": "path", "required": True}],
                "responses": {"200": {"description": "Who has something."}},
            }
        },
    },
}  # fmt: skip
"""The vendor's description of both."""


def suites() -> Iterator[tuple[Suite, str]]:
    """Every hostile suite, and the one test that it must fail."""
    yield SetsAside, GUARD
    yield Deletes, GUARD
    for source, test in hostile_sources.TABLE:
        yield type(source.__name__, (OfFair,), {"connector": source}), test
    for destination, test in hostile_destinations.TABLE:
        of = next(
            each
            for each in (OfBillboard, OfChoir, OfStudio, OfKind)
            if issubclass(destination, each.connector)
        )
        yield type(destination.__name__, (of,), {"connector": destination}), test


HOSTILE = list(suites())


def standard(suite: Suite) -> list[str]:
    """Names of the tests that a suite has from its contract."""
    contract = SourceContract if issubclass(suite, SourceContract) else DestinationContract
    return [name for name in dir(contract) if name.startswith("test_")]


def cases(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """Every set of parameters that a test is run with."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    tables = [[{mark.args[0]: value} for value in mark.args[1]] for mark in marks]
    for chosen in itertools.product(*tables):
        yield {name: value for each in chosen for name, value in each.items()}


@pytest.fixture
def description(tmp_path: Path) -> Description:
    file = tmp_path / "description.json"
    file.write_text(json.dumps(DESCRIPTION))
    return Description.load(file)


Failures = Callable[[Suite, Description | None], set[str]]


@pytest.fixture
def failures(request: pytest.FixtureRequest) -> Failures:
    """Runs a suite as pytest would, and tells the names of the tests that it fails."""

    def run(suite: Suite, description: Description | None) -> set[str]:
        with respx.mock(assert_all_called=False) as router:
            network = router.route()
            return {
                name
                for name in standard(suite)
                if _fails(suite, name, Given(request, description, network))
            }

    return run


@dataclass(frozen=True)
class Given:
    """Fixtures that a test of a suite may ask for."""

    request: pytest.FixtureRequest
    description: Description | None
    network: respx.Route


def _fails(suite: Suite, name: str, given: Given) -> bool:
    test = getattr(suite, name)
    if not callable(test):
        return False
    return any(_fails_with(suite, test, case, given) for case in cases(test))


def _fails_with(
    suite: Suite, test: Callable[..., None], case: dict[str, Any], given: Given
) -> bool:
    wanted = set(inspect.signature(test).parameters)
    with pytest.MonkeyPatch.context() as monkeypatch:
        known = {
            "self": suite(),
            "description": given.description,
            "monkeypatch": monkeypatch,
            **case,
            **_furnished(suite, given.network),
        }
        asked = {each: given.request.getfixturevalue(each) for each in wanted - known.keys()}
        if "caplog" in asked:
            asked["caplog"].clear()
        try:
            test(**asked, **{each: known[each] for each in wanted & known.keys()})
        except pytest.skip.Exception:
            return False
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - hostile ones raise anything
            return True
    return False


def _furnished(suite: Suite, network: respx.Route) -> dict[str, Any]:
    """Values of the suite's own fixtures."""
    connection: Any = suite.connector(**suite.settings)
    connection._clock = clock = FakeClock()
    api: Any
    if issubclass(suite, SourceContract):
        raws = copy.deepcopy(getattr(suite.connector, "raws", SAMPLES))
        api = suite.fake(connection, raws, clock)
        made = {"source": connection, "raws": raws}
    else:
        api = suite.fake(connection, clock)
        api.offer(dict.fromkeys(target for target, _ in suite.writes))
        made = {"destination": connection}
    network.mock(side_effect=api)
    return {**made, "api": api}


class OfCounted(OfFair):
    connector = hostile_sources.Counted


class OfGrouped(OfFair):
    connector = hostile_sources.Grouped


GOOD = [
    OfFair,
    OfFairWithTokens,
    OfCounted,
    OfGrouped,
    OfKind,
    OfChoir,
    OfBillboard,
    OfStudio,
    GivesAReason,
    DeletesForAReason,
]


@pytest.mark.parametrize("suite", GOOD)
def test_a_good_connector_passes_and_so_does_a_reason(
    suite: Suite, failures: Failures, description: Description
) -> None:
    described = suite.connector in (Fair, Kind)
    assert failures(suite, description if described else None) == set()


@pytest.mark.parametrize(("suite", "test"), HOSTILE, ids=[each.__name__ for each, _ in HOSTILE])
def test_a_hostile_connector_fails_its_test_and_no_other(
    suite: Suite, test: str, failures: Failures, description: Description
) -> None:
    # Most of them say something that their vendor does not describe, too.
    assert failures(suite, description if "vendor_describes" in test else None) == {test}


@pytest.mark.parametrize("contract", [SourceContract, DestinationContract])
def test_every_standard_test_has_somebody_to_bite(contract: type) -> None:
    bitten = {test for suite, test in HOSTILE if issubclass(suite, contract)}
    assert sorted(bitten) == standard(contract)


def test_a_reason_that_says_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="write it"):
        because("  ")


def test_the_guard_itself_cannot_be_set_aside() -> None:
    with pytest.raises(TypeError, match="replaces test_no_standard_test"):
        type("Sly", (OfFair,), {GUARD: because("I am in a hurry.")(lambda _: None)})


def names(table: Sequence[tuple[type, str]]) -> list[str]:
    return [hostile.__name__ for hostile, _ in table]


def test_no_hostile_connector_stands_in_a_table_twice() -> None:
    for table in (hostile_sources.TABLE, hostile_destinations.TABLE):
        assert len(set(names(table))) == len(table)
