"""Vendors' machine-readable API descriptions, read once per process."""

import copy
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from connectors.kit.lists.pages import lay
from connectors.kit.testing import Description
from connectors.kit.testing.description import GraphQLDescription, RestDescription

FILES: Mapping[str, str | Sequence[str]] = {
    "activecampaign": "activecampaign/openapi.json",
    "bigcommerce": "bigcommerce/customers.v3.json",
    "brevo": "brevo/openapi.json",
    "campaignmonitor": "campaign-monitor/openapi.derived-from-sdk.json",
    "convertkit": "kit/openapi-v4.json",
    "heyloyalty": "heyloyalty/handwritten-openapi.json",
    "hubspot": [
        f"hubspot/{name}-2026-09.json"
        for name in (
            "communication-preferences",
            "crm-associations",
            "crm-contacts",
            "crm-lists",
            "crm-owners",
            "crm-properties",
        )
    ],
    "klaviyo": "klaviyo/openapi.json",
    "lightspeed": "lightspeed-x/openapi-2.0.json",
    "magento": "magento/admin-swagger2-2.4.9.json",
    "listmonk": "listmonk/openapi.json",
    "loyverse": "loyverse/community-openapi.json",
    "mailchimp": "mailchimp/marketing-swagger2.json",
    "mailerlite": "mailerlite/openapi.derived-from-sdk.json",
    "medusa": "medusa/admin-openapi.json",
    "meta": "meta/marketing-api-specs.json",
    "omnisend": "omnisend/openapi.transcribed-2026-03-15.json",
    "pipedrive": "pipedrive/openapi-v2.json",
    "salesforce": "salesforce/handwritten-openapi.json",
    "shopify": "shopify/admin-2026-10.graphql",
    "square": "square/openapi.json",
    "sumup": "sumup/openapi.json",
    "superoffice": [f"superoffice/rest-{name}.json" for name in ("archive", "person", "selection")],
    "vendure": "vendure/admin-schema.graphql",
    "woocommerce": "woocommerce/openapi.derived-from-docs.json",
    "zettle": "zettle/purchase-openapi.derived-from-docs.json",
}
"""Vendor -> its file in the folder of descriptions, or several for one API."""
_SUBSCRIBERS = "paths./v4/subscribers.get"
_FILTER: Mapping[str, Any] = {
    "type": "object", "required": ["all"], "additionalProperties": False,
    "properties": {
        "after": {"type": "string"}, "per_page": {"type": "integer", "maximum": 100},
        "all": {"type": "array", "items": {
            "type": "object", "required": ["type"], "additionalProperties": False,
            "properties": {
                "type": {"enum": ["opens", "clicks", "sent", "delivered", "subscribed"]},
                "count_greater_than": {"type": "integer"},
                "any": {"type": "array", "items": {
                    "type": "object", "required": ["type", "ids"],
                    "properties": {
                        "type": {"enum": ["broadcasts"]},
                        "ids": {"type": "array", "items": {"type": "integer"}},
                    },
                }},
            },
        }},
    },
}  # fmt: skip
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
    # Newer than the file: `include`, and the filter for subscribers, whose paging may stand in the
    # body (https://developers.kit.com/api-reference/subscribers/list-subscribers,
    # https://developers.kit.com/api-reference/subscribers/filter-subscribers-based-on-engagement);
    # what is null or has other names in its own examples.
    "convertkit": {
        f"{_SUBSCRIBERS}.parameters.13": {
            "name": "include",
            "in": "query",
            "schema": {"type": "string"},
        },
        **{
            f"{_SUBSCRIBERS}.responses.200.content.application/json.schema.properties.subscribers"
            f".items.properties.{name}": schema
            for name, schema in (
                ("first_name", {"type": "string", "nullable": True}),
                ("fields", {"type": "object"}),
            )
        },
        "paths./v4/subscribers/filter": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": _FILTER}}},
                "responses": {
                    "200": {
                        "description": "people",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["subscribers", "pagination"],
                                }
                            }
                        },
                    }
                },
            }
        },
    },
    # Its sorts are objects (https://developers.hubspot.com/docs/guides/api/crm/search).
    "hubspot": {
        "components.schemas.crm-contacts-2026-09:PublicObjectSearchRequest.properties"
        ".sorts.items": {"type": "object"},
    },
    # One of three shapes that are all alike
    # (https://developers.klaviyo.com/en/reference/get_campaigns).
    "klaviyo": {
        "components.schemas.CampaignResponseObjectResource.properties.attributes.properties"
        ".send_options": {"type": "object"},
    },
    # Its pages show a list of numbers of lists (https://listmonk.app/docs/apis/subscribers/), and
    # bounces that are not wrapped once more (https://listmonk.app/docs/apis/bounces/).
    "listmonk": {
        "components.schemas.SubscriberQueryRequest.properties.target_list_ids.type": "array",
        "paths./bounces.get.responses.200.content.application/json.schema.properties.data"
        ".properties.results.items": {"type": "object"},
        "paths./subscribers/lists.put.responses.400": {"description": "refused"},
        # A number or a word, which a query writes alike.
        **{
            f"paths./{name}.get.parameters.{place}.schema": {"type": "string"}
            for name, place in (("subscribers", 1), ("lists", 1), ("campaigns", 3), ("bounces", 2))
        },
    },
    # A summary, which leaves out most parameters (https://developer.loyverse.com/docs/).
    "loyverse": {
        f"paths./{name}.get.parameters": [
            {"name": each, "in": "query", "schema": {"type": kind}}
            for each, kind in {
                "limit": "integer",
                "cursor": "string",
                "updated_at_min": "string",
                "updated_at_max": "string",
            }.items()
        ]
        for name in ("customers", "receipts")
    },
    # Paging of a list that is asked for with POST: it may stand in the body as well
    # (https://laravel.com/docs/requests#retrieving-input).
    "mailerlite": {
        "paths./api/campaigns/{id}/reports/subscriber-activity.post.requestBody.content"
        f".application/json.schema.properties.{name}": {"type": "integer"}
        for name in ("page", "limit")
    },
    # A record has the fields of its object beside its type
    # (https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html).
    "salesforce": {
        f"paths./services/data/{{version}}/composite/sobjects.{method}.requestBody.content"
        ".application/json.schema.properties.records.items.additionalProperties": True
        for method in ("patch", "post")
    },
    # Somebody who is not there
    # (https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes).
    "pipedrive": {
        f"paths./persons/{{id}}.{method}.responses.404": {"description": "nobody of that number"}
        for method in ("get", "patch")
    },
    # Its table calls the list of discounts an object; its examples show a list
    # (https://github.com/iZettle/api-documentation/blob/master/purchase.adoc).
    "zettle": {"components.schemas.Purchase.properties.discounts.type": "array"},
}
"""Vendor -> values that are known to be wrong in its description."""


