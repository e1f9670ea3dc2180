"""A newcomer follows the tutorial word for word, in an environment of their own."""

import os
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from socket import create_connection, socket

import pytest

from tests.house.project import ROOT
from tests.journeys.newcomer import PATIENCE, copy_project, environment, run
from tests.journeys.page import blocks, write_block

PAGE = (ROOT / "docs/tutorial.md").read_text("utf-8")
PORT = "8765"
"""Port of the page's own server, replaced here by a free one."""
SERVER = "python3 rental_api.py"
LONGEST_FIRST_SOURCE = 25


@dataclass
class Newcomer:
    """A shell in an environment of its own, with segmenthub installed from its wheel."""

    folder: Path
    variables: dict[str, str]

    def type(self, command: str) -> str:
        """Run a command; returns its output on one line."""
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return ""
        done = run(command, self.folder, self.variables)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return " ".join((done.stdout + done.stderr).split())

    def write(self, file: str, text: str) -> None:
        """Write a file, or append to it."""
        write_block(self.folder, file, text)


def script(file: Path, *lines: str) -> None:
    """Write a command of the environment."""
    file.write_text("\n".join(lines) + "\n", "utf-8")
    file.chmod(0o755)


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    """A newcomer with the libraries installed here, but of segmenthub only the wheel."""
    project, home = tmp_path / "project", tmp_path / "env"
    copy_project(project)
    base = environment()["PYTHON"]
    made = run(f"{base} -m venv --without-pip '{home}'", tmp_path)
    assert made.returncode == 0, made.stderr
    python = home / "bin/python"
    (site,) = home.glob("lib/python*/site-packages")
    # A path file leads to the libraries alone: what makes our checkout importable is one too, and
    # those are not read of folders that are named in others.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    pip = f"'{base}' -m pip --python '{python}' --disable-pip-version-check"
    script(
        home / "bin/pip",
        "#!/bin/sh",
        "shift",
        f'exec {pip} install --no-index --no-build-isolation "$@"',
    )
    script(
        home / "bin/pytest", f"#!{python}", "import sys, pytest", "sys.exit(pytest.console_main())"
    )
    built = run(
        f"{pip} wheel -q --no-index --no-deps --no-build-isolation --wheel-dir ../wheels . && "
        f"{pip} install -q --no-index --no-deps --ignore-installed ../wheels/*.whl",
        project,
    )
    assert built.returncode == 0, built.stderr
    variables = environment()
    variables["PATH"] = f"{home / 'bin'}{os.pathsep}{variables['PATH']}"
    work = tmp_path / "work"
    work.mkdir()
    return Newcomer(work, variables)


@pytest.fixture
def port() -> str:
    """A free port, outside of the range that the system hands out."""
    draw = Random()
    while True:
        number = draw.randint(20_000, 30_000)
        with closing(socket()) as tried:
            try:
                tried.bind(("127.0.0.1", number))
            except OSError:
                continue
        return str(number)


@pytest.fixture
def second_terminal() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Processes that run until the end of the test."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.terminate()
        process.wait(PATIENCE)


def wait_for(server: "subprocess.Popen[bytes]", port: str) -> None:
    """Wait until a server answers; fails where it ends first."""
    while server.poll() is None:
        try:
            create_connection(("127.0.0.1", int(port)), timeout=PATIENCE).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the page's server did not start")


def test_the_tutorial_leads_from_nothing_to_a_segment(
    newcomer: Newcomer, port: str, second_terminal: list["subprocess.Popen[bytes]"]
) -> None:
    home = newcomer.folder
    for block in blocks(PAGE.replace(PORT, port)):
        if block.file:
            newcomer.write(block.file, block.text)
            continue
        shown = ""
        for command in block.typed:
            if command == SERVER:
                server = subprocess.Popen(command.split(), cwd=home, env=newcomer.variables)
                second_terminal.append(server)
                wait_for(server, port)
            else:
                shown += f"{newcomer.type(command)} "
        for line in block.said:
            assert " ".join(line.split()) in shown
    ours = newcomer.type("python3 -c 'import core, sync; print(core.__file__, sync.__file__)'")
    assert str(ROOT) not in ours


def test_a_new_package_works_as_its_own_page_says(newcomer: Newcomer) -> None:
    newcomer.type("segmenthub connectors new club --graphql --oauth")
    newcomer.type("cd segmenthub-club")
    page = (newcomer.folder / "README.md").read_text("utf-8")
    commands = [command for block in blocks(page) for command in block.typed]
    assert "pytest" in commands
    for command in commands:
        newcomer.type(command)


def test_the_smallest_source_is_about_twenty_lines() -> None:
    first = next(block for block in blocks(PAGE) if block.file == "segmenthub_bikes.py")
    assert len(first.text.splitlines()) <= LONGEST_FIRST_SOURCE


def test_every_block_is_a_file_or_is_typed() -> None:
    assert [block for block in blocks(PAGE) if not block.file and block.language != "console"] == []
    assert SERVER in [command for block in blocks(PAGE) for command in block.typed]
    assert PORT in PAGE
