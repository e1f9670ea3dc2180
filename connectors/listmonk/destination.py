"""One installation: how it is reached, and lists of subscribers who are there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit import (
    Address,
    Again,
    Batch,
    Credential,
    Declared,
    KnownTarget,
    Limit,
    Names,
    NumberedPages,
    Outcome,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Secret,
    Target,
    Unwritable,
    Writing,
    basic,
    dig,
)

OLDEST = {"order_by": "created_at", "order": "ASC"}
LISTS = Declared("/lists", items="data.results", params=OLDEST)
SUBSCRIBERS = Declared("/subscribers", items="data.results", params=OLDEST)
ON_LIST = Declared("/subscribers", items="data.results", params=OLDEST, fill={"list_id": "id"})


class ListmonkDestination(Writing):
    """Writes to subscribers who are there by their numbers, and to nobody else.

    It never calls `POST subscribers` or `import`, which create people, `optin`, which sends mail,
    or `PUT subscribers/{id}`, which replaces lists, and it never sends a `status`.
    """

    base_url = "{self.url}/api"
    pages = NumberedPages(size=1000, total_path="data.total")
    limits = (Limit(10, 1),)

    url: Address
    """Address of the installation, like https://lists.example."""
    user: str
    """Name of the API user (Admin, Users)."""
    token: Secret
    """Token of the API user."""
    list: int
    """Number of the list whose subscribers may be written to; it is never written to itself."""

    catalogue: ClassVar[Mapping[str, Names]] = {
        "list": Names(LISTS, advice="create it in listmonk (Lists), private and without opt-in")
    }
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {"list": PerTarget(200)}
    read_back: ClassVar[Mapping[str, Declared]] = {"list": ON_LIST}

    def credential(self) -> Credential:
        """Sent with every request."""
        return basic(self.user, self.token)

    def gating_lists(self) -> Sequence[str]:
        """The list: who is not subscribed to it is not written to."""
        return (str(self.list),)

    def known(self, target: Target) -> KnownTarget | None:
        """Look a list up; raises Unwritable for the one that people sign up for."""
        found = super().known(target)
        if found and found.id == str(self.list):
            raise Unwritable(
                f"people sign up for the list {target.name!r} themselves; choose another list"
            )
        return found

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Everybody who is shown on a list, but for those who left it."""
        places = {str(row["id"]): row["subscription_status"] for row in raw.get("lists") or ()}
        return places.get(known.id, "unsubscribed") != "unsubscribed"

    def requests(self, batch: Batch) -> int:  # noqa: ARG002 - of either way
        """One that asks who is there, and one that writes."""
        return 2

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Write to those who are there; a number that nobody has would make all of it fail."""
        numbers = ",".join(str(int(key)) for key in batch.people)
        asked = {"query": f"subscribers.id IN ({numbers})", "per_page": "all"}
        shown = self.send("GET", "/subscribers", params=asked)
        there = {str(dig(row, "id")) for row in shown.part("data.results") or ()}
        yield from (each.skipped() for each in batch.edits if each.key not in there)
        edits = [each for each in batch.edits if each.key in there]
        if edits:
            yield from super().deliver(Batch(edits))

    def write(self, batch: Batch) -> Response:
        """Put people on one list or take them off."""
        ids = [int(each.key) for each in batch.edits]
        action = "add" if batch.adding else "remove"
        body = {"ids": ids, "action": action, "target_list_ids": [int(batch.id)]}
        return self.send("PUT", "/subscribers/lists", json=body)
