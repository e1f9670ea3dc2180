"""The log: one line per event, never an address or a secret."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import date, time, timedelta
from typing import Any, Final, Literal, TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter

Form = Literal["console", "plain", "json"]
"""For a terminal, as `key=value`, or as JSON lines."""

# At INFO these log every address that they request, with its query.
_CHATTY: Final = ("alembic", "apscheduler", "asyncio", "httpcore", "httpx", "psycopg", "sqlalchemy")
_SHORTEST_SECRET: Final = 4
LONGEST_SHAPE: Final = 40
LONGEST_TEXT: Final = 8_192
"""Letters of a text from outside that are looked at; the rest is left out."""
_SAFE_TYPES: Final = (bool, int, float, date, time, timedelta)
_EMAIL: Final = re.compile(
    r"""
    # Begins where a name may begin, so that a long word is looked at once.
    (?:(?<![^\s@<>"'`(),;:=\[\]{}|/?&])|(?<=%40))
    (?:(?!%40)[^\s@<>"'`(),;:=\[\]{}|/?&])+
    (?:@|%40)
    (?:(?!%40)[^\s@<>"'`(),;:=\[\]{}|/?&])+\.[^\W\d][\w-]*
    """,
    re.VERBOSE,
)
_LOGIN: Final = re.compile(r"(?<=://)[^\s/@]+(?=@)")
_DIGITS: Final = re.compile(
    r"""
    (?P<date>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d))
    |(?P<host>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]))
    |(?P<uuid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)
    |(?P<phone>(?<![\w.])(?:\+\s?)?\(?\d(?:[\s().\-/]{0,2}\d){7,14}(?!\w))
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Could move a terminal's cursor or reverse the direction of writing.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BREAKS: Final = re.compile(r"[\t\n\u2028\u2029]+")

_secrets: set[str] = set()


def configure(
    form: Form | None = None, *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Set up logging when a command starts; a second call replaces the first.

    Writes to standard error unless `stream` is given. Without a form: `console` on a terminal,
    `plain` elsewhere.
    """
    output = stream or sys.stderr
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=BoundLogger,
    )
    # Warnings of libraries are masked too.
    formatter = ProcessorFormatter(
        processors=[
            ProcessorFormatter.remove_processors_meta,
            _renderer(form or ("console" if output.isatty() else "plain")),
        ],
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
        use_get_message=True,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(formatter)
    handler.set_name("segmenthub")
    root = logging.getLogger()
    for old in [each for each in root.handlers if each.get_name() == "segmenthub"]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def get(name: str = "segmenthub") -> BoundLogger:
    """A logger; `log.get(__name__)` at the top of a module."""
    return structlog.stdlib.get_logger(name)


def hide(secret: str) -> None:
    """Mask this value and its form in a URL from now on."""
    for spelling in (secret, quote(secret, safe=""), quote_plus(secret)):
        # A shorter one would mask parts of harmless words.
        if len(spelling) >= _SHORTEST_SECRET:
            _secrets.add(spelling)


def mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Mask personal data and secrets; a processor that every event passes."""
    trace = event.pop("exception", None)
    meta = {key: event.pop(key) for key in ("_record", "_from_structlog") if key in event}
    clean = {str(masked(key)): masked(value) for key, value in event.items()}
    if trace is not None:
        # The only value that may have several lines.
        clean["exception"] = "\n".join(masked_text(line) for line in str(trace).split("\n"))
    return {**clean, **meta}


def masked(value: object) -> Any:
    """A value as it may be logged: numbers, dates and None unchanged, the rest as masked text."""
    if value is None or isinstance(value, _SAFE_TYPES):
        return value
    if isinstance(value, Mapping):
        return {str(masked(key)): masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(each) for each in value]
    return masked_text(str(value))


def bounded(text: str) -> str:
    """A text that is no longer than anybody reads; says how much is left out."""
    if len(text) <= LONGEST_TEXT:
        return text
    # Half an address or half a number would no longer be recognized as one.
    *words, _ = text[:LONGEST_TEXT].rsplit(maxsplit=1)
    first = "".join(words).rstrip("0123456789 ()./+-")
    return f"{first}… ({len(text) - len(first):,} more letters)"


def masked_text(text: str) -> str:
    """A text on one line, without addresses, phone numbers, logins, secrets and control codes."""
    text = bounded(text)
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    text = _LOGIN.sub("[login]", text)
    text = _EMAIL.sub("[email]", text)
    text = _DIGITS.sub(_without_phone, text)
    return _BREAKS.sub(" ", _CONTROLS.sub("", text))


def _without_phone(found: re.Match[str]) -> str:
    # A shape has no other digit than 9, and no phone number only that.
    is_shape = set(filter(str.isdigit, found[0])) == {"9"}
    return "[phone]" if found["phone"] and not is_shape else found[0]


def shape_of(value: object) -> str:
    """The shape of a value, which may be shown where the value may not: `9.999,99 aa.`.

    Digits become 9, letters a or A, other signs stay; the first line, at most 40 letters.
    """
    line = next(iter(str(value).splitlines()), "")[:LONGEST_SHAPE]
    return "".join(map(_shape_of_letter, filter(str.isprintable, line)))


def _shape_of_letter(letter: str) -> str:
    if letter.isalpha():
        return "A" if letter.isupper() else "a"
    return "9" if letter.isnumeric() else letter


def _renderer(form: Form) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    if form == "plain":
        return structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "event"], drop_missing=True, bool_as_flag=False
        )
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
