"""Every mistake of a config is told at once: where, what was read, what was meant."""

from pathlib import Path

import pytest

from core.config import load
from core.errors import Misconfigured
from tests.core.config.stanzas import HUB, LOYAL, NEWS, SHOP, Load, mistakes_in


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("", "hub.timezone", ["is missing", "time zone"]),
        (HUB + "databse = 1", "hub.databse", ['did you mean "database"']),
        (HUB.replace("hagen", "hagn"), "hub.timezone", ["Copenhagn", '"Europe/Copenhagen"']),
        (HUB.replace("DKK", "DKR"), "hub.currency", ['"DKR"', '"DKK"']),
        (HUB.replace('"DKK"', "7"), "hub.currency", ["read 7", '"DKK"']),
        (HUB + 'country = "DN"', "hub.country", ['"DN"']),
        (HUB + 'language = "dk"', "hub.language", ['"da"', '"nb"', '"sv"', '"en"']),
        (HUB + 'database = "sqllite:///a.db"', "hub.database", ["sqllite", "sqlite"]),
        (HUB + 'database = "sqlite://"', "hub.database", ["path of a file"]),
        (HUB + 'database = "nonsense"', "hub.database", ["cannot be read"]),
        (HUB + 'joins_nobody = ["noreply"]', "hub.joins_nobody[0]", ['"noreply"', "phone"]),
        (HUB + 'precedence = ["shp"]' + SHOP, "hub.precedence[0]", ['"shp"', '"shop"']),
        (HUB + 'precedence = ["shop", "shop"]' + SHOP, "hub.precedence[1]", ["twice"]),
        (HUB + 'segments = ["none.toml"]', "hub.segments[0]", ["none.toml"]),
        ("hub = 3", "hub", ["read 3", "table"]),
        (HUB + "[conections.shop]", "conections", ['"connections"']),
        (HUB + "[connections]\nshop = 5", "connections.shop", ["read 5", "table"]),
        (HUB + '[connections."my shop"]', 'connections."my shop"', ["letters"]),
        (HUB + SHOP.replace('"shop"', '"shpo"'), "connections.shop.kind", ['"shpo"', '"shop"']),
        (HUB + SHOP.replace('"shop"', "4"), "connections.shop.kind", ["read 4"]),
        (HUB + "[connections.shop]", "connections.shop.kind", ["is missing"]),
        (HUB + SHOP + 'ulr = "x"', "connections.shop.ulr", ['did you mean "url"']),
        (HUB + SHOP + "pul = {}", "connections.shop.pul", ['"pull"']),
        (HUB + SHOP.replace("url =", "# "), "connections.shop.url", ["missing", "Address of the"]),
        (HUB + SHOP.replace("https://shop.example", ""), "connections.shop", ["leads nowhere"]),
        (HUB + SHOP + 'pages = "many"', "connections.shop.pages", ['"many"', "whole number"]),
        (HUB + SHOP + "mode = { colum = 1 }", "connections.shop.mode.colum", ['"column"']),
        (HUB + SHOP + "mode = 1", "connections.shop.mode", ["read 1"]),
        (
            HUB + SHOP + "custom = { shoe = { column = 3 } }",
            "connections.shop.custom.shoe.column",
            ["read 3"],
        ),
        (HUB + SHOP + 'pull = "hourly"', "connections.shop.pull", ['"hourly"', "table"]),
        (
            HUB + SHOP + 'pull = { every = "15 minuts" }',
            "connections.shop.pull.every",
            ['"15 minuts"', '"minutes"'],
        ),
        (
            HUB + SHOP + 'pull = { every = "6 months" }',
            "connections.shop.pull.every",
            ['"6 months"', "weeks"],
        ),
        (HUB + SHOP + "pull = { every = 15 }", "connections.shop.pull.every", ["read 15"]),
        (HUB + SHOP + 'pull = { every = "0 hours" }', "connections.shop.pull.every", ["0 hours"]),
        (HUB + SHOP + 'pull = { every = "367 days" }', "connections.shop.pull.every", ["a year"]),
        (HUB + 'keep = "4000 days"' + SHOP, "hub.keep", ["ten years"]),
        (HUB + 'keep = "999999999 weeks"' + SHOP, "hub.keep", ["ten years"]),
        (HUB + SHOP + 'pull = { evry = "1 day" }', "connections.shop.pull.evry", ['"every"']),
        (HUB + NEWS + 'pull = { every = "1 day" }', "connections.news.pull", ["cannot be read"]),
        (HUB + LOYAL + SHOP + 'push = { tags = { loyal = "L" } }', "connections.shop.push",
         ["cannot be written"]),
        (HUB + NEWS + "push = {}", "connections.news.push", ["binds nothing", '"tags"']),
        (HUB + LOYAL + NEWS + 'push = { tags = { loyl = "L" } }',
         "connections.news.push.tags.loyl", ['"loyl"', '"loyal"']),
        (HUB + LOYAL + NEWS + 'push = { tag = { loyal = "L" } }',
         "connections.news.push.tag", ['"tags"']),
        (HUB + LOYAL + NEWS + 'push = { tags = { loyal = "L {value}" } }',
         "connections.news.push.tags.loyal", ["for_each"]),
        (HUB + LOYAL + NEWS + 'push = { lists = { loyal = "L" } }',
         "connections.news.push.lists", ["has no lists", '"fields", "tags"']),
        (HUB + NEWS + 'push = { fields = { LAST = "orders.lst" } }',
         "connections.news.push.fields.LAST", ['"orders.lst"', '"orders.last"']),
        (HUB + LOYAL + NEWS + 'push = { tags = { loyal = "L" }, brake = "200%" }',
         "connections.news.push.brake", ['"200%"', '"0%"']),
        (HUB + LOYAL + NEWS + 'push = { tags = { loyal = "L" }, requires = "mail" }',
         "connections.news.push.requires", ['"mail"', '"email"']),
        (HUB + "[aliases.brnd]", "aliases.brnd", ['"brand"']),
        (HUB + '[aliases.brand]\nLego = ["L"]\nDuplo = ["l"]', "aliases.brand.Duplo[0]",
         ['"Lego"', "already"]),
        (HUB + '[aliases.brand]\nLego = ["Duplo"]\nDuplo = []', "aliases.brand.Lego[0]",
         ['"Duplo"']),
        (HUB + "[aliases.brand]\nLego = []\nLEGO = []", "aliases.brand.LEGO", ['"Lego"', "case"]),
        (HUB + '[segments."brand:x"]', 'segments."brand:x"', ["letters"]),
        (HUB + "[segments]\nloyal = 3", "segments.loyal", ["read 3", "table"]),
        (HUB + '[segments.loyal]\nrecipe = "frequent_byers"', "segments.loyal.recipe",
         ['"frequent_byers"', '"frequent_buyers"']),
        (HUB + LOYAL + "oders = 4", "segments.loyal.oders", ['"orders"']),
        (HUB + '[segments.own]\norders = "cuont"\nat_least = 1', "segments.own.orders",
         ['"cuont"', '"count"']),
        (HUB + '[segments.own]\nall = [{ ordrs = "count", at_least = 1 }]', "segments.own.all[0]",
         ['"ordrs"', '"orders"']),
    ],
)  # fmt: skip
def test_a_mistake_names_its_path_what_was_read_and_the_nearest_words(
    loaded: Load, text: str, path: str, words: list[str]
) -> None:
    found = mistakes_in(loaded, text)
    assert path in found
    for word in words:
        assert word in found[path]


