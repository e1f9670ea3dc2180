"""A new package for a connector, which works as it is and is meant to be changed."""

import keyword
import os
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from core import plugins
from core.errors import Misconfigured

_FILES: Final[Mapping[str, str]] = {
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    "segmenthub_$kind.py": "module.py",
    "tests/test_$kind.py": "test.py",
    "samples/$kind.json": "samples.json",
    "config.toml": "config.toml",
    "token.txt": "token.txt",
    ".gitignore": "gitignore",
}
"""File -> its template."""
_WRITING: Final[Mapping[str, str]] = {
    "segmenthub_$kind.py": "module_writing.py",
    "tests/test_$kind.py": "test_writing.py",
    "config.toml": "config_writing.toml",
}
"""Other templates where the connector is also a destination."""
SECRET: Final = "token.txt"  # noqa: S105 - the name of the file
_KIND: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_KIND: Final = 40


def folder_of(kind: str) -> Path:
    """The default folder of a kind's package."""
    return Path(f"segmenthub-{kind.replace('_', '-')}")


def write_package(kind: str, folder: Path, *, writing: bool = False) -> list[Path]:
    """Write a package for a connector of this kind; returns its files, relative to the folder.

    It is a source; with `writing` also a destination. Raises Misconfigured, before anything is
    written, for an invalid or taken kind, and for a folder that is not empty.
    """
    _check_kind(kind)
    templates = {**_FILES, **(_WRITING if writing else {})}
    named = _names(kind, _template(templates["segmenthub_$kind.py"]))
    written = []
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Misconfigured(
                f"{folder} is not empty and is not overwritten; name another folder with --into"
            )
        for name, template in templates.items():
            file = Path(Template(name).substitute(named))
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            _write(folder / file, Template(_template(template)).substitute(named))
            written.append(file)
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be written: {error.strerror}") from None
    return written


def _check_kind(kind: str) -> None:
    if not _KIND.fullmatch(kind) or len(kind) > _LONGEST_KIND:
        raise Misconfigured(
            f"{kind!r} cannot be the name of a connector; write at most {_LONGEST_KIND} "
            "lower-case letters, digits and _, beginning with a letter, like my_shop"
        )
    if keyword.iskeyword(kind):
        raise Misconfigured(f"{kind!r} is a keyword of Python; write another name, like my_{kind}")
    for each in plugins.installed():
        if each.kind == kind:
            raise Misconfigured(
                f"the connector {kind!r} exists already, in the package {each.package}; "
                "write another name"
            )


def _names(kind: str, module: str) -> dict[str, str]:
    """The variables of the templates; the class name is unique in its module."""
    words = [word.capitalize() for word in kind.split("_")]
    plain = "".join(words)
    taken = re.search(rf"\b{plain}\b", module)
    return {
        "kind": kind,
        "Kind": f"{plain}Connector" if taken else plain,
        "title": " ".join(words),
        "package": kind.replace("_", "-"),
    }


def _template(name: str) -> str:
    return (files("sync.scaffold") / "templates" / f"{name}.template").read_text("utf-8")


def _write(file: Path, text: str) -> None:
    mode = 0o600 if file.name == SECRET else 0o666
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w") as opened:
        opened.write(text)
