"""People of the sandbox's world by each system's ids; a person's key is their email."""

from collections.abc import Mapping

from sandbox import World
from sandbox.heyloyalty.lists import guid
from sandbox.square.payloads import customer_id
from sandbox.world.people import Person

Names = Mapping[tuple[str, str], str]
"""(connection, id of a contact) -> address in lower case."""


def known(world: World) -> dict[str, Person]:
    """People whom at least one system knows, by email in lower case."""
    met = [
        *(each.person for each in world.customers.values()),
        *(each.person for each in world.orders.values() if each.person),
        *(each.person for each in world.list.members.values()),
        *(each.person for each in world.club.members.values()),
    ]
    return {person.email.lower(): person for person in met}


def names(world: World) -> Names:
    """Every id that a source of either hub gives to a person."""
    owners = {("shop", str(each.id)): each.person for each in world.customers.values()}
    owners |= {("news", id_): each.person for id_, each in world.list.members.items()}
    owners |= {("club", guid(each)): each.person for each in world.club.members.values()}
    for person in known(world).values():
        owners["till", customer_id(person)] = person
        owners["families", f"F{person.number}"] = person
        owners["files", str(person.number)] = person
    return {place: person.email.lower() for place, person in owners.items()}
