"""The client against real bytes: truncation, trickle, bombs, redirects, private addresses."""

import gzip
import logging
import socket
import time
import zlib
from contextlib import suppress

import pytest

from connectors.kit import Broken, Client, Misconfigured, Network, Unavailable, bearer
from connectors.kit.testing import FakeClock
from tests.connectors.kit.conftest import Talk, Wire, says

LOCAL = Network(frozenset({"127.0.0.1"}))
GZIP = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
DEFLATE = "Content-Type: application/json\r\nContent-Encoding: deflate\r\n"
ROWS = b"[" + b",".join(b'{"id": %d}' % number for number in range(2000)) + b"]"


class HastyClock(FakeClock):
    """Tells the real seconds, and waits for none of them."""

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def client(wire: Wire) -> Client:
    return Client(
        wire.address, credential=bearer("made-up-token"), network=LOCAL, clock=HastyClock()
    )


def test_a_plain_body_arrives(wire: Wire, client: Client) -> None:
    wire.talks = [says(b'{"well": 1.10}')]
    assert str(client.request("GET", "/x").json()["well"]) == "1.10"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (GZIP, gzip.compress(ROWS)),
        (GZIP, gzip.compress(ROWS[:100]) + gzip.compress(ROWS[100:])),
        (GZIP, gzip.compress(ROWS) + b"\n"),
        (GZIP, gzip.compress(ROWS) + b"<!-- cached -->" * 9),
        (DEFLATE, zlib.compress(ROWS)),
        (DEFLATE, zlib.compress(ROWS, wbits=-15)),
    ],
    ids=[
        "gzip",
        "gzip in two members",
        "a line after gzip",
        "a comment after gzip",
        "deflate",
        "deflate without its header",
    ],
)
def test_a_packed_body_arrives_whole(wire: Wire, client: Client, headers: str, body: bytes) -> None:
    wire.talks = [says(body, headers=headers)]
    assert len(client.request("GET", "/x").json()) == 2000


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("claims", ["its length", "nothing"])
def test_a_cut_gzip_body_is_asked_for_again(
    wire: Wire, client: Client, share: float, claims: str
) -> None:
    packed = gzip.compress(ROWS)
    cut = packed[: int(len(packed) * share)]
    length = len(packed) if claims == "its length" else -1
    wire.talks = [says(cut, headers=GZIP, length=length), says(packed, headers=GZIP)]
    assert len(client.request("GET", "/x").json()) == 2000
    assert len(wire.requests) == 2


@pytest.mark.parametrize("cut", [0, 1, 1000, len(ROWS) - 1])
def test_a_body_shorter_than_it_claims_is_never_taken_for_whole(
    wire: Wire, client: Client, cut: int
) -> None:
    wire.talks = [says(ROWS[:cut], length=len(ROWS))]
    with pytest.raises(Unavailable, match=r"GET 127\.0\.0\.1 /x"):
        client.request("GET", "/x")


def test_a_cut_chunked_body_is_never_taken_for_whole(wire: Wire, client: Client) -> None:
    chunk = b"%x\r\n%s\r\n" % (len(ROWS), ROWS)
    headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    wire.talks = [says(chunk, headers=headers, length=-1)]
    with pytest.raises(Unavailable):
        client.request("GET", "/x")


