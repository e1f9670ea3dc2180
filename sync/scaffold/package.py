"""A package of its own for a connector, which works as it is and waits to be changed."""

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
"""What is written, and the template that it is made from."""
_WRITING: Final[Mapping[str, str]] = {
    "segmenthub_$kind.py": "module_writing.py",
    "tests/test_$kind.py": "test_writing.py",
    "config.toml": "config_writing.toml",
}
"""The same for a connector that is written to as well."""
SECRET: Final = "token.txt"  # noqa: S105 - the name of the file
_KIND: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_KIND: Final = 40


def folder_of(kind: str) -> Path:
    """Where the package of a kind goes unless somebody says otherwise."""
    return Path(f"segmenthub-{kind.replace('_', '-')}")


def begin_package(kind: str, folder: Path, *, writing: bool = False) -> list[Path]:
    """Write a package for a connector of this kind; the files, as they lie in the folder.

    It is a source; `writing` makes it a destination too. Raises Misconfigured, before anything is
    written, for a kind that is no name or is taken, and for a folder in which there is something.
    """
    _check_kind(kind)
    templates = {**_FILES, **(_WRITING if writing else {})}
    named = _names(kind, _template(templates["segmenthub_$kind.py"]))
    written = []
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Misconfigured(
                f"{folder} is there already and stays as it is; name another folder with --into, "
                "or take away what is in it"
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
            f"{kind!r} cannot be the name of a connector; write small letters, digits and _, "
            f"at most {_LONGEST_KIND} and a letter first, like my_shop"
        )
    if keyword.iskeyword(kind):
        raise Misconfigured(f"{kind!r} is a word of Python; write another one, like my_{kind}")
    for each in plugins.installed():
        if each.kind == kind:
            raise Misconfigured(
                f"there is a connector {kind!r} already, from the package {each.package}; "
                "write another name"
            )


def _names(kind: str, module: str) -> dict[str, str]:
    """What stands for what in the templates; the class is called as nothing else in its module."""
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
