"""The settings that stored and derived values depend on, and what depends on each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Derived(StrEnum):
    """Stored values that are derived anew when a setting changes."""

    dates = "dates"
    """Shop-local dates of facts."""
    amounts = "amounts"
    """Amounts in the shop's currency."""
    people = "people"
    """Identifiers, profiles with their fields, and brands."""


def _setting(*derived: Derived, **default: Any) -> Any:
    return field(metadata={"derived": derived}, **default)


@dataclass(frozen=True)
class Shop:
    """The settings of the shop whose data is stored.

    This is the one list of them: `core.store.rederive` derives stored values anew where one
    changed, and an evaluation under other settings than the last is a full one.
    """

    # The exchange rate is that of the local date.
    zone: ZoneInfo = _setting(Derived.dates, Derived.amounts)
    currency: str = _setting(Derived.amounts)
    country: str | None = _setting(Derived.people, default=None)
    """Two letters; the country of people and stores that name none, and of phone numbers."""
    brand_aliases: Mapping[str, str] = _setting(Derived.people, default_factory=dict)
    """Folded spelling -> the brand that it stands for."""
    precedence: tuple[str, ...] = _setting(Derived.people, default=())
    """Names of all connections in order of trust, most trusted first."""
    joins_nobody: tuple[str, ...] = _setting(Derived.people, default=())
    """Addresses, domains as `@shop.example`, and phones that belong to no single person."""

    places: bool = _setting(Derived.people, default=False)
    """Whether places of postcodes are added from packages, because a rule asks for them."""

    def settings(self) -> dict[str, Any]:
        """Every setting by name, as JSON has it; equal for equal settings."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


def derived_from(settings: Collection[str]) -> frozenset[Derived]:
    """The stored values that depend on any of these settings."""
    return frozenset(
        derived
        for each in fields(Shop)
        if each.name in settings
        for derived in each.metadata["derived"]
    )


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return [list(item) for item in sorted(value.items())]
    if isinstance(value, tuple):
        return list(value)
    return None if value is None else str(value)
