"""Tokens as requests use them, against a token endpoint on a socket."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors.kit import Broken, Misconfigured, Network, OAuth, Secret, Unauthorized, Unavailable
from connectors.kit.auth.keeper import MemoryKeeper
from connectors.kit.clock import Clock
from core.contract import Window
from core.tokens import Token
from tests.token_server import Members, TokenServer

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TOKEN = Token("access 0", "refresh 0")


class SetClock(Clock):
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class Desk(Members):
    """The same, without anybody who signs in."""

    oauth = OAuth("{self.url}/token", grant="client_credentials", scope="all", basic=True)


class ReadyAssertion(Members):
    oauth = OAuth("{self.url}/token", grant="jwt", assertion="api_key", client_secret="")
    api_key: Secret = Secret("made.by.vendor")


class SignedAssertion(Members):
    oauth = OAuth(
        "{self.url}/token",
        grant="jwt",
        private_key="private_key",
        claims={"iss": "{self.client_id}", "aud": "{self.url}"},
    )
    private_key: Secret


class LongLived(Members):
    oauth = OAuth("{self.url}/token", grant="authorization_code", authorize_url="{self.url}/go")


@pytest.fixture
def server() -> Iterator[TokenServer]:
    server = TokenServer()
    yield server
    server.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def connected(
    server: TokenServer,
    clock: Clock,
    token: Token | None = TOKEN,
    cls: type[Members] = Members,
    **settings: Any,
) -> tuple[Members, MemoryKeeper]:
    """A connector with a keeper that holds this token."""
    local = Network(allow_local=frozenset({"127.0.0.1"}))
    source = cls(url=server.address, **settings).through(local)
    source._clock = clock
    keeper = MemoryKeeper("crm")
    if token:
        keeper.store(token)
    return source.with_tokens(keeper), keeper


def read(source: Members) -> list[str]:
    pages = source.read("people", Window(until=NOW))
    return [str(getattr(record, "id", "")) for page in pages for record in page.records]


def test_a_good_token_is_used_without_asking_for_another(
    server: TokenServer, clock: SetClock
) -> None:
    server.access = {"access 0"}
    source, _ = connected(server, clock)
    assert read(source) == ["ann"]
    assert server.forms == []


def test_a_refused_token_is_renewed_once_and_the_request_sent_again(
    server: TokenServer, clock: SetClock
) -> None:
    source, keeper = connected(server, clock)
    assert read(source) == ["ann"]
    assert server.reads == ["access 0", "access 1"]
    assert keeper.current() == Token(
        "access 1", "refresh 1", renew_at=NOW + timedelta(seconds=3600 - 300)
    )
    assert server.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh 0",
            "client_id": "the client",
            "client_secret": "its secret",
        }
    ]


def test_a_token_that_is_refused_again_is_not_renewed_for_ever(
    server: TokenServer, clock: SetClock
) -> None:
    source, _ = connected(server, clock)
    server.access = frozenset()  # type: ignore[assignment]
    server._next = lambda *, refresh: {"access_token": "bad", "refresh_token": "r"}  # type: ignore[method-assign]  # noqa: ARG005
    with pytest.raises(Unauthorized, match="answered 401"):
        read(source)
    assert len(server.forms) == 1


def test_a_token_is_renewed_before_it_ends(server: TokenServer, clock: SetClock) -> None:
    source, _ = connected(server, clock)
    read(source)
    clock.at += timedelta(minutes=54)
    read(source)
    assert len(server.forms) == 1
    clock.at += timedelta(minutes=1)
    read(source)
    assert [form["refresh_token"] for form in server.forms] == ["refresh 0", "refresh 1"]
    assert server.reads == ["access 0", "access 1", "access 1", "access 2"]


def test_threads_that_are_refused_at_once_renew_once(server: TokenServer, clock: SetClock) -> None:
    source, _ = connected(server, clock)
    threads = [threading.Thread(target=read, args=(source,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(server.forms) == 1


def test_a_token_that_another_process_stored_is_taken(server: TokenServer, clock: SetClock) -> None:
    source, keeper = connected(server, clock)
    server.access = {"access 0", "theirs"}
    read(source)
    server.access = {"theirs"}
    keeper.store(Token("theirs", "refresh theirs"))
    assert read(source) == ["ann"]
    assert server.forms == []


def test_a_renewal_waits_for_no_turn_at_the_limiter(server: TokenServer, clock: SetClock) -> None:
    source, _ = connected(server, clock, Token("access 0", "refresh 0", renew_at=NOW))
    limiter = source.client._limiter
    assert limiter is not None
    free: list[bool] = []
    answer = server.answer

    def watched(form: dict[str, str]) -> tuple[int, object]:
        free.append(limiter._windows[0].places.acquire(blocking=False))
        limiter._windows[0].places.release()
        return answer(form)

    server.answer = watched  # type: ignore[method-assign]
    assert read(source) == ["ann"]
    assert free == [True]


def test_without_a_token_it_says_how_to_connect(server: TokenServer, clock: SetClock) -> None:
    source, _ = connected(server, clock, token=None)
    with pytest.raises(Unauthorized, match="crm is not connected yet; run: segmenthub connect crm"):
        read(source)
    assert (server.forms, server.reads) == ([], [])


def test_a_refresh_token_spent_elsewhere_is_told_with_what_to_do(
    server: TokenServer, clock: SetClock
) -> None:
    source, _ = connected(server, clock)
    server.refresh = "spent elsewhere"
    with pytest.raises(Unauthorized) as refusal:
        read(source)
    assert str(refusal.value) == (
        "POST 127.0.0.1 /token answered 400 (invalid_grant): the refresh token of crm was spent "
        "elsewhere, has ended, or the access was withdrawn; run: segmenthub connect crm"
    )


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (
            401,
            {"error": "invalid_client"},
            Unauthorized,
            r"check the client .* \[connections.crm\]",
        ),
        (400, {"error": "temporarily_unavailable"}, Unavailable, "the next run tries again"),
        (503, {}, Unavailable, "answered 503"),
        (403, {"error": "Ann Smith has left"}, Unauthorized, r"403 \(no reason given\)"),
        (400, ["no", "table"], Unauthorized, "no reason given"),
        (200, {"token": "x"}, Broken, "without an access_token"),
        (200, ["x"], Broken, "without an access_token"),
    ],
)
def test_other_answers_of_the_token_endpoint_are_told(
    server: TokenServer,
    clock: SetClock,
    status: int,
    body: object,
    error: type[Exception],
    said: str,
) -> None:
    source, keeper = connected(server, clock)
    server.error = (status, body)
    with pytest.raises(error, match=said):
        read(source)
    # Asked once: a spent token that is sent again looks stolen.
    assert len(server.forms) == 1
    assert keeper.current() == TOKEN


def test_a_desk_asks_with_client_credentials(server: TokenServer, clock: SetClock) -> None:
    source, _ = connected(server, clock, None, Desk)
    assert read(source) == ["ann"]
    assert server.forms == [{"grant_type": "client_credentials", "scope": "all"}]
    pair = base64.b64encode(b"the client:its secret").decode()
    assert server.headers[0]["Authorization"] == f"Basic {pair}"


def test_an_assertion_of_the_vendor_is_sent_as_it_is(server: TokenServer, clock: SetClock) -> None:
    source, _ = connected(server, clock, None, ReadyAssertion)
    assert read(source) == ["ann"]
    assert server.forms == [
        {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": "made.by.vendor",
            "client_id": "the client",
        }
    ]


def test_an_assertion_of_our_own_is_signed_with_rs256(server: TokenServer, clock: SetClock) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    source, _ = connected(server, clock, None, SignedAssertion, private_key=pem)
    assert read(source) == ["ann"]
    head, claims, signature = server.forms[0]["assertion"].split(".")
    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT"}
    assert json.loads(decoded(claims)) == {
        "iss": "the client",
        "aud": server.address,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 180,
    }
    key.public_key().verify(
        decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_text_that_is_no_key_signs_nothing(server: TokenServer, clock: SetClock) -> None:
    source, _ = connected(server, clock, None, SignedAssertion, private_key="hidden-word")
    with pytest.raises(Misconfigured, match="no RSA key in PEM") as refusal:
        read(source)
    assert "hidden-word" not in str(refusal.value)


def test_a_sign_in_brings_the_first_token(server: TokenServer, clock: SetClock) -> None:
    source, keeper = connected(server, clock, token=None)
    sign_in = source.begin_sign_in("http://127.0.0.1:8484/")
    assert sign_in is not None
    asked = {name: each[0] for name, each in parse_qs(urlsplit(sign_in.address).query).items()}
    assert sign_in.address.startswith(f"{server.address}/authorize?")
    assert asked.pop("code_challenge")
    assert asked == {
        "response_type": "code",
        "client_id": "the client",
        "redirect_uri": "http://127.0.0.1:8484/",
        "state": sign_in.state,
        "code_challenge_method": "S256",
        "scope": "people:read",
    }
    server.granted(sign_in.address)
    source.finish_sign_in(sign_in, "the code")
    assert server.forms[0]["redirect_uri"] == "http://127.0.0.1:8484/"
    assert keeper.current() is not None
    assert read(source) == ["ann"]
    assert sign_in.verifier not in repr(sign_in)


def test_a_refused_code_stores_nothing(server: TokenServer, clock: SetClock) -> None:
    source, keeper = connected(server, clock, token=None)
    sign_in = source.begin_sign_in("http://127.0.0.1:8484/")
    assert sign_in is not None
    with pytest.raises(Unauthorized, match="nothing was stored; run again: segmenthub connect crm"):
        source.finish_sign_in(sign_in, "somebody else's")
    assert keeper.current() is None


def test_a_token_that_cannot_be_renewed_says_when_it_ends(
    server: TokenServer, clock: SetClock
) -> None:
    source, keeper = connected(server, clock, None, LongLived)
    sign_in = source.begin_sign_in("http://127.0.0.1:8484/")
    assert sign_in is not None
    server.granted(sign_in.address)
    server._next = lambda *, refresh: {"access_token": "long", "expires_in": "5184000"}  # type: ignore[method-assign]  # noqa: ARG005
    source.finish_sign_in(sign_in, "the code")
    assert keeper.current() == Token("long", ends_at=NOW + timedelta(days=60))
    with pytest.raises(Unauthorized, match="must be connected again; run: segmenthub connect crm"):
        read(source)


def test_the_end_of_a_refresh_token_is_kept(server: TokenServer, clock: SetClock) -> None:
    server.also = {"expires_in": 600, "refresh_token_expires_in": 86_400}
    source, keeper = connected(server, clock)
    read(source)
    assert keeper.current() == Token(
        "access 1", "refresh 1", NOW + timedelta(seconds=540), NOW + timedelta(days=1)
    )


def test_a_connector_without_oauth_has_nothing_to_sign_in_to(
    server: TokenServer, clock: SetClock
) -> None:
    source, _ = connected(server, clock, cls=NoTokens)
    assert source.begin_sign_in("http://127.0.0.1:8484/") is None


class NoTokens(Members):
    oauth = None


def test_tokens_are_never_printed() -> None:
    token = Token("secret access", "secret refresh")
    assert "secret" not in repr(token)
