"""Bodies that are no JSON, GraphQL and SOAP, and files that are fetched onto the disk."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import (
    Broken,
    Client,
    Contact,
    Csv,
    Cursor,
    GraphQL,
    Json,
    JsonLines,
    OffsetPages,
    Raw,
    RestSource,
    Soap,
    Unauthorized,
    Unavailable,
    Window,
    Xml,
    bearer,
    iso,
    stream,
)
from connectors.kit.formats import Format
from connectors.kit.testing import FakeApi, FakeClock
from connectors.kit.testing.fake import parameters

EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC), since=datetime(2024, 1, 1, tzinfo=UTC))
ROWS = [{"id": "1", "name": "Ida & Bo"}, {"id": "2", "name": "Ærø"}]
FILES = "https://files.test/export"


class Many(RestSource):
    """The same rows, in every format."""

    kind = "many"
    base_url = "https://many.test"
    pages = OffsetPages(size=5)

    @stream("/xml", reads=Xml("person"))
    def xml(self, raw: Raw) -> Iterator[Contact]:
        """From XML."""
        yield Contact(id=raw["id"], first_name=raw["name"])

    @stream("/csv", reads=Csv(delimiter=";"))
    def csv(self, raw: Raw) -> Iterator[Contact]:
        """From CSV."""
        yield Contact(id=raw["id"], first_name=raw["name"])

    @stream("/lines", reads=JsonLines())
    def lines(self, raw: Raw) -> Iterator[Contact]:
        """From JSON lines."""
        yield Contact(id=raw["id"], first_name=raw["name"])


PEOPLE = """
    query ($first: Int!, $after: String) {
      people(first: $first, after: $after) {
        nodes { id }
        pageInfo { hasNextPage endCursor }
      }
    }
