"""Lists that are still written to after an unsubscribe, a complaint, a bounce, a withdrawal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.world.people import Person
from sync.cli.commands.pipeline import run_once
from sync.demo.tools import Club, Newsletter, Place, Tool
from sync.hub import Hub, open_hub
from sync.runs import running
from tests.sandbox_config import write_config

MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
TAG = Place("tag", "Loyal")
PUSHED = """
unsubscribed_means = "{means}"
{more}
[connections.{name}.push.tags]
just_bought = "Loyal"
"""
SEGMENTS = """
[segments.just_bought]
recipe = "recent_buyers"
within = "60 days"
"""

Word = Callable[[Sandbox, str], object]


BOTH, NEWS, CLUB, NONE = map(frozenset, (("news", "club"), ("news",), ("club",), ()))


@dataclass(frozen=True)
class Story:
    """A person's action -> the lists that may still be written to."""

    says: Word
    open: frozenset[str]
    open_of_all: frozenset[str] = NONE
    """The same where an unsubscribe means all email."""


def _returns(sandbox: Sandbox, email: str) -> None:
    sandbox.clock.advance(hours=1)
    sandbox.world.subscribe(sandbox.world.person(email))


def _leaves_and_returns(sandbox: Sandbox, email: str) -> None:
    sandbox.world.unsubscribe(email)
    _returns(sandbox, email)


def _complains_and_returns(sandbox: Sandbox, email: str) -> None:
    sandbox.world.complain(email)
    _returns(sandbox, email)


def _leaves_both_and_returns_to_one(sandbox: Sandbox, email: str) -> None:
    sandbox.world.unsubscribe(email, sandbox.world.club)
    _leaves_and_returns(sandbox, email)


STORIES: Mapping[str, Story] = {
    "silent": Story(lambda *_: None, BOTH, BOTH),
    "left-newsletter": Story(lambda box, email: box.world.unsubscribe(email), CLUB),
    "left-club": Story(lambda box, email: box.world.unsubscribe(email, box.world.club), NEWS),
    "left-and-came-back": Story(_leaves_and_returns, BOTH, BOTH),
    "left-both-and-came-back-to-newsletter": Story(_leaves_both_and_returns_to_one, NEWS),
    "complained-of-newsletter": Story(lambda box, email: box.world.complain(email), NONE),
    "complained-of-club": Story(lambda box, email: box.world.complain(email, box.world.club), NONE),
    "complained-and-came-back": Story(_complains_and_returns, BOTH, BOTH),
    "bounced-from-newsletter": Story(lambda box, email: box.world.bounce(email), NONE),
    "bounced-from-club": Story(lambda box, email: box.world.bounce(email, box.world.club), NONE),
    "withdrew-at-the-till": Story(lambda box, email: box.tills.unsubscribe(email), NONE),
}
"""An unsubscribe is about one list, unless the config says that it means all email; a complaint, a
bounce, and a withdrawal at the till are about all. Signing up at the same source lifts them."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(MORNING, people=30, tills_apart=True) as sandbox:
        yield sandbox
        assert sandbox.violations == []


@pytest.fixture
def hub(sandbox: Sandbox, tmp_path: Path, means: str) -> Iterator[Hub]:
    lists = {"news": "campaign_days = 1", "club": "requests_per_second = 500"}
    pushed = {
        name: PUSHED.format(name=name, means=means, more=more) for name, more in lists.items()
    }
    config = write_config(tmp_path, sandbox, {"shop": "", "till": "", **pushed}, SEGMENTS)
    with open_hub(config, sandbox.clock.now) as hub:
        yield hub


def welcome(sandbox: Sandbox, when: str) -> dict[str, Person]:
    """One person for each case, on both lists, and at the till with the email in capitals."""
    model = next(each for each in sandbox.world.people if not each.phone)
    people = {
        story: replace(
            model, first_name=story, email=f"{story}.{when}@home.example",
            registered=True, on_list=True, in_club=True,
        )
        for story in STORIES
    }  # fmt: skip
    return {story: sandbox.world.welcome(person) for story, person in people.items()}


def buy(sandbox: Sandbox, people: Mapping[str, Person]) -> None:
    """Every person buys in a store."""
    for person in people.values():
        sandbox.world.place_order(person, [(sandbox.world.products[0], 1)], store="Aarhus")
    # A pull reads up to the present instant, and not what happens in it.
    sandbox.clock.advance(hours=1)


def speak(sandbox: Sandbox, people: Mapping[str, Person]) -> None:
    """Every person does their case's action."""
    for story, person in people.items():
        STORIES[story].says(sandbox, person.email)
    sandbox.clock.advance(hours=1)