def test_a_circle_of_segments_is_reported_with_its_path(loaded: Load) -> None:
    circle = """
    [segments.own]
    segment = "own"
    [segments.here]
    all = [{ segment = "there" }]
    [segments.there]
    any = [{ not = { segment = "beyond" } }, { field = "email", known = true }]
    [segments.beyond]
    segment = "here"
    """
    assert mistakes_in(loaded, HUB + circle + SHOP) == {
        "segments.own": "refers to itself: own -> own; break the circle",
        "segments.here": "refers to itself: here -> there -> beyond -> here; break the circle",
        "segments.there": "refers to itself: there -> beyond -> here -> there; break the circle",
        "segments.beyond": "refers to itself: beyond -> here -> there -> beyond; break the circle",
    }


def test_all_mistakes_are_reported_at_once_and_each_only_once(loaded: Load) -> None:
    text = """
        unknwon = 1
        [hub]
        timezone = "Europe/Kopenhagen"
        currency = "DKR"
        [connections.shop]
        kind = "shop"
        key = { env = "NOWHERE" }
        [connections.till]
        kind = "tll"
        [connections.news]
        kind = "news"
        api_key = "literal-secret"
        push = { every = "1 houer", tags = { loyl = "Loyal" } }
        [segments.loyal]
        recipe = "frequent"
        [aliases.brand]
        Lego = 3
    """
    found = mistakes_in(loaded, text)
    assert sorted(found) == [
        "aliases.brand.Lego",
        "connections.news.api_key",
        "connections.news.push.every",
        "connections.shop.key",
        "connections.shop.url",
        "connections.till.kind",
        "hub.currency",
        "hub.timezone",
        "segments.loyal.recipe",
        "unknwon",
    ]


def test_a_text_field_is_not_compared_with_a_number(loaded: Load) -> None:
    rule = '[segments.big]\nfield = "custom.shoe"\nat_least = 45\n'
    assert loaded(HUB + rule + SHOP).segments
    found = mistakes_in(loaded, HUB + rule + SHOP + 'custom = { shoe = "Shoe" }')
    assert "custom.shoe is a text" in found["segments.big"]


def test_a_mistake_in_a_connection_is_not_repeated_where_it_is_named(loaded: Load) -> None:
    rule = """
    [segments.here]
    orders = "count"
    where = { connection = "shop" }
    at_least = 1
    """
    text = HUB + 'precedence = ["shop"]' + rule + SHOP.replace("SHOP_KEY", "NO_KEY")
    assert list(mistakes_in(loaded, text)) == ["connections.shop.key"]


def test_a_mistake_in_a_segment_is_not_repeated_where_it_is_bound(loaded: Load) -> None:
    text = HUB + LOYAL + "oders = 1" + NEWS + 'push = { tags = { loyal = "L" } }'
    assert list(mistakes_in(loaded, text)) == ["segments.loyal.oders"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["there is no file", "segmenthub init"]),
        (b"[hub\na = 1", ["not valid TOML", "line 1"]),
        (b'[hub]\na = 1\n[hub]\nb = "ck_literal"', ["not valid TOML", "line 3"]),
        (b"\xff\xfe", ["UTF-8"]),
        (b"a = " + b"[" * 5000, ["TOML"]),
    ],
)
def test_a_file_that_is_no_config_is_reported_in_one_line(
    tmp_path: Path, content: bytes | None, words: list[str]
) -> None:
    file = tmp_path / "config.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        load(file, {})
    assert len(caught.value.mistakes) == 1
    for word in [*words, str(file)]:
        assert word in str(caught.value)
