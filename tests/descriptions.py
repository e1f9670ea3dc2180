"""Vendors' machine-readable API descriptions, read once per process."""

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from connectors.kit.testing import Description
from connectors.kit.testing.description import RestDescription

FILES = {
    "activecampaign": "activecampaign/openapi.json",
    "bigcommerce": "bigcommerce/customers.v3.json",
    "brevo": "brevo/openapi.json",
    "campaignmonitor": "campaign-monitor/openapi.derived-from-sdk.json",
    "heyloyalty": "heyloyalty/handwritten-openapi.json",
    "klaviyo": "klaviyo/openapi.json",
    "lightspeed": "lightspeed-x/openapi-2.0.json",
    "magento": "magento/admin-swagger2-2.4.9.json",
    "mailchimp": "mailchimp/marketing-swagger2.json",
    "mailerlite": "mailerlite/openapi.derived-from-sdk.json",
    "meta": "meta/marketing-api-specs.json",
    "omnisend": "omnisend/openapi.transcribed-2026-03-15.json",
    "shopify": "shopify/admin-2026-10.graphql",
    "square": "square/openapi.json",
    "woocommerce": "woocommerce/openapi.derived-from-docs.json",
    "zettle": "zettle/purchase-openapi.derived-from-docs.json",
}
"""Vendor -> its file in the folder of descriptions."""
CORRECTIONS: Mapping[str, Mapping[str, Any]] = {
    # One of several shapes, none of which requires what tells it from the others
    # (https://developers.brevo.com/reference/add-contact-to-list); somebody who is not there
    # (https://github.com/sendinblue/APIv3-php-library/issues/257).
    "brevo": {
        "components.schemas.addContactToListByEmails.required": ["emails"],
        "components.schemas.addContactToListByExtIDs.required": ["extIds"],
        "components.schemas.removeContactFromListByEmails.required": ["emails"],
        "components.schemas.removeContactFromListByExtIDs.required": ["extIds"],
        "components.schemas.removeContactFromListByAll.required": ["all"],
        "paths./contacts/batch.post.responses.404": {"description": "somebody is not there"},
    },
    # One of three shapes that are all alike
    # (https://developers.klaviyo.com/en/reference/get_campaigns).
    "klaviyo": {
        "components.schemas.CampaignResponseObjectResource.properties.attributes.properties"
        ".send_options": {"type": "object"},
    },
    # Paging of a list that is asked for with POST: it may stand in the body as well
    # (https://laravel.com/docs/requests#retrieving-input).
    "mailerlite": {
        "paths./api/campaigns/{id}/reports/subscriber-activity.post.requestBody.content"
        f".application/json.schema.properties.{name}": {"type": "integer"}
        for name in ("page", "limit")
    },
    # Its table calls the list of discounts an object; its examples show a list
    # (https://github.com/iZettle/api-documentation/blob/master/purchase.adoc).
    "zettle": {"components.schemas.Purchase.properties.discounts.type": "array"},
}
"""Vendor -> values that are known to be wrong in its description."""


@cache
def load(shared: Path, vendor: str) -> Description:
    """One vendor's description, from the folder of outside data."""
    path = shared / "api-specs" / FILES[vendor]
    if vendor == "activecampaign":
        return RestDescription(_with_paging_and_includes(json.loads(path.read_text("utf-8"))))
    if vendor == "bigcommerce":
        return RestDescription(_in_one_document(path.parent))
    if vendor == "magento":
        return RestDescription(_with_a_second_filter(json.loads(path.read_text("utf-8"))))
    if vendor == "woocommerce":
        return RestDescription(_with_newer_parameters(json.loads(path.read_text("utf-8"))))
    return Description.load(path, CORRECTIONS.get(vendor))