def come_back(sandbox: Sandbox, people: Mapping[str, Person]) -> None:
    """Every person signs up again for the list of their case."""
    for story, person in people.items():
        audience = sandbox.world.club if story.endswith("club") else sandbox.world.list
        sandbox.world.subscribe(sandbox.world.person(person.email), audience)
    sandbox.clock.advance(hours=1)


def go_around(hub: Hub) -> None:
    with running(hub, "run") as run:
        run_once(run)
    assert run.errors == []


def carrying(tools: Sequence[Tool], people: Mapping[str, Person]) -> dict[str, frozenset[str]]:
    """Where each of them carries the tag."""
    carriers = {tool: tool.carriers().get(TAG, {}) for tool in tools}
    return {
        story: frozenset(t.connection for t in tools if t.key(person) in carriers[t])
        for story, person in people.items()
    }


@pytest.mark.parametrize("means", ["this list", "all email"])
def test_an_unsubscribe_reaches_the_lists_that_the_config_says(
    sandbox: Sandbox, hub: Hub, means: str
) -> None:
    """Some had the tag before they spoke, and some would get it afterwards."""
    tools: Sequence[Tool] = (Newsletter(sandbox), Club(sandbox))
    allowed = {
        name: story.open_of_all if means == "all email" else story.open
        for name, story in STORIES.items()
    }

    # Everybody may be written to, and who has bought is.
    early, late = welcome(sandbox, "early"), welcome(sandbox, "late")
    buy(sandbox, early)
    # Where a fifth of all withdrew at once, a person would be asked.
    for others in ("quiet", "silent", "still"):
        buy(sandbox, welcome(sandbox, others))
    go_around(hub)
    assert carrying(tools, early) == dict.fromkeys(STORIES, BOTH)
    assert carrying(tools, late) == dict.fromkeys(STORIES, NONE)

    # They speak. Whoever buys now gets the tag only where nothing stands against it.
    speak(sandbox, early)
    speak(sandbox, late)
    buy(sandbox, late)
    asked = {tool: len(tool.requests) for tool in tools}
    go_around(hub)
    assert carrying(tools, early) == dict.fromkeys(STORIES, BOTH)
    assert carrying(tools, late) == allowed

    # Ninety days later it is no longer true of anybody, and is taken back from the same people.
    sandbox.world.pass_time(90)
    go_around(hub)
    assert carrying(tools, early) == {name: BOTH - where for name, where in allowed.items()}
    assert carrying(tools, late) == dict.fromkeys(STORIES, NONE)

    # Nobody who said no was named to that tool ever again, not even to take something away.
    named = {
        (name, tool.connection): tool.writes_about(person, asked[tool])
        for people in (early, late)
        for name, person in people.items()
        for tool in tools
        if tool.connection not in allowed[name]
    }
    assert named
    assert set(named.values()) == {0}


@pytest.mark.parametrize("means", ["all email"])
def test_signing_up_again_lifts_the_withdrawal_everywhere(sandbox: Sandbox, hub: Hub) -> None:
    tools: Sequence[Tool] = (Newsletter(sandbox), Club(sandbox))
    gone = ("left", "complained", "bounced")
    people = {
        story: person
        for story, person in welcome(sandbox, "once").items()
        if story.startswith(gone) and story.endswith(("-newsletter", "-club"))
    }
    speak(sandbox, people)
    buy(sandbox, people)
    go_around(hub)
    assert carrying(tools, people) == dict.fromkeys(people, NONE)

    # One left both lists, and has come back to one of them only.
    come_back(sandbox, people)
    go_around(hub)
    heard = {story: NONE if "both" in story else BOTH for story in people}
    assert carrying(tools, people) == heard
