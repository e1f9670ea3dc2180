"""Connectors, ours and those of other packages, found by their entry points.

A connector whose package is broken has a stand-in, so that everything else goes on.
"""

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Final, Literal, NoReturn, TypeVar, get_args

from core import log
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
from core.errors import Broken, HubError, Misconfigured
from core.mistakes import quoted, unknown

GROUP: Final = "segmenthub.connectors"
OURS: Final = "segmenthub"
"""The package whose connectors are loaded without being named."""
SYSTEMS: Final[Sequence[str]] = get_args(System)
"""In order of trust about a person, most trusted first, where the config names none."""
_LOG = log.get(__name__)
Given = TypeVar("Given")


class PluginError(Misconfigured):
    """A package is broken, not the config; everything that does not need it goes on."""


@dataclass(frozen=True)
class Installed:
    """One connector that a package offers."""

    kind: str
    package: str
    version: str
    entry_point: str
    """Its class, as `module:Class`."""
    connector: type[Connector] | None
    """None where it is not loaded, or broken; `error` says why."""
    error: str = ""
    loaded: bool = True
    """False for another package's connector that nobody named: none of its code has run."""


def find(kind: str) -> type[Connector]:
    """The connector of a kind; loads only that one.

    Raises Misconfigured with the nearest kinds where no package offers it, and PluginError where
    the package that does is broken.
    """
    offers = entry_points(group=GROUP, name=kind)
    if not offers:
        raise Misconfigured(unknown("connector", kind, entry_points(group=GROUP).names))
    if len(offers) > 1:
        raise PluginError(_twice(kind, list(offers)))
    (offer,) = offers
    return _loaded(offer)


def installed(named: Collection[str] = ()) -> tuple[Installed, ...]:
    """All connectors, sorted by kind; a broken one has an error and does not affect the others.

    Of other packages only the kinds in `named` are loaded.
    """
    offers = entry_points(group=GROUP)
    times = Counter(offer.name for offer in offers)
    found = []
    for offer in offers:
        connector, error = None, ""
        package, version = _origin(offer)
        loaded = package == OURS or offer.name in named
        if times[offer.name] > 1:
            error = _twice(offer.name, list(entry_points(group=GROUP, name=offer.name)))
        elif loaded:
            try:
                connector = _loaded(offer)
            except PluginError as fault:
                error = str(fault)
        found.append(Installed(offer.name, package, version, offer.value, connector, error, loaded))
    return tuple(sorted(found, key=lambda each: (each.kind, each.package)))


@contextmanager
def blame_package(connector: type[Connector]) -> Iterator[None]:
    """Turn any error of a connector's own code into a PluginError that names its package."""
    try:
        yield
    except (HubError, RecursionError):
        raise
    except Exception as error:
        _LOG.exception("fault", kind=connector.kind)
        # Its message may contain a secret or an address.
        breach = f"fails with {type(error).__name__}; the log says where"
        raise _plugin_error(connector, breach) from error


def probe(connector: Connector) -> None:
    """Check what a configured connector offers; raises PluginError where it breaks the contract."""
    streams: Sequence[Any] = ()
    with blame_package(type(connector)):
        try:
            if isinstance(connector, Source):
                streams = tuple(connector.streams())
                dict(connector.custom_fields() or {})
            if isinstance(connector, Destination):
                tuple(connector.gating_lists())
        except HubError as error:
            raise _plugin_error(type(connector), f"cannot list what it offers: {error}") from error
    if not all(isinstance(each, Stream) for each in streams):
        raise _plugin_error(type(connector), "offers streams that are no Stream")
    if len({each.name for each in streams}) < len(streams):
        raise _plugin_error(type(connector), "offers two streams with one name")


def _plugin_error(connector: type[Connector], breach: str) -> PluginError:
    for offer in entry_points(group=GROUP, name=connector.kind):
        return PluginError(f"{_broken_offer(offer)}{offer.value} {breach}; report it to its author")
    return PluginError(f'the connector "{connector.kind}" cannot be used: it {breach}')


def _loaded(offer: EntryPoint) -> type[Connector]:
    try:
        connector = offer.load()
    except (Exception, SystemExit) as error:  # a package may raise anything
        raise PluginError(
            f"{_broken_offer(offer)}{type(error).__name__}: {error}; reinstall the package, or "
            "report it to its author"
        ) from error
    if breach := _breach(offer, connector):
        raise PluginError(f"{_broken_offer(offer)}{offer.value} {breach}; report it to its author")
    return connector  # type: ignore[no-any-return] # its class was just checked


def _broken_offer(offer: EntryPoint) -> str:
    package, version = _origin(offer)
    return f'the connector "{offer.name}" of the package {package} {version} cannot be used: '


def _breach(offer: EntryPoint, connector: Any) -> str:
    """How a connector's class breaks the contract; "" where it does not."""
    if not (isinstance(connector, type) and issubclass(connector, (Source, Destination))):
        return "is neither a Source nor a Destination"
    if inspect.isabstract(connector):
        return f"leaves out {', '.join(sorted(connector.__abstractmethods__))}"
    if getattr(connector, "kind", None) != offer.name:
        return f'does not have kind = "{offer.name}"'
    if connector.system not in SYSTEMS:
        return f"has system = {connector.system!r}; known: {quoted(SYSTEMS)}"
    return ""


def _origin(offer: EntryPoint) -> tuple[str, str]:
    if offer.dist is None:
        return "unknown", ""
    # A package that was unpacked by hand may state neither.
    return offer.dist.name or "unknown", offer.dist.version or ""


def _twice(kind: str, offers: Sequence[EntryPoint]) -> str:
    packages = sorted({_origin(offer)[0] for offer in offers})
    if len(packages) == 1:
        return (
            f'the package {packages[0]} registers the connector "{kind}" {len(offers)} times; '
            "report it to its author"
        )
    return f'the connector "{kind}" comes from {" and ".join(packages)}; uninstall all but one'


@contextmanager
def broken_on_error(kind: str, /, **where: str) -> Iterator[None]:
    """Turn any error of a connector of this kind into Broken, unless it is a HubError.

    `where` is logged with the original error.
    """
    try:
        yield
    except HubError:
        raise
    except Exception as error:
        _LOG.exception("fault", **where)
        raise Broken(
            f"the connector {kind} failed with {type(error).__name__}, a fault in the connector; "
            "the log says where"
        ) from error


def only(kind: type[Given], given: Iterable[object]) -> Iterator[Given]:
    """The given objects, checked to be of a kind; raises TypeError for any other."""
    for each in given:
        if not isinstance(each, kind):
            raise TypeError(f"a {type(each).__name__} is not a {kind.__name__}")
        yield each


def answers(
    connector: Connector, kind: type[Given], ask: Callable[[], Iterable[object]]
) -> Iterator[Given]:
    """Yield the answers of a connector, checked to be of a kind; its faults are Broken."""
    with broken_on_error(connector.kind, kind=connector.kind):
        yield from only(kind, ask())


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

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterable[Outcome]:  # noqa: ARG002 - it never writes
        """Raise PluginError."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise PluginError(self.fault)
