"""Finds connectors, ours and those of other packages, by the entry points that they declare."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from core.contract import Connector
from core.errors import Misconfigured
from core.words import unknown

GROUP: Final = "segmenthub.connectors"


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
    except Exception as error:  # a stranger's code may raise anything
        raise Misconfigured(f"{blame}{type(error).__name__}: {error}") from error
    if not (isinstance(connector, type) and issubclass(connector, Connector)):
        raise Misconfigured(f"{blame}{offer.value} is no Source and no Destination")
    if getattr(connector, "kind", None) != offer.name:
        raise Misconfigured(f'{blame}{offer.value} does not say kind = "{offer.name}"')
    return connector


def _origin(offer: EntryPoint) -> tuple[str, str]:
    return (offer.dist.name, offer.dist.version) if offer.dist else ("unknown", "")


def _twice(kind: str, offers: Sequence[EntryPoint]) -> str:
    packages = " and ".join(sorted(_origin(offer)[0] for offer in offers))
    return f'the connector "{kind}" comes from {packages}; uninstall all but one'
