"""The desk: looks what is due, claims it, and has it done by threads of this hub."""

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
"""Seconds after which the desk looks again though nothing has happened, and renews its leases."""
_LOG = log.get(__name__)


class Dispatcher:
    """What one hub has begun. Its work is done by the crew, and it ends with it."""

    def __init__(self, hub: Hub, crew: Workers) -> None:
        """Take the hub, whose clock says what is due."""
        self.jobs = jobs_of(hub)
        self.bell = threading.Event()
        """Rung when a slot begins or work has ended."""
        self._hub = hub
        self._crew = crew
        self._started = hub.now()
        # Two hubs of one machine, and one that was started again, are different holders.
        self._holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
        self._claims: dict[Job, Claim] = {}

    @property
    def busy(self) -> int:
        """How many slots are being done here."""
        return len(self._claims)

    def attend(self) -> None:
        """Begin what is due, for ever; ends with Stopped."""
        while True:
            self.bell.clear()
            try:
                self.renew()
                self.step()
            except HubError as error:
                _LOG.warning("waiting", message=str(error))
            self._crew.pause(self.bell, POLL_SECONDS)

    def step(self) -> list[Job]:
        """Begin what is due now; raises Unavailable where the store does not answer."""
        return [job for what in JobKind for job in self._begin_all(what)]

    def renew(self) -> None:
        """Tell the other hubs that this one is still at work."""
        for claim in list(self._claims.values()):
            with self._hub.database.transaction() as transaction:
                slots.renew(transaction, claim, self._hub.now())

    def _begin_all(self, what: JobKind) -> list[Job]:
        # Anew for each kind: what has just begun is waited for.
        with self._hub.database.read() as transaction:
            zone = self._hub.config.hub.timezone
            states = job_states(transaction, self._hub.now(), zone, self._started)
        return [job for job in due(self.jobs, what, states) if self._begin(job)]

    def _begin(self, job: Job) -> bool:
        alike = [each for each in list(self._claims) if each.what == job.what]
        if job in alike or len(alike) >= MAX_WORKERS:
            return False
        claim = claim_slot(self._hub, job, self._holder)
        if claim is None:
            return False
        self._claims[job] = claim
        self._crew.begin(job.name, partial(self._do, job, claim))
        return True

    def _do(self, job: Job, claim: Claim) -> None:
        try:
            execute(self._hub, job, claim)
        finally:
            del self._claims[job]
            self.bell.set()
