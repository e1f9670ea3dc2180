"""The walk's seeded shop, its newsletter, and a hub between them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from core.audience.report import PlanReport
from core.store.bulk import table_of
from core.store.tables.trade import Order
from sandbox import Sandbox
from sandbox.world.people import Person
from sandbox.world.trade import Order as Purchase
from sync.demo.movements import profile_of
from sync.destinations import preview, push_destinations
from sync.evaluation import evaluate, member_ids
from sync.hub import Hub, open_hub
from sync.pull import Progress, pull
from sync.runs import Run, running
from tests.sandbox_config import write_config

MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
TAG = "Just bought"
CONNECTIONS = {
    "shop": "",
    "news": """
campaign_days = 30
[connections.news.push.tags]
just_bought = "Just bought"
""",
}
SEGMENTS = """
[segments.just_bought]
recipe = "recent_buyers"
within = "60 days"
"""


@dataclass
class SeededShop:
    """Actions in the world, and the hub's commands."""

    sandbox: Sandbox
    hub: Hub
    people: dict[str, Person] = field(default_factory=dict)

    # In the world

    def somebody_reads_the_newsletter(self, name: str) -> Person:
        model = self.sandbox.world.people[0]
        stranger = replace(
            model, first_name=name, email=f"{name}@home.example", registered=True, on_list=True
        )
        self.people[name] = self.sandbox.world.welcome(stranger)
        return self.people[name]

    def buys(self, name: str) -> Purchase:
        lamp = self.sandbox.world.products[0]
        order = self.sandbox.world.place_order(self.people[name], [(lamp, 1)])
        # A pull reads up to the present instant, and not what happens in it.
        self.sandbox.clock.advance(hours=1)
        return order

    def leaves_the_newsletter(self, name: str) -> None:
        self.sandbox.world.unsubscribe(self.people[name].email)

    def days_pass(self, days: int) -> None:
        self.sandbox.world.pass_time(days)

    # At the hub

    def pull(self, progress: Progress = lambda *_: None) -> Run:
        return self._done("pull", lambda run: pull(run, progress=progress))

    def evaluate(self) -> Run:
        return self._done("evaluate", evaluate)

    def plan(self) -> PlanReport:
        (report,) = preview(self.hub)
        return report

    def push(self) -> Run:
        return self._done("push", push_destinations)

    def goes_once_around(self) -> None:
        for step in (self.pull, self.evaluate, self.push):
            run = step()
            assert not run.errors, run.errors

    # Afterwards

    def is_in_the_segment(self, name: str) -> bool:
        member = self.sandbox.world.member(self.people[name].email)
        return member.id in member_ids(self.hub, "just_bought", "news")

    def is_one_person(self, name: str) -> bool:
        with self.hub.database.read() as transaction:
            return profile_of(transaction, self.people[name].email) is not None

    def carries_the_tag(self, name: str) -> bool:
        tags = self.sandbox.world.list.tags.values()
        member = self.sandbox.world.member(self.people[name].email)
        return any(member.id in tag.members for tag in tags if tag.name == TAG)

    def orders_in_the_hub(self) -> int:
        counted = select(func.count()).select_from(table_of(Order))
        with self.hub.database.read() as transaction:
            return transaction.scalar(counted) or 0

    def requests_of_another_push(self) -> int:
        before = len(self.sandbox.mailchimp.requests)
        assert self.push().errors == []
        return len(self.sandbox.mailchimp.requests) - before

    def writes_about(self, name: str) -> int:
        member = self.sandbox.world.member(self.people[name].email)
        return sum(
            member.email.lower() in json.dumps(each.body).lower()
            for each in self.sandbox.mailchimp.requests
            if each.method != "GET"
        )

    def _done(self, command: str, work: Callable[[Run], None]) -> Run:
        with running(self.hub, command) as run:
            work(run)
        return run


@contextmanager
def seeded_shop(folder: Path) -> Iterator[SeededShop]:
    with Sandbox(MORNING, people=60) as sandbox:
        config = write_config(folder, sandbox, CONNECTIONS, SEGMENTS)
        with open_hub(config, sandbox.clock.now) as hub:
            yield SeededShop(sandbox, hub)
            assert sandbox.violations == []
