"""Packages of strangers, installed for one test: each offers connectors, made of one module."""

import importlib
import sys
from pathlib import Path

import pytest

from core import plugins


class Packages:
    """A folder that Python installs from."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the folder; what is installed there is gone with the test."""
        folder.mkdir(exist_ok=True)
        monkeypatch.syspath_prepend(str(folder))
        self._folder = folder
        self._monkeypatch = monkeypatch

    def install(self, package: str, kind: str, code: str) -> None:
        """Version 1.2 of a package, whose module's `Connection` is the connector of a kind."""
        module = package.replace("-", "_")
        folder = self._folder / f"{module}-1.2.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        (folder / "entry_points.txt").write_text(
            f"[{plugins.GROUP}]\n{kind} = {module}:Connection\n"
        )
        self.rewrite(package, code)

    def rewrite(self, package: str, code: str) -> None:
        """Another module in its place, as after an upgrade."""
        module = package.replace("-", "_")
        (self._folder / f"{module}.py").write_text(code)
        # A file of the same second and size would be taken for the one before.
        importlib.invalidate_caches()
        for cached in (self._folder / "__pycache__").glob(f"{module}.*"):
            cached.unlink()
        self._monkeypatch.delitem(sys.modules, module, raising=False)

    def remove(self, package: str) -> None:
        """It was never there."""
        folder = self._folder / f"{package.replace('-', '_')}-1.2.dist-info"
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        importlib.invalidate_caches()
