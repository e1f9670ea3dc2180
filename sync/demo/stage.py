"""The stage of the demonstration: a simulated world, and a folder with a config for it."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from core.errors import Misconfigured
from sandbox import Sandbox
from sandbox.running import (
    HEYLOYALTY_KEY,
    HEYLOYALTY_SECRET,
    MAILCHIMP_KEY,
    SQUARE_TOKEN,
    WOOCOMMERCE_KEY,
    WOOCOMMERCE_SECRET,
)
from sandbox.world.catalogue import BRANDS
from sandbox.world.people import Person
from sync.demo.tools import TOOLS, Tool
from sync.hub import Hub, open_hub
from sync.texts import Texts

OPENS = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
"""A fixed Monday morning, so that every run tells the same story."""
TITLES = (
    "recent", "recent_month", "lapsed", "loyal", "regular", "month_top", "coupons",
    "coupons_month", "outdoors", "outdoors_regular", "big_20", "big_40", "big_80", "vip",
    "vip_top", "deals", "deals_ten", "one_time", "one_time_half", "brand_fans", "shelf", "women",
    "men", "aarhus", "copenhagen", "bought_in_aarhus", "twenties", "thirties", "forties",
    "birthday", "birthday_soon", "likes_outdoors", "likes_only_outdoors", "parents",
    "parents_small", "daughters", "child_birthday", "new_members", "old_members", "inactive",
    "inactive_70", "clickers", "clickers_low", "opened", "opened_five", "clicked", "clicked_five",
)  # fmt: skip
FANS = "brand_fans"
TAGS = ("loyal", "lapsed", "one_time", "new_members", "inactive", FANS)


@dataclass(frozen=True)
class Stage:
    """A running sandbox, and a hub with the sandbox's clock."""

    sandbox: Sandbox
    hub: Hub
    texts: Texts
    tools: Sequence[Tool]
    """The tools that are written to."""


@contextmanager
def stage(folder: Path, texts: Texts, people: int, kinds: Sequence[str]) -> Iterator[Stage]:
    """Start the sandbox, write a config as a user would, and open the hub.

    `kinds` are those of the tools that are written to.
    Raises Misconfigured where the folder already holds a config.
    """
    config = folder / "config.toml"
    if config.exists():
        raise Misconfigured(f"{folder} already holds a config.toml; name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    with Sandbox(OPENS, people=people, tills_apart=True) as sandbox:
        _write_secrets(folder / "secrets")
        _write_families(folder / "families", sandbox.world.people)
        _make_options(sandbox, texts)
        config.write_text(_config(sandbox, texts, kinds), encoding="utf-8")
        with open_hub(config, sandbox.clock.now) as hub:
            yield Stage(sandbox, hub, texts, [TOOLS[kind](sandbox) for kind in kinds])


def _config(sandbox: Sandbox, texts: Texts, kinds: Iterable[str]) -> str:
    parts = ["config.toml", *(f"to_{kind}.toml" for kind in kinds)]
    written = "".join(files("sync.demo").joinpath(part).read_text("utf-8") for part in parts)
    urls = {
        "shop_url": sandbox.shop_url,
        "till_url": sandbox.square_url,
        "news_url": sandbox.mailchimp_url,
        "club_url": sandbox.heyloyalty_url,
    }
    return Template(written).substitute(
        urls,
        language=texts.language,
        hosts=json.dumps([urlsplit(url).netloc for url in urls.values()]),
        audience=sandbox.audience,
        club=sandbox.club.setup.number,
        **{name: texts.say(f"demo.segments.{name}") for name in TITLES},
        **{f"tag_{name}": texts.say(f"demo.tags.{name}", value="{value}") for name in TAGS},
    )


def _write_secrets(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, secret in (
        ("shop_key", WOOCOMMERCE_KEY),
        ("shop_secret", WOOCOMMERCE_SECRET),
        ("till_token", SQUARE_TOKEN),
        ("news_key", MAILCHIMP_KEY),
        ("club_key", HEYLOYALTY_KEY),
        ("club_secret", HEYLOYALTY_SECRET),
    ):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(secret, encoding="utf-8")


def _make_options(sandbox: Sandbox, texts: Texts) -> None:
    """Create the options that Heyloyalty offers only on its own pages, not in its API."""
    setup = sandbox.club.setup
    labels = [texts.say(f"demo.tags.{name}") for name in TAGS if name != FANS]
    labels += [texts.say(f"demo.tags.{FANS}", value=brand.name) for brand in BRANDS]
    for label in labels:
        if label not in setup.fields["segments"].options.values():
            setup.create_option("segments", label)


def _write_families(folder: Path, people: Iterable[Person]) -> None:
    """Write the children of families into files, which the hub reads like a system."""
    folder.mkdir(exist_ok=True)
    families = [person for person in people if person.children]
    _write(
        folder / "families.csv",
        ("member", "address"),
        ((f"F{each.number}", each.email) for each in families),
    )
    _write(
        folder / "children.csv",
        ("member", "gender", "born"),
        (
            (f"F{each.number}", child.gender, child.born.isoformat())
            for each in families
            for child in each.children or ()
        ),
    )


def _write(file: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(rows)
