"""Samples that are taken of a live system hold a connector as well as ones written by hand."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Contact, Network, NumberedPages, Raw, RestSource, Window, stream
from connectors.kit.testing import SourceContract
from connectors.square import Square
from connectors.woocommerce import WooCommerce
from core.errors import Misconfigured
from sync.scaffold.recording import FIRST_ROWS, MOST_ROWS, Recorder
from tests.connectors.held import HeldAgainst
from tests.connectors.test_square import described as square
from tests.connectors.test_woocommerce import described as woocommerce
from tests.sync.cli.commands import CommandLine
from tests.sync.scaffold.sandbox_hub import NOW, SandboxHub


@pytest.fixture(scope="module")
def sandbox_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHub]:
    """A hub with a sandbox of shop and till."""
    with SandboxHub(tmp_path_factory.mktemp("sandbox")) as sandbox_hub:
        yield sandbox_hub


class Recorded:
    """Mixed in before `SourceContract`: samples are recorded once for all its tests."""

    connection = ""
    keep: tuple[str, ...] = ()
    samples: Path

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def recorded(cls, sandbox_hub: SandboxHub, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Record the sandbox."""
        file = tmp_path_factory.mktemp("recorded") / f"{cls.connection}.json"
        file.write_text(sandbox_hub.record(cls.connection, cls.keep).text(), "utf-8")
        cls.samples = file


class TestRecordedShop(Recorded, HeldAgainst, SourceContract):
    connector = WooCommerce
    vendor = "woocommerce"
    described = staticmethod(woocommerce)
    connection = "shop"
    settings = {"url": "https://shop.test", "key": "ck_made_up", "secret": "cs_made_up"}


class TestRecordedTill(Recorded, HeldAgainst, SourceContract):
    connector = Square
    vendor = "square"
    described = staticmethod(square)
    connection = "till"
    # Words of Square's own, of which a name does not tell that they are harmless.
    keep = ("capabilities", "creation_source", "source")
    settings = {"token": "EAAA_made_up"}


class Listing(RestSource):
    """Numbers its pages."""

    kind = "listing"
    base_url = "https://listing.test"
    pages = NumberedPages(size=2)

    @stream("/people")
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"])


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of raws, with the name of its field."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, name)
    elif isinstance(value, str):
        yield name, value


WHO = {"email", "email_address", "phone", "phone_number", "last_name", "family_name"}
WHERE = {"address_1", "address_line_1"}


@pytest.mark.parametrize("connection", ["shop", "till"])
def test_nobody_of_the_real_ones_is_in_the_samples(
    sandbox_hub: SandboxHub, connection: str
) -> None:
    written = sandbox_hub.record(connection).text()
    real = {text for name, text in texts(sandbox_hub.last_bodies()) if name in WHO | WHERE and text}
    assert len(real) > 20
    # As words: what is invented may begin with somebody's short name.
    assert [text for text in real if re.search(rf"\b{re.escape(text)}\b", written)] == []


def test_the_command_writes_a_file_and_says_what_is_in_it(
    sandbox_hub: SandboxHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    segmenthub = CommandLine(sandbox_hub.config, monkeypatch, capsys)
    file = tmp_path / "till.json"
    answer = segmenthub("connectors", "record", "till", "--into", str(file))
    assert (answer.code, answer.out) == (0, "")
    samples = json.loads(file.read_text("utf-8"))
    for path, raws in samples.items():
        assert f"{path}: {len(raws)} rows" in answer.err
    assert "Check the samples" in answer.err
    again = segmenthub("connectors", "record", "till", "--into", str(file))
    assert again.code == 2
    assert "exists already and is not overwritten" in again.err
    assert json.loads(file.read_text("utf-8")) == samples


def test_without_a_file_the_samples_are_printed_and_nothing_else(
    sandbox_hub: SandboxHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    segmenthub = CommandLine(sandbox_hub.config, monkeypatch, capsys)
    answer = segmenthub("connectors", "record", "till", "--keep", "name")
    assert {"/locations", "/customers/search"} <= answer.json().keys()
    names = {store["name"] for store in answer.json()["/locations"]}
    assert names <= {text for name, text in texts(sandbox_hub.last_bodies()) if name == "name"}


def test_nothing_is_stored_by_recording(sandbox_hub: SandboxHub) -> None:
    sandbox_hub.record("till")
    assert sandbox_hub.stored() == 0


def test_a_connection_that_is_unknown_or_shows_no_lists_is_refused(
    sandbox_hub: SandboxHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    segmenthub = CommandLine(sandbox_hub.config, monkeypatch, capsys)
    unknown = segmenthub("connectors", "record", "shp")
    assert unknown.code == 2
    assert 'did you mean "shop"?' in unknown.err
    with pytest.raises(Misconfigured, match="write its samples by hand"):
        sandbox_hub.record("files")


def test_only_rows_that_show_something_new_are_read_on() -> None:
    recorder = Recorder(pages=10)
    same = [{"id": number, "name": "x", "status": "open"} for number in range(1, 9)]
    odd = [{"id": 20, "name": "x", "status": "closed"}, {"id": 21, "name": "x", "status": "open"}]
    assert recorder.record_page("/orders", {}, [*same, *odd]) == (
        [*same[:FIRST_ROWS], odd[0]],
        True,
    )
    richer = {"id": 22, "name": "x", "status": "open", "refunds": [{"id": 1}]}
    assert recorder.record_page("/orders", {}, [odd[1], richer]) == ([richer], True)
    # What was let through before is let through again, so that whoever asks twice sees the same.
    assert recorder.record_page("/orders", {}, same) == (same[:FIRST_ROWS], True)


def test_a_list_never_grows_beyond_what_a_person_looks_through() -> None:
    rows = [{"id": number, f"field_{number}": 1} for number in range(100)]
    kept, _ = Recorder(pages=1).record_page("/orders", {}, rows)
    assert len(kept) == MOST_ROWS


def test_lists_of_one_path_share_what_they_have_shown() -> None:
    recorder = Recorder(pages=1)
    for order in range(3):
        rows = [{"id": 10 * order + number} for number in range(5)]
        kept, _ = recorder.record_page("/orders/{order}/refunds", {"order": str(order)}, rows)
        assert len(kept) == FIRST_ROWS
    assert len(recorder.read) == 3


def test_no_more_pages_are_read_than_wanted() -> None:
    recorder = Recorder(pages=2)
    for _ in range(2):
        recorder.start_stream()
        assert [recorder.record_page("/orders", {}, [])[1] for _ in range(2)] == [True, False]


@pytest.mark.parametrize(("pages", "requests"), [(1, 1), (2, 2), (9, 3)])
def test_so_many_pages_are_requested(pages: int, requests: int) -> None:
    requested = []

    def serve(request: httpx.Request) -> httpx.Response:
        requested.append(request)
        page = int(request.url.params["page"])
        rows = [{"id": 2 * page + number} for number in range(2 if page < 3 else 1)]
        return httpx.Response(200, json=rows)

    source = Listing().through(Network(witness=Recorder(pages).record_page))
    with respx.mock() as router:
        router.route().mock(side_effect=serve)
        list(source.read("people", Window(until=NOW)))
    assert len(requested) == requests
