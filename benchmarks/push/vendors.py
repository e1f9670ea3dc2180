"""Stand-ins that hold a list of any size in memory, and answer what a push asks of them.

The sandbox speaks far more of each API, for people who live; these only keep what is written.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from benchmarks.push.people import Person
from sandbox.server import Answer, Credentials, Request

TAG = "Here"
FIELD = "SEGMENTS"


class Vendor:
    """The common part of the stand-ins: the server, and the carriers of the target."""

    most_at_once: int | None = None
    base: ClassVar[str] = ""

    def __init__(self, people: Sequence[Person]) -> None:
        """Nobody carries anything yet."""
        self.people = people
        self.carrying: dict[str, str] = {}
        """Key -> what the person carries."""

    def answer(self, request: Request, credentials: Credentials) -> Answer:  # noqa: ARG002
        """Whoever asks, what is asked."""
        path = request.path.removeprefix(self.base)
        if request.method == "GET":
            return self.shown(path, request.query)
        return self.written(path, request.body)

    def refusal(self, status: int) -> Answer:
        """An error."""
        return Answer(status, {})

    def shown(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to a GET."""
        raise NotImplementedError

    def written(self, path: str, body: Any) -> Answer:
        """Write, and say what was written."""
        raise NotImplementedError

    def carry(self, key: str, value: str) -> None:
        """Let a person carry a value; a blank one is none."""
        if value:
            self.carrying[key] = value
        else:
            self.carrying.pop(key, None)


class Mailchimp(Vendor):
    """Tags are static segments; merge fields stand in the members."""

    def __init__(self, people: Sequence[Person]) -> None:
        """Nobody carries anything yet."""
        super().__init__(people)
        self._keys = {each.email: each.key for each in people}

    def shown(self, path: str, query: Mapping[str, str]) -> Answer:
        """Lists by offset and count."""
        known: dict[str, tuple[str, list[dict[str, Any]]]] = {
            "/lists/a1/segments": ("segments", [{"id": 1, "name": TAG, "type": "static"}]),
            "/lists/a1/merge-fields": ("merge_fields", [{"tag": FIELD, "type": "text"}]),
            "/lists/a1/segments/1/members": ("members", [{"id": each} for each in self.carrying]),
        }
        everybody = "members", [self._member(each) for each in self.people]
        name, rows = known.get(path, everybody)
        begin = int(query.get("offset", "0"))
        some = rows[begin : begin + int(query.get("count", "10"))]
        return Answer(body={name: some, "total_items": len(rows)})

    def written(self, path: str, body: Any) -> Answer:
        """Exchange who carries the tag, or fill the fields of members."""
        if path == "/lists/a1":
            for row in body["members"]:
                self.carry(self._keys[row["email_address"]], row["merge_fields"][FIELD])
            updated = [{"id": self._keys[row["email_address"]]} for row in body["members"]]
            return Answer(body={"updated_members": updated, "total_created": 0, "errors": []})
        added = [self._keys[each] for each in body.get("members_to_add", ())]
        removed = [self._keys[each] for each in body.get("members_to_remove", ())]
        self.carrying |= dict.fromkeys(added, "yes")
        for key in removed:
            self.carrying.pop(key, None)
        return Answer(
            body={
                "members_added": [{"id": key} for key in added],
                "members_removed": [{"id": key} for key in removed],
                "errors": [],
            }
        )

    def _member(self, somebody: Person) -> dict[str, Any]:
        value = self.carrying.get(somebody.key, "")
        return {"id": somebody.key, "merge_fields": {FIELD: value}}


class Heyloyalty(Vendor):
    """Tags are options of one field; every member is a request of its own."""

    def __init__(self, people: Sequence[Person]) -> None:
        """Nobody carries anything yet."""
        super().__init__(people)
        self._known = {each.key: each for each in people}

    def shown(self, path: str, query: Mapping[str, str]) -> Answer:
        """The list, its members by pages, or one of them."""
        if path == "/lists/7":
            field = {"id": 1, "name": "segments", "format": "multi", "options": {"1": TAG}}
            return Answer(body={"id": 7, "name": "Club", "fields": {"1": field}})
        if path == "/lists/7/members":
            size = int(query["perpage"])
            begin = (int(query["page"]) - 1) * size
            some = self.people[begin : begin + size]
            return Answer(body={"members": [self._member(each) for each in some]})
        return Answer(body=self._member(self._known[path.rpartition("/")[2]]))

    def written(self, path: str, body: Any) -> Answer:
        """The options of one member."""
        self.carry(path.rpartition("/")[2], "yes" if body["segments"] else "")
        return Answer(body={})

    def _member(self, somebody: Person) -> dict[str, Any]:
        options = [{"id": 1, "value": TAG}] if somebody.key in self.carrying else []
        email, status = somebody.email, {"status": "active", "email": None}
        return {"id": somebody.key, "email": email, "status": status, "segments": options}


class WooCommerce(Vendor):
    """Tags are keys of the customers' meta data."""

    base = "/wp-json/wc/v3"

    def shown(self, path: str, query: Mapping[str, str]) -> Answer:  # noqa: ARG002 - one list
        """Customers by pages."""
        size = int(query["per_page"])
        begin = (int(query["page"]) - 1) * size
        some = self.people[begin : begin + size]
        total = len(self.people)
        headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(-(-total // size))}
        return Answer(body=[self._customer(each.key) for each in some], headers=headers)

    def written(self, path: str, body: Any) -> Answer:  # noqa: ARG002 - one address
        """The meta data of many customers."""
        for row in body["update"]:
            for note in row["meta_data"]:
                self.carry(str(row["id"]), note["value"])
        return Answer(body={"update": [self._customer(str(row["id"])) for row in body["update"]]})

    def _customer(self, key: str) -> dict[str, Any]:
        notes = [{"id": 1, "key": TAG, "value": self.carrying.get(key, "")}]
        return {"id": int(key), "meta_data": notes}
