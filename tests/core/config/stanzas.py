"""Stanzas that tests put together, and the connectors that they name."""

# ruff: noqa: ARG002 - the connectors here need not look at what they are asked

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, model_validator

from core.config import Config
from core.contract import (
    Change,
    Connector,
    Cost,
    Destination,
    Form,
    Found,
    Outcome,
    Page,
    Secret,
    Source,
    Stream,
    Target,
    Window,
)
from core.errors import Misconfigured

Load = Callable[[str], Config]
"""Loads a text as a config file."""
HUB = '[hub]\ntimezone = "Europe/Copenhagen"\ncurrency = "DKK"\n'
SHOP = """
[connections.shop]
kind = "shop"
url = "https://shop.example"
key = { env = "SHOP_KEY" }
"""
NEWS = """
[connections.news]
kind = "news"
api_key = { env = "NEWS_KEY" }
"""
LOYAL = """
[segments.loyal]
recipe = "frequent_buyers"
"""
FANS = """
[segments.fans]
recipe = "brand_fans"
for_each = "brand"
"""
ENVIRONMENT = {
    "SHOP_KEY": "ck_0123456789",
    "NEWS_KEY": "secret-of-the-news",
    "WOO_KEY": "ck_1",
    "WOO_SECRET": "cs_1",
    "MAILCHIMP_KEY": "0123456789abcdef0123456789abcdef-us1",
    "SQUARE_TOKEN": "EAAA1",
    "PRESTASHOP_KEY": "prestashop-key",
    "CONVERTKIT_SECRET": "convertkit-secret",
    "LIGHTSPEED_SECRET": "lightspeed-secret",
    "BIGCOMMERCE_TOKEN": "bigcommerce-token",
    "MAGENTO_TOKEN": "magento-token",
    "HEYLOYALTY_KEY": "key_1",
    "HEYLOYALTY_SECRET": "secret_1",
    "ACTIVECAMPAIGN_KEY": "key_3",
    "BREVO_KEY": "key_4",
    "MAILERLITE_KEY": "key_5",
    "PIPEDRIVE_KEY": "key_8",
    "LISTMONK_TOKEN": "token_9",
    "OMNISEND_KEY": "key_6",
    "CAMPAIGNMONITOR_KEY": "key_7",
    "ZETTLE_KEY": "key_2",
    "LOYVERSE_TOKEN": "token_2",
    "SUMUP_KEY": "sup_sk_1",
    "KLAVIYO_KEY": "pk_key",
    "SHOPIFY_SECRET": "shopify-secret",
    "MEDUSA_KEY": "medusa-key",
    "VENDURE_KEY": "vendure-key",
    "META_TOKEN": "meta-token",
    "HUBSPOT_TOKEN": "hubspot-token",
    "SALESFORCE_SECRET": "salesforce-secret",
    "SUPEROFFICE_SECRET": "superoffice-secret",
}


class Column(BaseModel):
    """A table within a stanza."""

    model_config = ConfigDict(extra="forbid")

    column: str
    file: str | None = None


class Shop(Source):
    """A shop that can be read."""

    kind: ClassVar[str] = "shop"

    url: str
    """Address of the shop."""
    key: Secret
    """Key with read access."""
    folder: Path = Path()
    pages: int = 10
    mode: str | Column = "plain"
    custom: Mapping[str, str | Column] = {}
    tokens: tuple[Secret, ...] = ()

    @model_validator(mode="after")
    def _has_an_address(self) -> "Shop":
        if not self.url:
            raise ValueError("an empty url leads nowhere")
        return self

    def streams(self) -> Sequence[Stream]:
        return [Stream("orders", ("Order",))]

    def custom_fields(self) -> Mapping[str, Form]:
        return dict.fromkeys(self.custom, "text")

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        yield Page([])


class News(Destination):
    """An email tool that can be written to."""

    kind: ClassVar[str] = "news"
    system = "email"

    api_key: Secret
    """Its key."""

    def gating_lists(self) -> Sequence[str]:
        return ["1"]

    def cost(self, changes: Sequence[Change]) -> Cost:
        return Cost(0, 0)

    def carriers(self, target: Target) -> Iterable[Found]:
        return []

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        yield from ()


CONNECTORS: Mapping[str, type[Connector]] = {"shop": Shop, "news": News}


def mistakes_in(loaded: Load, text: str) -> dict[str, str]:
    """Path -> message of everything that is wrong with a text."""
    with pytest.raises(Misconfigured) as caught:
        loaded(text)
    return {each.path: each.message for each in caught.value.mistakes}


def shop_of(config: Config) -> Shop:
    """The shop of a config that was loaded."""
    shop = config.connections["shop"].connector
    assert isinstance(shop, Shop)
    return shop
