"""The events of the demonstration in the simulated world, between its two runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox import Facts, Sandbox
from sandbox.world.facts import KnownPerson, months
from sandbox.world.mailing import MailingList
from sandbox.world.people import Person
from sync.demo.tools import Shop, Tool

LOYAL = 3
"""Orders within half a year."""


@dataclass(frozen=True)
class Part:
    """A person who will order for the third time in half a year."""

    person: Person
    orders: int
    """Placed before the week; at most two."""


@dataclass(frozen=True)
class Cast:
    """The people that the demonstration follows; they are all on both lists."""

    regular: Part
    leaver: Part
    """Leaves one list; by this config that withdraws consent to all email."""
    complainer: Part
    """Buys in a store, and reports mail of one list as spam."""
    newcomer: Person
    """Buys for the first time ever."""
    left: MailingList
    """The list that the leaver leaves."""
    complained: MailingList
    """The list whose mail the complainer reports."""


def chosen(sandbox: Sandbox, tools: Sequence[Tool]) -> Cast:
    """Pick people that fit the story, the same ones on every run."""
    facts, world = Facts(sandbox.world), sandbox.world
    with_account = any(isinstance(tool, Shop) for tool in tools)
    on_both = [
        somebody
        for somebody in facts.everybody.values()
        if _subscribed(somebody) and (not with_account or _account(sandbox, somebody))
    ]
    # The list's own ids are as good as random, and the same on every run.
    on_both.sort(key=lambda somebody: world.member(somebody.email).id)
    buyers = [part for somebody in on_both if (part := _part(facts, somebody, world.person))]
    buyers.sort(key=lambda part: -part.orders)
    left = next((tool.audience for tool in tools if tool.audience), world.list)
    # If only one list is written to, it must respect a complaint about the other.
    alone = len([tool for tool in tools if tool.audience]) == 1
    other = world.club if left is world.list else world.list
    return Cast(
        regular=buyers[0],
        leaver=buyers[1],
        complainer=buyers[2],
        newcomer=next(world.person(each.email) for each in on_both if not each.orders),
        left=left,
        complained=other if alone else world.list,
    )


def pass_a_week(sandbox: Sandbox, cast: Cast) -> None:
    """Simulate a week: the cast buys, one leaves a list and one complains."""
    world = sandbox.world
    world.pass_time(1)
    for product, (part, store) in enumerate(
        ((cast.regular, None), (cast.leaver, None), (cast.complainer, "Aarhus"))
    ):
        for _ in range(LOYAL - part.orders):
            world.place_order(part.person, [(world.products[product], 1)], store=store)
    world.place_order(cast.newcomer, [(world.products[LOYAL], 1)])
    world.pass_time(2)
    world.unsubscribe(cast.leaver.person.email, cast.left)
    world.complain(cast.complainer.person.email, cast.complained)
    world.pass_time(4)


def _subscribed(somebody: KnownPerson) -> bool:
    return all(
        member is not None and member.status == "subscribed"
        for member in (somebody.member, somebody.in_club)
    )


def _account(sandbox: Sandbox, somebody: KnownPerson) -> bool:
    return sandbox.world.shop.account(sandbox.world.person(somebody.email)) is not None


def _part(facts: Facts, somebody: KnownPerson, person: Callable[[str], Person]) -> Part | None:
    """The part for a person with one or two orders in half a year, none near its edge."""
    counts = {
        sum(facts.within(order.placed_at, months(count)) for order in somebody.orders)
        for count in (5, 6, 7)
    }
    if not somebody.orders or len(counts) > 1 or max(counts) >= LOYAL:
        return None
    return Part(person(somebody.email), counts.pop())
