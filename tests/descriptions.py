"""Vendors' machine-readable API descriptions, read once per process."""

from functools import cache
from pathlib import Path

from connectors.kit.testing import Description

FILES = {
    "heyloyalty": "heyloyalty/handwritten-openapi.json",
    "lightspeed": "lightspeed-x/openapi-2.0.json",
    "mailchimp": "mailchimp/marketing-swagger2.json",
    "square": "square/openapi.json",
    "woocommerce": "woocommerce/openapi.derived-from-docs.json",
    "zettle": "zettle/purchase-openapi.derived-from-docs.json",
}
"""Vendor -> its file in the folder of descriptions."""


@cache
def load(shared: Path, vendor: str) -> Description:
    """One vendor's description, from the folder of outside data."""
    return Description.load(shared / "api-specs" / FILES[vendor])
