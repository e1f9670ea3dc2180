"""Vendors' machine-readable API descriptions, read once per process."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

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
CORRECTIONS: Mapping[str, Mapping[str, Any]] = {
    # Its table calls the list of discounts an object; its examples show a list
    # (https://github.com/iZettle/api-documentation/blob/master/purchase.adoc).
    "zettle": {"components.schemas.Purchase.properties.discounts.type": "array"},
}
"""Vendor -> values that are known to be wrong in its description."""


@cache
def load(shared: Path, vendor: str) -> Description:
    """One vendor's description, from the folder of outside data."""
    return Description.load(shared / "api-specs" / FILES[vendor], CORRECTIONS.get(vendor))
