"""Connectors are found by kind, and a broken one is named by its package."""

from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path

import pytest

from core import plugins
from core.contract import Connector, Page, Source, Stream, Window
from core.errors import Misconfigured
from tests.packages import Packages

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

    def gating_lists(self):
        return ()
"""
LIST_WRITER = """
    def cost(self, changes):
        return None

    def carriers(self, target):
        return ()

    def push(self, changes):
        return iter(())
"""
PLAIN = """
from core.contract import Connector, Page, Source, Stream, Window

class Connection(Connector):
    kind = "broken"
"""


def test_a_kind_is_found_in_whatever_package_offers_it(packages: Packages) -> None:
    packages.install("acme-till", "acme", GOOD.format(kind="acme"))
    found = plugins.find("acme")
    assert issubclass(found, Connector)
    assert found.kind == "acme"


def test_our_own_connectors_come_through_the_same_door() -> None:
    ours: EntryPoints = entry_points(group=plugins.GROUP)
    assert {"csv", "mailchimp", "woocommerce"} <= ours.names


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(Misconfigured, match='"woocomerce"; did you mean "woocommerce"') as caught:
        plugins.find("woocomerce")
    assert not isinstance(caught.value, plugins.PluginError)


def test_only_the_requested_kind_is_loaded(packages: Packages) -> None:
    packages.install("acme-till", "acme", GOOD.format(kind="acme"))
    packages.install("loud-plugin", "loud", "raise SystemExit('loaded')")
    assert plugins.find("acme").kind == "acme"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "ZeroDivisionError"),
        ("", "AttributeError"),
        ("raise SystemExit('not on this system')", "SystemExit: not on this system"),
        ("def broken(:", "SyntaxError"),
        ("Connection = 3", "neither a Source nor a Destination"),
        ("class Connection: kind = 'broken'", "neither a Source nor a Destination"),
        (PLAIN, "neither a Source nor a Destination"),
        (ABSTRACT, "leaves out carriers, cost, push"),
        (GOOD.format(kind="other"), 'does not have kind = "broken"'),
        (f"{GOOD.format(kind='broken')}\n    system = 'moon'", "has system = 'moon'; known: "),
    ],
)
def test_a_broken_connector_is_named_by_its_package(
    packages: Packages, code: str, reason: str
) -> None:
    packages.install("broken-plugin", "broken", code)
    with pytest.raises(plugins.PluginError, match=r"package broken-plugin 1\.2") as caught:
        plugins.find("broken")
    assert reason in str(caught.value)
    assert [each.connector for each in plugins.installed(["broken"]) if each.error] == [None]
    assert plugins.find("csv").kind == "csv"


def test_a_broken_connector_does_not_stop_the_others(packages: Packages) -> None:
    packages.install("acme-till", "acme", GOOD.format(kind="acme"))
    packages.install("broken-plugin", "broken", "1 / 0")
    found = {each.kind: each for each in plugins.installed(["acme", "broken"])}
    assert found["broken"].connector is None
    assert "ZeroDivisionError" in found["broken"].error
    assert found["acme"].connector is not None
    assert (found["acme"].package, found["acme"].version) == ("acme-till", "1.2")
    assert found["acme"].entry_point == "acme_till:Connection"
    assert list(found) == sorted(found)


def test_nothing_of_a_package_runs_that_nobody_named(packages: Packages, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    packages.install("acme-till", "acme", f"open({str(trace)!r}, 'w').close()")
    (found,) = [each for each in plugins.installed() if each.kind == "acme"]
    assert (found.connector, found.error, found.loaded) == (None, "", False)
    assert not trace.exists()
    plugins.installed(["acme"])
    assert trace.exists()


def test_two_packages_with_one_kind_are_both_named(packages: Packages) -> None:
    packages.install("acme-till", "acme", GOOD.format(kind="acme"))
    packages.install("acme-copy", "acme", GOOD.format(kind="acme"))
    with pytest.raises(plugins.PluginError, match="comes from acme-copy and acme-till"):
        plugins.find("acme")
    assert [each.error != "" for each in plugins.installed() if each.kind == "acme"] == [True, True]


def test_one_package_with_a_kind_twice_is_named(packages: Packages, tmp_path: Path) -> None:
    packages.install("acme-till", "acme", GOOD.format(kind="acme"))
    points = tmp_path / "installed" / "acme_till-1.2.dist-info" / "entry_points.txt"
    points.write_text(f"{points.read_text()}acme = acme_till:Other\n")
    with pytest.raises(
        plugins.PluginError, match='acme-till registers the connector "acme" 2 times'
    ):
        plugins.find("acme")
    assert plugins.find("csv").kind == "csv"


def test_a_package_that_does_not_say_its_name_is_listed_all_the_same(
    packages: Packages, tmp_path: Path
) -> None:
    packages.install("acme-till", "acme", GOOD.format(kind="acme"))
    metadata = tmp_path / "installed" / "acme_till-1.2.dist-info" / "METADATA"
    metadata.write_text("Metadata-Version: 2.1\n")
    (found,) = [each for each in plugins.installed(["acme"]) if each.kind == "acme"]
    assert found.connector is not None
    assert (found.package, found.version) == ("unknown", "")


@pytest.mark.parametrize(
    ("offers", "reason"),
    [
        ("return 1 / 0", "acme_till:Connection fails with ZeroDivisionError; the log says where"),
        ("return ['people']", "offers streams that are no Stream"),
        ("return None", "fails with TypeError"),
        ("return 2 * [Stream('people', ('Contact',))]", "offers two streams with one name"),
        (
            "return ()\n\n    def custom_fields(self):\n        return ['colour']",
            "fails with ValueError",
        ),
        ("raise Unavailable('no answer')", "cannot list what it offers: no answer"),
    ],
)
def test_a_connector_that_cannot_say_what_it_offers_is_named_by_its_package(
    packages: Packages, offers: str, reason: str
) -> None:
    code = GOOD.format(kind="acme").replace("return ()", offers)
    imports = "from core.contract import Stream\nfrom core.errors import Unavailable\n"
    packages.install("acme-till", "acme", imports + code)
    connector = plugins.find("acme")()
    with pytest.raises(
        plugins.PluginError, match=r"package acme-till 1\.2 cannot be used"
    ) as caught:
        plugins.probe(connector)
    assert reason in str(caught.value)


def test_a_destination_that_cannot_name_its_lists_is_named_by_its_package(
    packages: Packages,
) -> None:
    code = ABSTRACT.replace("return ()", "return self.audience") + LIST_WRITER
    packages.install("broken-plugin", "broken", code)
    with pytest.raises(plugins.PluginError, match="Connection fails with AttributeError"):
        plugins.probe(plugins.find("broken")())


def test_an_error_of_a_connectors_own_is_not_repeated(packages: Packages) -> None:
    packages.install("acme-till", "acme", GOOD.format(kind="acme"))
    with (
        pytest.raises(plugins.PluginError, match="fails with KeyError") as caught,
        plugins.blame_package(plugins.find("acme")),
    ):
        raise KeyError("ann@example.com")
    assert "ann@example.com" not in str(caught.value)


def test_a_connector_of_no_package_is_named_by_its_kind() -> None:
    class Stray(Source):
        kind = "stray"

        def streams(self) -> Sequence[Stream]:
            raise ZeroDivisionError

        def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
            raise NotImplementedError

    with pytest.raises(plugins.PluginError, match='"stray" cannot be used: it fails with Zero'):
        plugins.probe(Stray())
