"""The hub's own tables of a config, as they are written."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.audience.binding import Drift
from core.config.values import Age, Country, Currency, DatabaseAddress, Duration, Share, Zone
from core.mistakes import shown
from core.records import Requires

NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$"
"""Names of connections and segments, which are also typed on the command line."""
NAME_RULE = "a name has letters, digits, - and _, and at most 64 of them"

Language = Literal["da", "nb", "sv", "en"]
Text = Annotated[str, Field(min_length=1, max_length=500)]


def _shared(text: str) -> str:
    if "@" not in text and not re.fullmatch(r"\+?[\d\s()./-]{5,}", text):
        raise ValueError(
            f'read {shown(text)}; write an address, a domain as "@shop.example", or a phone number'
        )
    return text


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
    """`[hub]`: the shop and the database."""

    timezone: Zone
    """The shop's time zone; windows are counted in its dates."""
    currency: Currency
    """The shop's currency; other ones are converted at the rate of the order's day."""
    database: DatabaseAddress = "sqlite:///segmenthub.db"
    """A SQLite file, or `postgresql+psycopg://user@host/name`."""
    country: Country | None = None
    """Two letters; the country of people who name none, and of phone numbers."""
    language: Language = "en"
    """Language of the hub's answers."""
    precedence: tuple[str, ...] = ()
    """Connections in order of trust, most trusted first, where they differ about a person."""
    joins_nobody: tuple[Annotated[str, AfterValidator(_shared)], ...] = ()
    """Addresses, domains as `@shop.example`, and phone numbers that belong to no single person."""
    allow_local: tuple[Text, ...] = ()
    """Hosts that may be private or without TLS, as `localhost` or `127.0.0.1:8080`."""
    keep: Age = Field(default="400 days", validate_default=True)
    """Age from which runs and their steps are deleted; the latest of every stream stay."""
    segments: tuple[Text, ...] = ()
    """Files with further segments, as `segments/*.toml`."""


class PullStanza(Stanza):
    """`pull`: the schedule on which a connection is read."""

    every: Duration
    """Time from one read to the next."""


class PushStanza(Stanza):
    """`push`: the segments and values that are written to a connection."""

    every: Duration | None = None
    """Time from one push to the next; without it, with every pull of the hub."""
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
    requires: Requires | None = None
    """Consent that is required; without it, that of the connector."""
    adopt: bool = False
    """Whether existing targets may be taken over where their carriers cannot be read back."""
    drift: Drift = "tell"
    """`tell` or `restore`: deliveries that were removed there are told, or sent again too."""


class AliasesStanza(Stanza):
    """`[aliases]`: other spellings of one name."""

    brand: dict[Text, tuple[Text, ...]] = {}
    """Brand -> its spellings: `"Lego" = ["LEGO A/S", "Lego System"]`."""


def is_name(name: str) -> bool:
    """Whether a name fits connections and segments."""
    return re.fullmatch(NAME, name) is not None
