"""All mistakes in a config are reported at once, with path, value and the nearest known words."""

import pytest

from tests.sync.cli.commands import CommandLine
from tests.sync.cli.till import HUB, SEGMENTS, TILL, Till

MISTAKES = {
    'hub.timezon: there is no key "timezon"; did you mean "timezone"': HUB.replace("zone", "zon"),
    'conections: there is no table "conections"': "[conections.x]\n",
    'connections.a.kind: there is no connector "woocomerce"': (
        '[connections.a]\nkind = "woocomerce"\n'
    ),
    'segments.a.recipe: there is no recipe "vipp"': '[segments.a]\nrecipe = "vipp"\n',
}
"""Sentence of the error -> a stanza with the mistake."""


@pytest.mark.parametrize("command", ["check", "pull", "status"])
def test_every_command_reports_all_mistakes_at_once(
    segmenthub: CommandLine, till: Till, command: str
) -> None:
    till.configure(*MISTAKES.values(), TILL, SEGMENTS)
    answer = segmenthub(command)
    assert answer.code == 2
    assert not answer.out
    assert [sentence for sentence in MISTAKES if sentence not in answer.err] == []
    assert "hub.timezone: " in answer.err
    assert not till.database.exists()


@pytest.mark.parametrize(
    ("reference", "named"),
    [('{ env = "SHOP_KEY" }', "SHOP_KEY"), ('{ file = "shop_key.txt" }', "shop_key.txt")],
)
def test_a_secret_that_is_missing_is_named(
    segmenthub: CommandLine, till: Till, reference: str, named: str
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
    segmenthub: CommandLine, till: Till
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


def test_a_config_that_is_no_toml_says_in_which_line(segmenthub: CommandLine, till: Till) -> None:
    till.config.write_text("[hub\n", "utf-8")
    answer = segmenthub("pull")
    assert answer.code == 2
    assert "line 1" in answer.err
