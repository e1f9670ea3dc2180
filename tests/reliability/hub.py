"""The hub as a process of its own beside a seeded shop and its mailing list."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlmodel import SQLModel, col

from core.hub_key import VARIABLE
from core.store.database import Database
from core.store.tables import ledger, operations, segments
from core.store.tables.people import Contact
from core.store.tables.segments import Membership, Segment
from sandbox import Sandbox
from tests.core.store.filled_store import FilledStore
from tests.sync.cli.commands import ROOT, Answer
from tests.sync.cli.shop import SECRETS, hub_of, news_of, shop_of

AT = (
    "import sys; from datetime import datetime; from functools import partial; "
    "from sync.cli import context, main; now = datetime.fromisoformat(sys.argv.pop(1)); "
    "context.open_hub = partial(context.open_hub, now=lambda: now); main()"
)
"""The program with a clock that stands still, so that two runs of one day are alike."""
LATER = timedelta(minutes=10)
ACTS = frozenset(
    model.__tablename__
    for module in (ledger, operations, segments)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, SQLModel) and model is not SQLModel
)
KEY = "A" * 43 + "="
"""One key for every hub, since the ids of guests follow from it."""
MEMBERS = (
    select(col(Segment.name), col(Contact.external_id))
    .join(Membership, col(Membership.segment_id) == col(Segment.id))
    .join(Contact, col(Contact.profile_id) == col(Membership.profile_id))
    .where(col(Membership.left_day).is_(None))
)


@dataclass
class HubAtWork:
    """A hub with a shop to read and a list to write to."""

    folder: Path
    sandbox: Sandbox
    url: str

    def open(self) -> "HubAtWork":
        """Write its config."""
        stanzas = hub_of(self.sandbox) + f'database = "{self.url}"\n'
        self.config.write_text(stanzas + shop_of(self.sandbox) + news_of(self.sandbox), "utf-8")
        return self

    @property
    def config(self) -> Path:
        """Path of its config."""
        return self.folder / "config.toml"

    def start(self, *words: str, after: timedelta = LATER) -> "subprocess.Popen[bytes]":
        """Start a command whose clock stands so long after the sandbox's."""
        now: datetime = self.sandbox.clock.now() + after
        return subprocess.Popen(
            [sys.executable, "-c", AT, now.isoformat(), "--config", str(self.config), *words],
            cwd=self.folder,
            env={**os.environ, **SECRETS, VARIABLE: KEY, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str) -> Answer:
        """A command to its end."""
        process = self.start(*words)
        out, err = process.communicate(timeout=600)
        return Answer(process.returncode, out.decode(), err.decode())

    def kill(self, *words: str, seconds: float, after: timedelta) -> bool:
        """Begin a command and end it without a word; False where it was quicker."""
        process = self.start(*words, after=after)
        time.sleep(seconds)
        was_quicker = process.poll() is not None
        process.kill()
        process.communicate()
        return not was_quicker

    def stored(self) -> Mapping[str, Sequence[str]]:
        """Every fact in the store, and the contacts of each segment's members.

        Left out is what tells of the hub's own acts: they carry the instants of killed runs.
        """
        with closing(Database(self.url)) as database, database.read() as transaction:
            facts = {
                table: rows
                for table, rows in FilledStore(transaction).canonical().items()
                if table not in ACTS
            }
            members = sorted("/".join(row) for row in transaction.execute(MEMBERS))
        return facts | {"members": members}

    def written(self) -> Mapping[str, Sequence[str]]:
        """Addresses that carry each tag of the list."""
        tags = self.sandbox.world.list.tags
        return {
            tag.name: sorted(member.email for member in tag.members.values())
            for tag in tags.values()
        }


def timed(hub: HubAtWork, *words: str) -> float:
    """Run a command to its good end; returns how many seconds that took."""
    begun = time.monotonic()
    answer = hub.run(*words)
    assert answer.code == 0, answer.err
    return time.monotonic() - begun
