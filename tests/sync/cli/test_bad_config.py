"""Every mistake in a config is told at once: its path, what was read, the nearest known words."""

from pathlib import Path

import pytest

from tests.sync.cli.commands import Typist
from tests.sync.cli.till import HUB, SEGMENTS, TILL, Till

NEWS = """
[connections.a]
kind = "mailchimp"
api_key = { file = "key" }
audience = "x"
push = { tags = { loyl = "Loyal" } }
"""
MISTAKES = {
    "unknown table": (
        "[conections.x]\n", 'conections: there is no table "conections"', '"connections"',
    ),
    "unknown key of the hub": ("", 'hub.timezon: there is no key "timezon"', '"timezone"'),
    "unknown key of a connection": (
        '[connections.a]\nkind = "csv"\nfoldr = "x"\n',
        'connections.a.foldr: there is no key "foldr"', '"folder"',
    ),
    "unknown kind": (
        '[connections.a]\nkind = "woocomerce"\n',
        'connections.a.kind: there is no connector "woocomerce"', '"woocommerce"',
    ),
    "unknown recipe": (
        '[segments.a]\nrecipe = "vipp"\n',
        'segments.a.recipe: there is no recipe "vipp"', '"vip"',
    ),
    "unknown parameter": (
        '[segments.a]\nrecipe = "frequent_buyers"\nordrs = 3\n',
        'segments.a.ordrs: there is no parameter "ordrs"', '"orders"',
    ),
    "unknown segment": (
        '[segments.a]\nall = [{ segment = "loyl" }]\n',
        'there is no segment "loyl"', '"loyal"',
    ),
    "unknown segment in a push": (
        NEWS,
        'connections.a.push.tags.loyl: there is no segment "loyl"', '"loyal"',
    ),
}  # fmt: skip
"""Mistake -> lines added to a config, the path in the error, the nearest known word."""


@pytest.mark.parametrize(("added", "told", "nearest"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize("command", ["check", "pull", "status"])
def test_a_word_that_nobody_knows(
    segmenthub: Typist, till: Till, command: str, added: str, told: str, nearest: str
) -> None:
    _key(till)
    hub = HUB if added else HUB.replace("timezone", "timezon")
    till.configure(hub, TILL, SEGMENTS, added)
    answer = segmenthub(command)
    assert answer.code == 2
    assert not answer.out
    assert told in answer.err
    assert nearest in answer.err
    assert not till.database.exists()


def test_all_mistakes_are_told_at_once(segmenthub: Typist, till: Till) -> None:
    till.configure(
        HUB.replace("timezone", "timezon"),
        MISTAKES["unknown table"][0],
        MISTAKES["unknown kind"][0],
        MISTAKES["unknown recipe"][0],
    )
    told = segmenthub("check").err
    for path in ("hub.timezon", "hub.timezone", "conections", "connections.a.kind", "segments.a"):
        assert f"{path}: " in told or f"{path}." in told


@pytest.mark.parametrize(
    ("reference", "named"),
    [('{ env = "SHOP_KEY" }', "SHOP_KEY"), ('{ file = "shop_key.txt" }', "shop_key.txt")],
)
def test_a_secret_that_is_missing_is_named(
    segmenthub: Typist, till: Till, reference: str, named: str
) -> None:
    till.configure(
        HUB,
        f'[connections.shop]\nkind = "woocommerce"\nurl = "https://shop.example"\n'
        f"key = {reference}\nsecret = {reference}\n",
    )
    answer = segmenthub("pull")
    assert answer.code == 2
    assert "connections.shop.key: " in answer.err
    assert named in answer.err


def test_a_secret_that_is_written_out_is_refused_and_not_repeated(
    segmenthub: Typist, till: Till
) -> None:
    till.configure(
        HUB,
        '[connections.shop]\nkind = "woocommerce"\nurl = "https://shop.example"\n'
        'key = "ck_123456789"\nsecret = "cs_123456789"\n',
    )
    answer = segmenthub("check")
    assert answer.code == 2
    assert 'key = { env = "SHOP_KEY" }' in answer.err
    assert "123456789" not in answer.err


def test_a_config_that_is_no_toml_says_in_which_line(segmenthub: Typist, till: Till) -> None:
    till.config.write_text("[hub\n", "utf-8")
    answer = segmenthub("pull")
    assert answer.code == 2
    assert "line 1" in answer.err


def _key(till: Till) -> Path:
    file = till.folder / "key"
    file.write_text("made-up-us1", "utf-8")
    file.chmod(0o600)
    return file
