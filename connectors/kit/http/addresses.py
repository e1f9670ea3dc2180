"""Addresses: which ones may be spoken to, and which belong together."""

import ipaddress
from typing import Annotated
from urllib.parse import quote

import httpx
from pydantic import AfterValidator

from core.contract import Network
from core.errors import Misconfigured

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PRIVATE = tuple(
    ipaddress.ip_network(each)
    # Local translation (RFC 8215), IPv4 inside IPv6 and site-local addresses (both given up).
    for each in ("64:ff9b:1::/48", "::/96", "fec0::/10")
)
_PORTS = {"https": 443, "http": 80}


def _whole(address: str) -> str:
    if not address.startswith(("https://", "http://")):
        raise ValueError("write the whole address, like https://shop.example")
    return address.rstrip("/")


Address = Annotated[str, AfterValidator(_whole)]
"""A setting that holds the address of a system; kept without a slash at its end."""


def is_public(address: str) -> bool:
    """Whether an address belongs to the open internet, also when wrapped into IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _PRIVATE):
            return False
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def is_allowed(network: Network, host: str, port: int) -> bool:
    """Whether the config names this host as one that may be local."""
    host = host.strip("[]").lower()
    return host in network.allow_local or f"{host}:{port}" in network.allow_local


def checked(address: str, network: Network) -> httpx.URL:
    """An address that may be spoken to; raises Misconfigured for any other."""
    try:
        url = httpx.URL(address)
        port = url.port or _PORTS.get(url.scheme, 0)
    except (httpx.InvalidURL, ValueError):
        raise Misconfigured(
            "an address cannot be read; write it like https://shop.example"
        ) from None
    local = is_allowed(network, url.host, port)
    if (
        not url.host
        or url.userinfo
        or url.scheme not in ({"https", "http"} if local else {"https"})
    ):
        raise Misconfigured(
            f"the address of {url.host or 'a connection'} must begin with https:// and hold no "
            "password; a host of your own network may speak http where allow_local under [hub] "
            "names it"
        )
    return url


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether scheme, host and port are the same: a credential goes no further."""

    def origin(url: httpx.URL) -> tuple[str, str, int | None]:
        return url.scheme, url.host, url.port or _PORTS.get(url.scheme)

    return origin(one) == origin(other) and not one.userinfo


def segment(value: str) -> str:
    """A value as one segment of a path."""
    # An id of dots would climb to another path.
    return quote(value, safe="") if value.strip(".") else value.replace(".", "%2E")
