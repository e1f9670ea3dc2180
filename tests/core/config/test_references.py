"""Secrets stand elsewhere, and what was read by reference is never shown."""

from pathlib import Path

import pytest

from core import log
from core.config import load
from core.errors import Misconfigured
from tests.core.config.stanzas import ENVIRONMENT, HUB, SHOP, Load, mistakes_in, shop_of


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('key = "ck_literal"', "connections.shop.key"),
        ('key = ["ck_literal"]', "connections.shop.key"),
        ('key = { env = "SHOP_KEY" }\ntokens = ["ck_literal"]', "connections.shop.tokens[0]"),
        ('key = { env = "SHOP_KEY" }\nkee = "ck_literal"', "connections.shop.kee"),
        ('key = { value = "ck_literal" }', "connections.shop.key"),
        ('key = { env = "SHOP_KEY" }\nmode = "https://me:ck_literal@a"', "connections.shop.mode"),
    ],
)
def test_a_literal_secret_is_refused_and_never_shown(loaded: Load, written: str, kept: str) -> None:
    text = HUB + SHOP.replace('key = { env = "SHOP_KEY" }', written)
    with pytest.raises(Misconfigured) as caught:
        loaded(text)
    assert [each.path for each in caught.value.mistakes] == [kept]
    assert "ck_literal" not in str(caught.value) + repr(caught.value)


def test_the_line_to_write_instead_of_a_literal_secret_is_shown(loaded: Load) -> None:
    text = HUB + SHOP.replace('{ env = "SHOP_KEY" }', '"ck_literal"')
    message = mistakes_in(loaded, text)["connections.shop.key"]
    assert 'key = { env = "SHOP_KEY" }' in message


def test_a_password_in_the_database_address_is_refused_and_never_shown(loaded: Load) -> None:
    found = mistakes_in(loaded, HUB + 'database = "postgresql://hub:hunter2@host/name"')
    assert 'database = { env = "DATABASE" }' in found["hub.database"]
    assert "hunter2" not in str(found)


def test_a_secret_comes_from_the_environment(loaded: Load) -> None:
    connector = shop_of(loaded(HUB + SHOP))
    assert connector.key.get_secret_value() == ENVIRONMENT["SHOP_KEY"]
    assert ENVIRONMENT["SHOP_KEY"] not in repr(loaded(HUB + SHOP))


def test_a_secret_that_was_read_is_masked_in_every_log_line(loaded: Load) -> None:
    loaded(HUB + SHOP)
    assert ENVIRONMENT["SHOP_KEY"] not in log.masked_text(f"key {ENVIRONMENT['SHOP_KEY']} refused")


def test_a_missing_variable_is_named(loaded: Load) -> None:
    found = mistakes_in(loaded, HUB + SHOP.replace("SHOP_KEY", "NO_KEY"))
    assert found == {"connections.shop.key": "the environment variable NO_KEY is not set"}


@pytest.mark.parametrize("content", ["from-a-file\n", "\ufefffrom-a-file\r\n"])
def test_a_secret_comes_from_a_file_beside_the_config(
    loaded: Load, tmp_path: Path, content: str
) -> None:
    secret = tmp_path / "key.txt"
    secret.write_text(content)
    secret.chmod(0o600)
    config = loaded(HUB + SHOP.replace('env = "SHOP_KEY"', 'file = "key.txt"'))
    connector = shop_of(config)
    assert connector.key.get_secret_value() == "from-a-file"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_secret_file_that_others_can_read_is_refused_with_the_command_to_run(
    loaded: Load, tmp_path: Path, mode: int
) -> None:
    secret = tmp_path / "key.txt"
    secret.write_text("from-a-file")
    secret.chmod(mode)
    found = mistakes_in(loaded, HUB + SHOP.replace('env = "SHOP_KEY"', 'file = "key.txt"'))
    assert f"chmod 600 '{secret}'" in found["connections.shop.key"]


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"a\x00b"])
def test_a_secret_file_without_a_text_is_named(
    loaded: Load, tmp_path: Path, content: bytes
) -> None:
    secret = tmp_path / "key.txt"
    secret.write_bytes(content)
    secret.chmod(0o600)
    found = mistakes_in(loaded, HUB + SHOP.replace('env = "SHOP_KEY"', 'file = "key.txt"'))
    assert str(secret) in found["connections.shop.key"]


@pytest.mark.parametrize("name", ["nowhere.txt", ".", "a/b/c"])
def test_a_missing_secret_file_is_named(loaded: Load, tmp_path: Path, name: str) -> None:
    found = mistakes_in(loaded, HUB + SHOP.replace('env = "SHOP_KEY"', f'file = "{name}"'))
    assert list(found) == ["connections.shop.key"]
    assert str(tmp_path) in found["connections.shop.key"]


def test_any_single_value_may_be_a_reference(loaded: Load) -> None:
    config = loaded(HUB + SHOP.replace('"https://shop.example"', '{ env = "NEWS_KEY" }'))
    connector = shop_of(config)
    assert connector.url == ENVIRONMENT["NEWS_KEY"]


def test_a_value_that_was_referred_to_is_not_shown_when_it_is_wrong(loaded: Load) -> None:
    found = mistakes_in(loaded, HUB + SHOP + 'pages = { env = "NEWS_KEY" }')
    assert ENVIRONMENT["NEWS_KEY"] not in str(found)
    assert list(found) == ["connections.shop.pages"]


def test_a_table_of_the_connectors_own_is_no_reference(loaded: Load) -> None:
    config = loaded(HUB + SHOP + 'custom = { file = "A", env = "B" }')
    connector = shop_of(config)
    assert connector.custom == {"file": "A", "env": "B"}
    config = loaded(HUB + SHOP + 'custom = { env = "B" }')
    connector = shop_of(config)
    assert connector.custom == {"env": "B"}


def test_a_password_in_a_database_address_is_masked_in_every_log_line(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(HUB + 'database = { env = "DATABASE" }')
    loaded = load(config, {"DATABASE": "postgresql://hub:hunter2-and-more@host/name"})
    assert "hunter2-and-more" in loaded.hub.database
    assert "hunter2-and-more" not in repr(loaded)
    assert "hunter2-and-more" not in log.masked_text("login with hunter2-and-more failed")
