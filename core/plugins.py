"""Finds connectors, ours and those of other packages, by the entry points that they declare."""

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
_LOG = log.get(__name__)


class PluginError(Misconfigured):
    """A package is at fault, and not the config: what does not need it works on."""


@dataclass(frozen=True)
class Installed:
    """One connector that a package offers."""

    kind: str
    package: str
    version: str
    entry_point: str
    """Where its class stands, as `module:Class`."""
    connector: type[Connector] | None
    """None where it cannot be used; `error` says why."""
    error: str = ""


def find(kind: str) -> type[Connector]:
    """The connector of a kind; loads that one and no other.

    Raises Misconfigured with the nearest kinds where no package offers it, and AtFault with the
    package where one does and it cannot be used.
    """
    offers = entry_points(group=GROUP, name=kind)
    if not offers:
        raise Misconfigured(unknown("connector", kind, entry_points(group=GROUP).names))
    if len(offers) > 1:
        raise PluginError(_twice(kind, list(offers)))
    (offer,) = offers
    return _loaded(offer)


def installed() -> tuple[Installed, ...]:
    """Every connector, sorted by kind. One that is broken says so, and the others go on."""
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
    """Whatever a connector's own code raises here, its package is at fault: raises AtFault."""
    try:
        yield
    except (HubError, RecursionError):
        raise
    except Exception as error:
        _LOG.exception("fault", kind=connector.kind)
        # What it says may hold a secret or somebody's address.
        breach = f"fails with {type(error).__name__}; the log says where"
        raise _at_fault(connector, breach) from error


def probe(connector: Connector) -> None:
    """Let a configured connector say what it offers; raises AtFault where it is no such thing."""
    streams: Sequence[Any] = ()
    with blame_package(type(connector)):
        try:
            if isinstance(connector, Source):
                streams = tuple(connector.streams())
                dict(connector.custom_fields() or {})
            if isinstance(connector, Destination):
                tuple(connector.gating_lists())
        except HubError as error:
            raise _at_fault(type(connector), f"does not say what it offers: {error}") from error
    if not all(isinstance(each, Stream) for each in streams):
        raise _at_fault(type(connector), "offers something else than streams")
    if len({each.name for each in streams}) < len(streams):
        raise _at_fault(type(connector), "offers two streams of one name")


def _at_fault(connector: type[Connector], breach: str) -> PluginError:
    for offer in entry_points(group=GROUP, name=connector.kind):
        return PluginError(f"{_blame(offer)}{offer.value} {breach}; tell whoever made the package")
    return PluginError(f'the connector "{connector.kind}" cannot be used: it {breach}')


def _loaded(offer: EntryPoint) -> type[Connector]:
    try:
        connector = offer.load()
    except (Exception, SystemExit) as error:  # a stranger's code may raise anything
        raise PluginError(
            f"{_blame(offer)}{type(error).__name__}: {error}; install the package anew, or tell "
            "whoever made it"
        ) from error
    if breach := _breach(offer, connector):
        raise PluginError(f"{_blame(offer)}{offer.value} {breach}; tell whoever made the package")
    return connector  # type: ignore[no-any-return] # what it is was just looked at


def _blame(offer: EntryPoint) -> str:
    package, version = _origin(offer)
    return f'the connector "{offer.name}" of the package {package} {version} cannot be used: '


def _breach(offer: EntryPoint, connector: Any) -> str:
    """What of the contract somebody's connector breaks, as far as its class tells."""
    if not (isinstance(connector, type) and issubclass(connector, (Source, Destination))):
        return "is no Source and no Destination"
    if inspect.isabstract(connector):
        return f"leaves out {', '.join(sorted(connector.__abstractmethods__))}"
    if getattr(connector, "kind", None) != offer.name:
        return f'does not say kind = "{offer.name}"'
    if connector.system not in SYSTEMS:
        return f"says that it is {connector.system!r} to a shop; known: {quoted(SYSTEMS)}"
    return ""


def _origin(offer: EntryPoint) -> tuple[str, str]:
    if offer.dist is None:
        return "unknown", ""
    # A package may have been unpacked by hand and say neither.
    return offer.dist.name or "unknown", offer.dist.version or ""


def _twice(kind: str, offers: Sequence[EntryPoint]) -> str:
    packages = sorted({_origin(offer)[0] for offer in offers})
    if len(packages) == 1:
        return (
            f'the package {packages[0]} registers the connector "{kind}" {len(offers)} times; '
            "tell whoever made it"
        )
    return f'the connector "{kind}" comes from {" and ".join(packages)}; uninstall all but one'


_LOG = log.get(__name__)
Given = TypeVar("Given")


@contextmanager
def broken_on_error(kind: str, /, **where: str) -> Iterator[None]:
    """Whatever a connector of this kind raises that is no HubError, as Broken.

    `where` is for the log, beside the error as it was.
    """
    try:
        yield
    except HubError:
        raise
    except Exception as error:
        _LOG.exception("fault", **where)
        raise Broken(
            f"the connector {kind} failed with {type(error).__name__}, which is a fault of "
            "its own; the log says where"
        ) from error


def only(kind: type[Given], given: Iterable[object]) -> Iterator[Given]:
    """What a connector gives, as what it said that it would give; raises TypeError for all else."""
    for each in given:
        if not isinstance(each, kind):
            raise TypeError(f"a {type(each).__name__} is no {kind.__name__}")
        yield each
