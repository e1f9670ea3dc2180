"""The tables of a config that are the hub's own, as a person writes them."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.config.values import Country, Currency, DatabaseAddress, Duration, Share, Zone

NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$"
"""How connections and segments may be called: they are typed on the command line."""

Language = Literal["da", "nb", "sv", "en"]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class Stanza(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        str_strip_whitespace=True,
    )


class HubStanza(Stanza):
    """`[hub]`: whose data this is and where it lies."""

    timezone: Zone
    """The shop's time zone; windows are counted in its dates."""
    currency: Currency
    """The shop's currency; other ones are converted at the rate of the order's day."""
    database: DatabaseAddress = "sqlite:///segmenthub.db"
    """A SQLite file, or `postgresql+psycopg://user@host/name`."""
    country: Country | None = None
    """Two letters; where people live who name no country, and how phone numbers are read."""
    language: Language = "en"
    """What the hub answers in."""
    precedence: tuple[str, ...] = ()
    """Connections, the one to believe first first, where two say different things of a person."""
    joins_nobody: tuple[Annotated[str, Field(pattern="@")], ...] = ()
    """Addresses, or domains as `@shop.example`, that belong to no single person."""
    allow_local: tuple[Text, ...] = ()
    """Hosts that may be private or without TLS, as `localhost` or `127.0.0.1:8080`."""
    segments: tuple[Text, ...] = ()
    """Files with further segments, as `segments/*.toml`."""


class PullStanza(Stanza):
    """`pull`: when a connection is read."""

    every: Duration
    """Time from one read to the next."""


class PushStanza(Stanza):
    """`push`: which segments a connection is told about, and how."""

    every: Duration | None = None
    """Time from one delivery to the next; absent: with every pull of the hub."""
    tags: dict[str, Text] = {}
    """Segment -> tag; `{value}` stands for the value of a `for_each` segment."""
    fields: dict[Text, Text] = {}
    """Custom field <- `segments`, a profile field, or a trait as `orders.last`."""
    lists: dict[str, Text] = {}
    """Segment -> list."""
    audiences: dict[str, Text] = {}
    """Segment -> ad audience."""
    brake: Share = Field(default="10%", validate_default=True)
    """Removals that time does not explain are held above this share of what is delivered."""
    requires: Literal["email", "ads", "none"] | None = None
    """The consent that is asked for; absent: what the connector says."""
    adopt: bool = False
    """Whether targets that the hub did not make may be taken over where nobody can read back."""


class AliasesStanza(Stanza):
    """`[aliases]`: other spellings of one name."""

    brand: dict[Text, tuple[Text, ...]] = {}
    """Brand -> its spellings: `"Lego" = ["LEGO A/S", "Lego System"]`."""


def is_name(name: str) -> bool:
    """Whether a connection or a segment may be called so."""
    return re.fullmatch(NAME, name) is not None
