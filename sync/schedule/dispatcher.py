"""The dispatcher: find due jobs, claim their slots, and run them in worker threads."""

import os
import secrets
import socket
import threading
from functools import partial

from core import log
from core.errors import HubError
from core.store import slots
from core.store.slots import Claim
from sync.concurrency.workers import MAX_WORKERS, Workers
from sync.hub import Hub
from sync.schedule.due import due, job_states
from sync.schedule.execution import claim_slot, execute
from sync.schedule.jobs import Job, JobKind, jobs_of

POLL_SECONDS = 15.0
"""Seconds between two looks for due jobs without a wake-up, and between renewals of leases."""
_LOG = log.get(__name__)


class Dispatcher:
    """The jobs of one hub; they run in the workers and end with them."""

    def __init__(self, hub: Hub, workers: Workers) -> None:
        """Take the hub, whose clock decides what is due."""
        self.jobs = jobs_of(hub)
        self.wake = threading.Event()
        """Set when a slot begins or a job has ended."""
        self._hub = hub
        self._workers = workers
        self._started = hub.now()
        # Two hubs on one machine, or one restarted, are different holders.
        self._holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
        self._claims: dict[Job, Claim] = {}

    @property
    def busy(self) -> int:
        """Number of slots that this hub is running."""
        return len(self._claims)

    def run(self) -> None:
        """Start due jobs until stopped; raises Stopped."""
        while True:
            self.wake.clear()
            try:
                self.renew()
                self.step()
            except HubError as error:
                _LOG.warning("database unavailable", message=str(error))
            self._workers.pause(self.wake, POLL_SECONDS)

    def step(self) -> list[Job]:
        """Start the jobs that are due now; raises Unavailable where the store does not answer."""
        return [job for kind in JobKind for job in self._start_all(kind)]

    def renew(self) -> None:
        """Renew the leases of the slots that this hub is running."""
        for claim in list(self._claims.values()):
            with self._hub.database.transaction() as transaction:
                slots.renew(transaction, claim, self._hub.now())

    def _start_all(self, kind: JobKind) -> list[Job]:
        # Read again for each kind: jobs that have just been started are waited for.
        with self._hub.database.read() as transaction:
            zone = self._hub.config.hub.timezone
            states = job_states(transaction, self._hub.now(), zone, self._started)
        return [job for job in due(self.jobs, kind, states) if self._start(job)]

    def _start(self, job: Job) -> bool:
        same_kind = [each for each in list(self._claims) if each.kind == job.kind]
        if job in same_kind or len(same_kind) >= MAX_WORKERS:
            return False
        claim = claim_slot(self._hub, job, self._holder)
        if claim is None:
            return False
        self._claims[job] = claim
        self._workers.start(job.name, partial(self._do, job, claim))
        return True

    def _do(self, job: Job, claim: Claim) -> None:
        try:
            execute(self._hub, job, claim)
        finally:
            del self._claims[job]
            self.wake.set()
