"""The set of the demonstration: the made-up world, and a folder with a config for it."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from core.errors import Misconfigured
from sandbox import Sandbox
from sandbox.running import MAILCHIMP_KEY, WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET
from sandbox.world.people import Person
from sync.hub import Hub, open_hub
from sync.texts import Texts

OPENS = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
"""Always the same Monday morning, so that everybody sees the same story."""
TITLES = (
    "recent", "recent_month", "lapsed", "loyal", "regular", "month_top", "coupons",
    "coupons_month", "outdoors", "outdoors_regular", "big_20", "big_40", "big_80", "vip",
    "vip_top", "deals", "deals_ten", "one_time", "one_time_half", "brand_fans", "shelf", "women",
    "men", "aarhus", "copenhagen", "bought_in_aarhus", "twenties", "thirties", "forties",
    "birthday", "birthday_soon", "likes_outdoors", "likes_only_outdoors", "parents",
    "parents_small", "daughters", "child_birthday", "new_members", "old_members", "inactive",
    "inactive_70", "clickers", "clickers_low", "opened", "opened_five", "clicked", "clicked_five",
)  # fmt: skip
TAGS = ("loyal", "lapsed", "one_time", "new_members", "inactive", "brand_fans")


@dataclass(frozen=True)
class Stage:
    """A running world, and the hub that looks at it by the world's clock."""

    sandbox: Sandbox
    hub: Hub
    texts: Texts


@contextmanager
def stage(folder: Path, texts: Texts, people: int) -> Iterator[Stage]:
    """Start the world, write what a user would write, and open the hub as a user would.

    Raises Misconfigured where the folder already holds a config.
    """
    config = folder / "config.toml"
    if config.exists():
        raise Misconfigured(f"{folder} already holds a config.toml; name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    with Sandbox(OPENS, people=people) as sandbox:
        _write_secrets(folder / "secrets")
        _write_club(folder / "club", sandbox.world.people)
        config.write_text(_config(sandbox, texts), encoding="utf-8")
        with open_hub(config, sandbox.clock.now) as hub:
            yield Stage(sandbox, hub, texts)


def _config(sandbox: Sandbox, texts: Texts) -> str:
    written = files("sync.demo").joinpath("config.toml").read_text(encoding="utf-8")
    return Template(written).substitute(
        language=texts.language,
        shop_url=sandbox.shop_url,
        shop_host=urlsplit(sandbox.shop_url).netloc,
        news_url=sandbox.mailchimp_url,
        news_host=urlsplit(sandbox.mailchimp_url).netloc,
        audience=sandbox.audience,
        **{name: texts.say(f"demo.segments.{name}") for name in TITLES},
        **{f"tag_{name}": texts.say(f"demo.tags.{name}", value="{value}") for name in TAGS},
    )


def _write_secrets(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, secret in (
        ("shop_key", WOOCOMMERCE_KEY),
        ("shop_secret", WOOCOMMERCE_SECRET),
        ("news_key", MAILCHIMP_KEY),
    ):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(secret, encoding="utf-8")


def _write_club(folder: Path, people: Iterable[Person]) -> None:
    """What families told the shop's club: a file for the hub to read beside the two systems."""
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
