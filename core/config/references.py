"""Values that a config only points at: `{ env = "NAME" }` or `{ file = "path" }`."""

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
from core.words import unknown

KEYS = ("env", "file")
LONGEST_FILE = 64 * 1024
"""Bytes; no key or token is longer, and a wrong path may point at anything."""
_PASSWORD_IN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s@:]*:[^/?#\s@]+@")


class Unresolved(Exception):
    """A reference that leads to nothing; the text says what to do. Never holds the value."""


class References:
    """Reads what a config points at, and remembers it, so that no message shows it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Take the folder that paths are counted from, and the variables."""
        self.folder = folder
        self._environment = environment
        self._values: set[str] = set()

    def read(self, reference: Mapping[str, object], *, secret: bool) -> str:
        """The value that is referred to; a secret's file must be private. Raises Unresolved."""
        match dict(reference):
            case {"env": str(name), **others} if name and not others:
                value = self._variable(name)
            case {"file": str(name), **others} if name and not others:
                value = self._file(name, private=secret)
            case _:
                raise Unresolved(_no_reference(reference))
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
            raise Unresolved(f"the environment variable {name} holds no text")
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
                f"the file {path} can be read by other users of this machine;"
                f" run: chmod 600 '{path}'"
            )
        try:
            value = content.decode().strip()
        except UnicodeDecodeError:
            value = ""
        if not value or len(content) > LONGEST_FILE or "\x00" in value:
            raise Unresolved(f"the file {path} holds no value: a line of text is expected")
        return value


def is_reference(value: object) -> bool:
    """Whether a value is written as a reference: a table of the one key `env` or `file`."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and all(key in KEYS and isinstance(name, str) for key, name in value.items())
    )


def holds_password(value: object) -> bool:
    """Whether a text is an address that carries a password: `https://user:word@host`."""
    return isinstance(value, str) and _PASSWORD_IN_ADDRESS.search(value) is not None


def replacement_line(key: str, path: str) -> str:
    """The line to write instead of a literal secret."""
    name = re.sub(r"[^A-Z0-9]+", "_", path.upper()).strip("_")
    for room in ("CONNECTIONS_", "HUB_"):
        name = name.removeprefix(room)
    return f'{key} = {{ env = "{name}" }}'


def _no_reference(reference: Mapping[str, object]) -> str:
    strange = [key for key in reference if key not in KEYS]
    hint = f"; {unknown('key', strange[0], KEYS)}" if strange else ""
    return f'a reference is {{ env = "NAME" }} or {{ file = "path" }}{hint}'


LONGEST = 16 * 1024 * 1024
"""Bytes of a file; a wrong path may point at anything."""


def parse(path: Path) -> dict[str, Any]:
    """Read a file; raises Misconfigured where it is not there or is no TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
    except FileNotFoundError:
        raise Misconfigured(f"there is no file {path}; `segmenthub init` writes one") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such path"
        raise Misconfigured(f"the file {path} cannot be read: {reason}") from None
    if len(content) > LONGEST:
        raise Misconfigured(f"the file {path} is too large for a config")
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise Misconfigured(f"the file {path} is no text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"the file {path} is no TOML: {error}") from None
    except (RecursionError, ValueError):
        raise Misconfigured(f"the file {path} is no TOML that can be read") from None
