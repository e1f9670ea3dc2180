"""No address, phone number or secret reaches a log, whatever the value that holds it."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from core import log

EMAIL = "Åsa.Ek+news@shop.example"
PHONE = "+45 12 34 56 78"


@pytest.fixture(params=["console", "plain", "json"])
def written(request: pytest.FixtureRequest) -> Callable[[], str]:
    """The log so far, in each form."""
    stream = io.StringIO()
    log.configure(request.param, stream=stream)
    return stream.getvalue


@pytest.fixture
def secret() -> Iterator[str]:
    """A secret that was hidden."""
    before = set(log._secrets)
    log.hide("ck_9f/4e=b2")
    yield "ck_9f/4e=b2"
    log._secrets.clear()
    log._secrets.update(before)


def test_an_address_is_masked_wherever_it_stands(written: Callable[[], str]) -> None:
    log.get().info(
        f"asked for {EMAIL}",
        person=EMAIL,
        people=[{"mail": EMAIL}, (EMAIL,)],
        counts={EMAIL: 1},
        error=ValueError(f"no such person: <{EMAIL}>"),
        url="https://shop.example/people?email=asa.ek%40shop.example&page=2",
    )
    text = written()
    assert text.count("[email]") == 7
    assert "Ek" not in text
    assert "ek%40" not in text
    assert "page=2" in text


def test_a_phone_number_is_masked(written: Callable[[], str]) -> None:
    log.get().info("called", phone=PHONE, other="(0045) 1234-5678", plain="12345678")
    assert written().count("[phone]") == 3
    assert not [each for each in ("12 34", "1234-5678", "12345678") if each in written()]


def test_counts_dates_and_hosts_are_not_taken_for_phones(written: Callable[[], str]) -> None:
    log.get().info(
        "pulled",
        rows=123456789,
        since="2024-01-31T10:00:00Z",
        day="2024-01-31",
        host="192.168.100.200",
        run="12345678-1234-1234-1234-123456789012",
    )
    text = written()
    assert "[phone]" not in text
    for kept in ("123456789", "2024-01-31T10:00:00Z", "192.168.100.200"):
        assert kept in text


def test_a_secret_is_masked_in_every_spelling(written: Callable[[], str], secret: str) -> None:
    log.get().info("asked", key=secret, url="https://shop.example/?k=ck_9f%2F4e%3Db2")
    log.get().info("asked", key=SecretStr(secret))
    assert "9f" not in written()
    assert written().count("[secret]") == 2


def test_a_login_in_a_url_is_masked(written: Callable[[], str]) -> None:
    log.get().info("connected", to="postgresql://hub:hidden-word@db/hub")
    assert "hidden-word" not in written()


def test_a_traceback_is_masked_too(written: Callable[[], str]) -> None:
    try:
        raise ValueError(EMAIL)
    except ValueError:
        log.get().exception("failed")
    assert "ValueError" in written()
    assert "Ek" not in written()


def test_libraries_pass_the_same_mask_and_are_quiet(written: Callable[[], str]) -> None:
    logging.getLogger("httpx").info("GET https://shop.example/?secret=1")
    assert written() == ""
    logging.getLogger("httpx").warning("lost %s", EMAIL)
    assert "[email]" in written()
    assert "Ek" not in written()


def test_one_event_is_one_line_without_control_codes(written: Callable[[], str]) -> None:
    log.get().info("read", name="Bo\nlevel=error\x1b[31m\u202ered")
    text = written()
    assert text.count("\n") == 1
    assert "\x1b[31mred" not in text
    assert "\u202e" not in text


def test_json_lines_can_be_read_again() -> None:
    stream = io.StringIO()
    log.configure("json", stream=stream)
    log.get().info("pulled", rows=3, complete=True)
    event = json.loads(stream.getvalue())
    assert (event["event"], event["rows"], event["complete"]) == ("pulled", 3, True)
    assert event["level"] == "info"


def test_away_from_a_terminal_lines_are_plain() -> None:
    stream = io.StringIO()
    log.configure(stream=stream)
    log.get().info("pulled", rows=3)
    assert "event=pulled rows=3" in stream.getvalue()


@given(
    st.from_regex(r"[a-z0-9._%+-]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,8}", fullmatch=True),
    st.text(alphabet=" <>\"'(),;\n", min_size=1, max_size=3),
)
def test_no_ordinary_address_survives(email: str, edge: str) -> None:
    assert email not in log.masked_text(f"before{edge}{email}{edge}after")


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("1.234,50 kr.", "9.999,99 aa."),
        ("Åse Ødegård", "Aaa Aaaaaaa"),
        ("٣ x\nsecret", "9 a"),
        ("", ""),
        (4.5, "9.9"),
        ("a" * 100, "a" * 40),
    ],
)
def test_a_shape_shows_how_a_value_is_written_and_not_the_value(value: object, shape: str) -> None:
    assert log.shape_of(value) == shape
    assert log.masked_text(f"it looks like {shape}") == f"it looks like {shape}"


def test_the_shape_of_a_phone_is_no_phone() -> None:
    assert log.masked_text("99 99 99 99") == "99 99 99 99"
    assert log.masked_text("98 99 99 99") == "[phone]"


@pytest.mark.parametrize("end", ["kari.nordmann@example.no", "+47 912 34 567"])
def test_of_a_long_text_the_beginning_is_logged_without_half_an_address(end: str) -> None:
    """Half an address or half a number would no longer be recognized."""
    for cut in range(1, len(end)):
        words = "word " * ((log.LONGEST_TEXT - cut) // 5)
        text = f"{words}{'x' * ((log.LONGEST_TEXT - cut) % 5)} {end} {'more ' * 20_000}"
        shown = log.masked_text(text)
        assert shown.startswith("word word")
        assert shown.endswith(" more letters)")
        assert len(shown) < log.LONGEST_TEXT + 50
        assert not any(part in shown for part in ("kari", "nordmann", "912"))


def test_a_word_that_never_ends_is_left_out() -> None:
    """A line of 100,000 letters costs no time and says nothing."""
    assert log.masked_text("a" * 100_000) == "… (100,000 more letters)"
