"""A sandbox to read from, shared by all, and a small one for each test that changes things."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from sandbox import Sandbox
from sandbox.running import MAILCHIMP_KEY, WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET

START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def whole() -> Iterator[Sandbox]:
    """The whole world; only to be read."""
    with Sandbox(START) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small world of one's own."""
    with Sandbox(START, people=150) as sandbox:
        yield sandbox


def shop_client(sandbox: Sandbox) -> httpx.Client:
    """A client that may read the shop."""
    return httpx.Client(
        base_url=sandbox.shop_url + "/wp-json/wc/v3",
        auth=(WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET),
        timeout=10,
        trust_env=False,
    )


def news_client(sandbox: Sandbox) -> httpx.Client:
    """A client that may read and write the list."""
    return httpx.Client(
        base_url=sandbox.mailchimp_url, auth=("any", MAILCHIMP_KEY), timeout=10, trust_env=False
    )


@pytest.fixture
def shop(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The small world's shop."""
    with shop_client(sandbox) as client:
        yield client


@pytest.fixture
def news(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The small world's list."""
    with news_client(sandbox) as client:
        yield client


@pytest.fixture
def whole_shop(whole: Sandbox) -> Iterator[httpx.Client]:
    """The whole world's shop."""
    with shop_client(whole) as client:
        yield client


@pytest.fixture
def whole_news(whole: Sandbox) -> Iterator[httpx.Client]:
    """The whole world's list."""
    with news_client(whole) as client:
        yield client


@pytest.fixture
def audience(sandbox: Sandbox) -> str:
    """The path of the small world's list."""
    return f"/lists/{sandbox.audience}"
