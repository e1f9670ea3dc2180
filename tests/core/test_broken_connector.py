"""The substitute for a broken connector: it offers the same streams and does nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from core.contract import Change, Source, Stream, Target, Window
from core.errors import Misconfigured
from core.plugins import BrokenConnector, ConnectorSnapshot, PluginError

FAULT = 'the connector "acme" of the package acme-till 1.2 cannot be used: it is gone'
STREAMS = (Stream("people", ("Contact",), every=timedelta(days=1)), Stream("sales", ("Order",)))
LOYAL = Target("tag", "Loyal")
CHANGE = Change(LOYAL, "ann", "yes")


@pytest.mark.parametrize(
    "used",
    [
        lambda one: one.check(),
        lambda one: list(one.read("people", Window(datetime(2026, 3, 2, tzinfo=UTC)))),
        lambda one: one.gating_lists(),
        lambda one: one.cost([CHANGE]),
        lambda one: list(one.carriers(LOYAL)),
        lambda one: list(one.push([CHANGE])),
        lambda one: list(one.resolve("job 1", [CHANGE])),
    ],
)
def test_every_use_names_the_package(used: Callable[[BrokenConnector], object]) -> None:
    with pytest.raises(PluginError) as caught:
        used(BrokenConnector(fault=FAULT))
    assert str(caught.value) == FAULT
    assert caught.value.exit_code == Misconfigured.exit_code


def test_it_offers_the_streams_of_before() -> None:
    assert BrokenConnector(fault=FAULT).streams() == ()
    assert (
        BrokenConnector(fault=FAULT, snapshot=ConnectorSnapshot("till", STREAMS)).streams()
        == STREAMS
    )
    assert BrokenConnector(fault=FAULT, snapshot=ConnectorSnapshot("email", None)).streams() == ()


def test_a_connector_says_what_it_is_and_what_it_offers() -> None:
    class Till(Source):
        kind = "acme"
        system = "till"

        def streams(self) -> list[Stream]:
            return [*STREAMS]

        def read(self, *_: object) -> None:  # type: ignore[override]
            """Nothing."""

    assert ConnectorSnapshot.of(Till()) == ConnectorSnapshot("till", STREAMS)
