"""Finds the files that the house tests look at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("connectors", "core", "sandbox", "sync")
_MADE_BY_TOOLS = ("build", "dist", "__pycache__")


def modules(*rooms: str) -> list[Path]:
    """Every Python file of these rooms, or of all that are shipped."""
    return sorted(
        file
        for room in rooms or ROOMS
        for file in (ROOT / room).rglob("*.py")
        if "__pycache__" not in file.parts
    )


def files() -> Iterator[Path]:
    """Every file of the project that a person wrote."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_dir():
                hidden = path.name.startswith(".") and path.name != ".ci"
                if not hidden and path.name not in _MADE_BY_TOOLS and path.suffix != ".egg-info":
                    folders.append(path)
            elif path.suffix not in (".db", ".db-wal", ".db-shm", ".lock"):
                yield path


def name_of(file: Path) -> str:
    """A file as Python calls it: `core/store/keys.py` is `core.store.keys`."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def shown(file: Path) -> str:
    """A file as a person finds it."""
    return file.relative_to(ROOT).as_posix()


@cache
def tree(file: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(file.read_text("utf-8"), filename=shown(file))


def inside(name: str, room: str) -> bool:
    """Whether a module is `room` itself or inside it."""
    return name == room or name.startswith(f"{room}.")
