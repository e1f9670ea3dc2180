"""Shopify, held against the suite and its vendor's schema."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.kit import (
    Window,
)
from connectors.kit.testing import Description, SourceContract
from connectors.shopify import Shopify

SAMPLES = Path(__file__).parent / "samples" / "shopify.json"
SETTINGS = {
    "url": "https://example.myshopify.com",
    "client_id": "a client",
    "client_secret": "a secret to look for",
}
EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))


class TestShopify(SourceContract):
    connector = Shopify
    settings = SETTINGS
    samples = SAMPLES

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("shopify")
