"""`segmenthub init`: writes a small config to begin with."""

import os
from pathlib import Path

from core.errors import Misconfigured

BEGINNING = """\
# segmenthub's config. `segmenthub check` says everything that is wrong with it.
# Relative paths are counted from this file. Secrets never stand here:
# { env = "NAME" } or { file = "path" } say where they are.

[hub]
database = "sqlite:///segmenthub.db"
timezone = "Europe/Copenhagen"    # the shop's; windows are counted in its dates
currency = "DKK"
language = "en"                   # da, nb, sv or en

# Where customers and orders come from. Take the # away, and set the two variables.
# [connections.shop]
# kind = "woocommerce"
# url = "https://shop.example"
# key = { env = "WOO_KEY" }
# secret = { env = "WOO_SECRET" }
# pull = { every = "15 minutes" }

# Where segments go to.
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


def begin_config(path: Path) -> None:
    """Write the file, for its owner alone; raises Misconfigured where it is there already."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Misconfigured(f"{path} is there already, and stays as it is") from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(BEGINNING)
