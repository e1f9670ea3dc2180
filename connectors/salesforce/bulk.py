"""Queries of very many rows as jobs, which cost few requests.

https://developer.salesforce.com/docs/platform/bulk-api-v2/guide/queries.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from connectors.kit import (
    Csv,
    Declared,
    FakePage,
    Pages,
    RawPage,
    Response,
    RestSource,
    Step,
    Unavailable,
    Window,
)
from connectors.salesforce.account import SalesforceOrg, select

MANY = 100_000
"""Rows from which on a query is a job."""
PAUSE, LONGEST = 10.0, 6 * 3600.0
"""Seconds between two looks at a job, and after which it is given up."""
JOBS = "/{spoken}/jobs/query"
YES_NO = {"true": True, "false": False, "": None}
FLAGS = ("IsDeleted", "IsConverted", "HasOptedOutOfEmail")


@dataclass(frozen=True)
class LocatorPages(Pages):
    """A header of each answer names the next page, or says `null`."""

    size: int = 25_000

    def first(self) -> Step:
        """Ask without a locator."""
        return Step({"maxRecords": self.size})

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:  # noqa: ARG002 - as all pagers
        """Whatever the header names."""
        locator = response.headers.get("Sforce-Locator", "null")
        return None if locator == "null" else Step({"maxRecords": self.size, "locator": locator})

    def fake(self, items: Sequence[Any], params: Mapping[str, str], address: str) -> FakePage:  # noqa: ARG002 - as all pagers
        """One slice, and the name of the next."""
        begin, size = int(params.get("locator", "0")), int(params["maxRecords"])
        end = begin + size
        following = str(end) if end < len(items) else "null"
        return FakePage(items[begin:end], headers={"Sforce-Locator": following})


RESULTS = Declared(f"{JOBS}/{{job}}/results", reads=Csv(), id="Id", pages=LocatorPages())


class InBulk(SalesforceOrg, RestSource):
    """Reads lists of many rows as jobs."""

    bulked: ClassVar[frozenset[str]] = frozenset({"Contact", "Lead"})
    """Kinds of objects whose queries have no queries inside, which jobs do not take."""

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """Yield the pages of a list; of one that is read whole and is long, as a job."""
        whole = window is None or window.since is None
        if whole and declared.at in self.bulked and self._is_long(declared.at):
            yield from self._in_bulk(declared.params["q"])
        else:
            yield from super().walk(declared, window, fill, position)

    def _is_long(self, kind: str) -> bool:
        counted = self.client.request(
            "GET", "/{spoken}/queryAll", fill={"spoken": self.spoken},
            params={"q": select(["COUNT()"], kind)},
        )  # fmt: skip
        return int(counted.part("totalSize") or 0) > MANY

    def _in_bulk(self, text: str) -> Iterator[RawPage]:
        """Yield the pages of a job; raises Unavailable where it does not end well."""
        fill = {"spoken": self.spoken}
        begun = self.post(JOBS, {"operation": "queryAll", "query": text}, fill=fill)
        job = {"job": str(begun.part("id"))}
        until, state = self._clock.monotonic() + LONGEST, ""
        while state != "JobComplete":
            state = self.client.request("GET", f"{JOBS}/{{job}}", fill=fill | job).part("state")
            if state in ("Failed", "Aborted") or self._clock.monotonic() > until:
                raise Unavailable(
                    f"a query job of Salesforce did not end ({state}); the next run begins anew"
                )
            if state != "JobComplete":
                self._clock.sleep(PAUSE)
        for page in super().walk(RESULTS, fill=job):
            yield replace(page, items=[_typed(row) for row in page.items])


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line as a row of JSON would be: flags as such, and nothing for what is empty."""
    flags = {name: YES_NO[row[name].casefold()] for name in FLAGS if name in row}
    return {**{name: value or None for name, value in row.items()}, **flags}
