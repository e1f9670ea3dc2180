"""A stand-in for a connector whose package is broken, so that everything else goes on."""

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
    """The properties of a connector on which stored values depend."""

    system: System = Connector.system
    streams: tuple[Stream, ...] | None = ()
    """None: it is not a source."""

    @classmethod
    def of(cls, connector: Connector) -> "ConnectorSnapshot":
        """The snapshot of a working connector."""
        streams = tuple(connector.streams()) if isinstance(connector, Source) else None
        return cls(connector.system, streams)


class BrokenConnector(Source, Destination):
    """Raises PluginError, with the broken package, wherever it is read or written.

    It still offers the streams of the snapshot, so that what is stored of them goes on counting,
    and what rests on them is held when they grow old.
    """

    kind: ClassVar[str] = "unusable"
    target_kinds: ClassVar[frozenset[Literal["tag", "field", "list", "audience"]]] = frozenset(
        {"tag", "field", "list", "audience"}
    )

    fault: str
    """The package and what is wrong with it."""
    snapshot: ConnectorSnapshot = ConnectorSnapshot()
    """The connector when it last worked."""

    def check(self) -> None:
        """Raise PluginError."""
        self._refuse()

    def streams(self) -> Sequence[Stream]:
        """The streams of the snapshot."""
        return self.snapshot.streams or ()

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:  # noqa: ARG002 - it never reads
        """Raise PluginError."""
        self._refuse()

    def gating_lists(self) -> Sequence[str]:
        """Raise PluginError."""
        self._refuse()

    def cost(self, changes: Sequence[Change]) -> Cost:  # noqa: ARG002 - it never writes
        """Raise PluginError."""
        self._refuse()

    def carriers(self, target: Target) -> Iterable[Found]:  # noqa: ARG002 - it never writes
        """Raise PluginError."""
        self._refuse()

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:  # noqa: ARG002 - it never writes
        """Raise PluginError."""
        self._refuse()

    def resolve(self, pending: Sequence[Outcome]) -> Iterator[Outcome]:  # noqa: ARG002 - it never writes
        """Raise PluginError."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise PluginError(self.fault)
