"""The sandbox's world as files, with no vendor in between."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sandbox import Facts, World
from sandbox.world.catalogue import CATEGORIES, STORES
from sandbox.world.mailing import Campaign, MailingList, Member
from sandbox.world.people import Person
from tests.oracles.nordic.people import known

Rows = Iterable[tuple[object, ...]]
STATUSES: Mapping[str, str] = {"completed": "fulfilled", "processing": "paid", "on-hold": "pending"}
"""Status in the world -> the hub's word, where they differ."""


def write(world: World, folder: Path) -> None:
    """Write everything that at least one of the systems knows."""
    tables: dict[str, Rows] = {
        "contacts id email phone gender birthday store country postcode city": (
            _people(world)
        ),
        "stores id title city country postcode postcodes": (
            (f"s{number}", each.name, each.city, each.country, each.postcodes[0],
             ";".join(each.postcodes))
            for number, each in enumerate(STORES)
        ),
        "categories id title parent": (
            (each.id, each.name, each.parent or "") for each in CATEGORIES
        ),
        "products id sku title brand category further": (
            (each.id, each.sku, each.name, each.brand.name, each.categories[0].id,
             ";".join(str(shelf.id) for shelf in each.categories[1:]))
            for each in world.products
        ),
        "orders id contact placed status channel store coupon line product quantity total"
        " list_price coupon_part": _orders(world),
        "refunds id order at total line quantity line_total": _refunds(world),
        "list_members contact list status since": [
            *_stays(world.list, lambda member: member.opted_in_at),
            # Heyloyalty tells the first day of who came back, and no other.
            *_stays(world.club, lambda member: member.signed_up_at),
        ],
        "messages id title sent": (
            (each.id, each.title, _instant(each.sent_at)) for each in world.list.campaigns
        ),
        "message_events message contact kind at": (
            row for each in world.list.campaigns for row in _events(each, world.clock.now())
        ),
        "interests contact topic": (
            (person.number, topic)
            for person in {each.person.number: each.person for each in _members(world)}.values()
            for topic in sorted(person.topics)
        ),
        "families member address": (
            (f"F{each.number}", each.email) for each in _parents(world)
        ),
        "children id member contact gender born": (
            (f"{each.number}:{place}", f"F{each.number}", each.number, child.gender, child.born)
            for each in _parents(world)
            for place, child in enumerate(each.children or ())
        ),
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    for header, rows in tables.items():
        name, *columns = header.split()
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)


def _people(world: World) -> Iterator[tuple[object, ...]]:
    """One row for each person, with everything that at least one of the systems knows."""
    persons = known(world)
    # A connection names one field as the birthday; here the one that holds whole dates.
    for email, facts in Facts(world, shop_notes=True).everybody.items():
        person = persons[email]
        country, postcode = facts.place or ("", "")
        yield (
            person.number, email, person.phone, facts.gender, facts.born, facts.store, country,
            postcode, person.city,
        )  # fmt: skip


def _orders(world: World) -> Iterator[tuple[object, ...]]:
    places = {each.name: f"s{number}" for number, each in enumerate(STORES)}
    for order in world.orders.values():
        for line in order.lines:
            yield (
                order.id,
                order.person.number if order.person else "",
                _instant(order.placed_at),
                STATUSES.get(order.status, order.status),
                "pos" if order.store else "web",
                places[order.store] if order.store else "",
                order.coupon.code if order.coupon else "",
                line.id,
                line.product.id,
                line.quantity,
                _amount(line.total),
                _amount(line.regular_price),
                _amount(line.coupon_discount),
            )


def _refunds(world: World) -> Iterator[tuple[object, ...]]:
    for order in world.orders.values():
        for refund in order.refunds:
            for each in refund.lines:
                yield (
                    refund.id, order.id, _instant(refund.at), _amount(refund.amount),
                    each.line.id, each.quantity, _amount(each.amount),
                )  # fmt: skip


def _stays(audience: MailingList, since: Callable[[Member], datetime | None]) -> Rows:
    for member in audience.members.values():
        at = since(member) if member.status == "subscribed" else None
        yield member.person.number, audience.name, member.status, _instant(at)


def _events(campaign: Campaign, now: datetime) -> Rows:
    for delivery in campaign.deliveries:
        whose = (campaign.id, delivery.member.person.number)
        if delivery.result == "sent":
            yield *whose, "delivered", _instant(campaign.sent_at)
        yield from ((*whose, "opened", _instant(at)) for at in delivery.opens if at <= now)
        yield from ((*whose, "clicked", _instant(at)) for at, _ in delivery.clicks if at <= now)


def _members(world: World) -> list[Member]:
    return [*world.list.members.values(), *world.club.members.values()]


def _parents(world: World) -> list[Person]:
    return [each.person for each in world.list.members.values() if each.person.children]


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _amount(oere: int) -> str:
    return f"{oere // 100}.{oere % 100:02}"
