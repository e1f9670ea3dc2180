"""The settings that stored and derived values depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Shop:
    """Zone and currency of the shop, and the rules by which people are joined."""

    zone: ZoneInfo
    currency: str
    country: str | None = None
    """Two letters; the country of people and stores that name none, and of phone numbers."""
    brand_aliases: Mapping[str, str] = field(default_factory=dict)
    """Folded spelling -> name of the brand."""
    precedence: tuple[str, ...] = ()
    """Every connection by name, most trusted first."""
    joins_nobody: tuple[str, ...] = ()
    """Addresses, or domains as `@shop.example`, that belong to no single person."""
