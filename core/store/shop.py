"""The settings that stored and derived values depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Shop:
    """Whose data this is: zone and currency of the shop, and how people are joined."""

    zone: ZoneInfo
    currency: str
    country: str | None = None
    """Two letters; where people and stores are that name none, and how phone numbers are read."""
    brand_aliases: Mapping[str, str] = field(default_factory=dict)
    """Folded spelling -> the name that it stands for."""
    precedence: tuple[str, ...] = ()
    """Names of connections, the one to believe first first; all connections are in it."""
    joins_nobody: tuple[str, ...] = ()
    """Addresses, or domains as `@shop.example`, that belong to no single person."""
