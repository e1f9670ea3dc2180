"""Connectors are found by kind, and a broken one is named by its package."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path

import pytest

from core import plugins
from core.contract import Connector
from core.errors import Misconfigured

Offer = Callable[..., None]


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Installs a package that offers one connector, made of one module."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(package: str, kind: str, code: str) -> None:
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(code)
        folder = tmp_path / f"{module}-1.2.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        (folder / "entry_points.txt").write_text(
            f"[{plugins.GROUP}]\n{kind} = {module}:Connection\n"
        )
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


GOOD = """
from typing import ClassVar
from core.contract import Source

class Connection(Source):
    kind: ClassVar[str] = "{kind}"

    def streams(self):
        return ()

    def read(self, stream, window, state=None):
        return iter(())
"""
ABSTRACT = """
from core.contract import Destination

class Connection(Destination):
    kind = "broken"

    def lists(self):
        return ()
"""
PLAIN = """
from core.contract import Connector

class Connection(Connector):
    kind = "broken"
"""


def test_a_kind_is_found_in_whatever_package_offers_it(offer: Offer) -> None:
    offer("acme-till", "acme", GOOD.format(kind="acme"))
    found = plugins.find("acme")
    assert issubclass(found, Connector)
    assert found.kind == "acme"


def test_our_own_connectors_come_through_the_same_door() -> None:
    ours: EntryPoints = entry_points(group=plugins.GROUP)
    assert {"csv", "mailchimp", "woocommerce"} <= ours.names


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(Misconfigured, match='"woocomerce"; did you mean "woocommerce"'):
        plugins.find("woocomerce")


def test_only_the_kind_that_is_asked_for_is_loaded(offer: Offer) -> None:
    offer("acme-till", "acme", GOOD.format(kind="acme"))
    offer("loud-plugin", "loud", "raise SystemExit('loaded')")
    assert plugins.find("acme").kind == "acme"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "ZeroDivisionError"),
        ("", "AttributeError"),
        ("raise SystemExit('not on this system')", "SystemExit: not on this system"),
        ("def broken(:", "SyntaxError"),
        ("Connection = 3", "no Source and no Destination"),
        ("class Connection: kind = 'broken'", "no Source and no Destination"),
        (PLAIN, "no Source and no Destination"),
        (ABSTRACT, "leaves out carriers, cost, push"),
        (GOOD.format(kind="other"), 'does not say kind = "broken"'),
        (f"{GOOD.format(kind='broken')}\n    system = 'moon'", "is 'moon' to a shop; known: "),
    ],
)
def test_a_broken_connector_is_named_by_its_package(offer: Offer, code: str, reason: str) -> None:
    offer("broken-plugin", "broken", code)
    with pytest.raises(Misconfigured, match=r"package broken-plugin 1\.2") as caught:
        plugins.find("broken")
    assert reason in str(caught.value)
    assert [each.connector for each in plugins.installed() if each.kind == "broken"] == [None]
    assert plugins.find("csv").kind == "csv"


def test_a_broken_connector_does_not_stop_the_others(offer: Offer) -> None:
    offer("acme-till", "acme", GOOD.format(kind="acme"))
    offer("broken-plugin", "broken", "1 / 0")
    found = {each.kind: each for each in plugins.installed()}
    assert found["broken"].connector is None
    assert "ZeroDivisionError" in found["broken"].error
    assert found["acme"].connector is not None
    assert (found["acme"].package, found["acme"].version) == ("acme-till", "1.2")
    assert found["acme"].entry_point == "acme_till:Connection"
    assert list(found) == sorted(found)


def test_two_packages_with_one_kind_are_both_named(offer: Offer) -> None:
    offer("acme-till", "acme", GOOD.format(kind="acme"))
    offer("acme-copy", "acme", GOOD.format(kind="acme"))
    with pytest.raises(Misconfigured, match="comes from acme-copy and acme-till"):
        plugins.find("acme")
    assert [each.error != "" for each in plugins.installed() if each.kind == "acme"] == [True, True]


def test_one_package_with_a_kind_twice_is_named(offer: Offer, tmp_path: Path) -> None:
    offer("acme-till", "acme", GOOD.format(kind="acme"))
    points = tmp_path / "acme_till-1.2.dist-info" / "entry_points.txt"
    points.write_text(f"{points.read_text()}acme = acme_till:Other\n")
    with pytest.raises(Misconfigured, match='acme-till registers the connector "acme" 2 times'):
        plugins.find("acme")
    assert plugins.find("csv").kind == "csv"


def test_a_package_that_does_not_say_its_name_is_listed_all_the_same(
    offer: Offer, tmp_path: Path
) -> None:
    offer("acme-till", "acme", GOOD.format(kind="acme"))
    (tmp_path / "acme_till-1.2.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n")
    (found,) = [each for each in plugins.installed() if each.kind == "acme"]
    assert found.connector is not None
    assert (found.package, found.version) == ("unknown", "")
