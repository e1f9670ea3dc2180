"""The made-up shop as CSV files."""

import csv
from collections.abc import Iterable
from pathlib import Path

from tests.oracles.small.world import CATEGORIES, CITIES, PLACES, STORES, World


def write(world: World, folder: Path) -> None:
    """Write every table of the world into a folder."""
    tables: dict[str, Iterable[tuple[object, ...]]] = {
        "contacts id email gender birthday store postcode city": [
            (p.id, f"{p.id}@example.com", p.gender, p.birthday, p.store, p.postcode,
             CITIES.get(p.postcode))
            for p in world.people
        ] + [(p.also, f"{p.id}@EXAMPLE.com", *[""] * 5) for p in world.people if p.also],
        "products id category brand": [(k, *v) for k, v in world.products.items()],
        "categories id parent": CATEGORIES.items(),
        "stores id city postcode postcodes": [
            (name, city, postcode, ";".join(own)) for name, (city, postcode, own) in STORES.items()
        ],
        "postcodes postcode latitude longitude": [(k, *v) for k, v in PLACES.items()],
        "orders id contact placed status channel store coupon line product quantity total"
        " list_price automatic": [
            (o.id, o.contact, o.placed, o.status, o.channel, o.store, o.coupon, line.id,
             line.product, line.quantity, _amount(line.total), _amount(line.list_price),
             _amount(line.automatic))
            for o in world.orders for line in o.lines
        ],
        "refunds id order at line quantity total": [
            (f"r{o.id}", o.id, o.day, line.id, line.returned, _amount(line.given_back))
            for o in world.orders for line in o.lines if line.is_refunded
        ],
        "discounts id contact order at": world.coupons,
        "list_members contact list status since": world.stays,
        "messages id kind sent": [(m.id, m.kind, m.sent) for m in world.messages],
        "message_events message contact kind at evidence": [
            (e.message, e.contact, e.kind, e.at, e.evidence) for e in world.events
        ],
        "interests contact topic source": world.interests,
        "children id contact gender birthday none": [
            (c.id, c.contact, c.gender, c.birthday, str(c.none).lower()) for c in world.children
        ],
    }  # fmt: skip
    for said, rows in tables.items():
        name, *columns = said.split()
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)


def _amount(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02}"
