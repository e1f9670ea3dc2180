"""One brand: how it is reached, and tags and properties of contacts who are there."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.kit import (
    NOT_ON_THE_LIST,
    Address,
    Again,
    Batch,
    Change,
    Credential,
    CursorPages,
    Declared,
    HubError,
    KnownTarget,
    Limit,
    Misconfigured,
    Mistake,
    Outcome,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Secret,
    Target,
    Unavailable,
    Writing,
    header,
)

ACCOUNT = "contacts"
"""The one list of a brand."""
TAGS, SEGMENTS = "/contacts/tags", "/segments"
EVERYBODY = {"sort": "createdAt", "direction": "asc"}
CONTACTS = Declared(
    "/contacts", items="contacts", params=EVERYBODY,
    pages=CursorPages("paging.cursors.after", "after", size=250, more="paging.hasMore"),
)  # fmt: skip
TAGGED = Declared(
    "/contacts", items="contacts", params=EVERYBODY, pages=CONTACTS.pages, fill={"tag": "name"}
)
GONE, TOO_MANY, NOT_THERE = 410, 429, 404
DONE_AFTER = timedelta(minutes=15)
"""Time that the vendor is given to put a tag on everybody whom a request names."""


class OmnisendDestination(Writing):
    """Writes to contacts who are there by their ids, and to nobody else.

    A tag is accepted and put on later, on those who are there: the changes are pending until
    whoever carries it is looked up. It never calls `POST contacts` or `batches`, which create
    people, or `events`, which starts automations, and never sends `channels` or `consent`.
    """

    base_url = "{self.url}"
    pages = CONTACTS.pages or CursorPages("paging.cursors.after")
    limits = (Limit(400, 60), Limit(60, 60, of=TAGS), Limit(100, 60, of=SEGMENTS))

    api_key: Secret
    """API key (Omnisend, Store settings, API keys)."""
    version: str = "2026-03-15"
    """Version of the API."""
    url: Address = "https://api.omnisend.com/api"
    """Address of the API where it is not the vendor's own: a proxy."""

    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerTarget(250), "field": PerPerson(),
    }  # fmt: skip
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": TAGGED, "field": CONTACTS}
    reasons = ("errors.0.message", "detail", "title")

    def credential(self) -> Credential:
        """The key; the version goes along with every request."""
        key = header("Authorization", self.api_key, prefix="Omnisend-API-Key ")
        return Credential({**key.headers, "Omnisend-Version": self.version})

    def meaning_of(self, answer: Response) -> HubError | None:
        """Say that a version was retired, and how long to wait where the body tells it."""
        if answer.status == GONE:
            said = f"Omnisend has retired {self.version!r}; name a newer one"
            return Misconfigured([Mistake("version", said)])
        seconds = answer.find("retryAfter") if answer.status == TOO_MANY else None
        if isinstance(seconds, int):
            again = self._clock.now() + timedelta(seconds=seconds)
            return Unavailable(f"{answer.where} answered 429", not_before=again)
        return None

    def gating_lists(self) -> Sequence[str]:
        """The brand: who is not subscribed to its email is not written to."""
        return (ACCOUNT,)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """Tags that a contact has, and what one has in a property."""
        if known.target.kind == "tag":
            return known.id in (raw.get("tags") or ())
        return (raw.get("customProperties") or {}).get(known.id)

    def requests(self, batch: Batch) -> int:  # noqa: ARG002 - of either kind
        """One that writes; one that reads before it, or looks up afterwards."""
        return 2

    def write(self, batch: Batch) -> Response:
        """Put one tag on people or take it off, or write all properties of one."""
        if batch.kind == "tag":
            method = "POST" if batch.adding else "DELETE"
            body = {"contactIDs": [*batch.people], "tags": [batch.id]}
            return self.send(method, TAGS, json=body)
        who = {"contact": batch.edits[0].key}
        shown = self.send("GET", "/contacts/{contact}", fill=who)
        if shown.status == NOT_THERE:
            return shown
        ours = {each.id: each.value for each in batch.edits}
        properties = {**(shown.part("customProperties") or {}), **ours}
        return self.send(
            "PATCH", "/contacts/{contact}", fill=who, json={"customProperties": properties}
        )

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """A tag is pending; all of a push that put it on, or took it off, are looked up at once."""
        if batch.kind != "tag":
            yield from super().verdicts(answer, batch)
            return
        begun = self.once(f"begin of {batch.id}", lambda: int(self._clock.now().timestamp()))
        for each in batch.edits:
            yield Outcome(each.change, "pending", handle=f"{begun} {batch.id}")

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Look up who carries a tag now; whoever should and does not after a while is not there."""
        begun, _, name = handle.partition(" ")
        carrying = {found.key for found in self.carriers(Target("tag", name))}
        waited = self._clock.now() - datetime.fromtimestamp(int(begun), UTC)
        for change in changes:
            if (change.key in carrying) is (change.value is not None):
                yield Outcome(change, "applied")
            elif waited < DONE_AFTER:
                yield Outcome(change, "pending", handle=handle)
            elif change.value is None:
                yield Outcome(change, "rejected", "the tag is still there", passing=True)
            else:
                yield Outcome(change, "skipped", NOT_ON_THE_LIST)
