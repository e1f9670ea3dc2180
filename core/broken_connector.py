"""What stands in for a connector whose package is at fault, so that everything else works on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NoReturn

from core.contract import (
    Change,
    Connector,
    Cost,
    Destination,
    Found,
    Outcome,
    Page,
    Source,
    Stream,
    System,
    Target,
    Window,
)
from core.plugins import PluginError


@dataclass(frozen=True)
class ConnectorSnapshot:
    """What a connection's connector says of itself, as far as what is stored depends on it."""

    system: System = Connector.system
    streams: tuple[Stream, ...] | None = ()
    """Name, nouns and `every` count; None: it cannot be read."""

    @classmethod
    def by(cls, connector: Connector) -> "ConnectorSnapshot":
        """What this one says."""
        streams = tuple(connector.streams()) if isinstance(connector, Source) else None
        return cls(connector.system, streams)


class BrokenConnector(Source, Destination):
    """Nothing is read or written through it; whoever tries is told which package is at fault.

    It still offers the streams that the connector offered when it could be used, so that what is
    stored of them goes on counting, and what rests on them is held when they grow old.
    """

    kind: ClassVar[str] = "unusable"
    target_kinds: ClassVar[frozenset[Literal["tag", "field", "list", "audience"]]] = frozenset(
        {"tag", "field", "list", "audience"}
    )

    fault: str
    """Which package, and what is wrong with it."""
    snapshot: ConnectorSnapshot = ConnectorSnapshot()
    """What the connector said before."""

    def check(self) -> None:
        """Raise AtFault."""
        self._refuse()

    def streams(self) -> Sequence[Stream]:
        """Those of before."""
        return self.snapshot.streams or ()

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:  # noqa: ARG002 - it never reads
        """Raise AtFault."""
        self._refuse()

    def gating_lists(self) -> Sequence[str]:
        """Raise AtFault."""
        self._refuse()

    def cost(self, changes: Sequence[Change]) -> Cost:  # noqa: ARG002 - it never writes
        """Raise AtFault."""
        self._refuse()

    def carriers(self, target: Target) -> Iterable[Found]:  # noqa: ARG002 - it never writes
        """Raise AtFault."""
        self._refuse()

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:  # noqa: ARG002 - it never writes
        """Raise AtFault."""
        self._refuse()

    def resolve(self, pending: Sequence[Outcome]) -> Iterator[Outcome]:  # noqa: ARG002 - it never writes
        """Raise AtFault."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise PluginError(self.fault)
