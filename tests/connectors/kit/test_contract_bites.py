"""Hostile connectors fail the suite, each at the test that is meant for it."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import respx

from connectors.kit import Contact, Cursor, Order, Raw, RestSource, Secret, stream, utc
from connectors.kit.testing import FakeApi, FakeClock, SourceContract

SAMPLES: dict[str, list[Any]] = {
    "/people": [
        {"id": 1, "mail": "ida@x.test", "at": "2024-05-01T10:00:00Z"},
        {"id": 2, "mail": "bo@x.test", "at": "2024-05-02T10:00:00Z"},
    ]
}


class Fair(RestSource):
    """A connector that keeps all promises."""

    kind = "fair"
    base_url = "https://fair.test"
    key: Secret = Secret("a-made-up-key")
    """What opens the door."""

    @stream("/people", cursor=Cursor("at", since="since"))
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class OneIdForAll(Fair):
    """Gives everybody the same id."""

    @stream("/people", cursor=Cursor("at", since="since"))
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id="somebody", email=raw["mail"])


class Forgetful(Fair):
    """Edits what it is given."""

    @stream("/people", cursor=Cursor("at", since="since"))
    def people(self, raw: Any) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw.pop("mail"))


class Counting(Fair):
    """Maps the same row differently each time."""

    seen: list[int] = []
    """What it should not keep."""

    @stream("/people", cursor=Cursor("at", since="since"))
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        self.seen.append(1)
        yield Contact(id=raw["id"], first_name=str(len(self.seen)))


class Pretender(Fair):
    """Yields another noun than it names."""

    @stream("/people", cursor=Cursor("at", since="since"))
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Order(id=raw["id"], placed_at=utc(raw["at"]))  # type: ignore[misc]


class Credulous(Fair):
    """Believes that the vendor filters."""

    @stream("/people", cursor=Cursor("nowhere", since="since"))
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class Talkative(Fair):
    """Puts a person's address into every request."""

    @stream("/people", cursor=Cursor("at", since="since"), who="ida@x.test")
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class Silent(Fair):
    """Does not say what a setting is for."""

    shop: str = "1"


Suite = dict[str, Any]


def failures(kind: type[RestSource], request: pytest.FixtureRequest) -> set[str]:
    """Names of the suite's tests that this connector fails."""
    source = kind()
    source._clock = clock = FakeClock()
    suite = SourceContract()
    suite.connector = kind  # type: ignore[misc]
    failed = set()
    for name in dir(SourceContract):
        test = getattr(suite, name)
        wanted = set(getattr(test, "__annotations__", {})) - {"return"}
        if not name.startswith("test_") or wanted & {"status", "answer", "description"}:
            continue
        raws = copy.deepcopy(SAMPLES)
        api = FakeApi(source, raws, clock)
        given = {"source": source, "api": api, "raws": raws}
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=api)
            try:
                test(
                    **{
                        each: given[each] if each in given else request.getfixturevalue(each)
                        for each in wanted
                    }
                )
            except AssertionError:
                failed.add(name)
    return failed


def test_a_fair_connector_passes(request: pytest.FixtureRequest) -> None:
    assert failures(Fair, request) == set()


@pytest.mark.parametrize(
    ("hostile", "test"),
    [
        (OneIdForAll, "test_ids_are_unique_and_not_empty"),
        (Forgetful, "test_mapping_leaves_its_input_as_it_was"),
        (Counting, "test_a_replay_gives_equal_records"),
        (Pretender, "test_every_stream_names_the_nouns_that_it_yields"),
        (Credulous, "test_rows_outside_the_window_are_left_out"),
        (Talkative, "test_no_secret_and_no_address_leaks"),
        (Silent, "test_every_setting_is_described"),
    ],
)
def test_a_hostile_connector_is_caught(
    hostile: type[RestSource], test: str, request: pytest.FixtureRequest
) -> None:
    assert test in failures(hostile, request)