@pytest.mark.parametrize("cut", [1, 5, len(ROWS) // 2, len(ROWS) - 1])
def test_a_body_that_claims_nothing_is_known_by_its_json(
    wire: Wire, client: Client, cut: int
) -> None:
    wire.talks = [says(ROWS[:cut], length=-1)]
    with pytest.raises(Broken, match="JSON that cannot be read"):
        client.request("GET", "/x").json()


@pytest.mark.parametrize(
    "bomb",
    [gzip.compress(bytes(300 * 2**20), 9), gzip.compress(b" " * (8 * 2**20), 9)],
    ids=["300 MiB", "a thousand to one"],
)
def test_a_body_that_unpacks_without_bound_is_refused(
    wire: Wire, client: Client, bomb: bytes
) -> None:
    wire.talks = [says(bomb, headers=GZIP)]
    with pytest.raises(Broken, match="without bound"):
        client.request("GET", "/x")


def test_a_large_honest_body_is_refused_at_its_bound(
    wire: Wire, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.kit.http.body.LARGEST_BODY", 2**20)
    wire.talks = [says(b" " * (2**20 + 1))]
    with pytest.raises(Broken, match="more than"):
        client.request("GET", "/x")


def test_a_small_text_may_pack_as_well_as_it_likes(wire: Wire, client: Client) -> None:
    wire.talks = [says(gzip.compress(b" " * 1_000_000 + b"[]", 9), headers=GZIP)]
    assert client.request("GET", "/x").json() == []


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_an_encoding_that_nobody_asked_for_is_refused(
    wire: Wire, client: Client, encoding: str
) -> None:
    wire.talks = [says(b"x", headers=f"Content-Encoding: {encoding}\r\n")]
    with pytest.raises(Broken, match="nobody asked for"):
        client.request("GET", "/x")


def trickle(head: bytes, body: bytes) -> Talk:
    def talk(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        with suppress(OSError):
            for letter in body:
                time.sleep(0.05)
                connection.sendall(bytes([letter]))

    return talk


def silent(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    connection.recv(1)


@pytest.mark.parametrize(
    "talk",
    [
        trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b"x" * 400),
        trickle(b"", b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 400),
        silent,
    ],
    ids=["in the body", "in the head", "silence"],
)
def test_a_trickle_ends_at_the_one_deadline(wire: Wire, client: Client, talk: Talk) -> None:
    wire.talks = [talk]
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        client.request("POST", "/x", deadline=0.5)
    assert 0.3 < time.monotonic() - begun < 5


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
@pytest.mark.parametrize(
    "target",
    ["http://localhost:{port}/", "//localhost:{port}/", "http://127.0.0.1:1/", "https://x.test/"],
)
def test_no_redirect_leads_to_another_origin(
    wire: Wire, client: Client, status: str, target: str
) -> None:
    location = f"Location: {target.format(port=wire.port)}\r\n"
    wire.talks = [says(b"", status=status, headers=location)]
    with pytest.raises(Broken, match="sends us elsewhere"):
        client.request("GET", "/x")
    assert len(wire.requests) == 1


def test_a_redirect_within_the_origin_is_followed_with_the_credential(
    wire: Wire, client: Client
) -> None:
    wire.talks = [says(b"", status="301 M", headers="Location: /y?z=1\r\n"), says(b"[]")]
    assert client.request("GET", "/x").json() == []
    assert wire.requests[1].startswith(b"GET /y?z=1 ")
    assert b"authorization: bearer made-up-token" in wire.requests[1].lower()


def test_a_circle_of_redirects_is_left(wire: Wire, client: Client) -> None:
    wire.talks = [says(b"", status="302 F", headers="Location: /x\r\n")]
    with pytest.raises(Broken, match="circle"):
        client.request("GET", "/x")
    assert len(wire.requests) == 4


def test_a_write_is_never_redirected(wire: Wire, client: Client) -> None:
    wire.talks = [says(b"", status="307 T", headers="Location: /y\r\n")]
    with pytest.raises(Broken, match="sends us elsewhere"):
        client.request("POST", "/x", json={})


def test_a_private_address_is_refused_before_anything_is_sent(wire: Wire) -> None:
    client = Client(
        "https://shop.test",
        clock=HastyClock(),
        resolve=lambda *_: ["127.0.0.1"],
    )
    with pytest.raises(Misconfigured, match="allow_local"):
        client.request("GET", "/x")
    assert wire.requests == []


def test_a_host_is_refused_when_one_of_its_addresses_is_private(wire: Wire) -> None:
    client = Client("https://shop.test", resolve=lambda *_: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Misconfigured, match="private network"):
        client.request("GET", "/x")


def test_a_host_that_nobody_knows_is_unavailable() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(f"{host}:{port}")

    with pytest.raises(Unavailable, match="cannot be reached"):
        Client("https://shop.test", clock=HastyClock(), resolve=unknown).request("GET", "/x")


def test_it_connects_to_the_address_that_was_checked(wire: Wire) -> None:
    asked: list[str] = []

    def rebinding(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    network = Network(frozenset({"shop.test"}))
    wire.talks = [says(b"[]")]
    client = Client(f"http://shop.test:{wire.port}", network=network, resolve=rebinding)
    assert client.request("GET", "/x").json() == []
    assert asked == ["shop.test"]
    assert b"host: shop.test" in wire.requests[0].lower()


def test_the_environments_proxy_is_not_used(
    wire: Wire, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:8080")
    wire.talks = [says(b"[]")]
    assert client.request("GET", "/x").json() == []


def test_nothing_of_the_query_is_logged(
    wire: Wire,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.talks = [says(b"[]")]
    client.request(
        "GET", "/people/{person}", fill={"person": "a@b.test"}, params={"q": "hidden-query"}
    )
    assert wire.requests[0].startswith(b"GET /people/a%40b.test?q=hidden-query ")
    told = "".join((caplog.text, *capsys.readouterr()))
    assert "/people/{person}" in told
    assert "hidden-query" not in told
    assert "b.test" not in told
    assert "made-up-token" not in told


def test_an_aborted_answer_does_not_poison_the_next(wire: Wire, client: Client) -> None:
    for _ in range(30):
        wire.talks = [says(ROWS[:50], length=len(ROWS))]
        with pytest.raises(Unavailable):
            client.request("POST", "/x")
    wire.talks = [says(ROWS)]
    assert len(client.request("GET", "/x").json()) == 2000
