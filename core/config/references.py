"""A TOML file as plain tables, and the values that it refers to.

A reference is `{ env = "NAME" }` or `{ file = "path" }`.
"""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.config.values import from_folder
from core.errors import Misconfigured
from core.log import hide
from core.mistakes import unknown

KEYS = ("env", "file")
LONGEST_FILE = 64 * 1024
"""Bytes; no key or token is longer, but a wrong path may lead to any file."""
_PASSWORD_IN_ADDRESS = re.compile(r"(?<=[A-Za-z0-9+.-])://[^/?#\s@:]*:[^/?#\s@]+@")


class Unresolved(Exception):
    """A reference without a value; the message says what to do and never contains a value."""


class References:
    """Reads referenced values, and masks them in messages."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Take the folder that paths are relative to, and the environment variables."""
        self.folder = folder
        self._environment = environment
        self._values: set[str] = set()

    def read(self, reference: Mapping[str, object], *, secret: bool) -> str:
        """The referenced value; a secret's file must be private. Raises Unresolved."""
        match dict(reference):
            case {"env": str(name), **others} if name and not others:
                value = self._variable(name)
            case {"file": str(name), **others} if name and not others:
                value = self._file(name, private=secret)
            case _:
                raise Unresolved(_bad_reference(reference))
        self._values.add(value)
        if secret:
            hide(value)
        return value

    def masked(self, message: str) -> str:
        """A message without any value that was read by reference."""
        for value in sorted(self._values, key=len, reverse=True):
            message = message.replace(value, "…")
        return message

    def _variable(self, name: str) -> str:
        if not (value := self._environment.get(name, "").strip()):
            raise Unresolved(f"the environment variable {name} is not set")
        if "\x00" in value:
            raise Unresolved(f"the environment variable {name} contains a null character")
        return value

    def _file(self, name: str, *, private: bool) -> str:
        path = from_folder(self.folder, name)
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                content = file.read(LONGEST_FILE + 1)
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "no such path"
            raise Unresolved(f"the file {path} cannot be read: {reason}") from None
        if private and mode & 0o077:
            raise Unresolved(
                f"the file {path} is readable by other users of this machine;"
                f" run: chmod 600 '{path}'"
            )
        try:
            value = content.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            value = ""
        if not value or len(content) > LONGEST_FILE or "\x00" in value:
            raise Unresolved(f"the file {path} holds no value; a line of text is expected")
        return value


def is_reference(value: object) -> bool:
    """Whether a value is a reference: a table with the one key `env` or `file`."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and all(key in KEYS and isinstance(name, str) for key, name in value.items())
    )


def holds_password(value: object) -> bool:
    """Whether a text is an address with a password: `https://user:word@host`."""
    return isinstance(value, str) and _PASSWORD_IN_ADDRESS.search(value) is not None


def replacement_line(key: str, path: str) -> str:
    """The line to write instead of a literal secret."""
    name = re.sub(r"[^A-Z0-9]+", "_", path.upper()).strip("_")
    for table in ("CONNECTIONS_", "HUB_"):
        name = name.removeprefix(table)
    return f'{key} = {{ env = "{name}" }}'


def _bad_reference(reference: Mapping[str, object]) -> str:
    wrong = [key for key in reference if key not in KEYS]
    hint = f"; {unknown('key', wrong[0], KEYS)}" if wrong else ""
    return f'a reference is {{ env = "NAME" }} or {{ file = "path" }}{hint}'


LONGEST_CONFIG = 16 * 1024 * 1024
"""Bytes of a config; a wrong path may lead to any file."""


def parse(path: Path) -> dict[str, Any]:
    """Read a TOML file; raises Misconfigured where it is missing or not TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_CONFIG + 1)
    except FileNotFoundError:
        raise Misconfigured(f"there is no file {path}; `segmenthub init` writes one") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such path"
        raise Misconfigured(f"the file {path} cannot be read: {reason}") from None
    if len(content) > LONGEST_CONFIG:
        raise Misconfigured(f"the file {path} is too large for a config")
    try:
        # Editors save a byte order mark, which TOML does not know.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Misconfigured(f"the file {path} is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"the file {path} is not valid TOML: {error}") from None
    except (RecursionError, ValueError):
        raise Misconfigured(f"the file {path} is not valid TOML") from None
