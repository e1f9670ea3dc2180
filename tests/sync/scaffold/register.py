"""Make a package known as pip does, without pip."""

import tomllib
from pathlib import Path

from core import plugins


def register(folder: Path, site: Path) -> str:
    """Write what pip writes of a package into `site`; returns the name of its module."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    known = site / f"{project['name'].replace('-', '_')}-0.1.0.dist-info"
    known.mkdir(parents=True)
    (known / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    ((kind, where),) = project["entry-points"][plugins.GROUP].items()
    (known / "entry_points.txt").write_text(f"[{plugins.GROUP}]\n{kind} = {where}\n", "utf-8")
    return str(where).partition(":")[0]
