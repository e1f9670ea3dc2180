"""`segmenthub init`: write a small config to start from."""

import os
from pathlib import Path

from core.errors import Misconfigured

STARTER_CONFIG = """\
# segmenthub's config. `segmenthub check` shows its mistakes.
# Relative paths are relative to this file. Secrets are never written here but referred to:
# { env = "NAME" } or { file = "path" }.

[hub]
database = "sqlite:///segmenthub.db"
timezone = "Europe/Copenhagen"    # the shop's; windows are counted in its dates
currency = "DKK"
language = "en"                   # da, nb, sv or en

# A source of customers and orders. Remove the #, and set the two variables.
# [connections.shop]
# kind = "woocommerce"
# url = "https://shop.example"
# key = { env = "WOO_KEY" }
# secret = { env = "WOO_SECRET" }
# pull = { every = "15 minutes" }

# A destination of segments.
# [connections.news]
# kind = "mailchimp"
# api_key = { env = "MAILCHIMP_KEY" }
# audience = "a1b2c3"
#
# [connections.news.push]
# tags = { loyal = "Loyal" }

# `segmenthub segments --recipes` lists the ready segments.
[segments.loyal]
recipe = "frequent_buyers"
orders = 3
within = "6 months"
"""


def write_starter_config(path: Path) -> None:
    """Write the file, readable by its owner only; raises Misconfigured where it exists."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Misconfigured(f"{path} exists already and is not overwritten") from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(STARTER_CONFIG)
