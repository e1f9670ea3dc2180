"""Writing: custom fields of contacts, and members of campaigns."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from connectors.kit import (
    NOT_ON_THE_LIST,
    Again,
    Batch,
    Broken,
    Change,
    Csv,
    Declared,
    Edit,
    JobLost,
    Jobs,
    KnownTarget,
    Names,
    Outcome,
    PerPerson,
    PerTarget,
    Raw,
    Response,
    Target,
    Unwritable,
    dig,
    option_of,
)
from connectors.salesforce.account import PAGES, SalesforceOrg, among, select

FIELDS = Declared("/{spoken}/sobjects/Contact/describe", items="fields", id="name")
COLLECTION = "/{spoken}/composite/sobjects"
AT_ONCE = 200
"""Records of one request that is answered at once."""
INGEST = "/{spoken}/jobs/ingest"
GONE = ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "NOT_FOUND")
PASSING = ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE")
DUPLICATE = "DUPLICATE_VALUE"
CLEARED = "#N/A"
NUMBERS = ("double", "currency", "percent", "int", "long")
CHOICES = ("picklist", "multipicklist")
YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _locked(row: Raw) -> str:
    return "" if row.get("updateable", True) else "a field that the user of the app may not write"


def query(text: str, id_: str = "Id", **more: Any) -> Declared:
    """Declare the rows of a query whose names in braces are those of a target."""
    return Declared(
        "/{spoken}/query", items="records", id=id_, pages=PAGES, fill={"q": text}, **more
    )


class SalesforceDestination(SalesforceOrg, Jobs):
    """Writes custom fields of contacts who are there, and who is a member of a campaign.

    It updates by record ids: `upsert`, which creates whom it does not know, is never sent, nor
    `insert` of anything but a `CampaignMember`. It never writes `HasOptedOutOfEmail`, a
    `ContactPointTypeConsent` or any other field of Salesforce's own.
    """

    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            FIELDS, id="name", noun="checkbox", other=lambda row: _locked(row) or _no_flag(row),
            advice="create it in Salesforce (Setup, Object Manager, Contact)",
        ),
        "field": Names(
            FIELDS, id="name", other=_locked,
            advice="create it in Salesforce (Setup, Object Manager, Contact)",
        ),
        "list": Names(
            Declared("/{spoken}/query", items="records", id="Id", pages=PAGES, at="Campaign",
                     params={"q": select(["Id", "Name"], "Campaign")}),
            name="Name", id="Id", noun="campaign", advice="create it in Salesforce (Campaigns)",
        ),
    }  # fmt: skip
    batch: ClassVar[Mapping[str, PerTarget | PerPerson]] = {
        "tag": PerPerson(10_000), "field": PerPerson(10_000), "list": PerTarget(AT_ONCE),
    }  # fmt: skip
    one_namespace = True
    separator = ";"
    read_back: ClassVar[Mapping[str, Declared]] = {
        "tag": query(select(["Id", "{id}"], "Contact", "{id} = true")),
        "field": query(select(["Id", "{id}"], "Contact", "{id} != null")),
        "list": query(
            select(["ContactId"], "CampaignMember", "CampaignId = '{id}' AND ContactId != null"),
            "ContactId",
        ),
    }
    handles: ClassVar[Mapping[str, str]] = {"tag": "id", "field": "id"}
    job = f"{INGEST}/{{job}}"
    reasons = ("0.message", "0.errorCode")
    most_at_once: ClassVar[int] = AT_ONCE
    """People of an update that is no job."""

    def gating_lists(self) -> Sequence[str]:
        """The data use purpose, where one is named."""
        return () if self.list is None else (self.list,)

    def refusal(self, target: Target) -> str:
        """Why a target can never be written."""
        if target.kind in ("tag", "field") and not target.name.endswith("__c"):
            return "only custom fields are written, by their API names, which end with __c"
        return super().refusal(target)

    def skip_reason(self, change: Change) -> str:
        """Leads are read only."""
        return "a lead: only contacts are written to" if change.key.startswith("00Q") else ""

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """A value as its field takes it; a checkbox is never empty."""
        if known.target.kind == "tag" or (not change.value and known.raw.get("type") == "boolean"):
            return bool(change.value)
        return _written(known, change.value) if change.value else None

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """A field that is set; everybody who is shown in a campaign is in it."""
        return known.target.kind == "list" or raw.get(known.id)

    def look_ups(self, edits: Sequence[Edit]) -> int:
        """The version too, where it is still to be asked."""
        asks = not self.version and "spoken" not in vars(self)
        return super().look_ups(edits) + asks

    def requests(self, batch: Batch) -> int:
        """One; members are looked up to be taken off; a job is made, filled, begun and asked."""
        if batch.kind == "list":
            return 1 if batch.adding else 2
        return 1 if len(batch.people) <= self.most_at_once else 5

    def write(self, batch: Batch) -> Response:
        """Add members to a campaign, update a few contacts, or hand in an update of many."""
        if batch.kind == "list":
            members = [{"CampaignId": batch.id, "ContactId": each.key} for each in batch.edits]
            return self._collection("POST", "CampaignMember", members)
        rows = [
            {"id": key, **{each.id: each.value for each in own}}
            for key, own in batch.people.items()
        ]
        if len(rows) <= self.most_at_once:
            return self._collection("PATCH", "Contact", rows)
        of = {"object": "Contact", "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
        begun = self.send("POST", INGEST, json=of)
        if begun.is_error:
            return begun
        fill = {"spoken": self.spoken, "job": str(begun.part("id"))}
        self.client.request(
            "PUT", f"{self.job}/batches", fill=fill, content=_csv(rows),
            headers={"Content-Type": "text/csv"},
        )  # fmt: skip
        return self.send("PATCH", self.job, fill=fill, json={"state": "UploadComplete"})

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Take members off by the ids of their places, which are looked up."""
        if batch.kind != "list" or batch.adding:
            yield from super().deliver(batch)
            return
        where = f"CampaignId IN {among([batch.id])} AND ContactId IN {among(batch.people)}"
        asked = {"q": select(["Id", "ContactId"], "CampaignMember", where)}
        rows = self.rows_in(Declared("/{spoken}/query", items="records", params=asked))
        places = {str(row["ContactId"]): str(row["Id"]) for row in rows}
        edits = [each for each in batch.edits if each.key in places]
        yield from (each.applied() for each in batch.edits if each.key not in places)
        if edits:
            params = {"ids": ",".join(places[each.key] for each in edits), "allOrNone": "false"}
            answer = self.send("DELETE", COLLECTION, params=params)
            yield from self._verdicts(answer, [[each] for each in edits])

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Rows of an answer in the order of the request; of a job, that it was handed in."""
        if batch.kind != "list" and len(batch.people) > self.most_at_once:
            yield from super().verdicts(answer, batch)
            return
        several = [[each] for each in batch.edits] if batch.kind == "list" else None
        yield from self._verdicts(answer, several or [*batch.people.values()])

    def done(self, state: Response, job: str) -> Mapping[str, str] | None:
        """Errors by contact; a job that ended without its rows is lost."""
        if state.part("state") in ("Failed", "Aborted"):
            raise JobLost
        if state.part("state") != "JobComplete":
            return None
        failed = state.part("numberRecordsFailed") or 0
        results = Declared(f"{self.job}/failedResults", reads=Csv())
        rows = self.rows_in(results, fill={"job": job}) if failed else ()
        refused = {str(row["Id"]): _why(str(row["sf__Error"])) for row in rows}
        if len(refused) < failed:
            raise JobLost
        return refused

    def _collection(self, method: str, kind: str, rows: Sequence[Raw]) -> Response:
        records = [{"attributes": {"type": kind}, **row} for row in rows]
        return self.send(method, COLLECTION, json={"allOrNone": False, "records": records})

    def _verdicts(
        self, answer: Response, several: Sequence[Sequence[Edit]]
    ) -> Iterator[Outcome | Again]:
        """Yield the verdicts on records, each with the edits that it carried."""
        rows = answer.part("")
        if not isinstance(rows, list) or len(rows) != len(several):
            raise Broken(f"{answer.where} does not tell what became of each record")
        for row, own in zip(rows, several, strict=True):
            code = str(dig(row, "errors.0.statusCode"))
            if row.get("success") or code == DUPLICATE:
                yield from (each.applied() for each in own)
            elif code in GONE:
                yield from (each.skipped() for each in own)
            elif len(own) > 1:
                # One field that is refused keeps back no other.
                yield from (Again([each]) for each in own)
            else:
                why = f"{code}: {dig(row, 'errors.0.message')}"
                yield own[0].rejected(why, passing=code in PASSING)


def _no_flag(row: Raw) -> str:
    return "" if row.get("type") == "boolean" else f"a field of the type {row.get('type')}"


def _why(error: str) -> str:
    return NOT_ON_THE_LIST if error.partition(":")[0] in GONE else error


def _csv(rows: Sequence[Raw]) -> bytes:
    """Return rows as a job takes them: what is left out stays as it is."""
    columns = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, ["Id", *(name for name in columns if name != "id")],
                            lineterminator="\n")  # fmt: skip
    writer.writeheader()
    for row in rows:
        plain = {name: CLEARED if value is None else value for name, value in row.items()}
        writer.writerow({"Id": plain.pop("id"), **plain})
    return text.getvalue().encode()


def _written(known: KnownTarget, text: str) -> Any:
    """A text as a field of its type takes it; raises Unwritable where it cannot."""
    kind, name = known.raw.get("type"), known.target.name
    if kind in CHOICES:
        return ";".join(_choice(known, part.strip()) for part in text.split(";") if part.strip())
    try:
        if kind == "boolean":
            return YES_NO[text.casefold()]
        if kind in NUMBERS:
            number = float(text)
            if not math.isfinite(number):
                raise ValueError
            return number
        if kind == "date":
            return date.fromisoformat(text[: len("YYYY-MM-DD")]).isoformat()
    except (ValueError, KeyError):
        raise Unwritable(f"{name}: the value is no {kind}") from None
    return text


def _choice(known: KnownTarget, said: str) -> str:
    values = [
        str(row["value"])
        for row in known.raw.get("picklistValues") or () if row.get("active", True)
    ]  # fmt: skip
    lacks = f"the field {known.target.name!r} has no such value"
    advice = "create it in Salesforce (Setup, Object Manager, Contact)"
    return option_of(said, {each: each for each in values}, lacks, advice)
