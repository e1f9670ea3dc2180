"""A TOML file as plain tables."""

import tomllib
from pathlib import Path
from typing import Any

from core.errors import Misconfigured

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
