"""`segmenthub connect`: a person grants the access, and the token is stored, or nothing is."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import Unauthorized, Unavailable
from core.hub_key import find_key
from core.store.database import Database
from core.store.secrets.tokens import StoredToken
from core.tokens import SignIn, Token
from sync.access import sign_in as signing_in
from sync.access.sign_in import Loopback, code_of
from tests.packages import Packages
from tests.sync.cli.commands import PROGRAM, ROOT, Answer, CommandLine, finish
from tests.sync.cli.till import HUB, Till
from tests.token_server import TokenServer

REFUSED = 3
CODE = "from tests.token_server import Members as Connection\n"
SIGN_IN = SignIn("https://vendor.example/", "http://127.0.0.1/", "the state", "verifier")


@pytest.fixture
def server() -> Iterator[TokenServer]:
    server = TokenServer()
    yield server
    server.close()


@pytest.fixture
def crm(till: Till, server: TokenServer, packages: Packages) -> Till:
    """A hub with one connection that somebody must sign in to, and one that nobody must."""
    packages.install("acme-members", "members", CODE)
    connection = f'[connections.crm]\nkind = "members"\nurl = "{server.address}"\n'
    files = '[connections.till]\nkind = "csv"\nfolder = "till"\n[connections.till.contacts]\n'
    files += 'files = ["people.csv"]\nid = "id"\n'
    till.configure(HUB, f'allow_local = ["127.0.0.1"]\n{connection}', files)
    return till


def stored(crm: Till) -> Token | None:
    key = find_key(crm.folder, {})
    assert key is not None
    database = Database(f"sqlite:///{crm.database}")
    found = StoredToken(database, key, "crm", "members", lambda: datetime.now(UTC)).current()
    database.close()
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Command:
    """`connect` in a process of its own; `grant` is what a person does at the vendor's page."""

    def __init__(self, crm: Till, *words: str) -> None:
        self._process = subprocess.Popen(
            [*PROGRAM, "--config", str(crm.config), "connect", "crm", *words],
            cwd=crm.folder,
            env={"PATH": "", "PYTHONPATH": f"{ROOT}:{crm.folder / 'installed'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        self.said = ""
        self.address = ""
        for line in self._process.stderr:
            self.said += line
            if line.startswith("http"):
                self.address = line.strip()
                break

    def paste(self, line: str) -> Answer:
        """Paste a line and wait for the end."""
        out, err = self._process.communicate(f"{line}\n", timeout=60)
        return Answer(self._process.returncode, out, err)

    def visit(self, port: int, query: str) -> tuple[str, Answer]:
        """The page that the browser shows, and what the command answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/?{query}", timeout=60) as page:
            shown = page.read().decode()
        return shown, finish(self._process)


def test_a_browser_brings_the_first_token(crm: Till, server: TokenServer) -> None:
    port = free_port()
    command = Command(crm, "--port", str(port))
    assert f"http://127.0.0.1:{port}/ must be registered there" in command.said
    shown, answer = command.visit(port, server.granted(command.address))
    assert (shown, answer.code) == ("Connected. You can close this page.", 0)
    assert "crm is connected" in answer.err
    token = stored(crm)
    assert token is not None
    assert (token.access, token.refresh) == ("access 1", "refresh 1")


def test_an_address_can_be_pasted_where_there_is_no_browser(
    crm: Till, server: TokenServer, segmenthub: CommandLine
) -> None:
    back = "https://shop.example/back"
    command = Command(crm, "--paste", "--redirect", back)
    answer = command.paste(f"{back}?{server.granted(command.address)}")
    assert (answer.code, server.forms[0]["redirect_uri"]) == (0, back)
    assert stored(crm) is not None
    assert segmenthub("pull", "crm").code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("http://127.0.0.1:8484/?code=the+code&state=another", "belongs to another sign-in"),
        ("http://127.0.0.1:8484/?code=the+code", "belongs to another sign-in"),
        ("the code", "paste the whole address"),
    ],
)
def test_another_answer_stores_nothing(
    crm: Till, server: TokenServer, line: str, said: str
) -> None:
    answer = Command(crm, "--paste").paste(line)
    assert answer.code == REFUSED
    assert said in answer.err
    assert "othing was stored" in answer.err
    assert server.forms == []
    assert stored(crm) is None


def test_an_answer_with_a_wrong_state_is_told_in_the_browser_too(
    crm: Till, server: TokenServer
) -> None:
    port = free_port()
    shown, answer = Command(crm, "--port", str(port)).visit(port, "code=x&state=wrong")
    assert "Not connected" in shown
    assert (answer.code, server.forms, stored(crm)) == (REFUSED, [], None)


def test_a_person_who_says_no_is_told_and_nothing_is_stored() -> None:
    with pytest.raises(Unauthorized, match="answered access_denied; nothing was stored"):
        code_of("error=access_denied&state=the+state", SIGN_IN)
    with pytest.raises(Unauthorized, match="answered an error; nothing was stored"):
        code_of("error=%1b[31m&state=the+state", SIGN_IN)
    with pytest.raises(Unauthorized, match="holds no code; nothing was stored"):
        code_of("state=the+state", SIGN_IN)


def test_nothing_for_five_minutes_ends_the_wait() -> None:
    assert signing_in.PATIENCE == 5 * 60
    port = free_port()
    begun = time.monotonic()
    with Loopback(port) as loopback, pytest.raises(Unavailable, match="nothing was stored"):
        loopback.code(SIGN_IN, 0.2)
    assert time.monotonic() - begun < 10


def test_nothing_pasted_for_five_minutes_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, other = socket.socketpair()
    with silent, other, silent.makefile("r") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        with pytest.raises(Unavailable, match="no answer came within"):
            signing_in.pasted_code(SIGN_IN, 0.1)


def test_a_code_that_the_vendor_refuses_stores_nothing(crm: Till, server: TokenServer) -> None:
    command = Command(crm, "--paste")
    query = server.granted(command.address)
    server.error = (400, {"error": "invalid_grant"})
    answer = command.paste(f"http://127.0.0.1:8484/?{query}")
    assert answer.code == REFUSED
    assert "the code is refused and nothing was stored" in answer.err
    assert stored(crm) is None


def test_other_paths_are_no_answer(tmp_path: Path) -> None:
    port = free_port()
    with Loopback(port) as loopback, socket.create_connection(("127.0.0.1", port)) as browser:
        browser.sendall(b"GET /favicon.ico HTTP/1.1\r\n\r\n")
        with pytest.raises(Unavailable):
            loopback.code(SIGN_IN, 0.5)
        assert browser.recv(100).startswith(b"HTTP/1.0 404")


def test_a_port_that_is_taken_says_which_option_helps(crm: Till, segmenthub: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = segmenthub("connect", "crm", "--port", str(taken.getsockname()[1]))
    assert (answer.code, "--port" in answer.err) == (2, True)


def test_a_connection_without_sign_in_says_so(crm: Till, segmenthub: CommandLine) -> None:
    answer = segmenthub("connect", "till")
    assert (answer.code, "till needs no sign-in" in answer.err) == (2, True)
    answer = segmenthub("connect", "tilt")
    assert (answer.code, '"tilt"' in answer.err) == (2, True)


def test_a_pull_before_the_sign_in_says_what_to_do(crm: Till, segmenthub: CommandLine) -> None:
    answer = segmenthub("pull", "crm")
    assert answer.code != 0
    assert "segmenthub connect crm" in segmenthub("status").out.replace("\n", " ")


def test_status_and_check_say_when_a_sign_in_ends_and_when_it_was_refused(
    crm: Till, segmenthub: CommandLine, server: TokenServer
) -> None:
    segmenthub("status")
    key = find_key(crm.folder, {})
    assert key is not None
    database = Database(f"sqlite:///{crm.database}")
    now = datetime.now(UTC)
    keeper = StoredToken(database, key, "crm", "members", lambda: now)
    server.access = {"access"}
    keeper.store(Token("access", "refresh", ends_at=now + timedelta(days=15)))
    assert "the sign-in to crm" not in segmenthub("status").out
    ends_at = (now + timedelta(days=9)).replace(hour=12)
    keeper.store(Token("access", "refresh", ends_at=ends_at))
    for said in (segmenthub("status").out, segmenthub("check", "--live").err):
        assert f"the sign-in to crm ends on {ends_at.date()}" in " ".join(said.split())
        assert "segmenthub connect crm" in " ".join(said.split())
    server.access = set()
    assert segmenthub("pull", "crm").code == REFUSED
    database.close()
    for said in (segmenthub("status").out, segmenthub("check", "--live").err):
        assert "the refresh token of crm was spent elsewhere" in " ".join(said.split())
