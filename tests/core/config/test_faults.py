"""A config that names a broken package is right all the same, and says what cannot be used."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.config import Config, load
from core.config.connections import Pull
from core.contract import Destination, Stream
from core.errors import Misconfigured
from core.plugins import BrokenConnector, ConnectorSnapshot
from tests.core.config.stanzas import ENVIRONMENT, HUB, LOYAL, NEWS, SHOP, Load
from tests.packages import Packages

ACME = """
[connections.acme]
kind = "acme"
address = "till.example"
token = { env = "NOBODY_SET_IT" }
"""
GOOD = """
from typing import ClassVar
from core.contract import Cost, Destination, Source, Stream

class Connection(Source, Destination):
    kind: ClassVar[str] = "acme"
    system = "till"
    address: str
    token: str

    def streams(self):
        return [Stream("people", ("Contact",))]

    def read(self, stream, window, state=None):
        return iter(())

    def gating_lists(self):
        return ()

    def cost(self, changes):
        return Cost(0, 0)

    def carriers(self, target):
        return ()

    def push(self, changes):
        return iter(())
"""
PUSH = '[connections.acme.push]\ntags = { loyal = "Loyal" }\nfields = { NOTE = "email" }\n'
TWICE = "comes from acme-copy and acme-till; uninstall all but one"

Break = Callable[[Packages], None]


def does_not_import(packages: Packages) -> None:
    packages.install("acme-till", "acme", "import no_such_library")


def is_registered_twice(packages: Packages) -> None:
    packages.install("acme-till", "acme", GOOD)
    packages.install("acme-copy", "acme", GOOD)


def breaks_the_contract(packages: Packages) -> None:
    packages.install("acme-till", "acme", GOOD.replace("def read", "def reads"))


def fails_when_probed(packages: Packages) -> None:
    stream = '[Stream("people", ("Contact",))]'
    packages.install("acme-till", "acme", GOOD.replace(stream, "1 / 0"))


def fails_when_it_is_configured(packages: Packages) -> None:
    failing = "    def model_post_init(self, _):\n        raise KeyError(self.token)\n"
    packages.install("acme-till", "acme", f"{GOOD}\n{failing}")


def shows_a_secret_when_probed(packages: Packages) -> None:
    failing = "from core.errors import Unauthorized\n        raise Unauthorized(self.token)"
    code = GOOD.replace('return [Stream("people", ("Contact",))]', failing)
    packages.install("acme-till", "acme", code)


BROKEN = [
    (does_not_import, "ModuleNotFoundError: No module named 'no_such_library'"),
    (is_registered_twice, TWICE),
    (breaks_the_contract, "acme_till:Connection leaves out read"),
    (fails_when_probed, "acme_till:Connection fails with ZeroDivisionError"),
    (
        shows_a_secret_when_probed,
        "cannot list what it offers: …; report it to its author",
    ),
    (fails_when_it_is_configured, "acme_till:Connection fails with KeyError"),
]


@pytest.fixture
def loads(tmp_path: Path) -> Load:
    """Loads a text as the config file of a folder of its own, with what is installed."""

    def loads(text: str) -> Config:
        (tmp_path / "config.toml").write_text(text, "utf-8")
        return load(tmp_path / "config.toml", {**ENVIRONMENT, "NOBODY_SET_IT": "a-word"})

    return loads


@pytest.mark.parametrize(("broken", "reason"), BROKEN)
def test_the_rest_of_the_config_is_as_it_would_be(
    packages: Packages, loads: Load, broken: Break, reason: str
) -> None:
    broken(packages)
    config = loads(HUB + ACME + 'pull = { every = "2 hours" }\n' + LOYAL + PUSH)
    acme = config.connections["acme"]
    assert isinstance(acme.connector, BrokenConnector)
    assert reason in acme.fault
    assert "acme-till" in acme.fault
    assert "a-word" not in acme.fault
    assert (acme.name, acme.kind, acme.pull) == ("acme", "acme", Pull(timedelta(hours=2)))
    assert acme.push is not None
    assert [each.target.name for each in acme.push.bindings] == ["Loyal", "NOTE"]
    assert config.faults == {"acme": acme.fault}
    assert [each.name for each in config.segments] == ["loyal"]


@pytest.mark.parametrize("broken", [each for each, _ in BROKEN])
def test_mistakes_are_reported_beside_broken_packages(
    packages: Packages, loads: Load, broken: Break
) -> None:
    broken(packages)
    with pytest.raises(Misconfigured) as caught:
        loads(HUB.replace("DKK", "DKR") + ACME + LOYAL + PUSH.replace("loyal =", "loyl ="))
    assert [each.path for each in caught.value.mistakes] == [
        "hub.currency", "connections.acme.push.tags.loyl", "connections.acme",
    ]  # fmt: skip


def test_a_kind_that_no_package_offers_is_a_mistake_of_the_config(loads: Load) -> None:
    with pytest.raises(Misconfigured, match=r'acme\.kind: there is no connector "acme"'):
        loads(HUB + ACME)


def test_earlier_statements_count_until_the_connector_is_repaired(
    packages: Packages, loads: Load
) -> None:
    does_not_import(packages)
    # As long as nothing is known of it, it counts as a shop, and so stands before a mailing list.
    text = HUB + ACME + SHOP.replace('"shop"', '"woocommerce"') + 'secret = { env = "SHOP_KEY" }\n'
    config = loads(text)
    assert config.shop.precedence == ("acme", "shop")
    assert config.with_snapshots({}).connections == config.connections
    streams = (Stream("people", ("Contact",)),)
    recalling = config.with_snapshots(
        {"acme": ConnectorSnapshot("till", streams), "shop": ConnectorSnapshot("email", None)}
    )
    assert recalling.shop.precedence == ("shop", "acme")
    acme = recalling.connections["acme"]
    assert isinstance(acme.connector, BrokenConnector)
    assert acme.connector.streams() == streams
    assert acme.fault == config.faults["acme"]
    assert acme.pull == Pull()
    assert recalling.connections["shop"] is config.connections["shop"]
    assert recalling.hub == config.hub


def test_a_precedence_that_is_written_stays_what_it_is(packages: Packages, loads: Load) -> None:
    does_not_import(packages)
    config = loads(HUB + 'precedence = ["acme"]\n' + NEWS_OF + ACME)
    recalling = config.with_snapshots({"acme": ConnectorSnapshot("email", None)})
    assert recalling.shop.precedence == config.shop.precedence == ("acme", "news")


def test_an_unreadable_stanza_is_not_read_again(packages: Packages, loads: Load) -> None:
    does_not_import(packages)
    config = loads(HUB + ACME + LOYAL + PUSH).with_snapshots(
        {"acme": ConnectorSnapshot("email", None)}
    )
    acme = config.connections["acme"]
    assert acme.pull is None
    assert isinstance(acme.connector, Destination)
    assert acme.push is not None


NEWS_OF = (
    NEWS.replace('"news"', '"mailchimp"').replace("NEWS_KEY", "MAILCHIMP_KEY")
    + 'audience = "a1b2c3"\n'
)
