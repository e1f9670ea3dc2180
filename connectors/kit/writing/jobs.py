"""Changes that a vendor takes as jobs: handed in once, and asked about when the hub says so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from connectors.kit.http.body import Response
from connectors.kit.writing.batches import NOT_ON_THE_LIST, Again, Batch
from connectors.kit.writing.writing import NOT_THERE, Writing
from core.contract import Change, Outcome
from core.errors import Broken


class JobLost(Exception):
    """The vendor has dropped a job: its changes are sent again, and rejected the second time."""


class Jobs(Writing):
    """A destination that takes kinds of changes as jobs.

    `write` sends a batch as ever; where the kind has a handle, the answer names the job, and its
    changes are pending. The hub asks about each job once with all its changes, less and less often
    and across restarts. A job that the vendor does not know (404) or has dropped is lost, and so
    is one that has not ended within `longest_job`.
    """

    handles: ClassVar[Mapping[str, str]] = {}
    """Kind of target -> path in the answer of `write` that names the job."""
    job: ClassVar[str] = ""
    """Path of the state of a `{job}`."""

    def done(self, state: Response, job: str) -> Mapping[str, str] | None:
        """Return why people were refused, by their keys; None while the job runs.

        `NOT_ON_THE_LIST` is the reason for people who are not there. Raises JobLost.
        """
        raise NotImplementedError(f"{type(self).__name__} knows of no job; override done")

    def requests(self, batch: Batch) -> int:
        """Return one for each batch, and one for the question about a job."""
        return 2 if batch.kind in self.handles else 1

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Yield pending outcomes for a batch that was taken as a job."""
        if batch.kind not in self.handles:
            yield from super().verdicts(answer, batch)
            return
        handle = answer.part(self.handles[batch.kind])
        if not handle:
            raise Broken(f"{answer.where} does not name the job that it took")
        yield from (Outcome(each.change, "pending", handle=str(handle)) for each in batch.edits)

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Ask what became of a job; yields nothing where it is lost."""
        state = self.send("GET", self.job, fill={"job": handle}, accept=NOT_THERE)
        if state.status in NOT_THERE:
            return
        try:
            refused = self.done(state, handle)
        except JobLost:
            return
        for change in changes:
            reason = "" if refused is None else refused.get(change.key, "")
            if refused is None:
                yield Outcome(change, "pending", handle=handle)
            elif not reason:
                yield Outcome(change, "applied")
            elif reason == NOT_ON_THE_LIST:
                yield Outcome(change, "skipped", reason)
            else:
                yield self._told(Outcome(change, "rejected", reason))
