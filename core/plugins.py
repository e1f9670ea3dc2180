"""Connectors, ours and those of other packages, found by their entry points."""

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, TypeVar, get_args

from core import log
from core.contract import Connector, Destination, Source, Stream, System
from core.errors import Broken, HubError, Misconfigured
from core.words import quoted, unknown

GROUP: Final = "segmenthub.connectors"
SYSTEMS: Final[Sequence[str]] = get_args(System)
"""In order of trust about a person, most trusted first, where the config names none."""
_LOG = log.get(__name__)


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
    """None where it is broken; `error` says why."""
    error: str = ""


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


def installed() -> tuple[Installed, ...]:
    """All connectors, sorted by kind; a broken one has an error and does not affect the others."""
    offers = entry_points(group=GROUP)
    times = Counter(offer.name for offer in offers)
    found = []
    for offer in offers:
        connector, error = None, ""
        if times[offer.name] > 1:
            error = _twice(offer.name, list(entry_points(group=GROUP, name=offer.name)))
        else:
            try:
                connector = _loaded(offer)
            except PluginError as fault:
                error = str(fault)
        package, version = _origin(offer)
        found.append(Installed(offer.name, package, version, offer.value, connector, error))
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


_LOG = log.get(__name__)
Given = TypeVar("Given")


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