@cache
def load(shared: Path, vendor: str) -> Description:
    """One vendor's description, from the folder of outside data."""
    files = FILES[vendor]
    if vendor == "vendure":
        text = (shared / "api-specs" / str(files)).read_text("utf-8")
        return GraphQLDescription(_with_custom_fields(text))
    if vendor == "bigcommerce":
        return RestDescription(_in_one_document((shared / "api-specs" / str(files)).parent))
    one = shared / "api-specs" / (files if isinstance(files, str) else files[0])
    if vendor == "bigcommerce":
        return RestDescription(_in_one_document(one.parent))
    if vendor == "vendure":
        return GraphQLDescription(_with_custom_fields(one.read_text("utf-8")))
    complete = COMPLETED.get(vendor)
    if isinstance(files, str) and complete is None:
        return Description.load(one, CORRECTIONS.get(vendor))
    if isinstance(files, str):
        document = json.loads(one.read_text("utf-8"))
    else:
        document = _joined(shared / "api-specs" / each for each in files)
    for place, value in CORRECTIONS.get(vendor, {}).items():
        lay(document, place, value)
    return RestDescription(complete(document) if complete else document)


def _with_lists_of_customers(whole: dict[str, Any]) -> dict[str, Any]:
    """Medusa's description, whose list of customers is one customer there, and a list on a server.

    `updated_at[$gte]` is the part of an object.
    """
    document: dict[str, Any] = _with_any_fields(whole)
