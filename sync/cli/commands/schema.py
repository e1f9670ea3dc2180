"""`segmenthub schema`: prints the JSON Schema of a config, for editors."""

import json
import sys

from core.config import schema


def print_schema() -> None:
    """Write the schema to standard output and nothing else."""
    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False, default=str) + "\n")