def _in_one_document(folder: Path) -> dict[str, Any]:
    """BigCommerce's descriptions, one file per list, as one; names are of their files.

    An empty list of version 2 is answered with 204
    (https://developer.bigcommerce.com/docs/start/best-practices); the list of subscribers is not
    asked for by id (https://developer.bigcommerce.com/docs/rest-management/subscribers).
    The direction of a sort stands in the words of its parameter alone.
    """
    base = "/stores/{store_hash}"
    paths: dict[str, Any] = {}
    components: dict[str, Any] = {}
    for file in sorted(folder.glob("*.json")):
        version = "v2" if ".v2" in file.name else "v3"
        text = file.read_text("utf-8").replace("#/components/", f"#/components/{file.stem}.")
        document = json.loads(text)
        for path, operations in document.get("paths", {}).items():
            paths[f"{base}/{version}{path}"] = operations
        for kind, each in document.get("components", {}).items():
            components[f"{file.stem}.{kind}"] = each
    for path in ("orders", "customer_groups"):
        answers = paths[f"{base}/v2/{path}"]["get"]["responses"]
        answers["204"] = {"description": "nothing"}
    components["subscribers.v3.parameters"]["IdParam"]["required"] = False
    sort = components["orders.v2.oas2.parameters"]["sort"]["schema"]
    sort["enum"] += [f"{name}:asc" for name in sort["enum"]]
    return {"openapi": "3.0.3", "servers": [{"url": "/"}], "paths": paths, "components": components}


def _with_a_second_filter(document: dict[str, Any]) -> dict[str, Any]:
    """Magento's description, with the second of the filter groups of a search.

    https://developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches/; that an answer
    repeats the search is of no use to anybody here.
    """
    for schema in document["definitions"].values():
        if "search_criteria" in schema.get("required", ()):
            schema["required"].remove("search_criteria")
    for path in document["paths"].values():
        own = path.get("get", {}).get("parameters", [])
        own += [
            {**each, "name": each["name"].replace("[filterGroups][0]", "[filterGroups][1]")}
            for each in own
            if "[filterGroups][0]" in each.get("name", "")
        ]
    return document


def _with_newer_parameters(document: dict[str, Any]) -> dict[str, Any]:
    """WooCommerce's description, with parameters that its documentation lacks and shops take.

    `_fields` is WordPress's own (https://developer.wordpress.org/rest-api/using-the-rest-api/global-parameters/);
    `orderby=modified` and the lists of all refunds and variations stand in the source
    (https://github.com/woocommerce/woocommerce/tree/trunk/plugins/woocommerce/includes/rest-api/Controllers/Version3).
    """
    paths = document["paths"]
    for every, one in (
        ("/wc/v3/refunds", "/wc/v3/orders/{order_id}/refunds"),
        ("/wc/v3/variations", "/wc/v3/products/{product_id}/variations"),
    ):
        get = copy.deepcopy(paths[one]["get"])
        get["parameters"] = copy.deepcopy(paths["/wc/v3/orders"]["get"]["parameters"])
        paths[every] = {"get": get}
    for path in paths.values():
        for parameter in path.get("get", {}).get("parameters", ()):
            if parameter.get("name") == "orderby" and "date" in parameter["schema"]["enum"]:
                parameter["schema"]["enum"].append("modified")
        if "get" in path:
            fields = {"name": "_fields", "in": "query", "schema": {"type": "string"}}
            path["get"].setdefault("parameters", []).append(fields)
    return document


def _with_paging_and_includes(document: dict[str, Any]) -> dict[str, Any]:
    """ActiveCampaign's description, with what its reference says of all lists.

    `limit` and `offset` (https://developers.activecampaign.com/reference/pagination), `include`
    (https://devhide.com/what-ist-a-contactlist-in-activecampaign-64092817), a contact's tags
    (https://developers.activecampaign.com/reference/retrieve-contact-tags). Answers are described
    by examples: what is a text in one may be null
    (https://github.com/singer-io/tap-activecampaign/tree/master/tap_activecampaign/schemas), and
    two examples of one answer are no choice of one.
    """
    paths = document["paths"]
    lists = copy.deepcopy(paths["/contacts/{id}/contactLists"]["get"])
    lists["responses"]["200"] = {"description": "Tags in the place of lists"}
    paths["/contacts/{id}/contactTags"] = {"get": lists}
    for operation in (path["get"] for path in paths.values() if "get" in path):
        for name, kind in (("limit", "integer"), ("offset", "integer"), ("include", "string")):
            extra = {"name": name, "in": "query", "schema": {"type": kind}}
            operation.setdefault("parameters", []).append(extra)
        for response in operation["responses"].values():
            for body in response.get("content", {}).values():
                body["schema"] = _any_text_may_be_null(body.get("schema", {}))
    return document


def _any_text_may_be_null(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_any_text_may_be_null(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    loose = {
        "anyOf" if name == "oneOf" else name: _any_text_may_be_null(each)
        for name, each in schema.items()
    }
    return {**loose, "nullable": True} if loose.get("type") == "string" else loose
