"""Config stanzas for the sandbox's shop and mailing list."""

from sandbox import Sandbox
from sandbox.running import MAILCHIMP_KEY, WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET

SECRETS = {
    "WOO_KEY": WOOCOMMERCE_KEY,
    "WOO_SECRET": WOOCOMMERCE_SECRET,
    "MAILCHIMP_KEY": MAILCHIMP_KEY,
}
"""Secrets in the environment."""


def hub_of(sandbox: Sandbox) -> str:
    """`[hub]`, with access to the sandbox."""
    hosts = [url.split("/")[2] for url in (sandbox.shop_url, sandbox.mailchimp_url)]
    return f"""\
[hub]
timezone = "Europe/Copenhagen"
currency = "DKK"
allow_local = {hosts}
"""


def shop_of(sandbox: Sandbox) -> str:
    """The shop's connection."""
    return f"""
[connections.shop]
kind = "woocommerce"
url = "{sandbox.shop_url}"
key = {{ env = "WOO_KEY" }}
secret = {{ env = "WOO_SECRET" }}
"""


def news_of(sandbox: Sandbox) -> str:
    """The mailing list's connection, with a tag for buyers."""
    return f"""
[connections.news]
kind = "mailchimp"
url = "{sandbox.mailchimp_url}"
api_key = {{ env = "MAILCHIMP_KEY" }}
audience = "{sandbox.audience}"

[connections.news.push]
tags = {{ buyers = "Buyer" }}

[segments.buyers]
recipe = "recent_buyers"
within = "24 months"
"""
