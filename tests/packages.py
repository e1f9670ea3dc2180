"""Installed packages of other authors, each with one connector in one module."""

import importlib
import sys
from pathlib import Path

import pytest

from core import plugins


class Packages:
    """A folder of installed packages."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the folder; its packages disappear with the test."""
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
        """Replace the module, as an upgrade does."""
        module = package.replace("-", "_")
        (self._folder / f"{module}.py").write_text(code)
        # Python takes a file of the same second and size for the one before.
        importlib.invalidate_caches()
        for cached in (self._folder / "__pycache__").glob(f"{module}.*"):
            cached.unlink()
        self._monkeypatch.delitem(sys.modules, module, raising=False)

    def remove(self, package: str) -> None:
        """Remove a package."""
        folder = self._folder / f"{package.replace('-', '_')}-1.2.dist-info"
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        importlib.invalidate_caches()
