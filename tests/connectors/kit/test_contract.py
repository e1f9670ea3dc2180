"""A connector that keeps its promises passes the whole suite, for three attributes."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
import respx

from connectors.kit import (
    Change,
    Cost,
    Destination,
    Found,
    Limit,
    Outcome,
    Rest,
    Secret,
    Target,
)
from connectors.kit.testing import (
    DestinationContract,
    FakeApi,
    FakeClock,
    FakeSystem,
    SourceContract,
    Written,
)
from connectors.kit.testing.reading import records
from tests.connectors.kit.good import (
    LOYAL,
    NOTE,
    SAMPLES,
    Billboard,
    Booth,
    Choir,
    Drawers,
    Fair,
    Kind,
    KindWithTokens,
    RehearsalRoom,
    Studio,
)


class TestFair(SourceContract):
    connector = Fair
    settings: ClassVar[dict[str, Any]] = {}
    samples = Path(__file__).parent / "samples" / "fair.json"


class TestKind(DestinationContract):
    connector = Kind
    settings: ClassVar[dict[str, Any]] = {}
    fake = Drawers
    writes = {
        (LOYAL, "yes"): [Written("PUT", "/people/7001/Loyal", {"value": "yes"})],
        (LOYAL, None): [Written("DELETE", "/people/7001/Loyal")],
        (NOTE, "kind"): [Written("PUT", "/people/7001/note", {"value": "kind"})],
        (NOTE, None): [Written("DELETE", "/people/7001/note")],
    }


class TestKindWithTokens(TestKind):
    connector = KindWithTokens


class TestStudio(DestinationContract):
    connector = Studio
    settings: ClassVar[dict[str, Any]] = {}
    fake = Booth
    writes = {
        (NOTE, "alto"): [Written("POST", "/takes", {"7001": {"note": "alto"}})],
        (NOTE, None): [Written("POST", "/takes", {"7001": {"note": None}})],
    }


class Bell(Rest, Destination):
    """Rings at somebody's door; nobody can tell afterwards where it has rung."""

    kind = "bell"
    base_url = "https://bell.test"
    target_kinds: ClassVar[frozenset[str]] = frozenset({"tag"})
    can_read_back: ClassVar[bool] = False
    key: Secret = Secret("a-made-up-key")
    """Key of the gate."""

    def gating_lists(self) -> Sequence[str]:
        """None."""
        return ()

    def cost(self, changes: Sequence[Change]) -> Cost:
        """One ring each."""
        return Cost(len(changes), 0)

    def carriers(self, target: Target) -> Iterator[Found]:
        """Nobody knows; who asks is told so."""
        assert not self.can_read_back, target
        return iter(())

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Ring."""
        for change in changes:
            response = self.client.request(
                "POST",
                "/doors/{door}",
                fill={"door": change.key},
                json={change.target.name: change.value is not None},
                accept=(404, 422),
                idempotent=True,
            )
            became = {404: ("skipped", "no such door"), 422: ("rejected", "nobody opens")}
            result, reason = became.get(response.status, ("applied", ""))
            yield Outcome(change, result, reason)  # type: ignore[arg-type]


class TestBell(DestinationContract):
    """The fake system needs to be told nothing."""

    connector = Bell
    settings: ClassVar[dict[str, Any]] = {}
    writes = {
        (LOYAL, "yes"): [Written("POST", "/doors/7001", {"Loyal": True})],
        (LOYAL, None): [Written("POST", "/doors/7001", {"Loyal": False})],
    }


class TestChoir(DestinationContract):
    connector = Choir
    settings: ClassVar[dict[str, Any]] = {}
    fake = RehearsalRoom
    writes = {
        (LOYAL, "yes"): [Written("POST", "/parts/501/singers", ["7001"])],
        (LOYAL, None): [Written("DELETE", "/parts/501/singers", ["7001"])],
        (NOTE, "kind"): [Written("PATCH", "/singers", {"7001": {"note": "kind"}})],
        (NOTE, None): [Written("PATCH", "/singers", {"7001": {"note": None}})],
    }


VIPS = Target("audience", "VIP")
HASHED = sha256(b"person1@example.com").hexdigest()


class TestBillboard(DestinationContract):
    connector = Billboard
    settings: ClassVar[dict[str, Any]] = {}
    writes = {
        (VIPS, "yes"): [Written("POST", "/audiences/501", {"add": [HASHED], "remove": []})],
        (VIPS, None): [Written("POST", "/audiences/501", {"add": [], "remove": [HASHED]})],
    }


def test_the_samples_of_a_file_are_those_of_the_table() -> None:
    assert json.loads(TestFair.samples.read_text("utf-8")) == SAMPLES


def test_the_fake_system_knows_of_the_destination_its_address_alone() -> None:
    assert TestBell.fake is FakeSystem


@pytest.mark.parametrize("suite", [SourceContract, DestinationContract])
def test_each_standard_test_is_a_sentence_of_its_own(suite: type) -> None:
    tests = [name for name in dir(suite) if name.startswith("test_")]
    assert len(tests) > 15
    assert [name for name in tests if not getattr(suite, name).__doc__] == []


class Frugal(Fair):
    """May ask twice a day."""

    limits = (Limit(2, seconds=86_400),)


def test_a_daily_quota_does_not_end_the_suite(respx_mock: respx.MockRouter) -> None:
    frugal = Frugal()
    frugal._clock = clock = FakeClock()
    api = FakeApi(frugal, {"/people": SAMPLES["/people"]}, clock)
    respx_mock.route().mock(side_effect=api)
    for _ in range(5):
        assert records(frugal, "people")
