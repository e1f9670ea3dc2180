"""A destination that the config gives another name."""

from dataclasses import replace

import pytest

from core.config import Config, ConnectionConfig, HubConfig
from core.errors import Misconfigured
from core.store.database import Database
from core.store.shop import Shop
from sync.hub import Hub
from sync.push import push
from sync.repair.renaming import possible_renames, rename
from tests.core.audience.seeded_shop import LOYAL, NOW, ZONE, SeededShop, bound, tag


@pytest.fixture
def shop(database: Database) -> SeededShop:
    """A store with a tag that was delivered to two people through `news`."""
    shop = SeededShop(database)
    shop.loyal("ann", "bo")
    push(shop.database, shop.tool, bound(tag("loyal")), shop.basis)
    return shop


def hub_of(shop: SeededShop, *names: str) -> Hub:
    """A hub whose config names these connections."""
    config = Config(
        path=None,  # type: ignore[arg-type]  # nobody asks for it
        hub=HubConfig("", ZONE, "DKK", None, "en", frozenset()),
        shop=Shop(zone=ZONE, currency="DKK"),
        connections={
            name: ConnectionConfig(name, "tool", shop.tool, None, bound(tag("loyal")))
            for name in names
        },
        segments=(),
        aliases={},
    )
    return Hub(config, shop.database, lambda: NOW)


def sentences(hub: Hub) -> list[str]:
    """The sentences about connections that look renamed."""
    with hub.database.read() as transaction:
        return list(possible_renames(transaction, hub.config))


def test_a_renamed_destination_is_told_and_keeps_its_deliveries(shop: SeededShop) -> None:
    assert sentences(hub_of(shop, "news")) == []
    hub = hub_of(shop, "letters")
    assert "; ".join(sentences(hub)) == (
        "letters is new, and news, of the same kind, is no longer in the config; if it has another "
        "name now, what was delivered through it is neither changed nor removed until you run: "
        "segmenthub rename news letters"
    )
    rename(hub, "news", "letters")
    assert sentences(hub) == []
    shop.leave("loyal", "ann")
    stanza = replace(bound(tag("loyal")), connection="letters")
    push(shop.database, shop.tool, stanza, shop.basis)
    assert shop.tool.carrying(LOYAL) == {"bo": "yes"}


def test_the_config_has_the_new_name_alone_before_the_store_follows(shop: SeededShop) -> None:
    with pytest.raises(Misconfigured, match="news is still in the config"):
        rename(hub_of(shop, "news", "letters"), "news", "letters")
    with pytest.raises(Misconfigured, match="letters"):
        rename(hub_of(shop, "other"), "news", "letters")
    shop.other("post")
    hub = hub_of(shop, "letters")
    stranger = replace(hub.config.connections["letters"], kind="acme")
    hub = replace(hub, config=replace(hub.config, connections={"letters": stranger}))
    assert sentences(hub) == []
    with pytest.raises(Misconfigured, match="news is of the kind tool, and letters of acme"):
        rename(hub, "news", "letters")
