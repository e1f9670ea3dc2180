"""What the demonstration lets happen in the made-up world between its two runs."""

from dataclasses import dataclass

from sandbox import Facts, Sandbox
from sandbox.world.facts import Somebody, months
from sandbox.world.mailing import Member


@dataclass(frozen=True)
class Cast:
    """The people whom the demonstration follows."""

    regular: Member
    """Buys for the third time in half a year."""
    newcomer: Member
    """Buys for the first time ever."""
    leaver: Member
    """Buys for the third time too, and leaves the newsletter."""


def chosen(sandbox: Sandbox) -> Cast:
    """Pick people whom the story fits, always the same ones."""
    facts = Facts(sandbox.world)
    reachable = [
        (somebody, somebody.member)
        for somebody in facts.everybody.values()
        if somebody.member is not None and somebody.member.status == "subscribed"
    ]
    # By the list's own ids: as good as drawn by lot, and the same lot every time.
    reachable.sort(key=lambda pair: pair[1].id)
    twice = [member for somebody, member in reachable if _bought_twice(facts, somebody)]
    never = [member for somebody, member in reachable if not somebody.orders]
    return Cast(regular=twice[0], newcomer=never[0], leaver=twice[1])


def pass_a_week(sandbox: Sandbox, cast: Cast) -> None:
    """Three people buy, one leaves the newsletter, and everybody else lives on for a week."""
    world = sandbox.world
    world.pass_time(1)
    for buyer, product in ((cast.regular, 0), (cast.newcomer, 1), (cast.leaver, 2)):
        world.place_order(buyer.person, [(world.products[product], 1)])
    world.pass_time(2)
    world.unsubscribe(cast.leaver.email)
    world.pass_time(4)


def _bought_twice(facts: Facts, somebody: Somebody) -> bool:
    """Two orders in the last half year, neither of them near its edge."""
    return all(
        sum(facts.within(order.placed_at, months(count)) for order in somebody.orders) == 2  # noqa: PLR2004 - the third is the story
        for count in (5, 6, 7)
    )
