"""Configs of hubs that read and write the systems of a sandbox."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sandbox import Sandbox
from sandbox.running import (
    HEYLOYALTY_KEY,
    HEYLOYALTY_SECRET,
    MAILCHIMP_KEY,
    SQUARE_TOKEN,
    WOOCOMMERCE_KEY,
    WOOCOMMERCE_SECRET,
)

SECRETS = {
    "shop_key": WOOCOMMERCE_KEY,
    "shop_secret": WOOCOMMERCE_SECRET,
    "till_token": SQUARE_TOKEN,
    "news_key": MAILCHIMP_KEY,
    "club_key": HEYLOYALTY_KEY,
    "club_secret": HEYLOYALTY_SECRET,
}
HUB = """\
[hub]
database = "sqlite:///segmenthub.db"
timezone = "Europe/Copenhagen"
currency = "DKK"
country = "DK"
allow_local = {hosts}
"""
CONNECTIONS = {
    "shop": """
kind = "woocommerce"
url = "{shop}"
key = {{ file = "shop_key" }}
secret = {{ file = "shop_secret" }}
""",
    "till": """
kind = "square"
coupons = ["velkommen10", "sommer20", "venner15", "fragtfri"]
url = "{till}"
token = {{ file = "till_token" }}
""",
    "news": """
kind = "mailchimp"
url = "{news}"
api_key = {{ file = "news_key" }}
audience = "{audience}"
""",
    "club": """
kind = "heyloyalty"
url = "{club}"
api_key = {{ file = "club_key" }}
api_secret = {{ file = "club_secret" }}
list = {number}
""",
}
"""Name of a connection -> its stanza."""


def places(sandbox: Sandbox) -> dict[str, object]:
    """Addresses of a sandbox's systems, by the placeholders of the stanzas."""
    addresses = {
        "shop": sandbox.shop_url,
        "till": sandbox.square_url,
        "news": sandbox.mailchimp_url,
        "club": sandbox.heyloyalty_url,
    }
    hosts = json.dumps([urlsplit(address).netloc for address in addresses.values()])
    number = sandbox.club.setup.number
    return {**addresses, "hosts": hosts, "audience": sandbox.audience, "number": number}


def write_secrets(folder: Path) -> None:
    """Write the files to which the stanzas refer."""
    for name, secret in SECRETS.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(secret, "utf-8")


def write_config(
    folder: Path, sandbox: Sandbox, connections: Mapping[str, str], others: str
) -> Path:
    """Write the config of a hub.

    `connections` names connections with the further lines of each; `others` are other stanzas.
    """
    write_secrets(folder)
    filled = places(sandbox)
    stanzas = [
        f"[connections.{name}]{CONNECTIONS[name].format_map(filled)}{lines}"
        for name, lines in connections.items()
    ]
    file = folder / "config.toml"
    file.write_text("\n".join([HUB.format_map(filled), *stanzas, others]), "utf-8")
    return file