def _of_medusa(document: dict[str, Any]) -> dict[str, Any]:
    """Medusa's description, whose list of customers is one customer.

    `updated_at[$gte]` is the part of an object (https://docs.medusajs.com/api/admin).
    """
    document = _with_any_fields(document)
    listed = document["paths"]["/admin/customers"]["get"]["responses"]["200"]
    lay(listed["content"], "application/json", {"schema": {"type": "object"}})
    for operation in (path["get"] for path in document["paths"].values() if "get" in path):
        for each in operation.get("parameters", ()):
            each["schema"] = {} if each["name"].endswith("_at") else each["schema"]
    return document


def _with_any_fields(schema: Any) -> Any:
    """Medusa's description with answers that hold the fields that were asked for, or null.

    https://docs.medusajs.com/api/admin#select-fields-and-relations
    """
    if isinstance(schema, list):
        return [_with_any_fields(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    is_object = isinstance(schema.get("properties"), dict)
    return {
        name: _with_any_fields(each)
        for name, each in schema.items()
        if not (is_object and name == "required")
    }


def _with_custom_fields(schema: str) -> str:
    """Vendure's schema of a shop whose customers have two custom fields.

    Without any they are JSON (https://docs.vendure.io/guides/developer-guide/custom-fields/).
    """
    before, customer, after = schema.partition("type Customer implements Node {")
    typed = after.replace("customFields: JSON", "customFields: CustomerCustomFields", 1)
    own = "type CustomerCustomFields { segments: String, points: Int }"
    return f"{before}{customer}{typed}\n{own}\n"


def _joined(files: Iterable[Path]) -> dict[str, Any]:
    """One document of several.

    Parts are named by their files, as each has a part `Error`; those of Swagger 2 are alike.
    """
    joined: dict[str, Any] = {}
    for file in files:
        text = file.read_text("utf-8")
        for kind in ("schemas", "responses"):
            text = text.replace(f"#/components/{kind}/", f"#/components/{kind}/{file.stem}:")
        document = json.loads(text)
        for name in ("swagger", "openapi", "host", "basePath"):
            joined |= {name: document[name]} if name in document else {}
        for name in ("paths", "definitions"):
            joined.setdefault(name, {}).update(document.get(name, {}))
        for kind, own in document.get("components", {}).items():
            known = joined.setdefault("components", {}).setdefault(kind, {})
            known |= {f"{file.stem}:{name}": part for name, part in own.items()}
    return joined


def _with_plain_rows(document: dict[str, Any]) -> dict[str, Any]:
    """SuperOffice's description, with rows whose columns are texts and numbers, and with `PATCH`.

    https://docs.superoffice.com/en/api/netserver/search/odata/index.html and
    https://docs.superoffice.com/en/api/reference/restful/rest/index.html
    """
    rows = document["definitions"]["SuperOffice.Services.WebApi.OData.ODataSlimResponse"]
    rows["properties"]["value"]["items"] = {"type": "object"}
    person = document["paths"]["/api/v1/Person/{id}"]
    body = {"name": "entity", "in": "body", "schema": {"type": "array"}}
    refused = {"404": {"description": "there is no such person"}}
    responses = {**person["put"]["responses"], **refused}
    person["patch"] = {"parameters": [body], "responses": responses}
    return document


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


COMPLETED: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "activecampaign": _with_paging_and_includes,
    "magento": _with_a_second_filter,
    "medusa": _with_lists_of_customers,
    "medusa": _of_medusa,
    "superoffice": _with_plain_rows,
    "woocommerce": _with_newer_parameters,
}
"""Vendor -> what adds to its description what it lacks."""
