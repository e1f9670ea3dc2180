"""The files for systemd and for containers fit the program that they start."""

import configparser
import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import Misconfigured
from sync.cli import app
from sync.concurrency.workers import GRACE_SECONDS
from sync.shutdown import SIGNALS, Stopped
from tests.house.project import ROOT

UNIT = ROOT / "docs" / "segmenthub.service"
CONTAINER = (ROOT / "docs" / "Containerfile").read_text("utf-8")


@pytest.fixture
def service() -> configparser.SectionProxy:
    """The unit's section about the service."""
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, "utf-8")
    assert unit.sections() == ["Unit", "Service", "Install"]
    return unit["Service"]


def test_the_service_ends_as_the_program_does(service: configparser.SectionProxy) -> None:
    assert service["KillSignal"] in {each.name for each in SIGNALS}
    assert int(service["TimeoutStopSec"]) > GRACE_SECONDS
    term = next(each for each in SIGNALS if each.name == service["KillSignal"])
    assert int(service["SuccessExitStatus"]) == Stopped(term).exit_code
    assert service["Restart"] == "on-failure"
    assert int(service["RestartPreventExitStatus"]) == Misconfigured.exit_code


def test_the_service_may_write_to_one_folder(service: configparser.SectionProxy) -> None:
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["UMask"] == "0077"


def test_the_started_command_exists(service: configparser.SectionProxy) -> None:
    _, option, _, command = service["ExecStart"].split()
    assert option == "--config"
    (started,) = json.loads(re.findall(r"^CMD (.*)$", CONTAINER, re.MULTILINE)[0])
    assert started == command
    assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_the_container_holds_what_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rooms = {
        name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINER, re.MULTILINE)
        for name in line.split()
    }
    assert rooms | {"pyproject.toml", "constraints.txt", project["project"]["readme"]} <= copied
    assert [name for name in copied if not (ROOT / Path(name)).exists()] == []
