"""The contract suite: what every source keeps, tested for whoever subclasses one class.

    class TestMyShop(SourceContract):
        connector = MyShop
        settings = {"url": "https://shop.test", "key": "a key to look for"}
        samples = Path(__file__).parent / "samples" / "my_shop.json"

`samples` are raws by the path of their list below the base address. A vendor's description is
held against what is sent and fed where a fixture `description` gives one.
"""

import copy
import dataclasses
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import httpx
import pytest
import respx

from connectors.kit.rest import RestSource
from connectors.kit.testing.description import Description
from connectors.kit.testing.fake import FakeApi, FakeClock, Samples, parameters
from connectors.kit.testing.reading import (
    EVERYTHING,
    LONG_AGO,
    addresses,
    of_one_row,
    records,
    secrets,
)
from core.contract import Window
from core.errors import Broken, Unauthorized, Unavailable
from core.records import NOUNS, Record

JSON = {"Content-Type": "application/json"}


@pytest.mark.usefixtures("api")
class SourceContract:
    """Subclass it; name the connector, its settings and its samples."""

    connector: ClassVar[type[RestSource]]
    settings: ClassVar[Mapping[str, Any]]
    samples: ClassVar[Path]
    fake: ClassVar[type[FakeApi]] = FakeApi

    @pytest.fixture
    def source(self) -> RestSource:
        """The connector, configured."""
        source = self.connector(**self.settings)
        source._clock = FakeClock()  # noqa: SLF001 - the one place where time is replaced
        return source

    @pytest.fixture
    def raws(self) -> dict[str, list[Any]]:
        """The samples, anew for every test."""
        raws: dict[str, list[Any]] = json.loads(self.samples.read_text("utf-8"))
        return raws

    @pytest.fixture
    def api(self, source: RestSource, raws: Samples) -> Iterator[FakeApi]:
        """The fake server, in place of the network."""
        clock = source._clock  # noqa: SLF001
        assert isinstance(clock, FakeClock)
        fake = self.fake(source, raws, clock)
        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=fake)
            yield fake

    @pytest.fixture
    def description(self) -> Description | None:
        """The vendor's description; override it where there is one."""
        return None

    # What it says of itself

    def test_every_setting_is_described(self) -> None:
        """`check` and `schema` tell people what each setting is for."""
        fields = self.connector.model_fields
        assert [name for name, field in fields.items() if not field.description] == []

    def test_every_stream_names_the_nouns_that_it_yields(self, source: RestSource) -> None:
        """The hub asks for streams by their nouns."""
        for stream in source.streams():
            yielded = {type(each).__name__ for each in records(source, stream.name)}
            assert stream.nouns
            assert yielded <= set(stream.nouns) <= set(NOUNS)

    # What it reads

    def test_every_stream_reads_its_samples_and_stops(
        self, source: RestSource, api: FakeApi
    ) -> None:
        """Nothing is rejected, and every sample is asked for."""
        for stream in source.streams():
            assert records(source, stream.name), f"{stream.name} has no samples"
        asked = {request.url.path for request in api.requests}
        prefix = httpx.URL(source.address).path.rstrip("/")
        assert {prefix + path for path in api.samples} <= asked

    def test_pages_of_one_row_give_the_same(
        self, source: RestSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Paging loses nothing and doubles nothing."""
        whole = [records(source, stream.name) for stream in source.streams()]
        monkeypatch.setattr(type(source), "pages", of_one_row(type(source).pages))
        for name, declared in source.declared().items():
            if declared.pages is not None:
                small = dataclasses.replace(declared, pages=of_one_row(declared.pages))
                monkeypatch.setattr(getattr(type(source), name), "declared", small)
        assert [records(source, stream.name) for stream in source.streams()] == whole

    def test_an_empty_system_gives_nothing(self, source: RestSource, api: FakeApi) -> None:
        """A shop on its first day."""
        api.samples = {}
        for stream in source.streams():
            assert records(source, stream.name) == []

    def test_a_replay_gives_equal_records(self, source: RestSource) -> None:
        """Reading twice is the same as reading once."""
        for stream in source.streams():
            assert records(source, stream.name) == records(source, stream.name)

    def test_mapping_leaves_its_input_as_it_was(self, source: RestSource, raws: Samples) -> None:
        """A raw may be looked at again."""
        for name, declared in source.declared().items():
            for raw in raws.get(declared.path, ()):
                before = copy.deepcopy(raw)
                list(getattr(source, name)(raw))
                assert raw == before

    def test_ids_are_unique_and_not_empty(self, source: RestSource) -> None:
        """Two rows never share an id; the same person may come with several rows."""
        for stream in source.streams():
            seen: dict[tuple[type[Record], str], Record] = {}
            for record in records(source, stream.name):
                id_ = getattr(record, "id", None)
                assert id_ != ""
                if id_ is not None and type(record).__name__ == stream.nouns[-1]:
                    assert (type(record), id_) not in seen
                    seen[type(record), id_] = record

    # Its window

    def test_the_window_is_sent(self, source: RestSource, api: FakeApi) -> None:
        """What the vendor can narrow, it narrows."""
        window = Window(
            until=datetime(2024, 5, 2, tzinfo=UTC), since=datetime(2024, 5, 1, 10, tzinfo=UTC)
        )
        for name, declared in source.declared().items():
            if declared.cursor is None or "{" in declared.path:
                continue
            api.requests.clear()
            list(source.read(name, window))
            path = httpx.URL(source.address).path.rstrip("/") + declared.path
            asked = next(each for each in api.requests if each.url.path == path)
            assert declared.cursor.bounds(window).items() <= parameters(asked).items()

    def test_rows_outside_the_window_are_left_out(self, source: RestSource) -> None:
        """Vendors ignore filters in silence; this server does too."""
        for stream in source.streams():
            if stream.cursor:
                pages = list(source.read(stream.name, LONG_AGO))
                assert [record for page in pages for record in page.records] == []

    def test_only_a_full_scan_tells_who_is_gone(self, source: RestSource) -> None:
        """A window shows some rows; the others are not gone."""
        for stream in source.streams():
            *before, last = source.read(stream.name, EVERYTHING)
            assert last.whole is not stream.cursor
            assert not any(page.whole for page in before)

    # When things go wrong

    def test_a_broken_row_leaves_the_good_ones(
        self, source: RestSource, raws: dict[str, list[Any]]
    ) -> None:
        """The row becomes a reject that tells where, and not whose."""
        for name, declared in source.declared().items():
            if not raws.get(declared.path):
                continue
            good = records(source, name)
            raws[declared.path].insert(0, {})
            pages = list(source.read(name, EVERYTHING))
            raws[declared.path].pop(0)
            assert [record for page in pages for record in page.records] == good
            (reject,) = [reject for page in pages for reject in page.rejects]
            assert reject.path
            assert reject.reason
            assert not any(page.whole for page in pages)

    def test_too_many_requests_are_answered_by_waiting(
        self, source: RestSource, api: FakeApi
    ) -> None:
        """Never earlier than asked, and nothing is lost."""
        name = source.streams()[0].name
        good = records(source, name)
        api.moments.clear()
        api.faults = [httpx.Response(429, headers={"Retry-After": "77"})]
        assert records(source, name) == good
        assert api.moments[1] - api.moments[0] >= 77

    def test_a_short_outage_heals(self, source: RestSource, api: FakeApi) -> None:
        """Twice down, then up again."""
        name = source.streams()[0].name
        good = records(source, name)
        api.faults = [httpx.Response(503), httpx.Response(502, text="<html>busy</html>")]
        assert records(source, name) == good

    def test_a_long_outage_is_unavailable(self, source: RestSource, api: FakeApi) -> None:
        """The next run goes on."""
        api.outage = httpx.Response(503)
        with pytest.raises(Unavailable):
            list(source.read(source.streams()[0].name, EVERYTHING))
        assert len(api.requests) <= 10

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_credential_is_not_tried_again(
        self, source: RestSource, api: FakeApi, status: int
    ) -> None:
        """A second try would lock the account."""
        api.outage = httpx.Response(status, json={"message": "no"})
        with pytest.raises(Unauthorized):
            list(source.read(source.streams()[0].name, EVERYTHING))
        assert len(api.requests) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(400, json={"message": "no such parameter"}),
            httpx.Response(302, headers={"Location": "https://elsewhere.test/"}),
            httpx.Response(200, html="<html>Please log in</html>"),
            httpx.Response(200, headers=JSON, content=b'[{"id": 1'),
            httpx.Response(200, headers=JSON, content=b'"a text"'),
        ],
        ids=["refused", "redirected", "login page", "half a body", "no list"],
    )
    def test_another_answer_than_agreed_is_broken(
        self, source: RestSource, api: FakeApi, answer: httpx.Response
    ) -> None:
        """The stream stops; nothing is taken for empty."""
        api.outage = answer
        with pytest.raises(Broken):
            list(source.read(source.streams()[0].name, EVERYTHING))
        assert len(api.requests) == 1

    # What it keeps to itself

    def test_only_its_own_host_is_called(self, source: RestSource, api: FakeApi) -> None:
        """A credential goes to the origin that it was configured for."""
        for stream in source.streams():
            list(source.read(stream.name, EVERYTHING))
        assert {request.url.host for request in api.requests} == {httpx.URL(source.address).host}

    def test_no_secret_and_no_address_leaks(
        self,
        source: RestSource,
        api: FakeApi,
        raws: Samples,
        caplog: pytest.LogCaptureFixture,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Not into logs, nor into errors, rejects or the query of a request."""
        caplog.set_level(logging.DEBUG)
        told = [repr(source), str(source)]
        hidden = [*secrets(source), *addresses(raws)]
        for raw in [raw for rows in raws.values() for raw in rows]:
            raw.pop("id", None)
        for stream in source.streams():
            told += [repr(page.rejects) for page in source.read(stream.name, EVERYTHING)]
        api.outage = httpx.Response(400, json=[raws, hidden])
        with pytest.raises(Broken) as refused:
            list(source.read(source.streams()[0].name, EVERYTHING))
        told += [str(refused.value), caplog.text, *capsys.readouterr()]
        told += [unquote(str(request.url)) for request in api.requests]
        assert [text for text in told for each in hidden if each in text] == []

    def test_requests_and_answers_are_as_the_vendor_describes(
        self, source: RestSource, api: FakeApi, description: Description | None
    ) -> None:
        """The vendor's own words are held against what is sent and what is fed."""
        if description is None:
            pytest.skip("no description was given")
        for stream in source.streams():
            list(source.read(stream.name, EVERYTHING))
        assert api.requests
        for request, response in zip(api.requests, api.responses, strict=True):
            method, path = request.method, request.url.path
            body = json.loads(request.content) if request.content else None
            description.check_request(method, path, dict(request.url.params), body)
            description.check_response(
                method, path, response.status_code, json.loads(response.content)
            )
