"""`check` lists the mistakes in a config, or its content."""

import json
from pathlib import Path

import pytest
import typer

from sync.cli.app import app, schema
from sync.cli.commands.check import check
from tests.sync.cli.commands import CommandLine
from tests.sync.cli.till import HUB, TILL, Till

CONFIG = """
[hub]
timezone = "Europe/Copenhagen"
currency = "DKK"

[connections.till]
kind = "csv"
folder = "till"
pull = { every = "15 minutes" }

[connections.till.orders]
files = ["sales.csv"]
id = "receipt"
placed_at = "date"
total = "amount"

[segments.loyal]
title = { en = "Loyal [friends] :heart: \\u001b[2J" }
recipe = "frequent_buyers"
review_by = 2020-01-31
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "sales.csv").write_text("receipt,date,amount\n1,2026-01-31,10\n")
    file = tmp_path / "config.toml"
    file.write_text(CONFIG)
    return file


def test_check_shows_what_was_understood(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(config) == 0
    shown = capsys.readouterr()
    for word in ("till", "csv", "every 15 minutes", "loyal", "Loyal [friends] :heart: [2J"):
        assert word in shown.out
    assert "segments.loyal.review_by: 2020-01-31 is past" in shown.err


def test_check_shows_every_mistake_on_standard_error(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(CONFIG.replace("DKK", "DKR").replace("15 minutes", "[15] minuts"))
    assert check(config) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert "2 mistakes" in shown.err
    assert 'hub.currency: there is no currency "DKR"' in shown.err
    assert 'connections.till.pull.every: read "[15] minuts"' in shown.err


def test_check_asks_connectors_for_what_they_miss(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.parent / "till" / "sales.csv").unlink()
    assert check(config) == 2
    assert "connections.till.orders" in capsys.readouterr().err


def test_check_compares_values_with_the_store_and_makes_none(
    segmenthub: CommandLine, till: Till
) -> None:
    lives = '[segments.near]\nfield = "gender"\nis = "Mnd"\n'
    level = '[segments.level]\nfield = "country"\nis = "Norwey"\n'
    stated = TILL.replace('gender = "sex"', 'gender = "sex"\ncountry = "country"')
    till.configure(HUB, stated, lives, level)
    till.write("people.csv", "id,email,sex,country", "1,ann@example.com,female,Norway")
    assert segmenthub("check").code == 0
    assert not till.database.exists()
    segmenthub("pull")
    shown = segmenthub("check")
    assert shown.code == 0
    assert 'segments.near: there is no gender "Mnd"; known: "female", "male", "other"' in shown.err
    assert 'segments.level: there is no country "Norwey"; known: "NO"' in shown.err


def test_check_live_reaches_the_database_and_every_source(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(config, live=True) == 0
    shown = capsys.readouterr().out
    assert "reached hub.database" in shown
    assert "reached connections.till" in shown


def test_check_live_does_not_say_of_a_push_that_it_tried_to_write(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADS_TOKEN", "a-token")
    ads = """
[connections.ads]
kind = "meta"
account = "7001"
token = { env = "ADS_TOKEN" }
push = { audiences = { loyal = "Loyal" } }
"""
    config.write_text(CONFIG + ads)
    assert check(config, live=True) == 0
    shown = capsys.readouterr().out
    assert "not tried connections.ads.push" in shown
    assert "reached connections.ads" not in shown


def test_check_live_names_the_connection_that_nobody_has_signed_in_to(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_SECRET", "made-up-secret")
    desk = """
[connections.desk]
kind = "lightspeed"
url = "https://example.retail.lightspeed.app"
client_id = "a1b2c3"
client_secret = { env = "DESK_SECRET" }
"""
    config.write_text(CONFIG + desk)
    assert check(config, live=True) == 3
    shown = " ".join(capsys.readouterr().err.split())
    assert "run: segmenthub connect desk" in shown


def test_the_schema_is_printed_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    schema(typer.Context(typer.main.get_command(app)))
    assert json.loads(capsys.readouterr().out)["properties"]["hub"]
