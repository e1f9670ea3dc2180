"""A new package for a connector, which works as it is and is meant to be changed."""

import keyword
import os
import re
import tomllib
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
    "$secret.txt": "secret.txt",
    ".gitignore": "gitignore",
}
"""File -> its template."""
_SUITES: Final = {"tests/test_$kind.py": "test_writing.py"}
"""Another template where the connector is also a destination."""
_AUDIENCES: Final = {
    "segmenthub_$kind.py": "audience.py",
    "tests/test_$kind.py": "test_audience.py",
    "config.toml": "audience.toml",
    "README.md": "audience.md",
}
"""Other templates for a destination that knows no people; it reads nothing."""
_KIND: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_KIND: Final = 40


def folder_of(kind: str) -> Path:
    """The default folder of a kind's package."""
    return Path(f"segmenthub-{kind.replace('_', '-')}")


def write_package(
    kind: str,
    folder: Path,
    *,
    writing: bool = False,
    audience: bool = False,
    graphql: bool = False,
    oauth: bool = False,
) -> list[Path]:
    """Write a package for a connector of this kind; returns its files, relative to the folder.

    It is a source; with `writing` also a destination, with `audience` a destination of audiences
    alone. Raises Misconfigured, before anything is
    written, for an invalid or taken kind, for choices that do not go together, and for a folder
    that is not empty.
    """
    _check_kind(kind)
    if graphql and writing:
        raise Misconfigured(
            "a destination is begun without --graphql; its mutations differ from vendor to vendor"
        )
    if audience and (writing or graphql or oauth):
        raise Misconfigured("--audience goes with no other choice; it begins with a fixed token")
    templates = {**_FILES, **(_SUITES if writing else {}), **(_AUDIENCES if audience else {})}
    if audience:
        del templates["samples/$kind.json"]
    words = _words(
        "oauth" if oauth else "token",
        *(
            ["audience"]
            if audience
            else [
                "always",
                "graphql" if graphql else "rest",
                "writing" if writing else "reading",
            ]
        ),
    )
    named = _names(kind, f"{_template(templates['segmenthub_$kind.py'])}{words}")
    named |= {word: Template(text).safe_substitute(named) for word, text in words.items()}
    secret = f"{named['secret']}.txt"
    written = []
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Misconfigured(
                f"{folder} is not empty and is not overwritten; name another folder with --into"
            )
        for name, template in templates.items():
            file = Path(Template(name).substitute(named))
            # Nobody else may look inside: a token will lie there.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            text = Template(_template(template)).substitute(named)
            _write(folder / file, text, mode=0o600 if file.name == secret else 0o666)
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


def _words(*choices: str) -> dict[str, str]:
    """The words that these choices put into the templates, with the imports of them all."""
    parts = tomllib.loads((files("sync.scaffold") / "parts.toml").read_text("utf-8"))
    words: dict[str, str] = {}
    names: set[str] = set()
    for choice in choices:
        names |= set(parts[choice].pop("names"))
        words |= parts[choice]
    # Classes before functions, as linters sort imports.
    in_order = sorted(names, key=lambda name: (name[0].islower(), name.casefold()))
    return {**words, "imports": "".join(f"    {name},\n" for name in in_order)}


def _template(name: str) -> str:
    return (files("sync.scaffold") / "templates" / f"{name}.template").read_text("utf-8")


def _write(file: Path, text: str, *, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w") as opened:
        opened.write(text)
