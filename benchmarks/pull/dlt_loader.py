"""dlt's rest_api source into SQLite: a general loader on the same orders.

`python -m benchmarks.pull.dlt_loader ADDRESS FOLDER`
"""

import os
import sys
from pathlib import Path
from typing import Any

import dlt
from dlt.destinations import sqlalchemy
from dlt.sources.rest_api import rest_api_source

from benchmarks.measure import measured
from benchmarks.pull.server import ROOT


def source(address: str) -> Any:
    """The list of orders, declared as dlt's own documentation does."""
    return rest_api_source(
        {
            "client": {
                "base_url": address + ROOT,
                "auth": {"type": "http_basic", "username": "ck", "password": "cs"},
                "paginator": {"type": "header_link"},
            },
            "resources": [
                {
                    "name": "orders",
                    "primary_key": "id",
                    "endpoint": {
                        "path": "orders",
                        "params": {"per_page": 100, "orderby": "id", "order": "asc"},
                    },
                }
            ],
        }
    )


def load(address: str, folder: Path) -> dict[str, int]:
    """Load the orders; returns the rows of each table."""
    pipeline = dlt.pipeline(
        "shop",
        pipelines_dir=str(folder / "pipelines"),
        destination=sqlalchemy(f"sqlite:///{folder / 'dlt.db'}"),
        dataset_name="shop",
    )
    pipeline.run(source(address)).raise_on_failed_jobs()
    return dict(pipeline.last_trace.last_normalize_info.row_counts)


if __name__ == "__main__":
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    with measured() as cost:
        cost.counts |= load(sys.argv[1], Path(sys.argv[2]))
