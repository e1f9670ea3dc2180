"""Finds connectors, ours and those of other packages, by the entry points that they declare."""

import inspect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, get_args

from core.contract import Connector, Destination, Source, System
from core.errors import Misconfigured
from core.words import quoted, unknown

GROUP: Final = "segmenthub.connectors"
SYSTEMS: Final[Sequence[str]] = get_args(System)


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

    Raises Misconfigured, with the nearest kinds or with the package that is at fault.
    """
    offers = entry_points(group=GROUP, name=kind)
    if not offers:
        raise Misconfigured(unknown("connector", kind, entry_points(group=GROUP).names))
    if len(offers) > 1:
        raise Misconfigured(_twice(kind, list(offers)))
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
            except Misconfigured as misconfigured:
                error = str(misconfigured)
        package, version = _origin(offer)
        found.append(Installed(offer.name, package, version, offer.value, connector, error))
    return tuple(sorted(found, key=lambda each: (each.kind, each.package)))


def _loaded(offer: EntryPoint) -> type[Connector]:
    package, version = _origin(offer)
    blame = f'the connector "{offer.name}" of the package {package} {version} cannot be used: '
    try:
        connector = offer.load()
    except (Exception, SystemExit) as error:  # a stranger's code may raise anything
        raise Misconfigured(f"{blame}{type(error).__name__}: {error}") from error
    if breach := _breach(offer, connector):
        raise Misconfigured(f"{blame}{offer.value} {breach}; tell whoever made the package")
    return connector  # type: ignore[no-any-return] # what it is was just looked at


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
