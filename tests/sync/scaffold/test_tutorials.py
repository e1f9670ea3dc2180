"""The tutorials of other sources and of destinations are followed word for word, without pip."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.page import blocks, write_block
from tests.sync.cli.commands import PROGRAM, ROOT
from tests.sync.scaffold.register import register

PAGES = {
    each: (ROOT / "docs" / each).read_text("utf-8")
    for each in ("tutorial-any-source.md", "tutorial-destination.md")
}
INSTALL = "pip install --editable ."
COMMANDS = {
    "segmenthub": PROGRAM,
    "pytest": (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
    "python3": (sys.executable,),
}


def run(command: str, folder: Path, site: Path) -> str:
    """Run a command of the page; returns its output, each run of spaces as one."""
    program, *words = shlex.split(command)
    done = subprocess.run(
        [*COMMANDS[program], *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (site, folder, ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("page", PAGES)
def test_a_tutorial_leads_from_nothing_to_its_end(page: str, tmp_path: Path) -> None:
    folder, site = tmp_path, tmp_path / "site"
    for block in blocks(PAGES[page]):
        if block.file:
            write_block(folder, block.file, block.text)
            continue
        shown = ""
        for command in block.typed:
            if command.startswith("cd "):
                folder /= command.removeprefix("cd ")
            elif command == INSTALL:
                register(folder, site)
            else:
                shown += f"{run(command, folder, site)} "
        for line in block.said:
            assert " ".join(line.split()) in shown


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_block_is_a_file_or_is_typed(page: str) -> None:
    found = blocks(page)
    assert [each for each in found if not each.file and each.language != "console"] == []
    assert INSTALL in [command for block in found for command in block.typed]
