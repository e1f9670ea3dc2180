"""Stand-ins like those of `vendors`, of APIs that name people by their own numbers or by hashes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from benchmarks.push.people import Person
from benchmarks.push.vendors import TAG, Vendor
from sandbox.server import Answer, Credentials, Request

NO_CONTENT = 204
_TAGS = re.compile(r"m(\d+): (tagsAdd|tagsRemove)")


class Klaviyo(Vendor):
    """Lists, and the profiles that are on them."""

    def answer(self, request: Request, credentials: Credentials) -> Answer:  # noqa: ARG002
        """Whoever asks, what is asked."""
        if request.method == "GET":
            shown = [{"type": "list", "id": "1", "attributes": {"name": TAG}}]
            return Answer(body={"data": shown if request.path == "/api/lists" else []})
        for each in request.body["data"]:
            self.carry(each["id"], "yes" if request.method == "POST" else "")
        return Answer(NO_CONTENT)


class ActiveCampaign(Vendor):
    """A tag is put on one contact, and taken off by the number of its place there."""

    base: ClassVar[str] = "/api/3"

    def answer(self, request: Request, credentials: Credentials) -> Answer:
        """Places have the number of their contact."""
        if request.method == "DELETE":
            self.carry(request.path.rpartition("/")[2], "")
            return Answer(body={})
        return super().answer(request, credentials)

    def shown(self, path: str, query: Mapping[str, str]) -> Answer:  # noqa: ARG002 - one page
        """The tags, those of a contact, and nobody who carried one before."""
        if path == "/tags":
            tag = {"id": "1", "tag": TAG, "tagType": "contact"}
            return Answer(body={"tags": [tag], "meta": {"total": "1"}})
        if path == "/contacts":
            return Answer(body={"contacts": []})
        key = path.split("/")[2]
        places = [{"id": key, "contact": key, "tag": "1"}] if key in self.carrying else []
        return Answer(body={"contactTags": places})

    def written(self, path: str, body: Any) -> Answer:  # noqa: ARG002 - one address
        """One tag on one contact."""
        self.carry(str(body["contactTag"]["contact"]), "yes")
        return Answer(201, {"contactTag": {"id": "1"}})


class Shopify(Vendor):
    """Tags of customers, several mutations in one document."""

    def written(self, path: str, body: Any) -> Answer:  # noqa: ARG002 - one address
        """Nobody carried a tag before; every mutation is done."""
        if not (calls := _TAGS.findall(body["query"])):
            page = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
            return Answer(body={"data": {"tagged": page}})
        for place, name in calls:
            key = body["variables"][f"id{place}"].rpartition("/")[2]
            self.carry(key, "yes" if name == "tagsAdd" else "")
        return Answer(body={"data": {f"m{place}": {"userErrors": []} for place, _ in calls}})


class Meta(Vendor):
    """Audiences, which hold hashes."""

    def __init__(self, people: Sequence[Person]) -> None:
        """The audience is made when it is first written to."""
        super().__init__(people)
        self._made: list[dict[str, str]] = []

    def answer(self, request: Request, credentials: Credentials) -> Answer:  # noqa: ARG002
        """List and create audiences, and write the hashes of one."""
        if request.method == "GET":
            return Answer(body={"data": self._made})
        if request.path.endswith("/customaudiences"):
            self._made.append({"id": "1", "name": request.body["name"], "subtype": "CUSTOM"})
            return Answer(body={"id": "1"})
        for hashed, _ in request.body["payload"]["data"]:
            self.carry(hashed, "yes" if request.method == "POST" else "")
        return Answer(body={"num_received": len(request.body["payload"]["data"])})