"""


class Graph(GraphQL, RestSource):
    """The same over GraphQL."""

    kind = "graph"
    base_url = "https://graph.test/graphql"

    @stream(query=PEOPLE, at="data.people")
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"])


class Envelope(Soap, RestSource):
    """The same over SOAP."""

    kind = "envelope"
    base_url = "https://soap.test/service"
    namespace = "urn:shop"

    @stream(
        body={"User_GetAll": {"Fields": ["Id", "Name"]}},
        reads=Xml("User"),
        cursor=Cursor("Changed", since="User_GetAll.Start", format=iso),
    )
    def users(self, raw: Raw) -> Iterator[Contact]:
        """Users."""
        yield Contact(id=raw["Id"])

    @stream(body={"Guest_GetAll": {}}, reads=Xml("Guest"))
    def guests(self, raw: Raw) -> Iterator[Contact]:
        """Another operation at the same address."""
        yield Contact(id=raw["Id"])


def read(source: RestSource, name: str, router: respx.MockRouter, samples: Any) -> FakeApi:
    source._clock = clock = FakeClock()
    api = FakeApi(source, samples, clock)
    router.route().mock(side_effect=api)
    ids = [each.id for page in source.read(name, EVER) for each in page.records]  # type: ignore[attr-defined]
    assert ids == ["1", "2"]
    return api


@pytest.mark.parametrize("name", ["xml", "csv", "lines"])
def test_rows_are_read_in_every_format(respx_mock: respx.MockRouter, name: str) -> None:
    api = read(Many(), name, respx_mock, {f"/{name}": ROWS})
    assert api.requests[0].headers["accept"] == Many.declared()[name].reads.accept


def test_xml_becomes_texts_mappings_and_lists(respx_mock: respx.MockRouter) -> None:
    body = b"""<a:list xmlns:a="urn:a"><a:order id="7"><a:line a:href="/1">1</a:line>
        <a:line>2</a:line><a:buyer><a:name lang="1">Ida</a:name></a:buyer><a:note/></a:order>
        </a:list>"""
    respx_mock.get("https://many.test/").respond(200, content=body)
    answer = Client("https://many.test", clock=FakeClock()).request("GET", "/")
    assert Xml("order").rows(answer, "", None) == [
        {
            "@id": "7", "line": ["1", "2"], "buyer": {"name": {"@lang": "1", "#text": "Ida"}},
            "note": None,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE r [<!ENTITY a "b">]><r><person>&a;</person></r>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
        b"<r><person>",
        b"",
    ],
    ids=["entity", "document type", "cut off", "empty"],
)
def test_xml_that_unfolds_or_breaks_off_is_broken(
    respx_mock: respx.MockRouter, body: bytes
) -> None:
    respx_mock.route().respond(200, content=body, headers={"Content-Type": "text/xml"})
    source = Many()
    source._clock = FakeClock()
    with pytest.raises(Broken, match="XML"):
        list(source.read("xml", EVER))


@pytest.mark.parametrize(
    ("reads", "text"),
    [
        (Csv(), b"id,name\n1,Ida\n2\n"),
        (Csv(), b'id,name\n1,"Ida'),
        (Csv(encoding="utf-8"), b"id,name\n1,\xff\n"),
        (JsonLines(), b'{"id": "1"}\n{"id"'),
        (Xml("person"), b"<r><person><id>1</id></person><person>"),
        (Json(), b'[{"id": "1"}'),
    ],
    ids=repr,
)
def test_a_file_that_is_cut_off_gives_its_rows_and_is_then_broken(
    respx_mock: respx.MockRouter, reads: Format, text: bytes
) -> None:
    respx_mock.get(FILES).respond(200, content=text)
    client = Client("https://many.test", clock=FakeClock())
    with (
        client.download(FILES, reads, hosts={"files.test"}) as rows,
        pytest.raises(Broken, match="answered"),
    ):
        for row in rows:
            assert row["id"] == "1"


def test_a_file_of_another_host_is_fetched_without_the_credential(
    respx_mock: respx.MockRouter,
) -> None:
    text = gzip.compress(JsonLines().fake(ROWS))
    sent = respx_mock.get(FILES).mock(
        side_effect=[
            httpx.Response(503),
            httpx.Response(200, content=text, headers={"Content-Encoding": "gzip"}),
        ]
    )
    client = Client("https://many.test", credential=bearer("a key"), clock=FakeClock())
    with client.download(FILES, JsonLines(), hosts={"files.test"}) as rows:
        assert list(rows) == ROWS
    assert "authorization" not in sent.calls[0].request.headers
    with pytest.raises(Broken, match="another host"), client.download(FILES, JsonLines()):
        pass


def test_a_file_beyond_its_bound_is_broken(respx_mock: respx.MockRouter) -> None:
    respx_mock.get(FILES).respond(200, content=b"x" * 2_000)
    client = Client("https://many.test", clock=FakeClock())
    with (
        pytest.raises(Broken, match="more than"),
        client.download(FILES, Csv(), hosts={"files.test"}, largest=1_000),
    ):
        pass


def test_a_form_is_sent_as_a_form(respx_mock: respx.MockRouter) -> None:
    sent = respx_mock.post("https://many.test/token").respond(200, json={})
    client = Client("https://many.test", clock=FakeClock())
    client.request("POST", "/token", form={"grant_type": "a b"})
    assert parameters(sent.calls[0].request) == {"grant_type": "a b"}


def test_a_connection_is_read_page_by_page(respx_mock: respx.MockRouter) -> None:
    graph = Graph()
    api = read(graph, "people", respx_mock, {"data.people": ROWS})
    assert parameters(api.requests[0])["query"] == PEOPLE
    assert parameters(api.requests[0])["variables.first"] == "100"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("THROTTLED", Unavailable),
        ("UNAUTHENTICATED", Unauthorized),
        ("FORBIDDEN", Unauthorized),
        ("MAX_COST_EXCEEDED", Broken),
        ("ODD", Broken),
    ],
)
def test_an_error_inside_a_good_answer_of_graphql_is_an_error(
    respx_mock: respx.MockRouter, code: str, error: type[Exception]
) -> None:
    told = {"message": "not for ida@x.test", "extensions": {"code": code}}
    respx_mock.route().respond(200, json={"data": None, "errors": [told]})
    graph = Graph()
    graph._clock = FakeClock()
    with pytest.raises(error, match="not for …"):
        list(graph.read("people", EVER))


def test_a_costly_page_of_graphql_is_asked_for_by_halves(respx_mock: respx.MockRouter) -> None:
    told = {"errors": [{"message": "dear", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
    good = {"data": {"people": {"nodes": [], "pageInfo": {"hasNextPage": False}}}}
    sent = respx_mock.route().mock(
        side_effect=[httpx.Response(200, json=told), httpx.Response(200, json=good)]
    )
    graph = Graph()
    graph._clock = FakeClock()
    list(graph.read("people", EVER))
    sizes = [parameters(call.request)["variables.first"] for call in sent.calls]
    assert sizes == ["100", "50"]


def test_an_operation_is_called_in_its_envelope(respx_mock: respx.MockRouter) -> None:
    users = [{"Id": "1", "Changed": "2024-05-01T10:00:00Z"}, {"Id": "2"}]
    samples = {"Guest_GetAll": [{"Id": "8"}], "User_GetAll": users}
    api = read(Envelope(), "users", respx_mock, samples)
    assert api.requests[0].headers["soapaction"] == '"urn:shop/User_GetAll"'
    asked = parameters(api.requests[0])
    assert asked["User_GetAll.Start"] == "2024-01-01T00:00:00Z"
    assert asked["User_GetAll.Fields.1"] == "Name"


def test_a_fault_is_an_error_whatever_its_status(respx_mock: respx.MockRouter) -> None:
    fault = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
        <faultcode>1006</faultcode><faultstring>no session</faultstring></s:Fault></s:Body>
        </s:Envelope>"""
    respx_mock.route().respond(500, text=fault)
    envelope = Envelope()
    envelope._clock = FakeClock()
    with pytest.raises(Broken, match="the fault 1006: no session"):
        list(envelope.read("users", EVER))
