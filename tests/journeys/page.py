"""Blocks of a page that a reader follows: files to write, and commands to type."""

import re
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MORE = "more of "


@dataclass(frozen=True)
class Block:
    """A file to write, or commands with their output."""

    language: str
    file: str
    text: str

    @property
    def typed(self) -> list[str]:
        """Commands after a prompt."""
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]

    @property
    def said(self) -> list[str]:
        """Output lines that the page shows."""
        return [line for line in self.text.splitlines() if not line.startswith("$ ")]


def blocks(page: str) -> list[Block]:
    """Every block of a page, in its order."""
    return [Block(*found) for found in BLOCK.findall(page)]


def write_block(folder: Path, file: str, text: str) -> None:
    """Write a file of a page, or append to it where the page says so."""
    with (folder / file.removeprefix(MORE)).open("a" if MORE in file else "w") as opened:
        opened.write(text)
