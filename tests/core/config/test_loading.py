"""A config without a mistake is checked objects."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.core.config.stanzas import FANS, HUB, LOYAL, NEWS, SHOP, Load, mistakes_in, shop_of


def test_paths_are_counted_from_the_config_file(
    loaded: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    config = loaded(HUB + 'database = "sqlite:///data/hub.db"' + SHOP + 'folder = "files"')
    connector = shop_of(config)
    assert connector.folder == tmp_path / "files"
    assert config.hub.database == f"sqlite:///{tmp_path}/data/hub.db"


def test_absolute_paths_and_other_databases_stay_as_they_are(loaded: Load) -> None:
    for url in ("sqlite:////srv/hub.db", "postgresql+psycopg://hub@host/name"):
        assert loaded(HUB + f'database = "{url}"').hub.database == url


def test_the_hub_and_the_shop_are_checked_objects(loaded: Load) -> None:
    config = loaded(
        HUB
        + 'country = "DK"\nlanguage = "da"\nprecedence = ["news"]\n'
        + 'joins_nobody = ["NoReply@Shop.example", "@shop.example", "+45 70 10"]\n'
        + 'allow_local = ["Shop.Lan"]\n'
        + SHOP
        + NEWS
        + '[aliases.brand]\n"Lego" = ["LEGO A/S", "Lego System"]\n'
    )
    assert config.hub.timezone == ZoneInfo("Europe/Copenhagen")
    assert config.hub.language == "da"
    assert config.hub.allow_local == {"shop.lan"}
    assert config.shop.zone == config.hub.timezone
    assert config.shop.currency == "DKK"
    assert config.shop.country == "DK"
    assert config.shop.precedence == ("news", "shop")
    assert config.shop.joins_nobody == ("noreply@shop.example", "@shop.example", "+457010")
    assert config.shop.brand_aliases == {
        "lego": "Lego", "lego a/s": "Lego", "lego system": "Lego"
    }  # fmt: skip
    assert config.aliases == {"Lego": ("LEGO A/S", "Lego System")}


def test_without_a_word_a_shop_is_believed_before_an_email_tool(loaded: Load) -> None:
    assert loaded(HUB + NEWS + SHOP).shop.precedence == ("shop", "news")


def test_a_source_is_read_as_often_as_its_stanza_says_or_once_a_day(loaded: Load) -> None:
    often = loaded(HUB + SHOP + 'pull = { every = "15 minutes" }').connections["shop"]
    assert often.pull is not None
    assert often.pull.every == timedelta(minutes=15)
    daily = loaded(HUB + SHOP + NEWS).connections
    assert daily["shop"].pull is not None
    assert daily["shop"].pull.every == timedelta(days=1)
    assert daily["news"].pull is None
    assert daily["news"].push is None


def test_connectors_reach_only_the_local_hosts_that_the_hub_allows(loaded: Load) -> None:
    config = loaded(HUB + 'allow_local = ["Localhost:8080"]' + SHOP)
    assert config.connections["shop"].connector._network.allow_local == {"localhost:8080"}


def test_segments_may_live_in_files_of_their_own(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.toml").write_text(FANS)
    config = loaded(HUB + 'segments = ["more/*.toml"]' + LOYAL)
    assert [each.name for each in config.segments] == ["loyal", "fans"]


def test_a_mistake_in_a_further_file_names_the_file(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(FANS + "itms = 3\n[connections.x]")
    (tmp_path / "b.toml").write_text(LOYAL)
    (tmp_path / "c.toml").write_text("not toml")
    found = mistakes_in(loaded, HUB + 'segments = ["?.toml"]' + LOYAL)
    assert sorted(found) == [
        "a.toml: connections",
        "a.toml: segments.fans.itms",
        "b.toml: segments.loyal",
        "c.toml",
    ]
    assert "already" in found["b.toml: segments.loyal"]


def test_a_pattern_that_names_no_file_is_worth_a_look(loaded: Load) -> None:
    config = loaded(HUB + 'segments = ["more/*.toml"]')
    assert [each.path for each in config.warnings] == ["hub.segments[0]"]


def test_a_byte_order_mark_before_a_config_or_a_file_of_segments_is_skipped(
    loaded: Load, tmp_path: Path
) -> None:
    (tmp_path / "more.toml").write_text("\ufeff" + FANS)
    config = loaded("\ufeff" + HUB + 'segments = ["more.toml"]\n')
    assert [each.name for each in config.segments] == ["fans"]


@pytest.mark.parametrize(
    ("segment", "asks"),
    [
        ('field = "region"\nis = "Oslo"', True),
        ('not = { lives = "near", store = "s", km = 5 }', True),
        ('field = "region"\nis = "{value}"\nfor_each = "region"', True),
        ('recipe = "store_customers"\nstore = "s"\nby = "lives_near"', True),
        ('lives = "in_area"\nstore = "s"', False),
        ('field = "city"\nis = "Oslo"', False),
    ],
)
def test_places_are_wanted_where_a_rule_asks_for_them(
    loaded: Load, monkeypatch: pytest.MonkeyPatch, segment: str, asks: bool
) -> None:
    text = f"{HUB}[segments.near]\n{segment}"
    assert loaded(text).shop.places is asks
    assert loaded(text).warnings == ()
    monkeypatch.setattr("core.store.people.gazetteer._PACKAGES", ("no_such_package",))
    bare = loaded(text)
    assert not bare.shop.places
    assert ["segmenthub[places]" in each.message for each in bare.warnings] == [True] * asks
