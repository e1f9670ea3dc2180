"""The hub's `pull` of the shop, with the cost of each stream.

`python -m benchmarks.pull.hub ADDRESS FOLDER`
"""

import os
import sys
from itertools import pairwise
from pathlib import Path

from benchmarks.measure import Cost, cpu_seconds, measured
from core import log
from sync.hub import Hub, collect_seldom, open_hub
from sync.pull import pull
from sync.runs import running

CONFIG = """
[hub]
database = "sqlite:///hub.db"
timezone = "Europe/Copenhagen"
currency = "DKK"
country = "DK"
allow_local = ["{host}"]

[connections.shop]
kind = "woocommerce"
url = "{address}"
key = {{ env = "BENCH_KEY" }}
secret = {{ env = "BENCH_SECRET" }}
"""


def prepared(address: str, folder: Path) -> Path:
    """A config that reads the shop at that address."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(address=address, host=address.removeprefix("http://")))
    return config


def load(hub: Hub, cost: Cost) -> None:
    """Pull everything; records the rows and the CPU of each stream."""
    marks: list[tuple[str, float]] = []

    def progress(_connection: str, stream: str, _rows: int) -> None:
        if not marks or marks[-1][0] != stream:
            marks.append((stream, cpu_seconds()))

    with running(hub, "pull") as run:
        pull(run, progress=progress)
    if run.errors:
        raise run.errors[0]
    marks.append(("", cpu_seconds()))
    cost.parts |= {stream: after - before for (stream, before), (_, after) in pairwise(marks)}
    cost.counts |= {step.stream: step.counts["inserted"] for step in run.steps}


if __name__ == "__main__":
    os.environ |= {"BENCH_KEY": "ck", "BENCH_SECRET": "cs"}
    log.configure("plain")
    # As the command line does.
    collect_seldom()
    with open_hub(prepared(sys.argv[1], Path(sys.argv[2]))) as hub, measured() as cost:
        load(hub, cost)
